"""The comparison's runs in the package, and its table in the README: store, with_comparison."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from cifg_edu.authoring.instructors import TABLE
from cifg_edu.comparison.account import Account, about, collect, pack
from cifg_edu.comparison.cells import CELLS
from cifg_edu.comparison.compared_tasks import LENGTHS
from cifg_edu.comparison.findings import MARGINS, Comparison, find
from cifg_edu.comparison.report import interval_in_unit, short_answer
from cifg_edu.comparison.runs import MATCHINGS, REFERENCE_CELL, Experiment
from cifg_edu.comparison.schedule import Outcome, read_folder

README = Path("README.md")
REPLICATES = 20
# Of the tasks at other lengths, which are run at equal hidden size alone.
LENGTH_REPLICATES = 5
NAMES = {"sonnets": "Sonnets", "reber": "embedded Reber", "counting": "counting, a^m b^n c^(m+n)"}


def account_of_folders(folders: Sequence[Path]) -> Account:
    """What is whole of the course's own experiment, and of the tasks at other lengths.

    Args:
        folders: that `compare --out` wrote; their `runs` are read, and none is made. Those of one
            folder are of one version of the code.

    Returns:
        The account. Cells and lengths of which there is no run are not missed.

    Raises:
        UserError: the data of a task are not available, a file is damaged, or the results of a
            folder are of several versions of the code.
    """
    made = Outcome()
    for folder in folders:
        found = read_folder(folder / "runs")
        made.results |= found.results
        made.machines |= found.machines
    account = _account(Experiment(list(MARGINS), list(CELLS), range(REPLICATES)), made)
    begun = {spec.task for spec in made.results} - {*MARGINS}
    lengths = [name for names in LENGTHS.values() for name in names.values() if name in begun]
    if not lengths:
        return account
    experiment = Experiment(lengths, list(CELLS), range(LENGTH_REPLICATES), matchings=("size",))
    more = _account(experiment, made)
    return dataclasses.replace(
        account,
        results=account.results + more.results,
        machines=account.machines | more.machines,
        tasks=account.tasks + more.tasks,
        about=account.about | more.about,
        command=f"{account.command}\n{more.command}",
        missing=account.missing + more.missing,
    )


def _account(experiment: Experiment, made: Outcome) -> Account:
    """What is whole of one experiment, with those of its cells that were begun."""
    specs = [spec for spec in made.results if spec.task in experiment.tasks]
    cells = {REFERENCE_CELL, *(spec.cell for spec in specs)}
    experiment = dataclasses.replace(experiment, cells=[cell for cell in CELLS if cell in cells])
    words = {task: about(task) for task in experiment.tasks}
    command = ["python -m cifg_edu compare --cells", ",".join(experiment.cells)]
    if experiment.matchings != MATCHINGS:
        command += ["--tasks", ",".join(experiment.tasks), "--matching", *experiment.matchings]
        command += ["--seeds", str(len(experiment.replicates)), "--out lengths"]
    return collect(experiment, made, words, " ".join(command), "the authors of the course")


def store(folders: Sequence[Path]) -> Account:
    """Put what is whole of the experiments into the package, and the table into the README.

    Args:
        folders: as for `account_of_folders`.

    Returns:
        What was stored.

    Raises:
        UserError: nothing is whole, or as for `account_of_folders`.
    """
    account = account_of_folders(folders)
    pack(account)
    text = with_comparison(README.read_text(encoding="utf-8"), account)
    README.write_text(text, encoding="utf-8")
    return account


def with_comparison(text: str, account: Account) -> str:
    """The README with the comparison's table as the stored runs give it.

    Args:
        text: the README, with `<!-- made: comparison -->` and `<!-- end -->` around the table.
        account: the stored runs.

    Returns:
        The same text where nothing has changed.
    """
    findings = find(account.results, account.about, account.tasks)
    lines = [
        f"The table is made from the course's own runs, {len(findings.replicates)} replicates: "
        "what the answer is, and the 95 % interval of CIFG - LSTM; negative favours the CIFG. "
        "`python -m cifg_edu compare --report` has all the rest.",
        "",
        "| task (unit; a difference that would matter) | LSTM of equal hidden size "
        "| LSTM with as many parameters |",
        "|---|---|---|",
    ]
    for task in findings.tasks:
        by_matching = {c.other.matching: _cell(c) for c in task.family}
        if by_matching:
            cells = " | ".join(by_matching.get(matching, "") for matching in MATCHINGS)
            unit, margin = account.about[task.task].unit, MARGINS[task.task]
            lines.append(f"| {NAMES.get(task.task, task.task)} ({unit}; {margin}) | {cells} |")
    lines += ["", *(f"Not whole yet: {sentence}" for sentence in account.missing)]
    made = "\n".join(lines).rstrip() + "\n"
    return TABLE.sub(
        lambda found: f"{found[1]}{made}{found[3]}" if found[2] == "comparison" else found[0], text
    )


def _cell(comparison: Comparison) -> str:
    words = short_answer(comparison)
    return f"{words}: {interval_in_unit(comparison)}" if comparison.interval else words
