"""What an answer does in a case, and how that differs: run_case, Outcome, find_problem, ..."""

import copy
import inspect
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from types import GeneratorType
from typing import Any, NamedTuple

import numpy as np

from cifg_edu.arrays import Array
from cifg_edu.checks.probes import TooLong
from cifg_edu.checks.stops import Stop, find_stop
from cifg_edu.checks.walk import Pair, walk
from cifg_edu.exercises import Case, Exercise, Function

LONGEST_ERROR = 300


class Difference(NamedTuple):
    """One output that is not as expected, and in what."""

    output: str
    problem: str


class Outcome(NamedTuple):
    """What a call did: its value or its error, and the arguments that it changed.

    replaced: "dictionary" or "list", if the first of these is one that got other elements.
    stop: the line of the answer's that stopped, where it can be told.
    """

    value: Any
    error: BaseException | None
    damaged: list[str]
    stop: Stop | None = None
    replaced: str = ""


def run_case(exercise: Exercise, function: Function, case: Case) -> Outcome:
    """Call a function in a case, on copies, so that a changed argument is seen and does no harm.

    Args:
        exercise: says what of the call is observed.
        function: the one to call.
        case: gives the arguments.

    Returns:
        The value or the error, and the arguments that were changed in place; no error gets out.
    """
    arguments = copy.deepcopy(case.arguments)
    before = [copy.copy(a) for a in arguments]
    value: Any = None
    error: BaseException | None = None
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a verdict says what is wrong
            value = exercise.observe(function, arguments)
            if isinstance(value, GeneratorType):
                value = list(value)
    except (Exception, SystemExit, TooLong) as raised:
        error = raised
    names = list(inspect.signature(exercise.reference).parameters)
    damaged = [
        name
        for name, given, after in zip(names, case.arguments, arguments, strict=False)
        if not isinstance(given, np.random.Generator)
        and any(find_differences(name, given, after, exercise.outputs, 0.0))
    ]
    first = names.index(damaged[0]) if damaged else None
    replaced = "" if first is None else _replaced(before[first], arguments[first])
    stop = find_stop(function, error) if error else None
    return Outcome(value, error, damaged, stop, replaced)


def _replaced(before: Any, after: Any) -> str:
    """The kind of a container whose elements are not the same objects as before."""
    if isinstance(before, Mapping):
        same = len(before) == len(after) and all(after.get(k) is v for k, v in before.items())
        return "" if same else "dictionary"
    if isinstance(before, list):
        same = len(before) == len(after) and all(a is b for a, b in zip(after, before, strict=True))
        return "" if same else "list"
    return ""


def is_right(exercise: Exercise, right: Outcome, actual: Outcome) -> bool:
    """Whether `find_problem` finds nothing, in less time: the first difference is enough."""
    if actual.error is not None or actual.damaged:
        return False
    if actual.value is None and right.value is not None:
        return False
    return not any(_differences(exercise, right, actual))


def _differences(exercise: Exercise, right: Outcome, actual: Outcome) -> Iterator[Difference]:
    names, tolerance = exercise.outputs, exercise.tolerance
    return find_differences("the result", right.value, actual.value, names, tolerance)


def find_problem(exercise: Exercise, right: Outcome, actual: Outcome) -> str | None:
    """What is wrong with an outcome, in words for a learner.

    Args:
        exercise: names the outputs, and gives the tolerance.
        right: what the reference did.
        actual: what the answer did.

    Returns:
        A sentence or two, or None where nothing is wrong.
    """
    if isinstance(actual.error, SystemExit):
        return "It ends the whole program, where it should return its result."
    if actual.error is not None:
        return _error_in_words(actual.error, actual.stop)
    if actual.damaged:
        name = actual.damaged[0]
        instead = {
            "dictionary": f"fill a new dictionary, and leave {name} alone",
            "list": f"leave {name} alone, and work on a copy, list({name})",
        }.get(actual.replaced, "make a new array")
        return f"It changes its argument {name}, whose old values are still needed: {instead}."
    if actual.value is None and right.value is not None:
        return "It returns None: does every path through it end in a return?"
    wrong = list(_differences(exercise, right, actual))
    if not wrong:
        return None
    sentence = f"{wrong[0].output} {wrong[0].problem}"
    bad = {re.split(r"[.\[]", difference.output)[0] for difference in wrong}
    good = [name for name in exercise.outputs if name not in bad]
    if good and bad <= set(exercise.outputs):
        sentence += f" ({listed(good)} {_are(good)} right)"
    return sentence + "."


def _error_in_words(error: BaseException, stop: Stop | None) -> str:
    """The error that an answer stopped with, in one line."""
    words = " ".join(str(error).split())
    colon = f": {words[:LONGEST_ERROR]}" if words else ""
    if isinstance(error, AssertionError) and stop and stop.text.startswith("assert"):
        return f"An assert of yours does not hold{colon}"
    said = f"It stops with {type(error).__name__}{colon}"
    return f"{said.rstrip(' .')}. Did you mean {stop.similar}?" if stop and stop.similar else said


