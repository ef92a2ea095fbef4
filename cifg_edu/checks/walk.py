"""One walk through two nested values at once: walk, Pair."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple


class Pair(NamedTuple):
    """Two values that stand in the same place.

    name: the name of the place, such as `cache.i` or `dx`.
    same_structure: False where `expected` has parts and `actual` has not the same ones; then no
        part of theirs is visited. Always True for a number, an array and other values without
        parts.
    """

    name: str
    expected: Any
    actual: Any
    same_structure: bool


def walk(name: str, expected: Any, actual: Any, names: tuple[str, ...] = ()) -> Iterator[Pair]:
    """Visit the values without parts in two nested values.

    Args:
        name: what to call the outermost value.
        expected: a mapping, tuple or list of such values, or a value without parts. It says
            which parts there are; functions in it are left out, since no two of them compare.
        actual: what to hold against it, anything at all.
        names: what to call the parts of the outermost value, where it is a tuple or a list.

    Yields:
        Each pair, in the order of `expected`.
    """
    if isinstance(expected, Mapping):
        same = isinstance(actual, Mapping) and set(actual) == set(expected)
        parts = [(_inside(name, str(key)), key) for key in expected]
    elif isinstance(expected, tuple | list):
        same = isinstance(actual, tuple | list) and len(actual) == len(expected)
        labels = names or [_inside(name, field) for field in getattr(expected, "_fields", ())]
        numbers = range(len(expected))
        parts = [(labels[n] if n < len(labels) else f"{name}[{n}]", n) for n in numbers]
    else:
        if not callable(expected):
            yield Pair(name, expected, actual, same_structure=True)
        return
    if not same:
        yield Pair(name, expected, actual, same_structure=False)
        return
    for label, key in parts:
        yield from walk(label, expected[key], actual[key])


def _inside(name: str, part: str) -> str:
    """A part's name: `cache.i` tells it from an output of the name `i`."""
    return part if name in ("", "the result") else f"{name}.{part}"
