"""The types of arrays in this package, and tensors in one vector: Array, Ids, Tensors, views."""

import math

import numpy as np
from numpy.typing import NDArray

# Real numbers, usually float64 (checks) or float32 (training).
Array = NDArray[np.floating]
# Characters or symbols as integers from 0 on, in the dtype that NumPy indexes with.
Ids = NDArray[np.intp]
# Parameters or gradients by name, such as Wx (D, 3H), Wh (H, 3H) and b (3H,).
Tensors = dict[str, Array]


def views(flat: Array, shapes: dict[str, tuple[int, ...]]) -> Tensors:
    """Tensors that lie one after another in a vector.

    Args:
        flat: (N,), for N elements in all.
        shapes: of the tensors by name, in their order.

    Returns:
        The tensors, which share the vector's memory.
    """
    ends = np.cumsum([math.prod(shape) for shape in shapes.values()])
    pieces = np.split(flat, ends[:-1])
    return {name: piece.reshape(shapes[name]) for name, piece in zip(shapes, pieces, strict=True)}
