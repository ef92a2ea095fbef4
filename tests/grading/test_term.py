"""An instructor's term: late work, mistakes put right, another run, and the platforms' files."""

import itertools
import json
import os
import shutil

import pytest

from cifg_edu.__main__ import main
from cifg_edu.errors import UserError
from cifg_edu.grading import exports, reports, run
from cifg_edu.grading.exports import write_gradebook
from cifg_edu.grading.gradebook import read_gradebook
from tests.grading import platforms
from tests.grading.classroom import RIGHT, answered, lesson, needs_bubblewrap, references
from tests.grading.term import (
    COURSE,
    EVIL,
    MOODLE,
    OVERRIDES,
    WORKSHEET,
    WRONG,
    Term,
    runs_nothing,
)

HALF = {**RIGHT, "sigmoid": WRONG.format("sigmoid")}
STUDENTS = [
    {"id": "1004", "sis": "s4711004", "login": "alovelace", "name": "Lovelace, Ada"},
    {"id": "1005", "sis": "s4711005", "login": "jmueller", "name": 'Müller, Jürgen "Jo"'},
    {"id": "1006", "sis": "s4711006", "login": "eve", "name": f"{EVIL}, Eve"},
    {"id": "1007", "sis": "s4711007", "login": "nstill", "name": "Still, Nell"},
]
NUMBERS = {student["sis"] for student in STUDENTS}


@pytest.fixture
def term(tmp_path, monkeypatch):
    """A term in which all is handed in and no lesson is graded; nothing runs when it is."""
    runs_nothing(monkeypatch)
    term = Term(tmp_path / "term")
    hand_all_in(term)
    return term


def hand_all_in(term):
    # Ada hands in half in time, and all of it a day and an hour late.
    term.hand_in("in", "lovelaceada_1004_20398_01", answered(**HALF))
    again = "2026-11-22T00:59:00+01:00"
    term.hand_in("in", "lovelaceada_LATE_1004_20417_01-1", answered(**RIGHT), again)
    # Downloaded later than the due date, but Canvas marks nothing.
    term.hand_in("in", "mullerjurgen_1005_20399_01", answered(**HALF), "2026-12-01T12:00:00Z")
    term.hand_in("in", "hyperlinkx_1006_20400_01", answered(**RIGHT))
    term.hand_in("in_02", "lovelaceada_1004_30001_02", answered(lesson(2), **references(2)))
    wrong = answered(lesson(2), cifg_step=WRONG.format("cifg_step"))
    term.hand_in("in_02", "mullerjurgen_1005_30002_02", wrong)


def write(term):
    return write_gradebook(read_gradebook(term.course()))[1]


def exported(term, name):
    return term.folder / "grades" / "gradebook" / name


def canvas(term):
    return platforms.canvas(exported(term, "canvas.csv"), STUDENTS)


@needs_bubblewrap
def test_term_from_the_first_notebook_to_canvas_and_moodle(tmp_path, capsys, monkeypatch):
    """Through the command line, in the sandbox; the steps alone are below."""
    monkeypatch.setattr(run, "end_idle", lambda: None)  # the next class needs them again
    monkeypatch.setattr(run, "_try_the_reference", lambda task: None)
    term = Term(tmp_path / "term")
    hand_all_in(term)
    course = str(term.folder / "course.toml")
    for submissions in ("in", "in_02"):
        assert main(["grade", str(term.folder / submissions), "--seconds", "2"]) == 0
    assert f"The course is that of {course}." in capsys.readouterr().out
    term.write("overrides.csv", f"{OVERRIDES}1005,sigmoid,12.5,Right but for a typo,\n")
    # The override is in the pages after another run, which grades nothing again.
    results = term.folder / "grades" / "lesson_01" / "results"
    before = {path: path.stat().st_mtime_ns for path in results.iterdir()}
    assert main(["grade", str(term.folder / "in"), "--course", course, "--seconds", "2"]) == 0
    assert {path: path.stat().st_mtime_ns for path in results.iterdir()} == before
    assert "Right but for a typo" in term.page("M-ller-J-rgen-Jo")
    assert main(["gradebook", course]) == 0
    said = capsys.readouterr().out
    assert "Canvas makes a new assignment for Lesson 02" in said
    points, new, grades = canvas(term)
    assert (points, new) == ({"Lesson 01 (501)": 30, "Lesson 02": 20}, ["Lesson 02"])
    assert grades == {
        "1004": {"Lesson 01 (501)": 24, "Lesson 02": 20},
        "1005": {"Lesson 01 (501)": 27.5, "Lesson 02": 0},
        "1006": {"Lesson 01 (501)": 30, "Lesson 02": None},
        "1007": {"Lesson 01 (501)": None, "Lesson 02": None},
    }
    # The same results for a course on Moodle.
    term.write("roster.csv", MOODLE)
    term.write("sheet.csv", WORKSHEET)
    term.write("course.toml", COURSE.replace("points = 30", 'points = 30\nworksheet = "sheet.csv"'))
    term.write("overrides.csv", f"{OVERRIDES}s4711005,sigmoid,12.5,Right but for a typo,\n")
    assert main(["gradebook", course]) == 0
    grades, feedback = platforms.moodle(exported(term, "moodle.csv"), "ID number", NUMBERS)
    assert grades == {
        "s4711004": {"Lesson 01": 24, "Lesson 02": 20},
        "s4711005": {"Lesson 01": 27.5, "Lesson 02": 0},
        "s4711006": {"Lesson 01": 30},
        "s4711007": {},
    }
    assert "2 days late" in feedback["s4711004"]["Lesson 01"]
    sheet = platforms.worksheet(exported(term, "worksheet_01.csv"), term.folder / "sheet.csv")
    assert [grade for grade, _ in sheet.values()] == [24, 27.5, 3, None]


