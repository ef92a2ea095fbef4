"""The fence denies what it says, on both kinds of machine, and its groups end with their boxes."""

import os
import re
import signal
import struct
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from cifg_edu.grading.sandbox import box, fence, messages
from tests.grading.classroom import HOME, SHORT, needs_bubblewrap

HEADERS = {
    "x86_64": (Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"), r"__NR_(\w+) (\d+)"),
    "aarch64": (Path("/usr/include/asm-generic/unistd.h"), r"__NR(?:3264)?_(\w+) (\d+)"),
}
every_machine = pytest.mark.parametrize("machine", fence.MACHINES)


def _answer(machine, number, argument=0, architecture=None):
    """What the filter says to a system call: the errno, or 0 where it may pass."""
    architecture = architecture or fence.MACHINES[machine][0]
    words = {fence.NUMBER: number, fence.ARCHITECTURE: architecture}
    words[fence.FIRST_ARGUMENT] = argument
    lines = list(struct.iter_unpack("=HBBI", fence.seccomp_filter(machine)))
    place = value = 0
    while True:
        operation, then, otherwise, constant = lines[place]
        place += 1
        if operation == fence.RETURN:
            return 0 if constant == fence.ALLOW else constant & 0xFFFF
        if operation == fence.LOAD:
            value = words[constant]
        elif operation == fence.AND:
            value &= constant
        else:
            true = value == constant if operation == fence.JUMP_IF_EQUAL else value > constant
            place += then if true else otherwise


@every_machine
def test_filter_denies_its_calls_and_lets_others_pass(machine):
    denied = {**fence.DENIED[machine], **fence.DENIED_EVERYWHERE}
    answers = {number: _answer(machine, number) for number in range(fence.LAST_KNOWN + 1)}
    clone3 = fence.CLONE3
    socket = fence.MACHINES[machine][2]
    for number, answer in answers.items():
        expected = {socket: fence.EPERM, clone3: fence.ENOSYS}.get(number, 0)
        assert answer == (fence.EPERM if number in denied.values() else expected), number


@every_machine
def test_filter_knows_no_later_calls_and_no_other_numbering(machine):
    for number in (fence.LAST_KNOWN + 1, 0x40000000 + 1, 0xFFFFFFFF):
        assert _answer(machine, number) == fence.ENOSYS
    assert _answer(machine, 1, architecture=0x40000003) == fence.EPERM


@every_machine
def test_filter_lets_processes_and_usual_sockets_be_made_but_no_namespace(machine):
    _, clone, socket = fence.MACHINES[machine]
    assert _answer(machine, clone, 17) == 0  # SIGCHLD, as fork does
    for flag in (0x00020000, 0x10000000, 0x40000000):
        assert _answer(machine, clone, flag | 17) == fence.EPERM
    assert [_answer(machine, socket, family) for family in (1, 2, 10)] == [0, 0, 0]
    for family in (16, 38, 40):  # netlink, the kernel's cryptography, other virtual machines
        assert _answer(machine, socket, family) == fence.EPERM


@every_machine
def test_numbers_of_calls_are_those_of_the_systems_own_headers(machine):
    header, pattern = HEADERS[machine]
    if not header.exists():
        pytest.skip(f"{header} is not here: apt install linux-libc-dev")
    numbers = dict(re.findall(pattern, header.read_text()))
    known = {**fence.DENIED[machine], **fence.DENIED_EVERYWHERE, "clone3": fence.CLONE3}
    known |= dict(zip(("clone", "socket"), fence.MACHINES[machine][1:], strict=True))
    for name, number in known.items():
        assert int(numbers.get(name, number)) == number, name


def test_machine_that_is_not_known_has_no_filter():
    assert fence.seccomp_filter("riscv64") is None


def test_control_group_counts_and_ends_all_its_processes():
    code = "import os, time; os.fork(); os.setsid(); print(flush=True); time.sleep(1000)"
    with subprocess.Popen([sys.executable, "-c", "input()\n" + code], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as child:  # fmt: skip
        group = fence.enclose([child.pid], 1 << 30, 10)
        if group is None:
            child.kill()
            pytest.skip("this system lets no control group be made: run as root, or delegate one")
        child.stdin.write(b"\n")
        child.stdin.flush()
        assert [child.stdout.readline() for _ in range(2)] == [b"\n", b"\n"]
        pids = group.pids()
        assert len(pids) == 2
        assert group.cpu_seconds() >= 0
        group.end()
        left = [pid for pid in pids if group._folder.exists()]  # it goes when they have ended
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        assert not left


def test_groups_limits_are_written_where_the_system_has_them(tmp_path, monkeypatch):
    make = Path.mkdir

    def make_with_files(folder):
        make(folder)
        (folder / "memory.max").touch()
        (folder / "cgroup.procs").touch()

    monkeypatch.setattr(Path, "mkdir", make_with_files)
    group = fence.ControlGroup(tmp_path, [12], 1000, 5)
    assert (group._folder / "memory.max").read_text() == "1000"
    assert (group._folder / "cgroup.procs").read_text() == "12"
    assert not (group._folder / "pids.max").exists()


def test_group_of_a_process_that_is_gone_is_removed(tmp_path, monkeypatch):
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], check=True,
                          capture_output=True, text=True).stdout.strip()  # fmt: skip
    monkeypatch.setattr(fence, "_homes_of_groups", lambda: [tmp_path])
    for pid in (gone, os.getpid()):
        (tmp_path / f"{fence.GROUP}_{pid}_0").mkdir()
    monkeypatch.setattr(Path, "write_text", lambda *_: None)
    fence.remove_left_groups()
    assert [path.name for path in tmp_path.iterdir()] == [f"{fence.GROUP}_{os.getpid()}_0"]


