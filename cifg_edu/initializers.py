"""Initial weights: glorot_uniform, glorot_normal, chrono_bias, initialize_cifg, ..."""

from collections.abc import Callable

import numpy as np

from cifg_edu.arrays import Array

Initializer = Callable[[np.random.Generator, int, int], Array]


def glorot_uniform(rng: np.random.Generator, fan_in: int, fan_out: int) -> Array:
    """Weights drawn uniformly from an interval around 0 that has Glorot's variance.

    The interval is +-sqrt(6 / (fan_in + fan_out)): uniform on +-limit has variance
    limit**2 / 3.

    Args:
        rng: the source of randomness.
        fan_in: number of inputs to each output.
        fan_out: number of outputs of each input: H for one gate, not 3H for the fused block.

    Returns:
        A float64 array of shape (fan_in, fan_out) with variance 2 / (fan_in + fan_out).

    Source: Glorot and Bengio (2010), equation 16.
    """
    limit = np.sqrt(6.0 / (fan_in + fan_out))
    return rng.uniform(-limit, limit, size=(fan_in, fan_out))


def glorot_normal(rng: np.random.Generator, fan_in: int, fan_out: int) -> Array:
    """Weights from a normal distribution with std sqrt(2 / (fan_in + fan_out)).

    Args:
        rng: the source of randomness.
        fan_in, fan_out: as in `glorot_uniform`.

    Returns:
        A float64 array of shape (fan_in, fan_out).

    Source: Glorot and Bengio (2010), equation 12.
    """
    return rng.normal(0.0, np.sqrt(2.0 / (fan_in + fan_out)), size=(fan_in, fan_out))


def plain_normal(rng: np.random.Generator, fan_in: int, fan_out: int) -> Array:
    """Weights from N(0, 1), whatever the size of the layer: for contrast only.

    Much teaching code draws its weights this way; no paper recommends it.

    Args:
        rng: the source of randomness.
        fan_in, fan_out: the shape; the standard deviation is 1 for every shape.

    Returns:
        A float64 array of shape (fan_in, fan_out).
    """
    return rng.normal(size=(fan_in, fan_out))


def chrono_bias(rng: np.random.Generator, hidden_size: int, max_lag: int) -> Array:
    """Input-gate biases with which the units remember over lags of 2 to max_lag steps.

    A unit with a constant gate i forgets over about 1 / i steps. A bias of -log(u) gives
    i = 1 / (1 + u), and u is drawn from U[1, max_lag - 1]. Tallec and Ollivier set
    b_f = log U[1, T_max - 1] and b_i = -b_f; in the CIFG one bias does both.

    Args:
        rng: the source of randomness.
        hidden_size: the number of units H.
        max_lag: the longest lag to remember, in steps; at least 3.

    Returns:
        The biases b_i, shape (H,), float64, drawn independently for each unit.

    Raises:
        ValueError: `max_lag` is below 3.

    Source: Tallec and Ollivier (2018), "Can recurrent neural networks warp time?", section 2.
    """
    if max_lag < 3:
        raise ValueError(
            f"A longest lag of {max_lag} leaves no range to draw from: give 3 or more."
        )
    return -np.log(rng.uniform(1.0, max_lag - 1.0, size=hidden_size))


def initialize_cifg(
    rng: np.random.Generator,
    input_size: int,
    hidden_size: int,
    weights: Initializer = glorot_uniform,
    max_lag: int | None = None,
) -> dict[str, Array]:
    """Initial parameters of a CIFG.

    Each gate's block is drawn separately, with fan_out = H. All biases are 0, except the input
    gate's, which is -1: that is the CIFG's form of the forget bias of +1 (i = 0.269, so
    f = 0.731). With `max_lag` the input gate gets chrono biases instead.

    Args:
        rng: the source of randomness.
        input_size, hidden_size: D and H.
        weights: how a block of weights is drawn; called with rng, fan_in, fan_out.
        max_lag: the longest lag for `chrono_bias`, in steps, or None for a bias of -1.

    Returns:
        Wx (D, 3H), Wh (H, 3H), b (3H,), in the gate order i, o, g, float64.

    Source: Glorot and Bengio (2010); Jozefowicz et al. (2015) for the bias.
    """
    Wx = np.hstack([weights(rng, input_size, hidden_size) for _ in range(3)])  # (D, 3H)
    Wh = np.hstack([weights(rng, hidden_size, hidden_size) for _ in range(3)])  # (H, 3H)
    b = np.zeros(3 * hidden_size)
    b[:hidden_size] = -1.0 if max_lag is None else chrono_bias(rng, hidden_size, max_lag)
    return {"Wx": Wx, "Wh": Wh, "b": b}


def initialize_lstm(
    rng: np.random.Generator,
    input_size: int,
    hidden_size: int,
    weights: Initializer = glorot_uniform,
    max_lag: int | None = None,
) -> dict[str, Array]:
    """Initial parameters of a vanilla LSTM.

    All biases are 0, except the forget gate's, which is +1. With `max_lag` the input gate gets
    chrono biases, and the forget gate their negatives.

    Args:
        rng: the source of randomness.
        input_size, hidden_size: D and H.
        weights: how a block of weights is drawn.
        max_lag: the longest lag for `chrono_bias`, in steps, or None for a forget bias of +1.

    Returns:
        Wx (D, 4H), Wh (H, 4H), b (4H,), in the gate order i, f, o, g, float64.

    Source: Glorot and Bengio (2010); Jozefowicz et al. (2015) and Tallec and Ollivier (2018)
    for the biases.
    """
    Wx = np.hstack([weights(rng, input_size, hidden_size) for _ in range(4)])  # (D, 4H)
    Wh = np.hstack([weights(rng, hidden_size, hidden_size) for _ in range(4)])  # (H, 4H)
    b = np.zeros(4 * hidden_size)
    if max_lag is None:
        b[hidden_size : 2 * hidden_size] = 1.0
    else:
        b[:hidden_size] = chrono_bias(rng, hidden_size, max_lag)
        b[hidden_size : 2 * hidden_size] = -b[:hidden_size]
    return {"Wx": Wx, "Wh": Wh, "b": b}


def count_parameters(input_size: int, hidden_size: int, gates: int) -> int:
    """The number of parameters of a cell: those in Wx, Wh and b together.

    Each block of weights has H columns, and each column has D + H + 1 numbers.

    Args:
        input_size, hidden_size: D and H.
        gates: blocks of weights: 3 for the CIFG, 4 for the vanilla LSTM.

    Returns:
        The count. D = 65 and H = 128 give 74,496 for the CIFG and 99,328 for the LSTM.
    """
    return gates * hidden_size * (input_size + hidden_size + 1)
