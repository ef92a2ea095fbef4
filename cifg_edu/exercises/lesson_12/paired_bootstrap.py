"""Exercise `paired_bootstrap` of lesson 12."""

from typing import Any

import numpy as np

from cifg_edu.exercises import Case, Exercise, Function, Mutant, Question, by_name, call
from cifg_edu.statistics import (
    paired_bootstrap,
)

PARTS = ("mean", "low", "high", "level")


UNKNOWN = "unknown"


DEFAULTS = "five seeds, resamples and level left out"


# Percentiles of few resamples hang on chance. But so few differences have few possible means: at
# these levels each end lies on one of them, and with so many resamples it is another one with a
# chance below exp(-34) = 2e-15 (Chernoff's bound, from the exact distribution of the mean). So
# every right answer gives the same numbers, whatever numbers it draws.
SAMPLES = (
    ("three seeds, one of them far off, level 0.84", (0.123, 0.456, 1.934), 2500, 0.84),
    ("four seeds, level 0.65", (-0.3, -0.3, 0.5, 0.5), 1000, 0.65),
    ("five seeds, level 0.95", (0.2, 0.2, 1.2, 0.2, 0.2), 2800, 0.95),
    ("two seeds, and a is a list, level 0.2", (0.3, -0.5), 700, 0.2),
    (DEFAULTS, (0.2, 1.2, 0.2, 0.2, 0.2), 10_000, 0.95),
)


def _bootstrap_cases(rng: np.random.Generator) -> list[Case]:
    cases = []
    for title, differences, resamples, level in SAMPLES:
        b = rng.uniform(1.0, 3.0, size=len(differences)).round(2)
        a = b + np.array(differences)
        options = () if title == DEFAULTS else (resamples, level)
        first = a.tolist() if "list" in title else a
        arguments = (np.random.default_rng(1), first, b, *options)
        cases.append(
            Case(title, by_name(arguments, "resamples", "level"))
            if options
            else Case(title, arguments)
        )
    return cases


def _observe_bootstrap(function: Function, arguments: tuple[Any, ...]) -> Any:
    """The interval from many resamples, and whether it keeps the pairs and uses its generator."""
    interval = call(function, arguments)
    if interval is None:
        return None
    found: dict[str, Any] = dict.fromkeys(PROPERTIES, UNKNOWN)
    if not isinstance(interval, tuple | list) or len(interval) != 4:
        parts = f" of {len(interval)}" if isinstance(interval, tuple | list) else ""
        return found | {"the result": f"a {type(interval).__name__}{parts}"}
    found |= {"the result": "four parts", **dict(zip(PARTS, interval, strict=True))}
    if not all(isinstance(part, float | int | np.number) for part in interval):
        return found
    draw = np.random.default_rng(5)
    a, b = draw.normal(size=9), draw.normal(size=9)

    def ends(seed: int, resamples: int) -> list[float]:
        return [float(x) for x in function(np.random.default_rng(seed), a, b, resamples, 0.9)[1:3]]

    one = ends(1, 30)
    single = ends(3, 1)
    shared = np.array([0.0, 100.0, 300.0, 700.0, 1500.0])
    small = np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    _, low, high, _ = function(np.random.default_rng(4), shared + small, shared, 100, 0.9)
    return found | {
        "the interval where seeds move a and b alike": "narrow" if high - low < 1 else "wide",
        "the interval for the same seed again": _same(one, ends(1, 30)),
        "the interval for another seed": _same(one, ends(2, 30)),
        "the width from a single resample": single[1] - single[0],
    }


PROPERTIES = (
    "the result",
    "the interval where seeds move a and b alike",
    *PARTS,
    "the interval for the same seed again",
    "the interval for another seed",
    "the width from a single resample",
)


def _same(one: list[float], other: list[float]) -> str:
    return "the same" if one == other else "another"


