"""Answers that deserve a look, and no more: find_looks, Look."""

import ast
import inspect
from typing import Any, NamedTuple

from cifg_edu.checks.course import exercises_of
from cifg_edu.exercises import Exercise
from cifg_edu.grading.plain_code import NormalForm, normal_form

# Smaller right answers can be written in few ways, so students write the same independently.
FEWEST_PARTS = 50
FEWEST_LINES = 3


class Look(NamedTuple):
    """Why an instructor may want to look at the answers of some students to an exercise."""

    exercise: str
    students: list[str]
    words: str


def find_looks(results: list[dict[str, Any]], lesson: int) -> list[Look]:
    """Find answers that are the course's own, a hint's, another student's, or no derivation.

    Args:
        results: as `run.grade_task` gives them.
        lesson: their lesson.

    Returns:
        What was seen, by exercise. It changes no points: people who learn together, and hints,
        are part of a course.
    """
    return [
        look
        for exercise in exercises_of(lesson).values()
        for look in [*_alike(exercise, _answers(exercise, results)), *_numerical(exercise, results)]
    ]


def _answers(exercise: Exercise, results: list[dict[str, Any]]) -> dict[str, str]:
    """The answers by student; the lesson's own empty cell is none."""
    answers = {r["student"]: r["answers"].get(exercise.name, "") for r in results}
    return {student: a for student, a in answers.items() if a and "NotImplementedError" not in a}


def _alike(exercise: Exercise, answers: dict[str, str]) -> list[Look]:
    """The answers that are like something else."""
    reference = normal_form(inspect.getsource(exercise.reference))
    of_the_course, of_the_hint = [], []
    groups: dict[str, list[str]] = {}
    for student, answer in answers.items():
        form = _form(answer)
        if form is None or form.parts < FEWEST_PARTS:
            continue
        if form.text == reference.text:
            of_the_course.append(student)
            continue
        groups.setdefault(form.text, []).append(student)
        if _has_the_hint(exercise, answer):
            of_the_hint.append(student)
    looks = [
        Look(exercise.name, students, f"the same but for names: {len(students)} students")
        for students in groups.values()
        if len(students) > 1
    ]
    if of_the_course:
        looks.append(Look(exercise.name, of_the_course, "the course's own answer, but for names"))
    if of_the_hint:
        looks.append(Look(exercise.name, of_the_hint, "has every line of hint 3"))
    return looks


def _numerical(exercise: Exercise, results: list[dict[str, Any]]) -> list[Look]:
    """The answers that were seen to take a derivative by numbers, by what was seen."""
    seen: dict[str, list[str]] = {}
    for result in results:
        for scored in result["exercises"]:
            if scored["exercise"] == exercise.name and scored["numerical"]:
                seen.setdefault(scored["numerical"], []).append(result["student"])
    return [Look(exercise.name, students, words) for words, students in seen.items()]


def _form(answer: str) -> NormalForm | None:
    try:
        return normal_form(answer)
    except (SyntaxError, ValueError, RecursionError):
        return None


def _has_the_hint(exercise: Exercise, answer: str) -> bool:
    """Whether every line of code of the last hint is in an answer, under the same names."""
    lines = {line for text in exercise.hints[2].splitlines() for line in _simple_lines(text)}
    if len(lines) < FEWEST_LINES:
        return False
    return lines <= _simple_lines(answer)


def _simple_lines(source: str) -> set[str]:
    """The assignments and returns in a text, where it is code."""
    try:
        tree = ast.parse(source.strip())
    except (SyntaxError, ValueError, RecursionError):
        return set()
    simple = ast.Assign | ast.AugAssign | ast.Return
    return {ast.dump(node) for node in ast.walk(tree) if isinstance(node, simple)}
