"""Exercise `verdict` of lesson 12."""

import re
from typing import Any

import numpy as np

from cifg_edu.exercises import Case, Exercise, Function, Mutant, Question
from cifg_edu.statistics import (
    Interval,
    verdict,
)


def _verdict_cases(rng: np.random.Generator) -> list[Case]:
    nats, names = "nats per character", ("CIFG", "LSTM")
    return [
        Case(
            "the interval lies below 0", (Interval(-0.0314, -0.0472, -0.0156, 0.95), *names, nats)
        ),
        Case("a small difference, above 0", (Interval(0.0042, 0.0013, 0.0071, 0.9), *names, nats)),
        Case("a large mean, but 0 inside", (Interval(0.0823, -0.0101, 0.1747, 0.95), *names, nats)),
        Case("a negative mean, 0 inside", (Interval(-0.0021, -0.0163, 0.0121, 0.8), *names, nats)),
        Case("0 on the lower end", (Interval(0.0212, 0.0, 0.0424, 0.95), *names, nats)),
        Case("0 on the upper end", (Interval(-0.0212, -0.0424, 0.0, 0.95), *names, nats)),
        Case(
            "other names, and seconds",
            (Interval(2.714, 1.254, 4.174, 0.99), "the old code", "the new code", "seconds"),
        ),
        Case(
            "other names, and 0 inside",
            (Interval(0.4321, -1.2346, 2.0988, 0.85), "GRU", "RNN", "bits per step"),
        ),
        Case(
            "a level of 0.57, and 100 * 0.57 is a little less than 57",
            (Interval(0.0611, 0.0211, 0.1011, 0.57), *names, nats),
        ),
        Case("a mean of exactly 0", (Interval(0.0, -0.0135, 0.0135, 0.95), *names, nats)),
        Case(
            "the names of the lesson's table",
            (Interval(-0.0217, -0.0294, -0.014, 0.95), "A", "B", nats),
        ),
    ]


_NUMBER = r"(-?\d+(?:\.\d+)?)"


NO_DIFFERENCE = "no difference found"


def _observe_verdict(function: Function, arguments: tuple[Any, ...]) -> Any:
    """What a sentence says, whatever its exact words."""
    sentence = function(*arguments)
    if sentence is None:
        return None
    found = dict.fromkeys(PROPERTIES, "not given")
    if not isinstance(sentence, str):
        return found | {"the result": f"a {type(sentence).__name__}"}
    _, first, second, unit = arguments
    better = [name for name in (first, second) if f"{name} is better than" in sentence]
    level = re.search(_NUMBER + " ?%", sentence)
    size = re.search(f"by {_NUMBER}", sentence)
    ends = re.search(f"{_NUMBER} to {_NUMBER}", sentence)
    numbers = [*(size.groups() if size else ()), *(ends.groups() if ends else ())]
    named = [name for name in (first, second) if re.search(rf"\b{re.escape(name)}\b", sentence)]
    found |= {
        "the result": "one line of text" if len(sentence.splitlines()) == 1 else "several lines",
        "the names": " and ".join(named) or "not given",
        "the finding": "none of the two phrases",
        "the better one": better[0] if better else "not named",
        "the direction": "wrong" if f"{second} - {first}" in sentence else "as it was given",
        "the decimals": "three at most"
        if all(len(number.partition(".")[2]) <= 3 for number in numbers)
        else "more than three",
    }
    if unit in sentence:
        after = [
            sentence[match.end() :].lstrip().startswith(unit) for match in (size, ends) if match
        ]
        found["the unit"] = "after each number" if all(after) else "not after each number"
    if better:
        worse = second if better[0] == first else first
        whole = f"{better[0]} is better than {worse}" in sentence
        found["the finding"] = "a difference" if whole else "better than something else"
    elif NO_DIFFERENCE in sentence:
        between = f"{NO_DIFFERENCE} between"
        other = between in sentence and f"{between} {first} and {second}" not in sentence
        found["the finding"] = f"{between} something else" if other else NO_DIFFERENCE
        if re.search(r"\b(better|worse)\b", sentence):
            found["the finding"] = f"{NO_DIFFERENCE}, and yet something is better or worse"
    if better and NO_DIFFERENCE in sentence:
        found["the finding"] = "both phrases"
    if size:
        found["the size"] = _plain(size[1])
    if ends:
        found["the interval"] = " to ".join(map(_plain, ends.groups()))
    if level:
        found["the level in percent"] = _plain(level[1])
    return found


