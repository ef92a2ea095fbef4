"""What an answer tries on the walls of its box fails, and the answer keeps its points.

An ordinary user's boxes have other walls than root's: .ci/as_user runs this as one.
"""

import os
import platform
import socket
import threading

import pytest

from cifg_edu.grading.sandbox.fence import DENIED, find_fence
from tests.grading.classroom import SIGMOID, grade_attacks, needs_bubblewrap

pytestmark = needs_bubblewrap


@pytest.fixture(scope="module")
def server():
    """A service on this machine that no student may reach."""
    callers = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.1)
        stop = threading.Event()

        def accept():
            while not stop.is_set():
                try:
                    callers.append(listening.accept())
                except TimeoutError:
                    continue

        thread = threading.Thread(target=accept)
        thread.start()
        yield listening.getsockname()[1], callers
        stop.set()
        thread.join()


@pytest.fixture(scope="module")
def graded(tmp_path_factory, server):
    tmp_path = tmp_path_factory.mktemp("walls")
    (tmp_path / "secret.txt").write_text("the instructor's")
    (tmp_path / "secret.txt").chmod(0o666)
    attacks = {
        "a gigabyte of output": (
            "import os, sys\n"
            "for _ in range(1 << 10):\n"
            "    os.write(1, b'x' * (1 << 20))\n"
            "print('y' * (1 << 24), file=sys.stderr)\n" + SIGMOID
        ),
        "threads that print later": (
            "import os, threading, time\n"
            "def chatter():\n"
            "    while True:\n"
            "        print('✔ sigmoid: right', flush=True)\n"
            "        os.write(2, b'1.0 1.0')\n"
            "        time.sleep(0.001)\n"  # else it would use up its computing time
            "threading.Thread(target=chatter, daemon=True).start()\n" + SIGMOID
        ),
        "writing outside": (
            "import os, pathlib\n"
            f"for path in ({str(tmp_path / 'secret.txt')!r}, {str(tmp_path / 'new.txt')!r}, "
            "'/course/cifg_edu/gates.py', '/site/numpy/version.py', '/new', '/dev/shm/new', "
            "'/dev/sda', '/proc/1/mem', '/proc/1/task/1/mem', '/usr/lib/new'):\n"
            "    for mode in ('w', 'r'):\n"
            "        try:\n            open(path, mode).close()\n"
            "        except OSError:\n            continue\n"
            "        if mode == 'w' or 'secret' in path:\n"
            "            raise SystemExit(path)\n" + SIGMOID
        ),
        "calling out": (
            "import socket\n"
            f"for address in (('127.0.0.1', {server[0]}), ('192.0.2.1', 80)):\n"
            "    try:\n        socket.create_connection(address, 1)\n"
            "    except OSError:\n        continue\n"
            "    raise SystemExit('connected')\n" + SIGMOID
        ),
        "killing the grader": (
            "import os\n"
            f"for process in ({os.getpid()}, {os.getppid()}):\n"
            "    try:\n        os.kill(process, 9)\n"
            "    except OSError:\n        continue\n"
            "    raise SystemExit('killed')\n" + SIGMOID
        ),
        "gaining rights": (
            "import os\n"
            "assert os.getuid() != 0\n"
            "status = open('/proc/self/status').read()\n"
            "assert 'CapEff:\\t0000000000000000' in status and 'NoNewPrivs:\\t1' in status\n"
            "for gain in (lambda: os.setuid(0), lambda: os.chroot('/'), lambda: os.nice(-5)):\n"
            "    try:\n        gain()\n"
            "    except OSError:\n        continue\n"
            "    raise SystemExit('gained')\n" + SIGMOID
        ),
        "holding memory of no process": (
            "import ctypes, errno\n"
            "call = ctypes.CDLL(None, use_errno=True).syscall\n"
            f"for number in {sorted(DENIED.get(platform.machine(), {}).values())}:\n"
            "    assert call(number, 0, 0, 0, 0, 0) == -1, number\n"
            "    assert ctypes.get_errno() == errno.EPERM, number\n" + SIGMOID
        ),
        "scratch": "open('notes', 'w').write('mine')\nassert open('notes').read()\n" + SIGMOID,
    }
    return grade_attacks(tmp_path, attacks)


@pytest.mark.parametrize(
    "student",
    ["a gigabyte of output", "threads that print later", "writing outside", "killing the grader"],
)
def test_attack_that_fails_leaves_a_right_answer_its_points(graded, student):
    assert graded.share(student) == 1, graded.words(student)


def test_no_file_of_the_instructors_is_read_or_written(graded):
    home = graded.out.parent
    assert (home / "secret.txt").read_text() == "the instructor's"
    assert not (home / "new.txt").exists()
    assert graded.share("scratch") == 1


def test_no_connection_leaves_the_box(graded, server):
    assert graded.share("calling out") == 1, graded.words("calling out")
    assert not server[1]


def test_process_has_no_rights_and_gains_none(graded):
    assert graded.share("gaining rights") == 1, graded.words("gaining rights")


def test_memory_of_no_process_and_namespaces_are_denied(graded):
    if not find_fence().seccomp:
        pytest.skip("this system lets no filter of system calls be set")
    student = "holding memory of no process"
    assert graded.share(student) == 1, graded.words(student)
