"""What the runs show, by the rules of docs/comparison.md: find, Findings, Comparison, Model, ...

A comparison is the reference, the CIFG, minus another model, replicate by replicate, in the
task's unit: below 0 the reference is better. Those with the LSTM are the family. They are
corrected together and get an answer; all others get a mean and an interval.
"""

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from cifg_edu.arrays import Array
from cifg_edu.comparison.account import About
from cifg_edu.comparison.compared_tasks import LENGTHS
from cifg_edu.comparison.names import cell_words, is_own
from cifg_edu.comparison.runs import MATCHINGS, REFERENCE_CELL, RunResult, chosen
from cifg_edu.statistics import Interval, paired_differences, paired_t_interval

RIVAL = "lstm"
LEVEL, SIGNIFICANCE = 0.95, 0.05
# A difference that would matter, in the task's unit; stated before the runs.
MARGINS = {"sonnets": 0.02, "adding": 0.005, "copy": 0.05, "reber": 0.05, "counting": 0.1}
# A text of the user's is like the Sonnets, but no margin was stated for it before its runs.
TEXT_YARDSTICK = MARGINS["sonnets"]
# Their measure is a share of strings: far from normal, and never beyond 0 or 1.
SHARES = ("reber", "counting")
RESAMPLES = 99_999
LAST_FIFTH = 0.8


@dataclass(frozen=True, eq=False)
class Model:
    """One cell of one size on one task.

    cell, matching: as in the specs.
    runs: the chosen run of each replicate, by replicate.
    at_end: in how many replicates the chosen rate is the smallest or the largest of those tried.
    """

    cell: str
    matching: str
    runs: list[RunResult]
    at_end: int = 0

    @property
    def name(self) -> str:
        """Such as CIFG(48)."""
        return f"{cell_words(self.cell)}({self.runs[0].spec.hidden_size})"

    @property
    def parameters(self) -> int:
        """The number of parameters, with the read-out."""
        return self.runs[0].parameters

    @property
    def replicates(self) -> list[int]:
        """The replicates, one for each run."""
        return [run.spec.replicate for run in self.runs]

    @property
    def measures(self) -> Array:
        """The test measure of each run; infinity where it diverged at every rate."""
        return np.array([run.test for run in self.runs])

    @property
    def mean(self) -> float:
        """The mean test measure; infinity if a run diverged."""
        return float(self.measures.mean())

    @property
    def seconds(self) -> float:
        """The mean of the runs' processor seconds."""
        return float(np.mean([run.seconds for run in self.runs]))

    @property
    def rates(self) -> dict[float, int]:
        """In how many replicates each learning rate was chosen, from the smallest rate."""
        return dict(sorted(Counter(run.spec.learning_rate for run in self.runs).items()))

    @property
    def diverged(self) -> list[int]:
        """The replicates in which every rate diverged."""
        return [run.spec.replicate for run in self.runs if run.diverged]

    @property
    def last_change(self) -> float:
        """By how much the mean validation measure changed in the last fifth of the training.

        Infinity if a run diverged.
        """
        changes = []
        for run in self.runs:
            if run.diverged:
                return np.inf
            until = LAST_FIFTH * run.spec.updates
            before = [point.measure for point in run.curve if point.update <= until][-1]
            changes.append(run.curve[-1].measure - before)
        return float(np.mean(changes))


@dataclass(frozen=True, eq=False)
class Comparison:
    """The reference minus another model.

    task: its name.
    reference, other: the two models, with the same replicates.
    margin: a difference that would matter; None outside the family.
    values: one difference for each replicate.
    interval: of their mean, 95 %; None if the comparison says nothing.
    p: of "the mean difference is 0", before correction; None where no answer is given.
    corrected: after Holm's correction over the family.
    nothing: why the comparison says nothing, or "".
    """

    task: str
    reference: Model
    other: Model
    margin: float | None
    values: Array
    interval: Interval | None
    p: float | None = None
    corrected: float | None = None
    nothing: str = ""

    @property
    def answer(self) -> str:
        """ "better", "worse", "equivalent", "undecided", or "nothing"; "" outside the family."""
        if self.nothing:
            return "nothing"
        if self.margin is None or self.corrected is None or self.interval is None:
            return ""
        if self.corrected <= SIGNIFICANCE:
            return "better" if self.interval.mean < 0 else "worse"
        return "equivalent" if self.within_margin else "undecided"

    @property
    def within_margin(self) -> bool:
        """Whether the whole interval lies within the margin."""
        if self.interval is None or self.margin is None:
            return False
        return -self.margin < self.interval.low and self.interval.high < self.margin

    @property
    def own(self) -> bool:
        """Whether the task or the other cell is the user's."""
        return is_own(self.task) or is_own(self.other.cell)

    @property
    def still_falling(self) -> list[Model]:
        """The models whose mean validation measure had not levelled, by the margin."""
        limit = yardstick(self.task) if self.own else self.margin
        if limit is None:
            return []
        both = (self.reference, self.other)
        return [model for model in both if abs(model.last_change) >= limit]


