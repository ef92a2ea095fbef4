"""The command compare: compare_command."""

import argparse
import contextlib
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from tqdm import tqdm

from cifg_edu.cluster import OpenPool, cores, dask_pool, local_pool
from cifg_edu.comparison.cells import CELLS
from cifg_edu.comparison.compared_tasks import TASKS, find_task
from cifg_edu.comparison.report import About, Account, verdicts, write_report
from cifg_edu.comparison.runs import REFERENCE_CELL, RunSpec, final_plan, plan
from cifg_edu.comparison.schedule import Outcome, Stopped, run_all
from cifg_edu.errors import INTERRUPTED, UserError, look_up
from cifg_edu.files import write_atomically


def compare_command(options: argparse.Namespace) -> int:
    """Make the missing runs, and write the report.

    Args:
        options: the parsed command line.

    Returns:
        0, 1 if a run failed, 130 after Ctrl-C.

    Raises:
        UserError: an option cannot be used, the data or the scheduler are not available, or the
            folder cannot be written.
    """
    tasks = _names(options.tasks, TASKS, "task")
    given = _names(options.cells, CELLS, "cell")
    cells = list(dict.fromkeys([REFERENCE_CELL, *given]))
    if len(cells) < 2:
        raise UserError(
            f"There is nothing to compare with {REFERENCE_CELL}: give other cells to --cells, "
            f"such as {','.join(CELLS)}."
        )
    workers = options.workers or cores()
    if workers < 1 or options.seeds < 2 or (options.hidden_size or 1) < 1:
        raise UserError(
            "A number is too small: give --workers and --hidden-size of 1 or more, and --seeds of "
            "2 or more, since one seed cannot show how much seeds vary."
        )
    command = _command(options, tasks, cells)
    try:
        account = _account(options, tasks, cells, workers, command)
        findings = write_report(options.out, account)
    except (Stopped, KeyboardInterrupt) as stopped:
        print(f"{str(stopped) or 'Stopped.'}\nContinue with:\n  {command}")
        return INTERRUPTED
    print("\n".join(verdicts(findings)))
    print(f"The report is {options.out / 'report.html'}: open it in a browser.")
    if account.failed:
        print(f"{len(account.failed)} run(s) failed; to try again:\n  {command}")
    return 1 if account.failed else 0


def _account(
    options: argparse.Namespace, tasks: list[str], cells: list[str], workers: int, command: str
) -> Account:
    """Make the runs, and collect what the report needs."""
    # If the folder cannot be written, this fails before hours of work and not after them.
    write_atomically(options.out / "command.txt", f"{command}\n".encode())
    # Data are fetched once, here, and not by every worker at the same time.
    about = {name: _about(name) for name in tasks}
    quick = options.budget == "quick"
    tuning = plan(tasks, cells, options.hidden_size, quick=quick)
    with _pool(options.scheduler, workers) as (open_pool, at_a_time, place):
        folder = options.out / "runs"
        tuned, final = _all_runs(tuning, options.seeds, folder, open_pool, at_a_time)
    return Account(
        results=[*tuned.results.values(), *final.results.values()],
        machines=tuned.machines | final.machines,
        failed=tuned.failed | final.failed,
        about=about,
        command=command,
        place=place,
        quick=quick,
    )


def _all_runs(
    tuning: list[RunSpec], seeds: int, folder: Path, open_pool: OpenPool, at_a_time: int | None
) -> tuple[Outcome, Outcome]:
    """Tuning runs and then final runs, with one progress bar for both."""
    models = len({(spec.task, spec.cell, spec.matching) for spec in tuning})
    with tqdm(total=len(tuning) + models * seeds, unit="run", smoothing=0.05) as bar:
        bar.set_description("tuning")
        tuned = run_all(tuning, folder, open_pool, at_a_time, bar)
        specs = final_plan(tuned.results.values(), range(seeds))
        bar.total = len(tuning) + len(specs)
        bar.set_description("final runs")
        return tuned, run_all(specs, folder, open_pool, at_a_time, bar)


@contextlib.contextmanager
def _pool(scheduler: str | None, workers: int) -> Iterator[tuple[OpenPool, int | None, str]]:
    if scheduler is None:
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


def _about(name: str) -> About:
    task = find_task(name)
    return About(task.origin, task.unit, task.baseline, task.baseline_words)


def _command(options: argparse.Namespace, tasks: list[str], cells: list[str]) -> str:
    """The command that repeats the comparison; the workers do not change the results."""
    words = ["python", "-m", "cifg_edu", "compare", "--tasks", ",".join(tasks)]
    words += ["--cells", ",".join(cells), "--seeds", str(options.seeds)]
    if options.hidden_size:
        words += ["--hidden-size", str(options.hidden_size)]
    words += ["--budget", options.budget, "--out", str(options.out)]
    if options.workers:
        words += ["--workers", str(options.workers)]
    if options.scheduler:
        words += ["--scheduler", options.scheduler]
    return shlex.join(words)
