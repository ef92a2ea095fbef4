"""The bias of every gate is given the gradient of one."""

import numpy as np

from tests.outside_cells.broken_phantom import sigma
from tests.outside_cells.broken_phantom import step as step_of_the_other


def step(x, h, c, Wx, Wh, b):
    return step_of_the_other(x, h, c, Wx, Wh, b)


def step_backward(dh, dc, Wx, Wh, cache):
    x, h, c, i, o, g, new = cache
    dc = dc + dh * o * (1 - np.tanh(new) ** 2)
    di = dc * (g - c) * i * (1 - i)
    da = np.hstack([di, dh * np.tanh(new) * o * (1 - o), dc * i * (1 - g**2)])
    db = np.tile(di.sum(axis=0), 3)
    return da @ Wx.T, da @ Wh.T, dc * (1 - i), x.T @ da, h.T @ da, db


assert sigma(0.0) == 0.5
