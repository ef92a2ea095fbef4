"""Mistakes that an instructor has met and named: name_mistake, read_mistakes, NamedMistake.

They are in one file, mistakes.json in the folder of grades, which can be copied into that of the
next class. A mistake is known by a specimen, a student's answer without its comments. Another
class has other inputs, so the specimen is run again, in the box, as any answer is. Students whose
answers do the same are told the instructor's sentence.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

from cifg_edu.checks.course import exercises_of, find_exercise
from cifg_edu.errors import UserError, refuse_newer
from cifg_edu.files import write_atomically
from cifg_edu.grading import reports
from cifg_edu.grading.course_file import read_course
from cifg_edu.grading.gradebook import final_result
from cifg_edu.grading.groups import Names
from cifg_edu.grading.plain_code import without_comments
from cifg_edu.grading.stored_results import read_class, read_run

FILE = "mistakes.json"
FORMAT = 1


class NamedMistake(NamedTuple):
    """A wrong answer that the course did not know.

    message: the likely cause, said to the student.
    answer: the specimen.
    known: what it does, by the run that has found it: see `run_of`.
    """

    exercise: str
    message: str
    answer: str
    known: dict[str, str]


def run_of(seed: int, code: str) -> str:
    """What an answer's behaviour depends on: the inputs, and the code that draws them."""
    return f"{seed} {code}"


def names_in(mistakes: list[NamedMistake], run: str) -> Names:
    """The messages by exercise and behaviour in a run; a specimen that is right has none."""
    return {(m.exercise, m.known[run]): m.message for m in mistakes if m.known.get(run)}


def read_mistakes(grades: Path) -> list[NamedMistake]:
    """The mistakes that were named so far.

    Args:
        grades: the folder with a folder for each lesson.

    Raises:
        UserError: the file is damaged, or was written by a newer version of this course.
    """
    path = grades / FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        refuse_newer(str(path), content["format"], FORMAT, "take the file away")
        mistakes = [NamedMistake(**entry) for entry in content["mistakes"]]
    except FileNotFoundError:
        return []
    except UserError:
        raise
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{path} cannot be read as named mistakes ({error}): repair it, or take it away."
        ) from error
    for mistake in mistakes:
        find_exercise(mistake.exercise)
    return mistakes


def write_mistakes(grades: Path, mistakes: list[NamedMistake]) -> None:
    """Write the file of named mistakes; like `read_mistakes`."""
    content: dict[str, Any] = {"format": FORMAT, "mistakes": [m._asdict() for m in mistakes]}
    write_atomically(grades / FILE, (json.dumps(content, indent=1) + "\n").encode())


def name_mistake(grades: Path, name: str, message: str) -> int:
    """Make a group's behaviour a mistake of this course, and write the lesson's pages again.

    Args:
        grades: the folder with a folder for each lesson.
        name: the group's, as the lesson's overview gives it.
        message: the likely cause, as a sentence for the student.

    Returns:
        How many students gave such an answer.

    Raises:
        UserError: there is no such group, the message is empty, or a file cannot be used.
    """
    message = " ".join(message.split())
    if not message:
        raise UserError("The sentence is empty: give the likely cause, for the students to read.")
    lesson, group, run = _find(grades, name)
    try:
        answer = without_comments(group["answer"])
    except (SyntaxError, ValueError, RecursionError) as error:
        raise UserError(
            f"The answers of {name} are no Python, which their pages say: name another group."
        ) from error
    exercise, does = group["exercise"], group["behaviour"]
    mistakes = [
        mistake
        for mistake in read_mistakes(grades)
        if (mistake.exercise, mistake.known.get(run)) != (exercise, does)
    ]
    mistakes.append(NamedMistake(exercise, message, answer, {run: does}))
    write_mistakes(grades, mistakes)
    _write_again(lesson, names_in(mistakes, run))
    return len(group["students"])


def _write_again(folder: Path, names: Names) -> None:
    """Write every report of a graded lesson once more, with other names for its mistakes."""
    try:
        graded = json.loads((folder / "grades.json").read_text(encoding="utf-8"))
        lesson, seed, not_taken = graded["lesson"], graded["seed"], graded["not_taken"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"The grades in {folder} are damaged: run grade once more.") from error
    run = read_run(folder)
    results = read_class(folder, run["class"], exercises_of(lesson))
    if run["course_file"]:
        course = read_course(Path(run["course_file"]))
        results = [final_result(course, course.lesson(lesson), result) for result in results]
    reports.write_all(folder, results, lesson, seed, not_taken, names)


def _find(grades: Path, name: str) -> tuple[Path, dict[str, Any], str]:
    """A group by its name: its lesson's folder, what is written of it, and its run."""
    names = []
    for path in sorted(grades.glob(f"lesson_*/{reports.GROUPS}")):
        content = json.loads(path.read_text(encoding="utf-8"))
        for group in content["groups"]:
            if group["name"] == name:
                return path.parent, group, run_of(content["seed"], content["code"])
            names.append(group["name"])
    if not names:
        raise UserError(
            f"{grades} has no group of unknown mistakes: give the folder that grade --out wrote."
        )
    raise UserError(f"There is no group {name!r} in {grades}: give one of {', '.join(names)}.")
