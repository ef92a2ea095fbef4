"""What every gate is made of: sigmoid, interpolate, split_gates."""

import numpy as np

from cifg_edu.arrays import Array


def sigmoid(a: Array) -> Array:
    """The logistic function, which squashes any number into [0, 1], for any size of `a`.

    1 / (1 + exp(-a)), written as (1 + tanh(a / 2)) / 2, which is the same function: `exp`
    of a large number overflows, `tanh` never does.

    Args:
        a: pre-activations, any shape.

    Returns:
        An array of the shape and dtype of `a`, each value in [0, 1].

    Source: Hochreiter and Schmidhuber (1997), "Long Short-Term Memory", appendix A.1.
    """
    return 0.5 * (1.0 + np.tanh(0.5 * a))


def interpolate(old: Array, new: Array, i: Array) -> Array:
    """Mix old and new with one gate, which says how much of the new comes in.

    This one line, (1 - i) * old + i * new, is the CIFG's memory. `i = 0` keeps the old
    value, `i = 1` takes the new one, and the result never leaves the interval between them.

    Args:
        old, new: values to mix; shapes that broadcast with `i`.
        i: the input gate, each value in [0, 1].

    Returns:
        The mixed values, of the broadcast shape.

    Source: Greff et al. (2017), "LSTM: A Search Space Odyssey", variant CIFG: f = 1 - i.
    """
    return (1.0 - i) * old + i * new


def split_gates(a: Array, number: int) -> list[Array]:
    """Split fused pre-activations into one block for each gate.

    Args:
        a: fused pre-activations, shape (..., number * H).
        number: number of gates: 3 for the CIFG (i, o, g), 4 for the LSTM (i, f, o, g).

    Returns:
        `number` views of `a`, each of shape (..., H).

    Raises:
        ValueError: the last axis cannot be split into `number` equal blocks.
    """
    if a.shape[-1] % number:
        raise ValueError(
            f"The last axis has {a.shape[-1]} columns, which {number} gates cannot share equally: "
            f"give the fused weights {number} * hidden_size columns."
        )
    return np.split(a, number, axis=-1)  # (..., number * H) gives `number` of (..., H)
