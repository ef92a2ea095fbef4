"""What a module of the course is built on is read from the files."""

import ast
import subprocess
import sys

import pytest

from cifg_edu.imports import imported_modules, modules_imported_by

RUNS = "cifg_edu.comparison.runs"


def test_all_that_python_loads_for_a_module_is_found_without_running_it():
    code = f"import sys, {RUNS}; print(*(m for m in sys.modules if m.startswith('cifg_edu.')))"
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True)
    assert set(done.stdout.decode().split()) <= set(modules_imported_by(RUNS))


def test_what_a_module_does_not_import_is_not_among_what_it_is_built_on():
    found = modules_imported_by(RUNS)
    assert {RUNS, "cifg_edu.comparison", "cifg_edu.lstm", "cifg_edu.arrays"} <= set(found)
    assert not {"cifg_edu.engine", "cifg_edu.training", "cifg_edu.comparison.report"} & set(found)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import cifg_edu.model", ["cifg_edu.model"]),
        ("from cifg_edu import model, cifg", ["cifg_edu.model", "cifg_edu.cifg"]),
        ("from cifg_edu.model import embed, CELLS as C", ["cifg_edu.model"]),
        ("from cifg_edu import __version__", ["cifg_edu"]),
        ("from . import plots", ["cifg_edu.comparison.plots"]),
        ("from ..model import embed", ["cifg_edu.model"]),
        ("def f():\n    from cifg_edu.engine import Engine", ["cifg_edu.engine"]),
        ("import numpy, json\nfrom numpy import model\nimport model", []),
    ],
)
def test_every_form_of_an_import_is_read(code, expected):
    assert imported_modules(ast.parse(code), inside="cifg_edu.comparison") == expected


def test_modules_that_import_each_other_are_found_once(tmp_path):
    (tmp_path / "a.py").write_text("import cifg_edu.b")
    (tmp_path / "b.py").write_text("import cifg_edu.a")
    assert modules_imported_by("cifg_edu.a", tmp_path) == ["cifg_edu.a", "cifg_edu.b"]
