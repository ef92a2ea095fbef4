"""The operator with input_forget: weights for four gates, of which one is not used."""

import numpy as np


def sigma(a):
    return 1 / (1 + np.exp(-a))


def lstm_input_forget(X, W, R, B, initial_h, initial_c):
    gates = X @ W[0].T + initial_h @ R[0].T + np.add(*np.split(B[0], 2))
    i, o, _, g = np.split(gates, 4, axis=1)
    c = (1 - sigma(i)) * initial_c + sigma(i) * np.tanh(g)
    return sigma(o) * np.tanh(c), c
