"""An LSTM in a large framework's convention: rows, i f g o, two biases."""

import numpy as np


def sig(a):
    return 1 / (1 + np.exp(-a))


def lstm_cell(input, hx, w_ih, w_hh, b_ih, b_hh):
    h, c = hx
    gates = input @ w_ih.T + b_ih + h @ w_hh.T + b_hh
    i, f, g, o = np.split(gates, 4, axis=1)
    c = sig(f) * c + sig(i) * np.tanh(g)
    return sig(o) * np.tanh(c), (sig(o) * np.tanh(c), c)
