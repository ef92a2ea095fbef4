"""Runs are made once, in parallel, and survive kills, failures and damaged files."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from cifg_edu.cluster import LocalPool, _without_signals, local_pool
from cifg_edu.comparison.runs import Experiment, Point, RunResult, RunSpec
from cifg_edu.comparison.schedule import (
    Stopped,
    code_version,
    read_folder,
    result_path,
    run_all,
    run_experiment,
)
from cifg_edu.errors import UserError
from cifg_edu.imports import FOLDER

SPECS = [
    RunSpec("adding", cell, "size", 8, 0.01, replicate, 100)
    for cell in ("cifg", "lstm")
    for replicate in range(3)
]
# For a test that fails: no test that passes waits so long, however busy the machine is.
FAILURE_SECONDS = 300


def made_up(spec, diary, seconds=0.0):
    """Stands for a training run: notes that it was made, and computes something from the spec."""
    with open(diary, "a") as file:
        file.write(f"{spec.cell} {spec.replicate}\n")
    time.sleep(seconds)
    value = spec.replicate / 3 + len(spec.cell) / 7
    curve = (Point(0, 0.0, 1.0), Point(spec.updates, time.process_time(), value))
    return RunResult(spec, 100, curve, value, value / 2, time.process_time())


def first_two(spec, diary):
    """Makes the first two; the others are at work until they are ended."""
    return made_up(spec, diary, seconds=0.0 if spec in SPECS[:2] else 1e6)


def failing(spec, diary):
    if (spec.cell, spec.replicate) == ("lstm", 1):
        raise ZeroDivisionError("no\nsuch thing")
    return made_up(spec, diary)


def killed_the_first_time(spec, diary):
    result = made_up(spec, diary, 0.2)
    if (spec.cell, spec.replicate) == ("cifg", 1) and made(diary).count("cifg 1") == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return result


def killed_each_time(spec, diary):
    if (spec.cell, spec.replicate) == ("cifg", 1):
        os.kill(os.getpid(), signal.SIGKILL)
    return made_up(spec, diary)


def settings(spec):
    threads = int(os.environ["OPENBLAS_NUM_THREADS"])
    return RunResult(spec, threads, (), 0.0, 0.0, float(signal.getsignal(signal.SIGINT)))


def made(diary):
    return Path(diary).read_text().splitlines() if Path(diary).exists() else []


def without_seconds(results):
    """All of a result but its seconds, which no two runs share."""
    return {
        spec: replace(r, curve=tuple(p._replace(seconds=0.0) for p in r.curve), seconds=0.0)
        for spec, r in results.items()
    }


def serially(work, folder, specs=SPECS):
    return run_all(specs, folder, partial(ThreadPoolExecutor, 1), 1, work=work)


@pytest.fixture
def diary(tmp_path):
    return tmp_path / "diary"


def test_finished_runs_are_read_back_and_not_repeated(tmp_path, diary):
    work = partial(made_up, diary=diary)
    first = serially(work, tmp_path / "runs", SPECS[:4])
    assert first.reused == 0
    assert made(diary) == ["cifg 0", "cifg 1", "cifg 2", "lstm 0"]
    second = serially(work, tmp_path / "runs")
    assert second.reused == 4
    assert made(diary)[4:] == ["lstm 1", "lstm 2"]
    assert list(second.results) == SPECS
    assert {s: second.results[s] for s in SPECS[:4]} == first.results
    assert second.machines[SPECS[0]] == first.machines[SPECS[0]]


def rising(spec):
    """The higher the rate the better, up to 0.05; the first replicate of the LSTM never works."""
    if (spec.cell, spec.replicate) == ("lstm", 0):
        raise ZeroDivisionError
    return RunResult(spec, 100, (), abs(spec.learning_rate - 0.05), 0.5, 0.0)


def test_an_experiment_makes_runs_until_none_is_left_and_none_twice(tmp_path):
    experiment = Experiment(["adding"], ["cifg", "lstm"], range(2), 8, [0.002, 0.01], 100)
    asked = []

    def make(specs):
        asked.extend(specs)
        return serially(rising, tmp_path / "runs", specs)

    outcome = run_experiment(experiment, make)
    assert len(asked) == len(set(asked))
    rates = {}
    for spec in outcome.results:
        rates.setdefault((*spec.model[1:], spec.replicate), []).append(spec.learning_rate)
    assert set(rates) == {
        ("cifg", "size", 0),
        ("cifg", "size", 1),
        ("lstm", "size", 1),
        ("lstm", "parameters", 1),
    }
    assert all(tried == [0.002, 0.01, 0.05, 0.25] for tried in rates.values())
    assert {(spec.cell, spec.replicate) for spec in outcome.failed} == {("lstm", 0)}
    assert set(outcome.machines) == set(outcome.results)


def test_a_folder_is_read_without_making_anything_if_one_version_has_made_all(
    tmp_path, diary, monkeypatch
):
    folder = tmp_path / "runs"
    made_here = serially(partial(made_up, diary=diary), folder, SPECS[:4])
    # The code has gone on since.
    monkeypatch.setattr("cifg_edu.__version__", "999")
    read = read_folder(folder)
    assert read.results == made_here.results
    assert read.machines == made_here.machines
    serially(partial(made_up, diary=diary), folder, SPECS[4:])
    with pytest.raises(UserError, match=r"of several versions \(.*999.*\): keep those of one"):
        read_folder(folder)
    next(iter(sorted(folder.iterdir()))).write_text("{}")
    with pytest.raises(UserError, match="is damaged: delete it"):
        read_folder(folder)
    assert not read_folder(tmp_path / "none").results


def test_runs_in_parallel_give_the_results_of_runs_one_by_one(tmp_path, diary):
    work = partial(made_up, diary=diary)
    one_by_one = serially(work, tmp_path / "a")
    parallel = run_all(SPECS, tmp_path / "b", local_pool(2), 2, work=work)
    assert without_seconds(parallel.results) == without_seconds(one_by_one.results)
    assert list(parallel.results) == SPECS


def test_real_training_in_processes_gives_the_bits_of_training_here(tmp_path):
    specs = [replace(spec, updates=5) for spec in SPECS[2:4]]
    here = run_all(specs, tmp_path / "a", partial(ThreadPoolExecutor, 1), 1)
    there = run_all(specs, tmp_path / "b", local_pool(2), 2)
    assert not here.failed
    assert without_seconds(there.results) == without_seconds(here.results)


def test_a_run_asked_for_twice_is_made_once(tmp_path, diary):
    outcome = serially(partial(made_up, diary=diary), tmp_path / "runs", SPECS[:1] * 3)
    assert list(outcome.results) == SPECS[:1]
    assert made(diary) == ["cifg 0"]


def test_a_failing_run_is_named_in_one_sentence_and_loses_no_other(tmp_path, diary):
    work = partial(failing, diary=diary)
    outcome = run_all(SPECS, tmp_path / "runs", local_pool(2), 2, work=work)
    assert len(outcome.results) == len(SPECS) - 1
    assert list(outcome.failed) == [SPECS[4]]
    sentence = outcome.failed[SPECS[4]]
    assert "adding, LSTM, 8 units, rate 0.01, replicate 1" in sentence
    assert "ZeroDivisionError: no such thing (test_schedule.py, line" in sentence
    assert "\n" not in sentence
    # It is not kept as a result, and so has another chance.
    again = serially(partial(made_up, diary=diary), tmp_path / "runs")
    assert not again.failed
    assert again.reused == len(SPECS) - 1


def changed(text):
    content = json.loads(text)
    content["result"]["test"] = 0.0
    return json.dumps(content)


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: text[: len(text) // 2],
        lambda text: "[]",
        lambda text: "null",
        lambda text: "{}",
        lambda text: "[" * 100_000,
        changed,
    ],
    ids=["empty", "cut", "list", "null", "object", "deep", "changed"],
)
def test_a_damaged_result_is_made_again_with_a_note(tmp_path, diary, damage, capsys):
    work = partial(made_up, diary=diary)
    first = serially(work, tmp_path / "runs")
    path = result_path(tmp_path / "runs", SPECS[2])
    path.write_text(damage(path.read_text()))
    second = serially(work, tmp_path / "runs")
    assert made(diary)[len(SPECS) :] == ["cifg 2"]
    assert without_seconds(second.results) == without_seconds(first.results)
    assert f"{path} is damaged" in capsys.readouterr().out


def test_results_of_another_version_are_not_taken(tmp_path, diary, monkeypatch):
    work = partial(made_up, diary=diary)
    serially(work, tmp_path / "runs")
    monkeypatch.setattr("cifg_edu.__version__", "999")
    assert serially(work, tmp_path / "runs").reused == 0


@pytest.fixture
def version_with(tmp_path):
    """The code's version after something was added to some files of the package."""

    def version(**additions):
        copy = Path(tempfile.mkdtemp(dir=tmp_path)) / "cifg_edu"
        shutil.copytree(FOLDER, copy, ignore=shutil.ignore_patterns("__pycache__"))
        for name, text in additions.items():
            with open(copy / f"{name.replace('__', '/')}.py", "a") as file:
                file.write(text)
        return code_version(copy)

    return version


