"""Notes, in the box, which numbers an answer gives to tanh and exp: watch, seen.

A derivative that is made of numbers needs the function itself, for arguments that hardly differ
or are complex, and each cell of this course has a tanh and an exp in it. Like all in the box, it
can be broken by the code that it watches.
"""

import cmath
import collections
import math
from collections.abc import Callable
from typing import Any

import numpy as np

# What the step of a difference quotient is at most, and how many calls back it is looked for.
LARGEST_STEP = 2e-3
LOOKED_BACK = 64

_counts: collections.Counter[str] = collections.Counter()
_steps: list[float] = []


class Recorder:
    """Stands for a function of one number or array, and notes what that is."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._earlier: collections.deque[Any] = collections.deque(maxlen=LOOKED_BACK)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        value = self._function(*arguments, **named)
        self._note(np.array(arguments[0]))
        return value

    def __getattr__(self, name: str) -> Any:
        return getattr(self._function, name)

    def _note(self, numbers: Any) -> None:
        _counts["calls"] += 1
        _counts["complex"] += numbers.dtype.kind == "c"
        if numbers.dtype.kind != "f" or not numbers.size:
            return
        for other in self._earlier:
            if other.shape == numbers.shape:
                step = float(np.abs(other - numbers).max())
                if 0 < step <= LARGEST_STEP:
                    _counts["near"] += 1
                    _steps.append(step)
                    break
        self._earlier.append(numbers)


def watch() -> None:
    """Put a recorder in the place of each tanh and exp."""
    for module in (np, math, cmath):
        for name in ("tanh", "exp"):
            setattr(module, name, Recorder(getattr(module, name)))


def seen() -> dict[str, float]:
    """What was noted since the last call: how many calls, and the usual step, or 0."""
    step = sorted(_steps)[len(_steps) // 2] if _steps else 0.0
    noted = {**{name: _counts[name] for name in ("calls", "complex", "near")}, "step": step}
    _counts.clear()
    _steps.clear()
    return noted
