"""A class with its backward pass, in which the minus is the wrong way round."""

import numpy as np


def sigma(a):
    return 1 / (1 + np.exp(-a))


class Cell:
    def __init__(self, input_size, hidden_size):
        rng = np.random.default_rng(0)
        self.params = {
            "W": rng.normal(size=(input_size + hidden_size, 3 * hidden_size)),
            "b": np.zeros(3 * hidden_size),
        }
        self.grads = {}

    def forward(self, x, h, c):
        z = np.hstack([h, x])
        o, i, g = np.split(z @ self.params["W"] + self.params["b"], 3, axis=1)
        o, i, g = sigma(o), sigma(i), np.tanh(g)
        new = c + i * (g - c)
        self.kept = z, c, o, i, g, new
        return o * np.tanh(new), new

    def backward(self, dh, dc):
        z, c, o, i, g, new = self.kept
        dc = dc + dh * o * (1 - np.tanh(new) ** 2)
        di = dc * (c - g)
        da = np.hstack([dh * np.tanh(new) * o * (1 - o), di * i * (1 - i), dc * i * (1 - g**2)])
        self.grads["dW"] = z.T @ da
        self.grads["db"] = da.sum(axis=0)
        dz = da @ self.params["W"].T
        H = dh.shape[1]
        return dz[:, H:], dz[:, :H], dc * (1 - i)
