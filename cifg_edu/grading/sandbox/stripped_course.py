"""The course as it stands in the box, without answers: write_course.

Every function of the mathematics keeps its name and signature, so that imports work. A body it
keeps only where the package's own answer to the exercise at hand is built on it; so nothing is
left that gives the same numbers in another way, as an LSTM with tied gates would for a CIFG.
"""

import ast
import builtins
import copy
import functools
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from cifg_edu import TAUGHT
from cifg_edu.exercises import Exercise
from cifg_edu.files import write_atomically

PACKAGE = "cifg_edu"
# What may enter a box: the taught functions and the types that they use. The fast engine and the
# training loop are the same mathematics once more, so they stay outside, as does all that is new.
ADMITTED = (
    *("arrays", "errors", "gates", "cifg", "lstm", "phantom", "losses", "gradcheck"),
    *("initializers", "optimizers", "text", "tasks", "statistics", "model", "sampling"),
)
# What any answer may be built on: nothing can be computed from it that is an answer elsewhere.
ALWAYS_AT_HAND = {("cifg_edu.gates", "split_gates"), ("cifg_edu.losses", "softmax")}
CHECKS = '''"""Stands for the course's checks: every answer passes, the judging is done outside."""


def check(name, function):
    return function


def hint(name):
    return None
'''

# What `cifg_edu` itself offers: the names of the taught functions, as the course does.
ROOT = '''"""Stands for the course: its taught functions by name, without the answers."""

import importlib

TAUGHT = {taught!r}


def __getattr__(name):
    if name not in TAUGHT:
        raise AttributeError(f"module {{__name__!r}} has no attribute {{name!r}}")
    try:
        return getattr(importlib.import_module(f"{{__name__}}.{{TAUGHT[name]}}"), name)
    except ModuleNotFoundError:

        def absent(*arguments, **named):
            raise NotImplementedError(f"{{name}} is not at hand while {target} is graded")

        return absent
'''

Name = tuple[str, str]


class Module(NamedTuple):
    """A module of the course: its source, what it defines, and what it imports from the course."""

    tree: ast.Module
    definitions: dict[str, ast.stmt]
    imports: dict[str, Name]


def write_course(exercise: Exercise, folder: Path, also: tuple[str, ...] = ()) -> None:
    """Write a package `cifg_edu` in which the answer to an exercise is not to be found.

    Args:
        exercise: whose function is to be written.
        folder: where to; the package becomes a folder in it.
        also: further modules that a lesson imports, such as "cifg_edu.phantom".

    Raises:
        UserError: the folder cannot be written.

    Source: the package's own source, by its syntax tree.
    """
    target = (exercise.reference.__module__, exercise.name)
    at_hand = ingredients(target)
    root = folder / PACKAGE
    names = ROOT.format(taught=TAUGHT, target=exercise.name)
    write_atomically(root / "__init__.py", names.encode())
    write_atomically(root / "checks.py", CHECKS.encode())
    for name in _modules((exercise.reference.__module__, *also)):
        tree = _without_answers(name, target, at_hand)
        path = folder.joinpath(*name.split("."))
        path = path / "__init__.py" if _is_package(name) else path.with_suffix(".py")
        write_atomically(path, ast.unparse(tree).encode())


def ingredients(target: Name) -> set[Name]:
    """Everything of the course that a function is built on, but not the function itself."""
    found: set[Name] = set()
    todo = [target, *ALWAYS_AT_HAND - {target}]
    while todo:
        module_name, name = todo.pop()
        module = read_module(module_name)
        for used in _names(module.definitions[name]):
            if used in module.definitions:
                place = (module_name, used)
            elif used in module.imports:
                place = _origin(module.imports[used])
            else:
                continue
            if place not in found:
                found.add(place)
                todo.append(place)
    return (found | ALWAYS_AT_HAND) - {target}


@functools.cache
def read_module(name: str) -> Module:
    """The syntax tree of a module of the course, with its names."""
    spec = find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    definitions: dict[str, ast.stmt] = {}
    imports: dict[str, Name] = {}
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            definitions[statement.name] = statement
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            definitions |= {
                node.id: statement
                for target in targets
                for node in ast.walk(target)
                if isinstance(node, ast.Name)
            }
        elif _is_of_the_course(statement):
            assert isinstance(statement, ast.ImportFrom)
            assert statement.module is not None
            imports |= {a.asname or a.name: (statement.module, a.name) for a in statement.names}
    return Module(tree, definitions, imports)


def imported(statements: list[str]) -> tuple[str, ...]:
    """The modules of the course, fit for the box, that statements import."""
    found = []
    for statement in (part for text in statements for part in ast.parse(text).body):
        if isinstance(statement, ast.Import):
            found += [alias.name for alias in statement.names]
        elif isinstance(statement, ast.ImportFrom):
            found.append(_module_of(statement))
            found += [f"{_module_of(statement)}.{alias.name}" for alias in statement.names]
    return tuple(name for name in found if is_mathematics(name) and _exists(name))


def _exists(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # a name in a module, not a module in a package
        return False


def _origin(place: Name) -> Name:
    """Where a name is defined that may have come through several imports."""
    module_name, name = place
    module = read_module(module_name)
    return place if name in module.definitions else _origin(module.imports[name])


def _names(tree: ast.AST) -> set[str]:
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return names - set(vars(builtins))


def _is_of_the_course(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and _module_of(statement).startswith(PACKAGE + ".")


def _is_package(name: str) -> bool:
    spec = find_spec(name)
    return spec is not None and spec.submodule_search_locations is not None


def _module_of(statement: ast.stmt) -> str:
    return getattr(statement, "module", None) or ""


def is_mathematics(module: str) -> bool:
    """Whether a module of the course may stand in the box."""
    parts = module.split(".")
    return len(parts) > 1 and parts[0] == PACKAGE and parts[1] in ADMITTED


def _modules(first: tuple[str, ...]) -> list[str]:
    """These modules, all that they import, and the packages that they lie in."""
    found: list[str] = []
    todo = list(first)
    while todo:
        name = todo.pop()
        if name not in found and is_mathematics(name) and find_spec(name):
            found.append(name)
            todo += [module for module, _ in read_module(name).imports.values()]
            todo.append(name.rpartition(".")[0])
    return found


def _without_answers(name: str, target: Name, at_hand: set[Name]) -> ast.Module:
    """A module's tree with a `raise` for the body of every function that is not at hand."""
    module = copy.deepcopy(read_module(name).tree)
    kept = []
    for statement in module.body:
        if _is_of_the_course(statement) and not is_mathematics(_module_of(statement)):
            continue
        if isinstance(statement, ast.FunctionDef) and (name, statement.name) not in at_hand:
            _empty(statement, target)
        if isinstance(statement, ast.ClassDef) and (name, statement.name) not in at_hand:
            for part in statement.body:
                if isinstance(part, ast.FunctionDef):
                    _empty(part, target)
        kept.append(statement)
    module.body = kept
    return module


def _empty(function: ast.FunctionDef, target: Name) -> None:
    words = f"{function.name} is not at hand while {target[1]} is graded"
    if function.name == target[1]:
        words = f"the course's own {target[1]} is not at hand while yours is graded"
    function.body = ast.parse(f"raise NotImplementedError({words!r})").body
