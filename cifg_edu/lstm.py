"""The vanilla LSTM: lstm_step, lstm_forward, lstm_step_backward, lstm_backward.

The equations (Greff et al. 2017, section 2, without peepholes):

    i = sigma(x Wxi + h_prev Whi + bi)      f = sigma(x Wxf + h_prev Whf + bf)
    o = sigma(x Wxo + h_prev Who + bo)      g = tanh(x Wxg + h_prev Whg + bg)
    c = f * c_prev + i * g                  h = o * tanh(c)

`cifg.py` is the twin: the same names in the same order. Tie f to 1 - i and this is the CIFG.
"""

from typing import NamedTuple

import numpy as np

from cifg_edu.arrays import Array
from cifg_edu.cifg import SequenceGradients, StepGradients
from cifg_edu.gates import sigmoid, split_gates


class LSTMCache(NamedTuple):
    """What one step keeps for its backward pass: x is (B, D), the others are (B, H)."""

    x: Array
    h_prev: Array
    c_prev: Array
    i: Array
    f: Array
    o: Array
    g: Array
    c: Array


def lstm_step(
    x: Array, h_prev: Array, c_prev: Array, Wx: Array, Wh: Array, b: Array
) -> tuple[Array, Array, LSTMCache]:
    """One step of the vanilla LSTM.

    Args:
        x: input, shape (B, D).
        h_prev, c_prev: output and cell of the step before, each (B, H).
        Wx, Wh, b: fused weights in the gate order i, f, o, g: (D, 4H), (H, 4H), (4H,).

    Returns:
        h, c: the new output and cell, each (B, H).
        cache: (x, h_prev, c_prev, i, f, o, g, c), for `lstm_step_backward`.

    Raises:
        ValueError: the shapes do not fit together.

    Source: Gers et al. (2000), "Learning to Forget"; Greff et al. (2017), section 2,
    without peepholes.
    """
    a_i, a_f, a_o, a_g = split_gates(x @ Wx + h_prev @ Wh + b, 4)  # (B, 4H) gives four of (B, H)
    i, f, o, g = sigmoid(a_i), sigmoid(a_f), sigmoid(a_o), np.tanh(a_g)
    c = f * c_prev + i * g
    h = o * np.tanh(c)
    return h, c, LSTMCache(x, h_prev, c_prev, i, f, o, g, c)


def lstm_forward(
    x: Array, h0: Array, c0: Array, Wx: Array, Wh: Array, b: Array
) -> tuple[Array, Array, list[LSTMCache]]:
    """The vanilla LSTM over a whole sequence: the same weights at every step.

    Args:
        x: inputs, time first: (T, B, D).
        h0, c0: output and cell before the first step, each (B, H).
        Wx, Wh, b: fused weights in the gate order i, f, o, g: (D, 4H), (H, 4H), (4H,).

    Returns:
        h, c: outputs and cells of every step, each (T, B, H).
        caches: a list of T caches, one for each step.

    Raises:
        ValueError: the shapes do not fit together.

    Source: Greff et al. (2017), section 2.
    """
    h, c, caches = [], [], []
    h_prev, c_prev = h0, c0
    for x_t in x:
        h_prev, c_prev, cache = lstm_step(x_t, h_prev, c_prev, Wx, Wh, b)
        h.append(h_prev)
        c.append(c_prev)
        caches.append(cache)
    return np.array(h), np.array(c), caches  # lists of T (B, H) become (T, B, H)


def lstm_step_backward(
    dh: Array, dc: Array, Wx: Array, Wh: Array, cache: LSTMCache
) -> StepGradients:
    """Backward through one step: here f has its own weights and its own gradient.

    Args:
        dh: gradient of the loss for h, (B, H): from this step's output and from t + 1.
        dc: gradient for c that arrives from t + 1, (B, H); the part through h is added here.
        Wx, Wh: the fused weights of the forward pass, (D, 4H) and (H, 4H).
        cache: what `lstm_step` kept.

    Returns:
        dx (B, D); dh_prev, dc_prev (B, H); dWx (D, 4H); dWh (H, 4H); db (4H,).

    Source: Greff et al. (2017), section 2, "Backpropagation Through Time".
    """
    x, h_prev, c_prev, i, f, o, g, c = cache
    tanh_c = np.tanh(c)
    do = dh * tanh_c
    dc = dc + dh * o * (1 - tanh_c**2)
    di = dc * g
    df = dc * c_prev
    dg = dc * i
    dc_prev = dc * f
    # the gates side by side: (B, 4H)
    da = np.concatenate(
        [di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)], axis=-1
    )
    return StepGradients(da @ Wx.T, da @ Wh.T, dc_prev, x.T @ da, h_prev.T @ da, da.sum(axis=0))


def lstm_backward(dh: Array, Wx: Array, Wh: Array, caches: list[LSTMCache]) -> SequenceGradients:
    """Backpropagation through time: from the last step to the first.

    Args:
        dh: gradient of the loss for the output of each step, (T, B, H), without what
            comes back through later steps; that is added here.
        Wx, Wh: the fused weights of the forward pass, (D, 4H) and (H, 4H).
        caches: what `lstm_forward` kept, one for each step.

    Returns:
        dx (T, B, D); dh0, dc0 (B, H); dWx (D, 4H); dWh (H, 4H); db (4H,).
        Weight gradients are sums over the steps, since each step uses the same weights.

    Raises:
        ValueError: `dh` and `caches` differ in length.

    Source: Werbos (1990), "Backpropagation through time: what it does and how to do it".
    """
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(Wh[0])
    dh_next, dc_next = np.zeros_like(dh[0]), np.zeros_like(dh[0])
    dx = []
    for dh_t, cache in zip(dh[::-1], caches[::-1], strict=True):
        step = lstm_step_backward(dh_t + dh_next, dc_next, Wx, Wh, cache)
        dh_next, dc_next = step.dh_prev, step.dc_prev
        dx.append(step.dx)  # (B, D), the last step first
        dWx += step.dWx
        dWh += step.dWh
        db += step.db
    return SequenceGradients(np.array(dx[::-1]), dh_next, dc_next, dWx, dWh, db)
