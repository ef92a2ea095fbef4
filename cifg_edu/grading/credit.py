"""How much of a wrong answer is right: credit.

An output of a case counts where it is right, less what an answer without work would get: zeros,
the arguments given back, and a usual wrong answer that misses what the exercise is about (the
phantom gate). A case that such an answer gets right altogether does not count.
"""

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from cifg_edu.checks.outcomes import Outcome, find_differences
from cifg_edu.grading.keys import Key
from cifg_edu.grading.visible_text import visible


def credit(key: Key, printed: list[str]) -> float:
    """The share of an exercise's points that a wrong answer has earned.

    Args:
        key: of the exercise.
        printed: what the answer printed in each case, as `Key.render` writes it.

    Returns:
        From 0 to below 1. Where nothing is right that depends on the seed it is 0: such an answer
        knows a few results by heart.
    """
    cases = range(len(key.cases))
    right = {case: _right_outputs(key, case, printed[case]) for case in cases}
    if not any(right[case] for case in cases if key.depends_on_seed[case]):
        return 0.0
    without_work = _without_work(key)
    counted = [
        case
        for case in cases
        if not any(answer[case] == set(_outputs(key, case)) for answer in without_work)
    ]
    total = sum(len(_outputs(key, case)) for case in counted)
    if not total:
        return 0.0

    def share(outputs: Mapping[int, set[str]]) -> float:
        return sum(len(outputs[case]) for case in counted) / total

    base = max((share(answer) for answer in without_work), default=0.0)
    return max(0.0, (share(right) - base) / (1.0 - base))


def _outputs(key: Key, case: int) -> dict[str, str]:
    """What a right answer prints for each output, or for all where they are judged together."""
    return _by_output(key, visible(key.texts[case]))


def _by_output(key: Key, text: str) -> dict[str, str]:
    if not key.exercise.outputs_apart:
        return {"": text}  # its lines are properties, of which a constant has some
    found: dict[str, str] = {}
    for line in text.splitlines():
        name = re.split(r"[.\[:]", line)[0]  # of the whole of `cache.i` and `caches[0].i`
        found[name] = found.get(name, "") + line + "\n"
    return found


def _right_outputs(key: Key, case: int, printed: str) -> set[str]:
    theirs = _by_output(key, printed)
    return {name for name, text in _outputs(key, case).items() if theirs.get(name) == text}


@functools.cache
def _without_work(key: Key) -> list[dict[int, set[str]]]:
    """For each answer without work, the outputs that it gets right in each case."""
    cases = range(len(key.cases))
    zeros_or_arguments = {case: set(_trivial_outputs(key, case)) for case in cases}
    mutants = [n for n, mutant in enumerate(key.exercise.mutants) if mutant.worthless]
    return [
        zeros_or_arguments,
        *(
            {c: _right_outputs(key, c, visible(key.mutant_prints(n, c))) for c in cases}
            for n in mutants
        ),
    ]


def _trivial_outputs(key: Key, case: int) -> Iterator[str]:
    """The outputs that are 0 throughout, or an argument that is given back."""
    exercise, value = key.exercise, key.outcomes[case].value
    if not exercise.outputs_apart:
        return
    zeros = _right_outputs(key, case, visible(key.render(case, Outcome(_zeros(value), None, []))))
    yield from zeros
    single = len(_outputs(key, case)) == 1
    parts = [value] if single else list(value)
    for name, part in zip(_outputs(key, case), parts, strict=False):
        for argument in key.cases[case].arguments:
            if type(argument) is type(part) and not any(
                find_differences("", part, argument, (), exercise.tolerance)
            ):
                yield name


def _zeros(value: Any) -> Any:
    """The same with 0 for every number."""
    if isinstance(value, Mapping):
        return {name: _zeros(part) for name, part in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*map(_zeros, value))
    if isinstance(value, tuple | list):
        return type(value)(map(_zeros, value))
    if isinstance(value, np.ndarray | np.number | float | int) and not isinstance(value, bool):
        return np.zeros_like(value)
    return value
