"""Which known cell does the same as a cell from outside: find_match, in_order, Match."""

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from cifg_edu.arrays import Array, Tensors
from cifg_edu.examine.adapter import Adapter, D, H, Probe, probes
from cifg_edu.examine.formulas import FORMULAS, Block, Formula

TOLERANCE = 1e-9
DEAD = "-"


class Layout(NamedTuple):
    """How gates lie in the weights.

    words: in words.
    blocks: the weights of each gate, in the order in which they lie.
    peepholes: vectors that are no biases.
    axis: of the gates in a fused weight, None where each gate has its own weights.
    """

    words: tuple[str, ...]
    blocks: list[Block]
    peepholes: list[Array]
    axis: int | None


class Match(NamedTuple):
    """A formula that does the same.

    formula: which.
    order: the letter of each block; "-" where a block changes nothing.
    layout: where the gates lie.
    swapped: whether the cell returns c before h.
    """

    formula: Formula
    order: str
    layout: Layout
    swapped: bool


def find_match(cell: Adapter) -> Match | None:
    """Find the known cell, right or with usual mistakes, that gives the same h and c.

    Args:
        cell: from outside.

    Returns:
        The first match, right formulas before wrong ones; None where there is none.
    """
    first, second = probes(cell.shapes), probes(cell.shapes, seed=1)
    wanted = [cell.step(*given) for given in (first, second)]
    for swapped in (False, True) if wanted[0][1] is not None else (False,):
        results = [(c, h) if swapped and c is not None else (h, c) for h, c in wanted]
        for layout, other in zip(layouts(first[3]), layouts(second[3]), strict=True):
            for formula, order, peepholes in _readings(layout):
                if _agrees(formula, order, peepholes, layout, first, results[0]) and _agrees(
                    formula, order, peepholes, other, second, results[1]
                ):
                    return Match(formula, order, layout, swapped)
    return None


def in_order(cell: Adapter, swapped: bool) -> Adapter:
    """A cell that returns h before c, whatever its author's order is.

    Args:
        cell: from outside.
        swapped: whether it returns c before h.

    Returns:
        The cell, with the two exchanged where they are.
    """
    if not swapped:
        return cell
    remake = cell.remake

    def step(x: Array, h: Array, c: Array, weights: Tensors) -> tuple[Array, Array | None]:
        new_c, new_h = cell.step(x, h, c, weights)
        assert new_h is not None
        return new_h, new_c

    def remade(input_size: int, hidden_size: int) -> Adapter:
        assert remake is not None
        return in_order(remake(input_size, hidden_size), swapped)

    return cell._replace(step=step, remake=remake and remade)


def _readings(layout: Layout) -> Iterator[tuple[Formula, str, tuple[str, ...]]]:
    """Each formula with each order of its gates in these blocks, and the peepholes' gates."""
    number = len(layout.blocks)
    for formula in FORMULAS:
        # An operator with a block for each gate of an LSTM may leave that of f unused.
        dead = number - len(formula.gates)
        if dead not in (0, 1) or (dead and formula.name != "CIFG"):
            continue
        letters = formula.gates + DEAD * dead
        gates = [gate for gate in "ifo" if gate in formula.gates]
        for order in dict.fromkeys(map("".join, itertools.permutations(letters))):
            for peepholes in itertools.permutations(gates, len(layout.peepholes)):
                yield formula, order, peepholes


def _agrees(
    formula: Formula,
    order: str,
    peepholes: tuple[str, ...],
    layout: Layout,
    given: Probe,
    wanted: tuple[Array, Array | None],
) -> bool:
    x, h, c, _ = given
    blocks = {gate: b for gate, b in zip(order, layout.blocks, strict=True) if gate != DEAD}
    peeps = dict(zip(peepholes, layout.peepholes, strict=True))
    with np.errstate(all="ignore"):
        found = formula.run(x, h, c, blocks, peeps)
    pairs = zip(found, wanted, strict=True)
    return all((a is None) == (b is None) and (a is None or _same(a, b)) for a, b in pairs)