@pytest.mark.parametrize("fork", ["", "os.fork(); os.setsid(); os.fork()"])
def test_runner_ends_and_reaps_what_a_run_has_left(fork):
    code = f"""
import os, time
from cifg_edu.grading import nbval_run
from cifg_edu.grading.sandbox.box import process_tree
nbval_run._set_for_process(nbval_run.CHILD_SUBREAPER, 1)
child = os.fork()
if not child:
    if not os.fork():
        {fork or "pass"}
        time.sleep(10_000)
    time.sleep(0.5)
    os._exit(0)
os.waitpid(child, 0)
assert len(process_tree(os.getpid())) > 1
nbval_run._end_orphans()
assert process_tree(os.getpid()) == [os.getpid()]
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=HOME, timeout=300)


def _box(course, source):
    """A box in which something is defined."""
    box.put_worker(course)
    inside = box.Box(course, SHORT)
    assert inside.request("define", source) == {}
    return inside


NESTED = """
import ctypes
def nested():
    unshare = ctypes.CDLL(None, use_errno=True).unshare
    return [unshare(flags) for flags in (0x10000000, 0x10020000, 0x30000000)]
"""


@needs_bubblewrap
@pytest.mark.parametrize("by", ["options", "seccomp"])
def test_no_namespace_is_made_inside_a_box(tmp_path, monkeypatch, by):
    """Each of the two fences against it is tried alone."""
    found = fence.find_fence()
    alone = found._replace(**{"options": (), "seccomp": False, by: getattr(found, by)})
    if not getattr(found, by):
        pytest.skip(
            "bubblewrap has --disable-userns from 0.8 on, and only an ordinary user needs it"
        )
    monkeypatch.setattr(box, "find_fence", lambda: alone)
    with closing(_box(tmp_path, NESTED)) as inside:
        made = messages.decode(inside.request("call", "nested", (), {})["value"])
    assert made == [-1, -1, -1]


FIRST_PROCESS = """
import os
def look():
    found = os.listdir("/proc/1")
    for folder in ("/proc/1", "/proc/self/root/proc/1", f"/proc/{os.getppid()}"):
        for name in ("mem", "task/1/mem", "root", "fd", "cwd"):
            try:
                os.stat(f"{folder}/{name}")
            except OSError:
                continue
            found.append(f"{folder}/{name}")
    return found
"""


@needs_bubblewrap
def test_bubblewraps_own_process_cannot_be_seen_from_a_box(tmp_path):
    with closing(_box(tmp_path, FIRST_PROCESS)) as inside:
        assert messages.decode(inside.request("call", "look", (), {})["value"]) == []
