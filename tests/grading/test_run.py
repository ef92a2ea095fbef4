"""A grading run resumes, stops, repeats and spreads, and says in a sentence what is wrong."""

import concurrent.futures
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
from types import SimpleNamespace

import pytest

from cifg_edu.__main__ import main
from cifg_edu.errors import UserError
from cifg_edu.grading import nbval_run, run
from cifg_edu.grading.nbval_run import end_idle
from cifg_edu.grading.run import Grading, grade
from cifg_edu.grading.sandbox import box, fence
from cifg_edu.grading.scores import points_of
from tests.grading.classroom import (
    HOME,
    RIGHT,
    SHORT,
    SIGMOID,
    answered,
    code_cells,
    grade_class,
    hand_in,
    lesson,
    needs_bubblewrap,
    references,
    whole,
)

FALLING = "def sigmoid(a):\n    return 1 / (1 + np.exp(a))\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A class of two that is graded already."""
    home = tmp_path_factory.mktemp("run")
    hand_in(home / "submissions", "ada", answered(**RIGHT))
    hand_in(home / "submissions", "bob", answered(**{**RIGHT, "sigmoid": FALLING}))
    grade_class(home / "submissions", home / "grades", seed=None)
    return home


@needs_bubblewrap
def test_second_run_takes_what_is_graded_and_grades_only_what_has_changed(home, monkeypatch):
    asked = []
    original = run.grade_task

    def spy(task):
        asked.append(task.submission.student)
        return original(task)

    monkeypatch.setattr(run, "grade_task", spy)
    again = {"seed": None, "try_the_reference": True}
    grade_class(home / "submissions", home / "grades", **again)
    assert asked == []
    hand_in(home / "submissions", "bob", answered(**RIGHT))
    graded = grade_class(home / "submissions", home / "grades", **again)
    assert asked.count("bob") == 2  # the reference is tried in the first one's name
    assert "ada" not in asked
    assert graded.share("bob") == graded.share("ada") == 1


@needs_bubblewrap
def test_damaged_result_is_graded_again(home):
    [path] = (home / "grades" / "lesson_01" / "results").glob("ada-*")
    path.write_text("{")
    assert grade_class(home / "submissions", home / "grades", seed=None).share("ada") == 1


@needs_bubblewrap
def test_another_seed_asks_for_other_numbers(home, tmp_path):
    hand_in(tmp_path / "submissions", "ada", answered(**RIGHT))
    grade_class(tmp_path / "submissions", tmp_path / "grades", seed=1)
    keys = []
    for out in (home / "grades", tmp_path / "grades"):
        [notebook] = (out / "lesson_01" / "notebooks").glob("ada-*")
        cells = json.loads(notebook.read_text())["cells"]
        keys.append([cell["outputs"] for cell in cells])
    assert keys[0] != keys[1]


@needs_bubblewrap
def test_notebook_that_was_graded_can_be_run_with_nbval_by_hand(home):
    notebook = next((home / "grades" / "lesson_01" / "notebooks").glob("ada-*"))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval", "-c", os.devnull, str(notebook)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert f"{code_cells(RIGHT)} passed" in done.stdout


@needs_bubblewrap
def test_any_executor_will_do(tmp_path):
    hand_in(tmp_path / "submissions", "ada", answered(**RIGHT))
    with concurrent.futures.ProcessPoolExecutor(1) as pool:
        graded = grade_class(tmp_path / "submissions", tmp_path / "grades", executor=pool)
    assert graded.share("ada") == 1