ADDED = "ADDED = 1\n"


@pytest.mark.parametrize("name", ["cifg", "text", "comparison__compared_tasks", "comparison__gru"])
def test_an_edit_of_what_a_run_imports_makes_results_new(version_with, name):
    assert version_with(**{name: ADDED}) != version_with() == code_version()


@pytest.mark.parametrize("name", ["engine", "training", "comparison__findings", "widgets__panel"])
def test_an_edit_of_what_no_run_imports_keeps_the_results(version_with, name):
    assert version_with(**{name: ADDED}) == version_with()


def test_a_comment_or_a_docstring_keeps_the_results(version_with):
    assert version_with(cifg="# edited\n") == version_with()
    plain, worded = (f"def added():{words}\n    return 1\n" for words in ("", '\n    """One."""'))
    assert version_with(cifg=plain) == version_with(cifg=worded) != version_with()


def test_a_new_module_counts_as_soon_as_a_run_is_built_on_it(version_with):
    first, second = "import math\n", "import math\n\nADDED = 1\n"
    assert version_with(new=first) == version_with()
    through = {"gates": "from cifg_edu.new import math\n"}
    assert version_with(new=first, **through) != version_with(new=second, **through)


def test_a_worker_of_another_version_is_refused_in_one_sentence(tmp_path, monkeypatch):
    from cifg_edu.comparison import schedule

    monkeypatch.setattr("cifg_edu.__version__", "999")
    outcome = run_all(SPECS[:1], tmp_path / "runs", local_pool(1), 1, work=settings)
    assert "install the same version on all machines" in outcome.failed[SPECS[0]]
    assert schedule.this_machine()["cifg_edu"].startswith("999+")


