"""The box in which students' code runs: Box, Limits, BoxDied."""

import compileall
import contextlib
import io
import os
import pickle
import py_compile
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any, NamedTuple, NoReturn

import numpy as np

from cifg_edu.checks.watching import WALL_PER_CPU
from cifg_edu.errors import UserError
from cifg_edu.grading.sandbox import messages
from cifg_edu.grading.sandbox.fence import (
    ControlGroup,
    enclose,
    find_fence,
    namespaces,
    seccomp_file,
)

START_SECONDS = 120.0
WATCH_SECONDS = 0.1
OWN_PROCESSES = 3  # two of bubblewrap's, and the worker
# Where things stand inside: short, and the same on every machine.
COURSE, SITE, SCRATCH = "/course", "/site", "/scratch"
WORKER = "worker.pyc"
UNCHECKED = py_compile.PycInvalidationMode.UNCHECKED_HASH


class Limits(NamedTuple):
    """What a student's processes may use up for one exercise.

    cpu_seconds: computing time, of all of them together.
    wall_seconds: time by the clock, for an answer that waits and does not compute.
    memory, scratch, reply: bytes of each process, of all files together, and of a result.
    processes, files: how many there may be.
    """

    cpu_seconds: int = 20
    wall_seconds: float = 20 * WALL_PER_CPU
    memory: int = 1 << 30
    processes: int = 16
    scratch: int = 64 << 20
    files: int = 1000
    reply: int = 16 << 20


class BoxDied(BaseException):
    """The box is gone, and why. No `except Exception` may take this for an answer's error."""


