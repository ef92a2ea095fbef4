"""What a learner can ask for after a check: hint, case."""

import inspect
import sys
from collections.abc import Mapping, Sequence
from types import FrameType
from typing import Any, NamedTuple

import numpy as np

from cifg_edu.checks.course import find_exercise
from cifg_edu.checks.judging import Verdict
from cifg_edu.checks.known import known_of
from cifg_edu.checks.probes import is_plain
from cifg_edu.checks.suspects import Suspect
from cifg_edu.errors import require
from cifg_edu.exercises import Case, Exercise
from cifg_edu.prose import WIDTH, fill

MOST_LISTED = 12
# Each exercise's last verdict, and how many of its hints are open.
_verdicts: dict[str, Verdict] = {}
_opened: dict[str, int] = {}


def remember(name: str, verdict: Verdict) -> None:
    """Keep a verdict for `hint` and `case`; on another mistake the hints begin again."""
    if verdict.passed is None:
        return  # the course's own function, or a stub: the last mistake is still the student's
    before = _verdicts.get(name)
    if before and _place(before) != _place(verdict):
        _opened.pop(name, None)
    _verdicts[name] = verdict


def _place(verdict: Verdict) -> tuple[int, str] | None:
    return verdict.suspect and (verdict.suspect.line, verdict.suspect.expression)


def hint(name: str) -> None:
    """Open the next hint, and print all that are open.

    Where the last check found the line that is to blame, the first hint says what the expression
    should be, and the last but one gives the expression.

    Args:
        name: the exercise.

    Raises:
        UserError: there is no such exercise.
    """
    exercise = find_exercise(name)
    verdict = _verdicts.get(name)
    one, two, three = exercise.hints
    suspect = verdict.suspect if verdict else None
    amount, instead = (_amount(suspect), _instead(suspect)) if suspect else ("", "")
    hints = [text for text in (amount, one, two, instead, three) if text]
    _opened[name] = min(_opened.get(name, 0) + 1, len(hints))
    for number, text in enumerate(hints[: _opened[name]], start=1):
        print(f"Hint {number} of {len(hints)}:")
        print(fill(text, "  "))
    if _opened[name] < len(hints):
        print("Run this cell again for the next one.")


def _amount(suspect: Suspect) -> str:
    """What the suspect should be, beside what it is."""
    if suspect.values is None:
        return ""
    yours, should = map(_short, suspect.values)
    if suspect.stored:
        after = f"After line {suspect.line}, `{suspect.expression}` should be"
        return f"{after}\n{should}\nand yours is\n{yours}"
    return (
        f"In line {suspect.line}, `{suspect.expression}` should be\n{should}\n"
        f"and yours gives\n{yours}"
    )


def _instead(suspect: Suspect) -> str:
    """What to write in its place."""
    if not suspect.instead:
        return ""
    if suspect.stored:
        return f"The reference has `{suspect.instead}` for the whole of `{suspect.expression}`."
    where = f"In line {suspect.line}, in place of `{suspect.expression}`"
    return f"{where}, {'write' if suspect.own else 'the reference has'} `{suspect.instead}`."


def _short(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{_text(value)} (shape {value.shape})"
    return _text(value)


def _text(value: Any) -> str:
    with np.printoptions(precision=4, suppress=True, threshold=24, edgeitems=2, linewidth=WIDTH):
        if not isinstance(value, np.ndarray):
            return repr(value)
        return str(value + 0.0 if value.dtype.kind == "f" else value)  # without "-0."


class ShownCase(NamedTuple):
    """A case to play with; printed, it shows all its numbers.

    title: what is special in it.
    arguments: by the reference's names: `f(*arguments.values())` calls an answer.
    expected: what should come out, by the names of the outputs.
    inside: the reference's own variables when it is done, by the names of the equations.
    """

    title: str
    arguments: dict[str, Any]
    expected: dict[str, Any]
    inside: dict[str, Any]

    def __repr__(self) -> str:
        parts = {"arguments": self.arguments, "expected": self.expected, "inside": self.inside}
        lines = [f"Case: {self.title}."]
        for title, values in parts.items():
            lines += [f"{title}:", *_listed(values, "  ")] if values else []
        return "\n".join(lines)


def _listed(values: Mapping[str, Any], indent: str) -> list[str]:
    """The values line by line; what stands inside others takes one line each."""
    lines = []
    for name, given in values.items():
        fields = getattr(given, "_asdict", None)  # a cache
        value = fields() if fields else given
        shape = f" {value.shape}" if isinstance(value, np.ndarray) and value.ndim else ""
        if isinstance(value, Mapping):
            lines += [f"{indent}{name}:", *_listed(value, indent + "  ")]
        elif isinstance(value, tuple | list) and _is_long(value):
            lines.append(f"{indent}{name} = a {type(value).__name__} of {len(value)}")
        elif shape and len(indent) > 2:
            first = _text(value.ravel()[:3]).strip("[]")
            lines.append(f"{indent}{name}{shape} = {first}{' ...' if value.size > 3 else ''}")
        else:
            text = _text(value)
            gap = "\n" + " " * (len(indent) + 2) if "\n" in text else " "
            lines.append(f"{indent}{name}{shape} ={gap}{text.replace(chr(10), gap)}")
    return lines


def _is_long(value: Sequence[Any]) -> bool:
    return len(value) > MOST_LISTED or not all(isinstance(v, int | float | str) for v in value)


def case(name: str, title: str = "") -> ShownCase:
    """The first case that fails, to play with; before a check, the exercise's first.

    Args:
        name: the exercise.
        title: words from the title of the case to show, whatever fails.

    Returns:
        Its arguments, what should come out, and the reference's values on the way.

    Raises:
        UserError: there is no such exercise, or no case with these words in its title.
    """
    exercise = find_exercise(name)
    known = known_of(exercise)
    number = _titled(exercise, title) if title else _failed(name)
    shown = exercise.cases()[number]  # to be changed at will
    outputs = known.expected[number].value
    parts = outputs if isinstance(outputs, tuple) else (outputs,)
    names = exercise.outputs if len(exercise.outputs) == len(parts) else ("the result",)
    return ShownCase(
        shown.title,
        dict(zip(inspect.signature(exercise.reference).parameters, shown.arguments, strict=False)),
        dict(zip(names, parts, strict=False)),
        _inside(exercise, exercise.cases()[number]),
    )


def _failed(name: str) -> int:
    verdict = _verdicts.get(name)
    return verdict.case if verdict and verdict.case is not None else 0


def _titled(exercise: Exercise, words: str) -> int:
    titles = [shown.title for shown in exercise.cases()]
    require(
        any(words in title for title in titles),
        f'No case of {exercise.name} is titled "{words}"',
        f"words from one of these: {'; '.join(titles)}",
    )
    return next(number for number, title in enumerate(titles) if words in title)


def _inside(exercise: Exercise, shown: Case) -> dict[str, Any]:
    """The reference's variables at the end of its first call, without arguments that it kept."""
    found: dict[str, Any] = {}
    given: dict[str, Any] = {}

    def see(frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code is not exercise.reference.__code__ or found:
            return None
        given.update(frame.f_locals)
        return keep

    def keep(frame: FrameType, event: str, argument: Any) -> Any:
        if event == "return" and not found:
            found.update(
                {
                    name: value
                    for name, value in frame.f_locals.items()
                    if value is not given.get(name) and is_plain(value)
                }
            )
        return keep

    before = sys.gettrace()
    sys.settrace(see)
    try:
        exercise.observe(exercise.reference, shown.arguments)
    finally:
        sys.settrace(before)
    return found
