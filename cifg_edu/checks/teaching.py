"""What a check goes on to teach when the answer is right: teach, more."""

import ast
import copy
import html
import statistics
import textwrap
import time
from collections.abc import Callable
from types import FunctionType, GeneratorType
from typing import Any, NamedTuple

import numpy as np

from cifg_edu.arrays import Array
from cifg_edu.checks.cells import running_shell
from cifg_edu.checks.course import find_exercise
from cifg_edu.checks.known import known_of
from cifg_edu.checks.probes import Source, TooLong, probe, read_source
from cifg_edu.exercises import Exercise, Function
from cifg_edu.prose import fill

# Functions of NumPy that multiply matrices, beside @. einsum may or may not: it is left out.
PRODUCTS = ("dot", "matmul")
# Pairs of timed calls, and the most seconds that they may take.
FEWEST_PAIRS, MOST_PAIRS, SECONDS = 15, 41, 0.15
# Nearer to 1 than this a ratio of times is not worth a word.
SLIGHT = 0.1
# Functions that compute more expressions than this, in loops, are not counted.
MOST_VALUES = 20_000
# What computes something. The rest of the expressions only names what is there.
COMPUTING = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.Call, ast.ListComp)
NOTE = (
    "Counted in the largest case of the check, in each function's own lines: a function that is "
    "called counts as what it gives back. The time is yours in units of the course's, measured on "
    'small arrays, with its quartiles; "about 1" means that no difference could be seen.'
)
# Each exercise's last right answer.
_right: dict[str, Function] = {}


class Counts(NamedTuple):
    """What a function's own lines do in one call.

    lines: of code, without comments and docstring.
    arrays: new ones that its expressions make.
    products: of matrices.
    """

    lines: int
    arrays: int
    products: int


class Ratio(NamedTuple):
    """The time of one function in units of another's: quartiles of paired measurements."""

    low: float
    middle: float
    high: float


class _Caught(BaseException):
    """The first call of an answer, with its arguments."""


def teach(exercise: Exercise, function: Any) -> None:
    """Go on after a right answer: folded in a notebook, elsewhere one line.

    Args:
        exercise: what was written.
        function: the right answer.
    """
    _right[exercise.name] = function
    line = f'  To see the course\'s beside it, and a question: more("{exercise.name}")'
    shell = running_shell()
    if not hasattr(shell, "kernel") or _is_the_courses(exercise, function):
        print(line)
        return
    from IPython.display import display

    display({"text/html": _page(exercise, function), "text/plain": line}, raw=True)  # type: ignore[no-untyped-call]


def more(name: str) -> None:
    """Print what a check shows folded: both functions, how they differ, and a question.

    Args:
        name: an exercise whose check has said right.

    Raises:
        UserError: there is no such exercise.
    """
    exercise = find_exercise(name)
    function = _right.get(name)
    if function is None:
        print(f"{name}: run its check first. Once it says right, there is more.")
        return
    yours, courses = _texts(exercise, function)
    if not _is_the_courses(exercise, function):
        print(f"Yours:\n{_indented(yours)}\n")
    print(f"The course's:\n{_indented(courses)}")
    for row in _rows(exercise, function):
        print(f"  {row[0]:<26} {row[1]:>22} {row[2]:>14}")
    if exercise.question:
        print("\n" + fill(exercise.question.text))
        print(fill(_answer(exercise, function)))


def _indented(text: str) -> str:
    return textwrap.indent(text, "  ")


def _is_the_courses(exercise: Exercise, function: Any) -> bool:
    """Whether a function is written as the course's is, word for word."""
    own, reference = read_source(function), read_source(exercise.reference)
    return own is not None and reference is not None and _body(own) == _body(reference)


def _body(source: Source) -> str:
    tree = source.tree
    start = 1 if ast.get_docstring(tree) is not None else 0
    return "\n".join(ast.unparse(statement) for statement in tree.body[start:])


def _texts(exercise: Exercise, function: Any) -> tuple[str, str]:
    """The student's function and the course's, without docstrings."""
    own, reference = read_source(function), read_source(exercise.reference)
    assert reference is not None
    return own.text if own else "(its source cannot be read)", reference.text


def _rows(exercise: Exercise, function: Any) -> list[tuple[str, str, str]]:
    """What was counted and measured in the largest case: a title, the student's, the course's."""
    arguments = _largest_call(exercise)
    yours, courses = _counts(function, arguments), _counts(exercise.reference, arguments)
    rows = [("", "yours", "the course's")]
    if yours and courses:
        titles = ("lines of code", "new arrays", "matrix products")
        for title, own, other in zip(titles, yours, courses, strict=True):
            if own or other:
                rows.append((title, str(own), str(other)))
    ratio = _time_ratio(function, exercise.reference, arguments)
    if ratio:
        rows.append(("time", _ratio_in_words(ratio), "1"))
    return rows if len(rows) > 1 else []


