"""The student's own file: what a check passed is kept, later lessons run on it, nothing is lost."""

import inspect
import re
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

from cifg_edu import cifg, gates
from cifg_edu.checks import check, progress, tally, use_mine
from cifg_edu.checks.own_file import EARLIER, NAME

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


def test_a_version_that_is_run_again_is_the_one_that_is_kept(notebook, home):
    first = "def sigmoid(a):\n    return 0.5 * np.tanh(0.5 * a) + 0.5"
    second = "def sigmoid(a):\n    return 0.5 + 0.5 * np.tanh(a / 2)"
    for version in first, second, first:
        notebook.run(*answered("sigmoid", version))
    text = (home / NAME).read_text()
    assert first in text
    assert second not in text


def test_a_later_lesson_runs_on_the_students_function_and_says_so(notebook, home, capsys):
    notebook.run("half = 0.5", *answered("sigmoid", SIGMOID))
    capsys.readouterr()
    sigmoid, interpolate = mine(gates.sigmoid, gates.interpolate)
    assert capsys.readouterr().out.splitlines() == [
        "1 of 2 functions are yours: sigmoid.",
        "The course's own are used until yours pass: interpolate.",
    ]
    assert sigmoid is not gates.sigmoid
    assert sigmoid(0.0) == 0.5
    assert interpolate is gates.interpolate


def test_without_a_file_the_courses_functions_stand_there(home, capsys):
    assert [*mine(gates.sigmoid)] == [gates.sigmoid]
    assert capsys.readouterr().out == "The course's own are used until yours pass: sigmoid.\n"


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


RIGHT = "def sigmoid(a):\n    import numpy as np\n    return 0.5 * np.tanh(0.5 * a) + 0.5\n"
# What a student's file may hold, and words of the sentence that says so.
UNUSABLE = {
    "def broken(:\n": r"SyntaxError: .* \(line 1\)\. Mend it",
    "import none_such\n": "does not run: ModuleNotFoundError",
    "exit()\n": r"does not run: SystemExit\. Mend it",
    "raise SystemExit('no')\n": r"does not run: SystemExit: no\. Mend it",
    "raise KeyboardInterrupt\n": r"does not run: KeyboardInterrupt\. Mend it",
    "raise GeneratorExit\n": r"does not run: GeneratorExit\. Mend it",
    "while True:\n    pass\n": "does not run: it does not end",
    "def f():\n    f()\n\nf()\n": "does not run: RecursionError",
    "a = 1\0\n": "does not run: ",
    f"a = {'(' * 300}{')' * 300}\n": "does not run: SyntaxError",
    "Größe = 1\n".encode("latin-1"): "is not in UTF-8: save it so, or move it away",
    "größe = 1\n".encode("utf-16"): "is not in UTF-8",
}


@pytest.mark.parametrize("content", UNUSABLE)
def test_a_file_that_cannot_be_used_stops_no_lesson_and_stays(content, home, notebook, capsys):
    content_bytes = content if isinstance(content, bytes) else content.encode()
    (home / NAME).write_bytes(content_bytes)
    assert [*mine(gates.sigmoid)] == [gates.sigmoid]
    said, courses = capsys.readouterr().out.splitlines()
    assert said.startswith(f"Your own functions are not used: {home / NAME} ")
    assert re.search(UNUSABLE[content], said)
    assert courses == "The course's own are used until yours pass: sigmoid."
    notebook.run(*answered("sigmoid", RIGHT))
    assert f"(Not kept in {NAME}: {home / NAME} " in capsys.readouterr().out
    assert (home / NAME).read_bytes() == content_bytes


def test_a_key_of_the_keyboard_still_interrupts_while_the_file_runs(home):
    running = home / "running"
    waits = f"import pathlib, time\npathlib.Path({str(running)!r}).touch()\n"
    waits += "while True:\n    time.sleep(0.01)\n"
    (home / NAME).write_text(waits)

    def press():
        while not running.exists() and not done.is_set():
            time.sleep(0.01)
        if not done.is_set():
            signal.raise_signal(signal.SIGINT)  # which Python hands to the main thread

    done = threading.Event()
    keyboard = threading.Thread(target=press)
    keyboard.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            mine(gates.sigmoid)
    finally:
        done.set()
        keyboard.join()


def test_a_folder_in_place_of_the_file_stops_no_lesson(home, capsys):
    (home / NAME).mkdir()
    assert [*mine(gates.sigmoid)] == [gates.sigmoid]
    assert "cannot be read" in capsys.readouterr().out


def test_a_file_with_a_mark_of_its_encoding_is_read(home):
    (home / NAME).write_text(RIGHT, encoding="utf-8-sig")
    assert [*mine(gates.sigmoid)] != [gates.sigmoid]


DAMAGES = {
    "no JSON": lambda path: path.write_text("{"),
    "a list": lambda path: path.write_text("[]"),
    "no numbers": lambda path: path.write_text('{"sigmoid": {"passed": true, "tries": Infinity}}'),
    "too deep": lambda path: path.write_text("[" * 100_000),
    "of a newer version": lambda path: path.write_text('{"format": 99, "exercises": {}}'),
    "not in UTF-8": lambda path: path.write_bytes(b"\xff\xfe{}"),
    "a folder": lambda path: path.mkdir(),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_progress_that_cannot_be_read_stops_no_lesson_and_stays(damage, home, capsys):
    (home / NAME).write_text(RIGHT)
    path = progress.progress_path()
    DAMAGES[damage](path)
    before = path.is_file() and path.read_bytes()
    assert [*mine(gates.sigmoid)] != [gates.sigmoid], "the student's own function runs"
    said, yours = capsys.readouterr().out.splitlines()
    assert said.startswith(f"(Nothing is noted in your progress: {path} ")
    assert yours == "1 of 1 functions are yours: sigmoid."
    tally(1)
    assert str(path) in capsys.readouterr().out
    assert (path.is_file() and path.read_bytes()) == before


def test_a_progress_that_cannot_be_written_stops_no_lesson(home, monkeypatch, capsys):
    (home / NAME).write_text(RIGHT)

    def refuse(path, content):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.replace", refuse)
    assert [*mine(gates.sigmoid)] != [gates.sigmoid]
    said = capsys.readouterr().out
    assert "(Not noted in your progress: " in said
    assert "cannot be written (Permission denied)" in said
    assert not progress.progress_path().exists()


def test_a_part_of_another_version_of_the_course_and_a_copied_part_are_not_lost(notebook, home):
    other = "# %% older_exercise, lesson 03\ndef older_exercise(a):\n    return a\n"
    notebook.run("half = 0.5", *answered("sigmoid", SIGMOID))
    text = (home / NAME).read_text()
    copied = "# %% sigmoid, lesson 01\n# a copy\n" + text.split("lesson 01\n")[1]
    (home / NAME).write_text(f"{text}\n\n{other}\n\n{copied}")
    mix = "def interpolate(old, new, i):\n    return old + i * (new - old)"
    for _ in range(2):
        notebook.run(*answered("interpolate", mix))
        mix += "  # again"
    text = (home / NAME).read_text()
    assert text.count(other) == 1
    assert text.count("# mine, with tanh") == 2
    assert text.count("# a copy") == 1


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