class Box:
    """A separate process that runs a student's cells and answers calls of their functions.

    Args:
        course: a folder with the package without answers, and the worker: see `put_worker`.
        limits: what may be used up.
        boxed: with bubblewrap; without it only the limits hold.

    Raises:
        UserError: the box does not start at all.
    """

    def __init__(self, course: Path, limits: Limits, boxed: bool = True) -> None:
        self.limits, self.boxed = limits, boxed
        self._left = limits.wall_seconds
        self._watched = time.monotonic()
        self._used = 0.0
        self._given = _Given([], set())
        self._group: ControlGroup | None = None
        self._scratch_number: int | None = None
        self._scratch = None if boxed else tempfile.TemporaryDirectory(prefix="cifg_scratch_")
        # As root a user's number that is not in use, another for each box: limits count by user.
        # Without bubblewrap that user must find Python and NumPy where they are.
        other = os.geteuid() == 0 and (boxed or closed_to_others(above=True) is None)
        self._uid = 1_000_000_000 + os.getpid() * 100 + id(self) % 100 if other else 0
        if self._scratch and self._uid:
            os.chown(self._scratch.name, self._uid, self._uid)
        self._channel, inside = socket.socketpair()
        filtered = seccomp_file() if boxed and find_fence().seccomp else contextlib.nullcontext()
        with tempfile.TemporaryFile() as complaints, inside, filtered as seccomp:
            self._process = subprocess.Popen(
                self._command(course, seccomp),
                stdin=inside.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=complaints,
                cwd=self._scratch.name if self._scratch else None,
                env=_environment(self._scratch.name) if self._scratch else {},
                start_new_session=True,
                pass_fds=[] if seccomp is None else [seccomp],
            )
            inside.close()
            self._wait_until_ready(complaints)

    def request(self, *message: Any) -> dict[str, Any]:
        """Ask the worker for something.

        Args:
            message: what `worker.serve` knows. Functions in it stay here: calls of them come
                back, and are answered here.

        Returns:
            The worker's answer, not decoded.

        Raises:
            BoxDied: the time is up, a limit is passed, or the process is gone or talks nonsense.
        """
        self._watched = time.monotonic()
        try:
            self._send(message)
            while True:
                content = self._receive()
                start = time.thread_time()
                try:
                    reply = messages.load(content)
                    if not isinstance(reply, dict):
                        raise messages.MessageError("the result could not be read")
                    if "call" not in reply:
                        return reply
                    self._send(self._call_back(reply))
                finally:  # work that the student's code asked for
                    self._used += time.thread_time() - start
        except TimeoutError:
            self._end("It does not read what it is sent.")
        except (EOFError, OSError) as error:
            raise BoxDied(self._why_it_ended()) from error
        except messages.MessageError as error:
            self.close()
            raise BoxDied(f"The result cannot be used: {error}.") from error

    def close(self) -> None:
        """End the process and everything that it started."""
        if self._group:
            self._group.end()
        # With bubblewrap this takes the whole process tree along: its first process dies with
        # its parent, and the kernel ends a process namespace with its first process.
        if self._process.poll() is None:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                self._process.kill()
        self._process.wait()
        self._channel.close()
        if self._scratch_number is not None:
            os.close(self._scratch_number)
            self._scratch_number = None
        if self._scratch:
            self._scratch.cleanup()

    def _wait_until_ready(self, complaints: Any) -> None:
        self._left, seconds = START_SECONDS, self._left
        try:
            ready = messages.load(self._receive())
        except (BoxDied, EOFError, OSError, messages.MessageError) as error:
            self.close()
            complaints.seek(0)
            said = complaints.read(2000).decode(errors="replace").strip() or str(error)
            closed = closed_to_others() if self.boxed else None
            if closed:
                said = f"only root can read {closed}, so run chmod -R a+rX {closed.parent}"
            raise UserError(f"The box for students' code does not start: {said}") from error
        assert ready == {"ready": True}
        self._left = seconds
        # No code of a student has run yet: these are the box's own processes.
        pids = process_tree(self._process.pid)
        self._group = enclose(pids, 2 * self.limits.memory, self.limits.processes + OWN_PROCESSES)
        self._used -= self._cpu_seconds(pids)
        if self.boxed:
            with contextlib.suppress(OSError):
                scratch = f"/proc/{pids[-1]}/root{SCRATCH}"
                self._scratch_number = os.open(scratch, os.O_PATH | os.O_DIRECTORY)

    def _send(self, message: Any) -> None:
        content = io.BytesIO()
        _Pickler(content, self._given).dump(message)
        # A process that does not read must not hold the grader up.
        self._channel.settimeout(max(self._left, 0.01))
        messages.send(self._channel, content.getvalue())

    def _receive(self) -> bytearray:
        """The next message, watching what the box is doing for as long as it takes."""
        return messages.receive(_Watched(self._channel, self._watch), self.limits.reply)

    def _watch(self) -> None:
        """Called before each wait for the box: ends it where it goes too far."""
        now = time.monotonic()
        if now - self._watched < WATCH_SECONDS:
            return
        self._left -= now - self._watched
        self._watched = now
        if self._left <= 0:
            self._end(
                f"It was not done after {self.limits.wall_seconds:g} seconds by the clock: does it "
                "wait for something?"
            )
        pids = self._group.pids() if self._group else process_tree(self._process.pid)
        if self._used + self._cpu_seconds(pids) > self.limits.cpu_seconds:
            self._end(f"It took more than {self.limits.cpu_seconds} seconds of computing time.")
        if len(pids) > self.limits.processes + OWN_PROCESSES:
            self._end(f"It started more than {self.limits.processes} processes.")
        if sum(map(_resident, pids)) > 2 * self.limits.memory:
            self._end(f"It took more than {2 * self.limits.memory >> 20} MB of memory.")
        if self._files() > self.limits.files:
            self._end(f"It made more than {self.limits.files} files.")

    def _cpu_seconds(self, pids: list[int]) -> float:
        return self._group.cpu_seconds() if self._group else _cpu_seconds(pids)

    def _files(self) -> int:
        """How many files are in the scratch folder."""
        if self._scratch_number is None:
            return 0
        counts = os.fstatvfs(self._scratch_number)
        return counts.f_files - counts.f_ffree

    def _end(self, why: str) -> NoReturn:
        self.close()
        raise BoxDied(why)

    def _why_it_ended(self) -> str:
        try:
            status = self._process.wait(timeout=max(self._left, 1.0))
        except subprocess.TimeoutExpired:
            status = 0
        self.close()
        # Bubblewrap gives 128 + the signal's number, as a shell does.
        number = -status if status < 0 else status - 128
        if number in (signal.SIGXCPU, signal.SIGKILL):
            return (
                f"The process was ended: it may use {self.limits.cpu_seconds} seconds of "
                f"computing time and {self.limits.memory >> 20} MB of memory."
            )
        return "The process ended before it gave a result (an exit, or a crash)."

    def _call_back(self, reply: dict[str, Any]) -> tuple[Any, ...]:
        """Answer a call of a function among the arguments, such as a loss to differentiate."""
        functions, shapes = self._given
        try:
            arguments = [messages.decode(argument, shapes) for argument in reply["arguments"]]
            names = [str(name) for name in reply["names"]]  # of the last ones
            plain = len(arguments) - len(names)
            named = dict(zip(names, arguments[plain:], strict=True))
            function = functions[int(reply["call"])]
            with np.errstate(all="ignore"):
                return "return", function(*arguments[:plain], **named), arguments
        except Exception as error:
            return "raise", f"{type(error).__name__}: {error}"

    def _command(self, course: Path, seccomp: int | None) -> list[str]:
        if not self.boxed:
            here = [str(course), str(Path(np.__file__).parent.parent)]
            program = [sys.executable, "-I", "-S", "-B", str(course / WORKER)]
            return [*program, _resources(self.limits, here, self._uid)]
        program = [os.path.realpath(sys.executable), "-I", "-S", "-B", f"{COURSE}/{WORKER}"]
        limits = _resources(self.limits, [COURSE, SITE], self._uid)
        command = _bubblewrap(course, self.limits)
        if seccomp is not None:
            command += ["--seccomp", str(seccomp)]
        return [*command, "--", *program, limits]


