"""What runs while an answer is judged: Watch."""

import ast
import sys
import time
from types import FrameType
from typing import Any

from cifg_edu.checks.probes import TooLong, read_source
from cifg_edu.exercises import Function

# An answer that takes more lines or processor seconds than this does not come to an end: the
# lessons' own functions take some thousand lines, and milliseconds.
MOST_LINES = 1_000_000
MOST_SECONDS = 20.0
# On a busy machine computing takes many times as long by the clock.
WALL_PER_CPU = 10.0


class Watch:
    """Watches an answer while it runs, whatever it calls.

    It sees whether a function of the course's is called, whatever name that goes by: an answer
    that calls its own exercise's reference, or what stands in for it after a failed check, has
    written nothing. And it ends a loop that does not end, by tracing: on every system, and in any
    thread.

    Args:
        reference: the function that must not be called.
        function: the answer; its lines are counted, and those of what it calls in its notebook.

    Attributes:
        used: whether the reference was called.
        endless: the line that was running when time was up, counted from the answer's `def`.
    """

    def __init__(self, reference: Function, function: Any) -> None:
        self._code = reference.__code__
        self._function = function
        self._names = getattr(function, "__globals__", None)
        self._before: Any = None
        self._lines = 0
        self._end = 0.0
        self.used = False
        self.endless: int | None = None

    def __enter__(self) -> "Watch":
        self._before = sys.gettrace()
        self._end = time.process_time() + MOST_SECONDS
        sys.settrace(self._see)
        return self

    def __exit__(self, *error: object) -> None:
        sys.settrace(self._before)

    def _see(self, frame: FrameType, event: str, argument: Any) -> Any:
        self.used = self.used or frame.f_code is self._code
        if self._before:  # a debugger's
            return self._before(frame, event, argument)
        return self._count if frame.f_globals is self._names else None

    def _count(self, frame: FrameType, event: str, argument: Any) -> Any:
        self._lines += 1
        if self._lines > MOST_LINES or time.process_time() > self._end:
            self.endless = _line_of_loop(self._function, frame)
            raise TooLong("it does not come to an end")
        return self._count


def _line_of_loop(function: Any, frame: FrameType | None) -> int | None:
    """The line of the innermost loop that is running, counted from the answer's `def`."""
    while frame and frame.f_code is not function.__code__:
        frame = frame.f_back
    source = read_source(function)
    if frame is None or source is None:
        return None
    line = frame.f_lineno - source.first + 1
    loops = [
        node.lineno
        for node in ast.walk(source.tree)
        if isinstance(node, ast.For | ast.While) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    return max(loops, default=line)
