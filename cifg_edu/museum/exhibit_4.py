"""Exhibit 4. An LSTM whose gates are one array of three axes

What it claims: "No loop over gates: broadcasting does it all. Fast, short, and it learns."
Conventions: x is (T, B, D), states are (B, H). W is (4, D + H, H): one matrix for each gate, in
the order i, f, g, o, for the rows [x, h]. b is (4, H).
How to call it: h, tape = unroll(x, h0, c0, W, b), and gradients = rewind(dh, tape, W).
"""

import numpy as np

from cifg_edu.arrays import Array, Tensors

T, B, D, H = 3, 3, 2, 4
Tape = list[tuple[Array, Array, Array, Array]]


def unroll(x: Array, h: Array, c: Array, W: Array, b: Array) -> tuple[Array, Tape]:
    outputs: list[Array] = []
    tape: Tape = []
    for x_t in x:
        xh = np.concatenate([x_t, h], axis=1)  # (B, D + H)
        a = xh @ W + b[:, None, :]  # (4, B, H)
        gates = 1 / (1 + np.exp(-a))
        gates[2] = np.tanh(a[2])
        i, f, g, o = gates
        c_prev, c = c, f * c + i * g
        h = o * np.tanh(c)
        outputs.append(h)
        tape.append((xh, c_prev, c, gates))
    return np.array(outputs), tape


def rewind(dh: Array, tape: Tape, W: Array) -> Tensors:
    dW, db = np.zeros_like(W), np.zeros((4, H))
    dh_next, dc = np.zeros_like(dh[0]), np.zeros_like(dh[0])
    dx = np.zeros((len(dh), len(dh[0]), D))
    for t in reversed(range(len(tape))):
        xh, c_prev, c, (i, f, g, o) = tape[t]
        dh_t = dh[t] + dh_next
        dc = dc + dh_t * o * (1 - np.tanh(c) ** 2)
        da_i = dc * g * i * (1 - i)
        da_f = dc * c_prev * f * (1 - f)
        da_g = dc * i * (1 - g**2)
        da_o = dh_t * np.tanh(c) * o * (1 - o)
        da = np.stack([da_i, da_f, da_g, da_o])  # (4, B, H)
        dW += xh.T @ da
        db += da_i.sum(axis=0)
        dxh = np.sum(da @ W.transpose(0, 2, 1), axis=0)  # (B, D + H)
        dx[t], dh_next = dxh[:, :D], dxh[:, D:]
        dc = dc * f
    return {"x": dx, "h0": dh_next, "c0": dc, "W": dW, "b": db}


def tensors(steps: int = T, seed: int = 4, state: float = 1.0) -> Tensors:
    rng = np.random.default_rng(seed)
    return {
        "x": rng.normal(size=(steps, B, D)),
        "h0": state * rng.normal(size=(B, H)),
        "c0": state * rng.normal(size=(B, H)),
        "W": 0.7 * rng.normal(size=(4, D + H, H)),
        "b": rng.normal(size=(4, H)),
    }


def loss(x: Array, h0: Array, c0: Array, W: Array, b: Array) -> float:
    return float(0.5 * np.sum((unroll(x, h0, c0, W, b)[0] - 0.5) ** 2))


def gradients(x: Array, h0: Array, c0: Array, W: Array, b: Array) -> Tensors:
    h, tape = unroll(x, h0, c0, W, b)
    return rewind(h - 0.5, tape, W)
