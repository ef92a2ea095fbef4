"""Exercise `paired_bootstrap` of lesson 12."""

from typing import Any

import numpy as np

from cifg_edu.exercises import Case, Exercise, Function, Mutant
from cifg_edu.statistics import (
    paired_bootstrap,
)

# Enough for an end to lie on its step of the few means that small samples can have: see
# `_bootstrap_cases`.
RESAMPLES = 20_000


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


EXERCISE = Exercise(
    reference=paired_bootstrap,
    lesson=12,
    place=2,
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