def bare_page(title, *rest, **values):
    """What is on a page, without the time that laying it out takes."""
    return repr((title, values)).encode()


def files_of(folder):
    return {
        path.relative_to(folder): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_run_that_is_interrupted_at_any_file_loses_nothing_and_ends_like_one_that_is_not(
    term, monkeypatch
):
    """A notebook comes again, a student leaves, points are set: stopped at each file in turn."""
    monkeypatch.setattr(reports, "mistakes_plot", lambda mistakes: b"a picture")
    monkeypatch.setattr(reports, "render", bare_page)
    monkeypatch.setattr(exports, "render", bare_page)
    monkeypatch.setattr(os, "fsync", lambda handle: None)
    grades, before = term.folder / "grades", term.folder / "before"
    term.hand_in("in", "Zoe", answered(**RIGHT))

    def run_all():
        term.grade()
        write(term)

    run_all()
    shutil.copytree(grades, before)
    (term.folder / "in" / "Zoe.ipynb").unlink()
    term.hand_in("in", "mullerjurgen_1005_20499_01-1", answered(**RIGHT))
    term.write("overrides.csv", f"{OVERRIDES}eve,sigmoid,1,Copied,\n")
    run_all()
    old, new = files_of(before), files_of(grades)
    replace = os.replace
    for last in itertools.count(1):
        shutil.rmtree(grades)
        shutil.copytree(before, grades)
        written = itertools.count(1)

        def press(source, target, written=written, last=last):
            if next(written) == last:
                raise KeyboardInterrupt
            replace(source, target)

        monkeypatch.setattr(os, "replace", press)
        try:
            run_all()
        except (KeyboardInterrupt, run.Interrupted):
            found = files_of(grades)
        else:
            break
        # Each file is there whole, as before or as afterwards; no result is lost.
        assert all(found[path] in (old.get(path), new.get(path)) for path in found)
        assert {path for path in old if "results" in path.parts} <= set(found)
        monkeypatch.setattr(os, "replace", replace)
        run_all()
        assert files_of(grades) == new
    assert last > len(list(grades.rglob("*.csv"))) + 2 * len(STUDENTS)


def test_gradebook_knows_only_lessons_that_were_graded_to_the_end(term, monkeypatch):
    with pytest.raises(UserError, match=r"No lesson of .*course\.toml is graded"):
        write(term)
    term.grade()
    notes = write(term)
    assert "Lesson 02 is not graded yet, so it is left out." in notes
    assert "Lesson 02" not in exported(term, "canvas.csv").read_text(encoding="utf-8")
    [path] = (term.folder / "grades" / "lesson_01" / "results").glob("Still-Nell-*")
    path.unlink()
    with pytest.raises(UserError, match=r"'Still, Nell' .* missing or damaged"):
        write(term)


def test_first_run_that_is_stopped_is_no_graded_lesson(term, monkeypatch):
    def press(folder, result):
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "keep_result", press)
    with pytest.raises(run.Interrupted):
        term.grade()
    with pytest.raises(UserError, match="No lesson of"):
        write(term)


def test_gradebook_of_which_one_file_cannot_be_made_is_not_written_at_all(term, monkeypatch):
    term.grade()
    monkeypatch.setattr(exports, "render", None)
    with pytest.raises(TypeError):
        write(term)
    assert not exported(term, "").exists()


def test_gradebook_says_what_an_instructor_must_know(term):
    term.write("course.toml", COURSE.replace("points = 30", "points = 130"))
    term.grade()
    term.write("roster.csv", f"{MOODLE}Zoe,New,s4719999,zoe@uni.example\n")
    notes = write(term)
    assert "Lesson 01 was graded without New, Zoe: grade it again with this course file." in notes
    assert "Lesson 01 has 130 points, and Moodle refuses more than 100: give it" in " ".join(notes)
    page = exported(term, "index.html").read_text(encoding="utf-8")
    assert all(f"<p>{note}</p>" in page for note in notes)


