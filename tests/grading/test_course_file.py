"""A course file is read whole or refused in one sentence; late work is told with its rule."""

from datetime import datetime
from types import SimpleNamespace

import pytest

from cifg_edu.__main__ import main
from cifg_edu.errors import UserError
from cifg_edu.grading.course_file import CourseLesson, LateRule
from cifg_edu.grading.gradebook import final_result
from cifg_edu.grading.handed_in import owner
from cifg_edu.grading.late import lateness
from cifg_edu.grading.roster import read_roster
from cifg_edu.grading.submissions import find_submissions
from cifg_edu.grading.tables import read_table
from tests.grading.classroom import RIGHT, answered
from tests.grading.term import CANVAS, COURSE, MOODLE, OVERRIDES, WORKSHEET, Term

DUE = "due = 2026-11-20T23:59:00+01:00"


def test_course_without_settings_has_the_usual_points_and_no_dates(tmp_path):
    course = Term(tmp_path, 'roster = "roster.csv"\n[lessons.06]\n').course()
    assert course.lesson(6).points == {"phantom_error": 10, "cifg_step_backward": 30}
    assert course.lesson(6).title == "Lesson 06"
    assert course.lesson(6).due is None
    assert course.grades == tmp_path / "grades"
    assert course.overrides == {}


@pytest.mark.parametrize("points", [10, 20, 33.33])
def test_points_of_a_lesson_are_shared_out_with_no_rest(tmp_path, points):
    text = f'roster = "roster.csv"\n[lessons.11]\npoints = {points}\n'
    lesson = Term(tmp_path, text).course().lesson(11)
    assert lesson.total == points
    assert all(each == round(each, 2) > 0 for each in lesson.points.values())


# What is written in place of what, and words of the sentence.
MISTAKES = [
    ("course.toml", 'roster = "roster.csv"', "roster = ", "course.toml is no TOML file: "),
    ("course.toml", 'roster = "roster.csv"', "", "has no roster: give"),
    ("course.toml", 'roster = "roster.csv"', "roster = 3", "roster in .*course.toml is 3: give"),
    ("course.toml", "roster.csv", "none.csv", "none.csv cannot be read"),
    ("course.toml", "overrides.csv", "none.csv", "none.csv cannot be read"),
    ("course.toml", "[late]", "[lated]", "There is no setting 'lated' in .*: choose one of"),
    ("course.toml", "floor", "flour", "There is no setting 'flour' in .late. of"),
    ("course.toml", "per_day = 0.1", "per_day = 10", "per_day in .late. of .* is 10: give a num"),
    ("course.toml", "per_day = 0.1", 'per_day = "a"', "give a number from 0 to 1"),
    ("course.toml", "floor = 0.5", "floor = nan", "floor in .late. of .* is nan: give"),
    ("course.toml", "lessons.02", "lessons.99", "names lesson '99', which has no exercises"),
    ("course.toml", "lessons.02", "lessons.gates", "names lesson 'gates', which has no"),
    ("course.toml", "lessons.02", "lessons.1", "names lesson 1 twice"),
    ("course.toml", "[lessons.02]", "[lessons]\n02 = 3", "02 in .* is 3: give a section in"),
    ("course.toml", "+01:00", "", "due in .lessons.01. of .* has no time zone: give a date"),
    ("course.toml", DUE, 'due = "Friday"', "due in .* is 'Friday': give a date with a time"),
    ("course.toml", DUE, "due = 2026-11-20", "give a date with a time and a time zone"),
    ("course.toml", DUE, "due = 2026-11-31T23:59:00Z", "no TOML file"),
    ("course.toml", "points = 30", "points = 0", "points in .lessons.01. of .* is 0: give"),
    ("course.toml", "points = 30", "points = true", "points in .* is True: give a number"),
    ("course.toml", DUE, 'worksheet = "roster.csv"', "has no column 'Identifier'"),
    ("course.toml", "points = 30", 'worksheet = "sheet.csv"', "Maximum Grade 30.00, but Lesson"),
    ("roster.csv", "Section", "Group", "has no column 'Section'"),
    ("roster.csv", ",ID", ",Number", "is no roster: give an export of Canvas's gradebook"),
    ("roster.csv", "SIS Login ID", "ID", "has two columns 'ID'"),
    ("roster.csv", "1005,", "1004,", "line 5, has the same ID as an earlier row, '1004'"),
    ("roster.csv", "1004,s4711004,alovelace", ",,", "line 4, has no name or no identifier"),
    ("roster.csv", '"Still, Nell"', "Still, Nell", "line 7, has more cells than headings"),
    ("roster.csv", CANVAS.partition("\n")[2], "", "lists no student"),
    ("overrides.csv", "reason", "why", "has no column 'reason'"),
    ("overrides.csv", "ROW", "Zoe,sigmoid,1,x,", "line 2: 'Zoe' fits no student of .*roster.csv"),
    ("overrides.csv", "ROW", "eve,tanh,1,x,", "line 2: no lesson .* has an exercise 'tanh'"),
    ("overrides.csv", "ROW", "eve,sigmoid,all,x,", "points are 'all': give a number from 0 to 15"),
    ("overrides.csv", "ROW", "eve,sigmoid,,x,", "points are '': give a number"),
    ("overrides.csv", "ROW", "eve,sigmoid,nan,x,", "points are 'nan': give a number"),
    ("overrides.csv", "ROW", "eve,sigmoid,16,x,", "give a number from 0 to 15"),
    ("overrides.csv", "ROW", "eve,sigmoid,1,,", "there is no reason: give one"),
    ("overrides.csv", "ROW", "eve,sigmoid,1,x,\n1006,sigmoid,2,x,", "line 3: an earlier row sets"),
]


