"""The CIFG, forward and backward: cifg_step, cifg_forward, cifg_step_backward, cifg_backward.

The equations, with f = 1 - i (Greff et al. 2017, section 2 and variant CIFG; no peepholes):

    i = sigma(x Wxi + h_prev Whi + bi)      o = sigma(x Wxo + h_prev Who + bo)
    g = tanh(x Wxg + h_prev Whg + bg)
    c = (1 - i) * c_prev + i * g            h = o * tanh(c)

`lstm.py` is the twin: the same names in the same order.
"""

from typing import NamedTuple

import numpy as np

from cifg_edu.arrays import Array
from cifg_edu.gates import interpolate, sigmoid, split_gates


class CIFGCache(NamedTuple):
    """What one step keeps for its backward pass: x is (B, D), the others are (B, H)."""

    x: Array
    h_prev: Array
    c_prev: Array
    i: Array
    o: Array
    g: Array
    c: Array


class StepGradients(NamedTuple):
    """Gradients of the loss with respect to every input and weight of one step."""

    dx: Array
    dh_prev: Array
    dc_prev: Array
    dWx: Array
    dWh: Array
    db: Array


class SequenceGradients(NamedTuple):
    """Gradients of the loss with respect to every input and weight of a sequence."""

    dx: Array
    dh0: Array
    dc0: Array
    dWx: Array
    dWh: Array
    db: Array


def cifg_step(
    x: Array, h_prev: Array, c_prev: Array, Wx: Array, Wh: Array, b: Array
) -> tuple[Array, Array, CIFGCache]:
    """One step of the CIFG.

    Args:
        x: input, shape (B, D).
        h_prev, c_prev: output and cell of the step before, each (B, H).
        Wx, Wh, b: fused weights in the gate order i, o, g: (D, 3H), (H, 3H), (3H,).

    Returns:
        h, c: the new output and cell, each (B, H).
        cache: (x, h_prev, c_prev, i, o, g, c), for `cifg_step_backward`.

    Raises:
        ValueError: the shapes do not fit together.

    Source: Greff et al. (2017), section 2, with f = 1 - i and without peepholes.
    """
    a_i, a_o, a_g = split_gates(x @ Wx + h_prev @ Wh + b, 3)  # (B, 3H) gives three of (B, H)
    i, o, g = sigmoid(a_i), sigmoid(a_o), np.tanh(a_g)
    c = interpolate(c_prev, g, i)
    h = o * np.tanh(c)
    return h, c, CIFGCache(x, h_prev, c_prev, i, o, g, c)


def cifg_forward(
    x: Array, h0: Array, c0: Array, Wx: Array, Wh: Array, b: Array
) -> tuple[Array, Array, list[CIFGCache]]:
    """The CIFG over a whole sequence: the same weights at every step.

    Args:
        x: inputs, time first: (T, B, D).
        h0, c0: output and cell before the first step, each (B, H).
        Wx, Wh, b: fused weights in the gate order i, o, g: (D, 3H), (H, 3H), (3H,).

    Returns:
        h, c: outputs and cells of every step, each (T, B, H).
        caches: a list of T caches, one for each step.

    Raises:
        ValueError: the shapes do not fit together.

    Source: Greff et al. (2017), section 2, with f = 1 - i.
    """
    h, c, caches = [], [], []
    h_prev, c_prev = h0, c0
    for x_t in x:
        h_prev, c_prev, cache = cifg_step(x_t, h_prev, c_prev, Wx, Wh, b)
        h.append(h_prev)
        c.append(c_prev)
        caches.append(cache)
    return np.array(h), np.array(c), caches  # lists of T (B, H) become (T, B, H)


def cifg_step_backward(
    dh: Array, dc: Array, Wx: Array, Wh: Array, cache: CIFGCache
) -> StepGradients:
    """Backward through one step.

    The input gate reaches the cell along two paths: it writes `i * g` and, because
    f = 1 - i, it erases `i * c_prev`. So di = dc * (g - c_prev), and there is no Wf.

    Args:
        dh: gradient of the loss for h, (B, H): from this step's output and from t + 1.
        dc: gradient for c that arrives from t + 1, (B, H); the part through h is added here.
        Wx, Wh: the fused weights of the forward pass, (D, 3H) and (H, 3H).
        cache: what `cifg_step` kept.

    Returns:
        dx (B, D); dh_prev, dc_prev (B, H); dWx (D, 3H); dWh (H, 3H); db (3H,).

    Source: the chain rule applied to Greff et al. (2017), section 2, with f = 1 - i.
    """
    x, h_prev, c_prev, i, o, g, c = cache
    tanh_c = np.tanh(c)
    do = dh * tanh_c
    dc = dc + dh * o * (1 - tanh_c**2)
    di = dc * (g - c_prev)
    dg = dc * i
    dc_prev = dc * (1 - i)
    # the gates side by side: (B, 3H)
    da = np.concatenate([di * i * (1 - i), do * o * (1 - o), dg * (1 - g**2)], axis=-1)
    return StepGradients(da @ Wx.T, da @ Wh.T, dc_prev, x.T @ da, h_prev.T @ da, da.sum(axis=0))


def cifg_backward(dh: Array, Wx: Array, Wh: Array, caches: list[CIFGCache]) -> SequenceGradients:
    """Backpropagation through time: from the last step to the first.

    Args:
        dh: gradient of the loss for the output of each step, (T, B, H), without what
            comes back through later steps; that is added here.
        Wx, Wh: the fused weights of the forward pass, (D, 3H) and (H, 3H).
        caches: what `cifg_forward` kept, one for each step.

    Returns:
        dx (T, B, D); dh0, dc0 (B, H); dWx (D, 3H); dWh (H, 3H); db (3H,).
        Weight gradients are sums over the steps, since each step uses the same weights.

    Raises:
        ValueError: `dh` and `caches` differ in length.

    Source: Werbos (1990), "Backpropagation through time: what it does and how to do it".
    """
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(Wh[0])
    dh_next, dc_next = np.zeros_like(dh[0]), np.zeros_like(dh[0])
    dx = []
    for dh_t, cache in zip(dh[::-1], caches[::-1], strict=True):
        step = cifg_step_backward(dh_t + dh_next, dc_next, Wx, Wh, cache)
        dh_next, dc_next = step.dh_prev, step.dc_prev
        dx.append(step.dx)  # (B, D), the last step first
        dWx += step.dWx
        dWh += step.dWh
        db += step.db
    return SequenceGradients(np.array(dx[::-1]), dh_next, dc_next, dWx, dWh, db)
