"""Right CIFGs with habits that are no mistakes."""

import contextlib

import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def gates(a):
    i, o, g = np.split(a, 3, axis=1)
    return sigmoid(i), sigmoid(o), np.tanh(g)


def over_the_old(x, h, c, Wx, Wh, b):
    """Writes the new state over the old one."""
    i, o, g = gates(x @ Wx + h @ Wh + b)
    c *= 1 - i
    c += i * g
    h[:] = o * np.tanh(c)
    return h, c


def single(x, h, c, Wx, Wh, b):
    """Computes in float32."""
    x, h, c, Wx, Wh, b = (np.asarray(a, np.float32) for a in (x, h, c, Wx, Wh, b))
    i, o, g = gates(x @ Wx + h @ Wh + b)
    c = (1 - i) * c + i * g
    return o * np.tanh(c), c, (i, o, g)


def single_backward(dh, dc, Wx, Wh, b, cache):
    return dh, dh, dc, Wx, Wh, b


def initialize_parameters(n_x, n_a):
    made = {f"W{gate}": np.zeros((n_a, n_a + n_x)) for gate in "ico"}
    return made | {f"b{gate}": np.zeros((n_a, 1)) for gate in "ico"}


def activations(xt, a_prev, c_prev, parameters):
    """Calls its state a."""
    below = np.vstack([a_prev, xt])
    i, c, o = (parameters[f"W{gate}"] @ below + parameters[f"b{gate}"] for gate in "ico")
    c_next = (1 - sigmoid(i)) * c_prev + sigmoid(i) * np.tanh(c)
    return sigmoid(o) * np.tanh(c_next), c_next


def one_matrix(x, h, c, W):
    """Has no bias, and its only weight could be a dictionary by its name."""
    i, o, g = gates(np.hstack([x, h]) @ W)
    c = (1 - i) * c + i * g
    return o * np.tanh(c), c


def gru(x, h, Wz, Uz, bz, Wr, Ur, br, Wh, Uh, bh):
    """Calls the input's weight of the candidate Wh."""
    z, r = sigmoid(x @ Wz + h @ Uz + bz), sigmoid(x @ Wr + h @ Ur + br)
    return (1 - z) * h + z * np.tanh(x @ Wh + (r * h) @ Uh + bh)


def talkative(x, h, c, Wx, Wh, b):
    """Prints, and waits for the keyboard where one answers."""
    print("a number", h)
    with contextlib.suppress(EOFError):
        input("go on? ")
    return over_the_old(x, h, c, Wx, Wh, b)


class StateMayBeLeftOut:
    def __init__(self, input_size, hidden_size):
        self.W = np.zeros((input_size + hidden_size, 3 * hidden_size))

    def forward(self, x, hx=None):
        h, c = hx
        return one_matrix(x, h, c, self.W)


class GradientsApart:
    """Keeps its gradients in a dictionary with the weights' names, made before the weights."""

    def __init__(self, input_size, hidden_size):
        self.grads = {"W": np.zeros((input_size + hidden_size, 3 * hidden_size))}
        self.params = {"W": np.zeros((input_size + hidden_size, 3 * hidden_size))}

    def forward(self, x, h, c):
        W = self.params["W"]
        self.xh, self.c_prev = np.hstack([x, h]), c
        self.i, self.o, self.g = gates(self.xh @ W)
        self.c = (1 - self.i) * c + self.i * self.g
        return self.o * np.tanh(self.c), self.c

    def backward(self, dh, dc):
        i, o, g = self.i, self.o, self.g
        dc = dc + dh * o * (1 - np.tanh(self.c) ** 2)
        di, do, dg = dc * (g - self.c_prev), dh * np.tanh(self.c), dc * i
        da = np.hstack([di * i * (1 - i), do * o * (1 - o), dg * (1 - g**2)])
        self.grads["W"] += self.xh.T @ da
        dxh, inputs = da @ self.params["W"].T, self.xh.shape[1] - i.shape[1]
        return dxh[:, :inputs], dxh[:, inputs:], dc * (1 - i)


def stops(x, h, c, Wx, Wh, b):
    raise RuntimeError("out of ink\nand of paper")


def leaves(x, h, c, Wx, Wh, b):
    raise SystemExit(3)


def not_finite(x, h, c, Wx, Wh, b):
    return np.nan * h, c
