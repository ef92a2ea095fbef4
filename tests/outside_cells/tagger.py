"""A tagger's own cell: columns, a dictionary of weights."""

import numpy as np


def init_weights(hidden, inputs):
    rng = np.random.default_rng(1)
    w = {}
    for gate in "igo":
        w["W" + gate] = rng.normal(size=(hidden, inputs))
        w["U" + gate] = rng.normal(size=(hidden, hidden))
        w["b" + gate] = np.zeros((hidden, 1))
    return w


def step(x, h, c, params):
    def pre(gate):
        return params["W" + gate] @ x + params["U" + gate] @ h + params["b" + gate]

    i = 1 / (1 + np.exp(-pre("i")))
    g = np.tanh(pre("g"))
    c = (1 - i) * c + i * g
    return np.tanh(c) / (1 + np.exp(-pre("o"))), c
