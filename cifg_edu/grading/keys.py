"""The key of a grading run: key, Key, render, depends_on_seed, mutants_met, mutant_prints.

An answer is compared as text: every number is rounded, to about six digits of the largest number
beside it, and all numbers of the reference lie far enough from the middle between two rounded
ones for every right answer to round to the same.
"""

import functools
import pickle
import zlib
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np

from cifg_edu.checks import find_exercise
from cifg_edu.checks.outcomes import Outcome, run_case
from cifg_edu.exercises import Case, Exercise, mutate

# Two right answers may differ by the exercise's tolerance; the unit of rounding is so many
# times larger, and a reference number nearer than that to a middle is drawn again.
COARSER = 300.0
MOST_DRAWS = 400
LONGEST_LINE = 20_000


class Key(NamedTuple):
    """The cases of an exercise for one seed, what the reference does in each, and as text."""

    cases: list[Case]
    outcomes: list[Outcome]
    texts: list[str]


@functools.cache
def key(name: str, seed: int) -> Key:
    """Draw an exercise's inputs for a seed, and find what a right answer prints for them.

    Args:
        name: the exercise.
        seed: of this grading run.

    Returns:
        Cases in which no number of the reference lies near a middle between rounded ones.

    Raises:
        RuntimeError: there are none: the exercise's cases must be changed.

    Source: `Exercise.make_cases`, with the reference as the judge.
    """
    exercise = find_exercise(name)
    settled: dict[int, tuple[Case, Outcome]] = {}
    for attempt in range(MOST_DRAWS):
        cases = _draw(exercise, seed, attempt)
        for number, case in enumerate(cases):
            if number not in settled:
                outcome = run_case(exercise, exercise.reference, case)
                if all(_far_from_middle(exercise, leaf) for leaf in _numbers(outcome.value)):
                    settled[number] = case, outcome
        if len(settled) == len(cases):
            pairs = [settled[number] for number in range(len(cases))]
            texts = [render(exercise, outcome, outcome) for _, outcome in pairs]
            return Key([case for case, _ in pairs], [outcome for _, outcome in pairs], texts)
    raise RuntimeError(f"{exercise.name}: a reference value always lies between rounded ones.")


def render(exercise: Exercise, right: Outcome, actual: Outcome) -> str:
    """What an answer did in a case, as text that is the same for every right answer.

    Args:
        exercise: what was to be written.
        right: what the reference did; says how each number is to be rounded.
        actual: what the answer did.

    Returns:
        A line for each output.
    """
    if actual.error is not None:
        return f"stops with {type(actual.error).__name__}: {actual.error}"
    if actual.damaged:
        return f"changes its argument {', '.join(actual.damaged)}"
    lines = list(_lines(exercise, "the result", right.value, actual.value, exercise.outputs))
    return "\n".join(line[:LONGEST_LINE] for line in lines)


@functools.cache
def depends_on_seed(name: str) -> tuple[bool, ...]:
    """For each case, whether another seed gives other arguments.

    Who has right only the cases that never change may know their answers by heart.
    """
    one, other = (_draw(find_exercise(name), seed, 0) for seed in (1, 2))
    return tuple(
        pickle.dumps(_plain(a.arguments)) != pickle.dumps(_plain(b.arguments))
        for a, b in zip(one, other, strict=True)
    )


def mutants_met(name: str, seed: int, printed: list[str]) -> list[int]:
    """Which usual wrong answers print just what this answer printed.

    Args:
        name: the exercise.
        seed: of the grading run.
        printed: what the answer printed in each case.

    Returns:
        The numbers of the mutants in `exercise.mutants`; nothing of a student's is run.
    """
    return [
        number
        for number in range(len(find_exercise(name).mutants))
        if all(mutant_prints(name, seed, number, case) == text for case, text in enumerate(printed))
    ]


@functools.cache
def mutant_prints(name: str, seed: int, mutant: int, case: int) -> str:
    """What a usual wrong answer prints in a case."""
    exercise = find_exercise(name)
    wrong = mutate(exercise.reference, exercise.mutants[mutant].edits)
    cases, outcomes, _ = key(name, seed)
    return render(exercise, outcomes[case], run_case(exercise, wrong, cases[case]))


