"""What a user can put right: UserError, require, look_up; and INTERRUPTED."""

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")

# The exit status of a command that Ctrl-C ended: 128 and the number of the signal SIGINT.
INTERRUPTED = 130


class UserError(ValueError):
    """A mistake whose message is one sentence that says what to do; shown without a traceback."""


def require(condition: bool, found: str, wanted: str) -> None:
    """Refuse an option that is out of range.

    Args:
        condition: whether it is in range.
        found: what was given, such as "epochs is 0".
        wanted: what to give instead.

    Raises:
        UserError: the condition does not hold.
    """
    if not condition:
        raise UserError(f"{found}: give {wanted}.")


def look_up(kind: str, name: str, choices: Mapping[str, T]) -> T:
    """The choice of this name.

    Args:
        kind: what is chosen, in the singular, such as "cell".
        name: which one.
        choices: all there are, by name.

    Returns:
        The one.

    Raises:
        UserError: there is none of this name.
    """
    if name not in choices:
        raise UserError(f"There is no {kind} called {name!r}: choose one of {', '.join(choices)}.")
    return choices[name]
