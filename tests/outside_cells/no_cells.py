"""What is no recurrent cell."""

import numpy as np


def dense(x, h, W, b):
    return np.tanh(x @ W + b) + 0 * h[:, :1]


def leaky(x, h, c, Wx, Wh, b):
    """A leaky integrator with a sine: recurrent, and none of those that have a name here."""
    a = np.sin(x @ Wx + h @ Wh + b)
    return 0.9 * h + 0.1 * a, c


def random(x, h, c, W, U, b):
    return np.random.default_rng().normal(size=h.shape), c
