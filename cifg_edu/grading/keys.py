"""The key of a grading run: key, Key.

An answer is compared as text: every number is rounded, to about six digits of the largest number
beside it, and all numbers of the reference lie far enough from the middle between two rounded
ones for every right answer to round to the same.
"""

import functools
import pickle
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np

from cifg_edu.checks import find_exercise
from cifg_edu.checks.outcomes import Outcome, run_case, type_problem
from cifg_edu.checks.walk import Pair, walk
from cifg_edu.exercises import Case, Exercise, mutate

# Two right answers may differ by the exercise's tolerance; the unit of rounding is so many
# times larger, and a reference number nearer than that to a middle is drawn again.
COARSER = 300.0
MOST_DRAWS = 400
LONGEST_LINE = 20_000


@dataclass(frozen=True, eq=False)
class Key:
    """An exercise's cases for one seed, and what the reference does in each.

    cases: no number of the reference lies near a middle between rounded ones in any of them.
    outcomes: of the reference, in each case.
    """

    exercise: Exercise
    cases: list[Case]
    outcomes: list[Outcome]
    _mutants_print: dict[tuple[int, int], str] = field(default_factory=dict, repr=False)

    def __reduce__(self) -> tuple[Any, ...]:
        # An exercise holds functions, some of which do not pickle: its name finds it again.
        return _restore, (self.exercise.name, self.cases, self.outcomes)

    @functools.cached_property
    def texts(self) -> list[str]:
        """What a right answer prints in each case."""
        return [self.render(case, outcome) for case, outcome in enumerate(self.outcomes)]

    def render(self, case: int, actual: Outcome) -> str:
        """What an answer did in a case, as text that is the same for every right answer.

        Args:
            case: its number; the reference's outcome says how each number is to be rounded.
            actual: what the answer did.

        Returns:
            A line for each output.
        """
        if actual.error is not None:
            return f"stops with {type(actual.error).__name__}: {actual.error}"
        if actual.damaged:
            return f"changes its argument {', '.join(actual.damaged)}"
        right = self.outcomes[case]
        pairs = walk("the result", right.value, actual.value, self.exercise.outputs)
        lines = (f"{pair.name}: {_shown(pair, self.exercise.tolerance)}" for pair in pairs)
        return "\n".join(line[:LONGEST_LINE] for line in lines)

    @functools.cached_property
    def depends_on_seed(self) -> list[bool]:
        """For each case, whether another seed gives other arguments.

        An answer that is right only in cases that never change may know a few results by heart.
        """
        one, other = (_draw(self.exercise, seed, 0) for seed in (1, 2))
        return [
            pickle.dumps(_plain(a.arguments)) != pickle.dumps(_plain(b.arguments))
            for a, b in zip(one, other, strict=True)
        ]

    def mutants_met(self, printed: list[str]) -> list[int]:
        """Which usual wrong answers print just what an answer printed.

        Args:
            printed: what the answer printed in each case.

        Returns:
            The numbers of the mutants in `exercise.mutants`; nothing of a student's is run.
        """
        return [
            number
            for number in range(len(self.exercise.mutants))
            if all(self.mutant_prints(number, case) == text for case, text in enumerate(printed))
        ]

    def mutant_prints(self, mutant: int, case: int) -> str:
        """What a usual wrong answer prints in a case."""
        if (mutant, case) not in self._mutants_print:
            wrong = mutate(self.exercise.reference, self.exercise.mutants[mutant].edits)
            outcome = run_case(self.exercise, wrong, self.cases[case])
            self._mutants_print[mutant, case] = self.render(case, outcome)
        return self._mutants_print[mutant, case]


@functools.cache
def key(name: str, seed: int) -> Key:
    """Draw an exercise's inputs for a seed, and find what a right answer gives for them.

    Args:
        name: the exercise.
        seed: of this grading run.

    Returns:
        The key, the same one at every call.

    Raises:
        RuntimeError: no cases can be drawn in which every number has a safe rounding: the
            exercise's cases must be changed.
    """
    exercise = find_exercise(name)
    settled: dict[int, tuple[Case, Outcome]] = {}
    for attempt in range(MOST_DRAWS):
        cases = _draw(exercise, seed, attempt)
        for number, case in enumerate(cases):
            if number not in settled:
                outcome = run_case(exercise, exercise.reference, case)
                if _rounds_safely(outcome.value, exercise.tolerance):
                    settled[number] = case, outcome
        if len(settled) == len(cases):
            drawn, outcomes = zip(*(settled[n] for n in range(len(cases))), strict=True)
            return Key(exercise, list(drawn), list(outcomes))
    raise RuntimeError(f"{exercise.name}: a reference value always lies between rounded ones.")


def _restore(name: str, cases: list[Case], outcomes: list[Outcome]) -> Key:
    return Key(find_exercise(name), cases, outcomes)


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


def _rounds_safely(value: Any, tolerance: float) -> bool:
    """Whether every right answer's numbers round to the same as these."""
    leaves = [pair.expected for pair in walk("", value, value)]
    return all(_far_from_middle(np.asarray(x), tolerance) for x in leaves if _is_number(x))


def _is_number(value: Any) -> bool:
    return isinstance(value, np.ndarray | float | int | np.number) and not isinstance(value, bool)


def _exponent(expected: Any, tolerance: float) -> int:
    """The power of ten to which numbers beside these are rounded."""
    array = np.asarray(expected)
    scale = np.abs(array[np.isfinite(array)].astype(float)).max(initial=0.0)
    if scale == 0.0:
        return -300  # where all is exactly 0, nothing else will do
    exponent = int(np.ceil(np.log10(COARSER * tolerance * scale)))
    return min(exponent, -2) if array.dtype.kind in "iu" else exponent


def _far_from_middle(expected: Any, tolerance: float) -> bool:
    if expected.dtype.kind not in "iuf":
        return True
    finite = expected[np.isfinite(expected)].astype(float)
    exponent = _exponent(expected, tolerance)
    if exponent == -300:
        return True
    places = finite / 10.0**exponent
    margin = tolerance * np.abs(finite).max(initial=0.0) / 10.0**exponent
    return bool((np.abs(places - np.floor(places) - 0.5) > margin).all())


def _shown(pair: Pair, tolerance: float) -> str:
    """A part of an answer in the form that the same part of the reference's result gives it."""
    if not pair.same_structure:
        return _kind(pair.actual)
    if _is_number(pair.expected):
        return _rounded(pair.expected, pair.actual, tolerance)
    if type(pair.expected) is type(pair.actual):
        return f"{pair.actual!r}"
    return f"{_kind(pair.actual)} {pair.actual!r:.200}"


def _rounded(expected: Any, actual: Any, tolerance: float) -> str:
    """Numbers in the form that the expected ones give them."""
    if type_problem(expected, actual):
        return _kind(actual)
    array, right = np.asarray(actual), np.asarray(expected)
    exponent = _exponent(expected, tolerance)
    numbers = " ".join(_one_rounded(float(number), exponent) for number in array.ravel()[:2000])
    narrow = array.dtype.kind == "f" and array.dtype.itemsize < right.dtype.itemsize
    if narrow or (right.dtype == np.float32 != array.dtype):
        numbers = f"{array.dtype} {numbers}"  # not in the dtype of the arguments
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
