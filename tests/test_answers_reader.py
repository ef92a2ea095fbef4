"""The reader finds each answer in a notebook, with all that it uses and nothing else."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from cifg_edu.checks import EXERCISES, answers, notebooks
from cifg_edu.checks.answers import read_answers
from cifg_edu.checks.notebooks import Cell, Unreadable, identity_of, lesson_imports, read_cells
from cifg_edu.checks.outcomes import find_problem, run_case
from tests.notebook_forms import FORMS, written_as
from tests.right_answers import RIGHT_ANSWERS

HOME = Path(__file__).parents[1]
RIGHT = "def sigmoid(a):\n    return 1 / (1 + np.exp(-a))\n"
STUB = (
    "def sigmoid(a):\n    '''To be written.'''\n    # Your lines here.\n"
    "    raise NotImplementedError\n"
)


def read(*cells, name="sigmoid"):
    """What is read of a notebook whose first cell is the exercise's."""
    own, *others = map(textwrap.dedent, cells)
    return read_answers([Cell(identity_of(name), own), *(Cell("", text) for text in others)])


def source(*cells, name="sigmoid"):
    return read(*cells, name=name).answers[name].source


def value(*cells, given=0.0):
    """What the answer that was read gives."""
    names = {}
    exec(source(*cells), names)
    return names["sigmoid"](given)


@pytest.fixture(scope="module")
def first_cases():
    """One case of each exercise, and what the reference does in it."""
    cases = {name: exercise.cases()[0] for name, exercise in EXERCISES.items()}
    return {
        name: (case, run_case(EXERCISES[name], EXERCISES[name].reference, case))
        for name, case in cases.items()
    }


@pytest.mark.parametrize("form", FORMS)
def test_every_right_answer_is_found_in_whatever_form_it_is_written(form, first_cases):
    for name, several in RIGHT_ANSWERS.items():
        answer = several[list(FORMS).index(form) % len(several)]
        found = read_answers(written_as(form, name, answer))
        names = {}
        exec(found.answers[name].source, names)
        case, right = first_cases[name]
        actual = run_case(EXERCISES[name], names[name], case)
        assert find_problem(EXERCISES[name], right, actual) is None, (name, answer)
        assert found.lesson == EXERCISES[name].lesson


@pytest.mark.parametrize("path", sorted((HOME / "solutions").glob("*.ipynb")), ids=lambda p: p.name)
def test_solutions_answers_are_found_and_the_lessons_stubs_are_too(path):
    for folder in ("solutions", "lessons"):
        read = read_answers(read_cells((HOME / folder / path.name).read_bytes()))
        assert read.lesson == int(path.name[:2])
        assert not read.problems
        for name, answer in read.answers.items():
            line = answer.source.splitlines()[answer.line - 1]
            assert line.startswith(f"def {name}(")
            assert ("raise NotImplementedError" in answer.source) == (folder == "lessons")


def test_text_of_an_answer_is_imports_then_what_it_uses_in_the_notebooks_order():
    text = source(
        "import torch, math as m\nscale = 2.0  # twice\nother = 3\n",
        "# Halves a number.\n# For tests too.\ndef half(a):\n    return m.exp(a) / scale\n",
        "def sigmoid(a):\n    return half(a)  # done\n\nprint(sigmoid(3))\n",
    )
    assert text == (
        "import math as m\n\nscale = 2.0  # twice\n\n# Halves a number.\n# For tests too.\n"
        "def half(a):\n    return m.exp(a) / scale\n\ndef sigmoid(a):\n    return half(a)  # done\n"
    )