@dataclass(frozen=True)
class TaskFindings:
    """One task: its models, the reference first, and the comparisons with the others."""

    task: str
    models: list[Model]
    comparisons: list[Comparison]

    @property
    def family(self) -> list[Comparison]:
        """The comparisons that get an answer."""
        return [c for c in self.comparisons if c.margin is not None]

    @property
    def family_or_own(self) -> list[Comparison]:
        """The comparisons that are judged: by the family's rules, or each by itself."""
        return [c for c in self.comparisons if c.margin is not None or c.own]

    @property
    def outside(self) -> list[Comparison]:
        """All other comparisons."""
        return [c for c in self.comparisons if c.margin is None]


@dataclass(frozen=True)
class Findings:
    """All tasks, and what concerns all of them.

    tasks: those with whole parts.
    replicates: their numbers.
    family_size: number of comparisons that are corrected together, missing ones included.
    """

    tasks: list[TaskFindings]
    replicates: list[int]
    family_size: int

    @property
    def own(self) -> list[Comparison]:
        """The comparisons with a text or a cell of the user's, task by task."""
        return [
            comparison for task in self.tasks for comparison in task.comparisons if comparison.own
        ]

    @property
    def family(self) -> list[Comparison]:
        """The comparisons that get an answer, task by task."""
        return [comparison for task in self.tasks for comparison in task.family]


def yardstick(task: str) -> float | None:
    """A change that would matter on a task, whether or not an answer depends on it.

    Args:
        task: its name.

    Returns:
        The task's margin; for a text of the user's that of the Sonnets; None for other tasks.
    """
    return TEXT_YARDSTICK if is_own(task) else MARGINS.get(task)


def find(
    results: Iterable[RunResult], about: Mapping[str, About], asked: Sequence[str]
) -> Findings:
    """Compare the runs.

    Args:
        results: runs of whole parts, so that all models of a task have the same replicates.
        about: each task in words.
        asked: the tasks that were asked for. The p-values are corrected for all of these, so
            that a task whose runs come later changes no answer to "better".

    Returns:
        What they show.

    Raises:
        ValueError: two models of a task have different replicates.
    """
    results = list(results)
    tasks = [_compare(results, task, about[task].baseline) for task in asked]
    tasks = [task for task in tasks if task.models]
    size = len(MATCHINGS) * sum(task in MARGINS for task in asked)
    family = [c for task in tasks for c in task.family if c.p is not None]
    corrected = holm([c.p for c in family if c.p is not None], size)
    by_comparison = dict(zip(family, corrected, strict=True))
    tasks = [
        dataclasses.replace(
            task,
            comparisons=[
                dataclasses.replace(c, corrected=by_comparison.get(c)) for c in task.comparisons
            ],
        )
        for task in tasks
    ]
    return Findings(tasks, sorted({r.spec.replicate for r in results}), size)


def _models(results: list[RunResult]) -> list[Model]:
    """The models of one task, each with its chosen runs."""
    tried: dict[tuple[str, str, int], list[float]] = {}
    for result in results:
        spec = result.spec
        key = spec.cell, spec.matching, spec.replicate
        tried.setdefault(key, []).append(spec.learning_rate)
    runs: dict[tuple[str, str], list[RunResult]] = {}
    at_end: Counter[tuple[str, str]] = Counter()
    for result in sorted(chosen(results), key=lambda r: r.spec.replicate):
        spec = result.spec
        runs.setdefault((spec.cell, spec.matching), []).append(result)
        rates = tried[spec.cell, spec.matching, spec.replicate]
        at_end[spec.cell, spec.matching] += spec.learning_rate in (min(rates), max(rates))
    return [Model(*key, found, at_end[key]) for key, found in runs.items()]


