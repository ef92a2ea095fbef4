"""Exercise `glorot_uniform` of lesson 08."""

from typing import Any

import numpy as np

from cifg_edu.exercises import Case, Exercise, Function, Mutant, Question
from cifg_edu.exercises.lesson_08._draws import (
    EVENLY,
    ON_ITS_OWN,
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
from cifg_edu.initializers import glorot_uniform

INSIDE = '"no weight lies beyond the limit"'


TO_THE_ENDS = '"the weights reach from -limit to limit"'


FLAT = '"no weight is far larger than the others"'


ROWS = '"the rows are drawn one by one"'


COLUMNS = '"the columns are drawn one by one"'


PROPERTIES = (
    "the result",
    ROWS,
    COLUMNS,
    "spread / right spread",
    "mean / limit",
    FLAT,
    INSIDE,
    TO_THE_ENDS,
    EVENLY,
    ON_ITS_OWN,
    SAME_RNG,
    OTHER_RNG,
)


def _glorot_cases(rng: np.random.Generator) -> list[Case]:
    return [
        Case("fan_in = 60, fan_out = 120", (rng, 60, 120)),
        Case("fan_in = 650, fan_out = 10", (rng, 650, 10)),
    ]


def _observe_weights(function: Function, arguments: tuple[Any, ...]) -> Any:
    first, same, other = drawn_three_times(function, arguments)
    _, fan_in, fan_out = arguments
    if form(first) != array_of(fan_in, fan_out):
        return unknown(PROPERTIES, first)
    limit = np.sqrt(6.0 / (fan_in + fan_out))
    shares = (first / limit + 1) / 2
    middle = first.mean()
    observed = (
        form(first),
        *neighbours_differ(first),
        tenths(first.std() / (limit / np.sqrt(3.0))),
        tenths(middle / limit),
        # Of uniform numbers, the farthest from their mean is sqrt(3) spreads away.
        bool(np.abs(first - middle).max() < 2 * first.std()),
        inside(shares),
        to_the_ends(shares),
        *evenly_and_on_its_own(shares),
        np.array_equal(first, same),
        not np.array_equal(first, other),
    )
    return dict(zip(PROPERTIES, observed, strict=True))


LIMIT = "np.sqrt(6.0 / (fan_in + fan_out))"


DRAW = "rng.uniform(-limit, limit, size=(fan_in, fan_out))"


def _ask(f: Function) -> str:
    rng = np.random.default_rng(0)
    outputs = rng.normal(size=(200, 300)) @ f(rng, 300, 300)
    return (
        f"{outputs.var():.2f}. Each output is a sum of 300 products, and each weight has the "
        "variance 2 / (300 + 300), so the size of the signal stays."
    )


EXERCISE = Exercise(
    reference=glorot_uniform,
    lesson=8,
    place=1,
    stars=1,
    outputs=PROPERTIES[:3],
    make_cases=_glorot_cases,
    observe=_observe_weights,
    reasons={
        **REASONS,
        "the result": "it should return one array of float64, of shape (fan_in, fan_out).",
        FLAT: "the numbers are not uniform: take rng.uniform, which stays between its ends.",
        INSIDE: "the numbers reach too far: they must lie between -limit and limit, where limit "
        "is sqrt(6 / (fan_in + fan_out)).",
        TO_THE_ENDS: "the numbers do not fill the interval: they must reach from -limit to limit, "
        "where limit is sqrt(6 / (fan_in + fan_out)).",
        ROWS: "rows next to each other have equal or similar numbers: each weight needs its "
        "own draw.",
        COLUMNS: "columns next to each other have equal or similar numbers: each weight needs its "
        "own draw.",
        EVENLY: "the numbers are not uniform: some parts of the interval get more than their "
        "share.",
        ON_ITS_OWN: "the numbers depend on each other: each weight needs its own draw, left "
        "as rng gives it.",
    },
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
            {LIMIT: "6.0 / (fan_in + fan_out)"},
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
            {LIMIT: "np.sqrt(3.0)"},
        ),
        Mutant(
            "one row is drawn and repeated for every input: draw a whole array of the shape "
            "(fan_in, fan_out).",
            {DRAW: "np.tile(rng.uniform(-limit, limit, size=fan_out), (fan_in, 1))"},
        ),
        Mutant(
            "one column is drawn and repeated for every output: draw a whole array of the shape "
            "(fan_in, fan_out).",
            {DRAW: "np.tile(rng.uniform(-limit, limit, size=(fan_in, 1)), fan_out)"},
        ),
        Mutant(
            "a parenthesis is missing: 6 / fan_in + fan_out divides 6 by fan_in alone.",
            {"6.0 / (fan_in + fan_out)": "6.0 / fan_in + fan_out"},
        ),
        Mutant(
            "the root is taken of 6 alone: sqrt(6 / (fan_in + fan_out)) has the fans under it too.",
            {LIMIT: "np.sqrt(6.0) / (fan_in + fan_out)"},
        ),
        Mutant(
            "the limit has a 3 in place of the 6: limit**2 / 3 = 2 / (fan_in + fan_out).",
            {"6.0": "3.0"},
        ),
        Mutant(
            "rng.random() - 0.5 reaches half a unit to each side, so this is half as wide as it "
            "should be: multiply by 2 * limit.",
            {DRAW: "(rng.random((fan_in, fan_out)) - 0.5) * limit"},
        ),
        Mutant(
            "the weights lie between 0 and twice the limit: take the limit off.",
            {DRAW: "2 * limit * rng.random((fan_in, fan_out))"},
        ),
        Mutant(
            "every weight is -limit or limit: any number between them is wanted, which "
            "rng.uniform draws.",
            {DRAW: "rng.choice([-limit, limit], size=(fan_in, fan_out))"},
        ),
        Mutant(
            "a single number is drawn: rng.uniform needs size=(fan_in, fan_out).",
            {", size=(fan_in, fan_out))": ")"},
        ),
        Mutant(
            "the mean is taken off afterwards: the numbers then depend on each other, and may lie "
            "beyond the limit. Leave them as they were drawn.",
            {DRAW: f"(lambda w: w - w.mean())({DRAW})"},
        ),
        Mutant(
            "the weights are sorted: leave them in the order in which they were drawn.",
            {DRAW: f"np.sort({DRAW}, axis=None).reshape(fan_in, fan_out)"},
        ),
        Mutant(
            "the weights are turned into float32: leave them in float64, as rng gives them.",
            {DRAW: f"{DRAW}.astype(np.float32)"},
        ),
        Mutant(
            "these are normal numbers cut off at the limit (np.clip): take rng.uniform, which "
            "stays between its ends.",
            {
                DRAW: (
                    "np.clip(rng.normal(0.0, limit / np.sqrt(3.0), size=(fan_in, fan_out)), "
                    "-limit, limit)"
                )
            },
        ),
    ),
    question=Question(
        "Send 200 inputs of variance 1 through your 300 by 300 weights. What variance comes out?",
        _ask,
    ),
)