class _Given(NamedTuple):
    """What a worker was given: functions, which stay here, and the shapes of arrays."""

    functions: list[Callable[..., Any]]
    shapes: set[messages.Shape]


class _Pickler(pickle.Pickler):
    """Leaves functions here, and gives their numbers; notes the shapes of arrays."""

    def __init__(self, file: io.BytesIO, given: _Given) -> None:
        super().__init__(file, protocol=5)
        self._given = given

    def persistent_id(self, value: Any) -> int | None:
        functions, shapes = self._given
        if isinstance(value, np.ndarray):
            shapes.add(value.shape)
        if not isinstance(value, FunctionType | BuiltinFunctionType | MethodType):
            return None
        if value.__module__ is not None and value.__module__.startswith("numpy"):
            return None  # what NumPy's own pickles are made with
        if value not in functions:
            functions.append(value)
        return functions.index(value)


class _Watched:
    """A socket that calls `watch` while it waits."""

    def __init__(self, channel: socket.socket, watch: Callable[[], None]) -> None:
        self._channel, self._watch = channel, watch
        self._channel.settimeout(WATCH_SECONDS)

    def recv_into(self, view: memoryview) -> int:
        while True:
            self._watch()
            with contextlib.suppress(TimeoutError):
                return self._channel.recv_into(view)


