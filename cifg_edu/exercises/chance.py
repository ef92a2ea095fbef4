"""What chance does to draws, for exercises that draw: distance_from_uniform."""

import numpy as np

from cifg_edu.arrays import Array


def distance_from_uniform(ordered: Array) -> float:
    """Kolmogorov and Smirnov's distance of n numbers from the uniform distribution on [0, 1].

    Args:
        ordered: the numbers in order, shape (n,).

    Returns:
        The largest gap between their empirical distribution and the uniform one. For independent
        uniform numbers it is above d with a probability of at most 2 exp(-2 n d**2).

    Source: Massart (1990), "The tight constant in the Dvoretzky-Kiefer-Wolfowitz inequality".
    """
    steps = np.arange(ordered.size + 1) / ordered.size
    return float(max((steps[1:] - ordered).max(), (ordered - steps[:-1]).max()))
