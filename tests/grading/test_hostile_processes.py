"""Whatever a student's process does to the machine, everybody gets the right score."""

import contextlib
import os
import time
from pathlib import Path

import pytest

from cifg_edu.grading import nbval_run
from cifg_edu.grading.answer_runner import Answer
from cifg_edu.grading.keys import Key, key
from cifg_edu.grading.sandbox import messages
from cifg_edu.grading.sandbox.box import Limits, process_tree
from tests.grading.classroom import SHORT, SIGMOID, grade_attacks, needs_bubblewrap

pytestmark = needs_bubblewrap
# By the number of bytes the last test knows these boxes from those of tests at the same time.
LIMITS = SHORT._replace(memory=SHORT.memory + 1 + os.getpid() % 1000)

WORTHLESS = {
    "endless loop": "def sigmoid(a):\n    while True:\n        pass\n",
    "endless loop in the cell itself": "while True:\n    pass\n",
    "memory bomb": (
        "def sigmoid(a):\n    held = []\n    while True:\n        held.append(bytearray(1 << 26))\n"
    ),
    "memory bomb of many processes": (
        "import os, time\n"
        "def sigmoid(a):\n"
        "    for _ in range(6):\n"
        "        if not os.fork():\n"
        "            held = bytearray(b'x') * (300 << 20)\n"
        "            time.sleep(1000)\n"
        "    time.sleep(1000)\n"
    ),
    "fork bomb": "import os\ndef sigmoid(a):\n    while True:\n        os.fork()\n",
    "patient fork bomb": (
        "import os\n"
        "def sigmoid(a):\n"
        "    while True:\n"
        "        try:\n            os.fork()\n        except OSError:\n            pass\n"
    ),
    "loops in many processes": (
        "import os, time\n"
        "def sigmoid(a):\n"
        "    for _ in range(6):\n"
        "        if not os.fork():\n"
        "            while True:\n                pass\n"
        "    time.sleep(1000)\n"
    ),
    "exit without goodbye": "import os\ndef sigmoid(a):\n    os._exit(0)\n",
    "exit of the cell": "import os\nos._exit(0)\n",
    "sys.exit": "import sys\ndef sigmoid(a):\n    sys.exit(0)\n",
    "killing the parent": (
        "import os\ndef sigmoid(a):\n    os.kill(os.getppid(), 9)\n    os._exit(1)\n"
    ),
    "killing everybody": "import os\ndef sigmoid(a):\n    os.kill(-1, 9)\n    os._exit(1)\n",
    "a crash": "import ctypes\ndef sigmoid(a):\n    ctypes.string_at(0)\n",
    "a gigabyte as the result": "def sigmoid(a):\n    return np.zeros(1 << 27)\n",
    "a large result": "def sigmoid(a):\n    return 'x' * (100 << 20)\n",
    "a gigabyte into every channel": (
        "import os\n"
        "def sigmoid(a):\n"
        "    while True:\n"
        "        for number in range(20):\n"
        "            try:\n                os.write(number, b'\\0' * (1 << 16))\n"
        "            except OSError:\n                pass\n"
    ),
    "a great many files": (
        "def sigmoid(a):\n"
        "    import time\n"
        "    for number in range(400):\n"
        "        open(f'file{number}', 'w').close()\n"
        "    time.sleep(1000)\n"
    ),
    "files behind a zombie": (
        "def sigmoid(a):\n"
        "    import os, time\n"
        "    if not os.fork():\n        os._exit(0)\n"
        "    for number in range(400):\n"
        "        open(f'file{number}', 'w').close()\n"
        "    time.sleep(1000)\n"
    ),
    "keys of one hash": (
        "def sigmoid(a):\n    return {n * (2 ** 61 - 1): 0 for n in range(3_000)}\n"
    ),
    "messages with keys of one hash": (
        "import json, os, struct\n"
        "def sigmoid(a):\n"
        "    pairs = [[n * (2 ** 61 - 1), 0] for n in range(300_000)]\n"
        "    text = json.dumps({'value': {'dict': pairs}, 'changed': []}).encode()\n"
        "    for number in range(3, 10):\n"
        "        try:\n            os.write(number, struct.pack('>Q', len(text)) + text)\n"
        "        except OSError:\n            pass\n"
    ),
    "a hundred thousand generators": (
        "def sigmoid(a):\n    return [np.random.default_rng(0)] * 100_000\n"
    ),
    "a large file": (
        "def sigmoid(a):\n"
        "    with open('large', 'wb') as file:\n"
        "        while True:\n            file.write(b'x' * (1 << 20))\n"
    ),
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    tmp_path = tmp_path_factory.mktemp("processes")
    return grade_attacks(tmp_path, WORTHLESS, limits=LIMITS)


@pytest.mark.parametrize("student", WORTHLESS)
def test_process_that_gives_no_answer_gets_no_points_for_it_and_all_for_the_other(graded, student):
    assert graded.share(student) == 0
    assert graded.words(student)
    assert graded.share(student, "interpolate") == 1
    assert graded.results[student]["complete"], graded.results[student]


@pytest.mark.parametrize(
    ("student", "reason"),
    [
        ("endless loop", "more than 2 seconds of computing time"),
        ("endless loop in the cell itself", "more than 2 seconds of computing time"),
        ("loops in many processes", "more than 2 seconds of computing time"),
        ("memory bomb", "MemoryError"),
        ("memory bomb of many processes", "1024 MB of memory"),
        ("fork bomb", "BlockingIOError"),
        ("exit without goodbye", "ended before it gave a result"),
        ("sys.exit", "SystemExit"),
        ("a large result", "larger than 16 MB"),
        ("a great many files", "more than 50 files"),
        ("files behind a zombie", "more than 50 files"),
        ("messages with keys of one hash", "more than 20,000 parts"),
        ("a hundred thousand generators", "more than 20,000 parts"),
        ("a large file", "OSError"),
    ],
)
def test_reason_is_said(graded, student, reason):
    assert reason in graded.words(student)


@pytest.mark.parametrize("boxed", [True, False])
@pytest.mark.parametrize("cell", ["SLEEP", "def sigmoid(a):\n    SLEEP"])
def test_answer_that_waits_is_stopped_by_the_clock(cell, boxed):
    limits = Limits(wall_seconds=0.5)
    sleep = "__import__('time').sleep(10_000)\n"
    answer = Answer(key("sigmoid", 0), cell.replace("SLEEP", sleep), limits, boxed)
    outcome = answer.outcome(0)
    answer.close()
    assert "not done after 0.5 seconds by the clock" in outcome
    assert answer.outcome(1) == outcome


def test_runner_has_no_child_when_a_class_is_graded(graded):
    assert nbval_run._idle
    for runner in nbval_run._idle:
        assert process_tree(runner.pid) == [runner.pid]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("f(np.zeros((0, 12000)))", "shape (0, 12000) is not of a shape that was given"),
        ("f([np.zeros((300, 300))])", "shape (300, 300) is not of a shape that was given"),
    ],
)
@pytest.mark.parametrize("boxed", [True, False])
def test_function_among_the_arguments_takes_arrays_of_the_shapes_that_were_given(
    call, words, boxed
):
    cell = f"def numerical_gradient(f, x, *more):\n    return {call}\n"
    answer = Answer(key("numerical_gradient", 0), cell, LIMITS, boxed)
    outcome = answer.outcome(0)
    answer.close()
    assert words in str(outcome.error)


