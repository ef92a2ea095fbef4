"""What students handed in, read with care: find_submissions, choose, read_notebook, ..."""

import functools
import hashlib
import json
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from cifg_edu.checks import EXERCISES
from cifg_edu.checks.course import exercises_of
from cifg_edu.errors import UserError
from cifg_edu.files import find_lessons
from cifg_edu.grading.handed_in import (
    LARGEST_NOTEBOOK,
    MOST_FILES,
    NOTEBOOK,
    File,
    Unreadable,
    handed_in,
    is_litter,
    owner,
    read_file,
)

LONGEST_CELL = 100_000
# Of one student: as many bytes as the notebooks of the whole course have, many times over.
MOST_BYTES = 128 << 20
# Times that differ by less tell nothing: zip files round them, and copying makes them all new.
SAME_SECONDS = 2.0
MOST_NAMED = 5
# What a browser and Jupyter make of a name that is taken: `06 (1).ipynb`, `06-Copy1.ipynb`.
COPY = re.compile(r"(?: \((\d{1,9})\)|-Copy(\d{1,9}))$")


class Submission(NamedTuple):
    """One student's notebook.

    student: the name of the file or folder, unchanged: it may hold anything.
    file: the notebook's path below the folder of submissions, "" where there is none.
    digest: of the file's bytes.
    lesson: the one whose exercises it has, or None.
    answers: the text of the cell for each exercise found.
    problems: what is wrong with it, a sentence each.
    number, time: the learning platform's number of it, or 0, and its last change.
    same_as: "lessons" or "solutions" where its code is that of the course's own notebook there.
    """

    student: str
    file: str
    digest: str
    lesson: int | None
    answers: dict[str, str]
    problems: list[str]
    number: int = 0
    time: float = 0.0
    same_as: str = ""


class Student(NamedTuple):
    """All that one student handed in.

    submissions: each notebook, and each file that may hold one and cannot be read.
    others: the paths of all other files.
    notes: what else is to be said, a sentence each.
    """

    submissions: list[Submission]
    others: list[str]
    notes: list[str]


class Class(NamedTuple):
    """All that was handed in: by student, and the names of files that are no student's."""

    students: dict[str, Student]
    not_taken: list[str]


def find_submissions(folder: Path) -> Class:
    """Read every notebook in a folder of submissions.

    A notebook or zip file in the folder itself belongs to the student whom its name gives; a
    folder in it belongs to a student, with all in it. Names that Canvas or Moodle made tell the
    student, whose files may then be several.

    Args:
        folder: with the submissions.

    Returns:
        The students by name. Every file is named in it somewhere.

    Raises:
        UserError: it is no folder, or no student handed in anything.
    """
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise UserError(
            f"{folder} cannot be read as a folder ({error.strerror}): give the folder that holds "
            "the students' notebooks."
        ) from error
    found = Class({}, [])
    for entry in entries:
        is_folder = entry.is_dir(follow_symlinks=False)
        if is_litter(entry.name, is_folder):
            continue
        whose, files = owner(entry.name), handed_in(entry)
        taken = NOTEBOOK.search(entry.name) or entry.name.lower().endswith(".zip")
        if not (is_folder or taken or entry.is_symlink() or whose.named):
            found.not_taken.append(entry.name)
            continue
        student = found.students.setdefault(whose.student, Student([], [], []))
        if whose.late:
            student.notes.append(f"Canvas marked {entry.name} as late.")
        _add(student, whose.student, whose.number, files)
    if not found.students:
        raise UserError(
            f"{folder} holds no notebook: put a file NAME.ipynb, or a folder NAME, for each "
            "student into it."
        )
    _note_names_that_look_alike(found.students)
    return found


def common_lesson(students: dict[str, Student]) -> int:
    """The lesson of most submissions.

    Raises:
        UserError: no submission has an exercise, or two lessons are equally common.
    """
    every = [one for student in students.values() for one in student.submissions]
    counts = Counter(one.lesson for one in every if one.lesson is not None and not one.same_as)
    counts = counts or Counter(one.lesson for one in every if one.lesson is not None)
    most = counts.most_common(2)
    if not most:
        raise UserError(
            "No submission has an exercise of this course: is this the right folder? To grade "
            "them all the same, name the lesson with --lesson."
        )
    if len(most) == 2 and most[0][1] == most[1][1]:
        raise UserError(
            f"As many submissions are of lesson {most[0][0]} as of lesson {most[1][0]}: say "
            "with --lesson which is to be graded."
        )
    assert most[0][0] is not None
    return most[0][0]


