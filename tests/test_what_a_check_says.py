"""A check names the line: of an error, of a loop without end, of a cell that is no Python."""

import sys

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

from cifg_edu.checks import EXERCISES, case, check, hint, watching
from cifg_edu.checks.judging import judge


def added_without_a_shape(a):
    return a + np.zeros(3)


def the_error_is_in_a_helper(a):
    return added_without_a_shape(a)


def the_loop_has_no_end(a):
    total, k = 0.0, 0
    for _ in range(2):
        while k < 3:
            total = total + 1.0
    return total


def the_loop_hides_errors(a):
    while True:
        try:
            a = a / "2"
        except TypeError:
            continue


def it_calls_itself_for_ever(a):
    return it_calls_itself_for_ever(a)


def it_ends_the_program(a):
    sys.exit("done")


def it_is_complex(a):
    return 1 / (1 + np.exp(-a)) + 0j


def the_candidate_is_not_gated(x, h_prev, c_prev, Wx, Wh, b):
    a_i, a_o, a_g = np.split(x @ Wx + h_prev @ Wh + b, 3, axis=-1)
    i = 1 / (1 + np.exp(-a_i))
    o = 1 / (1 + np.exp(-a_o))
    g = np.tanh(a_g)
    c = (1 - i) * (c_prev + g)
    h = o * np.tanh(c)
    return h, c, (x, h_prev, c_prev, i, o, g, c)


def test_error_is_told_with_its_line_and_the_shapes_of_the_arrays_in_it():
    def cifg_step(x, h_prev, c_prev, Wx, Wh, b):
        if x.ndim:
            x = x @ Wh
        return x

    message = judge(EXERCISES["cifg_step"], cifg_step).message
    assert message.startswith("It stops with ValueError")
    assert "line 3:  x = x @ Wh" in message
    assert "Here x has shape (4, 5), Wh (3, 9)." in message


def test_error_in_a_helper_is_told_with_the_helpers_name_and_line():
    message = judge(EXERCISES["sigmoid"], the_error_is_in_a_helper).message
    assert "line 2 of added_without_a_shape:  return a + np.zeros(3)" in message
    assert "Here a has shape (5,)." in message


def test_endless_recursion_is_an_error_like_others():
    message = judge(EXERCISES["sigmoid"], it_calls_itself_for_ever).message
    assert "RecursionError" in message
    assert "line 2:  return it_calls_itself_for_ever(a)" in message


