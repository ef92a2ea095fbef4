"""What runs while an answer is judged: Watch, kept_inside.

The answer runs in a thread, and the thread that judges looks at the clock. So a loop without an end
and a wait are both ended, on every system and without signals. A loop is ended by tracing, at its
next line. A wait, such as `time.sleep`, has no next line: its thread is left behind, and ends with
the first line after the wait. Two things cannot be ended: one long call into C that lets no other
thread run, such as `9 ** 9 ** 9`, and `os._exit`, which ends the process at once.
"""

import ast
import builtins
import contextlib
import contextvars
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from cifg_edu.checks.cells import running_shell
from cifg_edu.checks.probes import TooLong, read_source
from cifg_edu.exercises import Function

if TYPE_CHECKING:
    import threading

# An answer that takes more lines or processor seconds than this does not end: the
# lessons' own functions take some thousand lines, and milliseconds.
MOST_LINES = 1_000_000
MOST_SECONDS = 20.0
# On a busy machine computing takes many times as long by the clock.
WALL_PER_CPU = 10.0
# An answer that computes less than this share of so many seconds by the clock waits for something.
# A notebook's kernel takes a few thousandths for itself.
STILL_SECONDS, STILL_SHARE = 10.0, 0.01
# The clock is looked at so often, in seconds, and a thread may take so long to end.
GLANCE, GRACE = 0.1, 0.2
T = TypeVar("T")
DEBUGGERS = ("bdb", "pdb", "IPython.core.debugger")


class Watch:
    """Watches an answer while it runs, whatever it calls.

    It sees whether a function of the course's is called, whatever name that goes by: an answer
    that calls its own exercise's reference, or what stands in for it after a failed check, has
    written nothing. And it stops an answer that does not end.

    Args:
        reference: the function that must not be called.
        function: the answer; its lines are counted, and those of what it calls in its notebook.

    Attributes:
        used: whether the reference was called.
        endless: whether the answer did not end.
        waits: whether it did so because it waits for something.
        line: the line that was running then, counted from the answer's `def`; None where that
            cannot be told.
        goes_on: whether the answer could not be ended, and still runs.
        raised: what the answer raised in a separate thread, which Ctrl-C never reaches; None where
            it had no such thread.
    """

    def __init__(self, reference: Function, function: Any) -> None:
        self._code = reference.__code__
        self._function = function
        self._names = getattr(function, "__globals__", None)
        self._before: Any = None
        self._lines = 0
        self._error: BaseException | None = None
        self._over = False
        self.used = False
        self.endless = False
        self.waits = False
        self.line: int | None = None
        self.goes_on = False
        self.raised: BaseException | None = None

    def run(self, calls: Iterable[Callable[[], T]]) -> list[T]:
        """Make calls of the answer, until one of them does not end.

        Args:
            calls: to be made one after the other.

        Returns:
            What each call gave, without the one that did not end.
        """
        import threading  # here, where it is used: in a browser's Python there are no threads

        given: list[T] = []
        context = contextvars.copy_context()
        worker = threading.Thread(
            target=context.run, args=(self._make, calls, given), daemon=True, name="the answer"
        )
        self._end = time.process_time() + MOST_SECONDS
        try:
            worker.start()
        except RuntimeError:  # a grader's box may allow no second thread; it has its own limits
            self._make(calls, given)
        else:
            try:
                self._wait_for(worker)
            finally:
                self._over = True  # also where a key of the keyboard ended the waiting
            self.raised = self._error
        if self._error:
            raise self._error
        return list(given)

    def _make(self, calls: Iterable[Callable[[], Any]], given: list[Any]) -> None:
        self._before = sys.gettrace()
        sys.settrace(self._see)
        try:
            for call in calls:
                value = call()
                if self._over:
                    return
                given.append(value)
        except BaseException as error:
            self._error = error
        finally:
            sys.settrace(self._before)

    def _wait_for(self, worker: "threading.Thread") -> None:
        """Wait until the answer has ended, or has had its time."""
        wall = since = time.monotonic()
        computed = time.process_time()
        while worker.is_alive():
            worker.join(GLANCE)
            now, used = time.monotonic(), time.process_time()
            if self._over:  # the tracing has ended it; a debugger may wait as long as it likes
                worker.join(GRACE)
                break
            if self._before or now - since < STILL_SECONDS:
                continue
            still = used - computed < STILL_SHARE * (now - since)
            late = used > self._end or now - wall > WALL_PER_CPU * MOST_SECONDS
            since, computed = now, used
            frame = sys._current_frames().get(worker.ident or 0)
            if (still or late) and not _debugs(frame):
                self._stop(frame, waits=still)
        self.goes_on = self.endless and worker.is_alive()

    def _stop(self, frame: FrameType | None, waits: bool) -> None:
        self._over, self.endless, self.waits = True, True, waits
        self.line = _running_line(self._function, frame, loop=not waits)

    def _see(self, frame: FrameType, event: str, argument: Any) -> Any:
        self.used = self.used or frame.f_code is self._code
        if self._before:  # a debugger's
            return self._before(frame, event, argument)
        return self._count if frame.f_globals is self._names else None

    def _count(self, frame: FrameType, event: str, argument: Any) -> Any:
        self._lines += 1
        if not self._over and (self._lines > MOST_LINES or time.process_time() > self._end):
            self._stop(frame, waits=False)
        if self._over:
            raise TooLong("it does not end")
        return self._count


def _debugs(frame: FrameType | None) -> bool:
    """Whether a debugger asks the student what to do next."""
    while frame and frame.f_globals.get("__name__") not in DEBUGGERS:
        frame = frame.f_back
    return frame is not None


def _running_line(function: Any, frame: FrameType | None, loop: bool) -> int | None:
    """The line of the answer's that is running, or that of the innermost loop around it."""
    code, source = getattr(function, "__code__", None), read_source(function)
    while frame and frame.f_code is not code:
        frame = frame.f_back
    if frame is None or source is None:
        return None
    line = frame.f_lineno - source.first + 1
    loops = [
        node.lineno
        for node in ast.walk(source.tree)
        if isinstance(node, ast.For | ast.While) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    return max(loops, default=line) if loop else line


@contextlib.contextmanager
def kept_inside() -> Iterator[None]:
    """While it lasts, `exit()` and `quit()` raise SystemExit and do nothing more.

    Python's own close the input as well, and IPython's tell the kernel to end, without an error.
    """
    shell = running_shell()
    places = [(builtins, "exit"), (builtins, "quit"), *([(shell, "ask_exit")] if shell else [])]
    before = [(place, name, vars(place)[name]) for place, name in places if name in vars(place)]
    for place, name in places:
        setattr(place, name, _leave)
    try:
        yield
    finally:
        for place, name in places:
            delattr(place, name)
        for place, name, value in before:
            setattr(place, name, value)


def _leave(*arguments: Any, **named: Any) -> NoReturn:
    raise SystemExit
