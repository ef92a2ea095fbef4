"""Every report has every student and exercise, and nothing in it is alive."""

import csv
import io
import json
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import pytest

from cifg_edu.checks.course import exercises_of
from cifg_edu.grading import reports
from tests.grading.classroom import (
    INTERPOLATE,
    RIGHT,
    SIGMOID,
    answered,
    code_cells,
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
    text = (graded.out / "grades.csv").read_text(encoding="utf-8-sig")
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
    content = json.loads((graded.out / "grades.json").read_text())
    assert content["lesson"] == 1
    assert content["seed"] == 7
    earned = {student["student"]: student["earned"] for student in content["students"]}
    assert earned["ada"] == 20
    assert earned["nobody"] == 0
    assert "fingerprint" not in content["students"][0]


def test_gradescope_gets_a_result_for_each_student(graded):
    files = list((graded.out / "gradescope").glob("*/results.json"))
    assert len(files) == 5
    [ada] = [json.loads(path.read_text()) for path in files if path.parent.name.startswith("ada-")]
    assert ada["score"] == 20
    assert [test["name"] for test in ada["tests"]] == list(exercises_of(1))
    assert all(test["score"] <= test["max_score"] for test in ada["tests"])


def test_junit_is_nbvals_own(graded):
    [path] = (graded.out / "junit").glob("bob-*.xml")
    cases = list(ElementTree.parse(path).iter("testcase"))
    assert len(cases) == code_cells(RIGHT)
    assert 0 < sum(case.find("failure") is not None for case in cases) < len(cases) / 2


def test_control_characters_of_an_error_are_shown_and_not_obeyed(graded):
    words = graded.words("=<script>")
    assert "ValueError" in words
    assert r"\x1b[31m\x00\ud800" in words


def test_page_says_what_failed_and_why(graded):
    [page] = (graded.out / "students").glob("bob-*.html")
    text = page.read_text(encoding="utf-8")
    assert "10 of 10 points" in text
    assert "The result is wrong at" in text
    assert "the old value is kept whole" in text


def test_everything_on_the_pages_is_escaped(graded):
    class Tags(HTMLParser):
        def __init__(self):
            super().__init__()
            self.found = set()

        def handle_starttag(self, tag, attributes):
            self.found.add(tag)
            assert not any(name.startswith("on") for name, _ in attributes)

    pages = list(graded.out.rglob("*.html"))
    assert len(pages) == 6
    for page in pages:
        tags = Tags()
        tags.feed(page.read_text(encoding="utf-8"))
        assert "script" not in tags.found
    [evil] = (graded.out / "students").glob("script-*.html")
    assert "&lt;script&gt;" in evil.read_text(encoding="utf-8")


def test_class_page_counts_and_the_plot_shows_the_mutants(graded):
    text = (graded.out / "index.html").read_text(encoding="utf-8")
    assert "4 of 5" not in text.split("interpolate</td>")[1][:60]
    assert '<td class="number">2</td>' in text
    assert "the old value is kept whole" in text
    assert 'alt="' in text
    assert (graded.out / "mutants.png").read_bytes().startswith(b"\x89PNG")
    met = reports.mutants_of_the_class(list(graded.results.values()), 1)
    assert max(met["interpolate"].values()) == 2
    assert not met["sigmoid"]


def test_links_of_the_class_page_lead_to_pages(graded):
    text = (graded.out / "index.html").read_text(encoding="utf-8")
    links = [part.split('"')[0] for part in text.split('href="')[1:]]
    assert len(links) == 5
    assert all((graded.out / link).is_file() for link in links)


@pytest.mark.parametrize("name", ["..", "../../etc/passwd", "", "a/b", "\0", "x" * 500, "ß", "CON"])
def test_slug_is_a_plain_name_and_no_other_students(name):
    slug = reports.slug(name)
    assert slug.replace("-", "").isalnum()
    assert slug.isascii()
    assert len(slug) < 60
    assert slug != reports.slug(name + " ")
