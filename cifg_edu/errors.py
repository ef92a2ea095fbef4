"""Errors that a user can correct: UserError, ProcessLostError, require, look_up, refuse_newer."""

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")

# The exit status of a command that Ctrl-C ended: 128 plus the number of the signal SIGINT.
INTERRUPTED = 130


class UserError(ValueError):
    """A mistake whose message is one sentence that says what to do; shown without a traceback."""


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
        UserError: no choice has this name.
    """
    if name not in choices:
        raise UserError(f"There is no {kind} called {name!r}: choose one of {', '.join(choices)}.")
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