def choose(name: str, student: Student, lesson: int) -> Submission:
    """The notebook that counts: of those of the lesson the newest.

    Args:
        name: the student's.
        student: all that was handed in.
        lesson: the one to grade.

    Returns:
        The submission, with a sentence for all that was not as expected. An untouched copy of
        the lesson counts where there is nothing else, and a copy of the solution never.
    """
    every = student.submissions
    right = [one for one in every if one.lesson == lesson]
    several = (
        [one for one in right if not one.same_as]
        or [one for one in right if one.same_as == "lessons"]
        or right
        or every
    )
    if not several:
        problem = "There is no notebook (.ipynb) in what this student handed in."
        several = [Submission(name, "", "", None, {}, [problem])]
    one, reason = _newest(several)
    problems = [*student.notes, *one.problems]
    if reason:
        problems.append(f"Of {len(several)} notebooks {one.file} was taken: {reason}.")
    if one.lesson not in (lesson, None):
        problems.append(
            f"This is a notebook of lesson {one.lesson:02d}, and lesson {lesson:02d} is graded."
        )
    solutions = [each.file for each in right if each.same_as == "solutions"]
    if solutions:
        problems.append(f"Not graded, since it is the course's own solution: {_some(solutions)}.")
    left = [
        each.file + "".join(f" ({why.rstrip('.')})" for why in each.problems[:1])
        for each in every
        if each is not one and each.file not in solutions
    ]
    if left or student.others:
        problems.append(f"Not taken: {_some(left + student.others)}.")
    graded = {} if one.file in solutions else one.answers
    answers = {key: graded[key] for key in exercises_of(lesson) if key in graded}
    return one._replace(answers=answers, problems=problems)


def read_notebook(path: Path) -> tuple[bytes, list[Any]]:
    """A notebook's bytes and its cells, of whatever format.

    Raises:
        Unreadable: it is too large, no regular file, or no notebook.
    """
    content = read_file(path, LARGEST_NOTEBOOK)
    return content, _cells(content)


def _cells(content: bytes) -> list[Any]:
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
    return cells


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


def _add(student: Student, name: str, number: int, files: Iterator[File]) -> None:
    """Read a student's files, up to a bound."""
    size = 0
    for count, file in enumerate(files, 1):
        size += len(file.content or b"")
        if count > MOST_FILES or size > MOST_BYTES:
            student.notes.append(
                f"There are more than {MOST_FILES:,} files, or {MOST_BYTES >> 20} MB of notebooks: "
                f"from {file.path} on they were not read."
            )
            return
        if file.content is None and not file.problem:
            student.others.append(file.path)
        else:
            student.submissions.append(_read(name, number, file))


def _read(student: str, number: int, file: File) -> Submission:
    problem, content = file.problem, file.content or b""
    try:
        if problem:
            raise Unreadable(problem)
        cells = _cells(content)
    except Unreadable as error:
        digest = _digest(str(error).encode())
        return Submission(student, file.path, digest, None, {}, [str(error)], number, file.time)
    answers, problems = read_answers(cells)
    lessons = Counter(EXERCISES[name].lesson for name in answers).most_common(1)
    return Submission(
        student,
        file.path,
        _digest(content),
        lessons[0][0] if lessons else None,
        answers,
        problems,
        number,
        file.time,
        _own_notebooks(find_lessons()).get(_code(cells), ""),
    )


def _newest(several: list[Submission]) -> tuple[Submission, str]:
    """The submission that was made last, and by what that is known; "" where it is the only one."""
    if len(several) == 1:
        return several[0], ""
    highest = max(one.number for one in several)
    if len({one.number for one in several}) > 1:
        several = [one for one in several if one.number == highest]
        if len(several) == 1:
            return several[0], "it has the highest number of the learning platform"
    last = max(one.time for one in several)
    late = [one for one in several if one.time > last - SAME_SECONDS]
    if len(late) == 1:
        return late[0], "it was changed last"
    return max(late, key=_copy_number), "it is the last by its name, and the times do not differ"


def _copy_number(submission: Submission) -> tuple[int, str]:
    """`06 (1).ipynb` and `06-Copy1.ipynb` were made after `06.ipynb`."""
    found = COPY.search(NOTEBOOK.sub("", submission.file))
    return int(found[1] or found[2]) if found else 0, submission.file


def _note_names_that_look_alike(students: dict[str, Student]) -> None:
    """Upper case, spaces at the end and ways to write an accent are hard to see in a list."""
    alike: dict[str, list[str]] = {}
    for name in students:
        seen = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
        alike.setdefault(seen, []).append(name)
    for names in alike.values():
        for name in names if len(names) > 1 else ():
            others = ", ".join(ascii(other) for other in names if other != name)
            students[name].notes.append(
                f"This is {name!a}; another student's name looks like it: {others}."
            )


@functools.cache
def _own_notebooks(lessons: Path | None) -> dict[str, str]:
    """The code of each notebook of the course, and the folder in which it stands."""
    return {
        _code(read_notebook(path)[1]): folder
        for folder in ("solutions", "lessons")
        for path in (sorted((lessons.parent / folder).glob("*.ipynb")) if lessons else ())
    }


def _code(cells: list[Any]) -> str:
    """A digest of the code alone: outputs differ from run to run."""
    texts = [text.strip() for _, text in code_cells(cells)]
    return _digest(json.dumps(texts).encode())


def _some(names: list[str]) -> str:
    """The first few names, and how many more there are."""
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _identity(name: str) -> str:
    """The id of an exercise's cell, as `authoring` gives it."""
    return f"exercise-{name}".replace("_", "-")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
