"""What a check says of a wrong answer: the line, the cause, and what to do about it."""

import ast
import builtins
import functools
import io
import math
import sys
import threading
import time
import types
from dataclasses import replace

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

from cifg_edu import cifg
from cifg_edu.checks import EXERCISES, case, check, hint, suspects, watching
from cifg_edu.checks.judging import judge
from cifg_edu.checks.probes import read_source, run_text
from cifg_edu.checks.repairs import repairs
from cifg_edu.exercises import mutate
from cifg_edu.gates import interpolate


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

    assert "does not end" not in judge(EXERCISES["sigmoid"], sigmoid).message


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


def it_takes_from_the_list(dh, Wx, Wh, caches):
    for step in dh:
        back = cifg.cifg_step_backward(step, step, Wx, Wh, caches.pop())
    return back


def it_writes_into_the_array(old, new, i):
    old[...] = (1 - i) * old + i * new
    return old + 0


def it_adds_to_the_array(old, new, i):
    old += i * (new - old)
    return old + 0 * i


def it_has_numpy_write(old, new, i):
    return np.add((1 - i) * old, i * new, out=old)


@pytest.mark.parametrize(
    ("name", "answer", "marked", "advice"),
    [
        ("cifg_backward", it_takes_from_the_list, "caches.pop()", "caches = list(caches)"),
        ("interpolate", it_writes_into_the_array, "old[...] = ", "old = old.copy()"),
        ("interpolate", it_adds_to_the_array, "old += ", "write old = old + i * (new - old)"),
        ("interpolate", it_has_numpy_write, "np.add(", "old = old.copy()"),
    ],
)
def test_advice_fits_the_statement_that_changes_an_argument(name, answer, marked, advice):
    verdict = judge(replace(EXERCISES[name], mutants=()), answer)
    assert "It changes its argument" in verdict.message
    assert verdict.suspect.text[verdict.suspect.column :].startswith(marked)
    assert advice in verdict.message.split("Likely cause")[1]


def the_value_is_wrong(a):
    y = np.empty(a.shape, a.dtype)
    y[...] = np.exp(a) / (2 + np.exp(a))
    return y


def test_value_that_is_stored_is_marked_and_not_what_it_is_stored_in(capsys):
    check("sigmoid", the_value_is_wrong)
    said = capsys.readouterr().out
    line, mark = said.splitlines()[2:4]
    assert line[mark.index("^") : mark.rindex("^") + 1] == "np.exp(a) / (2 + np.exp(a))"
    hint("sigmoid")
    assert "After line 3, `y` should be" in capsys.readouterr().out


def the_line_is_too_much(old, new, i):
    mixed = (1 - i) * old + i * new
    mixed = np.abs(mixed)
    return mixed  # noqa: RET504


def the_turn_replaces(dh, Wx, Wh, caches):
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(Wx[0])
    dx = np.zeros((len(dh), len(dh[0]), len(Wx)), Wx.dtype)
    dh_next, dc = np.zeros_like(dh[0]), np.zeros_like(dh[0])
    for t in range(len(dh) - 1, -1, -1):
        back = cifg.cifg_step_backward(dh[t] + dh_next, dc, Wx, Wh, caches[t])
        dx[t], dh_next, dc = back[:3]
        dWx = dWx + back[3]
        dWh = dWh + back[4]
        db = back[5]
    return dx, dh_next, dc, dWx, dWh, db


def arguments_turned(c_prev, g, i):
    return interpolate(i, c_prev, g)


def loop_swapped(h, c):
    for _ in range(2):
        h = c
        c = h + 1
    return h


def test_line_that_should_not_be_there_is_told_by_what_it_changes():
    edits = repairs(read_source(the_line_is_too_much).tree, {})
    [cause] = [edit.cause for edit in edits if edit.new is None and edit.node.lineno == 3]
    assert cause == "mixed is right without this line, which changes it."


def test_line_that_replaces_in_each_turn_is_told_so():
    verdict = judge(replace(EXERCISES["cifg_backward"], mutants=(), reasons={}), the_turn_replaces)
    assert verdict.line == 10
    assert "this line replaces db, and should add to what it holds" in verdict.message


