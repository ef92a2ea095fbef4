"""A gradebook as files: write_gradebook.

index.html; gradebook.csv, a column for each exercise; canvas.csv or moodle.csv, to import;
worksheet_NN.csv, Moodle's offline grading sheet filled in; nbgrader.csv, as nbgrader exports.
"""

import codecs
import html
import re
from datetime import UTC, datetime
from pathlib import Path

from cifg_edu.files import write_atomically
from cifg_edu.grading.course_file import CourseLesson, worksheet_person
from cifg_edu.grading.gradebook import Gradebook, Line
from cifg_edu.grading.pages import GRADEBOOK_PAGE, SORT, STYLE, WIDE
from cifg_edu.grading.reports import slug
from cifg_edu.grading.roster import KEYS
from cifg_edu.grading.stored_results import lesson_folder
from cifg_edu.grading.tables import table_text
from cifg_edu.grading.visible_text import no_formula, visible
from cifg_edu.pages import render

# Moodle refuses more, unless the site allows unlimited grades.
MOST_IN_MOODLE = 100
NBGRADER = (
    "assignment",
    "duedate",
    "timestamp",
    "student_id",
    "last_name",
    "first_name",
    "email",
    "raw_score",
    "late_submission_penalty",
    "score",
    "max_score",
)

Rows = list[list[object]]


def write_gradebook(book: Gradebook) -> tuple[Path, list[str]]:
    """Write the files; each is made before the first is written.

    Args:
        book: the class in all lessons.

    Returns:
        The folder with the files, and what an instructor must know, a sentence each.

    Raises:
        UserError: the folder cannot be written.
    """
    folder = book.course.grades / "gradebook"
    notes = list(book.notes)
    files = {"gradebook.csv": _all_exercises(book), "nbgrader.csv": _nbgrader(book)}
    if book.course.roster.canvas:
        files["canvas.csv"], new = _canvas(book)
        if new:
            notes.append(
                f"Canvas makes a new assignment for {', '.join(new)}: export its gradebook again "
                "afterwards, as the roster, so that the next import finds it."
            )
    else:
        files["moodle.csv"] = _moodle(book)
        notes += [
            f"{lesson.title} has {lesson.total:g} points, and Moodle refuses more than "
            f"{MOST_IN_MOODLE}: give it points = {MOST_IN_MOODLE} in the course file."
            for lesson in book.lessons
            if lesson.total > MOST_IN_MOODLE
        ]
    for lesson in book.lessons:
        if lesson.worksheet:
            files[f"worksheet_{lesson.number:02d}.csv"] = _worksheet(book, lesson, notes)
    contents = {name: table_text(rows).encode() for name, rows in files.items()}
    # For a spreadsheet, which takes a text without this mark for another encoding.
    contents["gradebook.csv"] = codecs.BOM_UTF8 + contents["gradebook.csv"]
    contents["index.html"] = _page(book, notes)
    for name, content in contents.items():
        write_atomically(folder / name, content)
    return folder, notes


def feedback(line: Line, lesson: CourseLesson) -> str:
    """What a platform tells a student about a lesson, as the HTML that it expects."""
    result = line.results[lesson.number]
    paragraphs = list(result["problems"])
    for each in result["exercises"]:
        paragraphs.append(f"{each['exercise']}: {each['earned']:g} of {each['points']:g} points.")
        paragraphs += each["words"].splitlines()
    return no_formula("<br>".join(html.escape(text) for text in paragraphs))


def _all_exercises(book: Gradebook) -> Rows:
    """Where there are no points the cell is empty, and it adds nothing to the total."""
    head: list[object] = ["Student", "Identifier"]
    for lesson in book.lessons:
        head += [f"{name} / {points:g}" for name, points in lesson.points.items()]
        head.append(no_formula(f"{lesson.title} / {lesson.total:g}"))
    rows = [[*head, f"Total / {_possible(book):g}"]]
    for line in book.lines:
        names = [line.student, line.person.key if line.person else ""]
        row: list[object] = [no_formula(name) for name in names]
        for lesson in book.lessons:
            row += [_cell(line.exercise(lesson.number, name)) for name in lesson.points]
            row.append(_cell(line.earned([lesson])))
        rows.append([*row, line.earned(book.lessons) or 0.0])
    return rows


