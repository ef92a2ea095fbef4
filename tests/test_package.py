"""The door of the package: its names, what it needs, and that nothing inside goes through it."""

import ast
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import cifg_edu
from cifg_edu import TAUGHT
from cifg_edu.checks import EXERCISES
from cifg_edu.doctor import PARTS
from cifg_edu.grading.sandbox.stripped_course import write_course
from tests.core_alone import NOT_CORE

HOME = Path(__file__).parents[1]
PROJECT = tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TWINS = {"cifg_step_backward": "lstm_step_backward", "cifg_backward": "lstm_backward"}


def python(code, **options):
    """Run code in a separate Python, and return what it printed."""
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=HOME, **options
    ).stdout


def test_import_of_the_package_loads_nothing_beyond_python():
    before = "import sys, importlib; from typing import Any; before = set(sys.modules)\n"
    assert python(f"{before}import cifg_edu; print(*sorted(set(sys.modules) - before))") == (
        "cifg_edu\n"
    )


@pytest.mark.parametrize("name", TAUGHT)
def test_taught_name_at_the_top_is_the_function_of_its_module(name):
    function = getattr(cifg_edu, name)
    assert inspect.isfunction(function)
    assert (function.__module__, function.__name__) == (f"cifg_edu.{TAUGHT[name]}", name)


def test_names_at_the_top_hold_every_exercise_in_the_order_of_the_course():
    assert [name for name in TAUGHT if name in EXERCISES] == list(EXERCISES)
    assert {f"cifg_edu.{TAUGHT[name]}" for name in EXERCISES} == {
        exercise.reference.__module__ for exercise in EXERCISES.values()
    }


def test_names_at_the_top_hold_every_function_of_the_taught_modules():
    for module_name in set(TAUGHT.values()):
        module = importlib.import_module(f"cifg_edu.{module_name}")
        public = {
            name
            for name, value in vars(module).items()
            if inspect.isfunction(value)
            and value.__module__ == module.__name__
            and not name.startswith("_")
        }
        # A look-up in a table is not taught, nor what the comparison shares of a model.
        untaught = {"find_cell"}
        assert public - untaught == {n for n, m in TAUGHT.items() if m == module_name}


def test_names_at_the_top_are_listed_and_none_hides_a_module():
    assert set(TAUGHT) <= set(dir(cifg_edu))
    assert not set(TAUGHT) & {info.name for info in pkgutil.iter_modules(cifg_edu.__path__)}
    assert cifg_edu.__all__ == list(TAUGHT)
    with pytest.raises(AttributeError, match="no attribute 'cifg_stepp'"):
        cifg_edu.cifg_stepp  # noqa: B018


# What a module inside the package may take from its root, beside modules: no taught function,
# since the contract of layers does not see where that leads.
FROM_THE_ROOT = {"__version__", "TAUGHT", "__file__"}
MODULES = {info.name for info in pkgutil.iter_modules(cifg_edu.__path__)}


def through_the_root(source):
    """The names that a module takes from the package's root and may not."""
    for node in ast.walk(ast.parse(source)):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module == "cifg_edu":
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level:
            names = ["."]
        elif isinstance(node, ast.Import):
            # Under another name, what is taken from the root later would not be seen.
            names = [f"as {a.asname}" for a in node.names if a.name == "cifg_edu" and a.asname]
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "cifg_edu":
            names = [node.attr]
        yield from (name for name in names if name not in FROM_THE_ROOT | MODULES)


def test_no_module_inside_the_package_imports_through_the_root():
    for path in (HOME / "cifg_edu").rglob("*.py"):
        assert list(through_the_root(path.read_text(encoding="utf-8"))) == [], path


@pytest.mark.parametrize(
    "source",
    [
        "from cifg_edu import __version__, cifg_step",
        "from cifg_edu import *",
        "def f():\n    from . import cifg",
        "import cifg_edu.cifg\ncifg_edu.cifg_step(x)",
        "import cifg_edu as course\ncourse.cifg_step(x)",
    ],
)
def test_an_import_through_the_root_is_seen(source):
    assert list(through_the_root(source))


