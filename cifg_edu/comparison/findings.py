"""What the runs show: find, Findings, TaskFindings, Row, Difference, Rates.

A row is one model of a table. A difference is the reference, the CIFG, minus the model of a
row, seed by seed.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from cifg_edu.arrays import Array
from cifg_edu.comparison.runs import (
    MATCHINGS,
    REFERENCE_CELL,
    RunResult,
    RunSpec,
    runs_of,
)
from cifg_edu.statistics import (
    Interval,
    paired_bootstrap,
    paired_differences,
    paired_t_interval,
    t_multiplier,
    verdict,
)

LEVEL = 0.95


@dataclass(frozen=True)
class Difference:
    """The reference minus another model, in the task's unit; below 0 the reference is better.

    values: one for each seed that both have.
    t, bootstrap: the two intervals for their mean.
    sentence: the verdict, by the t interval.
    detectable: the true difference that this many seeds, with this scatter, find 8 times in 10.
    """

    values: Array
    t: Interval
    bootstrap: Interval
    sentence: str
    detectable: float

    @property
    def short(self) -> str:
        """The sentence without its interval."""
        return self.sentence.split(" (")[0]

    @property
    def alike(self) -> bool:
        """Whether the two runs of every pair ended with the same measure."""
        return not self.values.any()

    @property
    def found(self) -> bool:
        """Whether the t interval excludes 0."""
        return not _holds_zero(self.t)

    @property
    def disagree(self) -> bool:
        """Whether one of the two intervals contains 0 and the other does not."""
        return _holds_zero(self.t) != _holds_zero(self.bootstrap)


def _holds_zero(interval: Interval) -> bool:
    return interval.low <= 0 <= interval.high


@dataclass(frozen=True)
class Row:
    """One model: a cell of one size on one task.

    runs: the finished final runs, by seed, with those that diverged.
    rate: the learning rate that tuning chose.
    mean: of the final measures, with the t interval of that mean alone; None if a run diverged
        or there are fewer than two.
    seconds: the mean of the runs' processor seconds.
    difference: the reference minus this model; None for the reference itself, and if it cannot
        be computed: then `no_difference` says why.
    """

    cell: str
    matching: str
    hidden_size: int
    parameters: int
    rate: float
    runs: list[RunResult]
    mean: Interval | None
    seconds: float
    difference: Difference | None
    no_difference: str = ""

    @property
    def name(self) -> str:
        """Such as CIFG(48)."""
        return f"{self.cell.upper()}({self.hidden_size})"

    @property
    def diverged(self) -> list[RunResult]:
        """The runs that ended without a finite measure."""
        return [run for run in self.runs if run.diverged]


@dataclass(frozen=True)
class Rates:
    """The tuning of one model: the measure at each rate, and the row with the chosen one."""

    row: Row
    measures: dict[float, float]

    @property
    def at_edge(self) -> str:
        """ "smallest" or "largest" if the chosen rate is an end of the grid, else ""."""
        if self.row.rate == min(self.measures):
            return "smallest"
        return "largest" if self.row.rate == max(self.measures) else ""


@dataclass(frozen=True)
class TaskFindings:
    """One task: a table for each matching, with the reference first, and the rates."""

    task: str
    updates: int
    tables: dict[str, list[Row]]
    rates: list[Rates]

    @property
    def rows(self) -> list[Row]:
        """Each model once, even if it is in both tables."""
        unique = {(r.cell, r.hidden_size): r for t in self.tables.values() for r in reversed(t)}
        order = [(row.cell, row.hidden_size) for t in self.tables.values() for row in t]
        return [unique[key] for key in dict.fromkeys(order)]


@dataclass(frozen=True)
class Findings:
    """All tasks, and what concerns all of them.

    seeds: those of the final runs.
    compared: number of differences with a verdict; a model in two tables counts once.
    surviving: the verdicts of the differences that remain after Bonferroni's correction.
    """

    tasks: list[TaskFindings]
    seeds: list[int]
    compared: int
    surviving: list[str]

    @property
    def all_rates(self) -> list[tuple[str, Rates]]:
        """The tuning of every model, with the task's name before it."""
        return [(findings.task, rates) for findings in self.tasks for rates in findings.rates]

    @property
    def diverged(self) -> list[RunSpec]:
        """The final runs that ended without a finite measure."""
        return [run.spec for f in self.tasks for row in f.rows for run in row.diverged]

    @property
    def found(self) -> int:
        """The number of differences whose interval excludes 0."""
        return sum(bool(d and d.found) for f in self.tasks for d in (r.difference for r in f.rows))


def find(results: Iterable[RunResult], units: dict[str, str]) -> Findings:
    """Compare the runs.

    Args:
        results: tuning and final runs, of any tasks.
        units: of each task's measure; the measure should be small.

    Returns:
        What they show. A model without a final run has no row.
    """
    results = list(results)
    tasks = list(dict.fromkeys(result.spec.task for result in results))
    found = [_task_findings(results, task, units[task]) for task in tasks]
    pairs = [(f.task, row) for f in found for row in f.rows if row.difference]
    level = 1 - (1 - LEVEL) / max(1, len(pairs))
    surviving = []
    for task, row in pairs:
        assert row.difference is not None
        interval = paired_t_interval(
            row.difference.values, np.zeros(len(row.difference.values)), level
        )
        if not _holds_zero(interval):
            surviving.append(f"{task}: {_sentence(interval, row.name, found, task, units[task])}")
    seeds = sorted({r.spec.seed for r in results if r.spec.phase == "final"})
    return Findings(found, seeds, len(pairs), surviving)


