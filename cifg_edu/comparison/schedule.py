"""Many runs in many processes, each made once: run_all, Outcome, Stopped, code_version, ..."""

import ast
import concurrent.futures
import functools
import hashlib
import json
import os
import platform
import traceback
from collections import Counter, deque
from collections.abc import Callable, Iterable
from concurrent.futures import BrokenExecutor, CancelledError, Future
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

import cifg_edu
from cifg_edu.cluster import OpenPool
from cifg_edu.comparison.names import cell_words, task_words
from cifg_edu.comparison.runs import (
    RESULT_FORMAT,
    Experiment,
    RunResult,
    RunSpec,
    from_json,
    next_runs,
    run,
    to_json,
)
from cifg_edu.errors import UserError
from cifg_edu.files import write_atomically
from cifg_edu.imports import FOLDER, module_file, modules_imported_by

TRIES = 3
DAMAGED = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef

Work = Callable[[RunSpec], RunResult]


class Stopped(Exception):
    """Ctrl-C or SIGTERM: its text says how many runs are kept."""


@dataclass
class Outcome:
    """The outcome of the runs.

    results: by spec, in the order of the request.
    machines: what made each result: the versions of Python, NumPy and cifg_edu, and the system.
    failed: one sentence on each run that has no result.
    reused: number of results that were there before.
    """

    results: dict[RunSpec, RunResult] = field(default_factory=dict)
    machines: dict[RunSpec, dict[str, str]] = field(default_factory=dict)
    failed: dict[RunSpec, str] = field(default_factory=dict)
    reused: int = 0

    def add(self, more: "Outcome") -> None:
        """Take over the results and failures of other runs."""
        self.results |= more.results
        self.machines |= more.machines
        self.failed |= more.failed
        self.reused += more.reused


def run_all(
    specs: Iterable[RunSpec],
    folder: Path,
    open_pool: OpenPool,
    at_a_time: int | None = None,
    bar: "tqdm[Any] | None" = None,
    work: Work = run,
) -> Outcome:
    """Make all runs that are not in the folder yet, and keep each as soon as it is finished.

    If a process of the pool is killed, the pool breaks and a new one is opened. The runs that
    were lost with it are then tried one at a time, to find which of them is to blame.

    Args:
        specs: the runs; duplicates are made once.
        folder: where the results are kept, one JSON file each.
        open_pool: makes an executor, such as `local_pool(2)`.
        at_a_time: number of runs that the pool gets at a time; None for all of them, for pools
            that deal with lost runs themselves.
        bar: progress bar; it counts every run, also those that were there before.
        work: makes a run.

    Returns:
        Results and failures: an exception in one run loses no other.

    Raises:
        UserError: the folder cannot be written, or the pool cannot be reached any more.
        Stopped: Ctrl-C. Unfinished runs are dropped, finished runs are kept.
    """
    wanted = list(dict.fromkeys(specs))
    bar = tqdm(disable=True) if bar is None else bar
    outcome = Outcome()
    for spec in wanted:
        _read_back(folder, spec, outcome, bar)
    outcome.reused = len(outcome.results)
    try:
        _make(wanted, folder, outcome, bar, _Crew(open_pool, at_a_time, work))
    except KeyboardInterrupt:
        raise Stopped(
            f"Stopped: {len(outcome.results)} of {len(wanted)} runs of this part are kept."
        ) from None
    outcome.results = {s: outcome.results[s] for s in wanted if s in outcome.results}
    return outcome


def read_folder(folder: Path) -> Outcome:
    """Read all results of a folder, also those of other versions of the code, and make none.

    Args:
        folder: where `run_all` has kept results.

    Returns:
        The results; their machines name the version that made each.

    Raises:
        UserError: a file is damaged or cannot be read, or the results are of several versions.
    """
    outcome = Outcome()
    for path in sorted(folder.glob("*.json")):
        try:
            result, machine = _read(path)
        except DAMAGED as error:
            raise UserError(f"{path} is damaged: delete it.") from error
        outcome.results[result.spec], outcome.machines[result.spec] = result, machine
    versions = sorted({machine["cifg_edu"] for machine in outcome.machines.values()})
    if len(versions) > 1:
        raise UserError(
            f"The results in {folder} are of several versions ({', '.join(versions)}): keep "
            "those of one."
        )
    return outcome