def _draw(exercise: Exercise, seed: int, attempt: int) -> list[Case]:
    rng = np.random.default_rng([seed, zlib.crc32(exercise.name.encode()), attempt])
    further = exercise.further_cases
    return exercise.make_cases(rng) + (further(rng) if further else [])


def _plain(value: Any) -> Any:
    """A value without functions, which no seed changes."""
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    return repr(value) if isinstance(value, Callable) else value  # type: ignore[arg-type]


def _numbers(value: Any) -> Iterator[Any]:
    """Every array or number in a result."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, tuple | list):
        for part in value:
            yield from _numbers(part)
    elif _is_number(value):
        yield np.asarray(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, np.ndarray | float | int | np.number) and not isinstance(value, bool)


def _exponent(exercise: Exercise, expected: Any) -> int:
    """The power of ten to which numbers beside these are rounded."""
    array = np.asarray(expected)
    scale = np.abs(array[np.isfinite(array)].astype(float)).max(initial=0.0)
    if scale == 0.0:
        return -300  # where all is exactly 0, nothing else will do
    exponent = int(np.ceil(np.log10(COARSER * exercise.tolerance * scale)))
    return min(exponent, -2) if array.dtype.kind in "iu" else exponent


def _far_from_middle(exercise: Exercise, expected: Any) -> bool:
    if expected.dtype.kind not in "iuf":
        return True
    finite = expected[np.isfinite(expected)].astype(float)
    exponent = _exponent(exercise, expected)
    if exponent == -300:
        return True
    places = finite / 10.0**exponent
    margin = exercise.tolerance * np.abs(finite).max(initial=0.0) / 10.0**exponent
    return bool((np.abs(places - np.floor(places) - 0.5) > margin).all())


def _lines(
    exercise: Exercise, name: str, expected: Any, actual: Any, names: tuple[str, ...] = ()
) -> Iterator[str]:
    """Walk through both values at once, as the judge of the lessons does."""
    if isinstance(expected, Mapping):
        if not isinstance(actual, Mapping) or set(actual) != set(expected):
            yield f"{name}: {_kind(actual)}"
            return
        for part in expected:
            yield from _lines(exercise, f"{name}[{part!r}]", expected[part], actual[part])
    elif isinstance(expected, tuple | list):
        if not isinstance(actual, tuple | list) or len(actual) != len(expected):
            yield f"{name}: {_kind(actual)}"
            return
        for number, (one, other) in enumerate(zip(expected, actual, strict=True)):
            label = names[number] if number < len(names) else f"{name}[{number}]"
            yield from _lines(exercise, label, one, other)
    elif _is_number(expected):
        yield f"{name}: {_rounded(exercise, expected, actual)}"
    elif callable(expected):
        return
    elif type(expected) is type(actual):
        yield f"{name}: {actual!r}"
    else:
        yield f"{name}: {_kind(actual)} {actual!r:.200}"


def _rounded(exercise: Exercise, expected: Any, actual: Any) -> str:
    """Numbers in the form that the expected ones give them."""
    if isinstance(actual, list | tuple) and any(isinstance(part, np.ndarray) for part in actual):
        return _kind(actual)
    try:
        array = np.asarray(actual, dtype=float)
    except (TypeError, ValueError):
        return _kind(actual)
    exponent = _exponent(exercise, expected)
    numbers = " ".join(_one_rounded(float(number), exponent) for number in array.ravel()[:2000])
    found = getattr(actual, "dtype", array.dtype)
    if found.kind == "f" and found.itemsize < np.asarray(expected).dtype.itemsize:
        numbers = f"{found} {numbers}"  # it has fewer digits, though not in those shown
    return f"{array.shape} {numbers}" if array.shape else numbers


def _one_rounded(number: float, exponent: int) -> str:
    if not np.isfinite(number):
        return str(number)
    places = float(np.rint(number / 10.0**exponent)) if exponent > -300 else np.inf
    if number == 0.0 or places == 0.0:
        return "0"
    if abs(places) > 1e12:  # nothing that is right: as many digits as tell it apart
        return f"{number:.3g}"
    return str(Decimal(int(places)).scaleb(exponent))


def _kind(value: Any) -> str:
    """What a value is, where it is not what it should be."""
    if isinstance(value, tuple | list | Mapping):
        return f"a {type(value).__name__} of {len(value)} parts"
    return f"{type(value).__name__}"