@pytest.mark.parametrize(("name", "old", "new", "words"), MISTAKES)
def test_mistake_in_a_file_of_the_course_is_one_sentence(tmp_path, capsys, name, old, new, words):
    term = Term(tmp_path / "term", overrides=OVERRIDES + "ROW\n" * (old == "ROW"))
    term.write("sheet.csv", WORKSHEET)
    text = (tmp_path / "term" / name).read_text(encoding="utf-8")
    assert old in text
    term.write(name, text.replace(old, new, 1))
    with pytest.raises(UserError, match=words):
        term.course()
    before = sorted(tmp_path.rglob("*"))
    term.folder.joinpath("in").mkdir()
    for command in (["gradebook", str(tmp_path / "term" / "course.toml")],
                    ["grade", str(tmp_path / "term" / "in")]):  # fmt: skip
        assert main(command) == 2
        said = capsys.readouterr().err
        assert said.startswith("cifg_edu: ")
        assert said.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == sorted([*before, tmp_path / "term" / "in"])


def test_lesson_that_the_course_does_not_have_is_not_graded(tmp_path):
    term = Term(tmp_path)
    term.hand_in("in", "alovelace", answered(**RIGHT))
    with pytest.raises(UserError, match=r"Lesson 3 is not in .*: add \[lessons.03\] to it"):
        term.grade(lesson=3)
    assert not (tmp_path / "grades").exists()


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("lovelaceada_1004_20398_01.ipynb", "Lovelace, Ada"),
        ("lovelaceada_LATE_1004_20398_01.ipynb", "Lovelace, Ada"),
        ("lovelaceada_1999_20398_alovelace.ipynb", None),  # the platform's number decides
        ("ALOVELACE-06 final.ipynb", "Lovelace, Ada"),
        ("01_gates_as_mixers_Ada_Lovelace(2).ipynb", "Lovelace, Ada"),
        ("Lovelace, Ada.zip", "Lovelace, Ada"),
        ("s4711005", 'Müller, Jürgen "Jo"'),
        ("Ju\u0308rgen Jo MU\u0308LLER.ipynb", 'Müller, Jürgen "Jo"'),
        ("lesson_1004.ipynb", None),  # a short number may be anything
        ("Ada.ipynb", None),
        ("alovelaces.ipynb", None),
        ("alovelace and nstill.ipynb", None),
    ],
)
def test_name_of_a_file_finds_its_student_on_canvas_roster(tmp_path, name, label):
    roster = read_roster(_written(tmp_path, CANVAS))
    found = roster.owners(owner(name))
    assert (found[0].label if len(found) == 1 else None) == label


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Ada Lovelace_90011_assignsubmission_file_01.ipynb", "Lovelace, Ada"),
        ("Lady Ada Lovelace_90011_assignsubmission_file_01.ipynb", None),
        ("jo.mueller.ipynb", 'Müller, Jürgen "Jo"'),
        ("nell@uni.example.ipynb", "Still, Nell"),
    ],
)
def test_name_of_a_file_finds_its_student_on_moodles_roster(tmp_path, name, label):
    roster = read_roster(_written(tmp_path, MOODLE))
    found = roster.owners(owner(name))
    assert (found[0].label if len(found) == 1 else None) == label


