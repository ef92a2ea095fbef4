"""What a report is made from, and the file that keeps it: Account, About, whole_parts, pack, ..."""

import dataclasses
import json
import lzma
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from cifg_edu.comparison.compared_tasks import find_task
from cifg_edu.comparison.names import cell_words, task_words
from cifg_edu.comparison.runs import (
    REFERENCE_CELL,
    Experiment,
    RunResult,
    RunSpec,
    from_json,
    next_runs,
    to_json,
)
from cifg_edu.comparison.schedule import Outcome
from cifg_edu.errors import UserError, refuse_newer
from cifg_edu.files import write_atomically
from cifg_edu.imports import FOLDER

ACCOUNT_FORMAT = 1
# The course's own experiment, whose runs are part of the package.
STORED = FOLDER / "data" / "comparison.json.xz"


class About(NamedTuple):
    """A task in words: what the data are, the unit, and the baseline."""

    origin: str
    unit: str
    baseline: float
    baseline_words: str


@dataclass(frozen=True)
class Account:
    """Everything that a report is made from.

    results: the runs of the parts that are whole.
    machines: what made each of them.
    tasks: those that were asked for, whether or not they are whole.
    about: each of these in words.
    command: the command that repeats the comparison.
    place: where the runs were made, such as "2 processes on this machine".
    missing: one sentence on each part that is not whole, and so not reported.
    failed: one sentence on each run without a result.
    quick: whether sizes and budgets are so small that they show only that everything works.
    """

    results: list[RunResult]
    machines: dict[RunSpec, dict[str, str]]
    tasks: list[str]
    about: dict[str, About]
    command: str
    place: str
    missing: list[str] = dataclasses.field(default_factory=list)
    failed: list[str] = dataclasses.field(default_factory=list)
    quick: bool = False


def about(task: str) -> About:
    """A task in words.

    Args:
        task: a name in `compared_tasks.TASKS`.

    Returns:
        The words. The baseline is that of replicate 0.

    Raises:
        UserError: there is no such task, or its data are not available.
    """
    found = find_task(task, 0)
    return About(found.origin, found.unit, found.baseline, found.baseline_words)


def collect(
    experiment: Experiment,
    made: Outcome,
    about: dict[str, About],
    command: str,
    place: str,
) -> Account:
    """An account of what has been run of an experiment.

    Args:
        experiment: what was to be run.
        made: what has been run.
        about, command, place: as in `Account`.

    Returns:
        The account, with the parts that are whole.
    """
    results, missing = whole_parts(experiment, made.results.values())
    return Account(
        results=results,
        machines={result.spec: made.machines[result.spec] for result in results},
        tasks=list(experiment.tasks),
        about=about,
        command=command,
        place=place,
        missing=missing,
        failed=list(made.failed.values()),
        quick=experiment.quick,
    )


def whole_parts(
    experiment: Experiment, results: Iterable[RunResult]
) -> tuple[list[RunResult], list[str]]:
    """The runs that may be reported. A part is one cell on one task, with all its replicates.

    Args:
        experiment: what was to be run.
        results: what has been run; what the experiment does not ask for is left out.

    Returns:
        The results of the parts that are whole, if the reference's part on that task is whole
        too; and one sentence on each other part.
    """
    cells = list(dict.fromkeys([REFERENCE_CELL, *experiment.cells]))
    experiment = dataclasses.replace(experiment, cells=cells)
    asked = {_at_any_rate(spec) for spec in next_runs(experiment, [])}
    results = [result for result in results if _at_any_rate(result.spec) in asked]
    kept: list[RunResult] = []
    missing = []
    for task in experiment.tasks:
        left = {
            cell: len(
                next_runs(dataclasses.replace(experiment, tasks=[task], cells=[cell]), results)
            )
            for cell in cells
        }
        whole = [cell for cell in cells if not left[cell]] if not left[REFERENCE_CELL] else []
        kept += [r for r in results if r.spec.task == task and r.spec.cell in whole]
        missing += [
            f"{task_words(task)}, {cell_words(cell)}: at least {count} runs are missing."
            for cell, count in left.items()
            if count
        ]
    return kept, missing


def _at_any_rate(spec: RunSpec) -> RunSpec:
    return dataclasses.replace(spec, learning_rate=1.0)