def test_each_line_of_an_answer_knows_its_cell_and_its_line_there():
    cells = ["\n\n# A helper.\ndef half(a):\n    return a / 2\n", "!ls \\\n -l\n\n" + RIGHT]
    cells[1] = cells[1].replace("np.exp(-a)", "half(a)")
    answer = read(*cells).answers["sigmoid"]
    for text, (cell, line) in zip(answer.source.splitlines(), answer.places, strict=True):
        assert text == ("" if not cell else cells[cell - 1].splitlines()[line - 1])
    assert answer.places[answer.line - 1] == (2, 4)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["k = 1\ndef sigmoid(a, n=k):\n    return n, k\n", "k = 2\n"], (1, 2)),
        (["k = 1\n", "k += 2\n", "def sigmoid(a):\n    return k\n", "k *= 5\n"], 15),
        (["t = {}\nt['x'] = 1\nt.update(y=2)\ndef sigmoid(a):\n    return t\n"], {"x": 1, "y": 2}),
        (["t = []\nfor k in range(2):\n    t.append(k)\ndef sigmoid(a):\n    return t"], [0, 1]),
        (["def f(a):\n    return 1\n", "def sigmoid(a):\n    return f(a)\n",
          "def f(a):\n    return 2\n"], 2),
        (["def twice(f):\n    return lambda a: 2 * f(a)\n",
          "@twice\ndef sigmoid(a):\n    return 3\n"], 6),
        (["def sigmoid(a):\n    return 3\n", "sigmoid = twice(sigmoid)\n",
          "def twice(f):\n    return lambda a: 2 * f(a)\n"], 6),
        (["class C:\n    k = 4\n    def m(self):\n        return self.k + j\n",
          "def sigmoid(a):\n    return C().m()\n", "j = 1\n"], 5),
        (["def sigmoid(a):\n    global n\n    n += 1\n    return n\n", "n = 6\n"], 7),
        (["def sigmoid(a):\n    def g():\n        return [x + j for x in h()]\n    return g()\n",
          "j = 1\nh = lambda: [k]\nk = 2\n", "x = j = 3\n"], [5]),
        (["from math import *\n", "def sigmoid(a):\n    return floor(pi)\n"], 3),
        (["x = 3; y = 4\n", "def sigmoid(a): return y\n"], 4),
        (["if False:\n    k = 1\nelse:\n    k = 2\ndef sigmoid(a):\n    return k\n"], 2),
        (["k = 1\n", "if False:\n    k = 2\ndef sigmoid(a):\n    return k\n"], 1),
        (["with open(p) as f:\n    t = 1\n", "import os\np = os.devnull\n",
          "def sigmoid(a):\n    return t"], 1),
        (["k = 1\ndef f():\n    return k\n", "t = f()\n", "k = 2\n",
          "def sigmoid(a):\n    return t, k\n"], (1, 2)),
        (["@twice\ndef sigmoid(a):\n    return n\n",
          "def twice(f):\n    return lambda a: n * f(a + m)\n", "n = 2\nm = 1\n"], 4),
        (["def sigmoid(a):\n    return 1\nsigmoid = sigmoid(3)\ndel sigmoid\n",
          "for sigmoid in ():\n    pass\n"], 1),
        (["def sigmoid(a):\n    return sigmoid.k\nsigmoid.k = 8\n"], 8),
        (["from __future__ import annotations\n",
          "def sigmoid(a: Nothing) -> Nowhere:\n    return 1"], 1),
        (["def sigmoid(a):\n    return 1\n", "async def sigmoid(a):\n    return 2\n"], 1),
        (["x = await something()\n", "def sigmoid(a):\n    return 1\n"], 1),
        (["def sigmoid(a):\n    return 1\n", "%%timeit\ndef sigmoid(a):\n    return 2\n"], 1),
        (["def sigmoid(a):\n    return 1\n", "%%time\ndef sigmoid(a):\n    return 2\n"], 2),
        (["def sigmoid(a):\n    return 1 if a else sigmoid(1)\n",
          "for sigmoid in [3]:\n    pass\n"], 1),
    ],
)  # fmt: skip
def test_answer_is_what_jupyter_would_have_after_run_all(cells, expected):
    assert value(*cells) == expected


def test_what_only_local_names_seem_to_use_is_left_out():
    text = source(
        "x = input()\ny = input()\nz = input()\n",
        "def sigmoid(a, x=1):\n    y = [z for z in a]\n    return x, y\n",
    )
    assert "input" not in text


def test_another_loop_over_the_same_variable_and_calls_of_a_module_are_left_out():
    text = source(
        "import numpy as np\nnp.random.seed(3)\nfor i in range(10**12):\n    pass\n",
        "table = []\nfor i in range(3):\n    table.append(i)\n",
        "def sigmoid(a):\n    return np.sum(table)\n",
    )
    assert "table.append" in text
    assert "seed" not in text
    assert "10**12" not in text