def test_students_of_one_name_have_two_labels_and_moodles_sheet_tells_them_apart(tmp_path):
    twin = MOODLE + "Ada,Lovelace,s4719999,ada2@uni.example\n"
    course = COURSE.replace("points = 30", 'points = 30\nworksheet = "sheet.csv"')
    term = Term(tmp_path, course, twin)
    sheet = WORKSHEET + "Participant 90015,Ada Lovelace,ada2@uni.example,,,30,Yes,-,-,\n"
    term.write("sheet.csv", sheet)
    for number in (90011, 90015):
        name = f"Ada Lovelace_{number}_assignsubmission_file_01"
        term.hand_in("in", name, answered(**RIGHT))
    term.hand_in("in", "Ada Lovelace", answered(**RIGHT))
    students = find_submissions(tmp_path / "in", term.course().roster).students
    files = {name: [one.file for one in student.submissions] for name, student in students.items()}
    assert files["Lovelace, Ada (s4711004)"][0].startswith("Ada Lovelace_90011")
    assert files["Lovelace, Ada (s4719999)"][0].startswith("Ada Lovelace_90015")
    assert "fits several students" in " ".join(students["Ada Lovelace"].notes)


def test_table_of_another_spreadsheet_is_read_too(tmp_path):
    path = tmp_path / "table.csv"
    path.write_bytes('\ufeffstudent ; points\r\n"Müller; Jo";7,5\r\n;\r\nx\r\n'.encode())
    table = read_table(path)
    assert [row.cells for row in table.rows] == [
        {"student": "Müller; Jo", "points": "7,5"},
        {"student": "x", "points": ""},
    ]


@pytest.mark.parametrize("content", ["Müller".encode("cp1252"), b'a,b\n"' + b"x" * 200_000])
def test_file_that_is_no_table_is_refused_in_a_sentence(tmp_path, content):
    (tmp_path / "table.csv").write_bytes(content)
    with pytest.raises(UserError, match=r"table.csv is (not in UTF-8|no CSV file)"):
        read_table(tmp_path / "table.csv")


@pytest.mark.parametrize(
    ("time", "marked", "rule", "days", "share", "words"),
    [
        ("2026-11-20T23:59:00+01:00", None, LateRule(0.1), 0, 1, ""),
        ("2026-11-20T23:59:01+01:00", None, LateRule(0.1), 1, 0.9, "1 day late (by the"),
        ("2026-11-23T23:59:01+01:00", None, LateRule(0.1), 4, 0.6, "2026-11-23 23:59 +0100; due"),
        ("2026-12-24T18:00:00Z", None, LateRule(0.1, 0.4), 34, 0.4, "40 % of the points count."),
        ("2026-12-24T18:00:00Z", None, LateRule(0.1), 34, 0, "0 % of the points count."),
        ("2026-12-24T18:00:00Z", None, LateRule(), 34, 1, "Late work costs nothing"),
        ("2026-12-24T18:00:00Z", False, LateRule(0.1), 0, 1, ""),
        ("2026-11-19T00:00:00Z", True, LateRule(0.1), 1, 0.9, "(marked so by the platform; due"),
        ("2026-11-22T00:00:00Z", True, LateRule(0.1), 2, 0.8, "platform, and by the time of"),
        ("1970-01-01T00:00:00Z", None, LateRule(0.1), 0, 1, "is not known, so it counts as in"),
    ],
)
def test_late_work_is_told_with_its_rule(tmp_path, time, marked, rule, days, share, words):
    lesson = Term(tmp_path).course().lesson(1)
    result = {"file": "x.ipynb", "time": datetime.fromisoformat(time).timestamp(), "late": marked}
    found = lateness(lesson, rule, result)
    assert (found.days, found.share) == (days, pytest.approx(share))
    assert words in found.words
    assert bool(found.words) == bool(words)


def _written(folder, text):
    (folder / "roster.csv").write_text(text, encoding="utf-8")
    return folder / "roster.csv"


def test_exercise_that_is_worth_no_points_costs_none():
    result = {"student": "ada", "file": "a.ipynb", "complete": True, "late": False, "problems": []}
    exercise = {"exercise": "sigmoid", "earned": 0.0, "points": 0.0, "words": ""}
    lesson = CourseLesson(1, "01", {"sigmoid": 0.0}, None, None)
    course = SimpleNamespace(late=LateRule(), overrides={})
    final = final_result(course, lesson, {**result, "exercises": [exercise]})
    assert final["exercises"][0]["earned"] == final["penalty"] == 0