def to_text(account: Account, **further: Any) -> str:
    """An account as JSON.

    Args:
        account: any.
        further: values to add, which `from_text` leaves out.

    Returns:
        The text. Measures are exact; seconds are rounded to thousandths.
    """
    kinds: dict[str, int] = {}
    runs = []
    for result in account.results:
        machine = json.dumps(account.machines[result.spec])
        kinds.setdefault(machine, len(kinds))
        runs.append({"machine": kinds[machine], "result": json.loads(to_json(_rounded(result)))})
    content = {
        "format": ACCOUNT_FORMAT,
        "command": account.command,
        "place": account.place,
        "quick": account.quick,
        "tasks": account.tasks,
        "about": {task: words._asdict() for task, words in account.about.items()},
        "missing": account.missing,
        "failed": account.failed,
        **further,
        "machines": [json.loads(machine) for machine in kinds],
        "runs": runs,
    }
    return json.dumps(content, allow_nan=False) + "\n"


def _rounded(result: RunResult) -> RunResult:
    curve = tuple(point._replace(seconds=round(point.seconds, 3)) for point in result.curve)
    return dataclasses.replace(result, curve=curve, seconds=round(result.seconds, 3))


def from_text(text: str) -> Account:
    """The inverse of `to_text`.

    Args:
        text: what `to_text` wrote.

    Returns:
        The account.

    Raises:
        UserError: the text is damaged, or of a newer version.
    """
    try:
        content = json.loads(text)
        refuse_newer("The comparison", content["format"], ACCOUNT_FORMAT, "run compare again")
        results = [from_json(json.dumps(run["result"])) for run in content["runs"]]
        made_by = [content["machines"][run["machine"]] for run in content["runs"]]
        return Account(
            results=results,
            machines={r.spec: machine for r, machine in zip(results, made_by, strict=True)},
            about={task: About(**words) for task, words in content["about"].items()},
            **{
                name: content[name]
                for name in ("tasks", "command", "place", "missing", "failed", "quick")
            },
        )
    except UserError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise UserError("The comparison's file is damaged: run compare again.") from error


def pack(account: Account, path: Path | None = None) -> None:
    """Keep an account in a compressed file.

    Args:
        account: with the runs of all parts that are whole.
        path: the file; by default that of the package.

    Raises:
        UserError: nothing is whole yet, or the file cannot be written.
    """
    if not account.results:
        raise UserError("No part of this comparison is whole: let compare finish a task first.")
    write_atomically(path or STORED, lzma.compress(to_text(account).encode(), preset=9))


def unpack(path: Path | None = None) -> Account:
    """Read what `pack` wrote.

    Args:
        path: the file; by default that of the package.

    Returns:
        The account.

    Raises:
        UserError: there is no such file, or it is damaged or of a newer version.
    """
    try:
        packed = (path or STORED).read_bytes()
    except FileNotFoundError:
        raise UserError(
            "This version of the course has no stored runs: run compare without --report or --only."
        ) from None
    try:
        text = lzma.decompress(packed).decode()
    except (lzma.LZMAError, EOFError, UnicodeDecodeError) as error:
        raise UserError(f"{path or STORED} is damaged: install the course again.") from error
    return from_text(text)


def agreement(
    before: Sequence[RunResult], again: Sequence[RunResult], tolerance: float
) -> tuple[bool, str]:
    """Whether runs that were made again have the results that they had.

    On the same machine, with the same versions and BLAS, they agree bit for bit. Elsewhere sums
    are rounded in another order, and training magnifies that.

    Args:
        before, again: the same specs in the same order.
        tolerance: the largest difference of a measure that is let pass, in the task's unit.

    Returns:
        Whether no measure differs by more, and a sentence.
    """
    distances = [_distance(a, b) for a, b in zip(before, again, strict=True)]
    exact, largest = distances.count(0.0), max(distances)
    if exact == len(before):
        return True, f"All {exact} runs agree bit for bit with the stored ones."
    agree = largest <= tolerance
    return agree, (
        f"{exact} of {len(before)} runs agree bit for bit with the stored ones. The largest "
        f"difference of a measure is {largest:.3g}: {'within' if agree else 'beyond'} the "
        f"tolerance of {tolerance:g}."
    )


def _distance(a: RunResult, b: RunResult) -> float:
    """The largest difference of two measures; infinity where only one of the two diverged."""
    if len(a.curve) != len(b.curve):
        return math.inf
    first, second = ([r.validation, r.test, *(point.measure for point in r.curve)] for r in (a, b))
    return max(0.0 if x == y else abs(x - y) for x, y in zip(first, second, strict=True))