def _ask(f: Function) -> str:
    d, zeros = np.random.default_rng(0).normal(size=12), np.zeros(12)
    widths = []
    for resamples in (1000, 10_000):
        interval = f(np.random.default_rng(1), d, zeros, resamples)
        widths.append(interval[2] - interval[1])
    return (
        f"Neither: its width is {widths[0]:.2f} and {widths[1]:.2f}. Resamples only make its ends "
        "steadier; more seeds make it narrower."
    )


EXERCISE = Exercise(
    reference=paired_bootstrap,
    lesson=12,
    place=2,
    stars=3,
    outputs=PARTS,
    make_cases=_bootstrap_cases,
    observe=_observe_bootstrap,
    reasons={
        "the result": "it should return four parts: mean, low, high, level.",
        "the interval where seeds move a and b alike": "a seed's a and b must stay together: "
        "resample the differences.",
        "mean": "the mean is that of the differences a - b themselves.",
        "level": "the level comes back as it was given.",
        "the interval for the same seed again": "all numbers must be drawn from the rng that is "
        "given.",
        "the interval for another seed": "all numbers must be drawn from the rng that is given.",
        "the width from a single resample": "a single resample has a single mean, and both ends "
        "are that: draw as many resamples as `resamples` says, and take percentiles of their "
        "means.",
    },
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
            "the difference is turned round: it is a - b.",
            {"paired_differences(a, b)": "np.asarray(b - a)"},
        ),
        *(
            Mutant(
                "the four parts come in another order: it is mean, low, high, level.",
                {"float(differences.mean()), float(low), float(high), level": order},
            )
            for order in (
                "float(low), float(differences.mean()), float(high), level",
                "float(low), float(high), float(differences.mean()), level",
                "level, float(differences.mean()), float(low), float(high)",
                "float(differences.mean()), level, float(low), float(high)",
            )
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
        Mutant(
            "the level comes back in percent: return it as it was given.",
            {"float(high), level": "float(high), 100 * level"},
        ),
        Mutant(
            "low and high have changed places.",
            {"float(low), float(high)": "float(high), float(low)"},
        ),
        Mutant(
            "the ends are measured from the mean: return them themselves.",
            {
                "float(low), float(high)": (
                    "float(low - differences.mean()), float(high - differences.mean())"
                )
            },
        ),
        Mutant(
            "the last difference is never drawn: the upper end of rng.integers is left out "
            "already, so n is right.",
            {"rng.integers(n, ": "rng.integers(n - 1, "},
        ),
        Mutant(
            "the means run over the resamples (axis 0): each resample is a row, so its mean is "
            "taken along axis 1.",
            {"mean(axis=1)": "mean(axis=0)"},
        ),
        Mutant(
            "each resample is summed and not divided by n: take its mean.",
            {"differences[drawn].mean(axis=1)": "differences[drawn].sum(axis=1)"},
        ),
        Mutant(
            "the ends are those of the largest and the smallest mean: cut off (1 - level) / 2 at "
            "either end.",
            {"np.quantile(means, [tail, 1 - tail])": "(means.min(), means.max())"},
        ),
        Mutant(
            "each end cuts off level / 2: (1 - level) / 2 lies outside at either end.",
            {"(1 - level) / 2": "level / 2"},
        ),
        Mutant(
            "that is the normal interval, 1.96 standard errors to either side: take percentiles "
            "of the resamples' means.",
            {
                "np.quantile(means, [tail, 1 - tail])": (
                    "differences.mean() + np.array([-1.96, 1.96]) * "
                    "differences.std(ddof=1) / np.sqrt(n)"
                )
            },
        ),
        Mutant(
            "the interval is mirrored (2 mean - percentile), which is the basic bootstrap: return "
            "the percentiles themselves.",
            {
                "float(low), float(high)": (
                    "float(2 * differences.mean() - high), float(2 * differences.mean() - low)"
                )
            },
        ),
    ),
    question=Question(
        "Take ten times as many resamples. Does your interval get ten times, or three "
        "times, narrower?",
        _ask,
    ),
)
