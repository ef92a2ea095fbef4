"""Where an answer stopped with an error: find_stop, Stop."""

import ast
import builtins
import contextlib
import inspect
import linecache
import re
import traceback
from difflib import get_close_matches
from types import FrameType
from typing import Any, NamedTuple

import numpy as np

from cifg_edu.checks.probes import read_source

MOST_NAMES = 4
# How like a name must be to be the one that was meant, from 0 to 1. At less, a short name is like
# some other by chance.
ALIKE = 0.81


class Stop(NamedTuple):
    """The student's line that stopped.

    line: counted from the `def`.
    helper: the name of the function in which it stands, where that is another of the student's.
    text: the line.
    shapes: of the arrays that the line names, in words.
    signature: of the function that the line calls with the wrong arguments, if it does.
    similar: a name that is there, where the line names one that is not.
    """

    line: int
    helper: str
    text: str
    shapes: str
    signature: str = ""
    similar: str = ""


def find_stop(function: Any, error: BaseException) -> Stop | None:
    """Find the line of an answer that stopped.

    Args:
        function: the answer.
        error: what it stopped with.

    Returns:
        The innermost line of the student's, or None where none can be told.
    """
    names = getattr(function, "__globals__", None)
    frames = list(traceback.walk_tb(error.__traceback__))
    own = [(frame, number) for frame, number in frames if frame.f_globals is names]
    if names is None or not own:
        return None
    frame, number = own[-1]
    text = linecache.getline(frame.f_code.co_filename, number).strip()
    helper, line = _line(function, frame, number)
    if not text:
        return None
    called, similar = "", ""
    # What comes from outside, such as an exception or a list of names, may itself stop.
    with contextlib.suppress(Exception):
        called = _signature_called(error, frame)
        last = frames[-1][0]
        if frame is last or last.f_code.co_name == "__getattr__":
            similar = _similar_name(error, [frame for frame, _ in own])
    return Stop(line, helper, text, _shapes(text, frame), called, similar)


def _line(function: Any, frame: FrameType, number: int) -> tuple[str, int]:
    """A line counted from the `def`; where that is a helper's, with the helper's name."""
    code, own = frame.f_code, function.__code__
    source = read_source(function)
    if source and code.co_filename == own.co_filename:
        line = number - source.first + 1
        if 1 <= line <= len(source.lines):
            return "", line
    return code.co_name, number - code.co_firstlineno + 1


def _shapes(text: str, frame: FrameType) -> str:
    """The shapes of the arrays that a line names."""
    try:
        # A line that opens a block is no whole statement: `if a > b:` is one with a body.
        tree = ast.parse(f"{text} pass" if text.endswith(":") else text)
    except SyntaxError:
        return ""
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    named = dict.fromkeys(n.id for n in sorted(nodes, key=lambda n: n.col_offset))
    values = ((name, frame.f_locals.get(name)) for name in named)
    arrays = [(name, value) for name, value in values if isinstance(value, np.ndarray)]
    parts = [f"{name} {value.shape}" for name, value in arrays[:MOST_NAMES]]
    return ", ".join([parts[0].replace(" ", " has shape ", 1), *parts[1:]]) if parts else ""


def signature_of(function: Any) -> str:
    """A function's name and arguments, such as `interpolate(old, new, i)`; "" if unknown."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return ""
    plain = [p.replace(annotation=p.empty) for p in signature.parameters.values()]
    return f"{function.__name__}{inspect.Signature(plain)}"


def _signature_called(error: BaseException, frame: FrameType) -> str:
    """The signature of the function that was called with other arguments than it takes."""
    found = re.match(r"([\w.<>]*?)(\w+)\(\) (takes|missing|got) .*argument", str(error))
    if not isinstance(error, TypeError) or not found:
        return ""
    called = {**frame.f_globals, **frame.f_locals}.get(found[2])
    return signature_of(called) if callable(called) else ""


def _similar_name(error: BaseException, trace: list[FrameType]) -> str:
    """What was meant, where a name was written that is not there; "" where none is like it.

    Args:
        error: what the answer stopped with.
        trace: the frames that run code of the notebook, the outermost first. The last one raised.
    """
    if isinstance(error, AttributeError) and error.name:
        return _nearest(error.name, dir(error.obj))
    if type(error) is not NameError or not error.name:
        return ""
    if error.name == "np":
        return "import numpy as np"
    if error.name in np.__all__:
        return f"np.{error.name}"
    own = [name for frame in reversed(trace) for name in frame.f_locals]
    return _nearest(error.name, own) or _nearest(error.name, [*trace[-1].f_globals, *dir(builtins)])


def _nearest(name: str, names: list[str]) -> str:
    """The name that differs in its capitals, in the order of its letters, or in few letters."""
    public = [n for n in names if n != name and (name.startswith("_") or not n.startswith("_"))]
    for same in (str.casefold, lambda text: "".join(sorted(text))):
        for found in public:
            if same(found) == same(name):
                return found
    return next(iter(get_close_matches(name, public, 1, ALIKE)), "")