def _sentence(
    interval: Interval, name: str, found: list[TaskFindings], task: str, unit: str
) -> str:
    reference = next(f.rows[0].name for f in found if f.task == task)
    return in_words(interval, reference, name, unit)


def in_words(interval: Interval, first: str, second: str, unit: str) -> str:
    """The verdict, in a unit so small that three decimals are enough.

    Args:
        interval, first, second, unit: as for `verdict`.

    Returns:
        The sentence; a small interval is in thousandths or millionths of the unit.
    """
    size = max(abs(interval.low), abs(interval.high))
    if size == 0 or size >= 0.02:
        return verdict(interval, first, second, unit)
    factor, prefix = (1e3, "thousandths") if size >= 2e-5 else (1e6, "millionths")
    mean, low, high = (factor * value for value in interval[:3])
    return verdict(Interval(mean, low, high, interval.level), first, second, f"{prefix} of {unit}")


def _task_findings(results: list[RunResult], task: str, unit: str) -> TaskFindings:
    mine = [result for result in results if result.spec.task == task]
    cells = [REFERENCE_CELL, *dict.fromkeys(result.spec.cell for result in mine)]
    tables = {}
    for matching in MATCHINGS:
        reference: Row | None = None
        rows = []
        for cell in dict.fromkeys(cells):
            row = _row(mine, task, cell, matching, reference, unit)
            if row is None:
                continue
            rows.append(row)
            if cell == REFERENCE_CELL:
                reference = row
        tables[matching] = rows
    updates = max(result.spec.updates for result in mine)
    findings = TaskFindings(task, updates, tables, [])
    for row in findings.rows:
        tuned = runs_of(mine, task, row.cell, row.matching, "tune")
        measures = {run.spec.learning_rate: run.final for run in tuned}
        if measures:
            findings.rates.append(Rates(row, dict(sorted(measures.items()))))
    return findings


def _row(
    results: list[RunResult],
    task: str,
    cell: str,
    matching: str,
    reference: Row | None,
    unit: str,
) -> Row | None:
    runs = runs_of(results, task, cell, matching)
    if not runs:
        return None
    spec = runs[0].spec
    finals = np.array([run.final for run in runs])
    mean = None
    if len(finals) > 1 and np.isfinite(finals).all():
        mean = paired_t_interval(finals, np.zeros(len(finals)), LEVEL)
    row = Row(
        cell=cell,
        matching=spec.matching,
        hidden_size=spec.hidden_size,
        parameters=runs[0].parameters,
        rate=spec.learning_rate,
        runs=runs,
        mean=mean,
        seconds=float(np.mean([run.seconds for run in runs])),
        difference=None,
    )
    if cell == REFERENCE_CELL:
        return row
    why = _no_difference(reference, row)
    difference = None if why or reference is None else _difference(reference, row, unit)
    return Row(**(vars(row) | {"difference": difference, "no_difference": why}))


def _no_difference(reference: Row | None, row: Row) -> str:
    if reference is None:
        return "there are no runs of the CIFG to compare with"
    for one in (reference, row):
        if one.diverged:
            seeds = ", ".join(str(run.spec.seed) for run in one.diverged)
            return (
                f"no interval: {one.name} diverged with {len(one.diverged)} of {len(one.runs)} "
                f"seeds ({seeds}), which a mean over the other seeds would hide"
            )
    if len(_common_seeds(reference, row)) < 2:
        return "no interval: there are fewer than two seeds that both models have finished"
    return ""


def _common_seeds(reference: Row, row: Row) -> list[int]:
    return sorted({r.spec.seed for r in reference.runs} & {r.spec.seed for r in row.runs})


def _difference(reference: Row, row: Row, unit: str) -> Difference:
    seeds = _common_seeds(reference, row)
    first, second = (
        np.array([{run.spec.seed: run.final for run in one.runs}[seed] for seed in seeds])
        for one in (reference, row)
    )
    values = paired_differences(first, second)
    t = paired_t_interval(first, second, LEVEL)
    return Difference(
        values=values,
        t=t,
        bootstrap=paired_bootstrap(np.random.default_rng(0), first, second, level=LEVEL),
        sentence=in_words(t, reference.name, row.name, unit),
        detectable=detectable(len(values)) * float(values.std(ddof=1)),
    )


def detectable(seeds: int, chance: float = 0.8, experiments: int = 20_000) -> float:
    """The size of a true difference, in units of the scatter, that is found with this chance.

    It is the power of Student's test, by simulation, as in lesson 12.

    Args:
        seeds: number of pairs; 2 or more.
        chance: how often a 95 % t interval should exclude 0.
        experiments: number of simulated experiments, with normal differences.

    Returns:
        The true difference in standard deviations of single differences: 1.7 for 5 seeds and
        a chance of 0.8.
    """
    draws = np.random.default_rng(0).normal(size=(experiments, seeds))
    reach = t_multiplier(seeds - 1, LEVEL) * draws.std(axis=1, ddof=1) / np.sqrt(seeds)
    # A true difference of at least this size lifts the experiment's interval above 0.
    return float(np.quantile(reach - draws.mean(axis=1), chance))
