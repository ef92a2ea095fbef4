"""Every report has every student and exercise, and nothing in it is alive."""

import base64
import csv
import hashlib
import io
import json
import unicodedata
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import pytest

from cifg_edu.checks import find_exercise
from cifg_edu.checks.course import exercises_of
from cifg_edu.grading import reports
from cifg_edu.grading.keys import key
from cifg_edu.grading.pages import SORT
from cifg_edu.grading.sandbox.fence import find_fence
from cifg_edu.grading.scores import score
from cifg_edu.grading.visible_text import no_formula, visible
from tests.grading.classroom import (
    INTERPOLATE,
    RIGHT,
    SIGMOID,
    answered,
    grade_class,
    hand_in,
    needs_bubblewrap,
)

pytestmark = needs_bubblewrap
MARKUP = "<script>alert('x')</script>"
EVIL = f"def sigmoid(a):\n    raise ValueError({MARKUP!r} + '\\x1b[31m\\x00\\ud800')\n"
KEEPS_ALL = "def interpolate(old, new, i):\n    return old + i * new\n"


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    home = tmp_path_factory.mktemp("reports")
    folder = home / "submissions"
    hand_in(folder, "ada", answered(**RIGHT))
    hand_in(folder, "bob", answered(sigmoid=SIGMOID, interpolate=KEEPS_ALL))
    hand_in(folder, "eve", answered(sigmoid=SIGMOID, interpolate=KEEPS_ALL))
    hand_in(folder, f"={MARKUP[:8]}", answered(sigmoid=EVIL, interpolate=INTERPOLATE))
    hand_in(folder, "nobody", b"")
    return grade_class(folder, home / "grades")


