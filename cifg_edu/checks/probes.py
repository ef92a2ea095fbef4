"""A look inside a function: every expression's value, recorded or replaced while it runs.

`probe` rewrites a function's source: each expression E becomes `__probe__(k, lambda: E)`. A
`Recorder` keeps what E gave; a `Replacement` gives other values in its place, also where E cannot
be computed. What comes out runs as the function does, so a value can be followed to its line.

Source: Chandra et al. (2011), "Angelic debugging", for the replacing.
"""

import ast
import builtins
import contextlib
import copy
import inspect
import linecache
import textwrap
from collections.abc import Callable, Iterator, Mapping
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np

from cifg_edu.exercises import Function

PROBE = "__probe__"
# Longer records than this come from loops that no lesson asks for.
MOST_VALUES = 3000
MOST_CALLS = 200_000


class Source(NamedTuple):
    """A function's text, moved to the left edge, and its syntax tree; line 1 is the `def`.

    first: the number that the `def`'s line has in its file or cell.
    """

    lines: list[str]
    tree: ast.FunctionDef
    first: int

    @property
    def text(self) -> str:
        """The function without its docstring."""
        lines = list(self.lines)
        if ast.get_docstring(self.tree) is not None:
            docstring = self.tree.body[0]
            del lines[docstring.lineno - 1 : docstring.end_lineno]
        return "\n".join(lines)


class Place(NamedTuple):
    """One expression of a function.

    number: its probe's.
    node: in the tree of the source.
    function: the name of the function in whose text it stands.
    stored: for a probe after a statement that changes a variable in place: the variable.
    """

    number: int
    node: ast.expr
    function: str
    stored: str = ""

    @property
    def line(self) -> int:
        """Where it begins, counted from the `def`."""
        return self.node.lineno

    @property
    def text(self) -> str:
        """The expression, as Python writes it."""
        return ast.unparse(self.node)

    @property
    def size(self) -> int:
        """The number of nodes in it."""
        return sum(1 for _ in ast.walk(self.node))


class Probed(NamedTuple):
    """A function with probes: `bind` makes it, for a probe to be called with each value."""

    places: list[Place]
    bind: Callable[[Callable[[int, Callable[[], Any]], Any]], Function]


def run_text(source: str, file: str, names: dict[str, Any]) -> None:
    """Run a text so that the source of what it defines can be read afterwards.

    Args:
        source: Python.
        file: what to call it in errors.
        names: the names at hand; those that it defines are added.
    """
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    exec(compile(source, file, "exec"), names)


def read_source(function: Any) -> Source | None:
    """The text of a function, if it can be had.

    Args:
        function: defined by `def` or by `name = lambda ...`, in a file or in a notebook's cell.

    Returns:
        Its source, or None where there is none or it is of another form.
    """
    if not isinstance(function, FunctionType):
        return None
    try:
        text = textwrap.dedent(inspect.getsource(function))
        tree = ast.parse(text)
    except (OSError, TypeError, SyntaxError, IndentationError, ValueError):
        return None
    definition = next((s for s in tree.body if isinstance(s, ast.FunctionDef)), None)
    if definition is None:
        definition = _of_lambda(tree, function.__name__)
    if definition is None:
        return None
    before = definition.lineno - 1  # decorators
    ast.increment_lineno(definition, -before)
    first = function.__code__.co_firstlineno + before
    return Source(text.splitlines()[before:], definition, first)


def _of_lambda(tree: ast.Module, name: str) -> ast.FunctionDef | None:
    """A lambda as a `def` of its name, with the same places in the text."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Lambda)]
    if len(found) != 1:
        return None
    [node] = found
    body = ast.copy_location(ast.Return(node.body), node.body)
    definition = ast.FunctionDef(
        name if name.isidentifier() else "answer", node.args, [body], decorator_list=[]
    )
    if "type_params" in definition._fields:
        definition.type_params = []  # type: ignore[attr-defined]
    return ast.copy_location(definition, node)


def namespace_of(function: FunctionType) -> dict[str, Any]:
    """The names that a function sees: its module's, and those of the functions around it."""
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    around = {}
    for name, cell in cells:
        try:
            around[name] = cell.cell_contents
        except ValueError:  # not filled yet
            continue
    return {**vars(builtins), **function.__globals__, **around}


def probe(function: FunctionType, source: Source, helpers: Mapping[str, Source]) -> Probed:
    """Put probes into a function and into the functions that it calls.

    Args:
        function: gives the names at hand.
        source: its text.
        helpers: further functions by the names under which they are called.

    Returns:
        The places of all probes, and what binds a probe to them.
    """
    places: list[Place] = []
    body: list[ast.stmt] = []
    for name, part in {**helpers, source.tree.name: source}.items():
        definition = copy.deepcopy(part.tree)
        definition.name = name
        body.append(_Prober(places, name).visit(definition))
    tree = ast.fix_missing_locations(ast.Module(body, []))
    code = compile(tree, "<probed>", "exec")
    names = namespace_of(function)

    def bind(call: Callable[[int, Callable[[], Any]], Any]) -> Function:
        namespace = {**names, PROBE: call}
        exec(code, namespace)
        probed: Function = namespace[source.tree.name]
        return probed

    return Probed(places, bind)


