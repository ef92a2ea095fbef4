"""Lesson 08, initialization and memory: glorot_uniform, chrono_bias, initialize_cifg.

These functions draw at random, and two right ones may draw in another order. So what is
compared is what every right answer shares: shapes, bounds, spreads, rounded to a tenth of what
is right, and whether the numbers come from the generator that was given.
"""

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np

from cifg_edu.checks.exercise import Case, Exercise, Function, Mutant
from cifg_edu.gates import Array
from cifg_edu.initializers import chrono_bias, glorot_uniform, initialize_cifg

SAME_RNG = '"the same rng gives the same numbers"'
OTHER_RNG = '"another rng gives other numbers"'
ON_ITS_OWN = '"each is drawn on its own"'


def _drawn_three_times(function: Function, arguments: tuple[Any, ...]) -> tuple[Any, Any, Any]:
    """Results for the generator given, for an equal one, and for another one."""
    rng, *rest = arguments
    generators = copy.deepcopy(rng), copy.deepcopy(rng), np.random.default_rng(1703)
    first, same, other = (function(generator, *rest) for generator in generators)
    return first, same, other


def _tenths(ratio: Any) -> float:
    return round(float(ratio), 1) + 0.0


def _distinct(numbers: Array) -> bool:
    return len(np.unique(numbers)) > 0.9 * numbers.size


# glorot_uniform


def _glorot_cases(rng: np.random.Generator) -> list[Case]:
    return [
        Case("fan_in = 60, fan_out = 240", (rng, 60, 240)),
        Case("fan_in = 800, fan_out = 10", (rng, 800, 10)),
    ]


def _observe_weights(function: Function, arguments: tuple[Any, ...]) -> Any:
    first, same, other = _drawn_three_times(function, arguments)
    if first is None:
        return None
    w = np.asarray(first, dtype=float)
    _, fan_in, fan_out = arguments
    limit = np.sqrt(6.0 / (fan_in + fan_out))
    reach = np.abs(w - w.mean()).max() / max(w.std(), 1e-300)
    return {
        "the shape": str(w.shape),
        "mean / limit": _tenths(w.mean() / limit),
        "spread / right spread": _tenths(w.std() / (limit / np.sqrt(3.0))),
        # sqrt(3) = 1.73 for an even spread; 4 or so for thousands of normal numbers.
        '"evenly spread between its ends"': bool(reach < 2.0),
        ON_ITS_OWN: _distinct(w),
        SAME_RNG: np.array_equal(first, same),
        OTHER_RNG: not np.array_equal(first, other),
    }