@needs_bubblewrap
def test_interrupted_run_keeps_what_is_graded_and_says_how_to_go_on(tmp_path):
    folder, out = tmp_path / "submissions", tmp_path / "grades"
    sleep = "import time\nrest = time.sleep(1000)\ndef sigmoid(a):\n    return rest\n"
    hand_in(folder, "ada", answered(**RIGHT))
    for number in range(3):
        hand_in(folder, f"sleeper {number}", answered(**{**RIGHT, "sigmoid": sleep}))
    command = [sys.executable, "-m", "cifg_edu", "grade", str(folder), "--out", str(out)]
    process = subprocess.Popen(
        [*command, "--seed", "1", "--jobs", "1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        cwd=HOME, text=True,
    )  # fmt: skip
    while not list(out.rglob("results/ada-*")) and process.poll() is None:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    printed, complaints = process.communicate()
    assert process.returncode == 130, complaints
    assert "1 of 4 submissions were graded" in printed
    assert "once more to go on" in printed
    assert "Traceback" not in complaints
    assert len(list(out.rglob("results/*.json"))) == 1


def test_ctrl_c_while_a_result_is_stored_ends_the_run_and_counts_the_result(tmp_path, monkeypatch):
    for student in ("ada", "bob"):
        hand_in(tmp_path / "submissions", student, answered(**RIGHT))
    keep = run.keep_result

    def keep_and_press(out, result):
        keep(out, result)
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "keep_result", keep_and_press)
    monkeypatch.setattr(run, "grade_task", _without_running)
    with pytest.raises(run.Interrupted, match="1 of 2 submissions were graded"):
        grade_class(tmp_path / "submissions", tmp_path / "grades", boxed=False)
    with pytest.raises(nbval_run.Stopped):
        nbval_run.run_nbval(tmp_path / "x.ipynb", 1, 1.0)
    nbval_run.allow_runs()


def _without_running(task):
    student = task.submission.student
    return {"student": student, "fingerprint": task.fingerprint, "complete": True}


def test_run_that_was_stopped_begins_no_further_nbval(tmp_path):
    nbval_run.stop_runs()
    with pytest.raises(nbval_run.Stopped):
        nbval_run.run_nbval(tmp_path / "x.ipynb", 1, 1.0)
    nbval_run.allow_runs()


@needs_bubblewrap
def test_run_without_a_verdict_is_told_and_tried_again_next_time(tmp_path, monkeypatch):
    hand_in(tmp_path / "submissions", "ada", answered(**RIGHT))

    def silent(notebook, cells, seconds):
        return nbval_run.NbvalVerdict([None] * cells, "", "killed")

    monkeypatch.setattr(run, "run_nbval", silent)
    graded = grade_class(tmp_path / "submissions", tmp_path / "grades")
    assert not graded.results["ada"]["complete"]
    assert "no verdict (killed): grade again" in graded.problems("ada")
    monkeypatch.undo()
    graded = grade_class(tmp_path / "submissions", tmp_path / "grades")
    assert graded.share("ada") == 1


@needs_bubblewrap
def test_submission_without_answers_is_graded_without_running_anything(tmp_path, monkeypatch):
    text = {"cells": [{"cell_type": "markdown", "source": "I did not get round to it."}]}
    hand_in(tmp_path / "submissions", "ada", text)
    monkeypatch.setattr(run, "run_nbval", None)
    graded = grade_class(tmp_path / "submissions", tmp_path / "grades")
    assert graded.results["ada"]["complete"]
    assert graded.share("ada") == 0


@needs_bubblewrap
def test_failure_of_the_grader_itself_costs_one_student_a_second_run_and_nobody_else(
    tmp_path, monkeypatch
):
    hand_in(tmp_path / "submissions", "ada", answered(**RIGHT))
    hand_in(tmp_path / "submissions", "bob", answered(sigmoid="# bob\n" + RIGHT["sigmoid"]))
    original = run.grading_notebook

    def fail_for_bob(answers, *arguments, **named):
        if "# bob" in answers["sigmoid"]:
            raise OSError("the disk is full")
        return original(answers, *arguments, **named)

    monkeypatch.setattr(run, "grading_notebook", fail_for_bob)
    graded = grade_class(tmp_path / "submissions", tmp_path / "grades")
    assert graded.share("ada") == 1
    assert not graded.results["bob"]["complete"]
    assert "the disk is full" in graded.problems("bob")


