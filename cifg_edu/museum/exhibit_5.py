"""Exhibit 5. A language model around the course's own cell

What it claims: "Tested cell, tested gradients, Adam. Perplexity is printed after each window."
Conventions: those of the course: x is (T, B, D), Wx (D, 3H), Wh (H, 3H), b (3H,) in the order i,
o, g. A read-out Wy (H, V) and by (V,) gives the scores of V characters.
How to call it: loss(**tensors) and gradients(**tensors) for a window; perplexity(loss);
adam = Adam(rate), and adam.step(parameters, gradients, epoch) after each window.
"""

import numpy as np

from cifg_edu.arrays import Array, Ids, Tensors
from cifg_edu.cifg import CIFGCache, cifg_backward, cifg_forward

T, B, D, H, V = 3, 4, 5, 3, 6
BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8


class Adam:
    """Adam, with the two corrections for the first steps."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.m: Tensors = {}
        self.v: Tensors = {}

    def step(self, parameters: Tensors, gradients: Tensors, epoch: int) -> None:
        """Move the parameters in place; the epochs are counted from 1."""
        for name, g in gradients.items():
            self.m[name] = BETA_1 * self.m.get(name, np.zeros_like(g)) + (1 - BETA_1) * g
            self.v[name] = BETA_2 * self.v.get(name, np.zeros_like(g)) + (1 - BETA_2) * g**2
            m_hat = self.m[name] / (1 - BETA_1**epoch)
            v_hat = self.v[name] / (1 - BETA_2**epoch)
            parameters[name] -= self.rate * m_hat / (np.sqrt(v_hat) + EPSILON)


def perplexity(loss: float) -> float:
    return float(np.exp(loss))


def predict(
    x: Array, h0: Array, c0: Array, Wx: Array, Wh: Array, b: Array, Wy: Array, by: Array
) -> tuple[Array, Array, list[CIFGCache]]:
    """The probability of each character at each place, (T, B, V); the outputs; the caches."""
    h, _, caches = cifg_forward(x, h0, c0, Wx, Wh, b)
    scores = h @ Wy + by
    p = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return p / p.sum(axis=-1, keepdims=True), h, caches


def targets(steps: int) -> Ids:
    return np.random.default_rng(55).integers(0, V, size=(steps, B))


def loss(**tensors: Array) -> float:
    p, _, _ = predict(**tensors)
    right = np.take_along_axis(p, targets(len(p))[..., None], axis=-1)
    return float(-np.sum(np.log(right)) / B)


def gradients(**tensors: Array) -> Tensors:
    p, h, caches = predict(**tensors)
    dscores = (p - np.eye(V)[targets(len(p))]) / B
    dh = dscores @ tensors["Wy"].T
    back = cifg_backward(dh, tensors["Wx"], tensors["Wh"], caches)
    read_out = {"Wy": np.einsum("tbh,tbv->hv", h, dscores), "by": dscores.sum(axis=(0, 1))}
    return {name.removeprefix("d"): value for name, value in back._asdict().items()} | read_out


def tensors(steps: int = T, seed: int = 5, state: float = 1.0) -> Tensors:
    rng = np.random.default_rng(seed)
    return {
        "x": rng.normal(size=(steps, B, D)),
        "h0": state * rng.normal(size=(B, H)),
        "c0": state * rng.normal(size=(B, H)),
        "Wx": 0.7 * rng.normal(size=(D, 3 * H)),
        "Wh": 0.7 * rng.normal(size=(H, 3 * H)),
        "b": rng.normal(size=3 * H),
        "Wy": rng.normal(size=(H, V)),
        "by": rng.normal(size=V),
    }
