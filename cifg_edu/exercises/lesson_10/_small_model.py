"""A small model for the cases."""

import numpy as np

from cifg_edu.arrays import Tensors
from cifg_edu.model import (
    ModelConfig,
    initialize_model,
)


def model(rng: np.random.Generator, config: ModelConfig, scale: float = 1.0) -> Tensors:
    """Random float64 parameters whose biases are not zero."""
    return {
        name: scale * (value + 0.3 * rng.normal(size=value.shape))
        for name, value in initialize_model(rng, config).items()
    }
