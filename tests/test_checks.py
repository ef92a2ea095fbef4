"""Every usual wrong answer is rejected with its cause; right answers pass, however written."""

import sys

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

from cifg_edu.checks import EXERCISES, check, hint, progress
from cifg_edu.checks.judging import judge
from cifg_edu.checks.known import Known, known_of
from cifg_edu.checks.outcomes import array_problem, find_problem, is_right, listed
from cifg_edu.cifg import cifg_step
from cifg_edu.errors import UserError
from cifg_edu.exercises import mutate
from tests.right_answers import RIGHT_ANSWERS

WRONG_ANSWERS = [
    pytest.param(exercise, mutant, id=f"{exercise.name}-{number}")
    for exercise in EXERCISES.values()
    for number, mutant in enumerate(exercise.mutants)
]


@pytest.mark.parametrize(("exercise", "mutant"), WRONG_ANSWERS)
def test_wrong_answer_is_rejected_with_its_likely_cause(exercise, mutant):
    verdict = judge(exercise, mutate(exercise.reference, mutant.edits))
    assert verdict.passed is False
    assert f"Likely cause: {mutant.message}" in verdict.message


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
def test_exercise_knows_eight_wrong_answers_and_the_reference_passes(exercise):
    assert len({mutant.message for mutant in exercise.mutants}) >= 8
    titles = [case.title for case in exercise.cases()]
    assert len(set(titles)) == len(titles)
    assert judge(exercise, mutate(exercise.reference, {})).passed