@pytest.mark.parametrize(
    ("answer", "line"),
    [(the_loop_has_no_end, 4), (the_loop_hides_errors, 2)],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_loop_without_an_end_is_ended_and_named(answer, line, monkeypatch):
    monkeypatch.setattr(watching, "MOST_LINES", 5_000)
    verdict = judge(EXERCISES["sigmoid"], answer)
    assert verdict.passed is False
    assert verdict.line == line
    assert f"line {line}:  while" in verdict.message


def test_long_loop_with_an_end_is_none_without(monkeypatch):
    def sigmoid(a):
        for _ in range(1000):
            pass
        return EXERCISES["interpolate"].reference(0.0, 1.0, 1 / (1 + np.exp(-np.abs(a)))) * 0

    assert "does not come to an end" not in judge(EXERCISES["sigmoid"], sigmoid).message


def test_replaced_entry_of_a_dictionary_is_told_from_an_array_changed_in_place():
    def replaces(gradients, max_norm):
        for name in gradients:
            gradients[name] = 0.5 * gradients[name]
        return gradients, 1.0

    def changes(gradients, max_norm):
        for gradient in gradients.values():
            gradient[...] = 0.0
        return gradients, 1.0

    exercise = EXERCISES["clip_by_global_norm"]
    assert "fill a new dictionary" in judge(exercise, replaces).message
    assert "make a new array" in judge(exercise, changes).message


def test_end_of_the_program_does_not_get_out():
    verdict = judge(EXERCISES["sigmoid"], it_ends_the_program)
    assert verdict.message.startswith("It ends the whole program")
    assert 'line 2:  sys.exit("done")' in verdict.message


def test_key_of_the_keyboard_does_get_out():
    def sigmoid(a):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judge(EXERCISES["sigmoid"], sigmoid)


@pytest.mark.filterwarnings("error")
def test_complex_result_is_told_by_what_makes_it_so():
    verdict = judge(EXERCISES["sigmoid"], it_is_complex)
    assert "holds complex numbers" in verdict.message
    assert verdict.line == 2
    assert "0j does not belong in" in verdict.message


def test_hints_begin_with_what_the_line_should_amount_to(capsys):
    check("cifg_step", the_candidate_is_not_gated)
    capsys.readouterr()
    for _ in range(5):
        hint("cifg_step")
    said = capsys.readouterr().out
    first, *_, fourth, fifth = said.split("Hint 1 of 5:")[-1].split(" of 5:")
    assert "In line 6, `(1 - i) * (c_prev + g)` should amount to" in first
    assert "and yours gives" in first
    assert "the reference has `interpolate(c_prev, g, i)`" in " ".join(fourth.split())
    assert "h = o * np.tanh(c)" in fifth


def test_hints_begin_again_on_another_mistake(capsys):
    def cifg_step(x, h_prev, c_prev, Wx, Wh, b):
        a_i, a_o, a_g = np.split(x @ Wx + h_prev @ Wh + b, 3, axis=-1)
        i, o, g = 1 / (1 + np.exp(-a_i)), 1 / (1 + np.exp(-a_o)), np.tanh(a_g)
        c = (1 - i) * c_prev + i * g
        h = o * np.tanh(a_g)
        return h, c, (x, h_prev, c_prev, i, o, g, c)

    check("cifg_step", the_candidate_is_not_gated)
    hint("cifg_step")
    hint("cifg_step")
    check("cifg_step", cifg_step)
    capsys.readouterr()
    hint("cifg_step")
    said = capsys.readouterr().out
    assert said.count("Hint") == 1
    assert "In line 5" in said


def test_case_gives_the_first_failing_case_with_the_values_of_the_equations(capsys):
    check("cifg_step", the_candidate_is_not_gated)
    one = case("cifg_step")
    h, c, _ = the_candidate_is_not_gated(*one.arguments.values())
    assert h.shape == one.expected["h"].shape
    assert not np.allclose(c, one.expected["c"])
    i, g = one.inside["i"], one.inside["g"]
    right = (1 - i) * one.arguments["c_prev"] + i * g
    np.testing.assert_allclose(one.expected["c"], right)
    for name in ("arguments", "c_prev (4, 3) =", "expected", "inside", "o (4, 3) ="):
        assert name in repr(one)


@pytest.mark.parametrize("name", EXERCISES)
def test_case_of_each_exercise_is_printed_on_a_few_screens(name):
    text = repr(case(name))
    assert text.startswith("Case: ")
    assert len(text.splitlines()) < 160


def test_case_is_fresh_each_time():
    one = case("cifg_step")
    one.arguments["x"][:] = 0.0
    assert case("cifg_step").arguments["x"].any()


@pytest.fixture
def shell(monkeypatch):
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])  # which it replaces
    shell = InteractiveShell()
    shell.history_manager.enabled = False
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    yield shell
    shell.reset(new_session=False)


def run(shell, *cells):
    for cell in cells:
        shell.run_cell(cell, store_history=True)


RIGHT = "def sigmoid(a):\n    import numpy as np\n    return 1 / (1 + np.exp(-np.abs(a)))"
BROKEN = "def sigmoid(a):\n    # the formula\n    retrun 1 / (1 + np.exp(-a))"
CHECK = "from cifg_edu.checks import check\nsigmoid = check('sigmoid', sigmoid)"


def test_cell_that_is_no_python_is_told_with_its_line(shell, capsys):
    run(shell, RIGHT, BROKEN, CHECK)
    said = capsys.readouterr().out
    assert "✘ sigmoid: the cell that you ran last for it is no Python (invalid syntax)" in said
    assert "line 3:  retrun 1 / (1 + np.exp(-a))" in said


def test_cell_that_is_no_python_explains_a_function_that_is_not_there(shell, capsys):
    run(shell, "import cifg_edu.checks\ncifg_edu.checks.explain_missing_names()", BROKEN, CHECK)
    assert "line 3:  retrun" in capsys.readouterr().out


def test_function_that_was_never_run_is_explained(shell, capsys):
    run(shell, "import cifg_edu.checks\ncifg_edu.checks.explain_missing_names()", CHECK)
    assert "run the cell with its `def` first" in capsys.readouterr().out


@pytest.mark.parametrize(
    "later", [RIGHT, "sigmoid = lambda a: a", "other = abs\nsigmoid = other"], ids=[0, 1, 2]
)
def test_broken_cell_is_forgotten_when_the_function_is_there(later, shell, capsys):
    run(shell, BROKEN, later, CHECK)
    assert "no Python" not in capsys.readouterr().out.split("Traceback")[-1]
