"""Exercise `chrono_bias` of lesson 08."""

from typing import Any

import numpy as np

from cifg_edu.arrays import Array
from cifg_edu.exercises import Case, Exercise, Function, Mutant, Question
from cifg_edu.exercises.lesson_08._draws import (
    EVENLY,
    ON_ITS_OWN,
    ONE_BY_ONE,
    OTHER_RNG,
    REASONS,
    SAME_RNG,
    array_of,
    drawn_three_times,
    evenly_and_on_its_own,
    form,
    inside,
    neighbours_differ,
    tenths,
    to_the_ends,
    unknown,
)
from cifg_edu.initializers import chrono_bias

NOT_ABOVE = '"no bias is above 0"'


INSIDE = '"u = exp(-bias) stays between 1 and max_lag - 1"'


TO_THE_ENDS = '"u = exp(-bias) reaches from 1 to max_lag - 1"'


PROPERTIES = (
    "the result",
    ONE_BY_ONE,
    "least bias / -log(max_lag - 1)",
    "greatest bias / log(max_lag - 1)",
    "the share of units in the longer half of the lags",
    NOT_ABOVE,
    INSIDE,
    TO_THE_ENDS,
    EVENLY,
    ON_ITS_OWN,
    SAME_RNG,
    OTHER_RNG,
)


def _chrono_cases(rng: np.random.Generator) -> list[Case]:
    return [
        Case("10,000 units, max_lag = 4", (rng, 10_000, 4)),
        Case("6000 units, max_lag = 30", (rng, 6000, 30)),
        Case("5000 units, max_lag = 3, the least that there is", (rng, 5000, 3)),
    ]


def shares_of_lags(biases: Array, max_lag: int) -> Array:
    """Where each u = exp(-bias) lies between its ends: 0 at 1, and 1 at max_lag - 1."""
    return (np.exp(-biases) - 1) / (max_lag - 2)


def _observe_biases(function: Function, arguments: tuple[Any, ...]) -> Any:
    first, same, other = drawn_three_times(function, arguments)
    _, hidden_size, max_lag = arguments
    if form(first) != array_of(hidden_size):
        return unknown(PROPERTIES, first)
    shares = shares_of_lags(first, max_lag)
    observed = (
        form(first),
        *neighbours_differ(first),
        tenths(first.min() / -np.log(max_lag - 1)),
        tenths(first.max() / np.log(max_lag - 1)),
        tenths(np.mean(first < -np.log(max_lag / 2))),
        not (first > 1e-5).any(),
        inside(shares),
        to_the_ends(shares),
        *evenly_and_on_its_own(shares),
        np.array_equal(first, same),
        not np.array_equal(first, other),
    )
    return dict(zip(PROPERTIES, observed, strict=True))


REASONS_OF_LAGS = {
    NOT_ABOVE: "u is at least 1, so -log u is never above 0.",
    ONE_BY_ONE: "units next to each other have similar biases: each unit needs its own draw.",
    INSIDE: "some u = exp(-bias) lie outside [1, max_lag - 1].",
    TO_THE_ENDS: "u = exp(-bias) does not fill the interval from 1 to max_lag - 1.",
    EVENLY: "u = exp(-bias) is not uniform: draw u evenly, and take -log of it afterwards.",
    ON_ITS_OWN: "the biases depend on each other: each unit needs its own draw, left as "
    "rng gives it.",
}


DRAW = "rng.uniform(1.0, max_lag - 1.0, size=hidden_size)"


def _ask(f: Function) -> str:
    lags = 1.0 + np.exp(-f(np.random.default_rng(0), 10_000, 100))
    return (
        f"{100 * np.mean(lags > 50):.0f} %. The lags are drawn evenly from 2 to 100, and the "
        "biases are not even at all."
    )


EXERCISE = Exercise(
    reference=chrono_bias,
    lesson=8,
    place=2,
    stars=2,
    outputs=PROPERTIES[:3:2],
    make_cases=_chrono_cases,
    observe=_observe_biases,
    reasons={
        **REASONS,
        **REASONS_OF_LAGS,
        "the result": "it should return one array of float64, of shape (hidden_size,).",
    },
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
            {f"-np.log({DRAW})": ("1 / (1 + rng.uniform(1.0, max_lag - 1.0, size=hidden_size))")},
        ),
        Mutant(
            "that is 1 / u and not its logarithm: the bias is -log u.",
            {f"-np.log({DRAW})": f"1.0 / {DRAW}"},
        ),
        Mutant(
            "that is -1 / u and not a logarithm: the bias is -log u.",
            {f"-np.log({DRAW})": f"-1.0 / {DRAW}"},
        ),
        Mutant(
            "1 / u is drawn evenly, which favours short lags: draw u evenly from 1 to max_lag - 1, "
            "and take -log of it.",
            {f"-np.log({DRAW})": "np.log(rng.uniform(1 / (max_lag - 1.0), 1.0, size=hidden_size))"},
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
            "one number is drawn for all units: each unit needs its own lag, so pass "
            "size=hidden_size.",
            {DRAW: ("np.full(hidden_size, rng.uniform(1.0, max_lag - 1.0))")},
        ),
        Mutant(
            "the bias itself is drawn evenly, which favours short lags: draw u evenly and take "
            "the logarithm afterwards.",
            {f"-np.log({DRAW})": ("-rng.uniform(0.0, np.log(max_lag - 1.0), size=hidden_size)")},
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
            "the biases form a matrix of one column: the shape is (hidden_size,).",
            {"size=hidden_size": "size=(hidden_size, 1)"},
        ),
        Mutant(
            "the biases are turned into float32: leave them in float64, as rng gives them.",
            {f"-np.log({DRAW})": f"-np.log({DRAW}).astype(np.float32)"},
        ),
        Mutant(
            "np.random draws from a state that the whole program shares: draw from the rng that "
            "is given.",
            {"rng.uniform": "np.random.uniform"},
        ),
        Mutant(
            "the biases are sorted: leave them in the order in which they were drawn.",
            {f"-np.log({DRAW})": f"np.sort(-np.log({DRAW}))"},
        ),
        Mutant(
            "the lags are spaced evenly and not drawn (linspace): draw each one from rng.",
            {DRAW: "np.linspace(1.0, max_lag - 1.0, hidden_size)"},
        ),
        Mutant(
            "the lags are spaced evenly and shuffled: draw each one from rng.",
            {DRAW: "rng.permutation(np.linspace(1.0, max_lag - 1.0, hidden_size))"},
        ),
        Mutant(
            "every unit gets the longest lag, -log(max_lag - 1): each needs its own, drawn "
            "from rng.",
            {DRAW: "np.full(hidden_size, max_lag - 1.0)"},
        ),
        Mutant(
            "a single number is drawn: pass size=hidden_size.",
            {", size=hidden_size": ""},
        ),
        Mutant(
            "u is drawn from the interval from 0 to 1, which rng.random() covers: its ends are 1 "
            "and max_lag - 1.",
            {DRAW: "rng.random(hidden_size)"},
        ),
        Mutant(
            "rng.random() * (max_lag - 2) begins at 0: add 1, since u begins at 1.",
            {DRAW: "rng.random(hidden_size) * (max_lag - 2)"},
        ),
        Mutant(
            "u ends one too early: rng.uniform(1, max_lag - 1) covers the interval already.",
            {"max_lag - 1.0": "max_lag - 2.0"},
        ),
    ),
    question=Question(
        "Of 10,000 units with max_lag = 100, what share remembers for more than 50 steps?",
        _ask,
    ),
)
