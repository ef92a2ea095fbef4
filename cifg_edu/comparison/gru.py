"""The gated recurrent unit: gru_step, gru_step_backward, initialize_gru.

The equations, in the variant "reset after", with one bias for each gate:

    r = sigma(x Wxr + h_prev Whr + br)      z = sigma(x Wxz + h_prev Whz + bz)
    n = tanh(x Wxn + r * (h_prev Whn) + bn)
    h = z * h_prev + (1 - z) * n

There is no cell. The CIFG's cell is a convex mixture of old and new; here the output is one.
The gate z keeps the old value and the CIFG's i replaces it: z = 1 - i.

Variants. Cho et al. (2014) and Chung et al. (2014) reset before the product, (r * h_prev) Whn,
and have no biases. "Reset after", r * (h_prev Whn), is what cuDNN and PyTorch compute, in one
product for all gates. PyTorch has two biases for each gate; if those of its recurrent product
are 0, it is this cell. So a GRU here has 3 H (D + H + 1) parameters, like a CIFG.

`cifg.py` is the twin; the functions here take no c. The loops over a sequence are in `cells.py`.
"""

from typing import NamedTuple

import numpy as np

from cifg_edu.arrays import Array
from cifg_edu.comparison.rnn import HiddenGradients
from cifg_edu.gates import interpolate, sigmoid, split_gates
from cifg_edu.initializers import Initializer, glorot_uniform


class GRUCache(NamedTuple):
    """What one step keeps for its backward pass: x is (B, D), the others are (B, H)."""

    x: Array
    h_prev: Array
    r: Array
    z: Array
    n: Array
    recurrent_n: Array


def gru_step(x: Array, h_prev: Array, Wx: Array, Wh: Array, b: Array) -> tuple[Array, GRUCache]:
    """One step of the GRU.

    Args:
        x: input, shape (B, D).
        h_prev: output of the step before, (B, H).
        Wx, Wh, b: fused weights in the gate order r, z, n: (D, 3H), (H, 3H), (3H,).

    Returns:
        h: the new output, (B, H).
        cache: (x, h_prev, r, z, n, h_prev Whn), for `gru_step_backward`.

    Raises:
        ValueError: the shapes do not fit together.

    Source: Cho et al. (2014), "Learning phrase representations using RNN encoder-decoder for
    statistical machine translation", section 2.3, reset as in the documentation of
    torch.nn.GRU.
    """
    x_r, x_z, x_n = split_gates(x @ Wx + b, 3)  # (B, 3H) gives three of (B, H)
    h_r, h_z, h_n = split_gates(h_prev @ Wh, 3)  # (B, 3H) gives three of (B, H)
    r, z = sigmoid(x_r + h_r), sigmoid(x_z + h_z)
    n = np.tanh(x_n + r * h_n)
    h = interpolate(n, h_prev, z)
    return h, GRUCache(x, h_prev, r, z, n, h_n)


def gru_step_backward(dh: Array, Wx: Array, Wh: Array, cache: GRUCache) -> HiddenGradients:
    """Backward through one step.

    The gate z reaches the output along two paths, as the CIFG's i reaches the cell. So
    dz = dh * (h_prev - n). The reset gate multiplies h_prev Whn, so what flows back to Whn is
    r times what flows back to Wxn.

    Args:
        dh: gradient of the loss for h, (B, H): from this step's output and from t + 1.
        Wx, Wh: the fused weights of the forward pass, (D, 3H) and (H, 3H).
        cache: what `gru_step` kept.

    Returns:
        dx (B, D); dh_prev (B, H); dWx (D, 3H); dWh (H, 3H); db (3H,).

    Source: the chain rule applied to Cho et al. (2014), section 2.3.
    """
    x, h_prev, r, z, n, h_n = cache
    dz = dh * (h_prev - n)
    da_n = dh * (1 - z) * (1 - n**2)
    dr = da_n * h_n
    da_r, da_z = dr * r * (1 - r), dz * z * (1 - z)
    da = np.concatenate([da_r, da_z, da_n], axis=-1)  # (B, 3H)
    da_h = np.concatenate([da_r, da_z, da_n * r], axis=-1)  # (B, 3H)
    dh_prev = dh * z + da_h @ Wh.T
    return HiddenGradients(da @ Wx.T, dh_prev, x.T @ da, h_prev.T @ da_h, da.sum(axis=0))


def initialize_gru(
    rng: np.random.Generator,
    input_size: int,
    hidden_size: int,
    weights: Initializer = glorot_uniform,
) -> dict[str, Array]:
    """Initial parameters of a GRU.

    Each gate's block is drawn separately, with fan_out = H. All biases are 0, except that of
    the gate z, which is +1: it keeps 0.731 of the old value at first, like the CIFG with its
    input bias of -1 and the LSTM with its forget bias of +1.

    Args:
        rng: the source of randomness.
        input_size, hidden_size: D and H.
        weights: how a block of weights is drawn; called with rng, fan_in, fan_out.

    Returns:
        Wx (D, 3H), Wh (H, 3H), b (3H,), in the gate order r, z, n, float64.

    Source: Glorot and Bengio (2010); Jozefowicz et al. (2015) for the bias of the LSTM, used
    here so that all cells start with the same memory.
    """
    Wx = np.hstack([weights(rng, input_size, hidden_size) for _ in range(3)])  # (D, 3H)
    Wh = np.hstack([weights(rng, hidden_size, hidden_size) for _ in range(3)])  # (H, 3H)
    b = np.zeros(3 * hidden_size)
    b[hidden_size : 2 * hidden_size] = 1.0
    return {"Wx": Wx, "Wh": Wh, "b": b}
