"""Checks that teach, for a student's functions: check, hint, EXERCISES."""

import textwrap
from typing import Any

from cifg_edu.checks import progress
from cifg_edu.checks.course import EXERCISES, find_exercise
from cifg_edu.checks.judging import judge
from cifg_edu.errors import UserError
from cifg_edu.exercises import Function

__all__ = ["EXERCISES", "check", "find_exercise", "hint"]

_hints_opened: dict[str, int] = {}


def check(name: str, function: Any) -> Function:
    """Judge an answer, say in words what is wrong, and let the lesson go on either way.

    Args:
        name: the exercise.
        function: the student's function.

    Returns:
        The student's function when it is right; the package's, which stands in, when not.

    Raises:
        UserError: there is no such exercise.
    """
    exercise = find_exercise(name)
    verdict = judge(exercise, function)
    if verdict.passed is None:
        print(f"○ {name}: {verdict.message}.")
    elif verdict.passed:
        print(f"✔ {name}: {verdict.message}.")
    else:
        print(f"✘ {name}: {verdict.message}")
    if verdict.passed is not None:
        try:
            progress.record(name, verdict.passed)
        except UserError as error:
            print(f"  (Not noted in your progress: {error})")
    if verdict.passed:
        answer: Function = function
        return answer
    print(f'  Until it is right the package\'s {name} stands in. For help: hint("{name}")')
    return exercise.reference


def hint(name: str) -> None:
    """Open one hint more, up to three, and print all that are open.

    Args:
        name: the exercise.

    Raises:
        UserError: there is no such exercise.
    """
    exercise = find_exercise(name)
    _hints_opened[name] = min(_hints_opened.get(name, 0) + 1, len(exercise.hints))
    for number, text in enumerate(exercise.hints[: _hints_opened[name]], start=1):
        print(f"Hint {number} of {len(exercise.hints)}:")
        for line in text.splitlines():
            print(textwrap.fill(line, 92, initial_indent="  ", subsequent_indent="  "))
    if _hints_opened[name] < len(exercise.hints):
        print("Run this cell again for the next one.")