def test_each_process_has_one_thread_and_leaves_ctrl_c_to_its_parent(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "7")
    outcome = run_all(SPECS[:1], tmp_path / "runs", local_pool(1), 1, work=settings)
    assert outcome.results[SPECS[0]].parameters == 1
    assert outcome.results[SPECS[0]].seconds == signal.SIG_IGN
    # Our own environment is as it was.
    assert os.environ["OPENBLAS_NUM_THREADS"] == "7"


def test_runs_lost_with_a_killed_process_are_made_again(tmp_path, diary):
    work = partial(killed_the_first_time, diary=diary)
    outcome = run_all(SPECS, tmp_path / "runs", local_pool(2), 2, work=work)
    assert not outcome.failed
    assert list(outcome.results) == SPECS
    assert made(diary).count("cifg 1") == 2
    # Those that had finished before the kill, or had not begun, were made once.
    assert made(diary).count("lstm 2") == 1


def test_a_run_that_is_killed_each_time_is_given_up_and_blamed_alone(tmp_path, diary):
    work = partial(killed_each_time, diary=diary)
    outcome = run_all(SPECS, tmp_path / "runs", local_pool(2), 2, work=work)
    assert list(outcome.failed) == [SPECS[1]]
    assert "killed 3 times; did the memory run out?" in outcome.failed[SPECS[1]]
    assert len(outcome.results) == len(SPECS) - 1


class Breaking(Executor):
    """Breaks with all that it was given, as soon as it is given the second run."""

    def __init__(self):
        self.at_work = []
        self.broken = False

    def submit(self, fn, *arguments):
        if self.broken:
            raise BrokenExecutor
        self.at_work.append((future := Future(), fn, arguments))
        if SPECS[1] in arguments:
            self.broken = True
            for lost, *_ in self.at_work:
                lost.set_exception(BrokenExecutor())
        else:
            threading.Timer(0.3, self.finish, [future, fn, arguments]).start()
        return future

    def finish(self, future, fn, arguments):
        if not self.broken:
            future.set_result(fn(*arguments))
            self.at_work = [work for work in self.at_work if work[0] is not future]


