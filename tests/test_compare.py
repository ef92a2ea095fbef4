"""The command compare, from its options to the page, and what it does with the stored runs."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest

from cifg_edu.__main__ import _parser, main
from cifg_edu.comparison import account
from cifg_edu.comparison.account import from_text, pack
from cifg_edu.comparison.command import _command, experiment_of

QUICK = ["compare", "--tasks", "adding", "--cells", "lstm", "--seeds", "2", "--budget", "quick"]
RUNS = 3 * 2 * 2  # CIFG and LSTM of its size, and LSTM of its parameters; two rates, replicates


def without_seconds(folder):
    """All of the runs but their seconds, from the report's own file."""
    runs = from_text((folder / "runs.json").read_text()).results
    return [
        replace(run, seconds=0, curve=tuple(point._replace(seconds=0) for point in run.curve))
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
    assert "<h2>The family</h2>" in (whole / "report.html").read_text()
    before = {path: path.stat().st_mtime_ns for path in (whole / "runs").iterdir()}
    assert len(before) == RUNS
    assert main([*QUICK, "--out", str(whole), "--workers", "1"]) == 0
    assert {path: path.stat().st_mtime_ns for path in (whole / "runs").iterdir()} == before
    said = capsys.readouterr().out
    assert "adding, at equal hidden size: " in said
    assert "A quick run." in said
    assert f"The report is {whole / 'report.html'}" in said


def test_the_command_on_the_page_is_one_that_repeats_it(whole):
    command = json.loads((whole / "runs.json").read_text())["command"]
    assert command in (whole / "report.html").read_text()
    # The CIFG is always among the cells, and is named.
    again = [part if part != "lstm" else "cifg,lstm" for part in QUICK]
    assert command == " ".join(
        ["python -m cifg_edu", *again, "--out", str(whole), "--workers", "1"]
    )


def options_of(*arguments):
    return _parser(["compare"]).parse_args(["compare", *arguments])


def test_names_that_a_shell_would_split_are_quoted_and_every_option_is_kept():
    given = [
        "--tasks",
        "adding",
        "--seeds",
        "5",
        "--rates",
        "0.01,0.1",
        "--out",
        "my runs",
        "--updates",
        "7",
        "--hidden-size",
        "9",
        "--workers",
        "2",
    ]
    given += ["--scheduler", "tcp://a", "--matching", "size"]
    options = options_of(*given)
    assert _command(options, experiment_of(options)) == (
        "python -m cifg_edu compare --tasks adding --cells cifg,lstm --seeds 5 --rates 0.01,0.1 "
        "--matching size --budget usual --out 'my runs' --updates 7 --hidden-size 9 --workers 2 "
        "--scheduler tcp://a"
    )


def test_options_make_the_experiment_that_they_name():
    found = experiment_of(
        options_of("--tasks", "copy", "--cells", "gru", "--seeds", "3", "--rates", "0.1,0.01")
    )
    assert (found.tasks, found.cells, list(found.replicates)) == (
        ["copy"],
        ["cifg", "gru"],
        [0, 1, 2],
    )
    assert (found.rates, found.updates, found.hidden_size) == ([0.01, 0.1], None, None)
    assert not found.quick
    assert list(experiment_of(options_of("--matching", "parameters")).matchings) == ["parameters"]
    usual = experiment_of(options_of())
    assert (usual.cells, len(usual.replicates), usual.rates) == (["cifg", "lstm"], 20, None)
    assert list(usual.matchings) == ["size", "parameters"]


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


def children(process):
    path = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return [int(pid) for pid in path.read_text().split()]


def alive(pid):
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except (FileNotFoundError, ProcessLookupError):
        return False


def is_ready(pid):
    return len(list(Path(f"/proc/{pid}/task").iterdir())) > 1


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads /proc")
@pytest.mark.parametrize("only", [False, True])
def test_sigterm_leaves_no_process_and_no_temporary_file(tmp_path, whole, only):
    temporary, out = tmp_path / "temporary", tmp_path / "out"
    temporary.mkdir()
    # Runs so long that they are at work when the signal comes.
    arguments = [*QUICK, "--out", str(out), "--updates", "1000000", "--workers", "2"]
    code = "import sys; from cifg_edu.__main__ import main; sys.exit(main(sys.argv[1:]))"
    if only:
        given = from_text((whole / "runs.json").read_text())
        long = [replace(r, spec=replace(r.spec, updates=1_000_000)) for r in given.results]
        machines = {r.spec: {} for r in long}
        pack(replace(given, results=long, machines=machines), tmp_path / "stored")
        arguments += ["--only", "adding:1"]
        code = (
            "from pathlib import Path; from cifg_edu.comparison import account; "
            f"account.STORED = Path({str(tmp_path / 'stored')!r}); {code}"
        )
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env=os.environ | {"TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    # A worker that still starts has one thread; ready for work it has a second, its leash. The
    # third process is the one by which Python tracks what processes share.
    while sum(map(is_ready, workers := children(process))) < 2:
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    output, errors = process.communicate()
    assert process.returncode == 130
    assert ("nothing is kept" if only else "Continue with:") in output
    assert "Traceback" not in errors, errors
    assert "leaked" not in errors, errors
    while any(map(alive, workers)):
        time.sleep(0.02)
    assert not list(temporary.iterdir())
    assert [path.name for path in out.rglob("*")] == ([] if only else ["command.txt"])


# The signal comes after a worker was started and before it was told what to do.
IN_THE_START = """
import multiprocessing.util as util, os, signal, sys
start = util.spawnv_passfds

def start_and_signal(path, arguments, passed):
    pid = start(path, arguments, passed)
    if b"spawn_main" in b" ".join(map(os.fsencode, arguments)):
        os.kill(os.getpid(), signal.SIGTERM)
    return pid

util.spawnv_passfds = start_and_signal
from cifg_edu.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals of this kind")
def test_sigterm_while_a_worker_starts_prints_no_traceback(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", IN_THE_START, *QUICK, "--out", str(tmp_path), "--workers", "2"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 130
    assert "Continue with:" in done.stdout
    assert "Traceback" not in done.stderr, done.stderr


@pytest.fixture
def stored(whole, tmp_path, monkeypatch):
    """The package, as if the runs of `whole` were stored in it."""
    path = tmp_path / "stored.xz"
    pack(from_text((whole / "runs.json").read_text()), path)
    monkeypatch.setattr(account, "STORED", path)
    return path


def test_report_writes_the_page_of_the_stored_runs_and_makes_none(
    tmp_path, stored, whole, capsys, monkeypatch
):
    monkeypatch.setattr("cifg_edu.comparison.command.run_all", None)
    monkeypatch.setattr("cifg_edu.comparison.compared_tasks.TASKS", {})
    assert main(["compare", "--report", "--out", str(tmp_path / "out")]) == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"report.html", "runs.json"}
    written, stored_runs = ((f / "runs.json").read_text() for f in (tmp_path / "out", whole))
    assert written == stored_runs
    assert "<h2>The family</h2>" in (tmp_path / "out" / "report.html").read_text()
    assert f"The report is {tmp_path / 'out' / 'report.html'}" in capsys.readouterr().out


def test_only_makes_the_runs_of_one_replicate_again_and_finds_them_alike(
    tmp_path, stored, capsys, monkeypatch
):
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    arguments = ["compare", "--only", "adding:1", "--out", str(tmp_path / "out"), "--workers", "1"]
    assert main(arguments) == 0
    assert "All 6 runs agree bit for bit with the stored ones." in capsys.readouterr().out
    assert not (tmp_path / "out").exists()
    assert not list((tmp_path / "temporary").iterdir())

    given = account.unpack(stored)
    moved = [replace(r, test=r.test + 0.01 * (r.spec.replicate == 1)) for r in given.results]
    pack(replace(given, results=moved), stored)
    assert main(arguments) == 1
    said = capsys.readouterr().out
    assert "0 of 6 runs agree bit for bit" in said
    assert "0.01: beyond the tolerance of 0.005" in said


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("only", ["adding", "adding:2", "copy:0", "adding:x"])
def test_only_without_stored_runs_says_what_there_is(only, capsys):
    assert main(["compare", "--only", only]) == 2
    errors = capsys.readouterr().err
    assert f"No runs of {only!r} are stored: give a task and a replicate" in errors
    assert "there are adding, and replicates up to 1" in errors
    assert errors.count("\n") == 1


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (["--tasks", "sums"], "no task called 'sums': choose one of sonnets, adding"),
        (["--tasks", ","], "No task is given"),
        (["--cells", "mgu"], "no cell called 'mgu': choose one of cifg, lstm"),
        (["--cells", "cifg"], "nothing to compare"),
        (["--seeds", "1"], "--seeds of 2 or more"),
        (["--workers", "-1"], "--workers is -1: give 1 or more"),
        (["--hidden-size", "-1"], "--hidden-size and --updates of 1 or more"),
        (["--updates", "-1"], "--hidden-size and --updates of 1 or more"),
        (["--rates", "fast"], "--rates is fast: give numbers above 0"),
        (["--rates", "0.1,0"], "--rates is 0.1,0: give numbers above 0"),
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
    assert "run" not in errors.replace(str(tmp_path), "")


def test_ctrl_c_says_how_to_go_on(tmp_path, capsys, monkeypatch):
    def pressed(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("cifg_edu.comparison.schedule._make", pressed)
    assert main([*QUICK, "--out", str(tmp_path)]) == 130
    said = capsys.readouterr().out
    assert "Stopped: 0 of 12 runs" in said
    assert "Continue with:\n  python -m cifg_edu compare --tasks adding" in said
    assert f"--out {tmp_path}" in said


def test_help_gives_an_example(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["compare", "--help"])
    assert "example:\n  python -m cifg_edu compare" in capsys.readouterr().out