def test_imports_of_a_lesson_whose_copy_has_anything_in_it_are_those_outside_its_exercises(
    tmp_path,
):
    texts = {"exercise-sigmoid": "import one", "a": "import two\nx = 1", "b": "def (", "c": "\0"}
    cells = [{"cell_type": "code", "id": i, "source": text} for i, text in texts.items()]
    (tmp_path / "01_a.ipynb").write_text(json.dumps({"cells": cells}))
    (tmp_path / "01_b.ipynb").write_text("{")
    assert lesson_imports(tmp_path, 1) == "import two"


def test_what_the_lesson_imports_is_imported_where_the_notebook_does_not():
    assert source(RIGHT).startswith("import numpy as np\n")
    text = source(
        "def phantom_error(dc, c_prev, i):\n    return sigmoid(i)\n", name="phantom_error"
    )
    assert text.startswith("from cifg_edu.gates import sigmoid\n")


def test_another_answer_of_the_lesson_is_the_students_own_and_the_courses_while_it_is_a_stub():
    mix = (
        "from cifg_edu.gates import sigmoid\n",
        "def interpolate(old, new, i):\n    return sigmoid(i)",
    )
    for own, expected in ((RIGHT, "np.exp"), (STUB, "from cifg_edu.gates import sigmoid")):
        text = source(mix[1], mix[0], own, name="interpolate")
        assert expected in text
        assert "NotImplementedError" not in text


def test_import_of_the_courses_function_is_the_answer_only_where_there_is_no_other():
    imported = "from cifg_edu.gates import sigmoid\n"
    assert source(RIGHT, imported).endswith(RIGHT)
    assert source(imported) == source(STUB, imported) == imported


def test_stub_alone_is_the_answer_and_is_so_told_by_its_judge():
    assert "raise NotImplementedError" in source(STUB)


def test_exercises_cell_without_a_definition_gives_an_empty_answer():
    answer = read("def other(a):\n    return a\n").answers["sigmoid"]
    assert (answer.source, answer.line) == ("", 0)


def test_python_says_nothing_about_a_students_text(recwarn):
    assert "\\d" in source("pattern = '\\d'\ndef sigmoid(a):\n    return pattern is 'x'\n")
    assert not recwarn.list


def test_notebook_of_another_course_holds_nothing():
    read = read_answers([Cell("", "def area(r):\n    return r * r\n")])
    assert (read.lesson, read.answers, read.problems) == (None, {}, [])


def test_cell_that_is_no_python_is_told_with_its_line_and_text():
    read_it = read(RIGHT, "x = 1\ndef sigmoid(a:\n    return a\n", "def f(:\n")
    assert "np.exp" in read_it.answers["sigmoid"].source
    assert read_it.problems == [
        "sigmoid: code cell 2: line 2, \"def sigmoid(a:\", is not Python ('(' was never closed)."
    ]
    alone = read("def sigmoid(a:\n").answers["sigmoid"]
    assert alone.source == "def sigmoid(a:\n"  # which says so wherever it is run


def _nested(count):
    return "x = " + "(" * count + ")" * count + "\n"


SOUND = {
    "ten thousand definitions": "".join(f"def f{n}(): return {n}\n" for n in range(10_000)) + RIGHT,
    "a long cell": "x = 'some text'\n" * 12_500 + RIGHT,
    "statements on one line": "a=1;" * 20_000 + "\n" + RIGHT,
    "a chain of helpers": (
        "".join(f"def f{n}(): return f{n + 1}()\n" for n in range(3_000))
        + "def sigmoid(a): return f0()\n"
    ),
    "a chain of constants": (
        "f0 = 1\n"
        + "".join(f"f{n + 1} = f{n} + 1\n" for n in range(3_000))
        + "def sigmoid(a): return f3000\n"
    ),
    "star imports": "from x import *\n" * 5_000 + RIGHT,
}
BEYOND_PYTHON = {
    "parentheses": "x = " + "(" * 5_000 + ")" * 5_000 + "\n" + RIGHT,
    "signs": "x = " + "-" * 50_000 + "1\n" + RIGHT,
    "functions in functions": "\n".join(" " * n + f"def f{n}():" for n in range(120)) + RIGHT,
    "a zero byte": "\0" + RIGHT,
    "half a letter": "x = '\ud800'\n" + RIGHT,
    "magics": "!ls\n" * 20_000 + RIGHT,
    "questions": "x?\n" * 20_000 + RIGHT,
    "an open text": '"""' + "x\n" * 50_000 + RIGHT,
    "decorators": "@x\n" * 40_000 + RIGHT,
}
# Python 3.14 reads them, and older ones do not.
BEYOND_SOME = {
    "a long sum": "x = 1" + " + 1" * 40_000 + "\n" + RIGHT,
    "attributes": "x" + ".x" * 50_000 + " = 1\n" + RIGHT,
}


