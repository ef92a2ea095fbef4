"""What is observed of a function that makes the sequences of a task."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cifg_edu.arrays import Array, Ids
from cifg_edu.exercises import Case, Function
from cifg_edu.exercises.chance import distance_from_uniform

# Random makers are judged by properties that every right answer has, whatever numbers it
# draws: each property is described in a few words, and the words are compared.
UNKNOWN = "unknown"


ALIKE = "all the same"


# A batch of fewer sequences says too little about how they are drawn.
MANY = 500
FEW = 20


# By Chernoff's bound the share of N independent trials in which something of probability p comes
# is further from p than KL(share || p) = BOUND / N with a chance of at most 2 exp(-BOUND) =
# 3.4e-15. Some 8,000 shares are looked at in a verdict: a right answer, however it draws, is
# refused with a chance below 3e-11, over all seeds.
BOUND = 34.0


INDEPENDENT = "drawn on their own"


DEPENDENT = "not drawn on their own"


def maker_cases(length: str) -> Callable[[np.random.Generator], list[Case]]:
    """Large batches, in which chance can be judged, and small ones, as the lesson makes them."""
    sizes = (500, 6), (400, 11), (1, 20), (4, 5), (7, 2)

    def title(B: int, steps: int) -> str:
        if B < FEW:
            return f"a call by names, with batch_size={B} and {length}={steps}"
        return f"{B} sequences with {length} = {steps}"

    return lambda rng: [Case(title(B, steps), (rng, B, steps)) for B, steps in sizes]


def describe(
    names: tuple[str, ...], look: Callable[[Array, Array, int], dict[str, str]], length: str
) -> Callable[[Function, tuple[Any, ...]], Any]:
    """An `observe` for makers of inputs and targets: every property by name, in words.

    Small batches are asked for as in the lesson, by the names batch_size and `length`.

    What is drawn is looked at in two batches, one after the other from the same rng, as in one:
    so it shows if the second repeats the first.
    """

    def observe(function: Function, arguments: tuple[Any, ...]) -> Any:
        rng, *sizes = arguments
        named = dict(zip(("batch_size", length), sizes, strict=True))
        make = partial(function, rng, **named) if sizes[0] < FEW else partial(function, rng, *sizes)
        start = rng.bit_generator.state
        result, following = make(), make()
        if result is None:
            return None
        if not is_pair(result):
            return dict.fromkeys(names, UNKNOWN) | {"the result": kind(result)}
        found = {"the result": "two arrays"}
        if not all(type(part) is np.ndarray for part in result):
            found["the result"] = " and ".join(map(kind, result))
        else:
            inputs, targets = result
            found["the shape of inputs"] = str(inputs.shape)
            found["the shape of targets"] = str(targets.shape)
            found["the type of the numbers"] = f"{inputs.dtype} and {targets.dtype}"
            if all(part.dtype.kind in "iuf" for part in result):
                found["the type of the numbers"] = "real numbers"
                rng.bit_generator.state = start
                found["the randomness"] = randomness(result, following, make())
                found |= look(*one_batch(result, following), sizes[1])
        return {name: found.get(name, UNKNOWN) for name in names}

    return observe


def is_pair(result: Any) -> bool:
    return isinstance(result, tuple | list) and len(result) == 2


def one_batch(result: Any, following: Any) -> tuple[Array, Array]:
    """Two batches side by side; the first alone where they do not fit together."""
    inputs, targets = result
    if is_pair(following) and all(
        type(b) is np.ndarray and a.ndim and (a.shape, a.dtype) == (b.shape, b.dtype)
        for a, b in zip(result, following, strict=True)
    ):
        inputs = np.concatenate([inputs, following[0]], axis=min(1, inputs.ndim - 1))
        targets = np.concatenate([targets, following[1]], axis=min(1, targets.ndim - 1))
    return inputs, targets


def randomness(result: Any, following: Any, again: Any) -> str:
    """Whether everything is drawn from the rng that is given."""
    if not all(map(np.array_equal, result, again)):
        return "not all from rng: the same rng gives another batch"
    # A single sequence of ten symbols may come twice.
    if result[0].size > 20 and np.array_equal(result[0], following[0]):
        return "none: a second call with one rng gives the same batch"
    return "all from rng"


def kind(result: Any) -> str:
    """A result that is not as it should be, in words."""
    name = type(result).__name__
    return f"{name} of {len(result)} parts" if isinstance(result, tuple | list) else name


def rows(sequences: Array) -> str:
    """Whether sequences (T, B) differ from each other."""
    distinct = np.unique(sequences, axis=1).shape[1]
    if distinct == 1:
        return ALIKE
    return "all different" if distinct > 0.9 * sequences.shape[1] else "some repeated"


def first_equal(choices: dict[str, Array], actual: Array) -> str:
    """The words for whichever of the choices is equal to the actual array."""
    return next((w for w, a in choices.items() if np.allclose(a, actual)), "something else")


def in_words(numbers: NDArray[Any]) -> str:
    return ", ".join(f"{number:g}" for number in numbers[:20]) or "none"


def by_chance(shares: Array, p: Array | float, trials: int) -> bool:
    """Whether shares of independent trials may all come from events of probability p."""
    with np.errstate(divide="ignore", invalid="ignore"):
        there = np.where(shares > 0, shares * np.log(shares / p), 0.0)
        absent = np.where(shares < 1, (1 - shares) * np.log((1 - shares) / (1 - p)), 0.0)
    return bool((trials * (there + absent) < BOUND).all())


def equally_often(ids: Ids, number: int) -> bool:
    """Whether each of so many ids comes equally often in each row of independent draws (T, N)."""
    shares = np.array([np.bincount(row, minlength=number) for row in ids]) / ids.shape[1]
    return by_chance(shares, 1 / number, ids.shape[1])


def independent(ids: Ids, number: int) -> str:
    """Whether uniform ids below `number`, shape (T, B), tell nothing of each other.

    Any two steps of a sequence are looked at, and each sequence beside the next, and beside the
    one half a batch away.
    """
    half = ids.shape[1] // 2
    first, second = np.triu_indices(len(ids), 1)
    # Each sequence is in one pair only, so that the pairs are independent.
    even, near, far = ids[:, : 2 * half], ids[:, :half], ids[:, half : 2 * half]
    pairs = (
        (ids[first], ids[second]),
        (even[:, ::2].reshape(1, -1), even[:, 1::2].reshape(1, -1)),
        (near.reshape(1, -1), far.reshape(1, -1)),
    )
    fine = all(_tell_nothing(a, b, number) for a, b in pairs if len(a))
    return INDEPENDENT if fine else DEPENDENT


def _tell_nothing(a: Ids, b: Ids, number: int) -> bool:
    """Whether the ids of each row of a, shape (P, N), are independent of those of b."""
    trials, cells = a.shape[1], number**2
    ids = np.arange(len(a))[:, None] * cells + a * number + b
    shares = np.bincount(ids.ravel(), minlength=len(a) * cells) / trials
    same = np.mean(a == b, axis=1)
    return by_chance(shares, 1 / cells, trials) and by_chance(same, 1 / number, trials)


def uniform(numbers: Array) -> bool:
    """Whether independent numbers may be uniform on [0, 1].

    Their distance is larger with a chance of at most 2 exp(-BOUND) = 3.4e-15.
    """
    distance = distance_from_uniform(np.sort(numbers, axis=None).clip(0, 1))
    return bool(2 * numbers.size * distance**2 < BOUND)
