"""The student's own file: what a check passed is kept, later lessons run on it, nothing is lost."""

import inspect
import subprocess
import sys

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

from cifg_edu import cifg, gates
from cifg_edu.checks import check, progress, use_mine
from cifg_edu.checks.own_file import EARLIER, NAME
from cifg_edu.errors import UserError

SIGMOID = """# mine, with tanh
def sigmoid(a):
    return half * np.tanh(half * a) + half  # never overflows
"""


class Notebook:
    """A notebook that runs: `run` is a cell, or several."""

    def __init__(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])  # which it replaces
        self.shell = InteractiveShell()
        self.shell.history_manager.enabled = False
        monkeypatch.setattr("IPython.get_ipython", lambda: self.shell)

    def run(self, *cells):
        for cell in cells:
            self.shell.run_cell(cell, store_history=True).raise_error()

    def __getitem__(self, name):
        return self.shell.user_ns[name]


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("CIFG_EDU_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def notebook(home, monkeypatch):
    notebook = Notebook(monkeypatch)
    notebook.run("import numpy as np\nfrom cifg_edu.checks import check")
    return notebook


def mine(*functions):
    """The functions under their names, after use_mine."""
    names = {function.__name__: function for function in functions}
    use_mine(names)
    return names.values()


def answered(name, *cells):
    return [*cells, f'{name} = check("{name}", {name})']


def test_what_a_check_passed_is_kept_with_its_comments_and_helpers_and_runs(notebook, home, capsys):
    notebook.run("half = 0.5", *answered("sigmoid", SIGMOID))
    assert f"Kept in {NAME}" in capsys.readouterr().out
    text = (home / NAME).read_text()
    assert "# %% sigmoid, lesson 01\nhalf = 0.5\n\n\n# mine, with tanh\ndef sigmoid" in text
    assert "# never overflows" in text
    program = "import my_cifg; print(my_cifg.sigmoid(0.0))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=home, capture_output=True, text=True, check=True
    )
    assert done.stdout == "0.5\n"


def test_a_wrong_answer_and_the_courses_own_function_are_not_kept(notebook, home):
    notebook.run(*answered("sigmoid", "def sigmoid(a):\n    return np.tanh(a)"))
    notebook.run(*answered("sigmoid", "from cifg_edu.gates import sigmoid"))
    assert not (home / NAME).exists()


def test_a_new_version_takes_the_place_of_the_old_one_which_is_not_lost(notebook, home, capsys):
    first = "def sigmoid(a):\n    return 0.5 * np.tanh(0.5 * a) + 0.5"
    notebook.run(*answered("sigmoid", first))
    capsys.readouterr()
    notebook.run(*answered("sigmoid", first + "\n"))
    assert "Kept" not in capsys.readouterr().out, "nothing is new"
    notebook.run("half = 0.5", *answered("sigmoid", SIGMOID))
    assert "half" in (home / NAME).read_text()
    assert first in (home / EARLIER).read_text()
    assert first not in (home / NAME).read_text()


def test_a_later_lesson_runs_on_the_students_function_and_says_so(notebook, home, capsys):
    notebook.run("half = 0.5", *answered("sigmoid", SIGMOID))
    capsys.readouterr()
    sigmoid, interpolate = mine(gates.sigmoid, gates.interpolate)
    assert capsys.readouterr().out.splitlines() == [
        "1 of 2 functions are yours: sigmoid.",
        "The course's own functions: interpolate.",
    ]
    assert sigmoid is not gates.sigmoid
    assert sigmoid(0.0) == 0.5
    assert interpolate is gates.interpolate


def test_without_a_file_the_courses_functions_stand_there(home, capsys):
    assert [*mine(gates.sigmoid)] == [gates.sigmoid]
    assert capsys.readouterr().out == "The course's own functions: sigmoid.\n"


STEP = """
def cifg_step(x, h_prev, c_prev, Wx, Wh, b):
    i, o, g = split(x @ Wx + h_prev @ Wh + b)
    i, o, g = sigmoid(i), sigmoid(o), np.tanh(g)
    c = interpolate(c_prev, g, i)
    h = o * np.tanh(c)
    return h, c, CIFGCache(x, h_prev, c_prev, i, o, g, c)
"""


def test_functions_of_the_file_call_each_other(notebook, home):
    imports = "from cifg_edu.gates import interpolate, sigmoid\nfrom cifg_edu.cifg import CIFGCache"
    helper = "def split(a):\n    return np.split(a, 3, axis=-1)"
    notebook.run(imports, helper, *answered("cifg_step", STEP))
    assert "from cifg_edu.gates import sigmoid" in (home / NAME).read_text()
    notebook.run("half = 0.5", *answered("sigmoid", SIGMOID))
    text = (home / NAME).read_text()
    assert "from cifg_edu.gates import sigmoid" not in text
    assert "from cifg_edu.gates import interpolate" in text
    assert text.index("# %% sigmoid") < text.index("# %% cifg_step"), "in the course's order"
    [step] = mine(cifg.cifg_step)
    globals_ = inspect.unwrap(step).__globals__
    assert inspect.unwrap(globals_["sigmoid"]).__globals__ is globals_


