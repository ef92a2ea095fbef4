"""Exhibit 1. An LSTM as a class with dictionaries

What it claims: "A clean, reusable LSTM. The loss falls from the first step."
Conventions: x is (T, B, D), states are (B, H). Each gate has its matrix in a dictionary, for the
rows [h, x] side by side: Wi, Wf, Wo, Wg are (H + D, H), and bi, bf, bo, bg are (H,).
How to call it: net = LSTM(weights), h = net.forward(x, h0, c0), gradients = net.backward(dh).
"""

import numpy as np

from cifg_edu.arrays import Array, Tensors

T, B, D, H = 3, 4, 3, 2
GATES = "ifog"


def sigmoid(a: Array) -> Array:
    return 1 / (1 + np.exp(-a))


def sigmoid_slope(a: Array) -> Array:
    return sigmoid(a) * (1 - sigmoid(a))


def tanh_slope(value: Array) -> Array:
    return 1 - value**2


class LSTM:
    """A layer that keeps its weights and its last run in dictionaries."""

    def __init__(self, weights: Tensors) -> None:
        self.weights = weights
        self.history: list[Tensors] = []

    def forward(self, x: Array, h: Array, c: Array) -> Array:
        self.history = []
        outputs = []
        for x_t in x:
            kept = {"hx": np.hstack([h, x_t]), "c_prev": c}
            for gate in GATES:
                a = kept["hx"] @ self.weights["W" + gate] + self.weights["b" + gate]
                kept[gate] = np.tanh(a) if gate == "g" else sigmoid(a)
            c = kept["f"] * c + kept["i"] * kept["g"]
            kept["tanh_c"] = np.tanh(c)
            h = kept["o"] * kept["tanh_c"]
            self.history.append(kept)
            outputs.append(h)
        return np.array(outputs)

    def backward(self, dh: Array) -> Tensors:
        gradients = {name: np.zeros_like(value) for name, value in self.weights.items()}
        dh_next, dc_next = np.zeros_like(dh[0]), np.zeros_like(dh[0])
        dx = []
        for t in reversed(range(len(dh))):
            kept = self.history[t]
            dh_t = dh[t] + dh_next
            dc = dc_next + dh_t * kept["o"] * tanh_slope(kept["tanh_c"])
            da = {
                "i": dc * kept["g"] * sigmoid_slope(kept["i"]),
                "f": dc * kept["c_prev"] * sigmoid_slope(kept["f"]),
                "o": dh_t * kept["tanh_c"] * sigmoid_slope(kept["o"]),
                "g": dc * kept["i"] * tanh_slope(kept["g"]),
            }
            dhx = np.zeros_like(kept["hx"])
            for gate in GATES:
                gradients["W" + gate] += kept["hx"].T @ da[gate]
                gradients["b" + gate] += da[gate].sum(axis=0)
                dhx += da[gate] @ self.weights["W" + gate].T
            dh_next, dc_next = dhx[:, :H], dc * kept["f"]
            dx.append(dhx[:, H:])
        return {"x": np.array(dx[::-1]), "h0": dh_next, "c0": dc_next, **gradients}


def tensors(steps: int = T, seed: int = 1, state: float = 1.0) -> Tensors:
    rng = np.random.default_rng(seed)
    drawn: Tensors = {
        "x": rng.normal(size=(steps, B, D)),
        "h0": state * rng.normal(size=(B, H)),
        "c0": state * rng.normal(size=(B, H)),
    }
    drawn |= {"W" + gate: 0.7 * rng.normal(size=(H + D, H)) for gate in GATES}
    return drawn | {"b" + gate: rng.normal(size=H) for gate in GATES}


def loss(x: Array, h0: Array, c0: Array, **weights: Array) -> float:
    return float(0.5 * np.sum((LSTM(weights).forward(x, h0, c0) - 0.5) ** 2))


def gradients(x: Array, h0: Array, c0: Array, **weights: Array) -> Tensors:
    net = LSTM(weights)
    return net.backward(net.forward(x, h0, c0) - 0.5)
