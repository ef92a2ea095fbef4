"""What students handed in, read with care: find_submissions, Submission, read_notebook, ..."""

import hashlib
import json
import os
import re
import stat
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from cifg_edu.checks import EXERCISES
from cifg_edu.checks.course import exercises_of
from cifg_edu.errors import UserError

LARGEST_NOTEBOOK = 16 << 20
LONGEST_CELL = 100_000
DEEPEST_FOLDER = 4
# Those of them that the system knows: Windows has no named pipes, and other names for the rest.
FLAGS = os.O_RDONLY | sum(getattr(os, f"O_{f}", 0) for f in ("NOFOLLOW", "NONBLOCK", "BINARY"))


class Submission(NamedTuple):
    """One student's notebook.

    student: the name of the file or folder, unchanged: it may hold anything.
    file: the notebook's path below the folder of submissions, "" where there is none.
    digest: of the file's bytes.
    lesson: the one whose exercises it has, or None.
    answers: the text of the cell for each exercise found.
    problems: what is wrong with it, a sentence each.
    """

    student: str
    file: str
    digest: str
    lesson: int | None
    answers: dict[str, str]
    problems: list[str]


class Unreadable(ValueError):
    """A file that is no notebook, and why, in a sentence."""


def find_submissions(folder: Path) -> list[Submission]:
    """Read every notebook in a folder of submissions.

    A notebook in the folder itself belongs to the student whom its name gives; a folder in it
    belongs to a student, with all notebooks in it. Symbolic links are never followed.

    Args:
        folder: with the submissions.

    Returns:
        One for each notebook, and one for a student without any, by name.

    Raises:
        UserError: it is no folder, or there is nothing in it.
    """
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise UserError(
            f"{folder} cannot be read as a folder ({error.strerror}): give the folder that holds "
            "the students' notebooks."
        ) from error
    found: list[Submission] = []
    for entry in entries:
        if _is_litter(entry):
            continue
        if entry.is_dir(follow_symlinks=False):
            paths = sorted(_notebooks(Path(entry.path), 1))
            found += [_read(entry.name, path, folder) for path in paths]
            if not paths:
                problem = "There is no notebook (.ipynb) in this student's folder."
                found.append(Submission(entry.name, "", "", None, {}, [problem]))
        elif entry.name.endswith(".ipynb") or entry.is_symlink():
            found.append(_read(entry.name.removesuffix(".ipynb"), Path(entry.path), folder))
    if not found:
        raise UserError(
            f"{folder} holds no notebook: put a file NAME.ipynb, or a folder NAME, for each "
            "student into it."
        )
    return found


def common_lesson(submissions: list[Submission]) -> int:
    """The lesson of most submissions.

    Raises:
        UserError: no submission has an exercise, or two lessons are equally common.
    """
    counts = Counter(s.lesson for s in submissions if s.lesson is not None).most_common(2)
    if not counts:
        raise UserError(
            "No submission has an exercise of this course: is this the right folder? To grade "
            "them all the same, name the lesson with --lesson."
        )
    if len(counts) == 2 and counts[0][1] == counts[1][1]:
        raise UserError(
            f"As many submissions are of lesson {counts[0][0]} as of lesson {counts[1][0]}: say "
            "with --lesson which is to be graded."
        )
    assert counts[0][0] is not None
    return counts[0][0]


def choose(submissions: list[Submission], lesson: int) -> list[Submission]:
    """One submission for each student: the notebook of the lesson that was changed last.

    Args:
        submissions: all that were found.
        lesson: the one to grade.

    Returns:
        For each student one, with a sentence where it is of another lesson or one of several.
    """
    by_student: dict[str, list[Submission]] = {}
    for submission in submissions:
        by_student.setdefault(submission.student, []).append(submission)
    chosen = []
    for several in by_student.values():
        fitting = [s for s in several if s.lesson == lesson] or several
        one = fitting[-1]
        problems = list(one.problems)
        if len(fitting) > 1:
            problems.append(f"Of {len(fitting)} notebooks {one.file} was taken.")
        if one.lesson not in (lesson, None):
            problems.append(
                f"This is a notebook of lesson {one.lesson:02d}, and lesson {lesson:02d} is graded."
            )
        answers = {name: one.answers[name] for name in exercises_of(lesson) if name in one.answers}
        chosen.append(one._replace(answers=answers, problems=problems))
    return chosen


