"""A course as its instructor writes it down: read_course, find_course, Course."""

import math
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from cifg_edu.checks.course import exercises_of
from cifg_edu.errors import UserError
from cifg_edu.files import find_lessons
from cifg_edu.grading.roster import Person, Roster, read_roster
from cifg_edu.grading.scores import points_of
from cifg_edu.grading.tables import Row, Table, read_table, require_columns

NAME = "course.toml"
OVERRIDES = ("student", "exercise", "points", "reason", "comment")
LESSON = ("title", "points", "due", "worksheet")
DATE = "2026-11-20T23:59:00+01:00"


class CourseLesson(NamedTuple):
    """A lesson of the course.

    title: of its column in a gradebook.
    points: for each exercise, by name.
    due: with its time zone; None where late work does not exist.
    worksheet: Moodle's offline grading sheet to fill in, if there is one.
    """

    number: int
    title: str
    points: dict[str, float]
    due: datetime | None
    worksheet: Table | None

    @property
    def total(self) -> float:
        """The points for all exercises."""
        return round(sum(self.points.values()), 2)


class LateRule(NamedTuple):
    """What late work costs.

    per_day: the share of the points that each day begun costs, 0 to 1.
    floor: the share that is left in any case, 0 to 1.
    """

    per_day: float = 0.0
    floor: float = 0.0


class Override(NamedTuple):
    """Points that the instructor sets: they count in place of the grader's, and of the late rule's.

    reason: told to the student.
    comment: more to tell; may be empty.
    """

    points: float
    reason: str
    comment: str


@dataclass(frozen=True)
class Course:
    """All that a course file says.

    path: of the file.
    grades: the folder in which `grade` puts what it finds.
    lessons: by number, in the file's order.
    overrides: by the student's label and the exercise's name.
    """

    path: Path
    roster: Roster
    grades: Path
    lessons: dict[int, CourseLesson]
    late: LateRule
    overrides: dict[tuple[str, str], Override]

    def lesson(self, number: int) -> CourseLesson:
        """A lesson of the course.

        Raises:
            UserError: the file does not name it.
        """
        if number not in self.lessons:
            raise UserError(
                f"Lesson {number} is not in {self.path}: add [lessons.{number:02d}] to it, or "
                "choose another with --lesson."
            )
        return self.lessons[number]


def find_course(submissions: Path) -> Path | None:
    """The course file beside a folder of submissions, if there is one."""
    path = submissions.absolute().parent / NAME
    return path if path.is_file() else None


