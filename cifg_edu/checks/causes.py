"""Why a wrong answer is wrong: likely_cause."""

import dis
import inspect
import math
from collections.abc import Sequence
from numbers import Real
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from cifg_edu.checks.known import Known
from cifg_edu.checks.outcomes import Outcome, alike, find_differences
from cifg_edu.checks.suspects import Suspect
from cifg_edu.exercises import Exercise

LOADS = ("LOAD_FAST", "LOAD_DEREF", "LOAD_CLOSURE", "LOAD_GLOBAL", "LOAD_NAME")
# A function that calls one of them may read any name.
LOOKS_UP = {"locals", "vars", "eval", "exec"}
# No number that stands for one of the arguments: what keeps a quotient from 0, or pi.
TINY = 1e-3
CONSTANTS = (math.pi, math.e, math.tau)


def likely_cause(
    exercise: Exercise,
    function: object,
    known: Known,
    outcomes: Sequence[Outcome],
    suspect: Suspect | None,
) -> str | None:
    """Name the cause of a wrong answer, where one stands out.

    Args:
        exercise: what was to be written.
        function: the answer.
        known: what the reference and the usual wrong answers do.
        outcomes: what the answer did in each case.
        suspect: the line that is to blame, where it was found.

    Returns:
        In this order: the message of the usual wrong answer that does just the same; an argument
        that the answer never reads; what the edit that makes it right changes; what the first
        wrong output means; or None.
    """
    for number, mutant in enumerate(exercise.mutants):
        pairs = zip(known.wrong(number), outcomes, strict=True)
        if all(alike(exercise, one, outcome) for one, outcome in pairs):
            return mutant.message
    if outcomes[0].damaged and suspect and suspect.cause:
        return suspect.cause
    unread = _unread_argument(exercise, function)
    # Without a return, or where the answer ends on purpose, it need not be read as yet.
    if unread and any(_comes_out(outcome) for outcome in outcomes):
        outer = _notebook_name(exercise, function)
        also = f" {outer} is the notebook's, outside the function." if outer else ""
        return f"the argument {unread} is never used.{also}"
    if suspect and suspect.cause:
        return suspect.cause
    return _reason(exercise, known.expected, outcomes)


def _comes_out(outcome: Outcome) -> bool:
    if outcome.error is None:
        return outcome.value is not None
    return not isinstance(outcome.error, AssertionError | SystemExit)


def _reason(
    exercise: Exercise, expected: Sequence[Outcome], outcomes: Sequence[Outcome]
) -> str | None:
    """What the first wrong output or property means, where the exercise says so."""
    names, tolerance = exercise.outputs, exercise.tolerance
    for right, actual in zip(expected, outcomes, strict=True):
        if actual.error is None and not actual.damaged:
            for found in find_differences("", right.value, actual.value, names, tolerance):
                if found.output in exercise.reasons:
                    return exercise.reasons[found.output]
    return None


def _unread_argument(exercise: Exercise, function: object) -> str | None:
    """An argument that the reference reads and the answer, whatever it calls it, does not."""
    code, reference = _code(function), exercise.reference.__code__
    if code is None or LOOKS_UP & _read(code):
        return None
    names, theirs = _arguments(code), _arguments(reference)
    read, needed = _read(code), _read(reference)
    in_place = dict(zip(names, theirs, strict=False))
    for name in names:
        same = name if name in theirs else in_place.get(name)
        if same in needed and name not in read:
            return name
    return None


def _notebook_name(exercise: Exercise, function: Any) -> str | None:
    """An array or number of the notebook that the answer reads and the reference does not."""
    code = _code(function)
    if code is None:
        return None
    around = inspect.unwrap(function).__globals__
    names = sorted(_read_outside(code) - _read_outside(exercise.reference.__code__))
    given = {name: around[name] for name in names if _is_data(around.get(name))}
    arrays = [name for name, value in given.items() if isinstance(value, np.ndarray)]
    return next(iter(arrays or given), None)


def _code(function: object) -> CodeType | None:
    """What the student wrote of an answer, below its decorators."""
    written = inspect.unwrap(function) if isinstance(function, FunctionType) else None
    return written.__code__ if isinstance(written, FunctionType) else None


def _arguments(code: CodeType) -> tuple[str, ...]:
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def _is_data(value: object) -> bool:
    """Whether it is an array, or a number that is neither a switch nor a well-known constant."""
    if isinstance(value, bool | np.bool) or not isinstance(value, Real):
        return isinstance(value, np.ndarray)
    return TINY < abs(float(value)) < math.inf and float(value) not in CONSTANTS


def _read(code: CodeType) -> set[str]:
    """The names that a function reads: its variables, those around it, and the notebook's."""
    read: set[str] = set()
    for step in dis.get_instructions(code):
        # Newer Pythons read two in one step, or read one after they have stored another.
        names = step.argval if isinstance(step.argval, tuple) else (step.argval,)
        if step.opname == "STORE_FAST_LOAD_FAST":
            read.update(names[1:])
        elif step.opname.startswith(LOADS) and step.opname != "LOAD_FAST_AND_CLEAR":
            read.update(names)
    return read


def _read_outside(code: CodeType) -> set[str]:
    """The names of the notebook that a function reads, and the functions inside it."""
    inside = (part for part in code.co_consts if isinstance(part, CodeType))
    own = {s.argval for s in dis.get_instructions(code) if s.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    return own.union(*map(_read_outside, inside))
