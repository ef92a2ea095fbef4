"""Checks of single steps of a derivation, on the numbers of a case: confirm."""

from typing import Any

import numpy as np

from cifg_edu.checks.hints import ShownCase, case
from cifg_edu.checks.outcomes import array_problem
from cifg_edu.errors import UserError, look_up

TOLERANCE = 1e-6
# For numbers typed by hand, which are rounded.
ROUNDED = 0.01
NUMBERS = np.ndarray | np.number | float | int


def confirm(of: str | ShownCase, /, **values: Any) -> None:
    """Say of each value whether it is what the reference has under that name.

    A number, or a list of numbers, for an array of as many counts as typed by hand, and so does a
    number of few digits for a single one: it may be rounded, to three digits or so, and what
    should stand there is not told.

    Args:
        of: the exercise, or the `case` of it, that the values were computed from.
        values: what the learner computed; `...` stands for what is still open.

    Raises:
        UserError: there is no such exercise, no value of this name, or no value was given.
    """
    shown = case(of) if isinstance(of, str) else of
    # What comes out goes before what it was on the way.
    given = {**shown.arguments, **shown.inside, **shown.expected}
    known = {name: value for name, value in given.items() if isinstance(value, NUMBERS)}
    if not values:
        raise UserError(
            f"confirm has nothing to compare: give values by name, of {', '.join(known)}."
        )
    wrong = []
    for name, value in values.items():
        expected = look_up("value", name, known)
        if value is ... or (isinstance(value, list) and ... in value):
            print(f"○ {name}: still open. Write it in place of the ...")
            continue
        typed = _typed(expected, value)
        compared, tolerance = (value, TOLERANCE) if typed is None else (typed, ROUNDED)
        problem = array_problem(expected, compared, tolerance)
        if problem is None:
            print(f"✔ {name} is right.")
            continue
        wrong.append(name)
        if isinstance(compared, NUMBERS) and not array_problem(
            expected, -1.0 * np.asarray(compared), tolerance
        ):
            print(f"✘ {name} has the right size, but its sign is the other way round.")
        elif typed is None:
            print(f"✘ {name} {problem}.")
        else:
            print(f"✘ {name} is not right yet.")
    if len(wrong) > 1:
        print(f"  Begin with {wrong[0]}: what is computed from it is wrong as well.")


def _typed(expected: Any, value: Any) -> np.ndarray | None:
    """Numbers typed for the elements of an array, in its shape; None if it is something else.

    A single number that is not whole may be computed as well: if typed, it has few digits.
    """
    numbers = value if isinstance(value, list) else [value]
    if isinstance(expected, float) and isinstance(value, float) and value == float(f"{value:.4g}"):
        return np.asarray(value)
    if not isinstance(expected, np.ndarray) or len(numbers) != expected.size:
        return None
    if not all(isinstance(n, np.number | float | int) for n in numbers):
        return None
    return np.reshape(numbers, expected.shape)
