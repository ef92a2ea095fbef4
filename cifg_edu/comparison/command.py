"""The command compare: compare_command, experiment_of."""

import argparse
import contextlib
import shlex
import signal
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from tqdm import tqdm

from cifg_edu.cluster import OpenPool, cores, dask_pool, local_pool
from cifg_edu.comparison.account import Account, about, agreement, collect, unpack
from cifg_edu.comparison.cells import CELLS
from cifg_edu.comparison.compared_tasks import TASKS
from cifg_edu.comparison.findings import MARGINS
from cifg_edu.comparison.names import is_own
from cifg_edu.comparison.report import answers, write_report
from cifg_edu.comparison.runs import MATCHINGS, REFERENCE_CELL, Experiment, RunResult, RunSpec, run
from cifg_edu.comparison.schedule import Outcome, Stopped, run_all, run_experiment
from cifg_edu.comparison.yours import Yours, read_yours, try_out
from cifg_edu.errors import INTERRUPTED, UserError, look_up
from cifg_edu.files import write_atomically


def compare_command(options: argparse.Namespace) -> int:
    """Make the missing runs and write the report, or do one of the two with the stored runs.

    Args:
        options: the parsed command line.

    Returns:
        0, 1 if a run failed or differs from the stored one, 130 after Ctrl-C or SIGTERM.

    Raises:
        UserError: an option cannot be used, the data, the stored runs or the scheduler are not
            available, or the folder cannot be written.
    """
    if (options.report or options.only) and (options.text or options.cell):
        raise UserError(
            "--report and --only are about the course's stored runs: leave out --text and --cell."
        )
    if options.report:
        _report(options.out, unpack())
        return 0
    if options.workers is not None and options.workers < 1:
        raise UserError(f"--workers is {options.workers}: give 1 or more.")
    with _sigterm_as_ctrl_c():
        if options.only:
            try:
                return _again(options)
            except (Stopped, KeyboardInterrupt):
                print("Stopped: nothing is kept.")
                return INTERRUPTED
        yours = read_yours(options.text, options.cell)
        experiment = experiment_of(options, yours)
        command = _command(options, experiment)
        try:
            account = _account(options, experiment, yours, command)
            _report(options.out, account)
        except (Stopped, KeyboardInterrupt) as stopped:
            print(f"{str(stopped) or 'Stopped.'}\nContinue with:\n  {command}")
            return INTERRUPTED
    if account.failed:
        print(f"{len(account.failed)} run(s) failed; to try again:\n  {command}")
    return 1 if account.failed else 0


