"""Mistakes that the course does not know: grouped, named by the instructor, and passed on."""

import json
import shutil

import pytest

from cifg_edu.__main__ import main
from cifg_edu.grading.groups import behaviour
from tests.grading.classroom import (
    INTERPOLATE,
    SIGMOID,
    answered,
    grade_class,
    hand_in,
    needs_bubblewrap,
)
from tests.grading.term import OVERRIDES, WRONG, Term, runs_nothing

EIGHTH = "def sigmoid(a):  # Dana wrote this\n    return 1 / (1 + np.exp(-a)) + 0.125\n"
AGAIN = "def sigmoid(numbers):\n    e = np.exp(-numbers)\n    return 0.125 + 1 / (1 + e)\n"
OTHER = "def sigmoid(a):\n    return 1 / (1 + np.exp(-a)) + 0.25\n"
EMPTY = "def sigmoid(a):\n    raise NotImplementedError\n"
SENTENCE = "an eighth is added: <where> does it come from?"
ESCAPED = "an eighth is added: &lt;where&gt; does it come from?"


def class_of(folder, **sigmoids):
    for student, text in sigmoids.items():
        hand_in(folder, student, answered(sigmoid=text, interpolate=INTERPOLATE))


def groups_in(grades):
    return json.loads((grades / "lesson_01" / "groups.json").read_text())["groups"]


def page_of(grades, student):
    [page] = (grades / "lesson_01" / "students").glob(f"{student}-*.html")
    return page.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    home = tmp_path_factory.mktemp("unknown")
    folder = home / "submissions"
    class_of(folder, ada=SIGMOID, dana=EIGHTH, eli=AGAIN, finn=OTHER, gus=EMPTY)
    return grade_class(folder, home / "grades")


@pytest.fixture
def grades(graded, tmp_path):
    """A copy of the graded folder, which a test may change."""
    return shutil.copytree(graded.out, tmp_path / "grades")


@needs_bubblewrap
def test_unknown_mistakes_are_grouped_by_what_they_do_the_largest_group_first(graded):
    found = groups_in(graded.out)
    assert [group["students"] for group in found] == [["dana", "eli"], ["finn"]]
    page = (graded.reports / "index.html").read_text(encoding="utf-8")
    assert page.index(found[0]["name"]) < page.index(found[1]["name"])
    assert "0.125" in page


@needs_bubblewrap
def test_named_mistake_is_on_the_pages_and_in_the_overview(grades, capsys):
    [first, second] = groups_in(grades)
    assert main(["name-mistake", str(grades), first["name"], SENTENCE]) == 0
    assert "on 2 students' pages" in capsys.readouterr().out
    told = [s for s in ("ada", "dana", "eli", "finn", "gus") if ESCAPED in page_of(grades, s)]
    assert told == ["dana", "eli"]
    overview = (grades / "lesson_01" / "index.html").read_text(encoding="utf-8")
    assert first["name"] not in overview
    assert second["name"] in overview
    usual = overview.split("<h2>Usual mistakes</h2>")[1].split("<h2>")[0]
    assert ESCAPED in usual
    assert "dana, eli" in usual
    assert SENTENCE in (grades / "lesson_01" / "grades.csv").read_text(encoding="utf-8-sig")


@needs_bubblewrap
def test_second_sentence_for_a_group_takes_the_place_of_the_first(grades):
    name = groups_in(grades)[0]["name"]
    for sentence in ("one.", "two."):
        assert main(["name-mistake", str(grades), name, sentence]) == 0
    [mistake] = json.loads((grades / "mistakes.json").read_text())["mistakes"]
    assert mistake["message"] == "two."
    assert "0.125" in mistake["answer"]
    assert "Dana" not in mistake["answer"]


@needs_bubblewrap
def test_named_mistake_is_known_in_the_next_class_which_has_other_inputs(grades, tmp_path):
    assert main(["name-mistake", str(grades), groups_in(grades)[0]["name"], SENTENCE]) == 0
    (tmp_path / "next").mkdir()
    shutil.copy(grades / "mistakes.json", tmp_path / "next")
    class_of(tmp_path / "class", hugo=AGAIN, ida=OTHER)
    grade_class(tmp_path / "class", tmp_path / "next", seed=8)
    assert ESCAPED in page_of(tmp_path / "next", "hugo")
    assert ESCAPED not in page_of(tmp_path / "next", "ida")
    [mistake] = json.loads((tmp_path / "next" / "mistakes.json").read_text())["mistakes"]
    assert len(mistake["known"]) == 2


@needs_bubblewrap
@pytest.mark.parametrize(
    ("group", "sentence", "words"),
    [
        ("sigmoid-000000", "why", "There is no group 'sigmoid-000000'"),
        ("", "  ", "The sentence is empty"),
    ],
)
def test_name_that_cannot_be_given_is_one_sentence(grades, capsys, group, sentence, words):
    name = group or groups_in(grades)[0]["name"]
    assert main(["name-mistake", str(grades), name, sentence]) == 2
    assert words in capsys.readouterr().err
    assert not (grades / "mistakes.json").exists()


def test_folder_without_grades_has_no_group(tmp_path, capsys):
    assert main(["name-mistake", str(tmp_path), "sigmoid-000000", "why"]) == 2
    assert "has no group of unknown mistakes" in capsys.readouterr().err


@needs_bubblewrap
@pytest.mark.parametrize(
    ("content", "words"),
    [("[", "cannot be read as named mistakes"), ('{"format": 99}', "newer version")],
)
def test_damaged_file_of_mistakes_is_one_sentence(grades, capsys, content, words):
    (grades / "mistakes.json").write_text(content)
    assert main(["name-mistake", str(grades), groups_in(grades)[0]["name"], "why"]) == 2
    assert words in capsys.readouterr().err


def test_names_and_lines_in_an_error_are_no_difference_and_its_kind_is():
    one = behaviour(["stops with NameError: name 'da' is not defined"])
    assert behaviour(["stops with NameError: name 'dA' is not defined"]) == one
    assert behaviour(["stops with KeyError: name 'da' is not defined"]) != one
    assert behaviour(["the result: 'T'"]) != behaviour(["the result: 'P'"])


def test_pages_that_are_written_again_keep_what_the_course_file_says(tmp_path, monkeypatch):
    runs_nothing(monkeypatch)
    rows = '"Lovelace, Ada",sigmoid,7,Ill that day,\n'
    term = Term(tmp_path, overrides=OVERRIDES + rows)
    wrong = {"sigmoid": WRONG.format("sigmoid"), "interpolate": WRONG.format("interpolate")}
    term.hand_in("in", "alovelace", answered(**wrong))
    term.grade()
    grades = tmp_path / "grades"
    group = next(group for group in groups_in(grades) if group["exercise"] == "interpolate")
    assert main(["name-mistake", str(grades), group["name"], "it is text."]) == 0
    page = page_of(grades, "Lovelace-Ada")
    assert "Set to 7 points by the instructor: Ill that day" in page
    assert "Likely cause: it is text." in page
