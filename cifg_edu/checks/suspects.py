"""Which line of a wrong answer is to blame: find_suspect, Suspect.

Two ways, both of which end in a proof: with one thing changed, all cases come out right.

1. An edit of the student's own code (`repairs`): another sign, axis, name, order ...
2. A value of the reference's in place of what one expression gives ("angelic debugging"). The
   expression is at fault only if everything that it is made of is right; where it is not, the
   mistake may lie before it, and nothing is said.
"""

import ast
import contextlib
import copy
import io
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cifg_edu.checks.known import Known
from cifg_edu.checks.outcomes import Outcome, find_differences, is_right, run_case
from cifg_edu.checks.probes import (
    Place,
    Probed,
    Recorder,
    Replacement,
    Source,
    TooLong,
    is_plain,
    namespace_of,
    probe,
    read_source,
)
from cifg_edu.checks.repairs import SIGNS, Repair, repairs
from cifg_edu.checks.watching import WALL_PER_CPU
from cifg_edu.exercises import Case, Exercise, Function

# Processor seconds for replaced values, and for all; what is not found by then is not found.
SECONDS = 1.0
ALL_SECONDS = 1.8
MOST_CHANGES = 4
# Methods that change what they are called on.
CHANGING = {"update", "setdefault", "popitem", "pop", "clear", "remove", "insert", "append"}
CHANGING |= {"extend", "sort", "reverse", "fill", "put", "resize"}
# How to copy what is changed.
COPIES = {"array": "{}.copy()", "list": "list({})"}
# An edit may make a loop without an end: the turns of all loops and the processor seconds that a
# case of an edited answer may take.
MOST_TURNS = 20_000
CASE_SECONDS = 0.1
TURN = "__turn__"
COUNTED_TURN = ast.parse(f"{TURN}()").body[0]
# Values of one shape that the reference has, beyond which no more are kept.
MOST_ALIKE = 400


class Suspect(NamedTuple):
    """The expression that is to blame.

    line, column, end: where it stands; the `def` is line 1, and columns count from 0.
    text: the whole line.
    expression: as Python writes it.
    instead: what makes all right in its place, as code of the student's or the reference's;
        "" where the line should not be there.
    own: whether `instead` is an edit of the student's code, and not a value of the reference's.
    cause: what is wrong with the expression, in words, where an edit has told.
    right: the student's variables that are right up to there.
    values: what the expression gives and what it should be, where the two first differ.
    stored: whether the expression is a variable that the line changes; `column` and `end` mark
        what is wrong in the line, and `values` are those after it.
    """

    line: int
    column: int
    end: int
    text: str
    expression: str
    instead: str
    own: bool
    cause: str
    right: tuple[str, ...]
    values: tuple[Any, Any] | None = None
    stored: bool = False


def mark_line(number: int, text: str, column: int, end: int) -> list[str]:
    """A line with its number, and below it a mark, as Python marks errors.

    Args:
        number: the line's.
        text: all of it.
        column, end: what to mark, in bytes of `text`, as Python's parser counts.
    """
    head, line = f"line {number}:  ", text.rstrip().expandtabs(1)
    column, end = (len(text.encode()[:at].decode(errors="ignore")) for at in (column, end))
    indent = len(head) + max(column - (len(line) - len(line.lstrip())), 0)
    return [head + line.lstrip(), " " * indent + "^" * max(end - column, 1)]


class Search(NamedTuple):
    """What a search is about: the answer, the cases, and what comes out of them."""

    exercise: Exercise
    function: Any
    source: Source
    cases: Sequence[Case]
    expected: Sequence[Outcome]
    failing: int
    end: list[float]
    wall_end: float

    def is_right(self, function: Function, number: int) -> bool:
        """Whether a changed answer is right in a case."""
        outcome = quietly(self.exercise, function, self.cases[number])
        return is_right(self.exercise, self.expected[number], outcome)

    def share_right(self, function: Function, number: int) -> float:
        """How much of a case's output is right, from 0 to 1."""
        outcome = quietly(self.exercise, function, self.cases[number])
        if outcome.error is not None or outcome.damaged:
            return 0.0
        return _share_right(self.exercise, self.expected[number].value, outcome.value)

    @property
    def over(self) -> bool:
        """Whether the time is up; by the clock for an answer that waits, in each call a little."""
        return time.process_time() > self.end[-1] or time.monotonic() > self.wall_end


