"""Named tensors of random numbers."""

from collections.abc import Mapping

import numpy as np

from cifg_edu.arrays import Tensors

Shapes = Mapping[str, tuple[int, ...]]

LAYER: Shapes = {"Wx": (3, 4), "Wh": (2, 4), "b": (4,)}


def tensors(rng: np.random.Generator, shapes: Shapes = LAYER, size: float = 1.0) -> Tensors:
    """A tensor for each name and shape, with norms that differ, as a layer's do.

    size: about how large the numbers of the first tensor are.
    """
    factors = (1.0, 5.0, 0.3)
    return {
        name: size * factor * rng.normal(size=shape)
        for (name, shape), factor in zip(shapes.items(), factors, strict=False)
    }
