"""Is an answer right, and if not, why: judge, Verdict."""

from typing import Any, NamedTuple

from cifg_edu.checks.causes import likely_cause
from cifg_edu.checks.outcomes import find_problem, run_case
from cifg_edu.checks.suspects import Suspect, find_suspect
from cifg_edu.checks.watching import Watch
from cifg_edu.exercises import Exercise


class Verdict(NamedTuple):
    """What a check says.

    passed: None while there is nothing to judge: a stub, or the course's own function.
    message: the words for a learner.
    line: the line that is to blame, counted from the `def`, where it is sure.
    """

    passed: bool | None
    message: str
    line: int | None = None
    suspect: Suspect | None = None


def judge(exercise: Exercise, function: Any) -> Verdict:
    """Judge a student's function by the exercise's cases.

    Args:
        exercise: what was to be written.
        function: what the student wrote, anything at all.

    Returns:
        A verdict; no error of the student's function gets out.
    """
    if getattr(function, "__code__", None) is exercise.reference.__code__:
        # What `check` gave back the last time, or an import: no answer, whatever it computes.
        return Verdict(None, "this is the course's own function: run your cell first")
    if not callable(function):
        return Verdict(False, f"This is {type(function).__name__}, not a function: use def.")
    cases = exercise.cases()
    with Watch(exercise.reference) as watch:
        outcomes = [run_case(exercise, function, case) for case in cases]
    if watch.used:
        return Verdict(
            None, f"the course's own {exercise.name} does the work in here: write it yourself"
        )
    if any(isinstance(outcome.error, NotImplementedError) for outcome in outcomes):
        return Verdict(None, "not implemented yet. Write your lines in place of the raise above")
    expected = [run_case(exercise, exercise.reference, case) for case in cases]
    for case, right, actual in zip(cases, expected, outcomes, strict=True):
        problem = find_problem(exercise, right, actual)
        if problem:
            words = [problem, f"Case: {case.title}."]
            suspect = find_suspect(exercise, function, cases, expected, outcomes)
            cause = likely_cause(exercise, function, cases, expected, outcomes, suspect)
            if suspect:
                words.append(_marked(suspect))
            if cause:
                words.append(f"Likely cause: {cause}")
            return Verdict(False, "\n  ".join(words), suspect.line if suspect else None, suspect)
    return Verdict(True, f"right in {len(cases)} cases")


def _marked(suspect: Suspect) -> str:
    """The line, marked as Python marks errors."""
    text = f"line {suspect.line}:  "
    line = suspect.text.rstrip()
    shift = len(line) - len(line.lstrip())
    mark = " " * (len(text) + suspect.column - shift) + "^" * max(suspect.end - suspect.column, 1)
    right = f"\n  Right up to there: {', '.join(suspect.right)}." if suspect.right else ""
    return f"{text}{line.lstrip()}\n  {mark}{right}"
