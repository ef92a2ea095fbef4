"""Exhibit 2. An LSTM as plain functions, from a tutorial

What it claims: "Follow the formulas one by one. Compare with the expected values below."
Conventions: x is (T, B, D), states are (B, H). Each gate k of i, f, o, g has three tensors: Wk for
the input (D, H), Uk for the state (H, H), and bk (H,).
How to call it: h, c, cache = step(x, h_prev, c_prev, weights), and gradients =
step_backward(dh, dc_next, cache, weights).

The printed formula for the forget gate's pre-activation, where t = tanh(c):
    da_f = dc_next * c_prev + dh * o * (1 - t ** 2) * c_prev * f * (1 - f)
Expected values for db of the forget gate, for the call example():
    [-0.0659 -0.4285 -0.0801]
"""

import numpy as np

from cifg_edu.arrays import Array, Tensors

T, B, D, H = 3, 4, 2, 3
GATES = "ifog"
Cache = tuple[Array, ...]


def squash(a: Array) -> Array:
    return 1 / (1 + np.exp(-a))


def step(x: Array, h_prev: Array, c_prev: Array, weights: Tensors) -> tuple[Array, Array, Cache]:
    a = {k: x @ weights[f"W{k}"] + h_prev @ weights[f"U{k}"] + weights[f"b{k}"] for k in GATES}
    i, f, o, g = squash(a["i"]), squash(a["f"]), squash(a["o"]), np.tanh(a["g"])
    c = f * c_prev + i * g
    t = np.tanh(c)
    return o * t, c, (x, h_prev, c_prev, i, f, o, g, t)


def step_backward(dh: Array, dc_next: Array, cache: Cache, weights: Tensors) -> Tensors:
    x, h_prev, c_prev, i, f, o, g, t = cache
    da = {
        "i": (dc_next * g + dh * o * (1 - t**2) * g) * i * (1 - i),
        "f": dc_next * c_prev + dh * o * (1 - t**2) * c_prev * f * (1 - f),
        "o": dh * t * o * (1 - o),
        "g": (dc_next * i + dh * o * (1 - t**2) * i) * (1 - g**2),
    }
    back = {
        "x": sum(da[k] @ weights[f"W{k}"].T for k in GATES),
        "h_prev": sum(da[k] @ weights[f"U{k}"].T for k in GATES),
        "c_prev": dc_next * f + dh * o * (1 - t**2) * f,
    }
    back |= {f"W{k}": x.T @ da[k] for k in GATES}
    back |= {f"U{k}": h_prev.T @ da[k] for k in GATES}
    return back | {f"b{k}": da[k].sum(axis=0) for k in GATES}


def run(x: Array, h: Array, c: Array, weights: Tensors) -> tuple[Array, list[Cache]]:
    outputs, caches = [], []
    for x_t in x:
        h, c, cache = step(x_t, h, c, weights)
        outputs.append(h)
        caches.append(cache)
    return np.array(outputs), caches


def run_backward(dh: Array, caches: list[Cache], weights: Tensors) -> Tensors:
    total = {name: np.zeros_like(value) for name, value in weights.items()}
    dh_next, dc_next = np.zeros_like(dh[0]), np.zeros_like(dh[0])
    dx = []
    for t in reversed(range(len(dh))):
        back = step_backward(dh[t] + dh_next, dc_next, caches[t], weights)
        dh_next, dc_next = back["h_prev"], back["c_prev"]
        dx.append(back["x"])
        for name in total:
            total[name] += back[name]
    return {"x": np.array(dx[::-1]), "h0": dh_next, "c0": dc_next, **total}


def example() -> tuple[Array, Array, Cache, Tensors]:
    """Arguments for `step_backward`, in the middle of a sequence."""
    drawn = tensors(steps=1, seed=22)
    weights = {name: value for name, value in drawn.items() if name not in ("x", "h0", "c0")}
    _, _, cache = step(drawn["x"][0], drawn["h0"], drawn["c0"], weights)
    rng = np.random.default_rng(23)
    return rng.normal(size=(B, H)), rng.normal(size=(B, H)), cache, weights


def tensors(steps: int = T, seed: int = 2, state: float = 1.0) -> Tensors:
    rng = np.random.default_rng(seed)
    drawn: Tensors = {
        "x": rng.normal(size=(steps, B, D)),
        "h0": state * rng.normal(size=(B, H)),
        "c0": state * rng.normal(size=(B, H)),
    }
    for k in GATES:
        drawn[f"W{k}"] = 0.7 * rng.normal(size=(D, H))
        drawn[f"U{k}"] = 0.7 * rng.normal(size=(H, H))
        drawn[f"b{k}"] = rng.normal(size=H)
    return drawn


def loss(x: Array, h0: Array, c0: Array, **weights: Array) -> float:
    return float(0.5 * np.sum((run(x, h0, c0, weights)[0] - 0.5) ** 2))


def gradients(x: Array, h0: Array, c0: Array, **weights: Array) -> Tensors:
    outputs, caches = run(x, h0, c0, weights)
    return run_backward(outputs - 0.5, caches, weights)