def _steps(text):
    """How often Python calls a function while a text is read, and what is read of it."""
    count = 0

    def see(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(see)
    try:
        found = read(text)
    finally:
        sys.setprofile(None)
    return count, found


@pytest.mark.parametrize("what", [*SOUND, *BEYOND_PYTHON, *BEYOND_SOME])
def test_hostile_text_costs_a_bounded_number_of_steps(what):
    """Not seconds, which depend on the machine: at most a hundred steps for a character."""
    text = {**SOUND, **BEYOND_PYTHON, **BEYOND_SOME}[what]
    steps, found = _steps(text)
    assert steps < 100 * (len(text) + 10_000)
    assert what in BEYOND_SOME or bool(found.problems) == (what in BEYOND_PYTHON)
    assert "sigmoid" in found.answers or found.problems


@pytest.mark.parametrize(
    "make",
    [
        lambda n: "".join(f"def f{k}(): return f{k + 1}()\n" for k in range(n)),
        lambda n: "".join(f"f{k + 1} = f{k}\n" for k in range(n)),
        lambda n: "t = []\n" + "t.append(f0)\n" * n,
        lambda n: "a=1;" * n,
        lambda n: "from x import *\n" * n,
        lambda n: "for k in t: k = k + 1\n" * n,
        lambda n: "t = " + "+".join(f"f{k}" for k in range(n)),
    ],
)
def test_twice_the_text_costs_at_most_twice_the_steps(make):
    """Where something grows with the square, it is four times as many."""
    small, large = (_steps(make(n) + "\ndef sigmoid(a): return f0, f1, t\n")[0] for n in (400, 800))
    assert large < 2.5 * small


def test_notebook_with_too_much_code_is_read_up_to_its_limit(monkeypatch):
    monkeypatch.setattr(answers, "LONGEST_NOTEBOOK", 1000)
    found = read("x = 1\n" * 200, RIGHT)
    assert found.problems == [
        "sigmoid: code cell 1: all cells together have more than 1,000 characters."
    ]


def test_answer_that_is_too_long_is_not_taken(monkeypatch):
    monkeypatch.setattr(answers, "LONGEST_ANSWER", 1000)
    found = read("# x\n" * 300 + RIGHT)
    assert "sigmoid" not in found.answers
    assert found.problems == [
        "sigmoid: the answer and what it uses have more than 1,000 characters."
    ]


def test_magics_are_read_while_their_cost_is_within_its_limit(monkeypatch):
    monkeypatch.setattr(notebooks, "MOST_FOR_MAGICS", 1000)
    assert not read("!ls\n" * 3 + RIGHT).problems
    assert read("!ls\n" * 30 + RIGHT).problems


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{", "no valid JSON"),
        (b"[" * 100_000, "no valid JSON"),
        (b'{"cells": []}', "has no cells"),
        (b" " * (notebooks.LARGEST_FILE + 1), "larger than 16 MB"),
    ],
)
def test_file_that_is_no_notebook_is_a_sentence(content, sentence):
    with pytest.raises(Unreadable, match=sentence):
        read_cells(content)


def test_old_formats_and_windows_line_ends_and_python_files_are_read():
    cell = {"cell_type": "code", "input": ["x = 1\r\n", "y = 2\r"]}
    old = json.dumps({"worksheets": [{"cells": [cell, None, {"cell_type": "markdown"}]}]})
    assert read_cells(old.encode()) == [Cell("", "x = 1\ny = 2\n")]
    assert read_cells(b"\xef\xbb\xbfx = 1\r\n\xff", python=True) == [Cell("", "x = 1\n\ufffd")]


def test_checks_load_without_ipython_until_a_notebook_is_read():
    code = "import sys; sys.modules['IPython'] = None; import cifg_edu.checks.answers"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=HOME)
