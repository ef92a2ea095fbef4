"""Exercise `glorot_uniform` of lesson 08."""

from typing import Any

import numpy as np

from cifg_edu.exercises import Case, Exercise, Function, Mutant
from cifg_edu.exercises.lesson_08._draws import (
    ON_ITS_OWN,
    OTHER_RNG,
    SAME_RNG,
    distinct,
    drawn_three_times,
    tenths,
)
from cifg_edu.initializers import glorot_uniform


def _glorot_cases(rng: np.random.Generator) -> list[Case]:
    return [
        Case("fan_in = 60, fan_out = 240", (rng, 60, 240)),
        Case("fan_in = 800, fan_out = 10", (rng, 800, 10)),
    ]


def _observe_weights(function: Function, arguments: tuple[Any, ...]) -> Any:
    first, same, other = drawn_three_times(function, arguments)
    if first is None:
        return None
    w = np.asarray(first, dtype=float)
    _, fan_in, fan_out = arguments
    limit = np.sqrt(6.0 / (fan_in + fan_out))
    reach = np.abs(w - w.mean()).max() / max(w.std(), 1e-300)
    return {
        "the shape": str(w.shape),
        "mean / limit": tenths(w.mean() / limit),
        "spread / right spread": tenths(w.std() / (limit / np.sqrt(3.0))),
        # sqrt(3) = 1.73 for an even spread; 4 or so for thousands of normal numbers.
        '"evenly spread between its ends"': bool(reach < 2.0),
        ON_ITS_OWN: distinct(w),
        SAME_RNG: np.array_equal(first, same),
        OTHER_RNG: not np.array_equal(first, other),
    }


EXERCISE = Exercise(
    reference=glorot_uniform,
    lesson=8,
    place=1,
    stars=1,
    outputs=("the shape", "mean / limit", "spread / right spread"),
    make_cases=_glorot_cases,
    observe=_observe_weights,
    hints=(
        "Two lines: the limit from the two fans, then one call of the generator. The variance of "
        "numbers uniform on [-limit, limit] is limit**2 / 3.",
        "limit**2 / 3 = 2 / (fan_in + fan_out), solved for the limit. Then rng.uniform(low, high, "
        "size=...), with the shape (fan_in, fan_out).",
        "limit = np.sqrt(6.0 / (fan_in + fan_out))\n"
        "return rng.uniform(-limit, limit, size=(fan_in, fan_out))",
    ),
    mutants=(
        Mutant(
            "sqrt(2 / (fan_in + fan_out)) is the standard deviation; a uniform number reaches "
            "sqrt(3) times as far, so the limit has a 6.",
            {"6.0": "2.0"},
        ),
        Mutant(
            "only fan_in is in the formula: Glorot's compromise takes the sum fan_in + fan_out.",
            {"fan_in + fan_out": "fan_in"},
        ),
        Mutant(
            "only fan_out is in the formula: Glorot's compromise takes the sum fan_in + fan_out.",
            {"fan_in + fan_out": "fan_out"},
        ),
        Mutant(
            "the fans are multiplied: the formula has their sum.",
            {"fan_in + fan_out": "fan_in * fan_out"},
        ),
        Mutant(
            "the square root is missing: 6 / (fan_in + fan_out) is the square of the limit.",
            {"np.sqrt(6.0 / (fan_in + fan_out))": "6.0 / (fan_in + fan_out)"},
        ),
        Mutant(
            "the weights lie between 0 and the limit: they must lie as far below 0 as above it.",
            {"rng.uniform(-limit, limit": "rng.uniform(0.0, limit"},
        ),
        Mutant(
            "these are normal numbers of the right spread (that is glorot_normal): take "
            "rng.uniform.",
            {"rng.uniform(-limit, limit": "rng.normal(0.0, limit / np.sqrt(3.0)"},
        ),
        Mutant(
            "these are normal numbers with the limit as their standard deviation: take "
            "rng.uniform from -limit to limit.",
            {"rng.uniform(-limit, limit": "rng.normal(0.0, limit"},
        ),
        Mutant(
            "rows and columns have changed places: x @ W sums over fan_in, so W has fan_in rows.",
            {"size=(fan_in, fan_out)": "size=(fan_out, fan_in)"},
        ),
        Mutant(
            "np.random draws from a state that the whole program shares, so no run can be "
            "repeated: draw from the rng that is given.",
            {"rng.uniform": "np.random.uniform"},
        ),
        Mutant(
            "a generator of your own, made with a fixed seed, gives every gate the same weights: "
            "draw from the rng that is given.",
            {"rng.uniform": "np.random.default_rng(0).uniform"},
        ),
        Mutant(
            "the variance is 1 whatever the size of the layer: the limit must shrink as the fans "
            "grow.",
            {"np.sqrt(6.0 / (fan_in + fan_out))": "np.sqrt(3.0)"},
        ),
        Mutant(
            "one row is drawn and repeated for every input: draw a whole array of the shape "
            "(fan_in, fan_out).",
            {
                "rng.uniform(-limit, limit, size=(fan_in, fan_out))": (
                    "np.tile(rng.uniform(-limit, limit, size=fan_out), (fan_in, 1))"
                )
            },
        ),
    ),
)
