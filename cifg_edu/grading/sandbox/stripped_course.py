"""The course as it stands in the box, without answers: write_course.

Every function of the mathematics keeps its name and signature, so that imports work. A body it
keeps only where the package's own answer to the exercise at hand is built on it; so nothing is
left that gives the same numbers in another way, as an LSTM with tied gates would for a CIFG.
"""

import ast
import builtins
import copy
import functools
from pathlib import Path
from typing import NamedTuple, TypeGuard

from cifg_edu import TAUGHT
from cifg_edu.exercises import Exercise
from cifg_edu.imports import ROOT, module_file

# What may enter the box: the modules of the taught functions, as the root states them, and what
# they are built on. The fast engine and the training loop are the same mathematics once more, so
# they stay outside, as does all that is new.
ADMITTED = tuple(dict.fromkeys(f"{ROOT}.{name}" for name in ("arrays", "errors", *TAUGHT.values())))
# What any answer may be built on, since lessons import it for their students: nothing can be
# computed from it that is an answer elsewhere.
ALWAYS_AT_HAND = {
    ("cifg_edu.gates", "interpolate"),
    ("cifg_edu.gates", "sigmoid"),
    ("cifg_edu.gates", "split_gates"),
    ("cifg_edu.losses", "softmax"),
    ("cifg_edu.model", "initial_state"),
    ("cifg_edu.optimizers", "adam_state"),
    ("cifg_edu.text", "count_batches"),
    ("cifg_edu.text", "one_hot"),
    ("cifg_edu.text", "split"),
    ("cifg_edu.text", "vocabulary"),
}
CHECKS = '''"""Stands for the course's checks: every answer passes, the judging is done outside."""


def check(name, function):
    return function


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return lambda *given, **named: None
'''

# What `cifg_edu` itself offers: the names of the taught functions, as the course does.
NAMES = '''"""Stands for the course: its taught functions by name, without the answers."""

import importlib

TAUGHT = {taught!r}


def __getattr__(name):
    if name not in TAUGHT:
        raise AttributeError(f"module {{__name__!r}} has no attribute {{name!r}}")
    return getattr(importlib.import_module(f"{{__name__}}.{{TAUGHT[name]}}"), name)
'''

Name = tuple[str, str]


class Module(NamedTuple):
    """A module of the course: its source, what it defines, and what it imports from the course."""

    tree: ast.Module
    definitions: dict[str, ast.stmt]
    imports: dict[str, Name]


def write_course(exercise: Exercise, folder: Path) -> None:
    """Write a package `cifg_edu` in which the answer to an exercise is not to be found.

    Args:
        exercise: whose function is to be written.
        folder: where to; the package becomes a folder in it.
    """
    target = (exercise.reference.__module__, exercise.name)
    at_hand = ingredients(target)
    package = folder / ROOT
    package.mkdir()
    for name, text in (("__init__", NAMES.format(taught=TAUGHT)), ("checks", CHECKS)):
        (package / f"{name}.py").write_text(text, encoding="utf-8")
    for name in ADMITTED:
        text = ast.unparse(_without_answers(name, target, at_hand))
        (folder / f"{name.replace('.', '/')}.py").write_text(text, encoding="utf-8")


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
    file = module_file(name)
    assert file is not None
    tree = ast.parse(file.read_text(encoding="utf-8"))
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
            module = str(statement.module)
            imports |= {a.asname or a.name: (module, a.name) for a in statement.names}
    return Module(tree, definitions, imports)


def _origin(place: Name) -> Name:
    """Where a name is defined that may have come through several imports."""
    module_name, name = place
    module = read_module(module_name)
    return place if name in module.definitions else _origin(module.imports[name])


def _names(tree: ast.AST) -> set[str]:
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return names - set(vars(builtins))


def _is_of_the_course(statement: ast.stmt) -> TypeGuard[ast.ImportFrom]:
    return isinstance(statement, ast.ImportFrom) and f"{statement.module}.".startswith(f"{ROOT}.")


def _without_answers(name: str, target: Name, at_hand: set[Name]) -> ast.Module:
    """A module's tree with a `raise` for the body of every function that is not at hand."""
    kept = []
    for statement in read_module(name).tree.body:
        if _is_of_the_course(statement) and statement.module not in ADMITTED:
            continue
        defined = (name, getattr(statement, "name", ""))
        kept.append(statement if defined in at_hand else _emptied(statement, target))
    return ast.Module(kept, [])


def _emptied(statement: ast.stmt, target: Name) -> ast.stmt:
    """A function whose body is a `raise`, or a class of such; other statements do not change."""
    if not isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return statement
    emptied = copy.copy(statement)
    if isinstance(emptied, ast.ClassDef):
        emptied.body = [_emptied(part, target) for part in emptied.body]
        return emptied
    words = f"{emptied.name} is not at hand while {target[1]} is graded"
    if emptied.name == target[1]:
        words = f"the course's own {target[1]} is not at hand while yours is graded"
    emptied.body = ast.parse(f"raise NotImplementedError({words!r})").body
    return emptied