def test_learning_part_imports_only_the_core_and_nothing_that_a_browser_lacks():
    absent = [*NOT_CORE, "resource", "fcntl", "termios"]
    blocked = f"import sys; sys.modules.update(dict.fromkeys({absent!r}))\n"
    printed = python(f"{blocked}from tests.core_alone import import_lessons; import_lessons()")
    assert printed.startswith("ok")


PROCESSES = {"resource", "fcntl", "subprocess", "multiprocessing", "concurrent", "threading"}


def test_no_module_that_learning_loads_imports_processes_or_threads_at_its_top():
    loaded = python(
        "import sys; from tests.core_alone import import_lessons; import_lessons();"
        "print(*(m.__file__ for n, m in sys.modules.items() if n.startswith('cifg_edu')))"
    )
    files = loaded.splitlines()[-1].split()
    assert len(files) > 80
    for file in files:
        tree = ast.parse(Path(file).read_text(encoding="utf-8"))
        names = {a.name for n in tree.body if isinstance(n, ast.Import) for a in n.names}
        names |= {n.module or "" for n in tree.body if isinstance(n, ast.ImportFrom)}
        assert not {name.partition(".")[0] for name in names} & PROCESSES, file


@pytest.mark.parametrize("name", ["cifg_step", "interpolate", "verdict"])
def test_the_box_offers_the_same_names_and_no_answer(tmp_path, name):
    write_course(EXERCISES[name], tmp_path)
    # Without the site's .pth files, as in the box: an editable install would fill the gaps.
    asks = f"""
import sys
sys.path.append({sysconfig.get_path("purelib")!r})
from cifg_edu import {", ".join(TAUGHT)}
try:
    adam_step({{}}, {{}}, None)
except NotImplementedError as error:
    print(error)
try:
    {name}(*range({EXERCISES[name].reference.__code__.co_argcount}))
except NotImplementedError as error:
    print(error)
try:
    from cifg_edu import nothing
except ImportError as error:
    print(error)
"""
    command = [sys.executable, "-S", "-c", asks]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    other, answer, nothing = done.stdout.splitlines()
    assert other == f"adam_step is not at hand while {name} is graded"
    assert answer == f"the course's own {name} is not at hand while yours is graded"
    assert nothing.startswith("cannot import name 'nothing'")


def requirements():
    """Each part's requirements, as pyproject.toml has them."""
    parts = {"core": PROJECT["dependencies"], **PROJECT["optional-dependencies"]}
    return {part: [Requirement(text) for text in texts] for part, texts in parts.items()}


def test_every_requirement_is_pinned_within_its_range_and_nothing_else_is():
    lines = (HOME / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    wanted = {r.name: r for part in requirements().values() for r in part}
    assert set(pins) == set(wanted)
    for name, version in pins.items():
        assert wanted[name].specifier.contains(version), name


def test_doctor_knows_each_part_and_what_it_is_for():
    assert [*PARTS, "test", "mutants"] == list(PROJECT["optional-dependencies"])


def test_ranges_are_of_the_kind_that_doctor_can_read_and_core_packages_load_by_their_names():
    for part, wanted in requirements().items():
        for requirement in wanted:
            assert {s.operator for s in requirement.specifier} <= {">=", "<"}, requirement
            assert not requirement.extras, "a list of constraints allows none"
            if part == "core":
                importlib.import_module(requirement.name)


def test_no_line_of_the_repository_installs_the_project_from_an_index():
    folders = ("cifg_edu", "tests", "benchmarks", "lessons/source", ".github", ".ci")
    files = [*HOME.glob("*.*"), HOME / "Makefile"]
    files += [path for folder in folders for path in (HOME / folder).rglob("*")]
    texts = {".md", ".toml", ".py", ".yml", ".yaml", ".cff", ".txt", ""}
    for path in files:
        if path.is_file() and path.suffix in texts and path != Path(__file__):
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"pip install[^\n`]*\bcifg[-_]edu\b", text), path


def test_metadata_name_licence_authors_and_the_command():
    assert PROJECT["license"] == "MIT"
    assert PROJECT["license-files"] == ["LICENSE"]
    assert (HOME / "LICENSE").read_text(encoding="utf-8").startswith("MIT License")
    assert PROJECT["authors"] == [{"name": "The cifg_edu authors"}]
    assert PROJECT["scripts"] == {"cifg-edu": "cifg_edu.__main__:main"}
    assert "urls" not in PROJECT
