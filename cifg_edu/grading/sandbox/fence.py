"""The protections around a box: Fence, find_fence, seccomp_filter, ControlGroup.

Bubblewrap's namespaces hide everything. A filter of system calls and a control group close what
they leave open: memory that belongs to no process, and processes that are not counted.
"""

import contextlib
import functools
import itertools
import os
import platform
import shutil
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

# System calls that no answer needs, by machine. They hold memory that belongs to no process
# (memfd, System V and message queues), mount, look into other processes, or are a large part of
# the kernel that bugs are found in. Sources: the kernel's arch/x86/entry/syscalls/syscall_64.tbl
# and include/uapi/asm-generic/unistd.h.
DENIED = {
    "x86_64": {
        "shmget": 29, "shmat": 30, "semget": 64, "msgget": 68, "ptrace": 101, "personality": 135,
        "pivot_root": 155, "chroot": 161, "acct": 163, "mount": 165, "umount2": 166, "swapon": 167,
        "swapoff": 168, "reboot": 169, "init_module": 175, "delete_module": 176, "quotactl": 179,
        "mq_open": 240, "kexec_load": 246, "add_key": 248, "request_key": 249, "keyctl": 250,
        "unshare": 272, "vmsplice": 278, "perf_event_open": 298, "fanotify_init": 300,
        "name_to_handle_at": 303, "open_by_handle_at": 304, "setns": 308, "process_vm_readv": 310,
        "process_vm_writev": 311, "kcmp": 312, "finit_module": 313, "memfd_create": 319,
        "kexec_file_load": 320, "bpf": 321, "userfaultfd": 323,
    },
    "aarch64": {
        "umount2": 39, "mount": 40, "pivot_root": 41, "chroot": 51, "quotactl": 60, "vmsplice": 75,
        "acct": 89, "personality": 92, "unshare": 97, "kexec_load": 104, "init_module": 105,
        "delete_module": 106, "ptrace": 117, "reboot": 142, "mq_open": 180, "msgget": 186,
        "semget": 190, "shmget": 194, "shmat": 196, "add_key": 217, "request_key": 218,
        "keyctl": 219, "swapon": 224, "swapoff": 225, "perf_event_open": 241,
        "fanotify_init": 262, "name_to_handle_at": 264, "open_by_handle_at": 265, "setns": 268,
        "process_vm_readv": 270, "process_vm_writev": 271, "kcmp": 272, "finit_module": 273,
        "memfd_create": 279, "bpf": 280, "userfaultfd": 282, "kexec_file_load": 294,
    },
}  # fmt: skip
# From 424 on a call has the same number on all machines.
DENIED_EVERYWHERE = {
    "pidfd_send_signal": 424, "io_uring_setup": 425, "io_uring_enter": 426,
    "io_uring_register": 427, "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsconfig": 431,
    "fsmount": 432, "fspick": 433, "pidfd_getfd": 438, "process_madvise": 440,
    "mount_setattr": 442, "memfd_secret": 447,
}  # fmt: skip
# What came later is not known here, and does not exist in the box; the C library has another way.
LAST_KNOWN, CLONE3 = 449, 435
# By machine: the number that its kernel gives it, and those of clone and socket.
MACHINES = {"x86_64": (0xC000003E, 56, 41), "aarch64": (0xC00000B7, 220, 198)}
NEW_NAMESPACE = 0x7E020000  # clone's flags for namespaces, of which it knows seven
FAMILIES = (1, 2, 10)  # UNIX, IPv4, IPv6: others, such as vsock, leave a network namespace
EPERM, ENOSYS = 1, 38

LOAD, AND, JUMP_IF_EQUAL, JUMP_IF_ABOVE, RETURN = 0x20, 0x54, 0x15, 0x25, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16
ALLOW, ERROR = 0x7FFF0000, 0x00050000

GROUP = "cifg_box"
NOT_BOXED = (
    "students' code would run with your rights, and could read the answers, your files and the "
    "network."
)
CONSENT = "or accept that with --without-bubblewrap."


