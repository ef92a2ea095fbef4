"""Start an exercise, and list what it still lacks: new_exercise, what_is_left."""

import ast
import keyword
from pathlib import Path

from cifg_edu import TAUGHT
from cifg_edu.checks import EXERCISES, find_exercise
from cifg_edu.checks.course import exercises_of
from cifg_edu.checks.judging import judge
from cifg_edu.errors import UserError, require
from cifg_edu.exercises import Exercise, mutate
from cifg_edu.files import write_atomically

FEWEST_MUTANTS = 8
TODO = "TODO"
SKELETON = '''"""Exercise `{name}` of lesson {lesson:02d}."""

import numpy as np

from cifg_edu.exercises import Case, Exercise, Mutant
from cifg_edu.{module} import {name}


def _cases(rng: np.random.Generator) -> list[Case]:
    # TODO three cases or more: a title and the arguments of {name}. Let all sizes differ. If the
    # numbers are fixed, give further_cases too: a grade needs cases that are drawn at random.
    return [Case("TODO what is special in this case", ())]


EXERCISE = Exercise(
    reference={name},
    lesson={lesson},
    place={place},
    stars=1,  # TODO how hard it is, 1 to 3
    outputs=("TODO the name of each output",),
    make_cases=_cases,
    hints=(
        "TODO what to think of first",
        "TODO the idea, in words and symbols",
        "TODO the lines themselves",
    ),
    mutants=(
        # TODO eight or more wrong answers that learners really give. For each: what is wrong and
        # what to do, and the edits of the reference, from old text that occurs once to new text.
        Mutant("TODO the likely cause.", {{"TODO old text": "TODO new text"}}),
    ),
)
'''


def new_exercise(name: str, lesson: int, home: Path) -> Path:
    """Write the file of an exercise, with TODO where the author fills it in.

    Args:
        name: the function that students will write; the package must have it.
        lesson: the number of its lesson; its text must exist.
        home: the course's folder.

    Returns:
        The file, `cifg_edu/exercises/lesson_NN/NAME.py`, with the next free place.

    Raises:
        UserError: there is no such function or lesson, or the exercise exists already.
    """
    require(
        name.isidentifier() and not keyword.iskeyword(name),
        f"The name is {name!r}",
        "that of a function",
    )
    require(name not in EXERCISES, f"The exercise {name} exists", "another function")
    module = _module_of(name, home)
    source = _lesson_source(lesson, home)
    folder = home / "cifg_edu" / "exercises" / f"lesson_{lesson:02d}"
    if not folder.is_dir():
        title = source.stem[3:].replace("_", " ")
        write_atomically(folder / "__init__.py", f'"""Lesson {lesson:02d}, {title}."""\n'.encode())
    taken = {exercise.place for exercise in exercises_of(lesson).values()}
    place = min(set(range(1, len(taken) + 2)) - taken)
    text = SKELETON.format(name=name, lesson=lesson, place=place, module=module)
    path = folder / f"{name}.py"
    write_atomically(path, text.encode())
    return path


def what_is_left(name: str, home: Path) -> list[str]:
    """What an exercise lacks before it is done.

    Args:
        name: the exercise.
        home: the course's folder.

    Returns:
        A sentence for each thing that is missing. The exercise is done if no TODO is left, the
        reference passes, each of at least eight wrong answers is rejected with its own cause,
        and the course names it wherever it must.

    Raises:
        UserError: there is no such exercise.
    """
    exercise = find_exercise(name)
    path = Path(f"cifg_edu/exercises/lesson_{exercise.lesson:02d}/{name}.py")
    lines = (home / path).read_text(encoding="utf-8").splitlines()
    marks = [f"{path}:{n}: {line.strip()}" for n, line in enumerate(lines, 1) if TODO in line]
    # While a TODO is left, judging would only report it again.
    return [*(marks or _judged(exercise)), *_unmentioned(exercise, home)]


def _judged(exercise: Exercise) -> list[str]:
    left = []
    try:
        # A copy, without an edit: the judge does not take the course's own function as an answer.
        verdict = judge(exercise, mutate(exercise.reference, {}))
    except Exception as error:
        return [f"Its cases stop with {type(error).__name__}: {error}"]
    if not verdict.passed:
        left.append(f"The reference does not pass: {verdict.message}")
    different = len({mutant.message for mutant in exercise.mutants})
    if different < FEWEST_MUTANTS:
        left.append(f"It has {different} different wrong answers: give {FEWEST_MUTANTS} or more.")
    for number, mutant in enumerate(exercise.mutants, 1):
        try:
            verdict = judge(exercise, mutate(exercise.reference, mutant.edits))
        except ValueError as error:
            left.append(f"Wrong answer {number}: {error}")
            continue
        if verdict.passed is not False:
            left.append(f"Wrong answer {number} passes: add a case that it fails.")
        elif f"Likely cause: {mutant.message}" not in verdict.message:
            left.append(
                f"Wrong answer {number} is not told apart: it does just what an earlier one does."
            )
    return left


def _unmentioned(exercise: Exercise, home: Path) -> list[str]:
    """The places that must name every exercise and do not name this one."""
    name = exercise.name
    source = _lesson_source(exercise.lesson, home)
    answers = home / "tests" / "right_answers" / f"lesson_{exercise.lesson:02d}.py"
    wanted = [
        (source, f"### Exercise: `{name}`", "a heading, a text, and a cell with the tag exercise"),
        (answers, f'"{name}"', "two right answers or more, written as learners write them"),
        (home / "README.md", f"`{name}`", "its equation, file and lesson"),
    ]
    left = []
    for path, text, what in wanted:
        if not path.is_file() or text not in path.read_text(encoding="utf-8"):
            left.append(f"{path.relative_to(home)} does not say {text} yet: add {what}.")
    if name not in TAUGHT:
        left.append(f"cifg_edu/__init__.py does not have {name} in TAUGHT yet: add it.")
    return left


def _module_of(name: str, home: Path) -> str:
    """The module of the package that defines a function."""
    for path in sorted((home / "cifg_edu").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(part, ast.FunctionDef) and part.name == name for part in tree.body):
            return path.stem
    raise UserError(
        f"There is no function {name} in cifg_edu/*.py: write it there first, beside its equation."
    )


def _lesson_source(lesson: int, home: Path) -> Path:
    found = sorted((home / "lessons" / "source").glob(f"{lesson:02d}_*.md"))
    if not found:
        raise UserError(
            f"There is no lesson {lesson}: write its text first, "
            f"lessons/source/{lesson:02d}_NAME.md in the course's folder."
        )
    return found[0]
