"""One training run of a comparison, and the lists of runs: RunSpec, RunResult, run, next_runs, ...

An experiment has models and replicates. In a replicate every model is trained at several learning
rates, is measured on the validation part and on the test part, and reports the test measure of
the run that was best on the validation part. Where the best rate lies at an end of the rates
tried, further ones are tried. So the rate is chosen again in each replicate, and its
scatter is in every interval. `next_runs` says what is left to run; `chosen` which runs count.
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
RESULT_FORMAT = 2
MATCHINGS = ("size", "parameters")
REFERENCE_CELL = "cifg"
MAX_NORM = 1.0
EVALUATIONS, UPDATES_BETWEEN = 10, 10
# Widening stops here: three times as far again would be far beyond what anybody uses.
LOWEST_RATE, HIGHEST_RATE = 1e-4, 1.0
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
        replicate: which splits the data, draws the initial weights and orders the data. All
            models of one replicate see the same data in the same order.
        updates: number of batches to train on.

    Raises:
        UserError: a value is out of range.
    """

    task: str
    cell: str
    matching: str
    hidden_size: int
    learning_rate: float
    replicate: int
    updates: int

    def __post_init__(self) -> None:
        look_up("cell", self.cell, CELLS)
        require(
            self.matching in MATCHINGS, f"matching is {self.matching!r}", " or ".join(MATCHINGS)
        )
        for name in ("hidden_size", "updates"):
            value = getattr(self, name)
            require(value >= 1, f"{name} is {value}", "a whole number of 1 or more")
        require(
            self.replicate >= 0, f"replicate is {self.replicate}", "a whole number of 0 or more"
        )
        right = 0 < self.learning_rate < np.inf
        require(right, f"learning_rate is {self.learning_rate}", "a number above 0")

    @property
    def model(self) -> tuple[str, str, str]:
        """What is compared: the task, the cell and how its size was matched."""
        return self.task, self.cell, self.matching


class Point(NamedTuple):
    """One point of a learning curve: updates done, seconds of training, validation measure."""

    update: int
    seconds: float
    measure: float


@dataclasses.dataclass(frozen=True)
class RunResult:
    """The result of a run.

    Args:
        spec: the run.
        parameters: number of parameters of the model, with its read-out.
        curve: the measure on the validation part, from update 0 to the last; only finite
            measures, so the curve of a run that diverged stops early.
        validation, test: the measure on these parts after the last update, in the task's unit;
            infinity if the run diverged.
        seconds: processor seconds of training alone, without the evaluations.
    """

    spec: RunSpec
    parameters: int
    curve: tuple[Point, ...]
    validation: float
    test: float
    seconds: float

    @property
    def diverged(self) -> bool:
        """Whether a loss, a gradient or the last measure was not a finite number."""
        return not np.isfinite(self.validation + self.test)


def generators(spec: RunSpec) -> tuple[np.random.Generator, np.random.Generator]:
    """The generators of the initial weights and of the data.

    Args:
        spec: the run; only its replicate matters, so that all models of one replicate see the
            same data in the same order.

    Returns:
        Two independent generators.
    """
    weights, data = (np.random.default_rng([spec.replicate, stream]) for stream in (0, 1))
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
        The result. The same spec gives the same curve and measures on the same machine; only the
        seconds differ. They are processor seconds of this thread, so that other work on the
        machine hardly matters; let BLAS use one thread.

    Raises:
        UserError: there is no such task, or its data are not available.
    """
    task = find_task(spec.task, spec.replicate)
    weights, data = generators(spec)
    sizes = task.input_size, spec.hidden_size, task.output_size
    parameters = first_parameters(weights, spec.cell, *sizes)
    count = sum(value.size for value in parameters.values())
    adam, seconds = adam_state(parameters), 0.0
    validation = test = np.inf
    curve: list[Point] = []
    measured = set(evaluation_updates(spec.updates))

    # A run that diverges overflows on the way, and is reported as diverged.
    with np.errstate(all="ignore"):
        for update in range(spec.updates + 1):
            if update in measured:
                measure = _measure(task, spec.cell, parameters, "validation")
                if not np.isfinite(measure):
                    break
                curve.append(Point(update, seconds, measure))
            if update == spec.updates:
                validation, test = measure, _measure(task, spec.cell, parameters, "test")
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
    if not np.isfinite(validation + test):
        validation = test = np.inf
    return RunResult(spec, count, tuple(curve), float(validation), float(test), seconds)


def _measure(task: Task, cell: str, parameters: Tensors, name: str) -> float:
    """The task's measure on a part; NaN if an output is not finite."""
    part = task.parts[name]
    outputs = from_zeros(cell, parameters, part.inputs).outputs
    return task.measure(outputs, part) if np.isfinite(outputs).all() else np.nan


