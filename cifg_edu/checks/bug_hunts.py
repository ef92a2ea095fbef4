"""Somebody's code with one mistake, to be found and repaired: bug_hunt."""

import ast
import difflib
import inspect
import random
import re
from collections.abc import Mapping
from typing import Any

from cifg_edu.checks import progress
from cifg_edu.checks.cells import running_shell
from cifg_edu.checks.course import find_exercise
from cifg_edu.checks.judging import judge
from cifg_edu.checks.known import known_of
from cifg_edu.checks.outcomes import find_problem
from cifg_edu.checks.probes import read_source
from cifg_edu.errors import UserError, require
from cifg_edu.exercises import Exercise, Function, Mutant, mutated_source
from cifg_edu.prose import fill, numbered

# What somebody's function is called, so that the student's own keeps its name.
NAME = "theirs"
# Wrong lines before what goes wrong is said, and before the line is told.
TRIES_ALONE, MOST_TRIES = 2, 4
# How many hunts each exercise has begun in this process.
_begun: dict[str, int] = {}


class BugHunt:
    """A function with one bug: `line` marks it, `repair` judges the repair.

    Attributes:
        source: the code, without line numbers.
    """

    def __init__(self, exercise: Exercise, number: int) -> None:
        self._exercise = exercise
        self._number = number
        self._mutant = _order(exercise)[number]
        self.source, self._lines = buggy_source(exercise.reference, self._mutant)
        self._tries: list[int] = []

    def __repr__(self) -> str:
        return f"bug hunt {self._number + 1} in {self._exercise.name}"

    def show(self) -> None:
        """Print the code, each line with its number."""
        total = len(self._exercise.mutants)
        print(f"Bug {self._number + 1} of {total} in somebody's {self._exercise.name}:\n")
        print(numbered(self.source.splitlines()))
        print("\nWhich line is wrong? hunt.line(1), with its number in place of the 1.")

    def line(self, number: int) -> None:
        """Say whether the mistake is in a line.

        Args:
            number: the line's, as printed.

        Raises:
            UserError: there is no such line.
        """
        last = len(self.source.splitlines())
        require(
            isinstance(number, int) and 1 <= number <= last,
            f"The line is {number!r}",
            f"a number from 1 to {last}",
        )
        if number in self._lines:
            print(f"✔ Line {number}: there it is.")
            self._ask_for_repair()
            return
        self._tries = [*self._tries, number]
        print(f"✘ Not line {number}.")
        tries = len(set(self._tries))
        if tries >= MOST_TRIES:
            print(f"  It is line {min(self._lines)}.")
            self._ask_for_repair()
        elif tries >= TRIES_ALONE:
            print(f"  What the check says of this code: {_symptom(self._exercise, self._mutant)}")

    def _ask_for_repair(self) -> None:
        shell = running_shell()
        if shell is None:
            print(f"  Repair it (print(hunt.source) gives the code): hunt.repair({NAME})")
            return
        print(f"  Repair it in the cell below; its last line has it checked: hunt.repair({NAME})")
        cell = [*self._imports(shell.user_ns), self.source, "", "", f"hunt.repair({NAME})"]
        shell.set_next_input("\n".join(cell))

    def _imports(self, there: Mapping[str, Any]) -> list[str]:
        """Imports of what the code needs and the notebook lacks."""
        module = inspect.getmodule(self._exercise.reference)
        assert module is not None
        nodes = [node for node in ast.walk(ast.parse(self.source)) if isinstance(node, ast.Name)]
        names = {node.id for node in nodes} & vars(module).keys() - there.keys()
        lines = ["import numpy as np"] if "np" in names else []
        others = ", ".join(sorted(names - {"np"}))
        return [*lines, f"from {module.__name__} import {others}", "", ""] if others else lines

    def repair(self, function: Any) -> None:
        """Judge a repair; when it is right, tell the cause and count the hunt.

        Args:
            function: the repaired function.
        """
        verdict = judge(self._exercise, function)
        if not verdict.passed:
            # No more than what goes wrong: the line and the cause are what is hunted.
            print(f"✘ Not yet: {verdict.message.splitlines()[0]}")
            return
        print(f"✔ Repaired: {verdict.message}.")
        print(fill(f"What was wrong: {self._mutant.message}", "  "))
        try:
            progress.record_hunt(self._exercise.name, self._number)
        except UserError as error:
            print(f"  (Not noted in your progress: {error})")


