"""The command compare, from its options to the page."""

import argparse
import json
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

from cifg_edu.__main__ import main
from cifg_edu.comparison.command import _command

QUICK = ["compare", "--tasks", "adding", "--cells", "lstm", "--seeds", "2", "--budget", "quick"]
RUNS = 3 * (2 + 2)  # CIFG and LSTM of its size, and LSTM of its parameters; two rates, two seeds


def without_seconds(folder):
    """All of the runs but their seconds, from the report's own file."""
    runs = json.loads((folder / "runs.json").read_text())["runs"]
    return [
        (run["spec"], run["final"], [[u, m] for u, _, m in run["curve"]], run["parameters"])
        for run in runs
    ]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A comparison that was never stopped."""
    out = tmp_path_factory.mktemp("whole")
    assert main([*QUICK, "--out", str(out), "--workers", "1"]) == 0
    return out


def test_it_writes_a_page_and_every_run_and_ends_with_the_verdicts(whole, capsys):
    assert len(without_seconds(whole)) == RUNS
    assert "<h2>What came out</h2>" in (whole / "report.html").read_text()
    before = {path: path.stat().st_mtime_ns for path in (whole / "runs").iterdir()}
    assert len(before) == RUNS
    assert main([*QUICK, "--out", str(whole), "--workers", "1"]) == 0
    assert {path: path.stat().st_mtime_ns for path in (whole / "runs").iterdir()} == before
    said = capsys.readouterr().out
    assert "adding, equal hidden size: " in said
    assert f"The report is {whole / 'report.html'}" in said


def test_the_command_on_the_page_is_one_that_repeats_it(whole):
    command = json.loads((whole / "runs.json").read_text())["command"]
    assert command in (whole / "report.html").read_text()
    # The CIFG is always among the cells, and is named.
    again = [part if part != "lstm" else "cifg,lstm" for part in QUICK]
    assert command == " ".join(
        ["python -m cifg_edu", *again, "--out", str(whole), "--workers", "1"]
    )


def test_names_that_a_shell_would_split_are_quoted():
    options = argparse.Namespace(
        seeds=5, hidden_size=9, budget="usual", out=Path("my runs"), workers=2, scheduler="tcp://a"
    )
    command = _command(options, ["adding"], ["cifg", "lstm"])
    assert command == (
        "python -m cifg_edu compare --tasks adding --cells cifg,lstm --seeds 5 --hidden-size 9 "
        "--budget usual --out 'my runs' --workers 2 --scheduler tcp://a"
    )


def test_killed_half_way_it_goes_on_and_ends_with_the_results_of_one_never_killed(whole, tmp_path):
    arguments = [*QUICK, "--out", str(tmp_path), "--workers", "1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "cifg_edu", *arguments], stderr=subprocess.DEVNULL
    )
    while not (kept := list((tmp_path / "runs").glob("*.json"))):
        assert process.poll() is None
        time.sleep(0.005)
    process.kill()
    process.wait()
    assert not (tmp_path / "report.html").exists()
    before = {path: path.stat().st_mtime_ns for path in kept}
    assert main(arguments) == 0
    assert {path: path.stat().st_mtime_ns for path in kept} == before
    assert without_seconds(tmp_path) == without_seconds(whole)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (["--tasks", "sums"], "no task called 'sums': choose one of sonnets, adding"),
        (["--tasks", ","], "No task is given"),
        (["--cells", "mgu"], "no cell called 'mgu': choose one of cifg, lstm"),
        (["--cells", "cifg"], "nothing to compare"),
        (["--seeds", "1"], "--seeds of 2 or more"),
        (["--workers", "-1"], "--workers and --hidden-size of 1 or more"),
        (["--hidden-size", "-1"], "--workers and --hidden-size of 1 or more"),
        pytest.param(
            ["--scheduler", "nonsense://x"],
            "No Dask scheduler answers at nonsense://x",
            marks=pytest.mark.skipif(
                not find_spec("distributed"),
                reason="distributed is missing: make test-optional has it",
            ),
        ),
    ],
    ids=str,
)
def test_options_that_cannot_be_used_end_in_one_sentence(tmp_path, capsys, wrong, words):
    assert main([*QUICK, "--out", str(tmp_path), *wrong]) == 2
    errors = capsys.readouterr().err
    assert words in errors
    assert errors.count("\n") == 1


def test_without_dask_a_scheduler_is_refused_in_one_sentence(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert main([*QUICK, "--out", str(tmp_path), "--scheduler", "tcp://127.0.0.1:1"]) == 2
    assert 'python -m pip install "dask[distributed]"' in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_told_before_any_run(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main([*QUICK, "--out", str(tmp_path / "file" / "out")]) == 2
    errors = capsys.readouterr().err
    assert "cannot be written" in errors
    assert "tuning" not in errors


def test_ctrl_c_says_how_to_go_on(tmp_path, capsys, monkeypatch):
    def pressed(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("cifg_edu.comparison.schedule._make", pressed)
    assert main([*QUICK, "--out", str(tmp_path)]) == 130
    said = capsys.readouterr().out
    assert "Stopped: 0 of 6 runs" in said
    assert "Continue with:\n  python -m cifg_edu compare --tasks adding" in said
    assert f"--out {tmp_path}" in said


def test_help_gives_an_example(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["compare", "--help"])
    assert "example:\n  python -m cifg_edu compare" in capsys.readouterr().out
