"""One training run of a comparison, and the lists of runs: RunSpec, RunResult, run, plan, ...

The runs are planned in two stages. `plan` gives the tuning runs, one for each model and each
learning rate. `final_plan` takes their results and gives the runs that are reported, one for
each model and each seed, every model at its own best rate. `runs_of` finds the results of one
model.
"""

import dataclasses
import json
import time
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from cifg_edu.arrays import Tensors
from cifg_edu.comparison.cells import CELLS, first_parameters, from_zeros
from cifg_edu.comparison.compared_tasks import Batch, Task, batch_loss, find_task
from cifg_edu.errors import UserError, look_up, refuse_newer, require
from cifg_edu.model import backward_pass
from cifg_edu.optimizers import AdamState, adam_state, adam_step, clip_by_global_norm
from cifg_edu.statistics import count_model_parameters, matched_hidden_size

# Raise it when a spec no longer means the same run, as after a change in compared_tasks.py.
RESULT_FORMAT = 1
PHASES = ("tune", "final")
PART_OF_PHASE = {"tune": "validation", "final": "test"}
MATCHINGS = ("size", "parameters")
REFERENCE_CELL = "cifg"
TUNING_SEED = 0
MAX_NORM = 1.0
EVALUATIONS, UPDATES_BETWEEN = 10, 10
QUICK_SIZE, QUICK_UPDATES = 8, 20
QUICK_RATES: tuple[float, ...] = (0.01, 0.03)


@dataclasses.dataclass(frozen=True)
class RunSpec:
    """Everything that determines a run, except the code and the data.

    Args:
        task: a name in `compared_tasks.TASKS`.
        cell: a name in `cells.CELLS`.
        matching: "size" if the model has the reference's hidden size, "parameters" if its
            number of parameters is as near as possible to the reference's.
        hidden_size: H of this model.
        learning_rate: Adam's step size.
        seed: of the initial weights and of the order of the data. The data of one seed come in
            the same order for every cell, size and rate.
        updates: number of batches to train on.
        phase: "tune", measured on the validation part, or "final", measured on the test part.
            The same seed gives different weights and another order in the two phases.

    Raises:
        UserError: a value is out of range.
    """

    task: str
    cell: str
    matching: str
    hidden_size: int
    learning_rate: float
    seed: int
    updates: int
    phase: str

    def __post_init__(self) -> None:
        look_up("cell", self.cell, CELLS)
        require(
            self.matching in MATCHINGS, f"matching is {self.matching!r}", " or ".join(MATCHINGS)
        )
        require(self.phase in PHASES, f"phase is {self.phase!r}", " or ".join(PHASES))
        for name in ("hidden_size", "updates"):
            value = getattr(self, name)
            require(value >= 1, f"{name} is {value}", "a whole number of 1 or more")
        require(self.seed >= 0, f"seed is {self.seed}", "a whole number of 0 or more")
        right = 0 < self.learning_rate < np.inf
        require(right, f"learning_rate is {self.learning_rate}", "a number above 0")


class Point(NamedTuple):
    """One point of a learning curve: updates done, seconds of training, the measure."""

    update: int
    seconds: float
    measure: float


@dataclasses.dataclass(frozen=True)
class RunResult:
    """The result of a run.

    Args:
        spec: the run.
        parameters: number of parameters of the model, with its read-out.
        curve: the measure on the part of the phase, from update 0 to the last; only finite
            measures, so the curve of a run that diverged stops early.
        final: the measure after the last update, in the task's unit; infinity if the run
            diverged.
        seconds: processor seconds of training alone, without the evaluations.
    """

    spec: RunSpec
    parameters: int
    curve: tuple[Point, ...]
    final: float
    seconds: float

    @property
    def diverged(self) -> bool:
        """Whether a loss, a gradient or the last measure was not a finite number."""
        return not np.isfinite(self.final)


def generators(spec: RunSpec) -> tuple[np.random.Generator, np.random.Generator]:
    """The generators of the initial weights and of the data.

    Args:
        spec: the run; only its phase and its seed matter, so that all models of one seed see
            the same data in the same order.

    Returns:
        Two independent generators.
    """
    phase = PHASES.index(spec.phase)
    weights, data = (np.random.default_rng([phase, spec.seed, stream]) for stream in (0, 1))
    return weights, data


class Step(NamedTuple):
    """What one update returns: new parameters, Adam's state, the loss and norm before it."""

    parameters: Tensors
    adam: AdamState
    loss: float
    norm: float