def bug_hunt(name: str, number: int | None = None) -> BugHunt:
    """Show somebody's code with one mistake in it.

    Args:
        name: the exercise that the code is an answer to.
        number: which bug, from 1; by default the next one that was not repaired yet, and at
            each further call another.

    Returns:
        The hunt: `hunt.line(7)` marks a line, `hunt.repair(function)` judges a repair.

    Raises:
        UserError: there is no such exercise, or no bug of this number.
    """
    exercise = find_exercise(name)
    total = len(exercise.mutants)
    if number is None:
        index = _next(name, total)
    else:
        require(
            isinstance(number, int) and 1 <= number <= total,
            f"The number of the bug is {number!r}",
            f"a number from 1 to {total}",
        )
        index = number - 1
    hunt = BugHunt(exercise, index)
    hunt.show()
    return hunt


def _next(name: str, total: int) -> int:
    """The first bug that is neither repaired nor shown in this process; then from the start."""
    try:
        repaired = progress.read().hunts.get(name, [])
    except UserError:
        repaired = []
    shown = _begun.get(name, 0)
    _begun[name] = shown + 1
    left = [n for n in range(total) if n not in repaired] or list(range(total))
    return left[shown % len(left)]


def _order(exercise: Exercise) -> list[Mutant]:
    """The usual wrong answers, mixed: neighbours in the file are alike."""
    mixed = list(exercise.mutants)
    random.Random(exercise.name).shuffle(mixed)
    return mixed


def _symptom(exercise: Exercise, mutant: Mutant) -> str:
    """The first problem that a check finds in a wrong answer."""
    known = known_of(exercise)
    outcomes = known.wrong(exercise.mutants.index(mutant))
    problems = (
        find_problem(exercise, *pair) for pair in zip(known.expected, outcomes, strict=True)
    )
    return next(problem for problem in problems if problem)


def buggy_source(reference: Function, mutant: Mutant) -> tuple[str, set[int]]:
    """A wrong answer as its author would have written it, and the lines that are wrong.

    Args:
        reference: the right function.
        mutant: what to change in it.

    Returns:
        The source, under the name `theirs`, and the numbers of its wrong lines, from 1. Where a
        line is missing, those of its neighbours.
    """
    right, wrong = mutated_source(reference, {}), mutated_source(reference, mutant.edits)
    source = read_source(reference)
    assert source is not None
    written = source.text
    edited = _edit(written, mutant)
    # An edit of the written text keeps comments and line breaks. It counts only if it
    # gives the same function.
    if edited and _same(edited, wrong):
        right, wrong = written, edited
    lines = _changed_lines(right.splitlines(), wrong.splitlines())
    renamed = wrong.replace(f"def {reference.__name__}(", f"def {NAME}(", 1)
    return renamed, _whole_statements(ast.parse(wrong), lines)


def _edit(source: str, mutant: Mutant) -> str | None:
    """The edits of a mutant in a source that has other spaces; None where a text is not there."""
    for old, new in mutant.edits.items():
        core = [re.escape(character) for character in old if not character.isspace()]
        found = list(re.finditer(r"\s*".join(core), source))
        if not found:  # ast.unparse puts tuples and generators into parentheses
            core = [part + "?" if part in (r"\(", r"\)") else part for part in core]
            found = list(re.finditer(r"\s*".join(core), source))
        if len(found) != 1:
            return None
        text = found[0][0]
        start = found[0].start() + len(text) - len(text.lstrip())
        end = start + len(text.strip())
        before, after = source[:start], source[end:]
        inside = _trimmed(old, new)
        line = before.rpartition("\n")[2]
        if not (inside + line).strip() and after.startswith("\n"):
            before, after = before.removesuffix(line), after[1:]  # a whole line goes
        source = before + inside + after
    return source


def _trimmed(old: str, new: str) -> str:
    """The new text without the spaces that surround the old one as well."""
    before = old[: len(old) - len(old.lstrip())]
    after = old[len(old.rstrip()) :]
    return new.removeprefix(before).removesuffix(after)


def _same(one: str, other: str) -> bool:
    try:
        return ast.dump(ast.parse(one)) == ast.dump(ast.parse(other))
    except SyntaxError:
        return False


def _changed_lines(right: list[str], wrong: list[str]) -> set[int]:
    changed: set[int] = set()
    matcher = difflib.SequenceMatcher(None, right, wrong, autojunk=False)
    for what, _, _, start, end in matcher.get_opcodes():
        if what == "delete":
            changed |= {start, start + 1}  # the lines around the gap
        elif what != "equal":
            changed |= set(range(start + 1, end + 1))
    return {number for number in changed if 1 < number <= len(wrong)} or {1}


def _whole_statements(tree: ast.Module, lines: set[int]) -> set[int]:
    """The lines, and with each the rest of the statement that it is a part of."""
    whole = set(lines)
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and not hasattr(node, "body"):
            own = set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
            if own & lines:
                whole |= own
    return whole
