"""What is observed of a function that makes the sequences of a task."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cifg_edu.arrays import Array
from cifg_edu.exercises import Case, Function

# Random makers are judged by properties that every right answer has, whatever numbers it
# draws: each property is described in a few words, and the words are compared.
UNKNOWN = "unknown"


ALIKE = "all the same"


def maker_cases(length: str) -> Callable[[np.random.Generator], list[Case]]:
    return lambda rng: [
        Case(f"400 sequences with {length} = 6", (rng, 400, 6)),
        Case(f"300 sequences with {length} = 11", (rng, 300, 11)),
    ]


def describe(
    names: tuple[str, ...], look: Callable[[Array, Array, int], dict[str, str]]
) -> Callable[[Function, tuple[Any, ...]], Any]:
    """An `observe` for makers of inputs and targets: every property by name, in words."""

    def observe(function: Function, arguments: tuple[Any, ...]) -> Any:
        rng, batch_size, length = arguments
        start = rng.bit_generator.state
        result = function(rng, batch_size, length)
        if result is None:
            return None
        if not isinstance(result, tuple | list) or len(result) != 2:
            return dict.fromkeys(names, UNKNOWN) | {"the result": kind(result)}
        inputs, targets = (np.asarray(part) for part in result)
        arrays = all(isinstance(part, np.ndarray) for part in result)
        found = {
            "the result": "two arrays" if arrays else " and ".join(map(kind, result)),
            "the shape of inputs": str(inputs.shape),
            "the shape of targets": str(targets.shape),
            "the randomness": randomness(function, arguments, start, inputs),
            **look(inputs, targets, length),
        }
        return {name: found.get(name, UNKNOWN) for name in names}

    return observe


def randomness(function: Function, arguments: tuple[Any, ...], start: Any, inputs: Array) -> str:
    """Whether everything is drawn from the rng that is given."""
    rng, batch_size, length = arguments
    following = np.asarray(function(rng, batch_size, length)[0])
    rng.bit_generator.state = start
    again = np.asarray(function(rng, batch_size, length)[0])
    if not np.array_equal(inputs, again):
        return "not all from rng: the same rng gives another batch"
    if np.array_equal(inputs, following):
        return "none: a second call with one rng gives the same batch"
    return "all from rng"


def kind(result: Any) -> str:
    """A result that is not a pair, in words."""
    name = type(result).__name__
    return f"{name} of {len(result)} parts" if isinstance(result, tuple | list) else name


def rows(sequences: Array) -> str:
    """Whether sequences (T, B) differ from each other."""
    alike = np.unique(sequences, axis=1).shape[1] == 1
    return ALIKE if alike else "each another"


def first_equal(choices: dict[str, Array], actual: Array) -> str:
    """The words for whichever of the choices is equal to the actual array."""
    return next((w for w, a in choices.items() if np.allclose(a, actual)), "something else")


def in_words(numbers: NDArray[Any]) -> str:
    return ", ".join(f"{number:g}" for number in numbers[:20]) or "none"
