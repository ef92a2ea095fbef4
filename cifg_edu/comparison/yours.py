"""A text and a cell that are not the course's: Yours, read_yours, try_out.

Their contents travel with every run, so that a file that is edited meanwhile, or that another
machine does not have, changes nothing.
"""

import functools
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from cifg_edu.comparison import cells, compared_tasks
from cifg_edu.comparison.cells import first_parameters, from_zeros
from cifg_edu.comparison.compared_tasks import find_task, text_task
from cifg_edu.comparison.names import cell_words, own_name
from cifg_edu.comparison.own_cell import Initialize, as_cell
from cifg_edu.comparison.runs import (
    REFERENCE_CELL,
    Experiment,
    RunResult,
    RunSpec,
    next_runs,
    run,
    train_step,
)
from cifg_edu.corpora import Corpus, read_text
from cifg_edu.errors import UserError, require
from cifg_edu.examine import find_place, named, repeats, run_file
from cifg_edu.examine.adapter import adapt
from cifg_edu.examine.gradients import judge_backward
from cifg_edu.examine.matching import find_match, in_order
from cifg_edu.model import Cell
from cifg_edu.optimizers import adam_state
from cifg_edu.text import vocabulary

# A tenth of the text, the test part, then has 1,000 characters.
SHORTEST = 10_000
# Characters times different characters: what a process holds stays below half a gigabyte.
LARGEST = 50_000_000
# A numerical gradient takes two forward passes for each weight.
NUMERICAL_WEIGHTS = 2_000


@dataclass(frozen=True)
class Yours:
    """What a comparison has of the user's; called with a spec it makes the run, in any process.

    task, corpus: a text's name and the text; "" and None where there is none.
    cell, source, file: a cell's name, the content of its file, and where that was read.
    swapped: whether the cell's step returns c before h.
    numerical: whether it has no backward pass.
    starts: whether a function that makes its first weights stands beside it.
    """

    task: str = ""
    corpus: Corpus | None = None
    cell: str = ""
    source: bytes = b""
    file: str = ""
    swapped: bool = False
    numerical: bool = False
    starts: bool = False

    def __call__(self, spec: RunSpec) -> RunResult:
        self.enter()
        return run(spec)

    def enter(self) -> None:
        """Enter both where runs look for tasks and cells, once in each process."""
        if self.corpus is not None:
            task = functools.partial(text_task, self.task, self.corpus)
            compared_tasks.TASKS.setdefault(self.task, task)
        if self.cell and self.cell not in cells.CELLS:
            cells.CELLS[self.cell] = self._load()

    def _load(self) -> Cell:
        name = cell_words(self.cell)
        found = run_file(self.source, self.file)
        cell = in_order(adapt(named(found, name, self.file)), self.swapped)
        return as_cell(self.cell, cell, _initialize(found, name))


def _initialize(found: dict[str, Any], name: str) -> Initialize | None:
    """What makes the cell's first weights, if its file has it."""
    function: Initialize | None = found.get(f"initialize_{name}")
    return function


def read_yours(text: Path | None, cell: str | None) -> Yours | None:
    """Read and examine what the user brings.

    Args:
        text: a file, or None.
        cell: a place such as my.py:MyCell, or None.

    Returns:
        Both, or None where neither is given.

    Raises:
        UserError: the text is unfit; there is no such cell, or it is wrong.
    """
    if text is None and cell is None:
        return None
    found = Yours()
    if text is not None:
        corpus = read_text(text)
        _require_size(text, corpus.text)
        found = replace(found, task=own_name(text.name, corpus.text.encode()), corpus=corpus)
    return found if cell is None else _with_cell(found, cell)


def _with_cell(yours: Yours, place: str) -> Yours:
    """Read a cell and examine it; one whose backward pass is wrong is refused."""
    path, name = find_place(place)
    source = path.read_bytes()
    found = run_file(source, str(path))
    cell = adapt(named(found, name, str(path)))
    if not repeats(cell):
        raise UserError(f"{place} gives other results for the same arguments: take out the chance.")
    match = find_match(cell)
    swapped = match is not None and match.swapped
    wrong = judge_backward(in_order(cell, swapped), match) if cell.backward else []
    if wrong:
        raise UserError(
            f"{place} is not compared, since its backward pass is wrong. {' '.join(wrong)} "
            f"Correct it: python -m cifg_edu examine {place} says more."
        )
    return replace(
        yours,
        cell=own_name(name, source),
        source=source,
        file=str(path),
        swapped=swapped,
        numerical=cell.backward is None,
        starts=_initialize(found, name) is not None,
    )


