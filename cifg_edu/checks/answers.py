"""The answers in a notebook or a file, each with all that it uses: read_answers, Answer.

Nothing is run. An answer is the last definition of its function as Jupyter would leave it after
"run all", and the imports, constants, helpers and classes that it uses, from whatever cells they
stand in. What it does not use (plots, tests, `input()`, a long loop) is left out. The text comes
from students, and grading reads it outside the box: time and memory grow with its length alone.
"""

import ast
import functools
import symtable
import warnings
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from cifg_edu.checks.course import EXERCISES, exercises_of
from cifg_edu.checks.notebooks import NOT_PYTHON, Cell, CellReader, identity_of, lesson_imports
from cifg_edu.files import find_lessons

LONGEST_NOTEBOOK = 300_000
LONGEST_ANSWER = 100_000
LONGEST_KEPT = 4_000
COMPREHENSIONS = {"listcomp", "setcomp", "dictcomp", "genexpr"}
MAYBE = ast.If | ast.For | ast.While | ast.Try | ast.TryStar | ast.Match


class Answer(NamedTuple):
    """An exercise's answer as a Python file that needs nothing else of the notebook.

    name: the exercise.
    source: imports, then constants, helpers and the function, in the notebook's order and with
        the student's own comments. Empty where the exercise's cell does not define the function.
    line: that of the `def` in `source`, counted from 1; 0 where there is none.
    places: for each line of `source` its code cell and its line there, both counted from 1; (0, 0)
        for a line that stands in no cell.
    """

    name: str
    source: str
    line: int
    places: list[tuple[int, int]]


class Reading(NamedTuple):
    """What a notebook holds.

    lesson: the one of most of its exercises, None where it has none.
    answers: by exercise.
    problems: a sentence for each cell of an exercise that could not be read.
    """

    lesson: int | None
    answers: dict[str, Answer]
    problems: list[str]


class Unit(NamedTuple):
    """Statements that are taken together or not at all: one, or all that share a line.

    lines: their text, with the comment right above.
    cell, line: where it begins, counted from 1.
    body: their syntax trees.
    names: what they bind and read.
    """

    lines: list[str]
    cell: int
    line: int
    body: list[ast.stmt]
    names: "Names"

    @property
    def rank(self) -> int:
        """Imports go to the top, those that change the language before all."""
        if not isinstance(self.body[0], ast.Import | ast.ImportFrom):
            return 2
        return 0 if _is_future(self.body[0]) else 1

    def is_stub(self, name: str) -> bool:
        """Whether it is the lesson's own text, in which nothing is written yet."""
        [first, *_] = self.body
        if not isinstance(first, ast.FunctionDef) or first.name != name:
            return False
        last = first.body[-1]
        written = [s for s in first.body[:-1] if not isinstance(s, ast.Expr)]
        return not written and isinstance(last, ast.Raise) and "NotImplementedError" in _names(last)


class Names(NamedTuple):
    """The names in a unit.

    binds: those that it defines, or whose value it changes, as `table["x"] = 3` does.
    defines: those of them that may be answers: neither a loop's variable nor `x = x(...)`.
    asks: those of which a method is called for what it does, as in `names.append(3)`.
    now, later: those that it reads when it is run, and when what it defines is called.
    """

    binds: set[str]
    defines: set[str]
    asks: set[str]
    now: set[str]
    later: set[str]


def read_answers(cells: list[Cell]) -> Reading:
    """Find the answer to every exercise of the course that a notebook holds.

    Args:
        cells: of the notebook, or of a Python file.

    Returns:
        The answers, and what could not be read.
    """
    reader, units, unread = CellReader(), list[Unit](), dict[int, str]()
    left = LONGEST_NOTEBOOK
    for number, cell in enumerate(cells, 1):
        if len(cell.text) > left:
            unread[number] = f"all cells together have more than {LONGEST_NOTEBOOK:,} characters"
            continue
        left -= len(cell.text)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's words on a student's text, such as "\\d"
            try:
                units += [*_units(*reader.read(cell.text), number)]
            except NOT_PYTHON as error:
                unread[number] = _described(error, cell.text)
    defined = {name for unit in units for name in unit.names.defines if unit.rank == 2}
    programs: dict[int, _Program] = {}
    answers, problems, own_cells = {}, [], Counter[int]()
    for name, exercise in EXERCISES.items():
        own = [n for n, cell in enumerate(cells, 1) if _is_own(cell, n in unread, name)]
        problems += [f"{name}: code cell {n}: {unread[n]}." for n in own if n in unread]
        own_cells[exercise.lesson] += len(cells) * bool(own) + (name in defined)
        if not own and name not in defined:
            continue
        if exercise.lesson not in programs:
            programs[exercise.lesson] = _Program(exercise.lesson, units)
        answer = programs[exercise.lesson].answer(name)
        if answer is None and own:
            # Python says what is wrong with a cell that is none, or that it defines nothing.
            text = cells[own[-1] - 1].text if own[-1] in unread else ""
            answer = Answer(name, text, 0, [(own[-1], n) for n in range(1, text.count("\n") + 2)])
        if answer is None:
            continue
        if len(answer.source) <= LONGEST_ANSWER:
            answers[name] = answer
        else:
            problems.append(
                f"{name}: the answer and what it uses have more than {LONGEST_ANSWER:,} characters."
            )
    lesson = max(own_cells, key=lambda number: own_cells[number])
    return Reading(lesson if own_cells[lesson] else None, answers, problems)


