"""Exercise `verdict` of lesson 12."""

import re
from typing import Any

import numpy as np

from cifg_edu.exercises import Case, Exercise, Function, Mutant
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
    ]


_NUMBER = r"(-?\d+(?:\.\d+)?)"


def _observe_verdict(function: Function, arguments: tuple[Any, ...]) -> Any:
    """What a sentence says, whatever its exact words."""
    sentence = function(*arguments)
    if sentence is None:
        return None
    if not isinstance(sentence, str):
        raise TypeError(f"the result should be a sentence (str), not {type(sentence).__name__}")
    _, first, second, unit = arguments
    better = [name for name in (first, second) if f"{name} is better than" in sentence]
    level = re.search(_NUMBER + " ?%", sentence)
    size = re.search(f"by {_NUMBER}", sentence)
    ends = re.search(f"{_NUMBER} to {_NUMBER}", sentence)
    return {
        "the finding": "a difference"
        if better
        else "no difference found"
        if "no difference found" in sentence
        else "none of the two phrases",
        "the better one": better[0] if better else "not named",
        "the size": round(float(size[1]), 3) if size else "not given",
        "the interval": [round(float(end), 3) for end in ends.groups()] if ends else "not given",
        "the level in percent": float(level[1]) if level else "not given",
        "the unit": "given" if unit in sentence else "not given",
    }


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
                (Interval(mean, low, high, level), "A", "B", "nats per word"),
            )
        )
    return cases


EXERCISE = Exercise(
    reference=verdict,
    lesson=12,
    place=3,
    stars=1,
    outputs=(
        "the finding",
        "the better one",
        "the size",
        "the interval",
        "the level in percent",
        "the unit",
    ),
    make_cases=_verdict_cases,
    further_cases=_further_cases,
    observe=_observe_verdict,
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
            "the level is a share and is written as percent: 0.95 is 95%.",
            {"{100 * level:.3g}%": "{level}%"},
        ),
        Mutant(
            "the ends of the interval are missing: without them nobody can see how sure it is.",
            {"{low:.3f} to {high:.3f}": "see above"},
        ),
        Mutant(
            "the ends have lost their signs: for an interval round 0 these are what matters.",
            {"{low:.3f} to {high:.3f}": "{abs(low):.3f} to {abs(high):.3f}"},
        ),
    ),
)
