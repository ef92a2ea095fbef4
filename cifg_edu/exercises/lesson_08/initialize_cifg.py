"""Exercise `initialize_cifg` of lesson 08."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from cifg_edu.arrays import Array
from cifg_edu.exercises import Case, Exercise, Function, Mutant
from cifg_edu.exercises.lesson_08._draws import (
    ON_ITS_OWN,
    OTHER_RNG,
    SAME_RNG,
    distinct,
    drawn_three_times,
    tenths,
)
from cifg_edu.initializers import glorot_uniform, initialize_cifg


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
    first, same, other = drawn_three_times(function, arguments)
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
        "least of gate i / -log(max_lag - 1)": tenths(b_i.min() / -np.log(max_lag - 1)),
        "greatest of gate i above 0": bool(b_i.max() > 0),
        ON_ITS_OWN: distinct(b_i),
    }


def _bound(block: Array) -> float:
    return tenths(np.abs(block).max() / np.sqrt(6.0 / sum(block.shape)))


def _same(one: Mapping[str, Array], other: Mapping[str, Array]) -> bool:
    return all(np.array_equal(one[name], other[name]) for name in one)


WX = "np.hstack([weights(rng, input_size, hidden_size) for _ in range(3)])"


WH = "np.hstack([weights(rng, hidden_size, hidden_size) for _ in range(3)])"


EXERCISE = Exercise(
    reference=initialize_cifg,
    lesson=8,
    place=3,
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