class _Program:
    """A notebook's statements after the imports of a lesson, and who binds which name."""

    def __init__(self, lesson: int, units: list[Unit]) -> None:
        self._given = _given(lesson, lesson_imports(find_lessons(), lesson))
        self._units = [*self._given, *units]
        self._binding: dict[str, list[int]] = {}
        for number, unit in enumerate(self._units):
            names = unit.names
            changed = {name for name in names.asks if self._holds_a_value(name)}
            for name in names.binds | changed:
                if not unit.is_stub(name):
                    self._binding.setdefault(name, []).append(number)

    def answer(self, name: str) -> Answer | None:
        """The answer of this name, or None where the notebook does not define it."""
        mine = [n for n in self._binding.get(name, []) if n >= len(self._given)]
        imports = [n for n in mine if self._units[n].rank == 1]
        defining = [n for n in mine if name in self._units[n].names.defines and n not in imports]
        stubs = [n for n, unit in enumerate(self._units) if unit.is_stub(name)]
        candidates = defining or imports or stubs
        if not candidates:
            return None
        target = candidates[-1]
        # For each statement taken those that must run before it, also where they stand below.
        needs: dict[int, set[int]] = {}
        todo, seen = [(target, False)], {(target, False)}
        while todo:
            number, runs_at_once = todo.pop()
            names = self._units[number].names
            at_once = names.now | names.later if runs_at_once else names.now
            first = {n for read in at_once for n in self._last(read, number)}
            last = {n for read in names.later - {name} for n in self._last(read)}
            needs.setdefault(number, set()).update(first)
            found = {(n, True) for n in first} | {(n, False) for n in last}
            todo += found - seen
            seen |= found
        needs |= {n: set() for n, unit in enumerate(self._units) if unit.rank == 0}
        return self._written(name, [self._units[number] for number in _in_order(needs)])

    def _holds_a_value(self, name: str) -> bool:
        """Whether it is no module, whose methods change nothing that an answer has."""
        return any(self._units[number].rank == 2 for number in self._last(name))

    def _last(self, name: str, before: int | None = None) -> list[int]:
        """The last statement that binds a name, if any does; before another where one does."""
        numbers = self._binding.get(name) or self._binding.get("*") or []
        end = bisect_left(numbers, before) if before is not None else 0
        return numbers[end - 1 : end or None]

    @staticmethod
    def _written(name: str, units: list[Unit]) -> Answer:
        lines: list[str] = []
        places: list[tuple[int, int]] = []
        defined = 0
        for unit in sorted(units, key=lambda unit: unit.rank):
            if lines and unit.rank == 2:
                lines.append("")
                places.append((0, 0))
            if name in unit.names.defines:
                defined = len(lines) + 1 + _line_of(name, unit.body) - unit.line
            lines += unit.lines
            places += [(unit.cell, unit.line + n) for n in range(len(unit.lines))]
        return Answer(name, "\n".join(lines) + "\n", defined, places)


def _in_order(needs: dict[int, set[int]]) -> list[int]:
    """Statements in the notebook's order, but none before those that it needs."""
    order: list[int] = []
    seen: set[int] = set()
    todo = [(number, False) for number in sorted(needs, reverse=True)]
    while todo:
        number, is_ready = todo.pop()
        if is_ready:
            order.append(number)
        elif number not in seen:
            seen.add(number)
            todo.append((number, True))
            todo += [(n, False) for n in sorted(needs[number], reverse=True)]
    return order


@functools.cache
def _given(lesson: int, imports: str) -> list[Unit]:
    """What the notebook of a lesson imports, as if it stood in a cell above all others."""
    # What was never written, or deleted, is the course's: in the lesson its check sees to that.
    course = [
        f"from {e.reference.__module__} import {e.name}" for e in exercises_of(lesson).values()
    ]
    text = "\n".join([*course, imports])
    return [*_units(text.split("\n"), ast.parse(text), 0)]


def _units(lines: list[str], tree: ast.Module, cell: int) -> Iterator[Unit]:
    """A cell's statements; an import is one for each name, so that each can be left out."""
    groups: list[list[ast.stmt]] = []
    for statement in tree.body:
        if groups and _start(statement) <= _end(groups[-1][-1]):
            groups[-1].append(statement)
        else:
            groups.append([statement])
    before = 0
    for body in groups:
        start, end = _start(body[0]), _end(body[-1])
        if all(isinstance(s, ast.Import | ast.ImportFrom) for s in body):
            for one in map(_imports, body):
                yield from (_unit([ast.unparse(s)], cell, start, [s]) for s in one)
        elif given := _judged(body[0]):
            if given[0] != given[1]:
                text = f"{given[0]} = {given[1]}"
                yield _unit([text], cell, start, ast.parse(text).body)
        elif not isinstance(body[0], ast.AsyncFunctionDef):  # it gives no result when it is called
            top = start
            while top - 1 > before and lines[top - 2].lstrip().startswith("#"):
                top -= 1
            yield _unit(lines[top - 1 : end], cell, top, body)
        before = end


