"""Exercise `chrono_bias` of lesson 08."""

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
from cifg_edu.initializers import chrono_bias


def _chrono_cases(rng: np.random.Generator) -> list[Case]:
    return [
        Case("20,000 units, max_lag = 4", (rng, 20_000, 4)),
        Case("20,000 units, max_lag = 30", (rng, 20_000, 30)),
    ]


def _observe_biases(function: Function, arguments: tuple[Any, ...]) -> Any:
    first, same, other = drawn_three_times(function, arguments)
    if first is None:
        return None
    b = np.asarray(first, dtype=float)
    *_, max_lag = arguments
    return {
        "the shape": str(b.shape),
        "least bias / -log(max_lag - 1)": tenths(b.min() / -np.log(max_lag - 1)),
        "the share of biases above 0": tenths(np.mean(b > 0)),
        "the share of units in the longer half of the lags": tenths(
            np.mean(b < -np.log(max_lag / 2))
        ),
        ON_ITS_OWN: distinct(b),
        SAME_RNG: np.array_equal(first, same),
        OTHER_RNG: not np.array_equal(first, other),
    }


EXERCISE = Exercise(
    reference=chrono_bias,
    lesson=8,
    place=2,
    stars=2,
    outputs=("the shape", "least bias / -log(max_lag - 1)"),
    make_cases=_chrono_cases,
    observe=_observe_biases,
    hints=(
        "Three pieces, from the inside out: a uniform number for each unit, its logarithm, a sign.",
        "rng.uniform(low, high, size=hidden_size) draws u. Its ends are 1 and max_lag - 1. The "
        "biases are all 0 or below, so that the input gates are shut by half or more.",
        "return -np.log(rng.uniform(1.0, max_lag - 1.0, size=hidden_size))",
    ),
    mutants=(
        Mutant(
            "the biases are positive, as a forget gate's would be: here the bias is the input "
            "gate's, and a small i keeps the memory, so it is -log u.",
            {"-np.log": "np.log"},
        ),
        Mutant(
            "u is drawn up to max_lag: a bias of -log u remembers for 1 + u steps, so u ends at "
            "max_lag - 1.",
            {"max_lag - 1.0": "max_lag"},
        ),
        Mutant(
            "u is drawn from 0: below 1 its logarithm is negative and the gate stands open; u "
            "begins at 1.",
            {"rng.uniform(1.0": "rng.uniform(0.0"},
        ),
        Mutant(
            "the logarithm is missing: the bias is -log u and not -u.",
            {"np.log(rng": "(rng"},
        ),
        Mutant(
            "that is the gate 1 / (1 + u) itself: the bias is what the sigmoid takes in, -log u.",
            {
                "-np.log(rng.uniform(1.0, max_lag - 1.0, size=hidden_size))": (
                    "1 / (1 + rng.uniform(1.0, max_lag - 1.0, size=hidden_size))"
                )
            },
        ),
        Mutant(
            "that is -log(1 + u): the 1 is already in the sigmoid, 1 / (1 + exp(-b)), so the bias "
            "is -log u.",
            {"np.log(": "np.log1p("},
        ),
        Mutant(
            "the logarithm has another base: the sigmoid is built on e, so take np.log.",
            {"np.log(": "np.log10("},
        ),
        Mutant(
            "one number is drawn for all units: each unit needs a lag of its own, so pass "
            "size=hidden_size.",
            {
                "rng.uniform(1.0, max_lag - 1.0, size=hidden_size)": (
                    "np.full(hidden_size, rng.uniform(1.0, max_lag - 1.0))"
                )
            },
        ),
        Mutant(
            "the bias itself is drawn evenly, which favours short lags: draw u evenly and take "
            "the logarithm afterwards.",
            {
                "-np.log(rng.uniform(1.0, max_lag - 1.0, size=hidden_size))": (
                    "-rng.uniform(0.0, np.log(max_lag - 1.0), size=hidden_size)"
                )
            },
        ),
        Mutant(
            "u takes whole numbers only: U[1, max_lag - 1] means any number between, which "
            "rng.uniform draws.",
            {"rng.uniform(1.0, max_lag - 1.0, ": "rng.integers(1, max_lag, "},
        ),
        Mutant(
            "there are three biases for each unit: this function makes those of the input gate "
            "alone, shape (hidden_size,).",
            {"size=hidden_size": "size=3 * hidden_size"},
        ),
        Mutant(
            "the biases form a matrix of one row: the shape is (hidden_size,).",
            {"size=hidden_size": "size=(1, hidden_size)"},
        ),
        Mutant(
            "np.random draws from a state that the whole program shares: draw from the rng that "
            "is given.",
            {"rng.uniform": "np.random.uniform"},
        ),
    ),
)