def read_course(path: Path) -> Course:
    """Read a course file and the files that it names, which lie beside it.

    Args:
        path: of a TOML file with `roster`; perhaps `overrides`, `grades`, and [late] with
            `per_day` and `floor`; and [lessons.NN], with perhaps `title`, `points`, `due` and
            `worksheet`, for each lesson.

    Returns:
        The course.

    Raises:
        UserError: one of the files cannot be read or used.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UserError(
            f"{path} cannot be read ({error.strerror}): give the course file."
        ) from error
    except ValueError as error:  # of UTF-8 or of TOML, which says the line
        raise UserError(f"{path} is no TOML file: {error}.") from error
    top = _Section(str(path), content, ("roster", "overrides", "grades", "late", "lessons"))
    roster = read_roster(path.parent / top.text("roster", required=True))
    late = _Section(f"[late] of {path}", top.section("late"), LateRule._fields)
    numbers = top.section("lessons")
    if not numbers:
        raise UserError(f"{path} names no lesson: add [lessons.01], or those that you teach.")
    lessons: dict[int, CourseLesson] = {}
    for number in numbers:
        content = _Section(str(path), numbers, numbers).section(number)
        lesson = _lesson(path, number, content, roster)
        if lesson.number in lessons:
            raise UserError(f"{path} names lesson {lesson.number} twice: keep one of the two.")
        lessons[lesson.number] = lesson
    named = top.text("overrides")
    return Course(
        path=path,
        roster=roster,
        grades=path.parent / (top.text("grades") or "grades"),
        lessons=lessons,
        late=LateRule(*(late.number(name, 0.0, 1.0) or 0.0 for name in LateRule._fields)),
        overrides=_overrides(path.parent / named, roster, lessons) if named else {},
    )


class _Section(NamedTuple):
    """A part of the course file, and what may stand in it."""

    where: str
    content: dict[str, Any]
    allowed: Collection[str]

    def get(self, name: str, kind: type | tuple[type, ...], wanted: str) -> Any:
        for other in self.content:
            if other not in self.allowed:
                raise UserError(
                    f"There is no setting {other!r} in {self.where}: choose one of "
                    f"{', '.join(self.allowed)}."
                )
        value = self.content.get(name)
        if value is not None and (not isinstance(value, kind) or isinstance(value, bool)):
            raise UserError(f"{name} in {self.where} is {value!r}: give {wanted}.")
        return value

    def text(self, name: str, required: bool = False) -> str:
        value = self.get(name, str, "a text in quotation marks")
        if required and not value:
            raise UserError(f"{self.where} has no {name}: give the file's name in quotation marks.")
        return str(value or "").strip()

    def section(self, name: str) -> dict[str, Any]:
        return dict(self.get(name, dict, "a section in brackets, as in [lessons.01]") or {})

    def number(self, name: str, least: float, most: float) -> float | None:
        wanted = f"a number from {least:g} to {most:g}"
        value = self.get(name, (int, float), wanted)
        if value is not None and not least <= value <= most:
            raise UserError(f"{name} in {self.where} is {value}: give {wanted}.")
        return value if value is None else float(value)

    def date(self, name: str) -> datetime | None:
        wanted = f"a date with a time and a time zone, such as {DATE}"
        value: datetime | None = self.get(name, datetime, wanted)
        if value is not None and value.tzinfo is None:
            raise UserError(f"{name} in {self.where} has no time zone: give {wanted}.")
        return value


def _lesson(path: Path, number: str, content: dict[str, Any], roster: Roster) -> CourseLesson:
    exercises = exercises_of(int(number)) if number.isascii() and number.isdecimal() else {}
    if not exercises:
        raise UserError(f"{path} names lesson {number!r}, which has no exercises: give 01 to 12.")
    section = _Section(f"[lessons.{number}] of {path}", content, LESSON)
    usual = {name: points_of(exercise, find_lessons()) for name, exercise in exercises.items()}
    points = section.number("points", 0.01, 1e6)
    worksheet = section.text("worksheet")
    lesson = CourseLesson(
        number=int(number),
        title=section.text("title") or f"Lesson {int(number):02d}",
        points=usual if points is None else _shared_out(points, usual),
        due=section.date("due"),
        worksheet=read_table(path.parent / worksheet) if worksheet else None,
    )
    if lesson.worksheet:
        _read_worksheet(lesson, lesson.worksheet, roster)
    return lesson


def _shared_out(points: float, usual: dict[str, float]) -> dict[str, float]:
    """Points for a lesson, over its exercises as they usually have them, with no rest."""
    scale = points / sum(usual.values())
    ends, so_far = [0.0], 0.0
    for share in usual.values():
        so_far += share
        ends.append(round(scale * so_far, 2))
    return {name: round(ends[k + 1] - ends[k], 2) for k, name in enumerate(usual)}


def _read_worksheet(lesson: CourseLesson, table: Table, roster: Roster) -> None:
    """See that the sheet can be filled in, and learn who Moodle's participants are."""
    require_columns(table, ["Identifier", "Grade", "Last modified (grade)"])
    for row in table.rows:
        most = row.cells.get("Maximum Grade", "").strip()
        if most and _number(most) != lesson.total:
            raise UserError(
                f"{row.place}, has the Maximum Grade {most}, but {lesson.title} has "
                f"{lesson.total:g} points: give it points = {most} in the course file, or change "
                "the maximum in Moodle."
            )
        person = worksheet_person(row, roster)
        if person:
            roster.add(row.cells["Identifier"], person)


def worksheet_person(row: Row, roster: Roster) -> Person | None:
    """The student of a row of Moodle's offline grading sheet, if one alone fits."""
    for heading in ("Email address", "Full name", "Identifier"):
        people = roster.find(row.cells.get(heading, ""))
        if len(people) == 1:
            return people[0]
    return None


def _overrides(
    path: Path, roster: Roster, lessons: dict[int, CourseLesson]
) -> dict[tuple[str, str], Override]:
    table = read_table(path)
    require_columns(table, OVERRIDES)
    most = {name: each for lesson in lessons.values() for name, each in lesson.points.items()}
    overrides: dict[tuple[str, str], Override] = {}
    for row in table.rows:
        student, exercise, points, reason, comment = (row.cells[c].strip() for c in OVERRIDES)
        people = roster.find(student)
        if len(people) != 1:
            raise UserError(
                f"{row.place}: {student!r} fits {len(people) or 'no'} student"
                f"{'s' if people else ''} of {roster.path}: give an identifier from there."
            )
        if exercise not in most:
            raise UserError(
                f"{row.place}: no lesson of the course has an exercise {exercise!r}: choose one "
                f"of {', '.join(most)}."
            )
        value = _number(points)
        if not 0 <= value <= most[exercise]:
            raise UserError(
                f"{row.place}: points are {points!r}: give a number from 0 to {most[exercise]:g}."
            )
        if not reason:
            raise UserError(f"{row.place}: there is no reason: give one, for the student to read.")
        key = (people[0].label, exercise)
        if key in overrides:
            raise UserError(
                f"{row.place}: an earlier row sets {exercise} for {student!r} too: keep one."
            )
        overrides[key] = Override(value, reason, comment)
    return overrides


def _number(text: str) -> float:
    """A number, also with a decimal comma; NaN where it is none."""
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return math.nan