def train_step(
    task: Task, cell: str, parameters: Tensors, adam: AdamState, batch: Batch, rate: float
) -> Step:
    """One update: gradients, clipped by their global norm, then Adam.

    Args:
        task: whose loss is minimized.
        cell: a name in `cells.CELLS`.
        parameters, adam: the model and the optimizer's state before.
        batch: inputs, targets and mask.
        rate: Adam's step size.

    Returns:
        The new parameters and state, the loss before the update, and the norm before clipping.

    Source: Pascanu et al. (2013); Kingma and Ba (2015).
    """
    done = from_zeros(cell, parameters, batch.inputs)
    loss, doutputs = batch_loss(task.loss, done.outputs, batch)
    gradients, _ = backward_pass(look_up("cell", cell, CELLS), parameters, done, doutputs)
    clipped, norm = clip_by_global_norm(gradients, MAX_NORM)
    parameters, adam = adam_step(parameters, clipped, adam, rate)
    return Step(parameters, adam, loss, norm)


def evaluation_updates(updates: int) -> list[int]:
    """The updates after which a curve is measured: 0, the last, and some evenly between.

    Args:
        updates: total number of updates.

    Returns:
        EVALUATIONS + 1 numbers, rising from 0 to `updates`; fewer if they would be less than
        UPDATES_BETWEEN apart.
    """
    pieces = min(EVALUATIONS, max(1, updates // UPDATES_BETWEEN))
    return [round(k * updates / pieces) for k in range(pieces + 1)]


def run(spec: RunSpec, report: Callable[[int, int], None] | None = None) -> RunResult:
    """Train one model as its specification says, and measure it on the way.

    Args:
        spec: the run.
        report: called after every update with the updates done and their total number.

    Returns:
        The result. The same spec gives the same curve and final measure on the same machine;
        only the seconds differ. They are processor seconds of this thread, so that other work
        on the machine hardly matters; let BLAS use one thread.

    Raises:
        UserError: there is no such task, or its data are not available.
    """
    task = find_task(spec.task)
    weights, data = generators(spec)
    sizes = task.input_size, spec.hidden_size, task.output_size
    parameters = first_parameters(weights, spec.cell, *sizes)
    count = sum(value.size for value in parameters.values())
    adam, seconds, final = adam_state(parameters), 0.0, np.inf
    curve: list[Point] = []
    measured = set(evaluation_updates(spec.updates))

    # A run that diverges overflows on the way, and is reported as diverged.
    with np.errstate(all="ignore"):
        for update in range(spec.updates + 1):
            if update in measured:
                measure = _measure(task, spec, parameters)
                if not np.isfinite(measure):
                    break
                curve.append(Point(update, seconds, measure))
            if update == spec.updates:
                final = measure
                break
            batch = task.make_batch(data)
            start = time.thread_time()
            step = train_step(task, spec.cell, parameters, adam, batch, spec.learning_rate)
            seconds += time.thread_time() - start
            if not np.isfinite([step.loss, step.norm]).all():
                break
            parameters, adam = step.parameters, step.adam
            if report is not None:
                report(update + 1, spec.updates)
    return RunResult(spec, count, tuple(curve), float(final), seconds)


def _measure(task: Task, spec: RunSpec, parameters: Tensors) -> float:
    """The task's measure on the part of this phase; NaN if an output is not finite."""
    part = task.parts[PART_OF_PHASE[spec.phase]]
    outputs = from_zeros(spec.cell, parameters, part.inputs).outputs
    return task.measure(outputs, part) if np.isfinite(outputs).all() else np.nan


def to_json(result: RunResult) -> str:
    """A result as one line of JSON, from which `from_json` makes an equal result.

    Args:
        result: any result; an infinite final measure is written as null.

    Returns:
        The line, without a newline at the end.
    """
    content = dataclasses.asdict(result) | {"format": RESULT_FORMAT}
    content["final"] = None if result.diverged else result.final
    return json.dumps(content, allow_nan=False)


def from_json(line: str) -> RunResult:
    """The inverse of `to_json`.

    Args:
        line: what `to_json` wrote.

    Returns:
        The result, equal to the one that was written.

    Raises:
        UserError: the line is damaged, or a newer version of this course wrote it.
    """
    try:
        content = json.loads(line)
        refuse_newer("A stored result", content.pop("format"), RESULT_FORMAT, "run it again")
        content["spec"] = RunSpec(**content["spec"])
        content["curve"] = tuple(Point(*point) for point in content["curve"])
        content["final"] = np.inf if content["final"] is None else content["final"]
        return RunResult(**content)
    except UserError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError("A stored result is damaged: run it again.") from error


def plan(
    tasks: Sequence[str],
    cells: Sequence[str],
    hidden_size: int | None = None,
    rates: Sequence[float] | None = None,
    updates: int | None = None,
    quick: bool = False,
) -> list[RunSpec]:
    """The tuning runs: every model at every rate, with one seed, measured on validation data.

    Args:
        tasks: names in `compared_tasks.TASKS`.
        cells: names in `cells.CELLS`; "cifg" is the reference, whether or not it is among them.
        hidden_size: the reference's, or None for each task's own default.
        rates: the learning rates to try, or None for each task's own.
        updates: batches in each run, tuning or final, or None for each task's own.
        quick: default sizes and updates that are so small that all runs take seconds; they
            show only that everything works.

    Returns:
        The specifications, ordered by task. A cell whose two sizes are equal is planned once,
        with the matching "size".

    Raises:
        UserError: there is no such task or cell, or a number is out of range.
    """
    specs = []
    for name in tasks:
        task = find_task(name)
        usual = (QUICK_SIZE, QUICK_UPDATES, QUICK_RATES)
        if not quick:
            usual = (task.hidden_size, task.updates, task.rates)
        size = usual[0] if hidden_size is None else hidden_size
        number = usual[1] if updates is None else updates
        require(size >= 1, f"hidden_size is {size}", "a whole number of 1 or more")
        for cell, matching, units in models(task, cells, size):
            for rate in usual[2] if rates is None else rates:
                specs.append(
                    RunSpec(name, cell, matching, units, rate, TUNING_SEED, number, "tune")
                )
    return specs


def models(task: Task, cells: Sequence[str], hidden_size: int) -> list[tuple[str, str, int]]:
    """The models that are compared on a task.

    Args:
        task: for its input and output size.
        cells: names in `cells.CELLS`.
        hidden_size: the reference's.

    Returns:
        Cell, matching and hidden size of each model: for each cell one with the reference's
        hidden size and, if its size differs, one with about as many parameters.

    Raises:
        UserError: there is no such cell, or it cannot be made as small as the reference.
    """
    found = []
    sizes = task.input_size, task.output_size
    reference = count_model_parameters(sizes[0], hidden_size, sizes[1], CELLS[REFERENCE_CELL].gates)
    for cell in cells:
        found.append((cell, "size", hidden_size))
        units = matched_hidden_size(reference, *sizes, look_up("cell", cell, CELLS).gates)
        if units != hidden_size:
            found.append((cell, "parameters", units))
    return found


def final_plan(tuning: Iterable[RunResult], seeds: Sequence[int]) -> list[RunSpec]:
    """The runs to report: every tuned model at its own best rate, with every seed.

    Args:
        tuning: the results of the runs of `plan`.
        seeds: whole numbers of 0 or more, all different.

    Returns:
        The specifications, in the order of `tuning`, seed by seed. If rates are equally good,
        or all diverged, a model gets the smallest of them.

    Raises:
        UserError: there is no seed, or a seed is given twice.
    """
    if not seeds or len(set(seeds)) < len(seeds):
        raise UserError(f"The seeds are {list(seeds)}: give one or more, each once.")
    best: dict[tuple[str, str, str], RunResult] = {}
    for result in tuning:
        spec = result.spec
        model = spec.task, spec.cell, spec.matching
        candidates = [best[model], result] if model in best else [result]
        best[model] = min(candidates, key=lambda r: (r.final, r.spec.learning_rate))
    return [
        dataclasses.replace(result.spec, seed=seed, phase="final")
        for result in best.values()
        for seed in seeds
    ]


def runs_of(
    results: Iterable[RunResult], task: str, cell: str, matching: str, phase: str = "final"
) -> list[RunResult]:
    """The results of one model.

    Args:
        results: any results.
        task, cell, matching, phase: as in `RunSpec`.

    Returns:
        Its results, ordered by seed and rate. A cell whose two sizes are equal was run once,
        with the matching "size": its results count for "parameters" too.
    """
    mine = [
        result
        for result in results
        if (result.spec.task, result.spec.cell, result.spec.phase) == (task, cell, phase)
    ]
    found = [result for result in mine if result.spec.matching == matching]
    found = found or [result for result in mine if result.spec.matching == "size"]
    return sorted(found, key=lambda result: (result.spec.seed, result.spec.learning_rate))