def test_csv_has_a_row_for_each_student_and_exercise_and_no_formula(graded):
    text = (graded.reports / "grades.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 5 * 2
    assert not any(value.startswith(("=", "+", "-", "@")) for row in rows for value in row.values())
    by_name = {(row["student"], row["exercise"]): row for row in rows}
    assert by_name["ada", "sigmoid"]["earned"] == "10.0"
    # Closed gates show nothing of the mistake: two of four cases are wrong.
    assert float(by_name["bob", "interpolate"]["earned"]) < 10
    assert by_name["bob", "sigmoid"]["earned"] == "10.0"
    assert "not a notebook" in by_name["nobody", "sigmoid"]["feedback"]


def test_json_has_the_same_scores_and_no_keys(graded):
    content = json.loads((graded.reports / "grades.json").read_text())
    assert content["lesson"] == 1
    assert content["seed"] == 7
    earned = {student["student"]: student["earned"] for student in content["students"]}
    assert earned["ada"] == 20
    assert earned["nobody"] == 0
    assert "fingerprint" not in content["students"][0]


def test_gradescope_gets_a_result_for_each_student(graded):
    files = list((graded.reports / "gradescope").glob("*/results.json"))
    assert len(files) == 5
    [ada] = [json.loads(path.read_text()) for path in files if path.parent.name.startswith("ada-")]
    assert ada["score"] == 20
    exercises = [test for test in ada["tests"] if "score" in test]
    assert [test["name"] for test in exercises] == list(exercises_of(1))
    assert all(test["score"] <= test["max_score"] for test in exercises)
    assert all(test["visibility"] in reports.VISIBILITY for test in ada["tests"])
    cases = [test["name"] for test in ada["tests"] if test["number"].startswith("1.")]
    assert cases == [f"sigmoid: {case.title}" for case in key("sigmoid", 7).cases]


def test_junit_is_nbvals_own_and_its_cases_have_names(graded):
    [path] = (graded.reports / "junit").glob("bob-*.xml")
    cases = list(ElementTree.parse(path).iter("testcase"))
    failed = [case.get("name") for case in cases if case.find("failure") is not None]
    assert cases[0].get("name") == "setup"
    assert cases[1].get("name") == "sigmoid: the answer is taken"
    # The titles of the cases that the exercise itself has.
    titles = [case.title for case in key("interpolate", 7).cases]
    assert [case.get("name").split(": ", 1)[1] for case in cases[-len(titles) :]] == titles
    assert 0 < len(failed) < len(titles)
    assert all(name.startswith("interpolate, case ") for name in failed)


def test_control_characters_of_an_error_are_shown_and_not_obeyed(graded):
    words = graded.words("=<script>")
    assert "ValueError" in words
    assert r"\x1b[31m\x00\ud800" in words


def test_page_says_what_failed_and_why(graded):
    [page] = (graded.reports / "students").glob("bob-*.html")
    text = page.read_text(encoding="utf-8")
    assert "10 of 10 points" in text
    assert "The result is wrong at" in text
    assert "the old value is kept whole" in text


class Tags(HTMLParser):
    """The tags of a page, the rule for its scripts, and their text."""

    def __init__(self, path):
        super().__init__()
        self.found, self.rule, self.scripts = [], "", []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        self.found.append(tag)
        assert not any(name.startswith("on") for name, _ in attributes)
        if tag == "meta":
            self.rule = dict(attributes).get("content", self.rule)

    def handle_data(self, data):
        if self.found and self.found[-1] == "script":
            self.scripts.append(data)


def test_everything_on_the_pages_is_escaped(graded):
    students = list((graded.reports / "students").glob("*.html"))
    assert len(students) == 5
    for page in students:
        assert "script" not in Tags(page).found
        assert "script-src" not in Tags(page).rule
    [evil] = (graded.reports / "students").glob("script-*.html")
    assert "&lt;script&gt;" in evil.read_text(encoding="utf-8")


def test_class_page_has_one_script_and_its_rule_allows_no_other(graded):
    page = Tags(graded.reports / "index.html")
    assert page.found.count("script") == 1
    script = page.scripts[0]
    assert script == SORT
    checksum = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert page.rule.endswith(f"script-src 'sha256-{checksum}'")
    assert "default-src 'none'" in page.rule


def test_class_page_shows_students_then_exercises_then_the_mistakes_that_were_made(graded):
    text = (graded.reports / "index.html").read_text(encoding="utf-8")
    students, exercises, mistakes = (
        text.index(f"<h2>{head}</h2>") for head in ("Students", "Exercises", "Usual mistakes")
    )
    assert students < exercises < mistakes
    assert "This file is not a notebook" in text[students:exercises]
    assert f"Around the students' code: {find_fence().words}." in text[:students]
    assert '<td>interpolate</td>\n<td class="number">2 of 5</td>' in text[exercises:mistakes]
    assert "the old value is kept whole" in text[mistakes:]
    assert "bob, eve" in text[mistakes:]
    made = [m.message for m in find_exercise("interpolate").mutants if m.message in text]
    assert len(made) == 1
    assert "<td>sigmoid</td>" not in text[mistakes:]
    assert 'alt="' in text
    assert (graded.reports / "mutants.png").read_bytes().startswith(b"\x89PNG")


def test_links_of_the_class_page_lead_to_pages(graded):
    text = (graded.reports / "index.html").read_text(encoding="utf-8")
    links = [part.split('"')[0] for part in text.split('href="')[1:]]
    assert len(links) == 5
    assert all((graded.reports / link).is_file() for link in links)


@pytest.mark.parametrize("name", ["..", "../../etc/passwd", "", "a/b", "\0", "x" * 500, "ß", "CON"])
def test_slug_is_a_plain_name_and_no_other_students(name):
    slug = reports.slug(name)
    assert slug.replace("-", "").isalnum()
    assert slug.isascii()
    assert len(slug) < 60
    assert slug != reports.slug(name + " ")
    assert len({reports.slug(name + other) for other in ("\udcfe", "\udcff", r"\udcff")}) == 3


@pytest.mark.parametrize(
    "text",
    [
        "=cmd|' -C calc'!A0",
        "x;=cmd",
        'x;"=cmd"',
        "x; =cmd",
        "x\n=cmd",
        "x\t+cmd",
        "  @cmd",
        "\uff1dcmd",
        "x;\uff1dcmd",
        "\ufe66cmd",
        "\u2212cmd",
        "\uff0bcmd",
        "\uff20cmd",
        "-1;-2",
    ],
)
def test_no_spreadsheet_finds_a_formula_whichever_sign_divides_its_cells(text):
    safe = no_formula(text)
    for divider in (",", ";", "\t"):
        for row in csv.reader(io.StringIO(safe), delimiter=divider):
            for value in row:
                first = unicodedata.normalize("NFKC", value.strip(' "'))[:1]
                assert first not in set("=+-@\u2212")


@pytest.mark.parametrize("text", ["a = b", "dc * (g - c_prev); h", "1e-6", "a@b.c", "a, -b"])
def test_text_without_a_formula_is_kept(text):
    assert no_formula(text) == text


def test_what_cannot_be_seen_is_written_out():
    assert visible("a\u202egpj.exe\x1b[31m\u200b\udcff\xa0") == (
        r"a\u202egpj.exe\x1b[31m\u200b\udcff\xa0"
    )
    assert visible("\u00c4\n\t\u6587 \u2714") == "\u00c4\n\t\u6587 \u2714"


def test_hostile_names_are_harmless_in_every_report(tmp_path):
    names = ["x;=cmd", "\uff1dcmd", "a\u202egpj", "z\udcff", '<b>"']
    exercise = {
        "exercise": "sigmoid",
        "earned": 1.0,
        "points": 1.0,
        "passed": 1,
        "cases": 1,
        "failed": [],
        "behaviour": "",
        "numerical": "",
    }
    results = [
        {
            "student": name,
            "file": f"{name}.ipynb",
            "problems": [],
            "exercises": [{**exercise, "exercise": each, "words": "", "mutants": [0]}
                          for each in exercises_of(1)],
            "junit": {},
            "notebook": "",
            "answers": {},
            "code": "",
            "fence": "",
            "complete": True,
        }
        for name in names
    ]  # fmt: skip
    reports.write_all(tmp_path, results, 1, 7, ["b\u202e;=cmd"], {})
    rows = list(csv.reader((tmp_path / "grades.csv").open(encoding="utf-8-sig"), delimiter=";"))
    assert not any(value.startswith(("=", "\uff1d")) for row in rows for value in row)
    loaded = json.loads((tmp_path / "grades.json").read_text())
    assert {student["student"] for student in loaded["students"]} == set(names)
    for path in tmp_path.rglob("*"):
        if path.is_file() and path.suffix != ".png":
            text = path.read_text(encoding="utf-8")
            assert "\u202e" not in text
            assert path.suffix != ".html" or "<b>" not in text
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert page.count(r"a\u202egpj") == 1 + len(exercises_of(1))  # the list, and two mistakes
    assert r"z\udcff" in page


@pytest.mark.parametrize("words", ["h is wrong at (0, 0)", "dWx should have shape (2, 3)"])
def test_variable_keeps_its_case_at_the_begin_of_a_sentence(words):
    known = key("sigmoid", 7)
    passed = [False] * len(known.cases)
    assert score(known, 1.0, passed, {0: {"printed": "", "words": words}}).words.startswith(words)
    result = {0: {"printed": "", "words": "the result is wrong"}}
    assert score(known, 1.0, passed, result).words.startswith("The result is wrong")