@needs_bubblewrap
def test_nothing_is_graded_where_the_courses_own_answers_do_not_pass(tmp_path, monkeypatch):
    hand_in(tmp_path / "submissions", "ada", answered(**RIGHT))
    monkeypatch.setattr(run, "inspect", SimpleNamespace(getsource=lambda _: FALLING))
    with pytest.raises(UserError, match="course's own answer to sigmoid does not pass here"):
        grade_class(tmp_path / "submissions", tmp_path / "grades", try_the_reference=True)
    assert not list((tmp_path / "grades").rglob("grades.csv"))


@pytest.fixture
def forbidden(monkeypatch):
    """A bubblewrap that is there, and may not do its work, in a folder that all may read."""
    with tempfile.TemporaryDirectory() as name:
        home = pathlib.Path(name)
        home.chmod(0o755)
        _forbid(home, monkeypatch)
        yield home
    fence.find_fence.cache_clear()


def _forbid(home, monkeypatch):
    program = home / "bin" / "bwrap"
    program.parent.mkdir()
    program.write_text(
        "#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    fence.find_fence.cache_clear()


def test_without_bubblewrap_nothing_runs_unless_that_is_accepted(
    tmp_path, forbidden, monkeypatch, capsys
):
    hand_in(tmp_path / "submissions", "ada", answered(**RIGHT))
    arguments = ["grade", str(tmp_path / "submissions"), "--out", str(tmp_path / "grades")]
    for path, words in (
        (os.environ["PATH"], "does not work here (bwrap: setting up uid map: Permission denied)"),
        ("/nowhere", "apt install bubblewrap"),
    ):
        monkeypatch.setenv("PATH", path)
        fence.find_fence.cache_clear()
        assert main(arguments) == 2
        said = capsys.readouterr().err
        assert words in said
        assert "could read the answers" in said
        assert "--without-bubblewrap" in said
        assert not (tmp_path / "grades").exists()


def test_without_bubblewrap_answers_are_graded_with_a_warning(tmp_path, forbidden, capsys):
    """One kills the kernel that judges it; another leaves a process in another session.

    Where root grades and others may read Python, the answers are another user's, who has no right
    to kill.
    """
    end_idle()  # the runners must see the PATH of this test
    left = forbidden / "left"
    left.mkdir()
    left.chmod(0o777)
    pid = left / "pid"
    another = os.geteuid() == 0 and box.closed_to_others(above=True) is None
    loop = "def sigmoid(a):\n    while True:\n        pass\n"
    kill = "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\n"
    leave = (
        "import os, time\n"
        "if not os.fork():\n"
        "    os.setsid()\n"
        "    if not os.fork():\n"
        f"        open({str(pid)!r}, 'w').write(str(os.getpid()))\n"
        "        time.sleep(10_000)\n"
        "    os._exit(0)\n"
        f"while not os.path.exists({str(pid)!r}):\n    time.sleep(0.01)\n"
    )
    for student, attack in {"ada": "", "loop": loop, "kill": kill, "leave": leave}.items():
        sigmoid = attack if attack == loop else whole(attack + SIGMOID)
        hand_in(tmp_path / "submissions", student, answered(**{**RIGHT, "sigmoid": sigmoid}))
    arguments = ["grade", str(tmp_path / "submissions"), "--out", str(tmp_path / "grades")]
    assert main([*arguments, "--without-bubblewrap", "--seconds", "1"]) == (not another)
    printed = capsys.readouterr().out
    assert "Warning: Bubblewrap does not work here (bwrap: setting up uid map" in printed
    assert ("No verdict for kill" in printed) == (not another)
    assert "Around the students' code: no bubblewrap: limits alone." in printed
    [grades] = (tmp_path / "grades").rglob("grades.json")
    students = json.loads(grades.read_text())["students"]
    earned = {s["student"]: s["earned"] for s in students}
    assert earned == {"ada": 20, "kill": 10, "leave": 20, "loop": 10}
    assert not pathlib.Path("/proc", pid.read_text()).exists()


@pytest.mark.parametrize(
    ("make", "options", "sentence"),
    [
        (lambda folder: None, [], "cannot be read as a folder"),
        (lambda folder: folder.mkdir(), [], "holds no notebook: put a file NAME.ipynb"),
        (lambda folder: folder.write_text(""), [], "cannot be read as a folder"),
        (lambda folder: hand_in(folder, "x", b"{}"), [], "No submission has an exercise"),
        (lambda folder: hand_in(folder, "x", lesson()), ["--lesson", "99"], "no exercises"),
        (lambda folder: hand_in(folder, "x", lesson()), ["--seed", "-1"], "seed of -1"),
        (lambda folder: hand_in(folder, "x", lesson()), ["--seconds", "0"], "above 0"),
        (
            lambda folder: [hand_in(folder, "x", lesson()), hand_in(folder, "y", lesson(6))],
            [],
            "As many submissions are of lesson",
        ),
        (
            lambda folder: hand_in(folder, "x", lesson()),
            ["--scheduler", "tcp://127.0.0.1:1"],
            "Dask",
        ),
    ],
)
@needs_bubblewrap
def test_mistake_of_an_instructor_is_one_sentence(tmp_path, capsys, make, options, sentence):
    make(tmp_path / "submissions")
    arguments = ["grade", str(tmp_path / "submissions"), "--out", str(tmp_path / "grades")]
    assert main([*arguments, *options]) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert said.startswith("cifg_edu: ")


@needs_bubblewrap
def test_grades_that_cannot_be_written_are_a_sentence(tmp_path, capsys):
    hand_in(tmp_path / "submissions", "ada", answered(**RIGHT))
    (tmp_path / "taken").write_text("")
    arguments = ["grade", str(tmp_path / "submissions"), "--out", str(tmp_path / "taken" / "out")]
    assert main(arguments) == 2
    assert "choose a folder you may write to" in capsys.readouterr().err


@needs_bubblewrap
def test_box_that_does_not_start_is_a_sentence(tmp_path, monkeypatch):
    fake = tmp_path / "bin" / "bwrap"
    fake.parent.mkdir()
    (tmp_path / "course").mkdir()
    fake.write_text(
        "#!/bin/sh\necho 'bwrap: No permissions to create a new namespace' >&2\nexit 1\n"
    )
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:/usr/bin:/bin")
    with pytest.raises(UserError, match="does not start: bwrap: No permissions"):
        box.Box(tmp_path / "course", SHORT)


def test_points_are_ten_for_each_star_unless_the_lessons_source_says_otherwise(tmp_path):
    exercise = run.exercises_of(6)["cifg_step_backward"]
    assert points_of(exercise, None) == 30
    assert points_of(exercise, HOME / "lessons") == 30
    source = tmp_path / "source" / "06_the_phantom_gate.md"
    source.parent.mkdir()
    source.write_text(
        "```{code-cell} ipython3\n:tags: [exercise]\n:points: 12\n\nphantom_error\n```\n\n"
        "```{code-cell} ipython3\n:tags: [exercise]\n:points: 45.5\n\ncifg_step_backward\n```\n"
    )
    assert points_of(exercise, tmp_path) == 45.5


@needs_bubblewrap
def test_lesson_06_is_graded_too(tmp_path):
    right = references(6)
    hand_in(tmp_path / "submissions", "ada", answered(lesson(6), **right))
    wrong = right["cifg_step_backward"].replace("(g - c_prev)", "g")
    hand_in(
        tmp_path / "submissions",
        "bob",
        answered(lesson(6), **{**right, "cifg_step_backward": wrong}),
    )
    graded = grade_class(tmp_path / "submissions", tmp_path / "grades", lesson=None)
    assert graded.share("ada", "cifg_step_backward") == 1
    # From an empty cell the phantom is right, and dc_prev always: that is no credit.
    assert graded.share("bob", "cifg_step_backward") == 0
    assert "this is the phantom gate" in graded.words("bob", "cifg_step_backward")
    assert graded.share("bob", "phantom_error") == 1


def test_grading_has_defaults_that_are_safe():
    assert Grading().boxed
    assert Grading().seed is None
    assert grade.__module__ == "cifg_edu.grading.run"