def quietly(exercise: Exercise, function: Function, case: Case) -> Outcome:
    """Run a case, and show nothing that it prints."""
    with contextlib.redirect_stdout(io.StringIO()):
        return run_case(exercise, function, case)


def find_suspect(
    exercise: Exercise,
    function: Any,
    known: Known,
    outcomes: Sequence[Outcome],
) -> tuple[Suspect | None, bool]:
    """Find the line of a wrong answer that is to blame.

    Args:
        exercise: what was to be written.
        function: the answer.
        known: the cases, and what the reference does in each.
        outcomes: what the answer did in each case.

    Returns:
        The suspect, or None where nothing is sure; and whether the time was up before all was
        tried.
    """
    end = time.process_time() + ALL_SECONDS
    source = read_source(function)
    if source is None or _reaches_out(source.tree):
        return None, False
    failing = [
        number
        for number, (right, actual) in enumerate(zip(known.expected, outcomes, strict=True))
        if actual.error is not None
        or actual.damaged
        or _share_right(exercise, right.value, actual.value) < 1.0
    ]
    if not failing:
        return None, False
    # A case in which something comes out at all says more than one that stops.
    number = min(failing, key=lambda n: (outcomes[n].error is not None, n))
    wall_end = time.monotonic() + WALL_PER_CPU * ALL_SECONDS
    search = Search(exercise, function, source, known.cases, known.expected, number, [], wall_end)
    look = _Look(search)
    for way in (_by_damage, _by_values, _by_repair, _by_error):
        search.end.append(min(time.process_time() + SECONDS, end) if way is _by_values else end)
        found = way(search, look, outcomes[number])
        if found:
            return found, False
    return None, search.over


def _reaches_out(tree: ast.FunctionDef) -> bool:
    """Whether an answer does what should not be done a thousand times."""
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return bool(called & {"open", "input", "exec", "eval", "exit", "quit", "sys.exit"})


def _share_right(exercise: Exercise, expected: Any, actual: Any) -> float:
    """How much of a result is right: 1.0 only where no difference at all is found."""
    if actual is None and expected is not None:
        return 0.0
    if not any(find_differences("", expected, actual, exercise.outputs, exercise.tolerance)):
        return 1.0
    right, total = _count_right(expected, actual, exercise.tolerance)
    return 0.99 * right / total if total else 0.0


def _count_right(expected: Any, actual: Any, tolerance: float) -> tuple[int, int]:
    if isinstance(expected, dict):
        pairs = [
            (v, actual.get(k) if isinstance(actual, dict) else None) for k, v in expected.items()
        ]
    elif isinstance(expected, tuple | list):
        alike = isinstance(actual, tuple | list) and len(actual) == len(expected)
        pairs = list(zip(expected, actual if alike else [None] * len(expected), strict=True))
    else:
        if not isinstance(expected, np.ndarray):
            return int(_same(expected, actual, tolerance)), 1
        if getattr(actual, "shape", None) != expected.shape or actual.dtype.kind not in "fiub":
            return 0, expected.size
        close = np.isclose(expected, actual, tolerance, tolerance)
        return int(close.sum()), expected.size
    counts = [_count_right(one, other, tolerance) for one, other in pairs]
    return sum(right for right, _ in counts), sum(total for _, total in counts)


# By an edit of the student's own code


def _by_damage(search: Search, look: "_Look", outcome: Outcome) -> Suspect | None:
    """The first expression or statement that changes an argument in place."""
    changes = [
        (node, changed, what)
        for node in ast.walk(search.source.tree)
        if isinstance(node, ast.stmt | ast.expr)
        for changed, what in _changed_in_place(node)
        if _base(changed) in outcome.damaged
    ]
    if not changes:
        return None
    node, changed, what = min(changes, key=lambda change: (change[0].lineno, change[0].col_offset))
    advice = _other_than(node, changed, look.variables.get(_base(changed), ""))
    cause = f"{what} changes what the caller gave: {advice}."
    return look.suspect(node, "", own=True, cause=cause)