def test_three_arguments_of_which_none_is_in_its_place_are_told_so():
    edits = repairs(read_source(arguments_turned).tree, {})
    [cause] = [edit.cause for edit in edits if edit.after == "interpolate(c_prev, g, i)"]
    assert cause == "all three arguments are in the wrong place in interpolate(i, c_prev, g)."


def test_lines_of_a_loop_that_have_changed_places_are_told_so():
    tree = read_source(loop_swapped).tree
    causes = {r.cause for r in repairs(tree, {}) if isinstance(r.node, ast.For)}
    assert causes == {"two lines of this loop are swapped."}


def test_edit_leaves_the_tree_as_it_is():
    tree = read_source(the_turn_replaces).tree
    before = ast.dump(tree, include_attributes=True)
    for repair in repairs(tree, {"dx": "array", "dc": "array"}):
        ast.dump(repair.tree)
    assert ast.dump(tree, include_attributes=True) == before


def it_asserts_without_words(a):
    assert a.ndim == 7
    return a


def it_asserts_with_words(a):
    assert a.ndim == 7, "seven are needed"
    return a


def it_asserts_by_numpy(a):
    np.testing.assert_allclose(a, a + 1)
    return a


@pytest.mark.parametrize(
    ("answer", "first", "line"),
    [
        (it_asserts_without_words, "An assert of yours does not hold", "assert a.ndim == 7"),
        (
            it_asserts_with_words,
            "An assert of yours does not hold: seven are needed",
            'assert a.ndim == 7, "seven are needed"',
        ),
        (
            it_asserts_by_numpy,
            "It stops with AssertionError: Not equal to tolerance",
            "np.testing.assert_allclose(a, a + 1)",
        ),
    ],
)
def test_assert_of_the_students_is_told_with_its_line(answer, first, line):
    message = judge(EXERCISES["sigmoid"], answer).message
    assert message.startswith(first)
    assert not message.splitlines()[0].endswith(": ")
    assert f"line 2:  {line}" in message


def one_argument_less(old, new):
    return old


def one_argument_more(old, new, i, rest):
    return old


def it_calls_with_one_argument_less(old, new, i):
    return one_argument_more(old, new, i)


@pytest.mark.parametrize("answer", [one_argument_less, one_argument_more])
def test_wrong_number_of_arguments_is_told_with_the_right_signature(answer):
    message = judge(EXERCISES["interpolate"], answer).message
    assert "It stops with TypeError" in message
    assert "The check calls it with these arguments: def interpolate(old, new, i):" in message


def test_call_with_a_wrong_number_of_arguments_is_told_with_the_signature_of_what_is_called():
    message = judge(EXERCISES["interpolate"], it_calls_with_one_argument_less).message
    assert "It takes these arguments: one_argument_more(old, new, i, rest)" in message


END_OF_WAIT = threading.Event()


def it_waits(a):
    END_OF_WAIT.wait()
    return a


def it_waits_again_and_again(a):
    while not END_OF_WAIT.is_set():
        time.sleep(0.01)
    return a


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(watching, "STILL_SECONDS", 0.05)
    monkeypatch.setattr(watching, "STILL_SHARE", 2.0)  # also on a machine that is busy with others
    END_OF_WAIT.clear()
    yield
    END_OF_WAIT.set()


def test_answer_that_waits_is_left_and_told_with_its_line(impatient):
    verdict = judge(EXERCISES["sigmoid"], it_waits)
    assert verdict.passed is False
    assert verdict.line == 2
    assert "It waits for something" in verdict.message
    assert "line 2:  END_OF_WAIT.wait()" in verdict.message
    assert "it goes on in the background" in verdict.message


def test_answer_that_waits_again_and_again_is_ended(impatient, monkeypatch):
    monkeypatch.setattr(watching, "GRACE", 60.0)  # far more than it takes
    verdict = judge(EXERCISES["sigmoid"], it_waits_again_and_again)
    assert "It waits for something" in verdict.message
    assert "background" not in verdict.message


