"""The phantom gate: PhantomGradients, phantom_step_backward, phantom_backward, phantom_error.

The mistake: an LSTM becomes a CIFG by writing f = 1 - i in the forward pass, and the backward
pass stays the old one. It still treats f as a gate with its own weights. It is kept here for
lessons and tests; `cifg.py` has it right.
"""

from typing import NamedTuple, TypeVar

import numpy as np

from cifg_edu.arrays import Array
from cifg_edu.cifg import CIFGCache, SequenceGradients, StepGradients
from cifg_edu.lstm import LSTMCache, lstm_backward, lstm_step_backward

Gradients = TypeVar("Gradients", StepGradients, SequenceGradients)


class PhantomGradients(NamedTuple):
    """Gradients for weights that no CIFG has: (D, H), (H, H) and (H,)."""

    dWxf: Array
    dWhf: Array
    dbf: Array


def phantom_step_backward(
    dh: Array, dc: Array, Wx: Array, Wh: Array, cache: CIFGCache
) -> tuple[StepGradients, PhantomGradients]:
    """Backward through one step of a CIFG, WRONG: as if f had its own weights.

    It applies `lstm_step_backward` where it does not belong.

    Args:
        dh, dc: gradients of the loss for h and c, as for `cifg_step_backward`.
        Wx, Wh: the fused weights of the forward pass, (D, 3H) and (H, 3H).
        cache: what `cifg_step` kept.

    Returns:
        The gradients that `cifg_step_backward` should give, and those of the phantom's weights.
    """
    back = lstm_step_backward(dh, dc, _with_phantom(Wx), _with_phantom(Wh), _as_lstm(cache))
    return _without_phantom(back)


def phantom_backward(
    dh: Array, Wx: Array, Wh: Array, caches: list[CIFGCache]
) -> tuple[SequenceGradients, PhantomGradients]:
    """Backward through a sequence of CIFG steps, WRONG: as if f had its own weights.

    It applies `lstm_backward` where it does not belong.

    Args:
        dh: gradient of the loss for the output of each step, (T, B, H).
        Wx, Wh: the fused weights of the forward pass, (D, 3H) and (H, 3H).
        caches: what `cifg_forward` kept, one for each step.

    Returns:
        The gradients that `cifg_backward` should give, and those of the phantom's weights.

    Raises:
        ValueError: `dh` and `caches` differ in length.
    """
    as_lstm = [_as_lstm(cache) for cache in caches]
    return _without_phantom(lstm_backward(dh, _with_phantom(Wx), _with_phantom(Wh), as_lstm))


def phantom_error(dc: Array, c_prev: Array, i: Array) -> Array:
    """The phantom's error, in one step, in the gradient for the input gate's pre-activation.

    The phantom's gradient is dc * g * i * (1 - i); the right one has g - c_prev in place of g.
    Their difference is exactly what the phantom sends to weights that do not exist.

    Args:
        dc: the whole gradient for c, with what comes through h and what comes from t + 1.
        c_prev: the cell before the step.
        i: the input gate, after its sigmoid. All three have one shape, such as (B, H).

    Returns:
        da_i(phantom) - da_i(right), of that shape, where a_i is the pre-activation of i.

    Source: the chain rule applied to Greff et al. (2017), section 2, with f = 1 - i.
    """
    return dc * c_prev * i * (1 - i)


def _as_lstm(cache: CIFGCache) -> LSTMCache:
    """The cache as the old backward pass expects it, with the f of the forward pass."""
    x, h_prev, c_prev, i, o, g, c = cache
    return LSTMCache(x, h_prev, c_prev, i, 1 - i, o, g, c)


def _with_phantom(W: Array) -> Array:
    """Fused weights for i, f, o, g from those for i, o, g; the phantom's weights are 0."""
    i, o, g = np.split(W, 3, axis=-1)
    return np.concatenate([i, np.zeros_like(i), o, g], axis=-1)  # (..., 3H) becomes (..., 4H)


def _without_phantom(back: Gradients) -> tuple[Gradients, PhantomGradients]:
    """The gradients of the weights that exist, and those of the weights that do not."""
    kept, phantom = {}, []
    for name in ("dWx", "dWh", "db"):
        i, f, o, g = np.split(getattr(back, name), 4, axis=-1)
        kept[name] = np.concatenate([i, o, g], axis=-1)
        phantom.append(f)
    return back._replace(**kept), PhantomGradients(*phantom)