def _plain(number: str) -> str:
    """A number of a sentence without needless zeros and signs."""
    return f"{round(float(number), 3) + 0.0:g}"


PROPERTIES = (
    "the result",
    "the finding",
    "the better one",
    "the size",
    "the interval",
    "the level in percent",
    "the unit",
    "the names",
    "the direction",
    "the decimals",
)


NAMES = ("A", "B"), ("the blue cell", "the red cell"), ("H = 48", "H = 36")


def _further_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for sign in (-1, 1, 0, 0):
        mean, half = sign * rng.uniform(0.05, 0.3), rng.uniform(0.01, 0.04)
        middle = mean or rng.uniform(-0.005, 0.005)
        level = round(float(rng.uniform(0.8, 0.99)), 2)
        mean, low, high = (round(float(x), 3) for x in (middle, middle - half, middle + half))
        cases.append(
            Case(
                "an interval at random",
                (Interval(mean, low, high, level), *NAMES[rng.integers(3)], "nats per word"),
            )
        )
    return cases


def _ask(f: Function) -> str:
    return (
        f"{f(Interval(0.01, -0.001, 0.02, 0.95), 'A', 'B', 'nats')}. No: a difference of 0.02 is "
        "as possible as none."
    )


EXERCISE = Exercise(
    reference=verdict,
    lesson=12,
    place=3,
    stars=1,
    outputs=PROPERTIES[1:7],
    make_cases=_verdict_cases,
    further_cases=_further_cases,
    observe=_observe_verdict,
    reasons={
        "the result": "it should return one line of text.",
        "the finding": 'a sentence says either "no difference found between ... and ..." or '
        '"... is better than ...", with the names that are given.',
        "the names": "both things are compared by the names `first` and `second`.",
        "the direction": "the interval is that of first - second, in this order.",
        "the decimals": "the mean and the ends have three decimals.",
        "the unit": "the unit that is given belongs after the size and after the interval.",
    },
    hints=(
        "An if and two f-strings. Which question must come first: which is better, or whether "
        "there is anything to say?",
        "low <= 0 <= high asks whether the interval holds 0. If it does not, the sign of the mean "
        "says who is better: the difference is first - second, and small is good. In an f-string "
        "{x:.3f} gives three decimals.",
        "mean, low, high, level = interval\n"
        'ends = f"{low:.3f} to {high:.3f} {unit}"\n'
        'ends = f"{100 * level:.3g}% interval of {first} - {second}: {ends}"\n'
        "if low <= 0 <= high:\n"
        '    return f"no difference found between {first} and {second} ({ends})"\n'
        "better, worse = (first, second) if mean < 0 else (second, first)\n"
        'return f"{better} is better than {worse} by {abs(mean):.3f} {unit} ({ends})"',
    ),
    mutants=(
        Mutant(
            "it never says that no difference was found: ask first whether the interval holds 0.",
            {"low <= 0 <= high": "False"},
        ),
        Mutant(
            "it always says that no difference was found: an interval that is wholly above or "
            "below 0 does show one.",
            {"low <= 0 <= high": "True"},
        ),
        Mutant(
            "it looks at the size of the mean: whether a difference was found is for the interval "
            "to say, and a small one can be found, a large one missed.",
            {"low <= 0 <= high": "abs(mean) < 0.01"},
        ),
        Mutant(
            "it asks only whether low is below 0, so an interval wholly below 0 counts as one "
            "that holds it.",
            {"low <= 0 <= high": "low <= 0"},
        ),
        Mutant(
            "it asks only whether high is above 0, so an interval wholly above 0 counts as one "
            "that holds it.",
            {"low <= 0 <= high": "high >= 0"},
        ),
        Mutant(
            "0 on the very end belongs to the interval: use <= and not <.",
            {"low <= 0 <= high": "low < 0 < high"},
        ),
        Mutant(
            "the question is upside down: an interval that holds 0 is the one that shows no "
            "difference.",
            {"low <= 0 <= high": "not low <= 0 <= high"},
        ),
        Mutant(
            "the worse one is called the better: of two losses the lower is better, so a negative "
            "first - second speaks for the first.",
            {"mean < 0": "mean > 0"},
        ),
        Mutant(
            "the first is always called the better: the sign of the mean decides.",
            {"(first, second) if mean < 0 else (second, first)": "(first, second)"},
        ),
        Mutant(
            "the size keeps its minus, and better by a negative amount is worse: use abs.",
            {"abs(mean)": "mean"},
        ),
        Mutant(
            "the size is the width of the interval: how much better is for the mean to say.",
            {"abs(mean)": "high - low"},
        ),
        Mutant(
            "a number without its unit says nothing: the unit is missing.",
            {"{high:.3f} {unit}": "{high:.3f}", ":.3f} {unit} (": ":.3f} ("},
        ),
        Mutant(
            '"equal" was not shown: an interval that holds 0 holds other values too, so say "no '
            'difference found".',
            {"no difference found between {first} and {second}": "{first} and {second} are equal"},
        ),
        Mutant(
            "the level is always said to be 95%: say the one that the interval has.",
            {"{100 * level:.3g}%": "95%"},
        ),
        Mutant(
            "int cuts the level off, and 100 * 0.57 is 56.999... in floats: round it, or write "
            ":.0f.",
            {"{100 * level:.3g}%": "{int(100 * level)}%"},
        ),
        *(
            Mutant(
                "the unit stands only once: it belongs after the size and after the interval.",
                {edited: edited.replace(" {unit}", "")},
            )
            for edited in ("{high:.3f} {unit}", ":.3f} {unit} (")
        ),
        Mutant(
            "where no difference was found, nothing is said to be better, not even slightly.",
            {
                "between {first} and {second}": (
                    "between {first} and {second}, and {first} is slightly better"
                )
            },
        ),
        Mutant(
            "the level is a share and is written as percent: 0.95 is 95%.",
            {"{100 * level:.3g}%": "{level}%"},
        ),
        Mutant(
            "the ends of the interval are missing: without them one cannot see how sure it is.",
            {"{low:.3f} to {high:.3f}": "see above"},
        ),
        Mutant(
            "the ends have lost their signs, which matter most where the interval holds 0.",
            {"{low:.3f} to {high:.3f}": "{abs(low):.3f} to {abs(high):.3f}"},
        ),
        Mutant(
            "the names are always CIFG and LSTM: say `first` and `second`.",
            {
                "between {first} and {second}": "between CIFG and LSTM",
                "(first, second) if mean": "('CIFG', 'LSTM') if mean",
                "else (second, first)": "else ('LSTM', 'CIFG')",
                "of {first} - {second}": "of CIFG - LSTM",
            },
        ),
        Mutant(
            "the numbers have two decimals: three are asked for, .3f.",
            {
                "{low:.3f}": "{low:.2f}",
                "{high:.3f}": "{high:.2f}",
                "{abs(mean):.3f}": "{abs(mean):.2f}",
            },
        ),
        Mutant(
            "the names in the sentence for no difference are always CIFG and LSTM: say `first` "
            "and `second`.",
            {"between {first} and {second}": "between CIFG and LSTM"},
        ),
        Mutant(
            "the ends of the interval have two decimals: three are asked for, .3f.",
            {"{low:.3f}": "{low:.2f}", "{high:.3f}": "{high:.2f}"},
        ),
        Mutant(
            "the numbers have four decimals: three are asked for, .3f.",
            {
                "{low:.3f}": "{low:.4f}",
                "{high:.3f}": "{high:.4f}",
                "{abs(mean):.3f}": "{abs(mean):.4f}",
            },
        ),
        Mutant(
            "the ends of the interval have changed places: low comes first.",
            {"{low:.3f} to {high:.3f}": "{high:.3f} to {low:.3f}"},
        ),
        Mutant(
            "the interval is said to be that of second - first: its mean and ends are those of "
            "first - second.",
            {"of {first} - {second}": "of {second} - {first}"},
        ),
        Mutant(
            "the mean alone decides: it is hardly ever exactly 0, so ask the interval.",
            {"low <= 0 <= high": "mean == 0"},
        ),
        Mutant(
            "the size is an end of the interval: say the mean.",
            {"abs(mean)": "abs(high)"},
        ),
        Mutant(
            "the unit is always nats per character: say the one that is given.",
            {
                "{high:.3f} {unit}": "{high:.3f} nats per character",
                ":.3f} {unit} (": (":.3f} nats per character ("),
            },
        ),
    ),
    question=Question(
        "The interval goes from -0.001 to 0.02. What does your sentence say, and are A "
        "and B equal then?",
        _ask,
    ),
)