def _require_size(path: Path, text: str) -> None:
    """Refuse, before hours of work, a text that is too short or too large."""
    require(
        len(text) >= SHORTEST,
        f"{path} has {len(text):,} characters, too few to hold out a tenth for a test",
        f"a text of {SHORTEST:,} characters or more",
    )
    kinds = len(vocabulary(text))
    most = LARGEST // kinds
    require(
        len(text) <= most and most >= SHORTEST,
        f"{path} has {len(text):,} characters, {kinds:,} of them different, which takes too much "
        "memory",
        f"up to {most:,} characters of it"
        if most >= SHORTEST
        else f"a text with up to {LARGEST // SHORTEST:,} different characters",
    )


def try_out(yours: Yours, experiment: Experiment) -> list[str]:
    """Work through one batch with the cell in every size that is asked for, before hours of work.

    Args:
        yours: with a cell, entered.
        experiment: what will be run.

    Returns:
        What the user should know first: where the first weights come from and, if the gradients
        are numerical, how slow they are here.

    Raises:
        UserError: the cell does not work in one of the sizes, or is too large for numerical
            gradients.
    """
    words = cell_words(yours.cell)
    specs = [spec for spec in next_runs(experiment, []) if spec.cell == yours.cell]
    seconds = {}
    for task, size in dict.fromkeys((spec.task, spec.hidden_size) for spec in specs):
        try:
            seconds[task, size] = _seconds_of_update(yours, task, size)
        except UserError:
            raise
        except Exception as error:  # whatever a stranger's code raises
            raise UserError(
                f"{words} works with D = 3 and H = 5, but with D = {find_task(task).input_size} "
                f"and H = {size} it stops with {type(error).__name__}: {error}. Let it read its "
                "sizes from its arguments."
            ) from error
    said = [
        f"{words} starts from what initialize_{words} makes."
        if yours.starts
        else f"{words} starts from Glorot's uniform weights and vectors of 0, since no "
        f"initialize_{words}(rng, input_size, hidden_size) stands beside it."
    ]
    if yours.numerical:
        slowest = max(seconds, key=lambda key: seconds[key])
        usual = _seconds_of_update(Yours(cell=REFERENCE_CELL), *slowest)
        hours = sum(seconds[s.task, s.hidden_size] * s.updates for s in specs) / 3600
        said.append(
            f"{words} has no backward pass: its gradients are numerical, with two forward passes "
            f"for each weight. Measured here, an update takes {seconds[slowest]:.2g} s, "
            f"{seconds[slowest] / usual:,.0f} times as long as the CIFG's, and all of its runs "
            f"take about {hours:.2g} processor hours."
        )
    return said


def _seconds_of_update(yours: Yours, task_name: str, hidden_size: int) -> float:
    """How long an update takes; a numerical one is reckoned from its forward passes."""
    task, rng = find_task(task_name), np.random.default_rng(0)
    sizes = task.input_size, hidden_size, task.output_size
    parameters = first_parameters(rng, yours.cell, *sizes)
    batch, weights = task.make_batch(rng), parameters["b"].size
    if yours.numerical and weights > NUMERICAL_WEIGHTS:
        raise UserError(
            f"{cell_words(yours.cell)} has no backward pass and {weights:,} weights at D = "
            f"{task.input_size} and H = {hidden_size}; numerical gradients are for up to "
            f"{NUMERICAL_WEIGHTS:,}: give a smaller --hidden-size, or a backward pass beside it."
        )
    start = time.thread_time()
    if yours.numerical:
        from_zeros(yours.cell, parameters, batch.inputs)
        return 2 * weights * (time.thread_time() - start)
    train_step(task, yours.cell, parameters, adam_state(parameters), batch, rate=0.01)
    return time.thread_time() - start
