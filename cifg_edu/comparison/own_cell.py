"""A cell from outside as a cell of the comparison: as_cell, first_weights, Initialize.

All its weights lie in one vector, in the place of b; Wx and Wh are empty. So the read-out, the
clipping and Adam take it like any other cell.
"""

import functools
from collections.abc import Callable
from typing import Any, cast

import numpy as np

from cifg_edu.arrays import Array, Tensors, views
from cifg_edu.cifg import SequenceGradients
from cifg_edu.errors import UserError
from cifg_edu.examine.adapter import Adapter, H, Shapes, resize
from cifg_edu.examine.strangers import described
from cifg_edu.gradcheck import numerical_gradient
from cifg_edu.initializers import count_parameters
from cifg_edu.model import Cell

# From a generator, D and H to the weights by name.
Initialize = Callable[[np.random.Generator, int, int], Tensors]
# The cell's size in blocks of weights is measured here: D and H of a usual text.
USUAL = (64, 64)


def count_weights(shapes: Shapes) -> int:
    """The number of weights.

    Args:
        shapes: of the weights, by name.

    Returns:
        Their number of elements.
    """
    return sum(int(np.prod(shape)) for shape in shapes.values())


def as_cell(name: str, adapter: Adapter, initialize: Initialize | None = None) -> Cell:
    """A cell from outside, with the functions of a cell.

    Args:
        name: as in `Cell`.
        adapter: the cell for D = 3 and H = 5. Without a backward pass its gradients are numerical.
        initialize: makes its first weights; by default `first_weights` does.

    Returns:
        The cell. Its `gates` is its number of weights in blocks of H (D + H + 1), and may be a
        fraction.
    """
    sized = functools.cache(lambda *sizes: resize(adapter, *sizes))

    def start(rng: np.random.Generator, input_size: int, hidden_size: int) -> Tensors:
        shapes = sized(input_size, hidden_size).shapes
        if initialize is None:
            weights = first_weights(rng, adapter.shapes, shapes, hidden_size)
        else:
            try:
                made = initialize(rng, input_size, hidden_size)
            except (Exception, SystemExit) as error:  # whatever a stranger's code raises
                raise UserError(
                    f"The cell's initialize(rng, {input_size}, {hidden_size}) stops with "
                    f"{described(error)}."
                ) from error
            weights = _fitting(made, shapes)
        flat = np.concatenate([np.ravel(weights[key]) for key in shapes])
        return {"Wx": np.zeros(0), "Wh": np.zeros((hidden_size, 0)), "b": flat}

    def step(
        x: Array, h: Array, c: Array, Wx: Array, Wh: Array, b: Array
    ) -> tuple[Array, Array, Any]:
        cell = sized(x.shape[-1], h.shape[-1])
        new_h, new_c = cell.step(x, h, c, views(b, cell.shapes))
        kept = c if new_c is None else new_c.astype(c.dtype)
        return new_h.astype(h.dtype), kept, (x, h, c, b)

    def forward(
        x: Array, h: Array, c: Array, Wx: Array, Wh: Array, b: Array
    ) -> tuple[Array, Array, list[Any]]:
        found = []
        for x_t in x:
            h, c, cache = step(x_t, h, c, Wx, Wh, b)
            found.append((h, c, cache))
        hs, cs, caches = zip(*found, strict=True)
        return np.array(hs), np.array(cs), list(caches)  # (T, B, H), twice

    def backward(dh: Array, Wx: Array, Wh: Array, caches: list[Any]) -> SequenceGradients:
        if adapter.backward is None:
            x = np.array([cache[0] for cache in caches], np.float64)
            _, h, c, b = (np.asarray(a, np.float64) for a in caches[0])

            def total(flat: Array) -> float:
                return float((dh * forward(x, h, c, Wx, Wh, flat)[0]).sum())

            db = numerical_gradient(total, b)
            # What flows to the inputs and to the first state is not measured: nothing reads it.
            dx, dh_prev = np.full_like(x, np.nan), np.full_like(h, np.nan)
            return SequenceGradients(dx, dh_prev, dh_prev, np.zeros_like(Wx), np.zeros_like(Wh), db)
        return _through_time(sized(caches[0][0].shape[-1], dh.shape[-1]), dh, Wx, Wh, caches)

    blocks = count_weights(sized(*USUAL).shapes) / count_parameters(*USUAL, 1)
    # A fraction of a gate is right for the counts and sizes that are computed with it.
    return Cell(name, cast(int, blocks), step, forward, backward, start)


def _through_time(
    cell: Adapter, dh: Array, Wx: Array, Wh: Array, caches: list[Any]
) -> SequenceGradients:
    """The cell's own backward pass, from the last step to the first."""
    assert cell.backward is not None
    dh_next, dc_next = np.zeros_like(dh[0]), np.zeros_like(dh[0])
    db, dx = np.zeros(count_weights(cell.shapes)), []
    for dh_t, (x, h, c, b) in zip(dh[::-1], caches[::-1], strict=True):
        weights = views(b, cell.shapes)
        found = cell.backward(x, h, c, dh_t + dh_next, dc_next, weights)
        db += np.concatenate([np.ravel(found[name]) for name in weights])
        dh_next, dc_next = found["h"], found.get("c", dc_next)
        dx.append(found["x"])
    zeros = np.zeros_like(Wx), np.zeros_like(Wh)
    return SequenceGradients(np.array(dx[::-1]), dh_next, dc_next, *zeros, db)


def first_weights(
    rng: np.random.Generator, probed: Shapes, shapes: Shapes, hidden_size: int
) -> Tensors:
    """Initial weights of a cell that brings none: Glorot's, and vectors of zeros.

    Args:
        rng: the source of randomness.
        probed: the weights' shapes for D = 3 and H = 5, which tell what an axis is.
        shapes: for the sizes that are wanted.
        hidden_size: H, the fan_out of every gate.

    Returns:
        The weights by name. A matrix has fan_in rows or columns: those that are not the gates'.

    Source: Glorot and Bengio (2010).
    """
    weights: Tensors = {}
    for name, shape in shapes.items():
        axes = [k for k, n in enumerate(probed[name]) if n > 1]
        if len(axes) < 2:
            weights[name] = np.zeros(shape)
            continue
        # The gates lie along the axis of k H; where both are such, along the longer one.
        gates = max(axes, key=lambda k: (probed[name][k] % H == 0, probed[name][k]))
        fan_in = next(shape[k] for k in axes if k != gates)
        limit = np.sqrt(6 / (fan_in + hidden_size))
        weights[name] = rng.uniform(-limit, limit, shape)
    return weights


def _fitting(weights: Any, shapes: Shapes) -> Tensors:
    """What the cell's own initialize returned, where it is what the step takes."""
    if isinstance(weights, dict):
        found = {name: np.asarray(value) for name, value in weights.items()}
        if {name: value.shape for name, value in found.items()} == shapes:
            return found
    raise UserError(
        "The cell's initialize returned other weights than its step takes: give a dictionary with "
        f"{', '.join(f'{name} {shape}' for name, shape in shapes.items())}."
    )
