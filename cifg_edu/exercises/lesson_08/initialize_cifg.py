"""Exercise `initialize_cifg` of lesson 08."""

from collections.abc import Mapping
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
from cifg_edu.exercises.lesson_08.chrono_bias import NOT_ABOVE, REASONS_OF_LAGS, shares_of_lags
from cifg_edu.initializers import glorot_uniform, initialize_cifg

PROPERTIES = ("the result", "Wx", "Wh", "b", SAME_RNG, OTHER_RNG)


FORM = "type and shape"


GATES = '"each gate has its own weights"'


INSIDE = '"no weight lies beyond the limit"'


CHRONO = '"gate i has chrono biases"'


def numbered(rng: np.random.Generator, fan_in: int, fan_out: int) -> Array:
    """Not random at all: each element tells its place in the block, and so the block's shape."""
    return np.arange(float(fan_in * fan_out)).reshape(fan_in, fan_out)


def _initialize_cases(rng: np.random.Generator) -> list[Case]:
    return [
        Case("D = 40, H = 60, nothing else given", (rng, 40, 60)),
        Case(
            "D = 3, H = 5, with a function `weights` that numbers the elements of a block",
            (rng, 3, 5, numbered),
        ),
        Case(
            "D = 7, H = 120, max_lag = 5, with the function `weights` that numbers",
            (rng, 7, 120, numbered, 5),
        ),
        Case("D = 6, H = 11, max_lag = 60, no other `weights`", (rng, 6, 11, glorot_uniform, 60)),
    ]


def _observe_parameters(function: Function, arguments: tuple[Any, ...]) -> Any:
    rng, D, H, *rest = arguments
    weights = rest[0] if rest else glorot_uniform
    max_lag = rest[1] if len(rest) > 1 else None
    # As the lesson calls it: without what is left to the function, and max_lag by its name.
    by_place = () if weights is glorot_uniform else (weights,)
    by_name = {} if max_lag is None else {"max_lag": max_lag}

    def draw(generator: np.random.Generator) -> Any:
        return function(generator, D, H, *by_place, **by_name)

    first, same, other = drawn_three_times(draw, (rng,))
    if not isinstance(first, Mapping):
        return unknown(PROPERTIES, first)
    if set(first) != {"Wx", "Wh", "b"}:
        keys = ", ".join(map(str, first)) or "nothing"
        return {**unknown(PROPERTIES, first), "the result": f"a dictionary with {keys}"}
    seen = _calls_seen if weights is numbered else _glorot_seen
    random = weights is not numbered or max_lag is not None
    observed = (
        "a dictionary with Wx, Wh and b",
        seen(first["Wx"], (D, 3 * H)),
        seen(first["Wh"], (H, 3 * H)),
        _biases_seen(first["b"], H, max_lag),
        _same(first, same),
        not _same(first, other) or not random,
    )
    return dict(zip(PROPERTIES, observed, strict=True))


def _glorot_seen(W: Any, shape: tuple[int, int]) -> Mapping[str, Any]:
    """What can be said of three blocks side by side that glorot_uniform should have drawn."""
    names = (FORM, "bound / limit", GATES, ONE_BY_ONE, INSIDE, EVENLY, ON_ITS_OWN)
    if form(W) != array_of(*shape):
        return unknown(names, W, FORM)
    blocks = np.split(W, 3, axis=1)
    limit = np.sqrt(6.0 / sum(blocks[0].shape))
    shares = (np.hstack(blocks) / limit + 1) / 2
    observed = (
        form(W),
        np.array([_bound(block / limit) for block in blocks]),
        not any(np.array_equal(blocks[n], blocks[n - 1]) for n in range(3)),
        all(neighbours_differ(shares)),
        inside(shares),
        *evenly_and_on_its_own(shares),
    )
    return dict(zip(names, observed, strict=True))


def _bound(shares: Array) -> float:
    """How far numbers reach, where 1 is right: so few may stop far below it."""
    reach = tenths(np.abs(shares).max())
    return 1.0 if reach < 1.0 and to_the_ends((shares + 1) / 2) else reach


def _calls_seen(W: Any, shape: tuple[int, int]) -> Mapping[str, Any]:
    """How `numbered` was called for each of the three blocks, by what it returned."""
    names = (FORM, "gate i", "gate o", "gate g")
    if form(W) != array_of(*shape):
        return unknown(names, W, FORM)
    calls = (_call_seen(block) for block in np.split(W, 3, axis=1))
    return dict(zip(names, (form(W), *calls), strict=True))


def _call_seen(block: Array) -> str:
    fan_in, fan_out = block.shape
    if np.allclose(block, numbered(np.random.default_rng(0), fan_in, fan_out)):
        return f"weights(rng, {fan_in}, {fan_out})"
    if np.allclose(block.T, numbered(np.random.default_rng(0), fan_out, fan_in)):
        return f"weights(rng, {fan_out}, {fan_in}).T"
    return "no whole block that weights(rng, fan_in, fan_out) returned"


def _biases_seen(b: Any, H: int, max_lag: int | None) -> Mapping[str, Any]:
    names: tuple[str, ...] = (FORM, "gate o", "gate g")
    of_lags = (CHRONO, NOT_ABOVE, ONE_BY_ONE, EVENLY, ON_ITS_OWN)
    names += ("gate i",) if max_lag is None else of_lags
    if form(b) != array_of(3 * H):
        return unknown(names, b, FORM)
    b_i, b_o, b_g = np.split(b, 3)
    observed: tuple[Any, ...] = (form(b), b_o, b_g)
    if max_lag is None:
        observed += (b_i,)
    else:
        shares = shares_of_lags(b_i, max_lag)
        right = inside(shares) and to_the_ends(shares)
        observed += (
            right,
            not (b_i > 0).any(),
            *neighbours_differ(b_i),
            *evenly_and_on_its_own(shares),
        )
    return dict(zip(names, observed, strict=True))


