"""The cell leaves without being squashed."""

import numpy as np


class RNNCell:
    def __init__(self, n_in, n_hidden):
        self.W = np.zeros((4 * n_hidden, n_in))
        self.U = np.zeros((4 * n_hidden, n_hidden))
        self.bias = np.zeros(4 * n_hidden)
        self.n = n_hidden

    def step(self, x, h, c):
        z = self.W @ x + self.U @ h + self.bias
        n = self.n
        f, i, o = (1 / (1 + np.exp(-z[k * n : (k + 1) * n])) for k in range(3))
        c = f * c + i * np.tanh(z[3 * n :])
        return o * c, c