def _base(node: ast.expr) -> str:
    """The variable that an expression such as `x[k].y` begins with."""
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _changed_in_place(node: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """What a statement or a call may change without giving it a new name, and how, as code."""
    if isinstance(node, ast.AugAssign):
        yield node.target, f"{ast.unparse(node.target)} {SIGNS.get(type(node.op), '')}= ..."
    elif isinstance(node, ast.Assign | ast.Delete):
        for target in node.targets:
            if isinstance(target, ast.Subscript):
                text = ast.unparse(target)
                yield (
                    target.value,
                    f"{text} = ..." if isinstance(node, ast.Assign) else f"del {text}",
                )
    elif isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr in CHANGING:
            yield node.func.value, ast.unparse(node)
        for keyword in node.keywords:
            if keyword.arg == "out":
                yield keyword.value, f"out={ast.unparse(keyword.value)}"


def _other_than(node: ast.AST, changed: ast.expr, kind: str) -> str:
    """What to do in place of changing an argument of this kind."""
    name = ast.unparse(changed)
    if isinstance(node, ast.AugAssign) and isinstance(changed, ast.Name):
        return f"write {name} = {ast.unparse(ast.BinOp(changed, node.op, node.value))}"
    if kind == "dict":
        return "fill a new dictionary"
    if isinstance(changed, ast.Name) and kind in COPIES:
        return f"work on a copy, {name} = {COPIES[kind].format(name)}"
    return "make a new array"


def _by_error(search: Search, look: "_Look", outcome: Outcome) -> Suspect | None:
    """The expression that stops with an error, if all that it is made of is right."""
    if outcome.error is None or not look.failed:
        return None
    place = look.probed.places[look.failed[0]]
    return look.suspect(place.node, "", own=True) if look.is_made_of_right_parts(place) else None


def _by_repair(search: Search, look: "_Look", outcome: Outcome) -> Suspect | None:
    """The line at which a small edit makes all right, if all such edits are in one line."""
    found: list[Repair] = []
    turns = _Turns()
    namespace = {**namespace_of(search.function), TURN: turns}

    def is_right(edited: Function, number: int) -> bool:
        turns.begin()
        return search.is_right(edited, number)

    for repair in repairs(search.source.tree, look.variables):
        if search.over:
            break
        edited = _compiled(repair.tree, namespace)
        if edited is not None and all(
            is_right(edited, number) for number in (search.failing, *range(len(search.cases)))
        ):
            found.append(repair)
    lines = {repair.node.lineno for repair in found}
    if len(lines) > 1:
        # Several lines could be changed: the first that is made of right parts and is wrong.
        lines = {line for line in lines if look.turns_wrong(line)}
    if len(lines) != 1:
        return None
    [line] = lines
    best = min((r for r in found if r.node.lineno == line), key=_weight)
    return look.suspect(best.node, best.after, True, best.cause, _repaired_values(search, best))


def _repaired_values(search: Search, repair: Repair) -> list[Any]:
    """What an edited expression gives in the failing case."""
    edited = probe(search.function, search.source._replace(tree=repair.tree), {})
    values, _ = _record(search, edited, search.failing)
    line = repair.node.lineno
    alike = (p for p in edited.places if p.line == line and p.text == repair.after)
    return next((values[p.number] for p in alike if p.number in values), [])


def _weight(repair: Repair) -> tuple[int, int]:
    """The smaller edit is the better explanation, and one that adds nothing is the best."""
    return len(repair.after) - len(repair.before), len(repair.before)


def _compiled(tree: ast.FunctionDef, names: dict[str, Any]) -> Function | None:
    tree = copy.copy(tree)
    tree.body, tree.decorator_list, tree.returns = _counted(tree.body), [], None
    namespace = {**names}
    try:
        exec(compile(ast.Module([tree], []), "<edited>", "exec"), namespace)
    except (SyntaxError, ValueError, TypeError, NameError):
        return None
    edited: Function = namespace[tree.name]
    return edited


class _Turns:
    """Stops an edited answer whose loops do not end."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Begin a case."""
        self._left, self._end = MOST_TURNS, time.process_time() + CASE_SECONDS

    def __call__(self) -> None:
        """Begin a turn of a loop."""
        self._left -= 1
        if self._left < 0 or time.process_time() > self._end:
            raise TooLong


def _counted(block: list[Any]) -> list[Any]:
    """Statements with a count of each loop's turns; those given are not changed."""
    done = []
    for part in block:
        counted = copy.copy(part)
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            if getattr(part, field, None):
                setattr(counted, field, _counted(getattr(part, field)))
        if isinstance(part, ast.For | ast.While):
            counted.body = [COUNTED_TURN, *counted.body]
        done.append(counted)
    return done


# By values of the reference's


class _Look:
    """The values inside an answer and inside the reference, in the failing case."""

    def __init__(self, search: Search) -> None:
        self.search = search
        self.probed = probe(search.function, search.source, {})
        self.values, self.failed = _record(search, self.probed, search.failing)
        self.reference = probe_reference(search.exercise)
        self.pool = _Pool(search, self.reference)
        self.variables = self._kinds()

    def _kinds(self) -> dict[str, str]:
        """The kind of each variable, by what it held first."""
        kinds: dict[str, str] = {}
        for place in self.probed.places:
            values = self.values.get(place.number)
            if isinstance(place.node, ast.Name) and values:
                kinds.setdefault(place.node.id, _kind_of(values[0]))
        arguments = self.search.cases[self.search.failing].arguments
        for name, value in zip(_arguments(self.search.source.tree), arguments, strict=False):
            kinds.setdefault(name, _kind_of(value))
        return kinds

    def is_known(self, place: Place) -> bool:
        """Whether all that an expression gives are values that the reference has too."""
        return all(self.pool.has(value) for value in self.values.get(place.number, ()))

    def is_made_of_right_parts(self, place: Place) -> bool:
        """Whether each variable in an expression is known, so that the fault is in the rest."""
        inside = [
            other
            for other in self.probed.places
            if isinstance(other.node, ast.Name)
            and other.number != place.number
            and not other.stored
            and _contains(place.node, other.node)
        ]
        return all(self.is_known(other) for other in inside)

    def turns_wrong(self, line: int) -> bool:
        """Whether a line makes something unknown of parts that are all known."""
        return any(
            place.line == line and not self.is_known(place) and self.is_made_of_right_parts(place)
            for place in self.probed.places
        )

    def right_before(self, line: int) -> tuple[str, ...]:
        """The variables set before a line that the reference has by the same name and value."""
        return tuple(name for name, (at, same) in self._compared.items() if same and at < line)

    def differs_before(self, line: int) -> bool:
        """Whether a variable set before a line differs from the reference's of the same name."""
        return any(at < line and not same for at, same in self._compared.values())

    @cached_property
    def _compared(self) -> dict[str, tuple[int, bool]]:
        """For each variable: the line that sets it, and whether it is the reference's by name."""
        source = read_source(self.search.exercise.reference)
        assert source is not None
        theirs = _set_once(source.tree, self.reference.places, self.pool.values)
        mine = _set_once(self.search.source.tree, self.probed.places, self.values)
        return {
            name: (at, all(_same(a, b, 1e-9) for a, b in zip(values, theirs[name][1], strict=True)))
            for name, (at, values) in mine.items()
            if name in theirs and len(values) == len(theirs[name][1]) and not _is_empty(values[0])
        }

    def suspect(
        self,
        node: ast.expr | ast.stmt,
        instead: str,
        own: bool,
        cause: str = "",
        should: Sequence[Any] = (),
    ) -> Suspect:
        """What is to be said of a node; `should` are the values that it should give."""
        place = next((p for p in self.probed.places if _same_node(p.node, node)), None)
        yours = self.values.get(place.number, ()) if place else ()
        differ = next((p for p in zip(yours, should, strict=False) if not _same(*p, 1e-9)), None)
        stored = place is not None and bool(place.stored)
        marked = self._wrong_part(node, differ) if stored and differ else node
        line = marked.lineno
        text = self.search.source.lines[line - 1]
        end = marked.end_col_offset if marked.end_lineno == line else len(text)
        return Suspect(
            line=line,
            column=marked.col_offset,
            end=end or len(text),
            text=text,
            expression=ast.unparse(node),
            instead=instead,
            own=own,
            cause=cause,
            right=self.right_before(line),
            values=differ,
            stored=stored,
        )

    def _wrong_part(self, stored: ast.AST, values: tuple[Any, Any]) -> ast.expr | ast.stmt:
        """Of `y[k] = value` the value where the reference has none such, or the key.

        Args:
            stored: the variable, at the place of `y[k]`, or of the whole of `y[k] += value`.
            values: what `y` is after the statement, and what it should be.
        """
        for statement in ast.walk(self.search.source.tree):
            if not isinstance(statement, ast.Assign | ast.AugAssign):
                continue
            targets = _targets(statement)
            if not any(_same_place(at, stored) for at in (*targets, statement)):
                continue
            place = next(p for p in self.probed.places if _same_node(p.node, statement.value))
            given = self.values.get(place.number, [])
            if any(_same(value, part, 1e-9) for value in given for part in _parts(values[1])):
                key = targets[0]
                return key.slice if isinstance(key, ast.Subscript) else statement
            return statement if self.is_known(place) else statement.value
        raise AssertionError("a probe of a stored variable stands at its statement")


def _set_once(
    tree: ast.FunctionDef, places: Sequence[Place], values: Mapping[int, list[Any]]
) -> dict[str, tuple[int, list[Any]]]:
    """The variables that one statement alone sets: its line, and the values that it gives."""
    found: dict[str, tuple[int, list[Any]]] = {}
    often = Counter(n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and _is_set(n))
    for statement in (s for s in ast.walk(tree) if isinstance(s, ast.Assign)):
        place = next((p for p in places if _same_node(p.node, statement.value)), None)
        given = values.get(place.number) if place else None
        target = statement.targets[0]
        if not given:
            continue
        if isinstance(target, ast.Name):
            found[target.id] = statement.lineno, given
        elif isinstance(target, ast.Tuple) and all(isinstance(v, tuple | list) for v in given):
            for number, name in enumerate(target.elts):
                if isinstance(name, ast.Name) and all(len(v) > number for v in given):
                    found[name.id] = statement.lineno, [v[number] for v in given]
    return {name: at for name, at in found.items() if often[name] == 1}


def _is_empty(value: Any) -> bool:
    """Whether a value is a container that is still to be filled."""
    return isinstance(value, list | dict | set) and not value


def _targets(statement: ast.Assign | ast.AugAssign) -> list[ast.expr]:
    return statement.targets if isinstance(statement, ast.Assign) else [statement.target]


def _is_set(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _arguments(tree: ast.FunctionDef) -> list[str]:
    given = tree.args.posonlyargs + tree.args.args + tree.args.kwonlyargs
    return [argument.arg for argument in given]


def _kind_of(value: Any) -> str:
    if isinstance(value, str):
        return "text"
    if isinstance(value, np.ndarray):
        return "array"
    number = isinstance(value, int | float | np.number)
    return "number" if number else type(value).__name__


def probe_reference(exercise: Exercise) -> Probed:
    """The reference with probes, and with it the functions of its module that it calls."""
    reference = exercise.reference
    assert isinstance(reference, FunctionType)
    source = read_source(reference)
    assert source is not None
    helpers = {}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            called = reference.__globals__.get(node.func.id)
            if (
                isinstance(called, FunctionType)
                and called.__module__ == reference.__module__
                and called is not reference
                and (text := read_source(called)) is not None
            ):
                helpers[node.func.id] = text
    return probe(reference, source, helpers)


def _record(search: Search, probed: Probed, number: int) -> tuple[dict[int, list[Any]], list[int]]:
    recorder = Recorder()
    quietly(search.exercise, probed.bind(recorder), search.cases[number])
    return recorder.values, recorder.failed


class _Pool:
    """Values of the reference in a case, each with the places that gave it."""

    def __init__(self, search: Search, reference: Probed) -> None:
        self._tolerance = max(search.exercise.tolerance, 1e-9)
        self.values, _ = _record(search, reference, search.failing)
        given = [list(values) for values in self.values.values()]
        given.append([a for a in search.cases[search.failing].arguments if is_plain(a)])
        self._texts: set[str] = set()
        by_kind: dict[Any, dict[bytes, NDArray[Any]]] = {}
        for value in _parts(given):
            if isinstance(value, str):
                self._texts.add(value)
            elif (numbers := _numbers(value)) is not None:
                alike = by_kind.setdefault(_kind(value), {})
                if len(alike) < MOST_ALIKE:
                    alike.setdefault(numbers.tobytes(), numbers)
        # One array for each kind, since a value is compared with all of them at once.
        self._by_kind = {kind: np.array([*alike.values()]) for kind, alike in by_kind.items()}

    def has(self, value: Any) -> bool:
        """Whether the reference has this value somewhere; a container, each of its parts."""
        if isinstance(value, int | bool | range | np.integer) or value is None:
            return True  # sizes and names say nothing
        if isinstance(value, dict):
            return all(map(self.has, value.values()))
        numbers = isinstance(value, tuple | list) and all(isinstance(v, int) for v in value)
        if isinstance(value, tuple | list | set | frozenset) and not (numbers and value):
            return all(map(self.has, value))
        if numbers:
            value = np.array(value)
        if isinstance(value, str):
            return value in self._texts
        given, alike = _numbers(value), self._by_kind.get(_kind(value))
        if given is None or alike is None:
            return False
        return bool(_equal(given, alike, self._tolerance).any())


def _parts(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, tuple | list):
        for part in value:
            yield from _parts(part)
    else:
        yield value
        if isinstance(value, np.ndarray) and value.ndim > 1 and len(value) <= 20:
            yield from _parts(list(value))  # x_t of x


def _kind(value: Any) -> Any:
    return value.shape if isinstance(value, np.ndarray | np.generic) else type(value).__name__


def _same(one: Any, other: Any, tolerance: float) -> bool:
    if isinstance(one, str | bool | set | frozenset) or one is None:
        return type(one) is type(other) and bool(one == other)
    a, b = _numbers(one), _numbers(other)
    if a is None or b is None or a.shape != b.shape:
        return False
    return bool(_equal(a, b[None], tolerance)[0])


def _numbers(value: Any) -> NDArray[Any] | None:
    """A value as real or complex numbers, if it is any."""
    try:
        array = np.asarray(value)
        return array if array.dtype.kind == "c" else array.astype(float)
    except (TypeError, ValueError):
        return None


def _equal(one: NDArray[Any], others: NDArray[Any], tolerance: float) -> NDArray[np.bool]:
    """Which of some arrays of the same shape are the one."""
    inside = tuple(range(1, others.ndim))
    with np.errstate(all="ignore"):
        scale = max(np.abs(one).max(initial=0.0), 1e-12)
        near = np.abs(others - one) <= tolerance * scale
        same = (others == one) | (np.isnan(others) & np.isnan(one))
        return near.all(axis=inside) | same.all(axis=inside)


def _by_values(search: Search, look: _Look, outcome: Outcome) -> Suspect | None:
    """The first expression made of right parts whose replacement makes all right."""
    plan: dict[int, int] = {}
    best = search.share_right(look.probed.bind(Replacement({})), search.failing)
    for _ in range(MOST_CHANGES):
        change = _best_change(search, look, plan, best)
        if change is None:
            return None
        best, place, entry = change
        plan[place] = entry
        if best == 1.0:
            break
    else:
        return None
    if not all(_holds(search, look, plan, n) for n in range(len(search.cases))):
        return None
    changed = [look.probed.places[number] for number in plan]
    if not all(look.is_made_of_right_parts(place) for place in changed):
        return None
    first = min(changed, key=lambda place: (place.line, place.size))
    if _only_gathers(first, look, plan) or look.differs_before(first.line):
        return None  # the mistake may be in one of the parts
    earlier = _earlier_change(search, look, first.line) if len(plan) == 1 else None
    if search.over:
        return None  # something before it may be to blame as well
    place, entry = earlier or (first.number, plan[first.number])
    node, instead = look.probed.places[place].node, look.reference.places[entry].text
    return look.suspect(node, instead, False, should=look.pool.values[entry])


def _only_gathers(place: Place, look: _Look, plan: dict[int, int]) -> bool:
    """Whether an expression only puts variables together, as the reference's does."""
    node = place.node
    entry = look.reference.places[plan[place.number]].node if place.number in plan else None
    if not isinstance(node, ast.Call) or not isinstance(entry, ast.Call):
        return False
    computes = any(isinstance(part, ast.BinOp | ast.UnaryOp) for part in ast.walk(node))
    return not computes and ast.unparse(node.func) == ast.unparse(entry.func)


def _earlier_change(search: Search, look: _Look, line: int) -> tuple[int, int] | None:
    """A variable set before a line to a value that is the reference's, but not the one needed.

    In `da_o = do`, with the slope forgotten, all is known; it turns wrong only where it is used.
    """
    assigned = [s for s in ast.walk(search.source.tree) if isinstance(s, ast.Assign)]
    for place in sorted(look.probed.places, key=lambda place: (-place.line, -place.size)):
        values = look.values.get(place.number)
        if place.line >= line or not values or place.stored:
            continue
        if not any(_same_node(place.node, statement.value) for statement in assigned):
            continue
        for entry, candidates in look.pool.values.items():
            if search.over:
                return None
            plan = {place.number: entry}
            if _fit(values, candidates) and all(
                _holds(search, look, plan, n) for n in (search.failing, *range(len(search.cases)))
            ):
                return place.number, entry
    return None


def _best_change(
    search: Search, look: _Look, plan: dict[int, int], best: float
) -> tuple[float, int, int] | None:
    """The replacement after which most of the output is right."""
    found: tuple[float, int, int] | None = None
    places = sorted(look.probed.places, key=lambda place: (place.line, place.size))
    for place in places:
        values = look.values.get(place.number, [])
        raised = place.number in look.failed
        if place.number in plan or (isinstance(place.node, ast.Name) and not place.stored):
            continue
        if not raised and (not values or look.is_known(place)):
            continue
        for entry, candidates in look.pool.values.items():
            if search.over:
                return None
            if not raised and not _fit(values, candidates):
                continue
            trial = _values_of(look.pool.values, {**plan, place.number: entry})
            share = search.share_right(look.probed.bind(Replacement(trial)), search.failing)
            if share > max(best, found[0] if found else 0.0) + 1e-9:
                found = share, place.number, entry
                if share == 1.0:
                    return found
    return found


def _fit(values: list[Any], candidates: list[Any]) -> bool:
    return len(values) == len(candidates) and type(values[0]) is type(candidates[0])


def _values_of(pool: dict[int, list[Any]], plan: dict[int, int]) -> dict[int, list[Any]]:
    return {place: pool[entry] for place, entry in plan.items()}


def _holds(search: Search, look: _Look, plan: dict[int, int], number: int) -> bool:
    """Whether the same replacements make another case right."""
    pool, _ = _record(search, look.reference, number)
    if any(entry not in pool for entry in plan.values()):
        return False
    return search.is_right(look.probed.bind(Replacement(_values_of(pool, plan))), number)


def _contains(whole: ast.expr, part: ast.expr) -> bool:
    return any(_same_node(node, part) for node in ast.walk(whole))


def _same_node(one: ast.AST, other: ast.AST) -> bool:
    """Whether two nodes are the same, one of a tree and one of its copy."""
    return type(one) is type(other) and _same_place(one, other)


def _same_place(one: ast.AST, other: ast.AST) -> bool:
    """Whether two nodes stand in the same place of a text."""
    return all(
        getattr(one, name, None) == getattr(other, name, None)
        for name in ("lineno", "col_offset", "end_lineno", "end_col_offset")
    )
