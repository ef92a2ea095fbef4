"""The course's register: EXERCISES, find_exercise, exercises_of."""

import importlib
import pkgutil
from collections.abc import Iterator

import cifg_edu.exercises
from cifg_edu.errors import UserError, look_up
from cifg_edu.exercises import Exercise


def _exercises() -> Iterator[Exercise]:
    """Each module NAME of each folder lesson_NN holds one; `_NAME` is what several share."""
    root = cifg_edu.exercises
    for folder in pkgutil.iter_modules(root.__path__, f"{root.__name__}."):
        if not folder.ispkg:
            continue
        package = importlib.import_module(folder.name)
        for info in pkgutil.iter_modules(package.__path__, f"{folder.name}."):
            if not info.name.rpartition(".")[2].startswith("_"):
                yield importlib.import_module(info.name).EXERCISE


# By name, in the order of the course.
EXERCISES: dict[str, Exercise] = {
    exercise.name: exercise
    for exercise in sorted(_exercises(), key=lambda exercise: (exercise.lesson, exercise.place))
}


def find_exercise(name: object) -> Exercise:
    """The exercise of this name.

    Args:
        name: the name of the function to write.

    Returns:
        Its reference, cases, hints and usual wrong answers.

    Raises:
        UserError: there is no such exercise, or something else than a name was given.
    """
    if not isinstance(name, str):
        called = getattr(name, "__name__", "cifg_step")
        raise UserError(f'That is no name: write it in quotes, "{called}".')
    return look_up("exercise", name, EXERCISES)


def exercises_of(lesson: int) -> dict[str, Exercise]:
    """The exercises of a lesson by name, in its order."""
    return {name: exercise for name, exercise in EXERCISES.items() if exercise.lesson == lesson}