def read_notebook(path: Path) -> tuple[bytes, list[Any]]:
    """A notebook's bytes and its cells, of whatever format.

    Raises:
        Unreadable: it is too large, no regular file, or no notebook.
    """
    content = _content(path)
    try:
        notebook = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Unreadable("This file is not a notebook: it is no valid JSON.") from error
    sheets = [notebook]
    if isinstance(notebook, dict) and isinstance(notebook.get("worksheets"), list):
        sheets = notebook["worksheets"]  # the format before 2015
    cells = [
        cell
        for sheet in sheets
        if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list)
        for cell in sheet["cells"]
    ]
    if not cells:
        raise Unreadable("This file is not a notebook: it is JSON, but has no cells.")
    return content, cells


def read_answers(cells: list[Any]) -> tuple[dict[str, str], list[str]]:
    """The answers in a notebook's cells.

    Args:
        cells: as the notebook has them.

    Returns:
        The text for each exercise whose cell is there, and sentences about what is not as it
        should be. Where a cell's id is lost, as older programs do, a cell that defines the
        function is taken.
    """
    code = [(cell.get("id"), text) for cell, text in code_cells(cells)]
    answers, problems = {}, []
    for name in EXERCISES:
        definition = re.compile(rf"^def {name}\s*\(", re.MULTILINE)
        marked = [text for identity, text in code if identity == _identity(name)]
        defining = [text for _, text in code if definition.search(text)]
        if len(marked) > 1:
            problems.append(f"{len(marked)} cells claim to be the one of {name}: the first counts.")
        candidates = [t for t in marked[:1] if definition.search(t)] or defining[-1:] or marked[:1]
        for text in candidates:
            if len(text) > LONGEST_CELL:
                problems.append(f"The cell of {name} has more than {LONGEST_CELL:,} characters.")
            else:
                answers[name] = text
    return answers, problems


def code_cells(cells: list[Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """The code cells of a notebook, each with its text."""
    for cell in cells:
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        source = cell.get("source", cell.get("input", ""))
        if isinstance(source, list):
            source = "".join(part for part in source if isinstance(part, str))
        if isinstance(source, str):
            yield cell, source.replace("\r\n", "\n")


def _read(student: str, path: Path, folder: Path) -> Submission:
    file = str(path.relative_to(folder))
    try:
        content, cells = read_notebook(path)
    except Unreadable as error:
        return Submission(student, file, _digest(str(error).encode()), None, {}, [str(error)])
    answers, problems = read_answers(cells)
    lessons = Counter(EXERCISES[name].lesson for name in answers).most_common(1)
    lesson = lessons[0][0] if lessons else None
    return Submission(student, file, _digest(content), lesson, answers, problems)


def _content(path: Path) -> bytes:
    try:
        # Neither a link nor a named pipe, for which an open would wait for ever.
        handle = os.open(path, FLAGS)
    except OSError as error:
        if path.is_symlink():
            raise Unreadable(
                "This is a symbolic link, which is not followed: hand in the notebook itself."
            ) from error
        raise Unreadable(f"This file cannot be read ({error.strerror}).") from error
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("This is not a file that holds anything: hand in the notebook itself.")
        if status.st_size > LARGEST_NOTEBOOK:
            raise Unreadable(
                f"This notebook is larger than {LARGEST_NOTEBOOK >> 20} MB: clear its outputs, "
                "save it, and hand it in again."
            )
        return file.read(LARGEST_NOTEBOOK)


def _notebooks(folder: Path, depth: int) -> Iterator[Path]:
    """The notebooks in a student's folder, not through links and not too deep."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if _is_litter(entry):
            continue
        if entry.name.endswith(".ipynb") and not entry.is_dir(follow_symlinks=False):
            yield Path(entry.path)
        elif depth < DEEPEST_FOLDER and entry.is_dir(follow_symlinks=False):
            yield from _notebooks(Path(entry.path), depth + 1)


def _is_litter(entry: os.DirEntry[str]) -> bool:
    """What programs leave behind: hidden folders, and macOS's `._NAME` beside each file."""
    hidden = entry.name.startswith(".") and entry.is_dir(follow_symlinks=False)
    return hidden or entry.name.startswith(("._", "__MACOSX"))


def _identity(name: str) -> str:
    """The id of an exercise's cell, as `authoring` gives it."""
    return f"exercise-{name}".replace("_", "-")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