def _same(one: Mapping[str, Any], other: Any) -> bool:
    return isinstance(other, Mapping) and all(
        name in other and np.array_equal(one[name], other[name]) for name in one
    )


WX = "np.hstack([weights(rng, input_size, hidden_size) for _ in range(3)])"


WH = "np.hstack([weights(rng, hidden_size, hidden_size) for _ in range(3)])"


BI = "b[:hidden_size] = -1.0 if max_lag is None else chrono_bias(rng, hidden_size, max_lag)"


TURNED = "weights(rng, hidden_size, input_size).T"


RETURN = "return {'Wx': Wx, 'Wh': Wh, 'b': b}"


def _ask(f: Function) -> str:
    b = f(np.random.default_rng(0), 4, 3)["b"]
    kept = 1.0 / (1.0 + np.exp(b[0]))
    return (
        f"{kept**3:.2f}, which is {kept:.3f} to the third: the bias alone decides how it forgets."
    )


EXERCISE = Exercise(
    reference=initialize_cifg,
    lesson=8,
    place=3,
    stars=2,
    outputs=PROPERTIES[1:4],
    make_cases=_initialize_cases,
    observe=_observe_parameters,
    reasons={
        **REASONS,
        "the result": "it should return a dictionary with the keys Wx, Wh and b.",
        **{
            f"{name}.{FORM}": f"{name} should be an array of float64, of shape {shape}."
            for name, shape in (("Wx", "(D, 3H)"), ("Wh", "(H, 3H)"), ("b", "(3H,)"))
        },
        **{
            f"b.gate {gate}": f"the biases of gate {gate} are all {value}; the order of the blocks "
            "is i, o, g."
            for gate, value in (("i", "-1 when max_lag is None"), ("o", "0"), ("g", "0"))
        },
        **{
            f"{W}.{GATES}": "two gates have the same weights: call `weights` once for each block."
            for W in ("Wx", "Wh")
        },
        **{f"b.{name}": reason for name, reason in REASONS_OF_LAGS.items()},
        f"b.{CHRONO}": "when max_lag is given, the first H biases are those of "
        "chrono_bias(rng, hidden_size, max_lag), as they come.",
    },
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
            "one block is drawn and copied three times: each gate needs its own weights.",
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
            "chrono_bias is asked for a single number: every unit needs its own lag, so ask "
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
        Mutant(
            "fan_in and fan_out have changed places, and the block is turned: x @ Wx has D "
            "columns to sum, so draw weights(rng, D, H).",
            {WX: WX.replace("weights(rng, input_size, hidden_size)", TURNED)},
        ),
        Mutant(
            "fan_in and fan_out have changed places: x @ Wx sums D inputs, so draw "
            "weights(rng, D, H).",
            {WX: WX.replace("input_size, hidden_size", "hidden_size, input_size")},
        ),
        Mutant(
            "the chrono biases are added to -1: with max_lag they take its place.",
            {BI: f"{BI}\n    if max_lag is not None:\n        b[:hidden_size] -= 1"},
        ),
        Mutant(
            "all three gates get chrono biases: only the input gate does.",
            {BI: f"{BI}\n    if max_lag is not None:\n        b = np.tile(b[:hidden_size], 3)"},
        ),
        Mutant(
            "the three arrays are returned as a tuple: make a dictionary with the keys Wx, Wh "
            "and b.",
            {RETURN: "return (Wx, Wh, b)"},
        ),
        Mutant(
            "the bias is a matrix of one row: its shape is (3H,).",
            {RETURN: RETURN.replace("'b': b", "'b': b.reshape(1, -1)")},
        ),
        Mutant(
            "b holds whole numbers, which cuts off what is written into it: make it of floats "
            "(np.zeros without a dtype).",
            {"np.zeros(3 * hidden_size)": "np.zeros(3 * hidden_size, dtype=int)"},
        ),
        Mutant(
            "the arrays are turned into float32: leave them in float64.",
            {
                RETURN: (
                    f"Wx, Wh, b = (array.astype(np.float32) for array in (Wx, Wh, b))\n    {RETURN}"
                )
            },
        ),
        Mutant(
            "there are H biases, those of the input gate: o and g need theirs too, 3H in all.",
            {RETURN: RETURN.replace("'b': b", "'b': b[:hidden_size]")},
        ),
        Mutant(
            "there is a single block in each array: Wx and Wh have H columns for each gate, 3H in "
            "all.",
            {WX: WX.replace("range(3)", "range(1)"), WH: WH.replace("range(3)", "range(1)")},
        ),
        Mutant(
            "the weights are random numbers from rng itself: call the argument `weights` for every "
            "block.",
            {
                WX: "rng.normal(size=(input_size, 3 * hidden_size))",
                WH: "rng.normal(size=(hidden_size, 3 * hidden_size))",
            },
        ),
        Mutant(
            "the weights are scaled after `weights` drew them: take each block as it comes.",
            {WX: f"0.1 * {WX}", WH: f"0.1 * {WH}"},
        ),
        Mutant(
            "the biases of an LSTM, +1 in the second block, were kept beside the -1: gate o has "
            "the bias 0.",
            {BI: f"{BI}\n    b[hidden_size:2 * hidden_size] = 1.0"},
        ),
    ),
    question=Question(
        "What share of its first value does your fresh cell still hold after 3 steps, "
        "if inputs and outputs are 0?",
        _ask,
    ),
)