def test_answer_is_judged_where_no_thread_can_be_had(monkeypatch):
    def refuse(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert judge(EXERCISES["sigmoid"], mutate(EXERCISES["sigmoid"].reference, {})).passed


CELLS = """
import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(a))


def cifg_step(x, h_prev, c_prev, Wx, Wh, b):
    i, o, g = np.split(x @ Wx + h_prev @ Wh + b, 3, axis=-1)
    i, o, g = sigmoid(i), sigmoid(o), np.tanh(g)
    c = (1 - i) * c_prev + i * g
    h = o * np.tanh(c)
    return h, c, (x, h_prev, c_prev, i, o, g, c)
"""


def defined(text, **around):
    names = {"__name__": "__main__", **around}
    run_text(text, f"<cells {hash(text)}>", names)
    return names


def test_fault_in_the_students_other_function_is_told_there_and_not_in_the_answer():
    names = defined(CELLS)
    theirs = names["sigmoid"]
    verdict = judge(EXERCISES["cifg_step"], names["cifg_step"])
    assert verdict.passed is False
    assert verdict.line is None
    assert "The fault is in your sigmoid" in verdict.message
    assert 'See check("sigmoid", sigmoid).' in verdict.message
    assert names["sigmoid"] is theirs


def test_fault_in_the_answer_is_found_beside_one_in_the_students_other_function():
    names = defined(CELLS.replace("h = o * np.tanh(c)", "h = o * c"))
    verdict = judge(EXERCISES["cifg_step"], names["cifg_step"])
    assert verdict.line == 5
    assert "It calls your sigmoid, which is wrong as well" in verdict.message


def test_students_right_other_function_is_not_blamed():
    text = CELLS.replace("np.exp(a))", "np.exp(-a))").replace("h = o * np.tanh(c)", "h = o * c")
    message = judge(EXERCISES["cifg_step"], defined(text)["cifg_step"]).message
    assert "your sigmoid" not in message


def test_end_of_the_program_does_not_get_out():
    verdict = judge(EXERCISES["sigmoid"], it_ends_the_program)
    assert verdict.message.startswith("It ends the whole program")
    assert 'line 2:  sys.exit("done")' in verdict.message


@pytest.mark.parametrize("name", ["exit", "quit"])
def test_end_of_the_program_by_name_does_not_get_out(name, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    before = getattr(builtins, name, None)
    verdict = judge(EXERCISES["sigmoid"], defined(f"def sigmoid(a):\n    {name}()")["sigmoid"])
    assert verdict.message.startswith("It ends the whole program")
    assert not sys.stdin.closed
    assert getattr(builtins, name, None) is before


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
    assert "In line 6, `(1 - i) * (c_prev + g)` should be" in first
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


@pytest.mark.parametrize("name", ["exit", "quit"])
def test_end_of_the_program_as_ipython_defines_it_does_not_end_the_shell(
    name, shell, capsys, monkeypatch
):
    asked = []

    def ask_exit(self):
        asked.append(self)

    monkeypatch.setattr(type(shell), "ask_exit", ask_exit, raising=False)
    run(shell, f"def sigmoid(a):\n    {name}()", CHECK)
    run(shell, f"{name}()")
    assert "It ends the whole program" in capsys.readouterr().out
    assert asked == [shell]  # by the student's own last cell


def test_cell_that_is_no_python_is_told_with_its_line(shell, capsys):
    run(shell, RIGHT, BROKEN, CHECK)
    said = capsys.readouterr().out
    assert (
        "✘ sigmoid: the cell that you ran last for it is not valid Python (invalid syntax)" in said
    )
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
    assert "not valid Python" not in capsys.readouterr().out.split("Traceback")[-1]


MISSPELT = {
    "return i * new + (1 - i) * odl": "old",
    "return np.tahn(old)": "tanh",
    "return np.add(old, [(lambda k: nwe * k)(k) for k in i])": "new",
    "Wx = 1; return wx * i": "Wx",
    "return exp(old)": "np.exp",
    "return old.shpe": "shape",
    "return old * zz": "",
    "return np.sigmoid(old)": "",
    "return old.abs()": "",
    "n = 2; return np_.add(old, n)": "",
    "return Odd().foo": "",
    "return Private().kept": "",
    "raise NameError('x', name=5)": "",
    "return from_elsewhere()": "",
}


class Odd:
    def __dir__(self):
        raise RuntimeError("no list of names")


class Private:
    _kept = 1


# Code of another module: its names are not the answer's.
from_elsewhere = types.FunctionType(compile("oldd", "<elsewhere>", "eval"), {}, "from_elsewhere")


@pytest.mark.parametrize("body", MISSPELT)
def test_a_misspelt_name_is_told_with_the_one_that_was_meant_and_no_other(body):
    text = f"def interpolate(old, new, i):\n    {body}\n"
    names = defined(text, np=np, Odd=Odd, Private=Private, from_elsewhere=from_elsewhere)
    message = judged("interpolate", names["interpolate"])
    assert "It stops with" in message
    meant = MISSPELT[body]
    assert f"Did you mean {meant}?" in message if meant else "Did you mean" not in message


def test_numpy_that_was_not_imported_is_told():
    names = defined("def interpolate(old, new, i):\n    n = 1\n    return np.add(old, n)\n")
    assert "Did you mean import numpy as np?" in judged("interpolate", names["interpolate"])


NOTEBOOK = {"n": 7, "x": np.ones((4, 3)), "EPS": 1e-8, "DEBUG": True, "e": math.e, "i": 0.3}
NAMED = {
    "def interpolate(p, q, r):\n    return (1 - i) * p + i * q": "i",
    "def interpolate(old, new, i):\n    return old + x + EPS": "x",
    "def interpolate(old, new, i):\n    return old + x + n": "x",
    "def interpolate(old, new, i):\n    return old + EPS": "",
    "def interpolate(old, new, i):\n    return old if DEBUG else new": "",
    "def interpolate(old, new, i):\n    return old ** e": "",
    "def interpolate(old, new, i=n):\n    return (lambda n: n)(old)": "",
    "def interpolate(old, new, i):\n    import math as n\n    return old * n.pi": "",
}


@pytest.mark.parametrize("text", NAMED)
def test_what_an_answer_takes_from_the_notebook_is_named_beside_the_unread_argument(text):
    message = judged("interpolate", defined(text, np=np, **NOTEBOOK)["interpolate"])
    assert "is never used." in message
    meant = NAMED[text]
    assert f" {meant} is the notebook's, outside the function." in message or not meant
    assert ("the notebook's" in message) == bool(meant)


def test_an_argument_that_is_looked_up_by_its_name_is_not_called_unused():
    def by_name(a):
        return 0.37 + np.tanh(locals()["a"] ** 2)

    assert "is never used" not in judged("sigmoid", by_name)


def test_what_a_decorated_answer_reads_is_not_called_unused():
    def decorated(function):
        @functools.wraps(function)
        def wrapper(*given, **named):
            return function(*given, **named)

        return wrapper

    @decorated
    def all_are_read(old, new, i):
        return old + i * new + 0.3 * np.sin(i)

    @decorated
    def one_is_not_read(old, new, i):
        return old + 0.3 * np.sin(new)

    assert "is never used" not in judged("interpolate", all_are_read)
    assert "the argument i is never used." in judged("interpolate", one_is_not_read)


def test_the_mark_stands_under_what_is_wrong_whatever_letters_stand_before_it():
    line = "    größe = ähnlich(old);\treturn größe * i"
    start = line.encode().index("größe * i".encode())
    shown, mark = suspects.mark_line(2, line, start, len(line.encode()))
    assert shown[mark.index("^") :] == "größe * i"
    assert "\t" not in shown
    assert mark.count("^") == len("größe * i")


def test_a_check_says_where_its_time_was_up_before_the_line_was_found(monkeypatch):
    exercise = EXERCISES["interpolate"]
    not_found = judge(exercise, the_line_is_found_only_with_time).message
    assert "was not found in the time" not in not_found
    monkeypatch.setattr(suspects, "ALL_SECONDS", -1.0)
    cut = judge(exercise, the_line_is_found_only_with_time).message
    assert "Which line is wrong was not found in the time that the check allows itself." in cut


def the_line_is_found_only_with_time(old, new, i):
    return i * new + (1 - i) * old * 1.01


def judged(name, function):
    return judge(EXERCISES[name], function).message