@contextlib.contextmanager
def _sigterm_as_ctrl_c() -> Iterator[None]:
    """SIGTERM ends a comparison as Ctrl-C does: with its processes and temporary files."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Python lets only the main thread set this
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _report(folder: Path, account: Account) -> None:
    findings = write_report(folder, account)
    print("\n".join(answers(account, findings)))
    print(f"The report is {folder / 'report.html'}: open it in a browser.")


def experiment_of(options: argparse.Namespace, yours: Yours | None = None) -> Experiment:
    """The experiment that the options ask for.

    Args:
        options: the parsed command line.
        yours: the text and the cell among them, not entered yet.

    Returns:
        The experiment; the CIFG is always among its cells.

    Raises:
        UserError: an option cannot be used.
    """
    yours = yours or Yours()
    usual = "" if yours.task else ",".join(MARGINS)
    asked = usual if options.tasks is None else options.tasks
    tasks = _names(asked, TASKS, "task") if asked or not yours.task else []
    tasks += [yours.task] if yours.task else []
    cells = list(dict.fromkeys([REFERENCE_CELL, *_names(options.cells, CELLS, "cell")]))
    cells += [yours.cell] if yours.cell else []
    if len(cells) < 2:
        raise UserError(
            f"There is nothing to compare with {REFERENCE_CELL}: give other cells to --cells, "
            f"such as {','.join(CELLS)}."
        )
    given = [n for n in (options.hidden_size, options.updates) if n is not None]
    if options.seeds < 2 or min(given, default=1) < 1:
        raise UserError(
            "A number is too small: give --hidden-size and --updates of 1 or more, and --seeds of "
            "2 or more, since one replicate cannot show how much replicates vary."
        )
    return Experiment(
        tasks,
        cells,
        range(options.seeds),
        hidden_size=options.hidden_size,
        rates=_rates(options.rates),
        updates=options.updates,
        quick=options.budget == "quick",
        matchings=MATCHINGS if options.matching == "both" else (options.matching,),
    )


def _rates(text: str | None) -> list[float] | None:
    if text is None:
        return None
    try:
        rates = sorted({float(rate) for rate in text.split(",")})
    except ValueError:
        rates = []
    if not rates or not 0 < min(rates) <= max(rates) < np.inf:
        raise UserError(f"--rates is {text}: give numbers above 0, such as 0.005,0.015,0.05.")
    return rates


def _account(
    options: argparse.Namespace, experiment: Experiment, yours: Yours | None, command: str
) -> Account:
    """Make the runs, and collect what the report needs."""
    # If the folder cannot be written, this fails before hours of work and not after them.
    write_atomically(options.out / "command.txt", f"{command}\n".encode())
    # Data are fetched once, here, and not by every worker at the same time.
    if yours:
        yours.enter()
    words = {name: about(name) for name in experiment.tasks}
    if yours and yours.cell:
        print("\n".join(try_out(yours, experiment)))
    with (
        _pool(options.scheduler, options.workers) as (open_pool, at_a_time, place),
        tqdm(total=0, unit="run", smoothing=0.05) as bar,
    ):

        def make(specs: list[RunSpec]) -> Outcome:
            bar.total = (bar.total or 0) + len(specs)
            return run_all(specs, options.out / "runs", open_pool, at_a_time, bar, yours or run)

        made = run_experiment(experiment, make)
    return collect(experiment, made, words, command, place)


def _again(options: argparse.Namespace) -> int:
    """Make the stored runs of one task and replicate again, and say whether they agree."""
    before = _stored(options.only)
    task = before[0].spec.task
    with (
        _pool(options.scheduler, options.workers) as (open_pool, at_a_time, _),
        tempfile.TemporaryDirectory() as folder,
        tqdm(total=len(before), unit="run") as bar,
    ):
        specs = [result.spec for result in before]
        made = run_all(specs, Path(folder), open_pool, at_a_time, bar)
    if made.failed:
        return 1
    agree, words = agreement(before, list(made.results.values()), MARGINS.get(task, 0.0))
    print(words)
    return 0 if agree else 1


def _stored(only: str) -> list[RunResult]:
    task, _, replicate = only.partition(":")
    stored = unpack().results
    found = [r for r in stored if (r.spec.task, str(r.spec.replicate)) == (task, replicate)]
    if not found:
        there = ", ".join(dict.fromkeys(r.spec.task for r in stored))
        last = max(r.spec.replicate for r in stored)
        raise UserError(
            f"No runs of {only!r} are stored: give a task and a replicate, such as "
            f"{stored[0].spec.task}:0; there are {there}, and replicates up to {last}."
        )
    return found


@contextlib.contextmanager
def _pool(scheduler: str | None, workers: int | None) -> Iterator[tuple[OpenPool, int | None, str]]:
    if scheduler is None:
        workers = workers or cores()
        yield local_pool(workers), workers, f"{workers} process(es) on this machine"
        return
    with dask_pool(scheduler) as open_pool:
        # Dask gets all runs at once, and keeps its workers busy itself.
        yield open_pool, None, f"the workers of the Dask scheduler {scheduler}"


def _names(text: str, choices: Mapping[str, object], kind: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        look_up(kind, name, choices)
    if not names:
        raise UserError(f"No {kind} is given: choose from {', '.join(choices)}.")
    return list(dict.fromkeys(names))


def _command(options: argparse.Namespace, experiment: Experiment) -> str:
    """The command that repeats the comparison; the workers do not change the results."""
    words = ["python", "-m", "cifg_edu", "compare"]
    for name, given in (("tasks", experiment.tasks), ("cells", experiment.cells)):
        of_the_course = [one for one in given if not is_own(one)]
        words += [f"--{name}", ",".join(of_the_course)] if of_the_course else []
    for name in ("text", "cell"):
        value = getattr(options, name)
        words += [f"--{name}", str(value)] if value is not None else []
    words += ["--seeds", str(options.seeds)]
    if experiment.rates:
        words += ["--rates", ",".join(f"{rate:g}" for rate in experiment.rates)]
    if options.matching != "both":
        words += ["--matching", options.matching]
    words += ["--budget", options.budget, "--out", str(options.out)]
    for name in ("updates", "hidden_size", "workers", "scheduler"):
        value = getattr(options, name)
        if value:
            words += [f"--{name.replace('_', '-')}", str(value)]
    return shlex.join(words)
