"""Does a backward pass belong to its forward pass, tensor by tensor and gate by gate."""

import numpy as np

from cifg_edu.arrays import Array, Tensors
from cifg_edu.examine.adapter import Adapter, H, Probe, probes
from cifg_edu.examine.matching import DEAD, Match
from cifg_edu.gradcheck import (
    TOLERANCE,
    find_wrong_gates,
    find_wrong_tensors,
    measure_gradients,
    relative_error,
)

NAMES = {"i": "input gate", "f": "forget gate", "o": "output gate", "g": "candidate"}


def judge_backward(cell: Adapter, match: Match | None) -> list[str]:
    """What is wrong with a cell's backward pass, in sentences.

    Args:
        cell: with a backward pass.
        match: the known cell that its forward pass is, which says where the gates lie.

    Returns:
        A sentence for each wrong tensor, and what they have in common, or on the error with which
        it stops; none where all are right.
    """
    try:
        return _judged(cell, match)
    except Exception as error:  # whatever a stranger's code raises
        return [f"The backward pass stops with {type(error).__name__}: {error}."]


def _judged(cell: Adapter, match: Match | None) -> list[str]:
    x, h, c, weights = probes(cell.shapes, seed=2)
    measured, claimed = _both(cell, x, h, c, weights)
    missing = [name for name in measured if name not in claimed]
    claimed = {
        name: np.reshape(a, np.shape(measured[name]))
        if name in measured and np.size(a) == np.size(measured[name])
        else a
        for name, a in claimed.items()
    }
    wrong = [name for name in find_wrong_tensors(measured, claimed) if name not in missing]
    sentences = [f"No gradient of {name} came out of the backward pass." for name in missing]
    gates: set[str] = set()
    for name in wrong:
        if name not in measured:
            sentences.append(f"d{name} is the gradient of something that the step does not have.")
            continue
        where, of = _where(measured[name], claimed[name], match)
        gates |= of
        sentences.append(f"d{name} is wrong{where}.")
    if not wrong:
        return sentences
    return sentences + _causes(cell, (x, h, c, weights), claimed, measured, gates)


def _both(
    cell: Adapter, x: Array, h: Array, c: Array, weights: Tensors
) -> tuple[dict[str, Array], dict[str, Array]]:
    """The numerical gradients of a weighted sum of h and c, and those that the cell claims."""
    assert cell.backward is not None
    rng = np.random.default_rng(3)
    dh, dc = rng.normal(size=(2, *h.shape))
    tensors = {"x": x, "h": h, "c": c, **weights}
    if cell.step(x, h, c, weights)[1] is None:
        del tensors["c"]

    def loss(x: Array, h: Array, c: Array = c, **weights: Array) -> float:
        new_h, new_c = cell.step(x, h, c, weights)
        return float((dh * new_h).sum() + (0.0 if new_c is None else (dc * new_c).sum()))

    measured = measure_gradients(loss, tensors)
    claimed = cell.backward(x, h, c, dh, dc, {name: w.copy() for name, w in weights.items()})
    return measured, claimed


def _where(right: Array, given: Array, match: Match | None) -> tuple[str, set[str]]:
    """Which gates' blocks are wrong, where the layout tells."""
    if np.shape(given) != np.shape(right):
        return f": its shape is {np.shape(given)}, and {np.shape(right)} belongs there", set()
    if match is None or match.layout.axis is None:
        return "", set()
    order = match.order
    axes = [k for k, n in enumerate(right.shape) if n % len(order) == 0 and n >= len(order)]
    if not axes or right.shape[axes[-1]] % (H * len(order)):
        return "", set()
    axis = axes[-1] if match.layout.axis == 1 or right.ndim == 1 else axes[0]
    gates = find_wrong_gates(right, given, order, axis)
    if len(gates) in (0, len(order)):
        return "", set(gates)
    words = [NAMES.get(gate, gate) for gate in gates if gate != DEAD]
    return f" in the part of the {' and the '.join(words)}", set(gates)


def _causes(
    cell: Adapter,
    given: Probe,
    claimed: dict[str, Array],
    measured: dict[str, Array],
    gates: set[str],
) -> list[str]:
    """The usual mistakes that do the same."""
    found = []
    for name in measured:
        a, b = claimed.get(name), measured[name]
        if a is not None and np.shape(a) == np.shape(b) and relative_error(-a, b) <= TOLERANCE:
            found.append(f"d{name} has the right size, and its sign is the other way round.")
    if not gates or not gates <= {"i", "f", DEAD}:
        return found
    x, h, c, weights = given
    without, said = _both(cell, x, h, np.zeros_like(c), weights)
    if not set(find_wrong_tensors(without, said)) & set(weights):
        found.append(
            "Where the old cell is 0 all of them are right: the gate's gradient lacks what it "
            "takes from the old cell. This is the phantom gate of lesson 06: with f = 1 - i, "
            "di = dc * (g - c_prev)."
        )
    return found
