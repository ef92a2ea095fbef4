"""Recurrent networks that are WRONG on purpose: EXHIBITS, plate, source, repaired, compare.

Lesson 13 examines them. Each `exhibit_N.py` is one implementation in its own convention, and its
docstring is its plate: what it claims, how to call it. All of them offer the same three functions:
`tensors(steps, seed, state)` draws inputs and weights, where `state` is the size of h0 and c0;
`loss(**tensors)` and `gradients(**tensors)`. What is wrong stands in `diagnoses.py`.
"""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Mapping
from types import ModuleType

from cifg_edu.errors import require
from cifg_edu.museum.diagnoses import compare
from cifg_edu.prose import fill, numbered

__all__ = ["EXHIBITS", "compare", "plate", "repaired", "source"]

# The modules `exhibit_N`, by their numbers.
EXHIBITS: dict[int, ModuleType] = {
    int(info.name.removeprefix("exhibit_")): importlib.import_module(f"{__name__}.{info.name}")
    for info in pkgutil.iter_modules(__path__)
    if info.name.startswith("exhibit_")
}


def plate(number: int) -> str:
    """What the plate beside an exhibit says: its docstring.

    Raises:
        UserError: there is no such exhibit.
    """
    text = inspect.getdoc(_exhibit(number)) or ""
    # What goes on in the next line is one sentence; formulas and what has a title are lines.
    return fill(re.sub(r"(?<=.{79})\n(?! |\n|The|Conventions:|How to call it:)", " ", text))


def source(number: int) -> str:
    """The lines of an exhibit below its plate, each with its number in the file.

    Raises:
        UserError: there is no such exhibit.
    """
    lines = inspect.getsource(_exhibit(number)).splitlines()
    below = lines.index('"""', 1) + 1
    return numbered(lines[below:], first=below + 1)


def repaired(number: int, edits: Mapping[str, str]) -> ModuleType:
    """A copy of an exhibit with some of its text replaced.

    Args:
        number: the exhibit's.
        edits: old text, which must occur exactly once in the file, to new text.

    Returns:
        A module with the exhibit's functions; the exhibit itself does not change.

    Raises:
        UserError: there is no such exhibit, or an old text does not occur exactly once.
    """
    text = inspect.getsource(_exhibit(number))
    for old, new in edits.items():
        found = f"{old!r} occurs {text.count(old)} times in exhibit {number}"
        require(text.count(old) == 1, found, "a text that occurs once")
        text = text.replace(old, new)
    copy = ModuleType(f"exhibit_{number}_repaired")
    exec(compile(text, copy.__name__, "exec"), vars(copy))
    return copy


def _exhibit(number: int) -> ModuleType:
    require(number in EXHIBITS, f"There is no exhibit {number}", f"1 to {max(EXHIBITS)}")
    return EXHIBITS[number]
