"""Small gated units without c: with a backward pass that adds up, with a wrong one, with none."""

import numpy as np


def sigma(a):
    return 1 / (1 + np.exp(-a))


class Minimal:
    def __init__(self, input_size, hidden_size):
        rng = np.random.default_rng(0)
        self.W = rng.normal(size=(input_size + hidden_size, hidden_size))
        self.V = rng.normal(size=(input_size + hidden_size, hidden_size))
        self.a = np.zeros(hidden_size)
        self.dW, self.dV, self.da = (np.zeros_like(w) for w in (self.W, self.V, self.a))

    def step(self, x, h):
        z = np.hstack([x, h])
        f = sigma(z @ self.W + self.a)
        y = np.hstack([x, f * h])
        g = np.tanh(y @ self.V)
        self.kept = h, z, f, y, g
        return (1 - f) * h + f * g

    def backward(self, dh):
        h, z, f, y, g = self.kept
        at_g = dh * f * (1 - g**2)
        dy = at_g @ self.V.T
        H = h.shape[1]
        df = dh * (g - h) + dy[:, -H:] * h
        at_f = df * f * (1 - f)
        self.dV += y.T @ at_g
        self.dW += z.T @ at_f
        self.da += at_f.sum(axis=0)
        dz = at_f @ self.W.T
        dx = dz[:, :-H] + dy[:, :-H]
        return dx, dh * (1 - f) + dz[:, -H:] + dy[:, -H:] * f


class Wrong(Minimal):
    def backward(self, dh):
        dx, dh_prev = super().backward(dh)
        self.dV *= 2
        return dx, dh_prev


def step(x, h, W, U, b):
    f, g = np.split(x @ W + h @ U + b, 2, axis=1)
    return h + sigma(f) * (np.tanh(g) - h)


def initialize_step(rng, input_size, hidden_size):
    return {
        "W": rng.normal(size=(input_size, 2 * hidden_size)) / input_size**0.5,
        "U": rng.normal(size=(hidden_size, 2 * hidden_size)) / hidden_size**0.5,
        "b": np.zeros(2 * hidden_size),
    }