def _unit(lines: list[str], cell: int, line: int, body: list[ast.stmt]) -> Unit:
    text = "\n".join(lines)
    # Three hundred students hand in the same lesson: most of its statements are read once.
    names = _names_of(text) if len(text) <= LONGEST_KEPT else _names_of.__wrapped__(text)
    return Unit(lines, cell, line, body, names)


def _imports(statement: ast.stmt) -> list[ast.stmt]:
    """An import of several names as several imports."""
    assert isinstance(statement, ast.Import | ast.ImportFrom)
    place = {"lineno": statement.lineno}
    if isinstance(statement, ast.Import):
        return [ast.Import([alias], **place) for alias in statement.names]
    source = statement.module, statement.level
    return [ast.ImportFrom(source[0], [alias], source[1], **place) for alias in statement.names]


def _judged(statement: ast.stmt) -> tuple[str, str] | None:
    """The two names in `answer = check("answer", function)`, which gives the function back."""
    match statement:
        case ast.Assign([ast.Name(target)], ast.Call(ast.Name("check"), [_, ast.Name(given)])):
            return target, given
    return None


@functools.lru_cache(maxsize=4096)
def _names_of(text: str) -> Names:
    """The names that a statement binds and uses, by Python's compiler, and those it changes."""
    body = ast.parse(text).body
    table = symtable.symtable(text, "<cell>", "exec")
    symbols = table.get_symbols()
    binds = {s.get_name() for s in symbols if s.is_assigned() or s.is_imported()}
    now = {s.get_name() for s in symbols if s.is_referenced()}
    later: set[str] = set()
    inner = [(child, _is_called_later(child)) for child in table.get_children()]
    while inner:
        scope, is_later = inner.pop()
        (later if is_later else now).update(
            s.get_name() for s in scope.get_symbols() if s.is_global()
        )
        inner += [(child, is_later or _is_called_later(child)) for child in scope.get_children()]

    changed, asks, passing, used = set[str](), set[str](), set[str](), set[str]()
    for node in _run_at_once(body):
        match node:
            case (
                ast.Attribute(ctx=ast.Store() | ast.Del())
                | ast.Subscript(ctx=ast.Store() | ast.Del())
            ):
                changed |= _root(node)
            case ast.AugAssign(target=ast.Name(name)):
                changed.add(name)
            case ast.Expr(ast.Call(ast.Attribute() as method)):
                asks |= _root(method)
            case ast.For(target=target) | ast.AsyncFor(target=target):
                passing |= _names(target)
            case ast.withitem(optional_vars=ast.AST() as target):
                passing |= _names(target)
            case ast.Delete(targets):
                passing |= {t.id for t in targets if isinstance(t, ast.Name)}
            case ast.ExceptHandler(name=str(name)):
                passing.add(name)
            case ast.Call(ast.Name(name)):
                used.add(name)
            case ast.ImportFrom(names=[ast.alias("*")]):
                changed.add("*")
    if isinstance(body[0], MAYBE):
        now |= binds - passing  # it may leave them as they were
    defines = (binds | changed) - passing
    if isinstance(body[0], ast.Assign):
        defines -= used
    return Names(binds | changed, defines, asks, (now - passing) | changed, later)


def _is_called_later(scope: symtable.SymbolTable) -> bool:
    return scope.get_type() == "function" and scope.get_name() not in COMPREHENSIONS


def _run_at_once(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """The nodes of statements, without the bodies of functions."""
    todo: list[ast.AST] = [*body]
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            todo += ast.iter_child_nodes(node)


def _root(node: ast.AST) -> set[str]:
    """The name at the beginning of `name.part[3].other`."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return {node.id} if isinstance(node, ast.Name) else set()


def _names(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _start(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def _end(statement: ast.stmt) -> int:
    return statement.end_lineno or statement.lineno


def _line_of(name: str, body: list[ast.stmt]) -> int:
    """The line that defines a name in a unit, at any depth."""
    functions = (n for s in body for n in ast.walk(s) if isinstance(n, ast.FunctionDef))
    lines = [function.lineno for function in functions if function.name == name]
    return lines[-1] if lines else body[0].lineno


def _is_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def _is_own(cell: Cell, unread: bool, name: str) -> bool:
    """Whether a cell is an exercise's: by its id, or where it is no Python by its text."""
    return cell.identity == identity_of(name) or (unread and f"def {name}(" in cell.text)


def _described(error: BaseException, text: str) -> str:
    if not isinstance(error, SyntaxError) or error.lineno is None:
        return "it is nested too deeply, or holds characters that Python does not read"
    line = "".join(text.split("\n")[error.lineno - 1 : error.lineno]).strip()
    return f'line {error.lineno}, "{line:.80}", is not Python ({error.msg})'