def _bubblewrap(course: Path, limits: Limits) -> list[str]:
    """Bubblewrap's command line: what the box sees, and nothing else there is."""
    program = shutil.which("bwrap") or "bwrap"  # our PATH is not handed on
    command = [program, "--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "ALL"]
    command += [*namespaces(), *find_fence().options]
    if os.geteuid() == 0:
        command += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    for name, value in _environment(SCRATCH).items():
        command += ["--setenv", name, value]
    base = Path(sys.base_prefix)
    seen = ["/usr/lib", "/usr/lib64", "/lib", "/lib64", str(base / "lib")]
    seen.append(os.path.realpath(sys.executable))
    for path in dict.fromkeys(seen):
        if os.path.islink(path) and path.count("/") == 1:
            command += ["--symlink", os.readlink(path), path]
        elif os.path.exists(path):
            for parent in reversed(Path(path).parents[:-1]):
                # Else it would be as closed as outside, where it may be /root.
                command += ["--perms", "0755", "--dir", str(parent)]
            command += ["--ro-bind", path, path]
    command += ["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]
    empty = str(course / "empty")
    for path in _places_of_packages():
        command += ["--ro-bind", empty, path]
    numpy = Path(np.__file__).parent
    command += ["--perms", "0755", "--dir", SITE, "--ro-bind", str(numpy), f"{SITE}/numpy"]
    if (numpy.parent / "numpy.libs").is_dir():
        command += ["--ro-bind", str(numpy.parent / "numpy.libs"), f"{SITE}/numpy.libs"]
    command += ["--ro-bind", str(course), COURSE, "--proc", "/proc", "--dev", "/dev"]
    # Bubblewrap's first process is the worker's own user's where no root grades: without this its
    # memory could be written, and it has none of the worker's limits.
    command += ["--perms", "0555", "--size", "4096", "--tmpfs", "/proc/1"]
    command += ["--remount-ro", "/proc/1"]
    command += ["--perms", "0777", "--size", str(limits.scratch), "--tmpfs", SCRATCH]
    command += ["--symlink", SCRATCH, "/tmp"]
    return [*command, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", SCRATCH]


def _places_of_packages() -> list[str]:
    """Folders of installed packages inside what the box sees: the course may be among them."""
    stdlib = Path(sysconfig.get_path("stdlib"))
    folders = [stdlib / "site-packages", stdlib / "dist-packages", Path("/usr/lib/python3")]
    return [str(folder) for folder in folders if folder.is_dir()]


def closed_to_others(above: bool = False) -> Path | None:
    """A folder that the worker needs, in which root alone may read; it is root no longer.

    Args:
        above: whether the folders above count too; in a box these are others.
    """
    for file in (Path(np.__file__), Path(os.__file__)) if os.geteuid() == 0 else ():
        if not (file.stat().st_mode & 0o004 and file.parent.stat().st_mode & 0o001):
            return file.parent
        for folder in file.parents if above else ():
            if not folder.stat().st_mode & 0o001:
                return folder
    return None


def put_worker(course: Path) -> None:
    """Put what runs in the box beside a course, compile both, and let all read them.

    A box cannot keep what Python compiles, so each would compile all of it again.
    """
    here = Path(__file__).parent
    for name in ("messages.py", "recorder.py"):
        shutil.copyfile(here / name, course / name)
    py_compile.compile(
        str(here / "worker.py"), str(course / WORKER), doraise=True, invalidation_mode=UNCHECKED
    )
    compileall.compile_dir(course, quiet=2, stripdir=str(course), invalidation_mode=UNCHECKED)
    (course / "empty").mkdir()
    _let_all_read(course)


def _let_all_read(folder: Path) -> None:
    """The worker has no rights of ours, and must read the course."""
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _environment(home: str) -> dict[str, str]:
    """No secrets, and one thread for the mathematics: a student's share is one core."""
    one = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {"HOME": home, "TMPDIR": home, "LANG": "C.UTF-8", **one}


def _resources(limits: Limits, path: list[str], uid: int) -> str:
    import resource  # here, where it is used: Windows has none

    resources = {
        # A second later than `Box`, which says more. Without /proc this is the only limit.
        "RLIMIT_CPU": limits.cpu_seconds + 1,
        "RLIMIT_AS": limits.memory,
        "RLIMIT_NPROC": limits.processes,
        "RLIMIT_FSIZE": limits.scratch,
        "RLIMIT_NOFILE": 64,
        "RLIMIT_CORE": 0,
    }
    resources = {name: n for name, n in resources.items() if hasattr(resource, name)}
    return messages.dump({"resources": resources, "path": path, "uid": uid}).decode()


def process_tree(root: int) -> list[int]:
    """A process and all below it, parents first; empty where the system does not say."""
    parents: dict[int, list[int]] = {}
    try:
        pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return []
    for pid in pids:
        with contextlib.suppress(OSError):
            parents.setdefault(int(_fields(pid)[1]), []).append(pid)
    tree = [root]
    for pid in tree:
        tree += parents.get(pid, [])
    return tree


def _cpu_seconds(pids: list[int]) -> float:
    """Computing time of processes, and of their children that have ended."""
    ticks = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            ticks += sum(map(int, _fields(pid)[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _fields(pid: int) -> list[bytes]:
    """What the system says of a process, from its state on: see proc_pid_stat(5)."""
    return _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()


def _read(path: str) -> bytes:
    """Like `Path.read_bytes`, in a third of its time: a process tree takes hundreds of these."""
    file = os.open(path, os.O_RDONLY)
    try:
        return os.read(file, 4096)
    finally:
        os.close(file)


def _resident(pid: int) -> int:
    """Bytes of memory that a process holds."""
    try:
        pages = int(_read(f"/proc/{pid}/statm").split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