def _compare(results: list[RunResult], task: str, baseline: float) -> TaskFindings:
    """The models of one task, and each one beside the reference; nothing is corrected yet."""
    models = _models([result for result in results if result.spec.task == task])
    reference = next((model for model in models if model.cell == REFERENCE_CELL), None)
    if reference is None:
        return TaskFindings(task, [], [])
    others = [model for model in models if model is not reference]
    # As the runs come in any order: the rival first, and within a cell equal size first.
    others.sort(key=lambda m: (m.cell != RIVAL, m.cell, MATCHINGS.index(m.matching)))
    comparisons = [_comparison(task, reference, other, baseline) for other in others]
    return TaskFindings(task, [reference, *others], comparisons)


def _comparison(task: str, reference: Model, other: Model, baseline: float) -> Comparison:
    if reference.replicates != other.replicates:
        raise ValueError(f"On {task}, {reference.name} and {other.name} have other replicates.")
    in_family = other.cell == RIVAL and task in MARGINS
    with np.errstate(invalid="ignore"):  # infinity minus infinity
        values = reference.measures - other.measures
    plain = Comparison(
        task, reference, other, MARGINS[task] if in_family else None, values, interval=None
    )
    for model in (reference, other):
        if model.diverged:
            where = ", ".join(map(str, model.diverged))
            why = f"{model.name} diverged at every rate in replicate(s) {where}"
            return dataclasses.replace(plain, nothing=why)
    if min(reference.mean, other.mean) >= baseline:
        why = "neither model is better than one without a memory"
        return dataclasses.replace(plain, nothing=why)
    share = any(task in (name, *LENGTHS.get(name, {}).values()) for name in SHARES)
    p = p_value(values, share) if in_family else None
    return dataclasses.replace(plain, interval=interval_of(values, share), p=p)


def interval_of(differences: Array, share: bool) -> Interval:
    """The 95 % interval of a mean difference.

    Args:
        differences: one for each replicate, two or more.
        share: whether the measure is a share: the bias-corrected and accelerated bootstrap (BCa)
            in place of Student's t.

    Returns:
        The interval. If all differences are equal, it is that one number.

    Source: Efron (1987), "Better bootstrap confidence intervals", for BCa.
    """
    zeros = np.zeros(len(differences))
    by_t = paired_t_interval(differences, zeros, LEVEL)
    if not share or not np.ptp(differences):
        return by_t
    found = stats.bootstrap(
        (differences,),
        np.mean,
        n_resamples=9_999,
        confidence_level=LEVEL,
        method="BCa",
        rng=np.random.default_rng(0),
    ).confidence_interval
    return by_t._replace(low=float(found.low), high=float(found.high))


def p_value(differences: Array, share: bool) -> float:
    """The probability of a mean difference this far from 0 or farther, if the true one is 0.

    Args:
        differences: one for each replicate, two or more.
        share: whether the measure is a share: a permutation test, which exchanges the two models
            at random in each replicate, in place of Student's t.

    Returns:
        A number in [0, 1].

    Source: Student (1908); Fisher (1935), "The Design of Experiments", chapter 3.
    """
    differences = paired_differences(differences, np.zeros(len(differences)))
    if not differences.any():
        return 1.0
    if not share:
        error = differences.std(ddof=1) / np.sqrt(len(differences))
        with np.errstate(divide="ignore"):
            t = np.abs(differences.mean()) / error
        return float(2 * stats.t.sf(t, len(differences) - 1))
    return float(
        stats.permutation_test(
            (differences,),
            np.mean,
            permutation_type="samples",
            n_resamples=RESAMPLES,
            vectorized=True,
            batch=10_000,
            rng=np.random.default_rng(0),
        ).pvalue
    )


def holm(p: Sequence[float], size: int) -> list[float]:
    """p-values corrected for a whole family.

    The smallest is multiplied by the number of comparisons, the next by one less, and so on;
    no corrected value is less than that of a smaller p-value, or more than 1.

    Args:
        p: the p-values.
        size: number of comparisons in the family: one without a p-value counts as 1.

    Returns:
        The corrected values, in the order of `p`.

    Raises:
        ValueError: there are more p-values than comparisons.

    Source: Holm (1979), "A simple sequentially rejective multiple test procedure".
    """
    if len(p) > size:
        raise ValueError(f"{len(p)} p-values do not fit a family of {size}.")
    corrected = [0.0] * len(p)
    largest = 0.0
    for rank, k in enumerate(np.argsort(p, kind="stable")):
        largest = max(largest, min(1.0, (size - rank) * p[k]))
        corrected[k] = largest
    return corrected
