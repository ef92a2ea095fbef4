"""The plain recurrent network: rnn_step, rnn_step_backward, initialize_rnn.

The equation (Elman 1990):

    h = tanh(x Wx + h_prev Wh + b)

It has no gate and no cell: its memory passes through Wh and the tanh at every step.
`cifg.py` is the twin with gates; the functions here take no c. The loops over a sequence are in
`cells.py`.
"""

from typing import NamedTuple

import numpy as np

from cifg_edu.arrays import Array
from cifg_edu.initializers import Initializer, glorot_uniform


class RNNCache(NamedTuple):
    """What one step keeps for its backward pass: x is (B, D), the others are (B, H)."""

    x: Array
    h_prev: Array
    h: Array


class HiddenGradients(NamedTuple):
    """Gradients of the loss for every input and weight of one step of a net without a cell."""

    dx: Array
    dh_prev: Array
    dWx: Array
    dWh: Array
    db: Array


def rnn_step(x: Array, h_prev: Array, Wx: Array, Wh: Array, b: Array) -> tuple[Array, RNNCache]:
    """One step of the plain recurrent network.

    Args:
        x: input, shape (B, D).
        h_prev: output of the step before, (B, H).
        Wx, Wh, b: weights: (D, H), (H, H), (H,).

    Returns:
        h: the new output, (B, H).
        cache: (x, h_prev, h), for `rnn_step_backward`.

    Raises:
        ValueError: the shapes do not fit together.

    Source: Elman (1990), "Finding structure in time", with tanh.
    """
    h = np.tanh(x @ Wx + h_prev @ Wh + b)
    return h, RNNCache(x, h_prev, h)


def rnn_step_backward(dh: Array, Wx: Array, Wh: Array, cache: RNNCache) -> HiddenGradients:
    """Backward through one step.

    `dh_prev` is multiplied by Wh and by 1 - h^2 at every step, and no gate can keep that factor
    at 1. Over many steps such a gradient vanishes or explodes.

    Args:
        dh: gradient of the loss for h, (B, H): from this step's output and from t + 1.
        Wx, Wh: the weights of the forward pass, (D, H) and (H, H).
        cache: what `rnn_step` kept.

    Returns:
        dx (B, D); dh_prev (B, H); dWx (D, H); dWh (H, H); db (H,).

    Source: the chain rule; Bengio et al. (1994) for what it means over many steps.
    """
    x, h_prev, h = cache
    da = dh * (1 - h**2)
    return HiddenGradients(da @ Wx.T, da @ Wh.T, x.T @ da, h_prev.T @ da, da.sum(axis=0))


def initialize_rnn(
    rng: np.random.Generator,
    input_size: int,
    hidden_size: int,
    weights: Initializer = glorot_uniform,
) -> dict[str, Array]:
    """Initial parameters of a plain recurrent network: random weights, biases of 0.

    There is no gate whose bias could make the network remember.

    Args:
        rng: the source of randomness.
        input_size, hidden_size: D and H.
        weights: how a block of weights is drawn; called with rng, fan_in, fan_out.

    Returns:
        Wx (D, H), Wh (H, H), b (H,), float64.

    Source: Glorot and Bengio (2010).
    """
    Wx = weights(rng, input_size, hidden_size)
    Wh = weights(rng, hidden_size, hidden_size)
    return {"Wx": Wx, "Wh": Wh, "b": np.zeros(hidden_size)}