def run_experiment(experiment: Experiment, make: Callable[[list[RunSpec]], Outcome]) -> Outcome:
    """Make runs until none is left: which rates are tried depends on those before.

    Args:
        experiment: models and replicates.
        make: such as `run_all`, with all but the specs given.

    Returns:
        All that was made. A run that failed is not tried again.

    Raises:
        UserError, Stopped: as for `make`.
    """
    whole = Outcome()
    while True:
        wanted = next_runs(experiment, whole.results.values())
        wanted = [spec for spec in wanted if spec not in whole.failed]
        outcome = make(wanted) if wanted else Outcome()
        if not outcome.results and not outcome.failed:
            return whole
        whole.add(outcome)


@dataclass
class _Crew:
    open_pool: OpenPool
    at_a_time: int | None
    work: Work


def _make(
    wanted: list[RunSpec], folder: Path, outcome: Outcome, bar: "tqdm[Any]", crew: _Crew
) -> None:
    """Make the runs that have no result, and store their results."""
    waiting = deque(spec for spec in wanted if spec not in outcome.results)
    if not waiting:
        return
    lost_times: Counter[RunSpec] = Counter()
    flying: dict[Future[Any], RunSpec] = {}
    executor = crew.open_pool()
    try:
        while waiting or flying:
            lost: list[RunSpec] = []
            while waiting and _room(waiting, flying, lost_times, crew.at_a_time) and not lost:
                spec = waiting.popleft()
                try:
                    future = executor.submit(_work, crew.work, spec, code_version())
                    flying[future] = spec
                except BrokenExecutor:
                    lost.append(spec)
            # On Windows Ctrl-C cannot stop a wait without a limit.
            done, _ = concurrent.futures.wait(flying, 1, concurrent.futures.FIRST_COMPLETED)
            lost += [s for f in done if (s := _file(f, flying.pop(f), folder, outcome, bar))]
            if lost:
                # All futures of a broken pool end together, some of them with a result.
                concurrent.futures.wait(flying)
                lost += [s for f, s in flying.items() if _file(f, s, folder, outcome, bar)]
                flying.clear()
                executor.shutdown(wait=False)
                executor = crew.open_pool()
                lost_times.update(lost)
                given_up = [spec for spec in lost if lost_times[spec] >= TRIES]
                for spec in given_up:
                    why = f"its process was killed {TRIES} times; did the memory run out?"
                    _fail(spec, why, outcome, bar)
                waiting.extendleft(spec for spec in lost if spec not in given_up)
    finally:
        for future in flying:
            future.cancel()
        executor.shutdown(wait=False)


def _room(
    waiting: deque[RunSpec],
    flying: dict[Future[Any], RunSpec],
    lost_times: Counter[RunSpec],
    at_a_time: int | None,
) -> bool:
    alone = lost_times[waiting[0]] or any(lost_times[spec] for spec in flying.values())
    return not flying if alone else at_a_time is None or len(flying) < at_a_time


def _file(
    future: Future[Any], spec: RunSpec, folder: Path, outcome: Outcome, bar: "tqdm[Any]"
) -> RunSpec | None:
    """Store the result of a future; returns the spec if its process was killed."""
    try:
        brought = future.result()
    except BrokenExecutor:
        return spec
    except CancelledError:
        raise UserError(
            "The scheduler is gone, but finished runs are kept: start it, and run the same "
            "command again."
        ) from None
    except Exception as error:
        # Not an error of the run, which comes as a text, but one of sending it or its result.
        brought = _sentence(error)
    if isinstance(brought, str):
        _fail(spec, brought, outcome, bar)
        return None
    outcome.results[spec], outcome.machines[spec] = brought
    _keep(folder, spec, outcome)
    bar.update()
    return None


def _fail(spec: RunSpec, why: str, outcome: Outcome, bar: "tqdm[Any]") -> None:
    outcome.failed[spec] = f"The run {describe(spec)} failed: {why}"
    bar.write(outcome.failed[spec])
    bar.update()


