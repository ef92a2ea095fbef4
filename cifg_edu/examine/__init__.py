"""Is a cell from outside what it says, and is its backward pass right: examine, Adapter, Report."""

import inspect
import sys
import types
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cifg_edu.checks import find_exercise
from cifg_edu.checks.judging import judge
from cifg_edu.errors import UserError
from cifg_edu.examine.adapter import Adapter, adapt, probes
from cifg_edu.examine.gradients import judge_backward
from cifg_edu.examine.matching import DEAD, Match, find_match, in_order
from cifg_edu.examine.strangers import described, guarded
from cifg_edu.prose import fill

__all__ = ["Adapter", "Report", "examine", "load"]

LETTERS = {DEAD: "a block that changes nothing", "a": "the only block"}
OUR_STEP = ("x", "h_prev", "c_prev", "Wx", "Wh", "b")


class Report(NamedTuple):
    """What is known of a cell.

    kind: "CIFG", "LSTM", "GRU", "plain recurrent network", or "" where it is none of these.
    lines: all that was found, and what was not.
    faults: the mistakes among them.
    """

    kind: str
    lines: tuple[str, ...]
    faults: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(self.lines)


def examine(cell: Any) -> Report:
    """Find out what a cell is, from what it computes alone, and print it.

    Args:
        cell: a function of one step, a class, an instance, or an `Adapter`. It is called with
            D = 3, H = 5 and B = 2.

    Returns:
        What was found.

    Raises:
        UserError: it is no cell, or no way of calling it was found; the sentence shows an adapter.
    """
    with guarded("The cell"):
        report = _report(adapt(cell), cell)
    print(fill(str(report)))
    return report


def load(place: str) -> Any:
    """The object of a file, such as `my.py:step`.

    Args:
        place: a Python file, a colon, and a name in it.

    Returns:
        The object.

    Raises:
        UserError: there is no such file or name, or the file stops with an error.
    """
    path, name = find_place(place)
    with guarded(str(path)):
        found = run_file(path.read_bytes(), str(path))
    return named(found, name, str(path))


def find_place(place: str) -> tuple[Path, str]:
    """The file and the name that a place such as `my.py:step` gives.

    Args:
        place: a Python file, a colon, and a name in it.

    Returns:
        The file's path, and the name.

    Raises:
        UserError: there is no such file, or no name.
    """
    file, colon, name = place.rpartition(":")
    path = Path(file)
    if not colon or not file or not name:
        raise UserError(f"{place!r} names no cell: give a file and a name in it, as in my.py:step.")
    if not path.is_file():
        raise UserError(f"There is no file {file}: give a Python file and a name in it.")
    return path, name


def run_file(source: bytes, file: str) -> dict[str, Any]:
    """All that a file's content gives a name to.

    Args:
        source: the content, Python.
        file: where it was read.

    Returns:
        The objects by name.

    Raises:
        UserError: the content stops with an error.
    """
    # The prefix: a file called random.py must not take the place of Python's.
    module = types.ModuleType(f"examined_{Path(file).stem}")
    module.__file__ = file
    sys.modules[module.__name__] = module  # inspect looks there for the functions beside the cell
    try:
        exec(compile(source, file, "exec"), vars(module))
    except (Exception, SystemExit) as error:
        raise UserError(f"{file} stops with {described(error)}.") from error
    return vars(module)


def named(found: dict[str, Any], name: str, file: str) -> Any:
    """One object of a file.

    Args:
        found: what `run_file` returned.
        name: of the object.
        file: where it was read.

    Returns:
        The object.

    Raises:
        UserError: there is none of this name.
    """
    if name not in found:
        names = [n for n, v in found.items() if callable(v) and not n.startswith("_")]
        choices = f"give one of {', '.join(names)}" if names else "it has no function and no class"
        raise UserError(f"{file} has no {name}: {choices}.")
    return found[name]


def repeats(cell: Adapter) -> bool:
    """Whether a cell gives the same h again for the same arguments."""
    first, second = (cell.step(*probes(cell.shapes))[0] for _ in range(2))
    return np.array_equal(first, second)


def precision(cell: Adapter) -> np.dtype[Any]:
    """The type of the numbers that a cell returns for float64."""
    return cell.step(*probes(cell.shapes))[0].dtype


def _report(cell: Adapter, given: Any) -> Report:
    lines = [f"Called with {' and '.join(cell.notes)}."] if cell.notes else []
    faults: list[str] = []
    if not repeats(cell):
        lines.append("It gives other results for the same arguments: nothing was found out.")
        return Report("", tuple(lines), ())
    match = find_match(cell)
    if match is None:
        lines += _unknown(cell)
    else:
        lines += _known(match)
        faults += match.formula.faults
    if cell.backward is None:
        lines.append("No backward pass was found beside it.")
    elif precision(cell) != np.float64:
        lines.append(
            f"Its backward pass was not checked: the step computes in {precision(cell)}, too "
            "coarse for numerical gradients. Let it keep the float64 of its arguments."
        )
    else:
        wrong = judge_backward(in_order(cell, match is not None and match.swapped), match)
        faults += wrong
        if not wrong:
            lines.append("Its backward pass belongs to it: every gradient is the numerical one.")
    lines += [f"✘ {fault}" for fault in faults]
    lines += _of_our_check(given, faults)
    return Report(match.formula.name if match else "", tuple(lines), tuple(faults))


def _known(match: Match) -> list[str]:
    formula, layout = match.formula, match.layout
    name = f"This is a {formula.name}" if formula.name != "LSTM" else "This is an LSTM"
    lines = [f"{name}{', with a mistake' if formula.faults else ''}: {', '.join(formula.words)}."]
    order = ", ".join(LETTERS.get(letter, letter) for letter in match.order)
    if len(match.order) > 1:
        lines.append(f"Gates in the order {order}; {', '.join(layout.words)}.")
    lines.append(f"Peepholes: {len(layout.peepholes) or 'none'}.")
    if match.swapped:
        lines.append("It returns c before h.")
    return lines


def _unknown(cell: Adapter) -> list[str]:
    """What can be said of a cell that no formula matches."""
    x, h, c, weights = probes(cell.shapes)
    new_h, new_c = cell.step(x, h, c, weights)
    lines = ["It is no cell that is known here: not an LSTM, a CIFG, a GRU or a plain network."]
    if np.array_equal(cell.step(x, 0 * h, c, weights)[0], new_h):
        lines.append("Its h does not depend on the old h: it is not recurrent through h.")
    if new_c is None:
        return [*lines, "It has no c. What its gates are was not found out."]
    middle = cell.step(x, h, 0.5 * c, weights)[1]
    zero = cell.step(x, h, 0 * c, weights)[1]
    assert middle is not None
    assert zero is not None
    straight = np.allclose(middle, (new_c + zero) / 2)
    lines.append(f"The new c is {'a straight' if straight else 'no straight'} line in the old c.")
    return [*lines, "The order of its gates, and whether they are tied, was not found out."]


def _of_our_check(given: Any, faults: list[str]) -> list[str]:
    """The line that is to blame, where the step is called as the course calls it."""
    if not faults or not inspect.isfunction(given):
        return []
    if tuple(inspect.signature(given).parameters) != OUR_STEP:
        return []
    verdict = judge(find_exercise("cifg_step"), given)
    return [] if verdict.passed else [f"As a cifg_step: {verdict.message}"]
