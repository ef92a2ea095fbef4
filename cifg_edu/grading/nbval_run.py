"""Runs of pytest --nbval, each in its own process: run_nbval, allow_runs, stop_runs, end_idle.

Importing pytest and nbval takes longer than most runs. So one process, the runner, imports them
once and makes a copy of itself (fork) for each run. This file is the runner's program too:
`python -m cifg_edu.grading.nbval_run`.
"""

import collections
import contextlib
import ctypes
import gc
import io
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any, NamedTuple

import cifg_edu
from cifg_edu.grading.sandbox.box import process_tree
from cifg_edu.grading.sandbox.fence import find_fence, remove_left_groups

# nbval's own processes run no student's code, but they read what one sends.
MEMORY = 4 << 30
LONGEST_COMPLAINT = 10_000
CHILD_SUBREAPER = 36  # of prctl(2)
CELL = "cell"  # the only request at a time
# Parts of pytest that no notebook uses: without them a run takes two thirds of the time.
NOT_NEEDED = (
    *("debugging", "doctest", "faulthandler", "logging", "monkeypatch", "pastebin", "recwarn"),
    *("setuponly", "setupplan", "stepwise", "subtests", "threadexception", "tmpdir", "unittest"),
    *("unraisableexception", "warnings"),
)
OPTIONS = (
    *("--nbval", "--nbval-current-env", "-p", "nbval.plugin", "-p", "no:cacheprovider"),
    *("-c", os.devnull, "--color=no", "-q", "--tb=short"),
    *(f"-pno:{plugin}" for plugin in NOT_NEEDED),
)

NOTHING = {
    "cells": [
        {
            "cell_type": "code",
            "id": "nothing",
            "metadata": {},
            "execution_count": 1,
            "source": "print()",
            "outputs": [{"name": "stdout", "output_type": "stream", "text": "\n"}],
        }
    ],
    "metadata": {},
    "nbformat": 4,
    "nbformat_minor": 5,
}

_idle: list[subprocess.Popen[bytes]] = []
# A process forked from this one, as some executors do, must not talk to its parent's runners.
os.register_at_fork(after_in_child=_idle.clear)
_running: set[int] = set()
_lock = threading.Lock()
_stopped = threading.Event()


class NbvalVerdict(NamedTuple):
    """For each code cell whether nbval passed it (None: it never came to it), and its report."""

    passed: list[bool | None]
    junit: str
    complaint: str


def run_nbval(notebook: Path, cells: int, seconds: float) -> NbvalVerdict:
    """Run a notebook and compare its outputs with those stored in it.

    Args:
        notebook: alone in a folder, which is also the notebook's working directory.
        cells: how many code cells it has.
        seconds: the longest that it may take; cells not reached by then have no verdict.

    Returns:
        A verdict for each cell.

    Source: https://nbval.readthedocs.io.
    """
    junit, log = notebook.with_suffix(".xml"), notebook.with_suffix(".log")
    folder = notebook.parent
    _run({"options": _options(notebook), "folder": str(folder), "log": str(log)}, seconds)
    complaint = ""
    with contextlib.suppress(OSError), log.open("rb") as file:
        complaint = file.read(LONGEST_COMPLAINT).decode(errors="replace")
    try:
        text = junit.read_text(encoding="utf-8", errors="replace")
        return NbvalVerdict(_passed(text, cells), text, complaint)
    except (OSError, ElementTree.ParseError):
        return NbvalVerdict([None] * cells, "", complaint)


class Stopped(Exception):
    """Ctrl-C: no further run is begun."""


def allow_runs() -> None:
    """Let runs begin, also after `stop_runs`."""
    _stopped.clear()


def stop_runs() -> None:
    """End every run of this process, and let none begin."""
    _stopped.set()
    with _lock:
        for pid in _running:
            _stop(pid)


def end_idle() -> None:
    """End the processes that wait for further runs."""
    with _lock:
        while _idle:
            runner = _idle.pop()
            assert runner.stdin is not None
            # Closing the pipe is not enough: a process forked from this one may hold it open.
            with contextlib.suppress(OSError):
                runner.stdin.write(b"null\n")
                runner.stdin.close()
            try:
                runner.wait(timeout=10)
            except subprocess.TimeoutExpired:
                runner.kill()
                runner.wait()


def _run(request: dict[str, Any], seconds: float) -> None:
    """Have a runner make a copy of itself for a request, and wait until that has ended."""
    if _stopped.is_set():
        raise Stopped
    with _lock:
        runner = _idle.pop() if _idle else _new_runner()
    assert runner.stdin is not None
    assert runner.stdout is not None
    try:
        runner.stdin.write(json.dumps(request).encode() + b"\n")
        runner.stdin.flush()
        pid = int(runner.stdout.readline())
    except (OSError, ValueError):
        return  # it has died: there is no verdict, and the next run has another runner
    with _lock:
        _running.add(pid)
    try:
        if not select.select([runner.stdout], [], [], seconds)[0]:
            _stop(pid)
        runner.stdout.readline()
    finally:
        with _lock:
            _running.discard(pid)
            _idle.append(runner)


