"""Checks of single steps of a derivation, on the numbers of a case: confirm."""

from typing import Any

import numpy as np

from cifg_edu.checks.hints import case
from cifg_edu.checks.outcomes import array_problem
from cifg_edu.errors import UserError, look_up

TOLERANCE = 1e-6
NUMBERS = np.ndarray | np.number | float | int


def confirm(exercise: str, /, **values: Any) -> None:
    """Say of each value whether it is what the reference has under that name.

    Args:
        exercise: the exercise, whose `case` the values were computed from.
        values: what the learner computed; `...` stands for what is still open.

    Raises:
        UserError: there is no such exercise, no value of this name, or no value was given.
    """
    shown = case(exercise)
    given = {**shown.arguments, **shown.inside, **shown.expected}
    known = {name: value for name, value in given.items() if isinstance(value, NUMBERS)}
    if not values:
        raise UserError(
            f"confirm has nothing to compare: give values by name, of {', '.join(known)}."
        )
    for name, value in values.items():
        expected = look_up("value", name, known)
        if value is ...:
            print(f"○ {name}: still open. Write it in place of the ...")
            continue
        problem = array_problem(expected, value, TOLERANCE)
        if problem is None:
            print(f"✔ {name} is right.")
        elif isinstance(value, NUMBERS) and _turned(expected, value):
            print(f"✘ {name} has the right size, but its sign is the other way round.")
        else:
            print(f"✘ {name} {problem}.")


def _turned(expected: Any, value: Any) -> bool:
    return array_problem(expected, -1.0 * np.asarray(value), TOLERANCE) is None