GLOROT_UNIFORM = Exercise(
    reference=glorot_uniform,
    lesson=8,
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


# chrono_bias


def _chrono_cases(rng: np.random.Generator) -> list[Case]:
    return [
        Case("20,000 units, max_lag = 4", (rng, 20_000, 4)),
        Case("20,000 units, max_lag = 30", (rng, 20_000, 30)),
    ]


def _observe_biases(function: Function, arguments: tuple[Any, ...]) -> Any:
    first, same, other = _drawn_three_times(function, arguments)
    if first is None:
        return None
    b = np.asarray(first, dtype=float)
    *_, max_lag = arguments
    return {
        "the shape": str(b.shape),
        "least bias / -log(max_lag - 1)": _tenths(b.min() / -np.log(max_lag - 1)),
        "the share of biases above 0": _tenths(np.mean(b > 0)),
        "the share of units in the longer half of the lags": _tenths(
            np.mean(b < -np.log(max_lag / 2))
        ),
        ON_ITS_OWN: _distinct(b),
        SAME_RNG: np.array_equal(first, same),
        OTHER_RNG: not np.array_equal(first, other),
    }


CHRONO_BIAS = Exercise(
    reference=chrono_bias,
    lesson=8,
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


# initialize_cifg


def _all_at_the_limit(_rng: np.random.Generator, fan_in: int, fan_out: int) -> Array:
    """Not random at all: shows with which fans, and whether, it is called."""
    return np.full((fan_in, fan_out), np.sqrt(6.0 / (fan_in + fan_out)))


def _initialize_cases(rng: np.random.Generator) -> list[Case]:
    return [
        Case("D = 40, H = 60, nothing else given", (rng, 40, 60)),
        Case(
            "D = 30, H = 50, with a function `weights` that fills blocks with Glorot's limit",
            (rng, 30, 50, _all_at_the_limit),
        ),
        Case("D = 20, H = 300, chrono biases, max_lag = 5", (rng, 20, 300, glorot_uniform, 5)),
    ]


def _observe_parameters(function: Function, arguments: tuple[Any, ...]) -> Any:
    first, same, other = _drawn_three_times(function, arguments)
    if not isinstance(first, Mapping) or set(first) != {"Wx", "Wh", "b"}:
        return first
    _, D, H, *rest = arguments
    Wx, Wh, b = (np.asarray(first[name], dtype=float) for name in ("Wx", "Wh", "b"))
    fits = (Wx.shape, Wh.shape, b.shape) == ((D, 3 * H), (H, 3 * H), (3 * H,))
    return {
        "Wx": _weights_seen(Wx, fits),
        "Wh": _weights_seen(Wh, fits),
        "b": _biases_seen(b, fits, *rest[1:]),
        SAME_RNG: _same(first, same),
        OTHER_RNG: not _same(first, other),
    }


def _weights_seen(W: Array, fits: bool) -> Mapping[str, Any]:
    blocks = np.split(W, 3, axis=1) if fits else []
    return {
        "shape": str(W.shape),
        "bound / limit": np.array([_bound(block) for block in blocks]),
        '"the gates have weights of their own"': fits
        and not any(np.array_equal(blocks[0], block) for block in blocks[1:]),
    }


def _biases_seen(b: Array, fits: bool, max_lag: int | None = None) -> Mapping[str, Any]:
    b_i, b_o, b_g = np.split(b, 3) if fits else (b, b, b)
    seen = {"shape": str(b.shape), "gate o": b_o, "gate g": b_g}
    if max_lag is None:
        return {**seen, "gate i": b_i}
    return {
        **seen,
        "least of gate i / -log(max_lag - 1)": _tenths(b_i.min() / -np.log(max_lag - 1)),
        "greatest of gate i above 0": bool(b_i.max() > 0),
        ON_ITS_OWN: _distinct(b_i),
    }


def _bound(block: Array) -> float:
    return _tenths(np.abs(block).max() / np.sqrt(6.0 / sum(block.shape)))


def _same(one: Mapping[str, Array], other: Mapping[str, Array]) -> bool:
    return all(np.array_equal(one[name], other[name]) for name in one)


WX = "np.hstack([weights(rng, input_size, hidden_size) for _ in range(3)])"
WH = "np.hstack([weights(rng, hidden_size, hidden_size) for _ in range(3)])"

INITIALIZE_CIFG = Exercise(
    reference=initialize_cifg,
    lesson=8,
    stars=2,
    outputs=("Wx", "Wh", "b"),
    make_cases=_initialize_cases,
    observe=_observe_parameters,
    hints=(
        "Three arrays in a dictionary. Draw each gate's block with weights(rng, fan_in, H): fan_in "
        "is D for Wx and H for Wh. Put three blocks side by side with np.hstack.",
        "b starts as zeros of shape (3H,). Only the first H of it, the input gate's, change: to "
        "-1 when max_lag is None, to chrono_bias(rng, hidden_size, max_lag) when it is a number.",
        f"Wx = {WX}\n"
        f"Wh = {WH}\n"
        "b = np.zeros(3 * hidden_size)\n"
        "b[:hidden_size] = -1.0 if max_lag is None else chrono_bias(rng, hidden_size, max_lag)\n"
        'return {"Wx": Wx, "Wh": Wh, "b": b}',
    ),
    mutants=(
        Mutant(
            "+1 is the LSTM's forget bias; on the CIFG's input gate it does the opposite and "
            "forgets: here it is -1.",
            {"-1.0 if": "1.0 if"},
        ),
        Mutant(
            "the bias sits on the second block, where the LSTM has its forget gate; here the "
            "second is o, and the input gate is the first.",
            {"b[:hidden_size]": "b[hidden_size:2 * hidden_size]"},
        ),
        Mutant(
            "the bias sits on the last block, which is the candidate g: the gate order is i, o, g.",
            {"b[:hidden_size]": "b[2 * hidden_size:]"},
        ),
        Mutant(
            "the input gate's bias is 0, so the cell forgets half at every step: it should be -1.",
            {"-1.0 if": "0.0 if"},
        ),
        Mutant(
            "all biases are -1: only the input gate's is, those of o and g are 0.",
            {"np.zeros(3 * hidden_size)": "-np.ones(3 * hidden_size)"},
        ),
        Mutant(
            "fan_out is 3H: the fused block is three layers side by side, so draw three blocks "
            "with fan_out = H.",
            {
                WX: "weights(rng, input_size, 3 * hidden_size)",
                WH: "weights(rng, hidden_size, 3 * hidden_size)",
            },
        ),
        Mutant(
            "one block is drawn and copied three times: each gate needs weights of its own.",
            {
                WX: "np.tile(weights(rng, input_size, hidden_size), 3)",
                WH: "np.tile(weights(rng, hidden_size, hidden_size), 3)",
            },
        ),
        Mutant(
            "there are four blocks: that is the LSTM, and the CIFG has three, i, o and g.",
            {
                WX: WX.replace("range(3)", "range(4)"),
                WH: WH.replace("range(3)", "range(4)"),
                "np.zeros(3 * hidden_size)": "np.zeros(4 * hidden_size)",
            },
        ),
        Mutant(
            "max_lag is not used: when it is given, the input gate gets chrono biases in place "
            "of -1.",
            {" if max_lag is None else chrono_bias(rng, hidden_size, max_lag)": ""},
        ),
        Mutant(
            "the chrono biases have their sign turned, as for an LSTM's forget gate: they are "
            "the input gate's already.",
            {"else chrono_bias": "else -chrono_bias"},
        ),
        Mutant(
            "chrono_bias is asked for a single number: every unit needs a lag of its own, so ask "
            "for hidden_size of them.",
            {"chrono_bias(rng, hidden_size, max_lag)": "chrono_bias(rng, 1, max_lag)"},
        ),
        Mutant(
            "Wh has D rows: it multiplies h, which has H columns, so its fan_in is H.",
            {"weights(rng, hidden_size, hidden_size)": "weights(rng, input_size, hidden_size)"},
        ),
        Mutant(
            "the blocks are stacked one below the other: the gates lie side by side, so take "
            "np.hstack.",
            {
                "np.hstack([weights(rng, input_size": "np.vstack([weights(rng, input_size",
                "np.hstack([weights(rng, hidden_size": "np.vstack([weights(rng, hidden_size",
            },
        ),
        Mutant(
            "the argument `weights` is not used: call it, and not glorot_uniform, for every block.",
            {
                "weights(rng, input_size": "glorot_uniform(rng, input_size",
                "weights(rng, hidden_size": "glorot_uniform(rng, hidden_size",
            },
        ),
    ),
)

EXERCISES = (GLOROT_UNIFORM, CHRONO_BIAS, INITIALIZE_CIFG)
