"""Coupled gates, and a backward pass that treats f as a gate with weights of its own."""

import numpy as np


def sigma(a):
    return 1 / (1 + np.exp(-a))


def step(x, h, c, Wx, Wh, b):
    i, o, g = np.split(x @ Wx + h @ Wh + b, 3, axis=1)
    i, o, g = sigma(i), sigma(o), np.tanh(g)
    new = (1 - i) * c + i * g
    return o * np.tanh(new), new, (x, h, c, i, o, g, new)


def step_backward(dh, dc, Wx, Wh, cache):
    x, h, _, i, o, g, new = cache
    dc = dc + dh * o * (1 - np.tanh(new) ** 2)
    di = dc * g
    da = np.hstack([di * i * (1 - i), dh * np.tanh(new) * o * (1 - o), dc * i * (1 - g**2)])
    return da @ Wx.T, da @ Wh.T, dc * (1 - i), x.T @ da, h.T @ da, da.sum(axis=0)