@pytest.mark.parametrize(
    ("name", "answer"),
    [(name, answer) for name, answers in RIGHT_ANSWERS.items() for answer in answers],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_differently_written_right_answer_passes(name, answer):
    verdict = judge(EXERCISES[name], answer)
    assert verdict.passed, verdict.message


@pytest.mark.parametrize("name", EXERCISES)
def test_exercise_has_two_differently_written_right_answers(name):
    assert len(RIGHT_ANSWERS[name]) >= 2


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
def test_nothing_at_all_is_rejected_without_an_error(exercise):
    assert judge(exercise, lambda *arguments: None).passed is False
    assert judge(exercise, 3).passed is False


def test_check_returns_a_right_answer_and_replaces_a_wrong_one(capsys):
    def sigmoid(a):
        return a

    assert check("sigmoid", sigmoid) is EXERCISES["sigmoid"].reference
    assert "✘ sigmoid" in capsys.readouterr().out
    right = mutate(EXERCISES["sigmoid"].reference, {})
    assert check("sigmoid", right) is right
    assert "✔ sigmoid" in capsys.readouterr().out


def test_check_run_twice_never_turns_the_courses_own_function_green(capsys):
    def sigmoid(a):
        return a

    def stub(a):
        raise NotImplementedError

    for answer in (sigmoid, stub):
        stand_in = check("sigmoid", answer)
        tries = progress.read()
        capsys.readouterr()
        assert check("sigmoid", stand_in) is EXERCISES["sigmoid"].reference
        assert "this is the course's own function: run your cell first" in capsys.readouterr().out
        assert progress.read() == tries
    assert not progress.read().exercises["sigmoid"]["passed"]


@pytest.mark.parametrize(
    "answer",
    [
        lambda a: EXERCISES["sigmoid"].reference(a),  # noqa: PLW0108
        lambda a: check("sigmoid", lambda a: a)(a),  # noqa: PLW0108
        lambda a: np.vectorize(EXERCISES["sigmoid"].reference, otypes=[float])(a),  # noqa: PLW0108
    ],
    ids=["imported", "stand-in", "inside a call of NumPy's"],
)
def test_answer_that_calls_the_courses_own_function_is_none(answer, capsys):
    verdict = judge(EXERCISES["sigmoid"], answer)
    assert verdict.passed is None
    assert "write it yourself" in verdict.message


def test_check_of_a_stub_says_kindly_that_nothing_is_there_yet(capsys):
    def sigmoid(a):
        raise NotImplementedError

    assert check("sigmoid", sigmoid) is EXERCISES["sigmoid"].reference
    assert "not implemented yet" in capsys.readouterr().out


def only_passes(a):
    pass


def only_dots(a): ...


def only_a_docstring(a):
    """Squash a number."""


def raises_with_words(a):
    raise NotImplementedError("later")


def raises_the_other_name(a):
    raise NotImplemented  # noqa: F901


def only_returns(a):
    return


@pytest.mark.parametrize(
    ("stub", "word"),
    [
        (only_passes, "the pass"),
        (only_dots, "the ..."),
        (only_a_docstring, "the docstring"),
        (raises_with_words, "the raise"),
        (raises_the_other_name, "the raise"),
        (only_returns, "the return"),
    ],
)
def test_stub_of_any_form_is_not_written_yet(stub, word):
    verdict = judge(EXERCISES["sigmoid"], stub)
    assert verdict.passed is None
    assert verdict.message == f"not implemented yet. Write your lines in place of {word} above"


def test_function_that_does_nothing_is_not_told_of_its_arguments():
    def sigmoid(a):
        result = None
        return result  # noqa: RET504

    message = judge(EXERCISES["sigmoid"], sigmoid).message
    assert "It returns None" in message
    assert "never used" not in message


def test_part_of_a_named_output_is_named_with_it():
    answer = mutate(EXERCISES["cifg_step"].reference, {})

    def cifg_step(x, h_prev, c_prev, Wx, Wh, b):
        h, c, cache = answer(x, h_prev, c_prev, Wx, Wh, b)
        return h, c, (*cache[:-1], c_prev)

    message = judge(EXERCISES["cifg_step"], cifg_step).message
    assert message.startswith("cache.c is wrong")
    assert "(h and c are right)" in message


def test_list_of_arrays_is_not_an_array():
    answer = mutate(EXERCISES["cifg_forward"].reference, {})

    def cifg_forward(*arguments):
        h, c, caches = answer(*arguments)
        return list(h), c, caches

    message = judge(EXERCISES["cifg_forward"], cifg_forward).message
    assert message.startswith("h is a list of arrays, and should be one array")
    assert "(c and caches are right)" in message


def test_number_where_not_a_number_is_expected_is_a_difference_and_no_crash():
    nan = np.array([np.nan, np.nan])
    assert "expected nan" in array_problem(nan, np.array([1.0, 2.0]), 1e-8)
    assert array_problem(nan, nan.copy(), 1e-8) is None
    assert (
        array_problem(np.array([np.inf, np.nan, 1.0]), np.array([np.inf, np.nan, 1.0]), 0) is None
    )


def test_small_difference_is_shown_with_the_digits_that_it_takes():
    problem = array_problem(np.array([1.5]), np.array([1.50000001]), 1e-12)
    assert problem == "is wrong at (0,): expected 1.5, and yours gives 1.50000001"


def test_too_few_digits_are_told_without_a_claim_about_the_arguments():
    problem = array_problem(np.array([0.1]), np.array([0.1], np.float32), 1e-12)
    assert problem == "is float32, which has too few digits here: it should be float64"


@pytest.mark.parametrize(
    ("names", "words"), [(["h"], "h"), (["h", "c"], "h and c"), (["a", "b", "c"], "a, b and c")]
)
def test_names_are_listed_with_commas(names, words):
    assert listed(names) == words


def test_right_answer_is_found_right_by_its_first_difference_too():
    exercise = EXERCISES["interpolate"]
    known = known_of(exercise)
    for number in range(len(exercise.mutants)):
        for right, actual in zip(known.expected, known.wrong(number), strict=True):
            assert is_right(exercise, right, actual) == (
                find_problem(exercise, right, actual) is None
            )
    assert all(is_right(exercise, right, right) for right in known.expected)


def test_usual_wrong_answer_is_run_in_no_case_that_nobody_asks_for(monkeypatch):
    exercise = EXERCISES["sample"]
    known = Known(exercise)
    ran = []
    monkeypatch.setattr(
        "cifg_edu.checks.known.run_case", lambda exercise, answer, case: ran.append(case)
    )
    next(known.wrong(0))
    next(known.wrong(0))
    assert ran == [known.cases[0]]


def test_hints_open_one_by_one(capsys):
    counts = []
    for _ in range(4):
        hint("interpolate")
        counts.append(capsys.readouterr().out.count("Hint "))
    assert counts == [1, 2, 3, 3]


def test_unknown_exercise_is_named_with_the_similar_ones():
    with pytest.raises(UserError, match=r"no exercise called 'sigmiod': did you mean sigmoid\?$"):
        check("sigmiod", None)


def test_exercise_whose_name_stands_without_quotes_is_told_so():
    with pytest.raises(UserError, match=r'^That is no name: write it in quotes, "cifg_step"\.$'):
        hint(cifg_step)


def test_notebook_shows_a_users_error_by_its_line_and_its_sentence_alone(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])  # which it replaces
    shell = InteractiveShell()
    shell.history_manager.enabled = False
    shell.run_cell('from cifg_edu.checks import hint\n\nhint("sigmiod")')
    shown = capsys.readouterr().out
    assert 'line 3:  hint("sigmiod")\nUserError: There is no exercise' in shown
    assert "Traceback" not in shown
    assert "hints.py" not in shown