class _Prober(ast.NodeTransformer):
    """Wraps each expression that is read; leaves targets, annotations and called names."""

    def __init__(self, places: list[Place], function: str) -> None:
        self._places, self._function = places, function

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.decorator_list, node.returns = [], None
        body = node.body
        if ast.get_docstring(node) is not None:
            body = body[1:]
        node.body = self._statements(body) or [ast.Pass()]
        return node

    def _statements(self, body: list[ast.stmt]) -> list[ast.stmt]:
        done: list[ast.stmt] = []
        for statement in body:
            visited = self.visit(statement)
            done += visited if isinstance(visited, list) else [visited]
        return done

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        original = copy.deepcopy(node)
        node.value = self.visit(node.value)
        return [node, *self._after(original.target, original)]

    def visit_Assign(self, node: ast.Assign) -> Any:
        targets = copy.deepcopy(node.targets)
        node.value = self.visit(node.value)
        changed = [t for t in targets if isinstance(t, ast.Subscript)]
        return [node, *(s for target in changed for s in self._after(target, target))]

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        if node.value is not None:
            node.value = self.visit(node.value)
        return node

    def _after(self, target: ast.expr, at: ast.stmt | ast.expr) -> list[ast.stmt]:
        """A probe of a variable that was changed in place."""
        while isinstance(target, ast.Subscript):
            target = target.value
        if not isinstance(target, ast.Name):
            return []
        read = ast.copy_location(ast.Name(target.id, ast.Load()), at)
        place = Place(len(self._places), read, self._function, target.id)
        self._places.append(place)
        value = self._call(place.number, read)
        return [ast.copy_location(ast.Assign([ast.Name(target.id, ast.Store())], value), at)]

    def generic_visit(self, node: ast.AST) -> ast.AST:
        for field, old in ast.iter_fields(node):
            if isinstance(old, list):
                if old and isinstance(old[0], ast.stmt):
                    setattr(node, field, self._statements(old))
                else:
                    setattr(
                        node, field, [self.visit(n) if isinstance(n, ast.AST) else n for n in old]
                    )
            elif isinstance(old, ast.AST):
                setattr(node, field, self.visit(old))
        return node

    def visit(self, node: ast.AST) -> Any:
        if not isinstance(node, ast.expr):
            return super().visit(node)
        if isinstance(node, ast.Starred | ast.Slice | ast.JoinedStr | ast.Yield | ast.YieldFrom):
            return self.generic_visit(node)
        if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            return self._target(node)
        original = copy.deepcopy(node)
        if isinstance(node, ast.Call):
            node.func = self._called(node.func)
            node.args = [self.visit(argument) for argument in node.args]
            for keyword in node.keywords:
                keyword.value = self.visit(keyword.value)
        elif isinstance(node, ast.Lambda):
            node.body = self.visit(node.body)
            return node
        else:
            self.generic_visit(node)
        if _cannot_wait(original):
            return node
        place = Place(len(self._places), original, self._function)
        self._places.append(place)
        return self._call(place.number, node)

    def _called(self, node: ast.expr) -> ast.expr:
        """A function's name is left alone; `x` in `x.sum()` is a value."""
        if isinstance(node, ast.Attribute):
            node.value = self.visit(node.value)
        return node

    def _target(self, node: ast.expr) -> ast.expr:
        """In what is stored to, only the indices are values."""
        if isinstance(node, ast.Subscript):
            node.value = self._target(node.value)
            node.slice = self.visit(node.slice)
        elif isinstance(node, ast.Tuple | ast.List):
            node.elts = [self._target(element) for element in node.elts]
        return node

    @staticmethod
    def _call(number: int, value: ast.expr) -> ast.Call:
        nothing = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
        parts: list[ast.expr] = [ast.Constant(number), ast.Lambda(nothing, value)]
        return ast.copy_location(ast.Call(ast.Name(PROBE, ast.Load()), parts, keywords=[]), value)


def _cannot_wait(node: ast.expr) -> bool:
    """Whether an expression means something else inside a lambda, or is only part of an index."""
    if isinstance(node, ast.Tuple) and any(isinstance(e, ast.Slice) for e in node.elts):
        return True
    binding = (ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Await)
    return any(isinstance(part, binding) for part in ast.walk(node))


class TooLong(BaseException):
    """A function does not end. No `except Exception` of a student's may catch it."""


class Recorder:
    """A probe that keeps the values of each place, in the order in which they came.

    failed: the innermost places whose expression stopped with an error.
    """

    def __init__(self) -> None:
        self.values: dict[int, list[Any]] = {}
        self.failed: list[int] = []
        self._left = MOST_VALUES
        self._calls = MOST_CALLS

    def __call__(self, number: int, thunk: Callable[[], Any]) -> Any:
        self._calls -= 1
        if self._calls < 0:
            raise TooLong
        before = len(self.failed)
        try:
            value = thunk()
        except Exception:
            if len(self.failed) == before:
                self.failed.append(number)
            raise
        if self._left > 0 and is_plain(value):
            self._left -= 1
            self.values.setdefault(number, []).append(copy.deepcopy(value))
        return value


class Replacement:
    """A probe that puts other values in place of those of some places.

    plan: for each place the values, in the order in which they are needed.
    """

    def __init__(self, plan: Mapping[int, list[Any]]) -> None:
        self._plan: dict[int, Iterator[Any]] = {k: iter(v) for k, v in plan.items()}
        self._calls = MOST_CALLS

    def __call__(self, number: int, thunk: Callable[[], Any]) -> Any:
        self._calls -= 1
        if self._calls < 0:
            raise TooLong
        if number not in self._plan:
            return thunk()
        value = None
        # What it draws or changes on the way happens all the same; only its value is another.
        with contextlib.suppress(Exception):
            value = thunk()
        return copy.deepcopy(next(self._plan[number], value))


def is_plain(value: Any) -> bool:
    """Whether a value is data, and not a function, a module or an iterator."""
    if isinstance(value, np.ndarray | np.generic | float | int | str | bool | range):
        return True
    if isinstance(value, Mapping):
        return all(is_plain(part) for part in value.values())
    return isinstance(value, tuple | list | set | frozenset) and all(map(is_plain, value))