def to_json(result: RunResult) -> str:
    """A result as one line of JSON, from which `from_json` makes an equal result.

    Args:
        result: any result; infinite measures are written as null.

    Returns:
        The line, without a newline at the end.
    """
    content = dataclasses.asdict(result) | {"format": RESULT_FORMAT}
    if result.diverged:
        content |= {"validation": None, "test": None}
    return json.dumps(content, allow_nan=False)


def from_json(line: str) -> RunResult:
    """The inverse of `to_json`.

    Args:
        line: what `to_json` wrote.

    Returns:
        The result, equal to the one that was written.

    Raises:
        UserError: the line is damaged, or another version of this course wrote it.
    """
    try:
        content = json.loads(line)
        found = content.pop("format")
        refuse_newer("A stored result", found, RESULT_FORMAT, "run it again")
        if found < RESULT_FORMAT:
            raise UserError("A stored result is of an older experiment: run it again.")
        content["spec"] = RunSpec(**content["spec"])
        content["curve"] = tuple(Point(*point) for point in content["curve"])
        for name in ("validation", "test"):
            content[name] = np.inf if content[name] is None else content[name]
        return RunResult(**content)
    except UserError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError("A stored result is damaged: run it again.") from error


@dataclasses.dataclass(frozen=True)
class Experiment:
    """What is run: models and replicates.

    Args:
        tasks: names in `compared_tasks.TASKS`.
        cells: names in `cells.CELLS`; "cifg" is the reference, whether or not it is among them.
        replicates: whole numbers of 0 or more, each once.
        hidden_size: the reference's, or None for each task's own default.
        rates: the learning rates to begin with, or None for each task's own.
        updates: batches in each run, or None for each task's own.
        quick: default sizes and updates that are so small that all runs take seconds; they
            show only that everything works. The rates are not widened.
        matchings: those of `MATCHINGS` in which the other cells are run.

    Raises:
        UserError: a number is out of range, or a replicate is given twice.
    """

    tasks: Sequence[str]
    cells: Sequence[str]
    replicates: Sequence[int]
    hidden_size: int | None = None
    rates: Sequence[float] | None = None
    updates: int | None = None
    quick: bool = False
    matchings: Sequence[str] = MATCHINGS

    def __post_init__(self) -> None:
        if not self.replicates or len(set(self.replicates)) < len(self.replicates):
            raise UserError(
                f"The replicates are {list(self.replicates)}: give one or more, each once."
            )
        size = 1 if self.hidden_size is None else self.hidden_size
        require(size >= 1, f"hidden_size is {size}", "a whole number of 1 or more")
        if self.rates is not None and not self.rates:
            raise UserError("There is no learning rate: give one or more.")


