"""Right answers to lesson 09, as learners write them."""

import copy
import math

import numpy as np

from cifg_edu.optimizers import AdamState


def clip_by_global_norm_in_one_long_vector(gradients, max_norm):
    everything = np.concatenate([g.ravel() for g in gradients.values()])
    norm = np.linalg.norm(everything)
    if norm <= max_norm:
        return {name: g.copy() for name, g in gradients.items()}, norm
    return {name: g / norm * max_norm for name, g in gradients.items()}, norm


def clip_by_global_norm_as_pytorch_does(gradients, max_norm):
    total = 0.0
    for name in gradients:
        total += float((gradients[name] ** 2).sum())
    norm = math.sqrt(total)
    coefficient = min(1.0, max_norm / (norm + 1e-6))
    clipped = {}
    for name in gradients:
        clipped[name] = coefficient * gradients[name]
    return [clipped, norm]


def clip_by_global_norm_that_copies_short_gradients(gradients, max_norm):
    norm = math.hypot(*[np.linalg.norm(g) for g in gradients.values()])
    if norm > max_norm:
        return {name: g * (max_norm / norm) for name, g in gradients.items()}, norm
    return copy.deepcopy(gradients), norm


def adam_step_with_the_corrections_in_the_rate(
    parameters, gradients, state, learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8
):
    t = 1 + state.t
    root = np.sqrt(1 - beta2**t)
    rate = learning_rate * root / (1 - beta1**t)
    m = {n: beta1 * state.m[n] + (1 - beta1) * gradients[n] for n in parameters}
    v = {n: beta2 * state.v[n] + (1 - beta2) * gradients[n] * gradients[n] for n in parameters}
    new = {n: parameters[n] - rate * m[n] / (np.sqrt(v[n]) + epsilon * root) for n in parameters}
    return new, AdamState(m, v, t)


def adam_step_that_moves_the_means_towards_the_gradient(
    parameters, gradients, state, learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8
):
    old_m, old_v, steps = state
    steps += 1
    m, v, new = {}, {}, {}
    for name in gradients:
        g = gradients[name]
        m[name] = old_m[name] + (1 - beta1) * (g - old_m[name])
        v[name] = old_v[name] + (1 - beta2) * (np.square(g) - old_v[name])
        step = m[name] / (1 - math.pow(beta1, steps))
        step /= (v[name] / (1 - math.pow(beta2, steps))) ** 0.5 + epsilon
        new[name] = parameters[name] - learning_rate * step
    return new, (m, v, steps)


RIGHT_ANSWERS = {
    "clip_by_global_norm": [
        clip_by_global_norm_in_one_long_vector,
        clip_by_global_norm_as_pytorch_does,
        clip_by_global_norm_that_copies_short_gradients,
    ],
    "adam_step": [
        adam_step_with_the_corrections_in_the_rate,
        adam_step_that_moves_the_means_towards_the_gradient,
    ],
}
