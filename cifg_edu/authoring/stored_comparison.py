"""The comparison's runs in the package, and its table in the README: store, with_comparison."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from cifg_edu.authoring.instructors import TABLE
from cifg_edu.comparison.account import Account, about, collect, pack
from cifg_edu.comparison.cells import CELLS
from cifg_edu.comparison.compared_tasks import LENGTHS
from cifg_edu.comparison.findings import MARGINS, RIVAL, Comparison, find
from cifg_edu.comparison.report import interval_in_unit, short_answer
from cifg_edu.comparison.runs import MATCHINGS, REFERENCE_CELL, Experiment
from cifg_edu.comparison.schedule import Outcome, read_folder

README = Path("README.md")
REPLICATES = 20
FAMILY = [REFERENCE_CELL, RIVAL]
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
        made.add(read_folder(folder / "runs"))
    begun = {(spec.task, spec.cell) for spec in made.results}
    whole = range(REPLICATES)
    experiments = [Experiment(list(MARGINS), FAMILY, whole)]
    for cell in (cell for cell in CELLS if cell not in FAMILY):
        tasks = [task for task in MARGINS if (task, cell) in begun]
        experiments += [Experiment(tasks, [REFERENCE_CELL, cell], whole)] if tasks else []
    lengths = [name for names in LENGTHS.values() for name in names.values()]
    lengths = [name for name in lengths if name not in MARGINS and (name, REFERENCE_CELL) in begun]
    if lengths:
        few = range(LENGTH_REPLICATES)
        experiments.append(Experiment(lengths, FAMILY, few, matchings=("size",)))
    account = _account(experiments[0], made)
    for experiment in experiments[1:]:
        account = _joined(account, _account(experiment, made))
    return account


def _account(experiment: Experiment, made: Outcome) -> Account:
    """What is whole of one experiment, with the command that repeats it."""
    words = {task: about(task) for task in experiment.tasks}
    command = ["python -m cifg_edu compare --cells", ",".join(experiment.cells)]
    if list(experiment.tasks) != list(MARGINS):
        command += ["--tasks", ",".join(experiment.tasks)]
    if experiment.matchings != MATCHINGS:
        command += ["--matching", *experiment.matchings]
    if len(experiment.replicates) != REPLICATES:
        command += ["--seeds", str(len(experiment.replicates))]
    return collect(experiment, made, words, " ".join(command), "the authors of the course")


def _joined(account: Account, more: Account) -> Account:
    """Two accounts as one, with what both have once."""
    results = {result.spec: result for result in account.results + more.results}
    return dataclasses.replace(
        account,
        results=list(results.values()),
        machines=account.machines | more.machines,
        tasks=list(dict.fromkeys([*account.tasks, *more.tasks])),
        about=account.about | more.about,
        command=f"{account.command}\n{more.command}",
        missing=account.missing + more.missing,
    )


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