def _new_runner() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "cifg_edu.grading.nbval_run"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(),
        start_new_session=True,
    )


def _passed(junit: str, cells: int) -> list[bool | None]:
    passed: list[bool | None] = [None] * cells
    for case in ElementTree.fromstring(junit).iter("testcase"):
        number = int(case.get("name", "Cell -1").removeprefix("Cell "))
        if 0 <= number < cells:
            bad = {child.tag for child in case} & {"failure", "error", "skipped"}
            passed[number] = not bad
    return passed


def _stop(pid: int) -> None:
    """End pytest and its boxes."""
    for process in reversed(process_tree(pid)):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(process, signal.SIGKILL)


def _options(notebook: Path) -> list[str]:
    """What pytest is told about a notebook."""
    folder, junit = notebook.parent, notebook.with_suffix(".xml")
    places = [f"--rootdir={folder}", f"--confcutdir={folder}", f"--junitxml={junit}"]
    return [*OPTIONS, *places, str(notebook)]


def _environment() -> dict[str, str]:
    """What this process has, and the course, wherever it is installed."""
    course = str(Path(cifg_edu.__file__).parent.parent)
    return {
        **os.environ,
        "PYTHONPATH": course,
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTEST_ADDOPTS": "",
        "PYTHONDONTWRITEBYTECODE": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


def _serve() -> None:
    """Run pytest for each line of the input, in a copy of this process."""
    import nbval.kernel  # type: ignore[import-untyped]
    import pytest

    import cifg_edu.grading.answer_runner  # noqa: F401

    nbval.kernel.start_new_kernel = lambda **_: (kernel := _Kernel(), kernel)
    # The copies find imported and compiled what a first run of nothing has needed.
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        notebook = Path(folder) / "nothing.ipynb"
        notebook.write_text(json.dumps(NOTHING), encoding="utf-8")
        assert pytest.main(_options(notebook)) == 0
    find_fence()
    _set_for_process(CHILD_SUBREAPER, 1)
    gc.freeze()  # else each copy looks through all of this for garbage, a quarter of its work
    for line in sys.stdin:
        request = json.loads(line)
        if request is None:
            break
        pid = os.fork()
        if not pid:
            os.setsid()
            _settle(request["folder"], request["log"])
            os._exit(pytest.main(request["options"]))
        print(pid, flush=True)
        os.waitpid(pid, 0)
        _end_orphans()
        print("ended", flush=True)


class _Kernel:
    """Runs a notebook's cells in pytest's own process: to nbval a kernel's manager and client.

    The cells are those of `grading_notebook`, and none of a student's code runs here. So a
    Jupyter kernel, another process that takes longer to start than most answers run, is not
    needed.
    """

    kernel_spec = None

    def __init__(self) -> None:
        self._names: dict[str, Any] = {"__name__": "__main__"}
        self._messages: collections.deque[dict[str, Any]] = collections.deque()

    def kernel_info(self) -> str:
        return self.execute("")

    def execute(self, source: str, **_: Any) -> str:
        """Run a cell, and keep for nbval what it printed and how it stopped."""
        printed, stopped = io.StringIO(), []
        with contextlib.redirect_stdout(printed):
            try:
                exec(source, self._names)
            except BaseException as error:
                words = {"ename": type(error).__name__, "evalue": str(error)}
                lines = traceback.format_exception(error)
                stopped.append(_message("error", **words, traceback=lines))
        self._messages.clear()
        if printed.getvalue():
            self._messages.append(_message("stream", name="stdout", text=printed.getvalue()))
        self._messages += [*stopped, _message("status", execution_state="idle")]
        return CELL

    def get_shell_msg(self, **_: Any) -> dict[str, Any]:
        return _message("execute_reply", status="ok")

    def get_iopub_msg(self, **_: Any) -> dict[str, Any]:
        return self._messages.popleft()

    def is_alive(self) -> bool:
        return True

    def stop_channels(self) -> None:
        """There are none."""

    def shutdown_kernel(self, now: bool) -> None:
        """It ends with this process."""


def _message(kind: str, **content: Any) -> dict[str, Any]:
    return {"msg_type": kind, "parent_header": {"msg_id": CELL}, "content": content}


def _end_orphans() -> None:
    """End and reap what a run has left: the system hands its orphans to this process."""
    with contextlib.suppress(ChildProcessError):
        while True:
            for pid in process_tree(os.getpid())[1:]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            os.waitpid(-1, 0)
    remove_left_groups()


def _set_for_process(option: int, value: int) -> None:
    """Call prctl(2), where the system has it."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(option, value)


def _settle(folder: str, log: str) -> None:
    """Give this copy its own output and limits, and no configuration of a user's."""
    import resource  # here, where it is used: Windows has none

    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for standard, number in ((0, nothing), (1, output), (2, output)):
        os.dup2(number, standard)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MEMORY >> 5, MEMORY >> 5))
    os.chdir(folder)
    home = os.path.join(folder, "jupyter")
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR"):
        os.environ[name] = home


if __name__ == "__main__":
    _serve()
