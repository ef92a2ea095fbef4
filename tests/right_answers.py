"""Right answers, written as differently from the package's as learners write them."""

import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def interpolate(old, new, i):
    return old + i * (new - old)


RIGHT_ANSWERS = (sigmoid, interpolate)