def test_late_work_costs_what_the_rule_says_and_the_page_says_it(term):
    term.grade()
    page = term.page("Lovelace-Ada")
    assert "2 days late (marked so by the platform, and by the time of its file," in page
    assert "2026-11-22 00:59 +0100; due 2026-11-20 23:59 +0100)" in page
    assert "Each day begun costs 10 % of the points, and 50 % are left in any case" in page
    assert "24 of 30 points" in page
    assert "✔ sigmoid:\n12 of 15 points" in page
    assert "3 points less, since it came late." in page
    # Where Canvas marks nothing the time of a download counts for nothing.
    assert " late" not in term.page("M-ller-J-rgen-Jo")


def test_right_and_late_is_shown_as_right_and_lateness_apart(term):
    out = term.grade().folder
    page = (out / "index.html").read_text(encoding="utf-8")
    right, part, not_right, late = (f'<td class="number">{n}</td>\n' for n in ("2 of 4", 0, 2, 1))
    assert f"<td>sigmoid</td>\n{right}{part}{not_right}{late}" in page
    assert page.count("<br>right, late") == 2
    [path] = out.glob("gradescope/Lovelace-Ada-*/results.json")
    [whole, *_] = json.loads(path.read_text(encoding="utf-8"))["tests"]
    assert (whole["status"], whole["score"], whole["max_score"]) == ("passed", 12, 15)
    assert whole["output"] == "3 points less, since it came late."


def test_change_of_the_due_date_or_the_points_grades_nothing_again(term, monkeypatch):
    term.grade()
    monkeypatch.setattr("cifg_edu.grading.run._judge", None)
    moved = COURSE.replace("2026-11-20T23:59:00+01:00", "2026-11-21T23:59:00+01:00")
    term.write("course.toml", moved.replace("points = 30", "points = 10"))
    term.grade()
    assert "1 day late" in term.page("Lovelace-Ada")
    assert "9 of 10 points" in term.page("Lovelace-Ada")
    # Another time of the same file is no other notebook, but it may be late.
    name = "lovelaceada_LATE_1004_20417_01-1"
    term.hand_in("in", name, answered(**RIGHT), "2026-11-24T00:00:00+01:00")
    term.grade()
    assert "3 days late" in term.page("Lovelace-Ada")


def test_override_counts_in_place_of_the_grade_and_of_what_late_work_costs(term):
    rows = "alovelace,sigmoid,14,<b>Ill</b> that day,Get well\nStill Nell,interpolate,7,By hand,\n"
    term.write("overrides.csv", OVERRIDES + rows)
    term.grade()
    page = term.page("Lovelace-Ada")
    assert "Set to 14 points by the instructor: &lt;b&gt;Ill&lt;/b&gt; that day\nGet well" in page
    assert "26 of 30 points" in page
    write(term)
    _, _, grades = canvas(term)
    assert grades["1004"]["Lesson 01 (501)"] == 26
    assert grades["1007"]["Lesson 01 (501)"] == 7
    row = platforms.nbgrader(exported(term, "nbgrader.csv"))["Lesson 01", "1004"]
    assert (row["raw_score"], row["late_submission_penalty"]) == ("29.0", "3.0")
    assert (term.folder / "overrides.csv").read_text(encoding="utf-8") == OVERRIDES + rows


def test_all_files_of_one_student_belong_together_in_a_flat_folder_too(term):
    flat = "flat"
    early, late = "2026-11-19T12:00:00Z", "2026-11-20T12:00:00Z"
    term.hand_in(flat, "Ada_Lovelace_01", answered(**HALF), early)
    term.hand_in(flat, "01-final-ALOVELACE", answered(**RIGHT), late)
    term.hand_in(flat, "s4711005 gates", answered(**RIGHT))
    term.hand_in(flat, "Jose", answered(**RIGHT))
    results = {result["student"]: result for result in term.grade(flat).results}
    assert list(results) == [
        "Lovelace, Ada", "Jose", 'Müller, Jürgen "Jo"', f"{EVIL}, Eve", "Still, Nell"
    ]  # fmt: skip
    assert results["Lovelace, Ada"]["file"] == "01-final-ALOVELACE.ipynb"
    assert "fits no student of the roster" in " ".join(results["Jose"]["problems"])
    assert results["Still, Nell"]["problems"] == ["Nothing was handed in."]
    notes = write(term)
    assert "'Jose' fits no student of the roster, so no platform's file has it." in notes
    assert set(canvas(term)[2]) == {"1004", "1005", "1006", "1007"}


