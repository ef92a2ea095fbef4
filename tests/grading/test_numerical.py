"""Derivatives that are made of numbers are marked, however they are written; derived ones never."""

import inspect
import json

import pytest

from cifg_edu.__main__ import main
from cifg_edu.checks import EXERCISES
from cifg_edu.grading.answer_runner import Answer
from cifg_edu.grading.keys import key
from cifg_edu.grading.numerical import Seen, numerical, read_seen
from cifg_edu.grading.sandbox.box import Limits
from tests.grading.classroom import answered, hand_in, lesson, needs_bubblewrap, references
from tests.right_answers import RIGHT_ANSWERS

NAME = "cifg_step_backward"
DERIVATIVES = [name for name, exercise in EXERCISES.items() if exercise.derivative]
LOSS = """\
def loss(x, h_prev, c_prev, Wx, Wh, b):
    a = x @ Wx + h_prev @ Wh + b
    H = Wh.shape[0]
    i, o = sigmoid(a[:, :H]), sigmoid(a[:, H:2 * H])
    c = (1 - i) * c_prev + i * np.tanh(a[:, 2 * H:])
    return np.sum(DH * o * np.tanh(c)) + np.sum(DC * c)

def biases(x, h_prev, Wx, Wh, cache):
    logit = lambda p: np.log(p) - np.log(1 - p)
    a = np.concatenate([logit(cache.i), logit(cache.o), np.arctanh(cache.g)], axis=-1)
    return (a - x @ Wx - h_prev @ Wh)[0]

def cifg_step_backward(dh, dc, Wx, Wh, cache):
    global DH, DC
    DH, DC = dh, dc
    arguments = [cache.x, cache.h_prev, cache.c_prev, Wx, Wh]
    arguments.append(biases(cache.x, cache.h_prev, Wx, Wh, cache))
    return tuple(slope(arguments, n) for n in range(6))
"""
BY_HAND = inspect.getsource(EXERCISES[NAME].reference)
BY_NUMBERS = {
    "complex step": """\
def slope(arguments, n):
    gradient = np.zeros_like(arguments[n])
    for place in np.ndindex(gradient.shape):
        moved = [a.astype(complex) for a in arguments]
        moved[n][place] += 1e-30j
        gradient[place] = loss(*moved).imag / 1e-30
    return gradient

def sigmoid(a):
    return 1 / (1 + np.exp(-a))

"""
    + LOSS,
    "central differences": """\
def slope(arguments, n):
    gradient = np.zeros_like(arguments[n])
    for place in np.ndindex(gradient.shape):
        sides = []
        for step in (1e-5, -1e-5):
            moved = [a.copy() for a in arguments]
            moved[n][place] += step
            sides.append(loss(*moved))
        gradient[place] = (sides[0] - sides[1]) / 2e-5
    return gradient

"""
    + LOSS,
    "slopes of tanh by differences": BY_HAND.replace(
        "tanh_c = np.tanh(c)",
        "tanh_c = tanh(c)\n    slope = (tanh(c + 1e-6) - tanh(c - 1e-6)) / 2e-6",
    ).replace("(1 - tanh_c**2)", "slope"),
}
BY_NUMBERS["slopes of tanh by differences"] = (
    "from numpy import tanh\n" + BY_NUMBERS["slopes of tanh by differences"]
)


def seen_of(name, text):
    answer = Answer(key(name, 7), text, Limits(), True)
    try:
        return answer.watched()
    finally:
        answer.close()


@needs_bubblewrap
@pytest.mark.parametrize("way", BY_NUMBERS)
def test_derivative_by_numbers_is_seen_however_it_is_written(way):
    said = numerical(seen_of(NAME, BY_NUMBERS[way]))
    assert ("certain)" if way == "complex step" else "very likely)") in said, said


@needs_bubblewrap
@pytest.mark.parametrize("name", DERIVATIVES)
def test_derivative_by_hand_is_never_marked(name):
    for answer in (EXERCISES[name].reference, *RIGHT_ANSWERS[name]):
        module = inspect.getsource(inspect.getmodule(answer))
        text = f"{module}\n{name} = {answer.__name__}\n"
        seen = seen_of(name, inspect.getsource(answer) if name == answer.__name__ else text)
        assert len(seen) == len(key(name, 7).cases)
        assert numerical(seen) == "", answer


@needs_bubblewrap
def test_it_is_looked_for_only_where_that_is_asked(tmp_path):
    cheat = {**references(6), NAME: BY_NUMBERS["complex step"]}
    hand_in(tmp_path / "submissions", "ada", answered(lesson(6), **cheat))
    for options, students in ([], None), (["--no-numerical-derivative"], ["ada"]):
        arguments = ["grade", str(tmp_path / "submissions"), "--out", str(tmp_path / "grades")]
        assert main([*arguments, *options]) == 0
        graded = json.loads((tmp_path / "grades" / "lesson_06" / "grades.json").read_text())
        looks = [look for look in graded["looks"] if "complex step" in look["words"]]
        assert [look["students"] for look in looks] == ([students] if students else [])
        [result] = graded["students"]
        assert result["earned"] == result["points"]
    page = (tmp_path / "grades" / "lesson_06" / "index.html").read_text(encoding="utf-8")
    assert "takes a complex step" in page
    [page] = (tmp_path / "grades" / "lesson_06" / "students").glob("*.html")
    assert "complex step" not in page.read_text(encoding="utf-8")


def test_one_case_in_which_a_state_hardly_changes_shows_nothing():
    still, lively = Seen(4, 0, 3, 1e-6), Seen(4, 0, 0, 0.0)
    assert numerical([still, lively, lively]) == ""
    assert "1e-06" in numerical([still, still, lively])
    assert numerical([]) == ""


@pytest.mark.parametrize("reply", [{}, {"calls": "x", "complex": 1, "near": 1, "step": 1}])
def test_what_a_broken_box_says_is_refused(reply):
    with pytest.raises(ValueError, match=r".+"):
        read_seen(reply)