def test_a_plain_tuple_for_a_cache_can_be_read_by_name_in_later_lessons(notebook, home):
    imports = "from cifg_edu.gates import interpolate, sigmoid, split_gates"
    step = STEP.replace("split(a", "split_gates(a").replace("split(", "split_gates(")
    step = step.replace(" + b)", " + b, 3)").replace("CIFGCache", "")
    notebook.run(imports, *answered("cifg_step", step))
    [step] = mine(cifg.cifg_step)
    *_, cache = step(*np.ones((3, 1, 1)), np.ones((1, 3)), np.ones((1, 3)), np.ones(3))
    assert cache.c_prev == 1.0


def test_helpers_of_one_name_that_differ_are_kept_apart(notebook, home):
    notebook.run("half = 0.5", *answered("sigmoid", SIGMOID))
    mix = "def interpolate(old, new, i):\n    return old + half(i * (new - old), by=1)"
    helper = "def half(x, by):\n    return x * by"
    notebook.run(helper, *answered("interpolate", mix))
    text = (home / NAME).read_text()
    assert "half_of_interpolate" in text
    notebook.run("half = 0.5", *answered("sigmoid", SIGMOID + "\n# new\n"))
    sigmoid, interpolate = mine(gates.sigmoid, gates.interpolate)
    assert sigmoid(0.0) == 0.5
    assert interpolate(0.0, 1.0, 0.25) == 0.25


def test_what_the_student_changed_in_the_file_stays_and_is_checked(notebook, home, capsys):
    notebook.run("half = 0.5", *answered("sigmoid", SIGMOID))
    path = home / NAME
    path.write_text(
        path.read_text().replace("half + half", "half").replace('"""\n\n', '"""\n# I\n\n')
    )
    path.write_text(path.read_text().replace("* a) + half", "* a) - half"))
    capsys.readouterr()
    assert [*mine(gates.sigmoid)] == [gates.sigmoid]
    assert f"sigmoid in {NAME} is not right: " in capsys.readouterr().out
    mix = "def interpolate(old, new, i):\n    return old + i * (new - old)"
    notebook.run(*answered("interpolate", mix))
    text = path.read_text()
    assert "* a) - half" in text
    assert "\n# I\n" in text


def test_a_file_that_is_no_python_is_left_alone_with_a_sentence(notebook, home, capsys):
    (home / NAME).write_text("def broken(:\n")
    notebook.run("half = 0.5", *answered("sigmoid", SIGMOID))
    assert "does not run: SyntaxError" in capsys.readouterr().out
    assert (home / NAME).read_text() == "def broken(:\n"
    with pytest.raises(UserError, match=r"line 1.*Mend it, or move it away"):
        mine(gates.sigmoid)


def test_an_answer_that_needs_what_was_never_in_a_cell_is_not_kept(notebook, home, capsys):
    notebook.shell.user_ns["half"] = 0.5
    notebook.run(*answered("sigmoid", SIGMOID))
    out = capsys.readouterr().out
    assert "✔ sigmoid" in out
    assert "without the rest of this notebook it is not right" in out
    assert not (home / NAME).exists()


def test_on_another_computer_the_file_alone_brings_the_progress_back(notebook, home):
    notebook.run("half = 0.5", *answered("sigmoid", SIGMOID))
    progress.progress_path().unlink()
    mine(gates.interpolate)
    assert progress.read().exercises["sigmoid"]["passed"]


def test_outside_a_notebook_nothing_is_written(home, monkeypatch):
    monkeypatch.setattr("IPython.get_ipython", lambda: None)

    def sigmoid(a):
        return gates.sigmoid(a) + 0.0

    check("sigmoid", sigmoid)
    assert not (home / NAME).exists()


def test_in_solutions_the_courses_functions_stand_there_and_nothing_is_kept(
    notebook, home, monkeypatch, capsys
):
    notebook.run("half = 0.5", *answered("sigmoid", SIGMOID))
    kept = (home / NAME).read_text()
    (home / "solutions").mkdir()
    monkeypatch.chdir(home / "solutions")
    assert [*mine(gates.sigmoid)] == [gates.sigmoid]
    notebook.run(*answered("sigmoid", SIGMOID.replace("# mine", "# the course's")))
    assert (home / NAME).read_text() == kept


def test_a_name_that_the_student_gave_something_else_stays(notebook, home):
    notebook.run("half = 0.5", *answered("sigmoid", SIGMOID))
    names = {"sigmoid": len, "logistic": gates.sigmoid}
    use_mine(names)
    assert names == {"sigmoid": len, "logistic": gates.sigmoid}
