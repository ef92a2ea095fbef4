"""A sigmoid for all blocks at once, also for the candidate."""

import numpy as np


def step(x, h_prev, c_prev, Wx, Wh, b):
    i, o, g = np.split(1 / (1 + np.exp(-(x @ Wx + h_prev @ Wh + b))), 3, axis=-1)
    c = (1 - i) * c_prev + i * g
    return o * np.tanh(c), c, (x, h_prev, c_prev, i, o, g, c)
