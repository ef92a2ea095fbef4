"""Spreading work over cores or over a cluster: local_pool, dask_pool, cores, idle_cores."""

import concurrent.futures
import contextlib
import functools
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

from cifg_edu.errors import UserError

DASK_SECONDS = 10
THREAD_SETTINGS = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)

OpenPool = Callable[[], Executor]


def cores() -> int:
    """The number of cores that this process may use: at most those of the machine."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def idle_cores(seconds: float = 0.2) -> int:
    """The number of cores without work, on average over this time; all of them if it is unknown."""
    counters = Path("/proc/stat")  # Linux
    if not counters.exists():
        return cores()
    idle = []
    for pause in (seconds, 0):
        idle.append(int(counters.read_text(encoding="utf-8").split()[4]))  # in ticks, all cores
        time.sleep(pause)
    return round((idle[1] - idle[0]) / os.sysconf("SC_CLK_TCK") / seconds)


class LocalPool(concurrent.futures.ProcessPoolExecutor):
    """Processes on this machine, one thread each.

    They end with this process, however it ends: each holds one end of a pipe, and exits when
    the other end is closed. Those of Python's own pool would outlive a killed parent.
    """

    def __init__(self, workers: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._theirs, self._ours = context.Pipe(duplex=False)
        super().__init__(workers, context, initializer=_settle, initargs=(self._theirs,))

    def submit(self, *arguments: Any, **named: Any) -> Future[Any]:
        # This call may start a process. NumPy reads these settings once, when it is loaded,
        # so they must be in the environment when the process starts.
        with one_thread(), _without_signals():
            return super().submit(*arguments, **named)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        super().shutdown(wait, cancel_futures=cancel_futures)
        self._ours.close()


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Within it, a process that starts has one thread for NumPy's matrix products."""
    before = {name: os.environ.get(name) for name in THREAD_SETTINGS}
    os.environ.update(dict.fromkeys(THREAD_SETTINGS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _without_signals() -> Iterator[None]:
    """Start processes that Ctrl-C and SIGTERM do not reach before `_settle` runs in them.

    This process answers both afterwards. If a start were broken off half way, the new process would
    find nothing to do, and say so with a traceback, or wait for work for ever.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    numbers = [signal.SIGINT, signal.SIGTERM]
    late: list[int] = []
    # New processes inherit the mask. It is that of one thread, and a signal that comes to another
    # is answered in the main thread, so there the answer has to wait as well.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    is_main = threading.current_thread() is threading.main_thread()
    answers = {
        number: signal.signal(number, lambda came, _: late.append(came))
        for number in numbers
        if is_main and signal.getsignal(number) is not None
    }
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for number, answer in answers.items():
            signal.signal(number, answer)
        for came in late:
            signal.raise_signal(came)


def _settle(leash: "multiprocessing.connection.Connection[Any, Any]") -> None:
    """Prepare a process of the pool: it leaves Ctrl-C to its parent, and ends with its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):  # not on Windows
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    threading.Thread(target=_leave_with, args=(leash,), daemon=True).start()


def _leave_with(leash: "multiprocessing.connection.Connection[Any, Any]") -> None:
    with contextlib.suppress(EOFError, OSError):
        leash.recv_bytes()
    os._exit(1)


def local_pool(workers: int) -> OpenPool:
    """Processes on this machine.

    Args:
        workers: number of processes; more than there are cores are of no use.

    Returns:
        What `run_all` needs, beside `at_a_time=workers`.
    """
    return functools.partial(LocalPool, workers)


@contextlib.contextmanager
def dask_pool(address: str) -> Iterator[OpenPool]:
    """The workers of a Dask scheduler. Dask gives the runs of a killed worker to another.

    Args:
        address: of the scheduler, such as tcp://127.0.0.1:8786.

    Yields:
        What `run_all` needs, with `at_a_time=None`.

    Raises:
        UserError: Dask is not installed, or no scheduler answers at the address in ten seconds.
    """
    try:
        import distributed  # type: ignore[import-not-found, unused-ignore]
    except ImportError as error:
        raise UserError(
            'Dask is not installed here: python -m pip install "dask[distributed]", on this '
            "machine and on the workers."
        ) from error
    try:
        client = distributed.Client(address, timeout=DASK_SECONDS)  # type: ignore[no-untyped-call, unused-ignore]
    except (OSError, ValueError, TypeError) as error:
        raise UserError(
            f"No Dask scheduler answers at {address}: start one with dask scheduler, and give "
            "the address that it prints, such as tcp://127.0.0.1:8786."
        ) from error
    with client:
        # Dask would answer a pure call from memory, even if it failed before.
        yield functools.partial(client.get_executor, pure=False)
