"""The zip file for Gradescope works where it is unpacked, as that platform's documents say."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest

from cifg_edu.__main__ import main
from cifg_edu.checks.course import exercises_of
from cifg_edu.grading.autograder import UNBOXED
from cifg_edu.grading.reports import VISIBILITY
from cifg_edu.grading.sandbox.box import closed_to_others
from tests.grading.classroom import RIGHT, SIGMOID, answered, hand_in, needs_bubblewrap

posix = pytest.mark.skipif(os.name == "nt", reason="Gradescope's containers are Linux")
pytestmark = posix
KEEPS_ALL = "def interpolate(old, new, i):\n    return old + i * new\n"


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    path = tmp_path_factory.mktemp("autograder") / "autograder.zip"
    assert main(["autograder", "--lesson", "1", "--out", str(path), "--cases", "hidden"]) == 0
    return path


@pytest.fixture
def container(archive):
    """A folder like /autograder, with this Python in place of the one that set-up would make."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        home.chmod(0o755)
        subprocess.run(["unzip", "-q", str(archive), "-d", str(home / "source")], check=True)
        for folder in ("submission", "results", "venv/bin"):
            (home / folder).mkdir(parents=True)
        shutil.copy(home / "source" / "run_autograder", home)
        python = home / "venv" / "bin" / "python"
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        python.chmod(0o755)
        yield home


def run(home, **environment):
    return subprocess.run(
        [str(home / "run_autograder"), str(home)],
        cwd="/",
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def results_of(home, **environment):
    done = run(home, **environment)
    assert done.returncode == 0, done.stderr
    return json.loads((home / "results" / "results.json").read_text())


def without_bubblewrap(home):
    """A bubblewrap that is there, and may not do its work, as in most containers."""
    program = home / "bin" / "bwrap"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 'bwrap: No permissions' >&2\nexit 1\n")
    program.chmod(0o755)
    return f"{program.parent}:/usr/bin:/bin"


@needs_bubblewrap
def test_right_submission_has_full_marks_and_a_test_for_each_case(container):
    hand_in(container / "submission", "anything", answered(**RIGHT))
    results = results_of(container)
    assert results["score"] == 20
    assert results["output"] == ""
    whole = [test for test in results["tests"] if "score" in test]
    assert [test["name"] for test in whole] == list(exercises_of(1))
    assert {test["visibility"] for test in whole} == {"visible"}
    cases = [test for test in results["tests"] if "score" not in test]
    assert {test["visibility"] for test in cases} == {"hidden"}
    assert {test["status"] for test in results["tests"]} == {"passed"}
    assert len({test["name"] for test in results["tests"]}) == len(results["tests"])
    assert results["execution_time"] > 0


@needs_bubblewrap
def test_wrong_submission_says_why_and_which_cases_failed(container):
    notebook = answered(sigmoid=SIGMOID, interpolate=KEEPS_ALL)
    hand_in(container / "submission", "06", notebook)
    results = results_of(container)
    assert 10 <= results["score"] < 20
    [whole] = [test for test in results["tests"] if test["name"] == "interpolate"]
    assert whole["status"] == "failed"
    assert "the old value is kept whole" in whole["output"]
    cases = [test for test in results["tests"] if test["number"].startswith("2.")]
    assert {test["status"] for test in cases} == {"passed", "failed"}


@needs_bubblewrap
def test_empty_submission_has_no_points_and_a_sentence(container):
    results = results_of(container)
    assert results["score"] == 0
    assert "Nothing was handed in" in results["output"]
    assert {test["status"] for test in results["tests"]} == {"failed"}


def test_container_that_forbids_the_box_is_named_on_the_page(container):
    hand_in(container / "submission", "ada", answered(**RIGHT))
    results = results_of(container, PATH=without_bubblewrap(container))
    assert results["score"] == 20
    assert UNBOXED in results["output"]


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0 or closed_to_others(above=True) is not None,
    reason="needs root's rights, and a Python that others may read",
)
def test_without_the_box_an_answer_reads_no_course_and_writes_no_results(container):
    spy = (
        "def sigmoid(a):\n"
        f"    for path in ('source/run_autograder', 'results/results.json'):\n"
        f"        try:\n            open('{container}/' + path, 'a').close()\n"
        "        except PermissionError:\n            pass\n"
        "        else:\n            return a\n"
        "    return 1 / (1 + np.exp(-a))\n"
    )
    hand_in(container / "submission", "spy", answered(**{**RIGHT, "sigmoid": spy}))
    assert results_of(container, PATH=without_bubblewrap(container))["score"] == 20


def test_autograder_that_does_not_work_gives_no_score(container):
    judge = container / "source" / "cifg_edu" / "grading" / "answer_runner.py"
    broken = judge.read_text().replace("text = known.render(case, actual)", 'text = "?"')
    assert broken != judge.read_text()
    judge.write_text(broken)
    hand_in(container / "submission", "ada", answered(**RIGHT))
    done = run(container)
    assert done.returncode == 2
    assert "course's own answer to sigmoid does not pass here" in done.stderr
    assert not (container / "results" / "results.json").exists()


def test_zip_holds_what_the_platform_looks_for(archive):
    with zipfile.ZipFile(archive) as opened:
        names = opened.namelist()
        modes = {name: opened.getinfo(name).external_attr >> 16 for name in names}
        pins = opened.read("requirements.txt").decode().split()
    assert {"setup.sh", "run_autograder", "cifg_edu/__init__.py"} <= {*names}
    assert modes["run_autograder"] & modes["setup.sh"] & 0o100
    assert any(name.startswith("lessons/01_") for name in names)
    assert not any("__pycache__" in name for name in names)
    assert all(re.fullmatch(r"[\w.-]+==\d[\w.+]*", pin) for pin in pins)
    assert {"numpy", "nbval", "pytest", "jinja2"} <= {pin.split("==")[0] for pin in pins}


def test_same_course_gives_the_same_zip(archive, tmp_path):
    again = tmp_path / "again.zip"
    assert main(["autograder", "--lesson", "1", "--out", str(again), "--cases", "hidden"]) == 0
    assert again.read_bytes() == archive.read_bytes()


def test_scripts_are_valid_shell_and_set_up_installs_the_box_and_the_pins(container):
    for name in ("setup.sh", "run_autograder"):
        script = container / "source" / name
        subprocess.run(["bash", "-n", str(script)], check=True)
        assert script.read_text().startswith("#!/usr/bin/env bash\n")
    setup = (container / "source" / "setup.sh").read_text()
    assert re.search(r"^apt-get install -y .*\bbubblewrap\b", setup, re.MULTILINE)
    assert '-m pip install -r "$home/source/requirements.txt"' in setup
    assert "home=${1:-/autograder}" in setup


@pytest.mark.parametrize(
    ("options", "words"),
    [(["--lesson", "99"], "Lesson 99 has no exercises"), (["--lesson", "0"], "has no exercises")],
)
def test_lesson_without_exercises_is_one_sentence(options, words, tmp_path, capsys):
    assert main(["autograder", *options, "--out", str(tmp_path / "a.zip")]) == 2
    assert words in capsys.readouterr().err


def test_visibility_is_one_that_the_platform_knows():
    assert set(VISIBILITY) == {"hidden", "after_due_date", "after_published", "visible"}
