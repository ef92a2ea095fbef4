"""Lesson 12, a fair comparison: matched_hidden_size, paired_bootstrap, verdict."""

import re
from typing import Any

import numpy as np

from cifg_edu.checks.exercise import Case, Exercise, Function, Mutant
from cifg_edu.comparison import (
    Interval,
    count_model_parameters,
    matched_hidden_size,
    paired_bootstrap,
    verdict,
)

# Enough for an end to lie on its step of the few means that small samples can have: see
# `_bootstrap_cases`.
RESAMPLES = 20_000


def _matched_cases(rng: np.random.Generator) -> list[Case]:
    cifg = count_model_parameters(65, 128, 65, 3)
    three, four = (count_model_parameters(2, size, 2, 4) for size in (3, 4))
    return [
        Case("an LSTM to match a CIFG of 128 units, D = V = 65", (cifg, 65, 65, 4)),
        Case("a CIFG, with D = 7 and V = 90", (40_000, 7, 90, 3)),
        Case("a CIFG, with D = 90 and V = 7", (40_000, 90, 7, 3)),
        Case("exactly the size of a CIFG of 20 units", (3 * 20 * 26 + 21 * 4, 5, 4, 3)),
        Case(
            f"{three} parameters at 3 units and {four} at 4: just below the middle",
            ((three + four) // 2 - 1, 2, 2, 4),
        ),
        Case("just above the middle", ((three + four) // 2 + 1, 2, 2, 4)),
        Case(
            "two sizes equally near: the smaller",
            ((three + four) // 2, 2, 2, 4),
        ),
        Case(
            "a cell with a single input, D = V = 1",
            (count_model_parameters(1, 20, 1, 4) + 50, 1, 1, 4),
        ),
        Case("a read-out far larger than the cell, V = 500", (5000, 2, 500, 4)),
        Case("the smallest model there is", (count_model_parameters(3, 1, 2, 3), 3, 2, 3)),
    ]


MATCHED_HIDDEN_SIZE = Exercise(
    reference=matched_hidden_size,
    lesson=12,
    stars=2,
    outputs=("the hidden size",),
    make_cases=_matched_cases,
    hints=(
        "How does the number of parameters move when H grows? Two ways lead on: count for H = 1, "
        "2, 3, ... and keep the nearest, or solve an equation of the second degree.",
        "The whole model has gates*H*(D + H + 1) + H*V + V parameters, and "
        "count_model_parameters counts them for you. The distance to compare is that of the "
        "counts, abs(count - parameters), and not how H would be rounded.",
        "size = 1\n"
        "def distance(H):\n"
        "    return abs(count_model_parameters(input_size, H, output_size, gates) - parameters)\n"
        "while distance(size + 1) < distance(size):\n"
        "    size += 1\n"
        "return size",
    ),
    mutants=(
        Mutant(
            "the read-out is not counted: the whole model has H*V + V parameters more than its "
            "cell.",
            {
                "abs(count_model_parameters(input_size, size, output_size, gates) - parameters)": (
                    "abs(count_parameters(input_size, size, gates) - parameters)"
                ),
                "gates * (input_size + 1) + output_size": "gates * (input_size + 1)",
                "(parameters - output_size)": "parameters",
            },
        ),
        Mutant(
            "that is the largest model that is not above the number: the nearest may be above it.",
            {"(max(1, int(root)), int(root) + 1)": "(max(1, int(root + 1e-9)),)"},
        ),
        Mutant(
            "that always rounds up: the nearest may lie below.",
            {"(max(1, int(root)), int(root) + 1)": "(max(1, int(np.ceil(root - 1e-9))),)"},
        ),
        Mutant(
            "H is rounded as a number: which of two models is nearer is decided by their counts, "
            "and the count grows faster than H.",
            {"(max(1, int(root)), int(root) + 1)": "(max(1, round(root)),)"},
        ),
        Mutant(
            "the number of gates is always taken for 4: use the argument.",
            {
                "b = gates *": "gates = 4\n    b = gates *",
            },
        ),
        Mutant(
            "the number of gates is always taken for 3: use the argument.",
            {
                "b = gates *": "gates = 3\n    b = gates *",
            },
        ),
        Mutant(
            "the recurrent weights are missing: each gate has H*H of them, so the count grows "
            "with the square of H.",
            {
                "(np.sqrt(b ** 2 + 4 * gates * (parameters - output_size)) - b) / (2 * gates)": (
                    "(parameters - output_size) / b"
                ),
                "abs(count_model_parameters(input_size, size, output_size, gates) - parameters)": (
                    "abs(b * size + output_size - parameters)"
                ),
            },
        ),
        Mutant(
            "the gates' biases are missing: each gate sees D + H inputs and a bias, D + H + 1.",
            {
                "gates * (input_size + 1)": "gates * input_size",
                "abs(count_model_parameters(input_size, size, output_size, gates) - parameters)": (
                    "abs(count_model_parameters(input_size, size, output_size, gates) "
                    "- gates * size - parameters)"
                ),
            },
        ),
        Mutant(
            "D and V have changed places: the input goes to every gate, the output is read once.",
            {
                "b = gates *": (
                    "input_size, output_size = output_size, input_size\n    b = gates *"
                ),
            },
        ),
        Mutant(
            "of two sizes that are equally near the smaller is asked for.",
            {
                "min(distance, key=lambda size: distance[size])": (
                    "min(distance, key=lambda size: (distance[size], -size))"
                )
            },
        ),
        Mutant(
            "that is one unit too many: does a loop go on once more after the nearest?",
            {
                "min(distance, key=lambda size: distance[size])": (
                    "min(distance, key=lambda size: distance[size]) + 1"
                )
            },
        ),
    ),
)


def _bootstrap_cases(rng: np.random.Generator) -> list[Case]:
    # So few differences have few possible means. At these levels both ends lie on such a mean,
    # at least nine standard errors (of 20,000 resamples) from where the next would begin. So
    # every right answer gives the same numbers, whatever numbers it draws.
    samples = [
        ("three seeds, one of them far off, level 0.95", [0.1, 0.4, 1.6], 0.95),
        ("three seeds, level 0.8", [0.1, 0.4, 1.6], 0.8),
        ("four seeds, level 0.95", [-0.2, 0.1, 0.1, 0.5], 0.95),
        ("five seeds, level 0.8", [-1.0, 0.0, 0.0, 1.0, 3.0], 0.8),
        ("two seeds, level 0.4", [0.3, -0.5], 0.4),
    ]
    cases = []
    for title, differences, level in samples:
        b = rng.uniform(1.0, 3.0, size=len(differences)).round(2)
        a = b + np.array(differences)
        cases.append(Case(title, (np.random.default_rng(1), a, b, RESAMPLES, level)))
    return cases


def _observe_bootstrap(function: Function, arguments: tuple[Any, ...]) -> Any:
    """The interval from many resamples, and whether it keeps the pairs and uses its generator."""
    interval = function(*arguments)
    if interval is None:
        return None
    if not isinstance(interval, tuple | list) or len(interval) != 4:
        raise TypeError("the result should have four parts: mean, low, high, level")
    draw = np.random.default_rng(5)
    a, b = draw.normal(size=9), draw.normal(size=9)

    def ends(seed: int, resamples: int) -> list[float]:
        return [float(x) for x in function(np.random.default_rng(seed), a, b, resamples, 0.9)[1:3]]

    one = ends(1, 30)
    single = ends(3, 1)
    shared = np.array([0.0, 100.0, 300.0, 700.0, 1500.0])
    small = np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    _, low, high, _ = function(np.random.default_rng(4), shared + small, shared, 100, 0.9)
    return {
        "the interval where seeds move a and b alike": "narrow" if high - low < 1 else "wide",
        **dict(zip(PARTS, interval, strict=True)),
        "the interval for the same seed again": _same(one, ends(1, 30)),
        "the interval for another seed": _same(one, ends(2, 30)),
        "the width from a single resample": single[1] - single[0],
    }


PARTS = ("mean", "low", "high", "level")


def _same(one: list[float], other: list[float]) -> str:
    return "the same" if one == other else "another"


PAIRED_BOOTSTRAP = Exercise(
    reference=paired_bootstrap,
    lesson=12,
    stars=3,
    outputs=PARTS,
    make_cases=_bootstrap_cases,
    observe=_observe_bootstrap,
    hints=(
        "Three stages: the differences, one for each seed; many resamples of them, each with its "
        "mean; and two percentiles of all those means.",
        "Whole numbers from 0 to n - 1, drawn by rng.integers in the shape (resamples, n), say "
        "which differences make up each resample. For a level of 0.95 the ends are the 2.5th and "
        "the 97.5th percentile: (1 - level) / 2 is cut off at either end.",
        "differences = paired_differences(a, b)\n"
        "n = len(differences)\n"
        "means = differences[rng.integers(n, size=(resamples, n))].mean(axis=1)\n"
        "tail = (1 - level) / 2\n"
        "low, high = np.quantile(means, [tail, 1 - tail])\n"
        "return Interval(differences.mean(), low, high, level)",
    ),
    mutants=(
        Mutant(
            "a and b are resampled apart, with different indices, which breaks up the pairs: "
            "resample the differences.",
            {
                "differences[drawn].mean(axis=1)": (
                    "np.asarray(a)[drawn].mean(axis=1) "
                    "- np.asarray(b)[rng.integers(n, size=(resamples, n))].mean(axis=1)"
                )
            },
        ),
        Mutant(
            "the ends are one standard deviation of the means to either side, and not "
            "percentiles of the means.",
            {
                "np.quantile(means, [tail, 1 - tail])": (
                    "(differences.mean() - means.std(), differences.mean() + means.std())"
                )
            },
        ),
        Mutant(
            "the whole 1 - level is cut off at each end: half of it belongs to either, 2.5 and "
            "97.5 percent for a level of 0.95.",
            {"(1 - level) / 2": "1 - level"},
        ),
        Mutant(
            "the difference is turned round: it is a - b.",
            {"paired_differences(a, b)": "paired_differences(b, a)"},
        ),
        Mutant(
            "the resamples are drawn without replacement, so each is the same n differences in "
            "another order, with the same mean.",
            {
                "rng.integers(n, size=(resamples, n))": (
                    "rng.permuted(np.tile(np.arange(n), (resamples, 1)), axis=1)"
                )
            },
        ),
        Mutant(
            "those are percentiles of single differences: each resample of n must become one "
            "number first, its mean.",
            {"differences[drawn].mean(axis=1)": "differences[drawn].ravel()"},
        ),
        Mutant(
            "the generator that was passed in is not used, so the result cannot be repeated: "
            "draw from rng, and not from np.random.",
            {"rng.integers(": "np.random.default_rng().integers("},
        ),
        Mutant(
            "a new generator with a fixed seed is made inside: draw from the one passed in.",
            {"rng.integers(": "np.random.default_rng(0).integers("},
        ),
        Mutant(
            "a resample has n - 1 differences: it must have n, as many as there are seeds, or "
            "the interval is too wide.",
            {"size=(resamples, n)": "size=(resamples, n - 1)"},
        ),
        Mutant(
            "those are means of absolute differences, which are never below 0: the sign says "
            "which is better.",
            {"paired_differences(a, b)": "np.abs(paired_differences(a, b))"},
        ),
        Mutant(
            "the level is not used: 2.5 and 97.5 percent belong to 0.95 only.",
            {"(1 - level) / 2": "0.025"},
        ),
        Mutant(
            "the mean is that of the resamples: the mean of the differences themselves is "
            "asked for, and it needs no luck.",
            {"float(differences.mean())": "float(means.mean())"},
        ),
        Mutant(
            "each resample is summed up by its median: the mean is asked for.",
            {"differences[drawn].mean(axis=1)": "np.median(differences[drawn], axis=1)"},
        ),
        Mutant(
            "np.percentile wants percent, from 0 to 100, and got a share: np.quantile takes "
            "shares.",
            {"np.quantile(": "np.percentile("},
        ),
        Mutant(
            "resamples is not used: its value is the number of rows to draw.",
            {"size=(resamples, n)": "size=(10000, n)"},
        ),
    ),
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


VERDICT = Exercise(
    reference=verdict,
    lesson=12,
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

EXERCISES = (MATCHED_HIDDEN_SIZE, PAIRED_BOOTSTRAP, VERDICT)