def _canvas(book: Gradebook) -> tuple[Rows, list[str]]:
    """For Canvas's gradebook import, and the titles that it does not know yet.

    Source: canvas-lms, lib/gradebook_importer.rb.
    """
    roster = book.course.roster
    titles, new = [], []
    for lesson in book.lessons:
        known = re.compile(re.escape(lesson.title) + r" \(\d+\)")
        found = next((column for column in roster.columns if known.fullmatch(column)), None)
        titles.append(found or lesson.title)
        new += [] if found else [lesson.title]
    blank = [""] * (len(roster.headings) - 1)
    rows: Rows = [[*roster.headings, *titles]]
    rows.append(["Points Possible", *blank, *(lesson.total for lesson in book.lessons)])
    for line in book.lines:
        if line.person:
            points = [_cell(line.earned([lesson])) for lesson in book.lessons]
            rows.append([*_identity(line.person.cells, roster.headings), *points])
    return rows, new


def _moodle(book: Gradebook) -> Rows:
    """For Moodle's import of grades: a column of points and one of feedback for each lesson.

    Source: Moodle, grade/import/csv.
    """
    roster = book.course.roster
    titles = [no_formula(lesson.title) for lesson in book.lessons]
    rows: Rows = [[*roster.headings]]
    rows[0] += [each for title in titles for each in (title, f"{title} feedback")]
    for line in book.lines:
        if line.person:
            row: list[object] = [*_identity(line.person.cells, roster.headings)]
            for lesson in book.lessons:
                earned = line.earned([lesson])
                row += [_cell(earned), "" if earned is None else feedback(line, lesson)]
            rows.append(row)
    return rows


def _worksheet(book: Gradebook, lesson: CourseLesson, notes: list[str]) -> Rows:
    """Moodle's offline grading sheet of a lesson, with points and feedback filled in.

    Source: Moodle, mod/assign/feedback/offline.
    """
    table = lesson.worksheet
    assert table
    lines = {line.person.label: line for line in book.lines if line.person}
    rows: Rows = [[*table.headings]]
    for row in table.rows:
        person = worksheet_person(row, book.course.roster)
        cells = dict(row.cells)
        locked = cells.get("Grade can be changed", "").strip().casefold() == "no"
        if person is None or locked:
            why = "Moodle says that its grade cannot be changed" if person else "no student fits it"
            notes.append(f"{row.place}, is left as it was: {why}.")
        elif (earned := lines[person.label].earned([lesson])) is not None:
            cells["Grade"] = f"{earned:g}"
            if "Feedback comments" in cells:
                cells["Feedback comments"] = feedback(lines[person.label], lesson)
        rows.append([cells[heading] for heading in table.headings])
    return rows


def _nbgrader(book: Gradebook) -> Rows:
    """A row for each student and lesson, in the columns of nbgrader's export."""
    rows: Rows = [[*NBGRADER]]
    for lesson in book.lessons:
        for line in book.lines:
            person, result = line.person, line.results.get(lesson.number, {})
            score = line.earned([lesson])
            penalty = 0.0 if score is None else result["penalty"]
            came = datetime.fromtimestamp(result["time"], UTC) if result.get("time") else None
            rows.append(
                [
                    no_formula(lesson.title),
                    _utc(lesson.due),
                    _utc(came),
                    person.key if person else no_formula(line.student),
                    no_formula(person.last) if person else "",
                    no_formula(person.first) if person else "",
                    person.email if person else "",
                    round((score or 0.0) + penalty, 2),
                    penalty,
                    score or 0.0,
                    lesson.total,
                ]
            )
    return rows


def _page(book: Gradebook, notes: list[str]) -> bytes:
    rows = []
    for line in book.lines:
        cells = []
        for lesson in book.lessons:
            result = line.results.get(lesson.number)
            folder = lesson_folder(Path(".."), lesson.number)
            changed = [
                each for each in lesson.points if (line.student, each) in book.course.overrides
            ]
            cells.append(
                {
                    "earned": line.earned([lesson]),
                    "page": (folder / "students" / f"{slug(line.student)}.html").as_posix()
                    if result
                    else "",
                    "marks": [*(["late"] if result and result["days_late"] else []), *changed],
                }
            )
        rows.append({"student": line.student, "cells": cells, "total": line.earned(book.lessons)})
    return render(
        "The class in all lessons",
        GRADEBOOK_PAGE,
        STYLE + WIDE,
        {"visible": visible},
        SORT,
        lessons=book.lessons,
        rows=rows,
        possible=_possible(book),
        notes=notes,
    )


def _possible(book: Gradebook) -> float:
    return round(sum(lesson.total for lesson in book.lessons), 2)


def _identity(cells: dict[str, str], headings: list[str]) -> list[str]:
    """Identifiers exactly as the platform wrote them, and names that no spreadsheet computes."""
    return [cells[each] if each in KEYS else no_formula(cells[each]) for each in headings]


def _cell(points: float | None) -> object:
    return "" if points is None else points


def _utc(time: datetime | None) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") if time else ""