class Fence(NamedTuple):
    """The protections that this system allows.

    refusal: why a box cannot be made here, and what to do; "" where it can.
    options: further options of bubblewrap.
    seccomp: whether the filter of system calls can be set.
    words: the protections, for a report.
    """

    refusal: str = ""
    options: tuple[str, ...] = ()
    seccomp: bool = False
    words: str = "no bubblewrap: limits alone"


@functools.cache
def find_fence() -> Fence:
    """Try once what this system allows."""
    if shutil.which("bwrap") is None:
        install = "Install it (on Debian and Ubuntu: apt install bubblewrap)"
        refusal = f"Bubblewrap (bwrap) is not installed here: {NOT_BOXED} {install}, {CONSENT}"
        return Fence(refusal)
    complaint = _complaint()
    if complaint:
        refusal = f"Bubblewrap does not work here ({complaint}): {NOT_BOXED}"
        return Fence(f"{refusal} Allow it to make namespaces, {CONSENT}")
    nested = ("--unshare-user", "--disable-userns")
    options = nested if os.geteuid() and not _complaint(*nested) else ()
    with seccomp_file() as number:
        seccomp = number is not None and not _complaint("--seccomp", str(number), numbers=[number])
    parts = {
        "a filter of system calls": seccomp,
        # As root a box has no namespace of users at all: the filter alone denies others.
        "no nested namespaces": bool(options) or seccomp,
        "a control group for each box": _group_works(),
    }
    words = ", ".join(["bubblewrap", *(name for name, there in parts.items() if there)])
    missing = " and ".join(name for name, there in parts.items() if not there)
    return Fence("", options, seccomp, f"{words} (not here: {missing})" if missing else words)


def namespaces() -> list[str]:
    """The options by which bubblewrap parts a box from the system."""
    if os.geteuid():
        return ["--unshare-all"]
    # No user namespace: the worker becomes another user, which ends its rights.
    return [*(f"--unshare-{name}" for name in ("ipc", "pid", "net", "uts")), "--unshare-cgroup-try"]


@contextlib.contextmanager
def seccomp_file() -> Iterator[int | None]:
    """The number of an open file with the filter; None where the machine is not known."""
    program = seccomp_filter(platform.machine())
    if program is None:
        yield None
        return
    with tempfile.TemporaryFile() as file:
        file.write(program)
        file.seek(0)
        yield file.fileno()


def seccomp_filter(machine: str) -> bytes | None:
    """A filter of system calls, as the kernel takes it; None for a machine that is not known.

    Args:
        machine: as `platform.machine()` names it.

    Returns:
        A program that denies what no answer needs, and lets all else pass.

    Source: https://docs.kernel.org/userspace-api/seccomp_filter.html.
    """
    if machine not in MACHINES:
        return None
    architecture, clone, socket = MACHINES[machine]
    denied = [*DENIED[machine].values(), *DENIED_EVERYWHERE.values()]
    # Each line: operation, value, label to go to where it is true (else the next line follows).
    program: list[tuple[int, int, str]] = [
        (LOAD, ARCHITECTURE, ""),
        (JUMP_IF_EQUAL, architecture, "known"),
        (RETURN, ERROR | EPERM, ""),  # numbers mean something else there
        (LOAD, NUMBER, "known:"),
        (JUMP_IF_ABOVE, LAST_KNOWN, "absent"),
        (JUMP_IF_EQUAL, CLONE3, "absent"),  # its flags cannot be seen; clone does as well
        *((JUMP_IF_EQUAL, number, "denied") for number in denied),
        (JUMP_IF_EQUAL, clone, "clone"),
        (JUMP_IF_EQUAL, socket, "socket"),
        (RETURN, ALLOW, ""),
        (LOAD, FIRST_ARGUMENT, "clone:"),
        (AND, NEW_NAMESPACE, ""),
        (JUMP_IF_EQUAL, 0, "allowed"),
        (RETURN, ERROR | EPERM, ""),
        (LOAD, FIRST_ARGUMENT, "socket:"),
        *((JUMP_IF_EQUAL, family, "allowed") for family in FAMILIES),
        (RETURN, ERROR | EPERM, "denied:"),
        (RETURN, ERROR | ENOSYS, "absent:"),
        (RETURN, ALLOW, "allowed:"),
    ]
    places = {label[:-1]: n for n, (_, _, label) in enumerate(program) if label.endswith(":")}
    lines = []
    for number, (operation, value, label) in enumerate(program):
        step = places[label] - number - 1 if label in places else 0
        lines.append(struct.pack("=HBBI", operation, step, 0, value))
    return b"".join(lines)


