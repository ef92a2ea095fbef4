"""Errors that a user can correct: UserError, ProcessLostError, require, look_up, refuse_newer."""

import linecache
import traceback
from collections.abc import Mapping
from difflib import get_close_matches
from typing import TypeVar

T = TypeVar("T")

# The exit status of a command that Ctrl-C ended: 128 plus the number of the signal SIGINT.
INTERRUPTED = 130
# More choices than this are too many to read through.
MANY = 20


class UserError(ValueError):
    """A mistake whose message is one sentence that says what to do; shown without a traceback."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of the traceback: the line in the cell, and the sentence."""
        frames = traceback.walk_tb(self.__traceback__)
        own = [(f, line) for f, line in frames if f.f_globals.get("__name__") == "__main__"]
        shown = [f"{type(self).__name__}: {self}"]
        if own:
            frame, number = own[-1]
            text = linecache.getline(frame.f_code.co_filename, number, frame.f_globals).strip()
            shown.insert(0, f"line {number}:  {text}")
        return shown


class ProcessLostError(UserError):
    """A process that shares the work has ended; the state is that from before its last task."""


def require(condition: bool, found: str, wanted: str) -> None:
    """Refuse an option that is out of range.

    Args:
        condition: whether it is in range.
        found: what was given, such as "epochs is 0".
        wanted: what to give instead, such as "a whole number of 1 or more".

    Raises:
        UserError: the condition is false.
    """
    if not condition:
        raise UserError(f"{found}: give {wanted}.")


def look_up(kind: str, name: str, choices: Mapping[str, T]) -> T:
    """The choice with this name.

    Args:
        kind: what is chosen, in the singular, such as "cell".
        name: the name that was given.
        choices: all choices, by name.

    Returns:
        The value of that choice.

    Raises:
        UserError: no choice has this name; of many choices it lists those with a similar name.
    """
    if name not in choices:
        near = get_close_matches(name, choices) if len(choices) > MANY else []
        which = (
            f"did you mean {' or '.join(near)}?" if near else f"choose one of {', '.join(choices)}."
        )
        raise UserError(f"There is no {kind} called {name!r}: {which}")
    return choices[name]


def refuse_newer(what: str, found: int, newest: int, instead: str) -> None:
    """Refuse a file that a newer version of this course wrote.

    Args:
        what: such as the path of the file.
        found: the number of its format.
        newest: the newest format that this version reads.
        instead: what to do without it, such as "give another --out".

    Raises:
        UserError: its format is newer.
    """
    if found > newest:
        raise UserError(
            f"{what} was written by a newer version of this course (format {found}; this version "
            f"reads formats up to {newest}): install the newer version, or {instead}."
        )
