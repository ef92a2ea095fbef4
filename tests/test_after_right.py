"""After a right answer the check goes on: both functions, what differs, and a question."""

import numpy as np
import pytest

from cifg_edu.checks import EXERCISES, check, more, teaching
from cifg_edu.checks.teaching import Counts, Ratio
from cifg_edu.exercises import mutate
from tests.right_answers import RIGHT_ANSWERS

LINE = '  To see the course\'s beside it, and a question: more("sigmoid")\n'


def tanh_sigmoid(a):
    """A docstring <b>."""
    half = a / 2  # a comment
    return (1 + np.tanh(half)) / 2


class Kernel:
    """What IPython's shell has in a notebook."""

    kernel = None


@pytest.fixture
def displayed(monkeypatch):
    """What a notebook would show."""
    shown = []
    monkeypatch.setattr(teaching, "running_shell", Kernel)
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    return shown


@pytest.fixture(autouse=True)
def _as_after_a_fresh_start(monkeypatch):
    monkeypatch.setattr(teaching, "_right", {})


def counts(function, *arguments):
    return teaching._counts(function, (arguments, {}))


def test_right_answer_outside_a_notebook_is_followed_by_one_line(capsys):
    assert check("sigmoid", tanh_sigmoid) is tanh_sigmoid
    assert capsys.readouterr().out.endswith(f"right in 7 cases.\n{LINE}")


def test_wrong_answer_is_not_followed_by_anything_more(displayed, capsys):
    check("sigmoid", lambda a: a)
    assert "more(" not in capsys.readouterr().out
    assert displayed == []


def test_notebook_shows_both_functions_folded_and_a_question(displayed, capsys):
    check("sigmoid", tanh_sigmoid)
    [data] = displayed
    page = data["text/html"]
    assert page.startswith("<details><summary>")
    assert page.count("<details>") == page.count("</details>") == 2
    assert "return (1 + np.tanh(half)) / 2" in page
    assert "return 0.5 * (1.0 + np.tanh(0.5 * a))" in page
    assert "What are your sigmoid(1000)" in page
    assert "1 and 0." in page
    assert data["text/plain"] == LINE.rstrip()
    assert "more(" not in capsys.readouterr().out


def test_what_a_student_writes_is_shown_and_never_run_by_the_browser(displayed):
    def sigmoid(a):
        return (1 + np.tanh(a / 2)) / 2 + 0 * len("<script>")

    check("sigmoid", sigmoid)
    assert "<script>" not in displayed[0]["text/html"]
    assert "&lt;script&gt;" in displayed[0]["text/html"]


def test_answer_written_as_the_course_writes_it_has_nothing_to_be_compared_with(displayed, capsys):
    def sigmoid(a):
        return 0.5 * (1.0 + np.tanh(0.5 * a))

    check("sigmoid", sigmoid)
    assert displayed == []
    assert capsys.readouterr().out.endswith(LINE)
    more("sigmoid")
    assert "Yours:" not in capsys.readouterr().out


def test_more_prints_both_functions_and_the_question_with_its_answer(capsys):
    check("sigmoid", tanh_sigmoid)
    capsys.readouterr()
    more("sigmoid")
    printed = capsys.readouterr().out
    assert "Yours:\n  def tanh_sigmoid(a):\n" in printed
    assert "A docstring" not in printed
    assert "The course's:\n  def sigmoid(" in printed
    assert "What are your sigmoid(1000)" in printed
    assert "1 and 0." in printed


def test_more_before_a_right_answer_says_what_to_do(capsys):
    more("sigmoid")
    assert capsys.readouterr().out.startswith("sigmoid: run its check first.")
    check("sigmoid", lambda a: a)
    capsys.readouterr()
    more("sigmoid")
    assert capsys.readouterr().out.startswith("sigmoid: run its check first.")


def test_new_arrays_are_counted_once_and_views_and_numbers_not_at_all():
    def function(a, b):
        c = a + b  # one
        d = c.T.reshape(-1)[1:]  # one, since the transpose has another order, and a view of it
        n = c.sum() + 1.0  # numbers
        c += a  # in place
        c = np.asarray(c)  # the same
        return c, np.transpose(b), d, n, np.concatenate([c, c])  # one

    a = np.ones((2, 3))
    assert counts(function, a, a).arrays == 3


def test_products_are_counted_by_name_and_by_sign():
    def function(a, b):
        return a @ b + np.dot(a, b) + np.matmul(a, b) + a * b

    assert counts(function, np.eye(2), np.eye(2)).products == 3


def test_lines_are_those_of_code_alone():
    assert counts(tanh_sigmoid, np.ones(2)).lines == 2


def test_loop_that_computes_too_much_is_not_counted():
    def function(a):
        total = 0
        for k in range(30_000):
            total = total + k
        return a

    assert counts(function, np.ones(2)) is None


def test_ratio_of_times_is_named_only_where_it_is_more_than_noise():
    assert teaching._ratio_in_words(Ratio(0.7, 1.3, 1.6)) == "about 1"
    assert teaching._ratio_in_words(Ratio(1.02, 1.05, 1.08)) == "about 1"
    assert teaching._ratio_in_words(Ratio(1.4, 1.5, 1.62)) == "1.5 (1.4 to 1.6)"
    assert teaching._ratio_in_words(Ratio(0.4, 0.5, 0.6)) == "0.5 (0.4 to 0.6)"


def test_time_is_left_out_where_one_call_takes_too_long(monkeypatch):
    monkeypatch.setattr(teaching, "_call", lambda function, arguments: 1.0)
    assert teaching._time_ratio(tanh_sigmoid, tanh_sigmoid, ((np.ones(2),), {})) is None


def test_times_are_the_quartiles_of_pairs(monkeypatch):
    seconds = {tanh_sigmoid: 0.002, np.tanh: 0.001}
    monkeypatch.setattr(teaching, "_call", lambda function, arguments: seconds[function])
    ratio = teaching._time_ratio(tanh_sigmoid, np.tanh, ((np.ones(2),), {}))
    assert ratio == Ratio(2.0, 2.0, 2.0)


def test_answer_whose_source_cannot_be_read_is_compared_without_counts(displayed):
    names = {"np": np}
    exec("def sigmoid(a):\n    return (1 + np.tanh(a / 2)) / 2", names)
    check("sigmoid", names["sigmoid"])
    assert "(its source cannot be read)" in displayed[0]["text/html"]
    assert "new arrays" not in displayed[0]["text/html"]


@pytest.mark.parametrize("name", EXERCISES)
def test_every_exercise_has_a_question_that_every_right_answer_can_answer(name):
    exercise = EXERCISES[name]
    assert exercise.question.text.endswith("?")
    expected = teaching._answer(exercise, exercise.reference)
    assert expected.endswith(".")
    for answer in [*RIGHT_ANSWERS[name], mutate(exercise.reference, {})]:
        said = teaching._answer(exercise, answer)
        assert not said.startswith("Yours stops"), said
        assert len(said) > 40


def test_question_at_which_an_answer_stops_says_so_and_stops_nothing():
    def sigmoid(a):
        raise ZeroDivisionError("no")

    said = teaching._answer(EXERCISES["sigmoid"], sigmoid)
    assert said == "Yours stops here with ZeroDivisionError: no"


@pytest.mark.parametrize("name", EXERCISES)
def test_largest_case_can_be_called_and_counted_for_every_exercise(name):
    exercise = EXERCISES[name]
    arguments = teaching._largest_call(exercise)
    assert isinstance(teaching._counts(exercise.reference, arguments), Counts)
