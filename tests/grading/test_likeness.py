"""Answers that are alike are marked for a look, and honest work is not."""

import inspect

import pytest

from cifg_edu.checks import EXERCISES
from cifg_edu.grading.likeness import find_looks
from cifg_edu.grading.plain_code import normal_form, without_comments
from tests.right_answers import RIGHT_ANSWERS

NAME = "cifg_step_backward"
REFERENCE = inspect.getsource(EXERCISES[NAME].reference)
FOLDED, BY_ROW = (inspect.getsource(answer) for answer in RIGHT_ANSWERS[NAME])


def looks(name=NAME, numerical="", **answers):
    results = [
        {
            "student": student,
            "answers": {name: text},
            "exercises": [{"exercise": name, "numerical": numerical}],
        }
        for student, text in answers.items()
    ]
    found = find_looks(results, EXERCISES[name].lesson)
    return [(look.students, look.words) for look in found]


def test_answer_of_another_student_is_marked_after_renaming_and_in_other_dress():
    copied = "# mine\nimport numpy\n" + FOLDED.replace("np.", "numpy.").replace("whole", "total")
    copied = copied.replace("1 - cache.i", "1.0 - cache.i  # the forget gate")
    [(students, words)] = looks(ada=FOLDED, bob=copied, cleo=BY_ROW)
    assert students == ["ada", "bob"]
    assert "the same but for names" in words


def test_courses_own_answer_is_marked_and_not_as_a_pair():
    other = without_comments(REFERENCE).replace("tanh_c", "squashed")
    marked = (["ada", "bob"], "the course's own answer, but for names")
    assert looks(ada=REFERENCE, bob=other) == [marked]


def test_answer_with_every_line_of_the_last_hint_is_marked():
    lines = EXERCISES[NAME].hints[2].splitlines()[:-1]
    rest = "return da @ Wx.T, da @ Wh.T, dc * (1 - i), x.T @ da, h_prev.T @ da, da.sum(axis=0)"
    text = "\n    ".join([f"def {NAME}(dh, dc, Wx, Wh, cache):", *lines, "n = 1", rest])
    assert looks(ada=text) == [(["ada"], "has every line of hint 3")]
    assert looks(ada=text.replace("tanh_c", "th")) == []


def test_short_answers_which_many_write_alike_are_not_marked():
    sigmoid = "def sigmoid(a):\n    return 1 / (1 + np.exp(-a))\n"
    assert looks("sigmoid", ada=sigmoid, bob=sigmoid) == []


def test_empty_cells_of_the_lesson_are_not_marked():
    empty = f"def {NAME}(dh, dc, Wx, Wh, cache):\n    x = 1\n    raise NotImplementedError\n"
    long = empty.replace("x = 1", "x = [" + "1, " * 60 + "]")
    assert looks(ada=long, bob=long) == []


@pytest.mark.parametrize("name", RIGHT_ANSWERS)
def test_right_answers_that_were_written_apart_are_not_marked(name):
    answers = {f"student {n}": inspect.getsource(a) for n, a in enumerate(RIGHT_ANSWERS[name])}
    assert looks(name, **answers) == []


def test_derivative_by_numbers_is_marked_with_what_was_seen():
    marked = (["ada"], "takes a complex step")
    assert looks(numerical="takes a complex step", ada=FOLDED) == [marked]


def test_text_that_is_no_python_is_passed_over():
    assert looks(ada="def (", bob="def (") == []


def test_names_types_and_docstrings_are_no_difference_and_operations_are():
    form = normal_form("def f(a):\n    return a + 1\n")
    assert normal_form('def g(b: float) -> float:\n    """Sum."""\n    return b + 1.0\n') == form
    for other in ("a - 1", "a + 2", "np.abs(a) + 1", "a + True"):
        assert normal_form(f"def f(a):\n    return {other}\n").text != form.text