def test_a_run_that_was_lost_with_others_is_tried_again_alone(tmp_path, diary):
    outcome = run_all(SPECS, tmp_path / "runs", Breaking, 3, work=partial(made_up, diary=diary))
    assert list(outcome.failed) == [SPECS[1]]
    assert list(outcome.results) == [SPECS[0], *SPECS[2:]]


def test_a_folder_that_cannot_be_written_ends_in_one_sentence(tmp_path, diary):
    (tmp_path / "runs").write_text("a file, and no folder")
    with pytest.raises(UserError, match=r"cannot be (written|read) .*: .*"):
        serially(partial(made_up, diary=diary), tmp_path / "runs")


CODE = """
import sys
from functools import partial
from pathlib import Path
from cifg_edu.comparison.schedule import Stopped, run_all
from cifg_edu.cluster import local_pool
from tests.test_schedule import SPECS, first_two

if __name__ == "__main__":
    diary, folder = Path(sys.argv[1]), Path(sys.argv[2])
    try:
        run_all(SPECS, folder, local_pool(2), 2, work=partial(first_two, diary=diary))
    except Stopped as stopped:
        print(stopped)
        sys.exit(130)
"""


def start(tmp_path, diary):
    script = tmp_path / "script.py"
    script.write_text(CODE)
    here = str(Path(__file__).parents[1])
    return subprocess.Popen(
        [sys.executable, script, diary, tmp_path / "runs"],
        env=os.environ | {"PYTHONPATH": here},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )


def test_ctrl_c_does_not_reach_a_process_that_is_just_starting():
    pool = LocalPool(1)
    future = pool.submit(int, "7")
    [process] = pool._processes.values()
    os.kill(process.pid, signal.SIGINT)
    assert future.result() == 7
    pool.shutdown()
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_a_process_starts_is_answered_once_it_is_known(number):
    known, done = [], threading.Event()
    other = threading.Thread(target=done.wait)  # the system may give it the signal
    other.start()
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)

    @_without_signals()
    def begin():
        os.kill(os.getpid(), number)
        time.sleep(0.05)
        known.append("the new process")

    try:
        with pytest.raises(KeyboardInterrupt):
            begin()
    finally:
        signal.signal(signal.SIGTERM, before)
        done.set()
        other.join()
    assert known
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def children(process):
    path = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return [int(pid) for pid in path.read_text().split()] if path.exists() else []


def alive(pid):
    try:
        # What is dead, and only waits for its parent to take notice, has no command line.
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until(condition, process=None):
    limit = time.monotonic() + FAILURE_SECONDS
    while not condition():
        assert time.monotonic() < limit
        assert process is None or process.poll() is None
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_stopped_half_way_all_processes_end_and_the_same_command_goes_on(tmp_path, diary, number):
    process = start(tmp_path, diary)
    wait_until(lambda: len(list((tmp_path / "runs").glob("*.json"))) >= 2, process)
    workers = children(process)
    if number == signal.SIGINT:
        # A terminal sends Ctrl-C to all processes of the command.
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    output, errors = process.communicate(timeout=FAILURE_SECONDS)
    kept = len(list((tmp_path / "runs").glob("*.json")))
    assert kept == 2
    if number == signal.SIGINT:
        assert process.returncode == 130
        assert f"{kept} of {len(SPECS)} runs" in output
        assert "Traceback" not in errors
    wait_until(lambda: not any(map(alive, workers)))

    before = made(diary)
    outcome = serially(partial(made_up, diary=diary), tmp_path / "runs")
    assert outcome.reused == kept
    assert len(made(diary)) - len(before) == len(SPECS) - kept
    never_stopped = serially(partial(made_up, diary=diary), tmp_path / "b")
    assert without_seconds(outcome.results) == without_seconds(never_stopped.results)


def test_ctrl_c_in_this_process_is_told_as_stopped(tmp_path):
    class Pressed(ThreadPoolExecutor):
        def submit(self, *arguments, **named):
            raise KeyboardInterrupt

    with pytest.raises(Stopped, match="0 of 6 runs"):
        run_all(SPECS, tmp_path / "runs", partial(Pressed, 1), 1)


def test_a_pool_shut_down_without_waiting_drops_what_is_at_work():
    pool = LocalPool(1)
    pool.submit(time.sleep, 0).result()
    pool.submit(time.sleep, 1e6)
    pool.shutdown(wait=False)
    pool.shutdown(wait=True)  # for ever, were it not dropped
