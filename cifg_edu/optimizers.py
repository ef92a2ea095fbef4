"""From gradients to new weights: adam_state, adam_step, clipping, reset_gradients."""

from typing import NamedTuple

import numpy as np

from cifg_edu.arrays import Tensors


class AdamState(NamedTuple):
    """Adam's memory: running means of the gradient and of its square, and the step count."""

    m: Tensors
    v: Tensors
    t: int


def adam_state(parameters: Tensors) -> AdamState:
    """Adam's memory before the first step: zeros, and t = 0.

    Args:
        parameters: the tensors to be trained, by name.

    Returns:
        A state with m and v of the parameters' shapes.

    Source: Kingma and Ba (2015), algorithm 1.
    """
    return AdamState(
        {name: np.zeros_like(p) for name, p in parameters.items()},
        {name: np.zeros_like(p) for name, p in parameters.items()},
        0,
    )


def adam_step(
    parameters: Tensors,
    gradients: Tensors,
    state: AdamState,
    learning_rate: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
) -> tuple[Tensors, AdamState]:
    """One step of Adam.

    t counts every step of the run from 1. Counting from 0 divides by zero. Counting again from
    1 in each epoch corrects a bias that is long gone.

        m = beta1 m + (1 - beta1) g         m_hat = m / (1 - beta1**t)
        v = beta2 v + (1 - beta2) g**2      v_hat = v / (1 - beta2**t)
        p = p - learning_rate * m_hat / (sqrt(v_hat) + epsilon)

    Args:
        parameters, gradients: tensors by name, each pair of one shape.
        state: what `adam_state` or the step before returned.
        learning_rate, beta1, beta2, epsilon: alpha, the two decay rates, and the guard
            against division by zero.

    Returns:
        The new parameters and the new state; the arguments are not changed.

    Raises:
        KeyError: a parameter has no gradient or no state.

    Source: Kingma and Ba (2015), "Adam: a method for stochastic optimization", algorithm 1.
    """
    t = state.t + 1
    new_parameters: Tensors = {}
    m: Tensors = {}
    v: Tensors = {}
    for name, p in parameters.items():
        g = gradients[name]
        m[name] = beta1 * state.m[name] + (1 - beta1) * g
        v[name] = beta2 * state.v[name] + (1 - beta2) * g**2
        m_hat = m[name] / (1 - beta1**t)
        v_hat = v[name] / (1 - beta2**t)
        new_parameters[name] = p - learning_rate * m_hat / (np.sqrt(v_hat) + epsilon)
    return new_parameters, AdamState(m, v, t)


def clip_by_global_norm(gradients: Tensors, max_norm: float) -> tuple[Tensors, float]:
    """Scale all gradients down together if their joint norm is above max_norm.

    Every element is multiplied by the same number, min(1, max_norm / norm), so the direction
    does not change.

    Args:
        gradients: tensors by name.
        max_norm: the largest joint norm to let through, above 0.

    Returns:
        The gradients, as new tensors with a joint norm of at most max_norm, and the norm before
        clipping.

    Raises:
        ValueError: `max_norm` is not above 0.

    Source: Pascanu et al. (2013), "On the difficulty of training recurrent neural
    networks", algorithm 1.
    """
    if not max_norm > 0:
        raise ValueError(f"The largest norm is {max_norm}: give a number above 0.")
    norm = float(np.sqrt(sum(np.sum(g**2) for g in gradients.values())))
    scale = 1.0 if norm <= max_norm else max_norm / norm
    return {name: g * scale for name, g in gradients.items()}, norm


def clip_by_value(gradients: Tensors, limit: float) -> Tensors:
    """Clip every element to [-limit, limit]; unlike the global norm, this changes the direction.

    Args:
        gradients: tensors by name.
        limit: the largest absolute value to let through, above 0.

    Returns:
        New tensors of the same shapes.

    Raises:
        ValueError: `limit` is not above 0.

    Source: Mikolov (2012), "Statistical language models based on neural networks",
    section 3.2.2; Graves (2013) clips this way too.
    """
    if not limit > 0:
        raise ValueError(f"The limit is {limit}: give a number above 0.")
    return {name: np.clip(g, -limit, limit) for name, g in gradients.items()}


def reset_gradients(gradients: Tensors) -> None:
    """Set every gradient to 0, in place: needed before a backward pass that adds to them.

    Args:
        gradients: tensors by name; changed in place.
    """
    for g in gradients.values():
        g[...] = 0
