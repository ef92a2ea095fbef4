"""The student's other functions that an answer calls: own_callees, courses_in_place."""

import contextlib
import inspect
from collections.abc import Iterator, Mapping
from types import CodeType, FunctionType
from typing import Any

from cifg_edu.checks.course import EXERCISES
from cifg_edu.exercises import Exercise, Function


def own_callees(exercise: Exercise, function: Any) -> dict[str, Function]:
    """The functions of the course's that the student has written too, and that an answer calls.

    Args:
        exercise: what was to be written.
        function: the answer.

    Returns:
        The course's functions, by the names under which the answer calls the student's.
    """
    if not isinstance(function, FunctionType):
        return {}
    module = vars(inspect.getmodule(exercise.reference))
    found: dict[str, Function] = {}
    for name in _called_names(function):
        courses = EXERCISES[name].reference if name in EXERCISES else module.get(name)
        if name != exercise.name and isinstance(courses, FunctionType):
            found[name] = courses
    return found


def _called_names(function: FunctionType) -> list[str]:
    """The functions of the same notebook that a function calls, straight or through others."""
    names: dict[str, None] = {}
    left = [function.__code__]
    while left:
        code = left.pop()
        left += [part for part in code.co_consts if isinstance(part, CodeType)]
        for name in code.co_names:
            called = function.__globals__.get(name)
            if not isinstance(called, FunctionType) or name in names:
                continue
            if called.__globals__ is function.__globals__:
                names[name] = None
                left.append(called.__code__)
    return list(names)


@contextlib.contextmanager
def courses_in_place(function: Any, courses: Mapping[str, Function]) -> Iterator[None]:
    """While it lasts, an answer calls the course's functions in place of the student's.

    Args:
        function: the answer.
        courses: the course's functions, by name.
    """
    names = function.__globals__
    before = {name: names[name] for name in courses}
    names.update(courses)
    try:
        yield
    finally:
        names.update(before)