def listed(names: Sequence[str]) -> str:
    """Names as a sentence lists them: "dx, dh0 and dc0"."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _are(names: list[str]) -> str:
    return "is" if len(names) == 1 and not names[0].endswith("s") else "are"


def alike(exercise: Exercise, a: Outcome, b: Outcome) -> bool:
    """Whether two answers did the same in a case."""
    if a.error is not None or b.error is not None:
        return type(a.error) is type(b.error) and str(a.error) == str(b.error)
    damage = (a.damaged, a.replaced) == (b.damaged, b.replaced)
    return damage and not any(
        find_differences("", a.value, b.value, exercise.outputs, exercise.tolerance)
    )


def find_differences(
    name: str, expected: Any, actual: Any, names: tuple[str, ...], tolerance: float
) -> Iterator[Difference]:
    """What differs in two values; `names` are those of the outermost tuple's elements."""
    for pair in walk(name, expected, actual, names):
        problem = _pair_problem(pair, tolerance)
        if problem:
            yield Difference(pair.name, problem)


def _pair_problem(pair: Pair, tolerance: float) -> str | None:
    expected, actual = pair.expected, pair.actual
    if not pair.same_structure:
        if isinstance(expected, Mapping):
            return f"should be a dictionary with the keys {', '.join(expected)}"
        if isinstance(actual, tuple | list):
            return f"should have {len(expected)} parts, and yours has {len(actual)}"
        return f"should have {len(expected)} parts, and yours is {_article(actual)}"
    if isinstance(expected, np.ndarray | float | int) and not isinstance(expected, bool):
        return array_problem(expected, actual, tolerance)
    if expected is True and actual is False:
        return "is not so"
    if type(expected) is not type(actual) or expected != actual:
        return f"should be {expected!r}, and yours is {actual!r}"
    return None


def array_problem(expected: Any, actual: Any, tolerance: float) -> str | None:
    """How two numbers, or two arrays of numbers, differ; equal NaN counts as equal.

    Args:
        expected, actual: numbers, or arrays of numbers.
        tolerance: the largest difference to let pass, relative to the largest expected value.

    Returns:
        The rest of a sentence that begins with the array's name, or None where they agree.
    """
    problem = type_problem(expected, actual)
    if problem:
        return problem
    a, b = np.asarray(expected), np.asarray(actual)
    if a.shape != b.shape:
        return f"should have shape {a.shape}, and yours has {b.shape}"
    if a.dtype == np.float32 and b.dtype != np.float32:
        return f"is {b.dtype}, and should be float32, as the arguments are"
    narrow = b.dtype.kind == "f" and b.dtype.itemsize < a.dtype.itemsize == 8
    if narrow and _value_problem(a, b, 1e-3) is None:
        return f"is {b.dtype}, which has too few digits here: it should be {a.dtype}"
    return _value_problem(a.astype(float), b.astype(float), tolerance)


def type_problem(expected: Any, actual: Any) -> str | None:
    """Why something is not made of real numbers of the promised form, if it is not."""
    if isinstance(actual, np.ma.MaskedArray):
        return "is a masked array, and should be a plain one"
    if isinstance(expected, np.ndarray) and expected.ndim and not isinstance(actual, np.ndarray):
        if isinstance(actual, list | tuple):
            kind = type(actual).__name__
            arrays = any(isinstance(part, np.ndarray) for part in actual)
            of = " of arrays" if arrays else ""
            return f"is a {kind}{of}, and should be one array: use np.array(...)"
        return f"should be an array, and yours is {_article(actual)}"
    if not isinstance(actual, np.ndarray | np.number | float | int) or isinstance(actual, bool):
        return f"should be {_what(expected)}, and yours is {_article(actual)}"
    kind = np.asarray(actual).dtype.kind
    if kind in "fiu":
        return None
    words = {"c": "complex numbers", "b": "True and False", "O": "objects", "U": "text"}
    return f"should be real numbers, and yours holds {words.get(kind, 'something else')}"


def _what(expected: Any) -> str:
    return "an array" if np.ndim(expected) else "a number"


def _article(value: Any) -> str:
    """What a value is, in words: "text", "None" or "a set"."""
    if value is None or isinstance(value, bool | np.bool_):
        return str(value)
    kind = {"str": "text", "dict": "a dictionary"}.get(type(value).__name__)
    return kind or f"a {type(value).__name__}"


def _value_problem(a: Array, b: Array, tolerance: float) -> str | None:
    if np.isnan(b).any() and not np.isnan(a).any():
        return "holds NaN (was something divided by 0, or too large for exp?)"
    if np.array_equal(a, b, equal_nan=True):
        return None
    with np.errstate(invalid="ignore"):
        off = np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0.0, np.abs(a - b))
    off[np.isnan(off)] = np.inf  # a number where NaN belongs, or the other way round
    scale = np.abs(a[np.isfinite(a)]).max(initial=0.0)
    if off.max() <= tolerance * max(scale, 1e-300):
        return None
    place = np.unravel_index(np.argmax(off), a.shape)
    at = f" at {tuple(map(int, place))}" if a.ndim else ""
    # As many digits as it takes to see the difference: "expected 1.5, and yours gives 1.5" is none.
    digits = next((n for n in (6, 12) if f"{a[place]:.{n}g}" != f"{b[place]:.{n}g}"), 17)
    return f"is wrong{at}: expected {a[place]:.{digits}g}, and yours gives {b[place]:.{digits}g}"