def _largest_call(exercise: Exercise) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of the first call in the case with the most numbers."""
    case = max(known_of(exercise).cases, key=lambda case: _size(case.arguments))
    caught: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    def catch(*arguments: Any, **named: Any) -> Any:
        caught.append(copy.deepcopy((arguments, named)))
        raise _Caught

    try:
        exercise.observe(catch, copy.deepcopy(case.arguments))
    except _Caught:
        return caught[0]
    raise AssertionError(f"{exercise.name} is never called")


def _size(value: Any) -> int:
    if isinstance(value, np.ndarray):
        return value.size
    if isinstance(value, dict):
        return sum(map(_size, value.values()))
    if isinstance(value, tuple | list):
        return sum(map(_size, value))
    return len(value) if isinstance(value, str) else 0


def _call(function: Function, arguments: tuple[tuple[Any, ...], dict[str, Any]]) -> float:
    """Call a function on copies, to its end, and return the seconds that it took."""
    given, named = copy.deepcopy(arguments)
    with np.errstate(all="ignore"):
        start = time.perf_counter()
        value = function(*given, **named)
        if isinstance(value, GeneratorType):
            list(value)
        return time.perf_counter() - start


def _counts(function: Any, arguments: tuple[tuple[Any, ...], dict[str, Any]]) -> Counts | None:
    """Count in the function's own lines; what it calls is a call and no more."""
    source = read_source(function)
    if source is None or not isinstance(function, FunctionType):
        return None
    probed = probe(function, source, {})
    seen: dict[int, Any] = {}  # they are kept, so that no two have one id
    made, products, values = 0, 0, 0

    def count(number: int, compute: Callable[[], Any]) -> Any:
        nonlocal made, products, values
        values += 1
        if values > MOST_VALUES:
            raise TooLong
        value = compute()
        node = probed.places[number].node
        products += _is_product(node)
        for part in value if isinstance(value, tuple) else (value,):
            array = _owner(part)
            if array is not None and id(array) not in seen:
                seen[id(array)] = array
                made += isinstance(node, COMPUTING)
        return value

    try:
        _call(probed.bind(count), arguments)
    except TooLong:
        return None
    return Counts(len(_body(source).splitlines()), made, products)


def _owner(value: Any) -> Array | None:
    """The array whose memory an array is a view of; None for what is no array, or one number."""
    if not isinstance(value, np.ndarray) or value.ndim == 0:
        return None
    while isinstance(value.base, np.ndarray):
        value = value.base
    return value


def _is_product(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.MatMult)
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(called, ast.Attribute) and called.attr in PRODUCTS


def _time_ratio(
    function: Function, reference: Function, arguments: tuple[tuple[Any, ...], dict[str, Any]]
) -> Ratio | None:
    """Time both in turn, and give the quartiles of the ratios; None where it takes too long."""
    ratios: list[float] = []
    if _call(function, arguments) > SECONDS / FEWEST_PAIRS:
        return None
    end = time.perf_counter() + SECONDS
    while len(ratios) < MOST_PAIRS and time.perf_counter() < end:
        # Who comes first changes, so that what came before falls on both.
        if len(ratios) % 2:
            own, other = _call(function, arguments), _call(reference, arguments)
        else:
            other, own = _call(reference, arguments), _call(function, arguments)
        ratios.append(own / max(other, 1e-9))
    if len(ratios) < FEWEST_PAIRS:
        return None
    return Ratio(*statistics.quantiles(ratios, n=4))


def _ratio_in_words(ratio: Ratio) -> str:
    """The ratio with its spread; where the quartiles are on both sides of 1, no difference."""
    if ratio.low <= 1.0 <= ratio.high or abs(ratio.middle - 1.0) < SLIGHT:
        return "about 1"
    return f"{ratio.middle:.2g} ({ratio.low:.2g} to {ratio.high:.2g})"


def _answer(exercise: Exercise, function: Any) -> str:
    """What the student's function says to the question."""
    assert exercise.question is not None
    try:
        with np.errstate(all="ignore"):
            return exercise.question.answer(function)
    except Exception as error:
        return f"Yours stops here with {type(error).__name__}: {error}"


def _page(exercise: Exercise, function: Any) -> str:
    """The folded page: both texts, the counts, and the question with its answer folded again."""
    yours, courses = (html.escape(text) for text in _texts(exercise, function))
    style = 'style="text-align: left; vertical-align: top"'
    rows = "".join(
        f'<tr><th scope="row" {style}>{title}</th><td>{own}</td><td>{other}</td></tr>'
        for title, own, other in _rows(exercise, function)
    )
    question = ""
    if exercise.question:
        text, answer = exercise.question.text, _answer(exercise, function)
        question = (
            f"<details><summary>A question: {html.escape(text)}</summary>"
            f"<p>{html.escape(answer)}</p></details>"
        )
    return (
        f"<details><summary>Your {exercise.name} beside the course's</summary>"
        f"<table><tr><th {style}>yours</th><th {style}>the course's</th></tr>"
        f"<tr><td {style}><pre>{yours}</pre></td><td {style}><pre>{courses}</pre></td></tr></table>"
        f"<table>{rows}</table>"
        f"<p>{html.escape(NOTE)}</p></details>{question}"
    )