def next_runs(experiment: Experiment, results: Iterable[RunResult]) -> list[RunSpec]:
    """What is to be run next: nothing when the experiment is whole.

    Args:
        experiment: models and replicates.
        results: what has been run so far.

    Returns:
        The specifications, task by task and replicate by replicate. At first they are all models
        at the rates to begin with. For a model whose best rate in a replicate lies at an end of
        those tried, and is better there than its neighbour, they are the next rates beyond.

    Raises:
        UserError: there is no such task or cell, or it cannot be made as small as the reference.
    """
    # The results of a model in a replicate, whatever the rate.
    done: dict[RunSpec, list[RunResult]] = {}
    for result in results:
        done.setdefault(_at_any_rate(result.spec), []).append(result)
    wanted = []
    for name in experiment.tasks:
        task = find_task(name, 0)
        usual = (QUICK_SIZE, QUICK_UPDATES, QUICK_RATES)
        if not experiment.quick:
            usual = (task.hidden_size, task.updates, task.rates)
        size, updates = experiment.hidden_size or usual[0], experiment.updates or usual[1]
        rates = experiment.rates or usual[2]
        for replicate in experiment.replicates:
            for cell, matching, units in models(task, experiment.cells, size, experiment.matchings):
                spec = RunSpec(name, cell, matching, units, rates[0], replicate, updates)
                tried = sorted(done.get(_at_any_rate(spec), []), key=lambda r: r.spec.learning_rate)
                missing = sorted({*rates} - {result.spec.learning_rate for result in tried})
                if not missing and not experiment.quick:
                    missing = _beyond(tried)
                wanted += [dataclasses.replace(spec, learning_rate=rate) for rate in missing]
    return wanted


def _at_any_rate(spec: RunSpec) -> RunSpec:
    return dataclasses.replace(spec, learning_rate=1.0)


def _beyond(tried: list[RunResult]) -> list[float]:
    """The next rate beyond the end at which a model was best, if it was."""
    rates = [result.spec.learning_rate for result in tried]
    measures = [result.validation for result in tried]
    if len(tried) < 2:
        return []
    if measures[0] == min(measures) < measures[1]:
        rate = rates[0] * rates[0] / rates[1]
    elif measures[-1] == min(measures) < measures[-2]:
        rate = rates[-1] * rates[-1] / rates[-2]
    else:
        return []
    rate = float(f"{rate:.3g}")  # the same number however often it is computed
    return [rate] if LOWEST_RATE <= rate <= HIGHEST_RATE else []


def chosen(results: Iterable[RunResult]) -> list[RunResult]:
    """The run of each model in each replicate that was best on the validation part.

    Args:
        results: any results.

    Returns:
        One result for each model and replicate, in the order of the results. Of rates that are
        equally good, or all diverged, the smallest.
    """
    best: dict[tuple[object, ...], RunResult] = {}
    for result in results:
        key = (*result.spec.model, result.spec.replicate)
        candidates = [best[key], result] if key in best else [result]
        best[key] = min(candidates, key=lambda r: (r.validation, r.spec.learning_rate))
    return list(best.values())


def models(
    task: Task, cells: Sequence[str], hidden_size: int, matchings: Sequence[str] = MATCHINGS
) -> list[tuple[str, str, int]]:
    """The models that are compared on a task.

    Args:
        task: for its input and output size.
        cells: names in `cells.CELLS`.
        hidden_size: the reference's.
        matchings: those of `MATCHINGS` that are asked for.

    Returns:
        Cell, matching and hidden size of each model: for each cell one with the reference's
        hidden size and one with about as many parameters, or one alone if they are the same, as
        for the reference itself.

    Raises:
        UserError: there is no such cell, or it cannot be made as small as the reference.
    """
    found = []
    sizes = task.input_size, task.output_size
    reference = count_model_parameters(sizes[0], hidden_size, sizes[1], CELLS[REFERENCE_CELL].gates)
    for cell in cells:
        matched = matched_hidden_size(reference, *sizes, look_up("cell", cell, CELLS).gates)
        units = dict(zip(MATCHINGS, (hidden_size, matched), strict=True))
        wanted = MATCHINGS[:1] if matched == hidden_size else matchings
        found += [(cell, matching, units[matching]) for matching in wanted]
    return found
