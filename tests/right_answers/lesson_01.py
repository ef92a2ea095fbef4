"""Right answers to lesson 01, as learners write them."""

import numpy as np


def sigmoid_as_one_quotient(a):
    return 1 / (1 + np.exp(-a))


def sigmoid_in_two_pieces(a):
    s = np.empty_like(a)
    s[a >= 0] = 1 / (1 + np.exp(-a[a >= 0]))
    s[a < 0] = np.exp(a[a < 0]) / (1 + np.exp(a[a < 0]))
    return s


def interpolate_from_the_old(old, new, i):
    return old + i * (new - old)


def interpolate_with_a_named_forget_gate(old, new, i):
    forget = np.ones_like(i) - i
    return np.add(np.multiply(forget, old), np.multiply(i, new))


RIGHT_ANSWERS = {
    "sigmoid": [sigmoid_as_one_quotient, sigmoid_in_two_pieces],
    "interpolate": [interpolate_from_the_old, interpolate_with_a_named_forget_gate],
}