def test_what_an_answer_asks_of_the_outside_counts_as_its_own_time():
    case = key("numerical_gradient", 0).cases[0]
    slow = case._replace(arguments=(lambda x: sum(range(10**7)), *case.arguments[1:]))
    known = Key(key("numerical_gradient", 0).exercise, [slow], [])
    cell = "def numerical_gradient(f, x, *more):\n    while True:\n        f(x)\n"
    answer = Answer(known, cell, LIMITS, boxed=True)
    outcome = answer.outcome(0)
    answer.close()
    assert outcome == "It took more than 2 seconds of computing time."


def test_reading_what_an_answer_sends_counts_as_its_own_time(monkeypatch):
    load = messages.load

    def slow(content):
        start = time.thread_time()
        while b'"call"' in content and time.thread_time() < start + 0.3:
            pass
        return load(content)

    monkeypatch.setattr(messages, "load", slow)
    cell = (
        "def numerical_gradient(f, x, *more):\n"
        "    for _ in range(100):\n        f(x)\n        __import__('time').sleep(0.1)\n"
    )
    answer = Answer(key("numerical_gradient", 0), cell, LIMITS, boxed=True)
    outcome = answer.outcome(0)
    answer.close()
    assert outcome == "It took more than 2 seconds of computing time."


def test_nothing_is_left_running(graded):
    answer = Answer(key("sigmoid", 0), SIGMOID, LIMITS, boxed=True)
    assert _boxes()
    answer.close()
    for _ in range(600):  # what was killed may need a moment to end
        if not _boxes():
            break
        time.sleep(0.1)
    assert not _boxes()


def _boxes():
    """The command lines of this module's boxes."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            command = path.read_bytes()
            if b"worker.pyc" in command and f'"RLIMIT_AS": {LIMITS.memory},'.encode() in command:
                found.append(command)
    return found
