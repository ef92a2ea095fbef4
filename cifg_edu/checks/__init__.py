"""Checks that teach, for a student's functions: check, hint, case, more, predict, bug_hunt, ..."""

from typing import Any

from cifg_edu.checks import progress
from cifg_edu.checks.bug_hunts import bug_hunt
from cifg_edu.checks.cells import explain_missing_names, unread_cell
from cifg_edu.checks.course import EXERCISES, find_exercise
from cifg_edu.checks.hints import case, hint, remember
from cifg_edu.checks.judging import Verdict, judge
from cifg_edu.checks.own_file import keep, own_path, use_mine
from cifg_edu.checks.predictions import predict, reveal, tally
from cifg_edu.checks.steps import confirm
from cifg_edu.checks.teaching import more, teach
from cifg_edu.errors import UserError
from cifg_edu.exercises import Function
from cifg_edu.prose import fill

__all__ = [
    "EXERCISES",
    "bug_hunt",
    "case",
    "check",
    "confirm",
    "find_exercise",
    "hint",
    "more",
    "predict",
    "reveal",
    "tally",
    "use_mine",
]


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
    unread = unread_cell(name)
    verdict = Verdict(False, unread) if unread else judge(exercise, function)
    remember(name, verdict)
    if verdict.passed is None:
        print(fill(f"○ {name}: {verdict.message}."))
    elif verdict.passed:
        print(f"✔ {name}: {verdict.message}.")
    else:
        print(fill(f"✘ {name}: {verdict.message}"))
    if verdict.passed is not None:
        try:
            progress.record(name, verdict.passed)
        except UserError as error:
            print(f"  (Not noted in your progress: {error})")
    if verdict.passed:
        try:
            print(end=keep(name))
        except UserError as error:
            print(f"  (Not kept in {own_path().name}: {error})")
        teach(exercise, function)
        answer: Function = function
        return answer
    print(f'  Until it is right the package\'s {name} stands in. For help: hint("{name}")')
    return exercise.reference


explain_missing_names()
