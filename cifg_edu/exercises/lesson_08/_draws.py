"""What is observed of a function that draws first parameters."""

import copy
from collections.abc import Iterable
from typing import Any

import numpy as np

from cifg_edu.arrays import Array
from cifg_edu.exercises import Function
from cifg_edu.exercises.chance import distance_from_uniform

SAME_RNG = '"the same rng gives the same numbers"'


OTHER_RNG = '"another rng gives other numbers"'


ONE_BY_ONE = '"they are drawn one by one"'


EVENLY = '"they are spread evenly between the two ends"'


ON_ITS_OWN = '"each is drawn on its own"'


REASONS = {
    SAME_RNG: "a number comes from somewhere other than the rng that is given: draw all from it.",
    OTHER_RNG: "the rng that is given has no part in the numbers: draw from it.",
}


# Every test below is passed by right numbers of any generator but for one draw in 10**11.
NATS = np.log(1e11)


def drawn_three_times(function: Function, arguments: tuple[Any, ...]) -> tuple[Any, Any, Any]:
    """Results for the generator given, for an equal one, and for another one."""
    rng, *rest = arguments
    generators = copy.deepcopy(rng), copy.deepcopy(rng), np.random.default_rng(1703)
    first, same, other = (function(generator, *rest) for generator in generators)
    return first, same, other


def form(value: Any) -> str:
    """What a result is, such as `array_of(2, 3)`, or whatever stands in its place."""
    if isinstance(value, np.ma.MaskedArray):
        return "a masked array"
    if not isinstance(value, np.ndarray):
        return "None" if value is None else f"a {type(value).__name__}"
    return f"an array of {value.dtype.name}, shape {value.shape}"


def array_of(*shape: int) -> str:
    """The form of a right result: all of these functions promise float64."""
    return f"an array of float64, shape {shape}"


def tenths(ratio: Any) -> float:
    return round(float(ratio), 1) + 0.0


def inside(shares: Array) -> bool:
    """Whether numbers that should be uniform on [0, 1] lie there, but for float32's rounding."""
    return bool(shares.min() > -1e-5 and shares.max() < 1 + 1e-5)


def to_the_ends(shares: Array) -> bool:
    """Whether numbers that should be uniform on [0, 1] come near to 0 and to 1.

    All n of them stay below 1 - d with probability (1 - d)**n < exp(-n d).
    """
    gap = NATS / shares.size
    return bool(shares.min() < gap and shares.max() > 1 - gap)


def evenly_and_on_its_own(shares: Array) -> tuple[bool, bool]:
    """Whether numbers are uniform on [0, 1], and whether each seems to be drawn on its own.

    Uniform: by `distance_from_uniform`, which is above sqrt(ln(2 / p) / 2n) with a probability
    of p at most. On its own: no number occurs twice, nor mirrored at 1/2, and they
    are not more even than chance makes them (a distance below 0.18 / sqrt(n), by Kolmogorov's
    law, or a mean of exactly 1/2).
    """
    n = shares.size
    ordered = np.sort(shares, axis=None)
    distance = distance_from_uniform(ordered)
    mirrored = np.sort(np.round(np.abs(ordered - 0.5), 12))
    repeated = np.count_nonzero(np.diff(mirrored) == 0)
    own = repeated < 0.1 * n and distance > 0.18 / np.sqrt(n) and abs(ordered.mean() - 0.5) > 1e-14
    return bool(distance < np.sqrt((np.log(2) + NATS) / (2 * n))), bool(own)


def neighbours_differ(numbers: Array) -> list[bool]:
    """Whether neighbours along each axis have nothing to do with each other.

    By the correlation of their ranks, which is about normal with variance 1 / n: it is beyond 7
    standard deviations once in 10**11 times.
    """
    _, place, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    ranks = (2 * np.cumsum(counts) - counts) / numbers.size - 1
    table: Array = ranks[place.reshape(numbers.shape)]
    moved = [np.moveaxis(table, axis, 0) for axis in range(table.ndim)]
    products = [lines[1:] * lines[:-1] for lines in moved]
    return [bool(3 * abs(p.mean()) < 7 / np.sqrt(p.size)) for p in products]


def unknown(names: Iterable[str], value: Any, name: str = "the result") -> dict[str, Any]:
    """What is observed of a result that has not even the right form, which is said under `name`."""
    return {**dict.fromkeys(names, "unknown"), name: form(value)}
