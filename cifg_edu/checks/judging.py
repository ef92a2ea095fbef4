"""Is an answer right, and if not, why: judge, Verdict."""

import contextlib
import inspect
import io
import sys
from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from cifg_edu.checks.callees import courses_in_place, own_callees
from cifg_edu.checks.causes import likely_cause
from cifg_edu.checks.course import EXERCISES
from cifg_edu.checks.known import Known, known_of
from cifg_edu.checks.outcomes import Outcome, find_problem, is_right, listed, run_case
from cifg_edu.checks.probes import read_source
from cifg_edu.checks.stops import Stop, signature_of
from cifg_edu.checks.stubs import unwritten
from cifg_edu.checks.suspects import Suspect, find_suspect, mark_line
from cifg_edu.checks.watching import STILL_SECONDS, Watch, kept_inside
from cifg_edu.exercises import Case, Exercise, Function

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
    placeholder = unwritten(function)
    if placeholder:
        return Verdict(
            None, f"not implemented yet. Write your lines in place of {placeholder} above"
        )
    with kept_inside(), contextlib.redirect_stdout(_Few()):
        return _judge_by_cases(exercise, function)


def _judge_by_cases(exercise: Exercise, function: Any) -> Verdict:
    known = known_of(exercise)
    watch, outcomes = _run(exercise, function, known)
    if watch.used:
        return Verdict(
            None, f"the course's own {exercise.name} does the work in here: write it yourself"
        )
    for outcome in outcomes:
        if type(outcome.error) is NotImplementedError:
            return Verdict(None, f"not implemented yet. {_what_to_replace(outcome.stop)}")
    if watch.endless:
        return _endless(function, watch, known.cases[len(outcomes)], len(outcomes))
    for number, (right, actual) in enumerate(zip(known.expected, outcomes, strict=True)):
        problem = find_problem(exercise, right, actual)
        if problem:
            return _explain(exercise, function, known, outcomes, number, problem)
    return Verdict(True, f"right in {len(known.cases)} cases")


def _run(exercise: Exercise, function: Any, known: Known) -> tuple[Watch, list[Outcome]]:
    watch = Watch(exercise.reference, function)
    return watch, watch.run(partial(run_case, exercise, function, case) for case in known.cases)


def _is_right_with(
    exercise: Exercise, function: Any, known: Known, courses: Mapping[str, Function]
) -> bool:
    """Whether an answer is right once it calls some of the course's functions."""
    with courses_in_place(function, courses):
        watch, outcomes = _run(exercise, function, known)
    pairs = zip(known.expected, outcomes, strict=False)
    return not watch.endless and all(is_right(exercise, *pair) for pair in pairs)


def _what_to_replace(stop: Stop | None) -> str:
    if stop and stop.helper:
        return f"It calls {stop.helper}, in which your lines are missing"
    where = f" in line {stop.line}" if stop else " above"
    return f"Write your lines in place of the raise{where}"


def _explain(
    exercise: Exercise,
    function: Any,
    known: Known,
    outcomes: list[Outcome],
    number: int,
    problem: str,
) -> Verdict:
    """The verdict on a wrong answer: what goes wrong, in which case, and where and why."""
    actual, title = outcomes[number], f"Case: {known.cases[number].title}."
    called = _called_otherwise(exercise, function, actual)
    if called:
        return Verdict(False, "\n  ".join([problem, called, title]), case=number)
    courses = own_callees(exercise, function)
    for names in [*([name] for name in courses), list(courses)] if courses else []:
        if _is_right_with(exercise, function, known, {name: courses[name] for name in names}):
            words = [problem, title, _fault_elsewhere(names)]
            return Verdict(False, "\n  ".join(words), case=number)
    wrong = {
        name: courses[name]
        for name in courses.keys() & EXERCISES.keys()
        if judge(EXERCISES[name], function.__globals__[name]).passed is False
    }
    if wrong:
        with courses_in_place(function, wrong):
            verdict = _judge_by_cases(exercise, function)
        also = f"It calls your {listed(sorted(wrong))}, which is wrong as well: check that too."
        return verdict._replace(message=f"{verdict.message}\n  {also}")
    suspect, cut = find_suspect(exercise, function, known, outcomes)
    cause = likely_cause(exercise, function, known, outcomes, suspect)
    words = [problem]
    if actual.stop:
        words += _where(actual.stop, suspect)
    words.append(title)
    if suspect:
        words += _marked(suspect)
    elif cut and not actual.stop:
        words.append("Which line is wrong was not found in the time that the check allows itself.")
    if cause:
        words.append(f"Likely cause: {cause}")
    return Verdict(False, "\n  ".join(words), suspect.line if suspect else None, suspect, number)


class _Few(io.TextIOBase):
    """Shows the beginning of what an answer prints: a loop may print far too much."""

    def __init__(self) -> None:
        self._to, self._left = sys.stdout, MOST_PRINTED

    def write(self, text: str) -> int:
        """Print what is left of the allowance."""
        if self._left > 0:
            self._to.write(text[: self._left])
            if len(text) >= self._left:
                self._to.write("\n... (your function prints more than is shown here)\n")
        self._left -= len(text)
        return len(text)


def _fault_elsewhere(names: list[str]) -> str:
    """What is said where all is right with the course's functions in place of the student's."""
    words = f"The fault is in your {listed(names)}, which it calls: with the course's all is right."
    checks = [f'check("{name}", {name})' for name in names if name in EXERCISES]
    return f"{words} See {listed(checks)}." if checks else words


def _endless(function: Any, watch: Watch, case: Case, number: int) -> Verdict:
    """The verdict on an answer that does not end, by the line of its loop or of its wait."""
    source = read_source(function)
    words = ["It does not end: what would stop this loop?"]
    if watch.waits:
        words = [f"It waits for something, and computed nothing for {STILL_SECONDS:g} seconds."]
    if source and watch.line:
        words.append(f"line {watch.line}:  {source.lines[watch.line - 1].strip()}")
    if watch.goes_on:
        words.append(
            "Python cannot end this from outside: it goes on in the background until it is over, "
            "or until you restart the kernel."
        )
    words.append(f"Case: {case.title}.")
    return Verdict(False, "\n  ".join(words), watch.line, case=number)


def _called_otherwise(exercise: Exercise, function: Any, outcome: Outcome) -> str:
    """How the check calls an answer that takes other arguments."""
    if not isinstance(outcome.error, TypeError) or outcome.stop:
        return ""
    yours, right = signature_of(function), signature_of(exercise.reference)
    if yours.partition("(")[2] == right.partition("(")[2]:
        return ""
    return f"The check calls it with these arguments: def {right}:"


def _where(stop: Stop, suspect: Suspect | None) -> list[str]:
    """The line that stopped, unless it is marked as the suspect's, and the shapes in it."""
    words = []
    if stop.helper or suspect is None or stop.line != suspect.line:
        inside = f" of {stop.helper}" if stop.helper else ""
        words.append(f"line {stop.line}{inside}:  {stop.text}")
    if stop.signature:
        words.append(f"It takes these arguments: {stop.signature}")
    return [*words, f"Here {stop.shapes}."] if stop.shapes else words


def _marked(suspect: Suspect) -> list[str]:
    """The line with its mark, and what is right before it."""
    words = mark_line(suspect.line, suspect.text, suspect.column, suspect.end)
    if suspect.right:
        words.append(f"Right up to there: {', '.join(suspect.right)}.")
    return words
