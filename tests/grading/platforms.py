"""What Canvas, Moodle and nbgrader's readers make of a file, as their documents say.

Each refuses what the platform refuses. They share no code with what writes the files.
"""

import csv
import re


def _rows(path):
    text = path.read_bytes().decode("utf-8")
    assert not text.startswith("\ufeff")
    rows = list(csv.reader(text.splitlines(keepends=True), strict=True))
    assert len({len(row) for row in rows}) == 1
    return rows


def canvas(path, students):
    """What Canvas's gradebook import does.

    Args:
        path: of the file.
        students: the course's, a dictionary each with id, sis, login and name.

    Returns:
        The points of each assignment, the titles that make a new one, and for each student's id
        the grades.
    """
    head, possible, *rows = _rows(path)
    assert "Student" in head[0]
    assert "ID" in head[1]
    last = head.index("Section")
    assert set(head[2:last]) <= {"SIS User ID", "SIS Login ID", "Integration ID", "Root Account"}
    assert "Points Possible" in possible[0]
    titles = head[last + 1 :]
    points = {title: float(possible[head.index(title)]) for title in titles}
    grades = {}
    for row in rows:
        cells = dict(zip(head, row, strict=True))
        for key, heading in {
            "id": "ID", "sis": "SIS User ID", "login": "SIS Login ID", "name": "Student",
        }.items():  # fmt: skip
            found = [s for s in students if cells.get(heading) and s[key] == cells[heading]]
            if found:
                break
        [student] = found
        assert student["id"] not in grades
        grades[student["id"]] = {
            title: float(cells[title]) if cells[title] else None for title in titles
        }
    return points, [t for t in titles if not re.search(r" \(\d+\)$", t)], grades


def moodle(path, user, users):
    """What Moodle's import of grades does where each column is mapped.

    Args:
        path: of the file.
        user: the heading of the column that says who it is.
        users: what this column may hold.

    Returns:
        For each user the grades and the feedback, by the item's title.
    """
    head, *rows = _rows(path)
    items = [title for title in head if f"{title} feedback" in head]
    grades, feedback = {}, {}
    for row in rows:
        cells = dict(zip(head, row, strict=True))
        assert cells[user] in users, "one unknown user fails the whole import"
        assert cells[user] not in grades
        grades[cells[user]] = {}
        feedback[cells[user]] = {}
        for title in items:
            grade, words = cells[title], cells[f"{title} feedback"]
            assert grade or not words, "feedback needs a grade"
            if grade not in ("", "-"):
                assert float(grade) <= 100
                grades[cells[user]][title] = float(grade)
                feedback[cells[user]][title] = words
    return grades, feedback


def worksheet(path, downloaded):
    """What Moodle's import of an offline grading sheet does.

    Args:
        path: of the file that is uploaded.
        downloaded: the path of the sheet as it was downloaded.

    Returns:
        For each participant's number the grade, or None, and the feedback.
    """
    head, *rows = _rows(path)
    assert {"Identifier", "Grade", "Last modified (grade)"} <= set(head)
    before = [dict(zip(head, row, strict=True)) for row in _rows(downloaded)[1:]]
    assert len(rows) == len(before)
    found = {}
    for row, old in zip(rows, before, strict=True):
        cells = dict(zip(head, row, strict=True))
        for heading in set(head) - {"Grade", "Feedback comments"}:
            assert cells[heading] == old[heading]
        number = int(re.fullmatch(r"Participant (\d+)", cells["Identifier"])[1])
        if cells["Grade can be changed"] == "No":
            assert cells == old
        grade = float(cells["Grade"]) if cells["Grade"] else None
        assert grade is None or grade <= float(cells["Maximum Grade"])
        found[number] = grade, cells["Feedback comments"]
    return found


def nbgrader(path):
    """The rows of nbgrader's export, by assignment and student."""
    head, *rows = _rows(path)
    assert ",".join(head) == (
        "assignment,duedate,timestamp,student_id,last_name,first_name,email,raw_score,"
        "late_submission_penalty,score,max_score"
    )
    every = [dict(zip(head, row, strict=True)) for row in rows]
    for row in every:
        lost = float(row["raw_score"]) - float(row["late_submission_penalty"])
        assert abs(lost - float(row["score"])) < 1e-9
        assert 0 <= float(row["score"]) <= float(row["max_score"])
    return {(row["assignment"], row["student_id"]): row for row in every}