def test_only_one_student_is_graded_and_all_others_keep_their_results(term):
    term.grade()
    alone = "alone"
    term.hand_in(alone, "mullerjurgen_1005_20599_01-2", answered(**RIGHT))
    results = {r["student"]: r for r in term.grade(alone, only="jmueller").results}
    assert len(results) == 4
    earned = {s: sum(e["earned"] for e in r["exercises"]) for s, r in results.items()}
    assert earned['Müller, Jürgen "Jo"'] == 30
    assert earned["Lovelace, Ada"] == 24
    write(term)
    assert canvas(term)[2]["1006"]["Lesson 01 (501)"] == 30
    with pytest.raises(UserError, match="No student is called 'Zoe'"):
        term.grade(only="Zoe")


def test_student_who_left_the_folder_leaves_the_pages_and_no_other_file_goes(term):
    for name in ("Zoe", "Yan"):
        term.hand_in("in", name, answered(**RIGHT))
    term.grade()
    lesson_01 = term.folder / "grades" / "lesson_01"
    own = lesson_01 / "students" / "my notes.txt"
    own.write_text("Talk to Zoe.")
    assert len(list(lesson_01.glob("*/Zoe-*"))) >= 3
    (term.folder / "in" / "Zoe.ipynb").unlink()
    term.grade()
    left = {path.parent.name for path in lesson_01.glob("*/Zoe-*")}
    assert left == {"results"}  # if the file comes back nothing is graded twice
    assert "Zoe" not in (lesson_01 / "index.html").read_text(encoding="utf-8")
    assert term.page("Yan")
    assert own.exists()
    write(term)
    assert "Zoe" not in exported(term, "gradebook.csv").read_text(encoding="utf-8")


def test_gradebook_has_a_row_for_each_student_and_a_column_for_each_exercise(term):
    term.grade()
    term.grade("in_02", lesson=2)
    write(term)
    text = exported(term, "gradebook.csv").read_text(encoding="utf-8-sig")
    assert text.splitlines() == [
        "Student,Identifier,sigmoid / 15,interpolate / 15,Lesson 01 / 30,cifg_step / 20,"
        "Lesson 02 / 20,Total / 50",
        '"Lovelace, Ada",1004,12.0,12.0,24.0,20.0,20.0,44.0',
        '"Müller, Jürgen ""Jo""",1005,0.0,15.0,15.0,0.0,0.0,15.0',
        '"\'=HYPERLINK(""x""), Eve",1006,15.0,15.0,30.0,,,30.0',
        '"Still, Nell",1007,,,,,,0.0',
    ]
    rows = platforms.nbgrader(exported(term, "nbgrader.csv"))
    assert len(rows) == 8
    ada = rows["Lesson 01", "1004"]
    assert (ada["last_name"], ada["first_name"], ada["score"]) == ("Lovelace", "Ada", "24.0")
    assert (ada["duedate"], ada["timestamp"]) == ("2026-11-20 22:59:00", "2026-11-21 23:59:00")


def test_page_of_the_gradebook_leads_to_the_students_pages_and_marks_what_is_special(term):
    term.write("overrides.csv", f"{OVERRIDES}eve,sigmoid,1,<i>Copied</i>,\n")
    term.grade()
    write(term)
    text = exported(term, "index.html").read_text(encoding="utf-8")
    links = [part.split('"')[0] for part in text.split('href="')[1:]]
    assert len(links) == 4
    assert all((term.folder / "grades" / "gradebook" / link).is_file() for link in links)
    ada, _, eve, nell = text.split('<td class="name">')[1:]
    assert "<br>late" in ada
    assert "<br>sigmoid set by hand" in eve
    assert ">-</a>" in nell


def test_platform_gets_no_markup_and_no_formula_from_a_student(term):
    term.write("roster.csv", MOODLE)
    term.write("overrides.csv", f"{OVERRIDES}s4711006,sigmoid,1,<script>,=1+1\n")
    term.hand_in("flat", "s4711006", answered(**RIGHT))
    term.grade("flat")
    write(term)
    _, feedback = platforms.moodle(exported(term, "moodle.csv"), "ID number", NUMBERS)
    assert "&lt;script&gt;" in feedback["s4711006"]["Lesson 01"]
    assert ",=" not in exported(term, "moodle.csv").read_text(encoding="utf-8").replace('"', "")


def test_result_without_a_verdict_gives_no_points_and_is_named(term, monkeypatch):
    monkeypatch.setattr("cifg_edu.grading.run._judge", None)
    term.grade()
    notes = write(term)
    assert "Lovelace, Ada has no verdict in Lesson 01" in " ".join(notes)
    assert canvas(term)[2]["1004"]["Lesson 01 (501)"] is None
