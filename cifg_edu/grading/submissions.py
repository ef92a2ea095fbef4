"""What students handed in, and which notebook counts: find_submissions, choose, Submission."""

import functools
import hashlib
import json
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cifg_edu.checks.answers import read_answers
from cifg_edu.checks.course import exercises_of
from cifg_edu.checks.notebooks import Cell, Unreadable, read_cells
from cifg_edu.errors import UserError
from cifg_edu.files import find_lessons
from cifg_edu.grading.handed_in import (
    MOST_FILES,
    NOTEBOOK,
    File,
    Owner,
    handed_in,
    is_litter,
    owner,
)
from cifg_edu.grading.roster import Roster

# Of one student: as many bytes as the notebooks of the whole course have, many times over.
MOST_BYTES = 128 << 20
# And as much code, since Python takes far longer to read than a file: a cell counts as so many
# characters more than it has.
MOST_CODE = 4_000_000
CELL_COST = 200
# Times that differ by less tell nothing: zip files round them, and copying makes them all new.
SAME_SECONDS = 2.0
MOST_NAMED = 5
TOO_MUCH_CODE = (
    "In all that was handed in there is more code than in several copies of the course, so this "
    "was not read: hand in the lesson's notebook alone."
)
# What a browser and Jupyter make of a name that is taken: `06 (1).ipynb`, `06-Copy1.ipynb`.
COPY = re.compile(r"(?: \((\d{1,9})\)|-Copy(\d{1,9}))$")


class Submission(NamedTuple):
    """One student's notebook.

    student: the roster's label, or the name of the file or folder, which may hold anything.
    file: the notebook's path below the folder of submissions, "" where there is none.
    digest: of the file's bytes.
    lesson: the one whose exercises it has, or None.
    answers: for each exercise found the answer's text, with all that it uses.
    problems: what is wrong with it, a sentence each.
    number, time: the learning platform's number of it, or 0, and its last change.
    late: whether the platform marked it so; None where no platform says when it came.
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
    late: bool | None = None
    same_as: str = ""


class Student(NamedTuple):
    """All that one student handed in.

    submissions: each notebook, and each file that may hold one and cannot be read.
    others: the paths of all other files.
    notes: other remarks, a sentence each.
    """

    submissions: list[Submission]
    others: list[str]
    notes: list[str]


class Class(NamedTuple):
    """All that was handed in: by student, and the names of files that are no student's."""

    students: dict[str, Student]
    not_taken: list[str]


def find_submissions(folder: Path, roster: Roster | None = None) -> Class:
    """Read every notebook in a folder of submissions.

    A notebook or zip file in the folder itself belongs to the student whom its name gives; a
    folder in it belongs to a student, with all in it. Names that Canvas or Moodle made tell the
    student, whose files may then be several. With a roster all names that fit one of its students
    belong together.

    Args:
        folder: with the submissions.
        roster: of the course; its students are in the class even where they hand in nothing.

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
        people = roster.owners(whose) if roster else []
        name = people[0].label if len(people) == 1 else whose.student
        student = found.students.setdefault(name, Student([], [], []))
        if roster and len(people) != 1:
            student.notes.append(_not_on_the_roster(entry.name, [one.label for one in people]))
        if whose.late:
            student.notes.append(f"Canvas marked {entry.name} as late.")
        _add(student, name, whose, files)
    if not found.students:
        raise UserError(
            f"{folder} holds no notebook: put a file NAME.ipynb, or a folder NAME, for each "
            "student into it."
        )
    for person in roster.people if roster else ():
        found.students.setdefault(person.label, Student([], [], []))
    _note_names_that_look_alike(found.students)
    return found


def read_student(folder: Path) -> Student:
    """All that is in a folder, as one student's."""
    student = Student([], [], [])
    for entry in os.scandir(folder.parent):
        if entry.name == folder.name:
            _add(student, folder.name, Owner(folder.name), handed_in(entry))
    return student


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
        if not student.others:
            problem = "Nothing was handed in."
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


def _add(student: Student, name: str, whose: Owner, files: Iterator[File]) -> None:
    """Read a student's files, up to a bound."""
    size, left = 0, MOST_CODE
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
            late = whose.late if whose.number else None
            one, code = _read(name, file, left)
            left -= code
            one = one._replace(number=whose.number, time=file.time, late=late)
            student.submissions.append(one)


def _read(student: str, file: File, most: int) -> tuple[Submission, int]:
    """A notebook, and how much code it has, if that is not too much to read."""
    problem, content = file.problem, file.content or b""
    try:
        if problem:
            raise Unreadable(problem)
        cells = read_cells(content)
        code = sum(len(cell.text) + CELL_COST for cell in cells)
        if code > most:
            raise Unreadable(TOO_MUCH_CODE)
    except Unreadable as error:
        digest = _digest(str(error).encode())
        return Submission(student, file.path, digest, None, {}, [str(error)]), 0
    reading = read_answers(cells)
    submission = Submission(
        student,
        file.path,
        _digest(content),
        reading.lesson,
        {name: answer.source for name, answer in reading.answers.items()},
        reading.problems,
        same_as=_own_notebooks(find_lessons()).get(_code(cells), ""),
    )
    return submission, code


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
        _code(read_cells(path.read_bytes())): folder
        for folder in ("solutions", "lessons")
        for path in (sorted((lessons.parent / folder).glob("*.ipynb")) if lessons else ())
    }


def _code(cells: list[Cell]) -> str:
    """A digest of the code alone: outputs differ from run to run."""
    return _digest(json.dumps([cell.text.strip() for cell in cells]).encode())


def _not_on_the_roster(file: str, labels: list[str]) -> str:
    if not labels:
        return f"{file!a} fits no student of the roster, so this stands alone: rename it."
    return f"{file!a} fits several students, {' and '.join(labels)}: rename it."


def _some(names: list[str]) -> str:
    """The first few names, and how many more there are."""
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
