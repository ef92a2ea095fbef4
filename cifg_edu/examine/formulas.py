"""The cells that are known, and their usual mistakes, as formulas of pre-activations: FORMULAS."""

import itertools
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from cifg_edu.arrays import Array
from cifg_edu.gates import sigmoid


class Block(NamedTuple):
    """One gate's weights: Wx (D, H), Wh (H, H), and the biases beside them, each (H,)."""

    Wx: Array
    Wh: Array
    bx: Array
    bh: Array


# From x, h, c, the gates' weights by letter and the peepholes by gate to the new h and c.
Run = Callable[
    [Array, Array, Array, dict[str, Block], dict[str, Array]], tuple[Array, Array | None]
]


class Formula(NamedTuple):
    """A cell as it may be written.

    name: what it is, such as "CIFG".
    gates: a letter for each block of weights.
    run: one step.
    words: what is said of it.
    faults: its mistakes, each a sentence; none where it is right.
    """

    name: str
    gates: str
    run: Run
    words: tuple[str, ...]
    faults: tuple[str, ...]


SQUASH: dict[str, Callable[[Array], Array]] = {
    "a sigmoid": sigmoid,
    "a hard sigmoid, 0.2 a + 0.5": lambda a: np.clip(0.2 * a + 0.5, 0.0, 1.0),
    "a hard sigmoid, a / 6 + 0.5": lambda a: np.clip(a / 6 + 0.5, 0.0, 1.0),
}
CANDIDATE: dict[str, tuple[Callable[[Array], Array], str]] = {
    "tanh": (np.tanh, ""),
    "sigmoid": (sigmoid, "The candidate g is squashed by a sigmoid; tanh belongs there."),
    "nothing": (lambda a: a, "The candidate g is not squashed; tanh belongs there."),
    "relu": (
        lambda a: np.maximum(a, 0.0),
        "The candidate g goes through a relu; tanh belongs there.",
    ),
}
READ: dict[str, tuple[Callable[[Array, Array], Array], str]] = {
    "tanh(c)": (lambda c, _: np.tanh(c), ""),
    "c": (
        lambda c, _: c,
        "h = o * c: the cell is not squashed on its way out; tanh(c) belongs there.",
    ),
    "tanh(c_prev)": (
        lambda _, old: np.tanh(old),
        "h reads the old cell; the new one belongs there.",
    ),
}
WRITE: dict[str, tuple[Callable[[Array, Array, Array, Array], Array], str]] = {
    "f c + i g": (lambda f, i, g, c: f * c + i * g, ""),
    "f c + g": (
        lambda f, i, g, c: f * c + g,
        "The input gate does not scale what is written: i * g.",
    ),
    "c + i g": (
        lambda f, i, g, c: c + i * g,
        "The old cell is not scaled by the forget gate: f * c.",
    ),
    "f (c + i g)": (
        lambda f, i, g, c: f * (c + i * g),
        "The forget gate scales what is written, too: parentheses are misplaced.",
    ),
}
TIED = {
    "ifog": ("LSTM", "free gates: f and i have weights of their own"),
    "iog": ("CIFG", "coupled gates: f = 1 - i"),
    "fog": ("CIFG", "coupled gates: i = 1 - f"),
}


def _pre(x: Array, h: Array, block: Block) -> Array:
    return x @ block.Wx + h @ block.Wh + block.bx + block.bh


def _lstm_like(gates: str) -> Iterator[Formula]:
    name, tie = TIED[gates]
    choices = itertools.product(SQUASH, CANDIDATE, READ, WRITE)
    for squash, candidate, read, write in choices:

        def run(
            x: Array,
            h: Array,
            c: Array,
            blocks: dict[str, Block],
            peepholes: dict[str, Array],
            parts: tuple[str, str, str, str] = (squash, candidate, read, write),
        ) -> tuple[Array, Array]:
            sigma = SQUASH[parts[0]]
            a = {gate: _pre(x, h, block) for gate, block in blocks.items()}
            for gate in peepholes.keys() & set("if"):
                a[gate] = a[gate] + peepholes[gate] * c
            f = sigma(a["f"]) if "f" in a else 1.0 - sigma(a["i"])
            i = sigma(a["i"]) if "i" in a else 1.0 - f
            g = CANDIDATE[parts[1]][0](a["g"])
            new = WRITE[parts[3]][0](f, i, g, c)
            o = sigma(a["o"] + (peepholes["o"] * new if "o" in peepholes else 0.0))
            return o * READ[parts[2]][0](new, c), new

        faults = [CANDIDATE[candidate][1], READ[read][1], WRITE[write][1]]
        words = (tie, f"gates squashed by {squash}")
        yield Formula(name, gates, run, words, tuple(fault for fault in faults if fault))


def _gru(reset_first: bool, keeps: bool) -> Formula:
    def run(
        x: Array, h: Array, c: Array, blocks: dict[str, Block], peepholes: dict[str, Array]
    ) -> tuple[Array, None]:
        z, r = sigmoid(_pre(x, h, blocks["z"])), sigmoid(_pre(x, h, blocks["r"]))
        n = blocks["n"]
        inner = (r * h) @ n.Wh + n.bh if reset_first else r * (h @ n.Wh + n.bh)
        new = np.tanh(x @ n.Wx + n.bx + inner)
        return (z * h + (1 - z) * new if keeps else (1 - z) * h + z * new), None

    words = (
        f"the reset gate scales {'h before its product' if reset_first else 'the product'}",
        f"z is the share of the {'old state' if keeps else 'new state'}",
    )
    return Formula("GRU", "zrn", run, words, ())


def _plain() -> Formula:
    def run(
        x: Array, h: Array, c: Array, blocks: dict[str, Block], peepholes: dict[str, Array]
    ) -> tuple[Array, None]:
        return np.tanh(_pre(x, h, blocks["a"])), None

    return Formula("plain recurrent network", "a", run, ("no gates",), ())


# Right ones first: where two fit, the one without a mistake is meant.
FORMULAS = sorted(
    [
        *_lstm_like("iog"),
        *_lstm_like("fog"),
        *_lstm_like("ifog"),
        *(_gru(first, keeps) for first in (True, False) for keeps in (True, False)),
        _plain(),
    ],
    key=lambda formula: len(formula.faults),
)