def describe(spec: RunSpec) -> str:
    """A run in a few words.

    Args:
        spec: the run.

    Returns:
        Such as "sonnets, CIFG, 48 units, rate 0.01, replicate 3".
    """
    return (
        f"{task_words(spec.task)}, {cell_words(spec.cell)}, {spec.hidden_size} units, "
        f"rate {spec.learning_rate:g}, replicate {spec.replicate}"
    )


def _work(work: Work, spec: RunSpec, version: str) -> tuple[RunResult, dict[str, str]] | str:
    """Make a run, in a process of the pool; a text says why there is no result."""
    here = this_machine()
    if here["cifg_edu"] != version:
        return (
            f"the worker on {platform.node()} has cifg_edu {here['cifg_edu']}, not {version}: "
            "install the same version on all machines, and edit it only between comparisons."
        )
    try:
        return work(spec), here
    except Exception as error:
        return _sentence(error)


def _sentence(error: Exception) -> str:
    if isinstance(error, UserError):
        return str(error)
    text = " ".join(str(error).split())
    last = (traceback.extract_tb(error.__traceback__) or [None])[-1]
    place = f" ({Path(last.filename).name}, line {last.lineno})" if last else ""
    return f"{type(error).__name__}: {text}{place}"


def this_machine() -> dict[str, str]:
    """The software and the machine of this process.

    Returns:
        The versions of Python, NumPy and cifg_edu, the system, and the number of its cores.
    """
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "cifg_edu": code_version(),
        "system": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
    }


def code_version(folder: Path = FOLDER) -> str:
    """The version of the code that makes the results.

    Args:
        folder: the folder of the package cifg_edu.

    Returns:
        The version, a plus, and a digest of the module of `run` and of all that it imports,
        without comments and docstrings. After an edit of a cell all runs are made again, and all
        workers must have the same code.
    """
    return f"{cifg_edu.__version__}+{_code_digest(folder)}"


@functools.cache
def _code_digest(folder: Path) -> str:
    files = [module_file(name, folder) for name in modules_imported_by(run.__module__, folder)]
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in files if file is not None]
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    texts = map(ast.dump, trees)
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:8]


def result_path(folder: Path, spec: RunSpec) -> Path:
    """Where a run's result is kept.

    Args:
        folder: of all results.
        spec: the run.

    Returns:
        The JSON file. Its name ends with a digest of the spec, of the format and of the code, so
        that results of other code are not found and are made again.
    """
    about = [RESULT_FORMAT, code_version(), asdict(spec)]
    digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()
    return folder / f"{spec.task}-{spec.replicate:02d}-{spec.cell}-{digest[:20]}.json"


def _checksum(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _keep(folder: Path, spec: RunSpec, outcome: Outcome) -> None:
    result = json.loads(to_json(outcome.results[spec]))
    content = {"machine": outcome.machines[spec], "result": result}
    whole = {"sha256": _checksum(content), **content}
    write_atomically(result_path(folder, spec), json.dumps(whole, indent=1).encode())


def _read(path: Path) -> tuple[RunResult, dict[str, str]]:
    """A result and its machine; one of DAMAGED if the file is not whole."""
    content = json.loads(path.read_bytes())
    if content.pop("sha256") != _checksum(content):
        raise ValueError
    return from_json(json.dumps(content["result"])), content["machine"]


def _read_back(folder: Path, spec: RunSpec, outcome: Outcome, bar: "tqdm[Any]") -> None:
    """Read a result from its file, if there is a whole one."""
    path = result_path(folder, spec)
    try:
        result, machine = _read(path)
        if result.spec != spec:
            raise ValueError
    except FileNotFoundError:
        return
    except OSError as error:
        raise UserError(
            f"{path} cannot be read ({error.strerror}): make it readable, or give another --out."
        ) from error
    except DAMAGED:
        bar.write(f"{path} is damaged: the run {describe(spec)} is made again.")
        return
    outcome.results[spec], outcome.machines[spec] = result, machine
    bar.update()
