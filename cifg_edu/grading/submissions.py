"""What students handed in, read with care: find_submissions, Submission, ..."""

import hashlib
import os
import stat
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cifg_edu.checks.answers import read_answers
from cifg_edu.checks.course import exercises_of
from cifg_edu.checks.notebooks import LARGEST_FILE, Unreadable, read_cells
from cifg_edu.errors import UserError

DEEPEST_FOLDER = 4
# Those of them that the system knows: Windows has no named pipes, and other names for the rest.
FLAGS = os.O_RDONLY | sum(getattr(os, f"O_{f}", 0) for f in ("NOFOLLOW", "NONBLOCK", "BINARY"))


class Submission(NamedTuple):
    """One student's notebook.

    student: the name of the file or folder, unchanged: it may hold anything.
    file: the notebook's path below the folder of submissions, "" where there is none.
    digest: of the file's bytes.
    lesson: the one whose exercises it has, or None.
    answers: for each exercise found the answer's text, with all that it uses.
    problems: what is wrong with it, a sentence each.
    """

    student: str
    file: str
    digest: str
    lesson: int | None
    answers: dict[str, str]
    problems: list[str]


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


def _read(student: str, path: Path, folder: Path) -> Submission:
    file = str(path.relative_to(folder))
    try:
        content = _content(path)
        reading = read_answers(read_cells(content))
    except Unreadable as error:
        return Submission(student, file, _digest(str(error).encode()), None, {}, [str(error)])
    answers = {name: answer.source for name, answer in reading.answers.items()}
    digest = _digest(content)
    return Submission(student, file, digest, reading.lesson, answers, reading.problems)


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
        return file.read(LARGEST_FILE + 1)  # `read_cells` refuses what is larger


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


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
