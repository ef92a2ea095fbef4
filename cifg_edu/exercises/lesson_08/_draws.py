"""What is observed of a function that draws first parameters."""

import copy
from typing import Any

import numpy as np

from cifg_edu.arrays import Array
from cifg_edu.exercises import Function

SAME_RNG = '"the same rng gives the same numbers"'


OTHER_RNG = '"another rng gives other numbers"'


ON_ITS_OWN = '"each is drawn on its own"'


def drawn_three_times(function: Function, arguments: tuple[Any, ...]) -> tuple[Any, Any, Any]:
    """Results for the generator given, for an equal one, and for another one."""
    rng, *rest = arguments
    generators = copy.deepcopy(rng), copy.deepcopy(rng), np.random.default_rng(1703)
    first, same, other = (function(generator, *rest) for generator in generators)
    return first, same, other


def tenths(ratio: Any) -> float:
    return round(float(ratio), 1) + 0.0


def distinct(numbers: Array) -> bool:
    return len(np.unique(numbers)) > 0.9 * numbers.size