class ControlGroup:
    """A group of processes that the kernel counts, limits and ends together.

    Source: https://docs.kernel.org/admin-guide/cgroup-v2.html.
    """

    _numbers = itertools.count()

    def __init__(self, home: Path, pids: list[int], memory: int, processes: int) -> None:
        self._folder = home / f"{GROUP}_{os.getpid()}_{next(self._numbers)}"
        self._folder.mkdir()
        try:
            limits = {"memory.max": memory, "memory.swap.max": 0, "pids.max": processes}
            for name, value in limits.items():
                if (self._folder / name).exists():  # else `Box` itself looks at it
                    self._write(name, value)
            for pid in pids:
                self._write("cgroup.procs", pid)
        except OSError:
            self.end()
            raise

    def cpu_seconds(self) -> float:
        """Computing time of all its processes, also of those that have ended."""
        words = (self._folder / "cpu.stat").read_text().split()
        return int(words[words.index("usage_usec") + 1]) / 1e6

    def pids(self) -> list[int]:
        """Its processes."""
        return [int(pid) for pid in (self._folder / "cgroup.procs").read_text().split()]

    def end(self) -> None:
        """End its processes, and the group."""
        with contextlib.suppress(OSError):
            self._write("cgroup.kill", 1)
        for _ in range(100):  # what was killed may need a moment to end
            try:
                self._folder.rmdir()
                return
            except FileNotFoundError:
                return
            except OSError:
                time.sleep(0.01)

    def _write(self, name: str, value: int) -> None:
        (self._folder / name).write_text(str(value))


def enclose(pids: list[int], memory: int, processes: int) -> ControlGroup | None:
    """Put processes into a new control group, where the system allows it.

    Args:
        pids: the processes; what they start later is in the group too.
        memory: bytes, of all together.
        processes: how many there may be.
    """
    for home in _homes_of_groups():
        with contextlib.suppress(OSError):
            return ControlGroup(home, pids, memory, processes)
    return None


@functools.cache
def _homes_of_groups() -> list[Path]:
    """Where this user may make control groups: beside the one of this process, or in it."""
    try:
        mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
        root = next(Path(mount[1]) for mount in mounts if mount[2] == "cgroup2")
        lines = Path("/proc/self/cgroup").read_text().splitlines()
        own = next(line.removeprefix("0::/") for line in lines if line.startswith("0::/"))
    except (OSError, StopIteration):
        return []
    # A group with processes in it can give its limits to no group inside: its parent comes first.
    homes = [(root / own).parent, root / own] if own else [root]
    return [home for home in homes if os.access(home, os.W_OK)]


def remove_left_groups() -> None:
    """Remove the groups of processes that were ended before they could do it."""
    for home in _homes_of_groups():
        for folder in home.glob(f"{GROUP}_*"):
            if not Path("/proc", folder.name.split("_")[-2]).exists():
                with contextlib.suppress(OSError):
                    (folder / "cgroup.kill").write_text("1")
                    folder.rmdir()


def _group_works() -> bool:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as child:
        group = enclose([child.pid], 1 << 30, 10)
        child.kill()
    if group:
        group.end()
    return group is not None


def _complaint(*options: str, numbers: Sequence[int] = ()) -> str:
    """What bubblewrap says against options, or nothing."""
    command = ["bwrap", *namespaces(), "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"]
    done = subprocess.run(
        [*command, *options, "true"], check=False, capture_output=True, pass_fds=numbers
    )
    said = done.stderr.decode(errors="replace").strip()[:1000]
    return said or "it says nothing" if done.returncode else ""
