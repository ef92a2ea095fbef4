"""Exhibit 3. A CIFG on column vectors, with one matrix

What it claims: "Backpropagation through time in forty lines. Every step checked by hand."
Conventions: each sequence of the batch is a column. x is (T, D, B), states are (H, B). One matrix
W (3H, H + D) stands left of the column [h; x], and b is (3H, 1). The gates lie below one another,
in the order i, o, g.
How to call it: hs, kept = forward(x, h0, c0, W, b), and gradients = backward(dhs, kept, W).
"""

import numpy as np

from cifg_edu.arrays import Array, Tensors

T, B, D, H = 3, 3, 4, 2


def forward(
    x: Array, h0: Array, c0: Array, W: Array, b: Array
) -> tuple[list[Array], list[list[Array]]]:
    hs, cs, hxs, gates = [h0], [c0], [], []
    for t in range(len(x)):
        hxs.append(np.vstack([hs[t], x[t]]))
        a = W @ hxs[t] + b
        i, o = 1 / (1 + np.exp(-a[:H])), 1 / (1 + np.exp(-a[H : 2 * H]))
        g = np.tanh(a[2 * H :])
        cs.append(cs[t] + i * (g - cs[t]))
        hs.append(o * np.tanh(cs[t + 1]))
        gates.append(np.vstack([i, o, g]))
    return hs[1:], [cs, hxs, gates]


def backward(dhs: list[Array], kept: list[list[Array]], W: Array) -> Tensors:
    cs, hxs, gates = kept
    dW, db = np.zeros_like(W), np.zeros((3 * H, 1))
    dx: list[Array] = []
    dh_next = np.zeros_like(cs[0])
    for t in reversed(range(len(dhs))):
        i, o, g = np.split(gates[t], 3)
        dh = dhs[t] + dh_next
        tanh_c = np.tanh(cs[t + 1])
        do = dh * tanh_c
        dc = dh * o * (1 - tanh_c**2)
        di = dc * (g - cs[t])
        dg = dc * i
        dc_next = dc * (1 - i)
        da = np.vstack([di * i * (1 - i), do * o * (1 - o), dg * (1 - g**2)])
        dW += da @ hxs[t].T
        db += da.sum(axis=1, keepdims=True)
        dhx = W.T @ da
        dh_next = dhx[:H]
        dx.insert(0, dhx[H:])
    return {"x": np.array(dx), "h0": dh_next, "c0": dc_next, "W": dW, "b": db}


def tensors(steps: int = T, seed: int = 3, state: float = 1.0) -> Tensors:
    rng = np.random.default_rng(seed)
    return {
        "x": rng.normal(size=(steps, D, B)),
        "h0": state * rng.normal(size=(H, B)),
        "c0": state * rng.normal(size=(H, B)),
        "W": 0.7 * rng.normal(size=(3 * H, H + D)),
        "b": rng.normal(size=(3 * H, 1)),
    }


def loss(x: Array, h0: Array, c0: Array, W: Array, b: Array) -> float:
    hs, _ = forward(x, h0, c0, W, b)
    return float(0.5 * sum(np.sum((h - 0.5) ** 2) for h in hs))


def gradients(x: Array, h0: Array, c0: Array, W: Array, b: Array) -> Tensors:
    hs, kept = forward(x, h0, c0, W, b)
    return backward([h - 0.5 for h in hs], kept, W)
