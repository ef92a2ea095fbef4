"""Sequence length against accuracy, task by task and cell by cell: find_lengths, Lengths, Point.

It is outside the family: it shows where the extra gate buys something, and judges nothing. All
models have the reference's hidden size.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cifg_edu.arrays import Array
from cifg_edu.comparison.account import About
from cifg_edu.comparison.compared_tasks import LENGTHS
from cifg_edu.comparison.findings import SHARES, Model, TaskFindings, interval_of
from cifg_edu.statistics import Interval


class Point(NamedTuple):
    """One cell at one length: its model, and the mean accuracy over replicates, 95 % interval.

    interval is None where a run diverged at every rate.
    """

    length: int
    model: Model
    interval: Interval | None


@dataclass(frozen=True)
class Lengths:
    """One task at two or more lengths.

    task: such as "copy".
    points: of each cell, from the shortest length to the longest.
    names: the tasks that these are, such as "copy-5" and "copy".
    """

    task: str
    points: dict[str, list[Point]]
    names: list[str]


def find_lengths(tasks: Sequence[TaskFindings], about: Mapping[str, About]) -> list[Lengths]:
    """Collect what was run at several lengths.

    Args:
        tasks: the findings of all tasks.
        about: each task in words, with its baseline.

    Returns:
        The tasks with two lengths or more, each with the models of the reference's hidden size.
    """
    by_name = {found.task: found for found in tasks}
    collected = []
    for task, names in LENGTHS.items():
        there = {length: by_name[name] for length, name in names.items() if name in by_name}
        if len(there) < 2:
            continue
        points: dict[str, list[Point]] = {}
        for length, found in sorted(there.items()):
            for model in (model for model in found.models if model.matching == "size"):
                right = accuracies(model, about[found.task].baseline)
                interval = None if model.diverged else interval_of(right, task in SHARES)
                points.setdefault(model.cell, []).append(Point(length, model, interval))
        collected.append(Lengths(task, points, [found.task for found in there.values()]))
    return collected


def accuracies(model: Model, baseline: float) -> Array:
    """How far a model has come from knowing nothing to making no mistake, in each replicate.

    It lets tasks with different units share an axis. On adding it is the coefficient of
    determination R^2; on counting, whose baseline is 1, the share of strings predicted right.

    Args:
        model: with its runs.
        baseline: the measure of a model without a memory, above 0.

    Returns:
        1 - measure / baseline: 1 for no mistake, 0 for as many as without a memory.
    """
    return np.asarray(1.0 - model.measures / baseline)
