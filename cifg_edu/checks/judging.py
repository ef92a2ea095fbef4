"""Is an answer right, and if not, why: judge, Verdict."""

import contextlib
import inspect
import io
import sys
from typing import Any, NamedTuple

from cifg_edu.checks.causes import likely_cause
from cifg_edu.checks.course import EXERCISES
from cifg_edu.checks.known import known_of
from cifg_edu.checks.outcomes import Outcome, find_problem, run_case
from cifg_edu.checks.probes import read_source
from cifg_edu.checks.stops import Stop
from cifg_edu.checks.suspects import Suspect, find_suspect, mark_line
from cifg_edu.checks.watching import Watch
from cifg_edu.exercises import Case, Exercise

MOST_PRINTED = 4000


class Verdict(NamedTuple):
    """What a check says.

    passed: None while there is nothing to judge: a stub, or the course's own function.
    message: the words for a learner.
    line: the line that is to blame, counted from the `def`, where it is sure.
    suspect: the expression in that line.
    case: the number of the first case that fails.
    """

    passed: bool | None
    message: str
    line: int | None = None
    suspect: Suspect | None = None
    case: int | None = None


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
    asked = getattr(function, "__name__", exercise.name)
    if asked != exercise.name and asked in EXERCISES:
        return Verdict(None, f"this is {asked}: give {exercise.name}")
    if inspect.iscoroutinefunction(function):
        return Verdict(False, "This is an async function: write def, without async.")
    if not callable(function):
        return Verdict(False, f"This is {type(function).__name__}, not a function: use def.")
    known = known_of(exercise)
    outcomes: list[Outcome] = []
    with Watch(exercise.reference, function) as watch, contextlib.redirect_stdout(_Few()):
        for case in known.cases:
            outcomes.append(run_case(exercise, function, case))
            if watch.endless:
                break
    if watch.used:
        return Verdict(
            None, f"the course's own {exercise.name} does the work in here: write it yourself"
        )
    if any(type(outcome.error) is NotImplementedError for outcome in outcomes):
        return Verdict(None, "not implemented yet. Write your lines in place of the raise above")
    if watch.endless:
        return _endless(function, watch.endless, len(outcomes) - 1, known.cases)
    for number, (right, actual) in enumerate(zip(known.expected, outcomes, strict=True)):
        problem = find_problem(exercise, right, actual)
        if problem:
            suspect = find_suspect(exercise, function, known, outcomes)
            cause = likely_cause(exercise, function, known, outcomes, suspect)
            words = [problem]
            if actual.stop:
                words += _where(actual.stop, suspect)
            words.append(f"Case: {known.cases[number].title}.")
            if suspect:
                words += _marked(suspect)
            if cause:
                words.append(f"Likely cause: {cause}")
            line = suspect.line if suspect else None
            return Verdict(False, "\n  ".join(words), line, suspect, number)
    return Verdict(True, f"right in {len(known.cases)} cases")


class _Few(io.TextIOBase):
    """Shows the first of what an answer prints, and not a hundred thousand lines of a loop."""

    def __init__(self) -> None:
        self._to, self._left = sys.stdout, MOST_PRINTED

    def write(self, text: str) -> int:
        """Print, as long as it is little."""
        if self._left > 0:
            self._to.write(text[: self._left])
            if len(text) >= self._left:
                self._to.write("\n... (your function prints more than is shown here)\n")
        self._left -= len(text)
        return len(text)


def _endless(function: Any, line: int, number: int, cases: list[Case]) -> Verdict:
    """The verdict on a loop without an end, by the loop's line."""
    source = read_source(function)
    text = f"\n  line {line}:  {source.lines[line - 1].strip()}" if source else ""
    words = f"It does not come to an end: what would end this loop?{text}"
    return Verdict(False, f"{words}\n  Case: {cases[number].title}.", line, case=number)


def _where(stop: Stop, suspect: Suspect | None) -> list[str]:
    """The line that stopped, unless it is marked as the suspect's, and the shapes in it."""
    words = []
    if stop.helper or suspect is None or stop.line != suspect.line:
        inside = f" of {stop.helper}" if stop.helper else ""
        words.append(f"line {stop.line}{inside}:  {stop.text}")
    return [*words, f"Here {stop.shapes}."] if stop.shapes else words


def _marked(suspect: Suspect) -> list[str]:
    """The line with its mark, and what is right before it."""
    words = mark_line(suspect.line, suspect.text, suspect.column, suspect.end)
    if suspect.right:
        words.append(f"Right up to there: {', '.join(suspect.right)}.")
    return words
