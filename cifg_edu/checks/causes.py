"""Why a wrong answer is wrong: likely_cause."""

import ast
from collections.abc import Sequence
from numbers import Number

import numpy as np

from cifg_edu.checks.known import Known
from cifg_edu.checks.outcomes import Outcome, alike, find_differences
from cifg_edu.checks.probes import argument_names, read_source
from cifg_edu.checks.suspects import Suspect
from cifg_edu.exercises import Exercise


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
        that the answer never reads; what the edit that makes it right changes; a number or array
        of the notebook's that it reads; what the first wrong output means; or None.
    """
    for number, mutant in enumerate(exercise.mutants):
        pairs = zip(known.wrong(number), outcomes, strict=True)
        if all(alike(exercise, one, outcome) for one, outcome in pairs):
            return mutant.message
    if outcomes[0].damaged and suspect and suspect.cause:
        return suspect.cause
    unread, outer = _unread_argument(exercise, function), _notebook_name(exercise, function)
    # Without a return, or where the answer ends on purpose, it need not be read as yet.
    if unread and any(_comes_out(outcome) for outcome in outcomes):
        also = f" {outer} is the notebook's, outside the function." if outer else ""
        return f"the argument {unread} is never used.{also}"
    if suspect and suspect.cause:
        return suspect.cause
    if outer:
        return f"{outer} is the notebook's, outside the function: it is not always the same."
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
    source, reference = read_source(function), read_source(exercise.reference)
    if source is None or reference is None:
        return None
    names, theirs = argument_names(source.tree), argument_names(reference.tree)
    read, needed = _read(source.tree), _read(reference.tree)
    in_place = dict(zip(names, theirs, strict=False))
    for name in names:
        same = name if name in theirs else in_place.get(name)
        if same in needed and name not in read:
            return name
    return None


def _notebook_name(exercise: Exercise, function: object) -> str | None:
    """A number or array of the notebook that the answer reads and the reference does not."""
    source, reference = read_source(function), read_source(exercise.reference)
    if source is None or reference is None:
        return None
    around = getattr(function, "__globals__", {})
    names = sorted(_outer(source.tree) - _outer(reference.tree))
    return next((n for n in names if isinstance(around.get(n), Number | np.ndarray)), None)


def _outer(tree: ast.FunctionDef) -> set[str]:
    """The names that a function reads and does not make."""
    return _read(tree) - _names(tree, ast.Store) - {*argument_names(tree)}


def _read(tree: ast.FunctionDef) -> set[str]:
    return _names(tree, ast.Load)


def _names(tree: ast.FunctionDef, context: type[ast.expr_context]) -> set[str]:
    return {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, context)
    }
