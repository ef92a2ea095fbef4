"""Care with code from outside: guarded, described."""

import contextlib
import io
import sys
from collections.abc import Iterator

# Seconds: the slowest cells that were tried took less.
PATIENCE = 30.0


@contextlib.contextmanager
def guarded(what: str, patience: float = PATIENCE) -> Iterator[None]:
    """Keep a stranger's code from flooding the screen and from waiting for the keyboard.

    What it prints is dropped, and `input` finds an end. If it takes long, a sentence says so.

    Args:
        what: is being run, such as a file.
        patience: seconds until the sentence.
    """

    def notice() -> None:
        print(
            f"{what} has not ended after {patience:g} seconds: if it has a loop without an end, "
            "stop with Ctrl-C.",
            file=sys.stderr,
        )

    import threading  # a browser's Python, which loads this module, has none

    timer = threading.Timer(patience, notice)
    timer.daemon = True
    timer.start()
    keyboard, sys.stdin = sys.stdin, io.StringIO()
    try:
        with contextlib.redirect_stdout(_Sink()):
            yield
    finally:
        sys.stdin = keyboard
        timer.cancel()


class _Sink(io.TextIOBase):
    """A stream that keeps nothing."""

    def write(self, text: str) -> int:
        return len(text)


def described(error: BaseException) -> str:
    """An error of a stranger's code, in one line.

    Args:
        error: what was raised.

    Returns:
        Its kind, and the first line of what it says.
    """
    says = (str(error).strip().splitlines() or [""])[0].rstrip(".")
    return f"{type(error).__name__}: {says}" if says else type(error).__name__
