"""The naive style: one example, column vectors, a matrix for each gate.

Much teaching code on the web is written like this. It is here for comparison: z = [h; x] is
stacked at every step, and nothing is fused or batched.
"""

from typing import Any

import numpy as np

from cifg_edu.arrays import Array, Ids, Tensors

GATES = {"cifg": "iog", "lstm": "ifog"}


def sigmoid(a: Array) -> Array:
    return 1 / (1 + np.exp(-a))


class Naive:
    """A character model with a full training step, for one sequence at a time.

    Args:
        cell: "cifg" or "lstm".
        vocabulary_size, hidden_size: V and H.
    """

    def __init__(self, cell: str, vocabulary_size: int, hidden_size: int) -> None:
        rng = np.random.default_rng(0)
        self.cell, self.V, self.H = cell, vocabulary_size, hidden_size
        self.p: Tensors = {}
        for k in GATES[cell]:
            self.p["W" + k] = rng.normal(0, 0.1, (hidden_size, hidden_size + vocabulary_size))
            self.p["b" + k] = np.zeros((hidden_size, 1))
        self.p["Wv"] = rng.normal(0, 0.1, (vocabulary_size, hidden_size))
        self.p["bv"] = np.zeros((vocabulary_size, 1))
        self.m = {k: np.zeros_like(v) for k, v in self.p.items()}
        self.v = {k: np.zeros_like(v) for k, v in self.p.items()}
        self.t = 0

    def step(self, inputs: Ids, targets: Ids) -> float:
        """Forward, backward, clip and Adam on one sequence of ids, (T,); the mean loss."""
        p, T = self.p, len(inputs)
        h, c = np.zeros((self.H, 1)), np.zeros((self.H, 1))
        cache: dict[int, Any] = {}
        loss = 0.0
        for t in range(T):
            x = np.zeros((self.V, 1))
            x[inputs[t]] = 1
            z = np.vstack((h, x))
            i = sigmoid(np.dot(p["Wi"], z) + p["bi"])
            f = sigmoid(np.dot(p["Wf"], z) + p["bf"]) if self.cell == "lstm" else 1 - i
            o = sigmoid(np.dot(p["Wo"], z) + p["bo"])
            g = np.tanh(np.dot(p["Wg"], z) + p["bg"])
            c_prev, c = c, f * c + i * g
            h = o * np.tanh(c)
            y = np.dot(p["Wv"], h) + p["bv"]
            y = np.exp(y - y.max()) / np.sum(np.exp(y - y.max()))
            loss -= np.log(y[targets[t], 0]) / T
            cache[t] = (z, i, f, o, g, c_prev, c, h, y)

        grads = {k: np.zeros_like(v) for k, v in p.items()}
        dh_next, dc_next = np.zeros_like(h), np.zeros_like(c)
        for t in reversed(range(T)):
            z, i, f, o, g, c_prev, c, h, y = cache[t]
            dy = y.copy()
            dy[targets[t]] -= 1
            dy /= T
            grads["Wv"] += np.dot(dy, h.T)
            grads["bv"] += dy
            dh = np.dot(p["Wv"].T, dy) + dh_next
            dc = dc_next + dh * o * (1 - np.tanh(c) ** 2)
            da = {"o": dh * np.tanh(c) * o * (1 - o), "g": dc * i * (1 - g**2)}
            if self.cell == "lstm":
                da["i"] = dc * g * i * (1 - i)
                da["f"] = dc * c_prev * f * (1 - f)
            else:
                da["i"] = dc * (g - c_prev) * i * (1 - i)
            dz = np.zeros_like(z)
            for k, d in da.items():
                grads["W" + k] += np.dot(d, z.T)
                grads["b" + k] += d
                dz += np.dot(p["W" + k].T, d)
            dh_next, dc_next = dz[: self.H], dc * f

        norm = np.sqrt(sum(np.sum(d**2) for d in grads.values()))
        self.t += 1
        for k in grads:
            d = grads[k] * min(1, 5 / norm)
            self.m[k] = 0.9 * self.m[k] + 0.1 * d
            self.v[k] = 0.999 * self.v[k] + 0.001 * d**2
            m_hat = self.m[k] / (1 - 0.9**self.t)
            v_hat = self.v[k] / (1 - 0.999**self.t)
            p[k] -= 1e-3 * m_hat / (np.sqrt(v_hat) + 1e-8)
        return float(loss)
