"""Runs of pytest --nbval, each in another process: run_nbval, allow_runs, stop_runs, end_idle.

To import pytest, nbval and the notebook's kernel takes a second or two, and most runs are shorter
than that. So one process, the runner, imports them, and makes copies of itself (fork) for each
run: one for pytest, and one for the kernel. This file is that program too:
`python -m cifg_edu.grading.nbval_run`.
"""

import contextlib
import ctypes
import gc
import json
import os
import select
import signal
import subprocess
import sys
import threading
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any, NamedTuple

import cifg_edu
from cifg_edu.grading.sandbox.box import process_tree
from cifg_edu.grading.sandbox.fence import find_fence, remove_left_groups
from cifg_edu.grading.sandbox.stripped_course import ADMITTED, read_module

# nbval's own processes run no student's code, but they read what one sends.
MEMORY = 4 << 30
LONGEST_COMPLAINT = 10_000
DEATH_SIGNAL, CHILD_SUBREAPER = 1, 36  # of prctl(2)
OPTIONS = (
    *("--nbval", "--nbval-current-env", "-p", "nbval.plugin", "-p", "no:cacheprovider"),
    *("-c", os.devnull, "--color=no", "-q", "--tb=short", "-W", "ignore"),
)

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
        seconds: after so long the run is ended; cells not reached have no verdict.

    Returns:
        A verdict for each cell.

    Source: https://nbval.readthedocs.io.
    """
    junit, log = notebook.with_suffix(".xml"), notebook.with_suffix(".log")
    folder = notebook.parent
    options = [*OPTIONS, f"--rootdir={folder}", f"--confcutdir={folder}", f"--junitxml={junit}"]
    _run({"options": [*options, str(notebook)], "folder": str(folder), "log": str(log)}, seconds)
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
            # Said, and not only closed: a process forked from this one may hold the pipe open.
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
    """End pytest and its kernel, which leads another session, and takes its boxes along."""
    for process in reversed(process_tree(pid)):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(process, signal.SIGKILL)


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
    # What the copies need is imported and prepared here, once.
    import ipykernel.debugger
    import ipykernel.kernelapp  # noqa: F401
    import nbformat
    import nbval.kernel  # type: ignore[import-untyped]
    import nbval.plugin  # type: ignore[import-untyped]
    import pytest

    import cifg_edu.grading.answer_runner  # noqa: F401

    nbformat.validate({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    for name in ADMITTED:
        read_module(name)
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
            kernel = _Kernel(Path(request["folder"]))
            nbval.kernel.start_new_kernel = kernel.connect
            os._exit(pytest.main(request["options"]))
        print(pid, flush=True)
        os.waitpid(pid, 0)
        _end_orphans()
        print("ended", flush=True)


class _Kernel:
    """The notebook's kernel as a copy of this process, with what nbval asks of a manager."""

    kernel_spec = None

    def __init__(self, folder: Path) -> None:
        from ipykernel.kernelapp import IPKernelApp
        from jupyter_client.connect import write_connection_file

        self._file, _ = write_connection_file(
            str(folder / "kernel.json"), transport="ipc", ip=str(folder / "kernel")
        )
        self._pid = os.fork()
        if not self._pid:
            _set_for_process(DEATH_SIGNAL, signal.SIGKILL)
            IPKernelApp.launch_instance(
                argv=["-f", self._file, "--quiet", "--HistoryManager.enabled=False"]
            )
            os._exit(0)
        # nbval would wait for minutes for a kernel that is no longer there.
        signal.signal(signal.SIGCHLD, lambda *_: self._give_up())

    def connect(self, startup_timeout: float, **_: Any) -> tuple[Any, Any]:
        """Stands for `nbval.kernel.start_new_kernel`."""
        from jupyter_client.blocking.client import BlockingKernelClient

        client = BlockingKernelClient(connection_file=self._file)
        client.load_connection_file()
        client.start_channels(hb=False)
        client.wait_for_ready(timeout=startup_timeout)
        return self, client

    def is_alive(self) -> bool:
        return True

    def interrupt_kernel(self) -> None:
        os.kill(self._pid, signal.SIGINT)

    def shutdown_kernel(self, now: bool) -> None:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)

    def _give_up(self) -> None:
        if os.waitpid(self._pid, os.WNOHANG)[0]:
            os.write(1, b"The notebook's kernel was killed.\n")
            os._exit(1)


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
