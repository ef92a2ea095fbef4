"""Named tensors of random numbers."""

import numpy as np

from cifg_edu.arrays import Tensors


def tensors(rng: np.random.Generator, size: float = 1.0) -> Tensors:
    """Three tensors whose norms differ, as a layer's do."""
    return {
        "Wx": size * rng.normal(size=(3, 4)),
        "Wh": 5 * size * rng.normal(size=(2, 4)),
        "b": 0.3 * size * rng.normal(size=4),
    }
