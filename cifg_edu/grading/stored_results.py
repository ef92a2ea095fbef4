"""The results of grading on the disk: keep_result, read_result, keep_run, read_run, ..."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from cifg_edu.errors import UserError
from cifg_edu.files import write_atomically
from cifg_edu.grading.reports import Result, slug


def lesson_folder(grades: Path, lesson: int) -> Path:
    """Where the reports and results of a lesson are."""
    return grades / f"lesson_{lesson:02d}"


def result_path(folder: Path, student: str) -> Path:
    """Where the result of a student is, in the folder of a lesson."""
    return folder / "results" / f"{slug(student)}.json"


def read_run(folder: Path) -> dict[str, Any]:
    """What earlier runs left in a lesson's folder: the seed, and after a whole run its class and
    course file.

    Raises:
        UserError: the file is there and damaged.
    """
    path = folder / "run.json"
    try:
        run = json.loads(path.read_text(encoding="utf-8"))
        students = [str(name) for name in run.get("class", [])]
        course_file = str(run.get("course_file", ""))
        return {"seed": int(run["seed"]), "class": students, "course_file": course_file}
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{path} is damaged: give another --out, or delete it.") from error


def read_result(folder: Path, student: str) -> Result | None:
    """The stored result of a student, if there is one and it can be read."""
    try:
        result = json.loads(result_path(folder, student).read_text(encoding="utf-8"))
        return dict(result) if result["student"] == student else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep_run(folder: Path, run: dict[str, Any]) -> None:
    """Store what `read_run` gives."""
    write_atomically(folder / "run.json", json.dumps(run).encode())


def keep_result(folder: Path, result: Result) -> None:
    """Store the result of a student."""
    write_atomically(result_path(folder, result["student"]), json.dumps(result).encode())


def read_class(folder: Path, students: list[str], exercises: Collection[str]) -> list[Result]:
    """The stored results of a class.

    Raises:
        UserError: one is missing or damaged, or from a course with other exercises.
    """
    results = [read_result(folder, student) for student in students]
    for student, result in zip(students, results, strict=True):
        if result is None or [each["exercise"] for each in result["exercises"]] != [*exercises]:
            raise UserError(
                f"The result of {student!a} in {folder} is missing or damaged: grade the whole "
                "lesson again."
            )
    return [result for result in results if result is not None]