def _same(a: Array, b: Array | None) -> bool:
    assert b is not None
    tolerance = TOLERANCE if b.dtype == np.float64 else 1e-5
    return bool(np.abs(a - b).max() <= tolerance)


def layouts(weights: Tensors) -> list[Layout]:
    """Every way in which weights of these shapes may hold the gates.

    Args:
        weights: by name, for D = 3 and H = 5.

    Returns:
        The readings; none where the shapes fit no cell.
    """
    arrays = [np.squeeze(w, 0) if w.ndim > 1 and len(w) == 1 else w for w in weights.values()]
    arrays = [a[:, 0] if a.ndim == 2 and a.shape[1] == 1 else a for a in arrays]
    matrices = [a for a in arrays if a.ndim == 2]
    vectors = [a for a in arrays if a.ndim == 1]
    found: list[Layout] = []
    for rows in (False, True):
        turned = [a.T if rows else a for a in matrices]
        for x_first in (True, False):
            parts = _parts(turned, x_first)
            if parts is None:
                continue
            joined, inputs, recurrents = parts
            if not joined and not x_first:
                continue
            words = (
                f"gates as {'rows' if rows else 'columns'}",
                f"one weight for [{'x, h' if x_first else 'h, x'}]"
                if joined
                else "weights of x and of h apart",
            )
            found += _cut(words, inputs, recurrents, vectors, 0 if rows else 1)
    return found


def _parts(matrices: list[Array], x_first: bool) -> tuple[bool, list[Array], list[Array]] | None:
    """The weights of x, (D, n), and of h, (H, n), or None where the shapes do not fit."""
    joined = [a for a in matrices if len(a) == D + H]
    if joined and len(joined) == len(matrices):
        cut = D if x_first else H
        halves = [(a[:cut], a[cut:]) if x_first else (a[cut:], a[:cut]) for a in joined]
        return True, [a for a, _ in halves], [b for _, b in halves]
    inputs = [a for a in matrices if len(a) == D]
    recurrents = [a for a in matrices if len(a) == H]
    if (
        not inputs
        or len(inputs) != len(recurrents)
        or len(inputs) + len(recurrents) < len(matrices)
    ):
        return None
    return False, inputs, recurrents


def _cut(
    words: tuple[str, ...],
    inputs: list[Array],
    recurrents: list[Array],
    vectors: list[Array],
    axis: int,
) -> Iterator[Layout]:
    """The gates' blocks: side by side, every G-th, or each in its own weights."""
    if len(inputs) > 1:
        gates = len(inputs)
        if any(a.shape[1] != H for a in (*inputs, *recurrents)) or len(vectors) < gates:
            return
        zero = np.zeros(H)
        # Names like b_i stand beside W_i: each kind keeps its order.
        blocks = [
            Block(*three, zero) for three in zip(inputs, recurrents, vectors[:gates], strict=True)
        ]
        yield Layout((*words, "weights for each gate"), blocks, vectors[gates:], None)
        return
    width = inputs[0].shape[1]
    if width % H or recurrents[0].shape[1] != width:
        return
    gates = width // H
    biases = [v for v in vectors if len(v) in (width, 2 * width)]
    peepholes = [v for v in vectors if len(v) == H] if gates > 1 else []
    if len(biases) + len(peepholes) < len(vectors) or len(biases) > 2:
        return
    halves = [half for v in biases for half in np.split(v, len(v) // width)]
    halves = [*halves, np.zeros(width), np.zeros(width)][:2]
    count = {0: "no bias", 1: "one bias", 2: "two biases"}[sum(len(v) // width for v in biases)]
    for words_of_cut, pick in (("gates side by side", 0), ("gates interleaved, unit by unit", 1)):
        slices = [
            slice(k, None, gates) if pick else slice(k * H, (k + 1) * H) for k in range(gates)
        ]
        blocks = [
            Block(inputs[0][:, s], recurrents[0][:, s], halves[0][s], halves[1][s]) for s in slices
        ]
        yield Layout((*words, words_of_cut, count), blocks, peepholes, axis if not pick else None)
