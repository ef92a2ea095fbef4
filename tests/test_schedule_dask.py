"""Runs on a real Dask cluster: the same results, also where a worker is killed half-way."""

import os
import signal
import threading
import time
from functools import partial
from pathlib import Path

import pytest

from cifg_edu.__main__ import main
from cifg_edu.cluster import dask_pool
from cifg_edu.comparison.schedule import run_all
from cifg_edu.errors import UserError
from tests.optional import optional
from tests.test_schedule import SPECS, made, made_up, serially, without_seconds

distributed = optional("distributed")


def slow(spec, diary):
    """A run that takes a while, and notes first in which process it is made."""
    (Path(diary).parent / f"{spec.cell}-{spec.replicate}-{os.getpid()}.at-work").touch()
    return made_up(spec, diary, seconds=0.5)


@pytest.fixture
def cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        yield cluster


def kill_one_at_work(tmp_path, cluster, killed):
    """Wait until a run is half done, and kill the process that makes it."""
    while not (at_work := sorted(tmp_path.glob("*.at-work"))):
        time.sleep(0.02)
    pid = int(at_work[0].stem.split("-")[-1])
    workers = {worker.process.pid for worker in cluster.workers.values()}
    assert pid in workers
    os.kill(pid, signal.SIGKILL)
    killed.append(pid)


def test_a_worker_killed_half_way_loses_nothing(tmp_path, cluster):
    diary, killed = tmp_path / "diary", []
    killer = threading.Thread(target=kill_one_at_work, args=(tmp_path, cluster, killed))
    with dask_pool(cluster.scheduler_address) as open_pool:
        killer.start()
        outcome = run_all(SPECS, tmp_path / "runs", open_pool, work=partial(slow, diary=diary))
        killer.join()
    assert not outcome.failed
    assert list(outcome.results) == SPECS

    lost = [path.stem.rsplit("-", 1)[0] for path in tmp_path.glob(f"*-{killed[0]}.at-work")]
    processes = [len(list(tmp_path.glob(f"{run}-*.at-work"))) for run in lost]
    assert max(processes) == 2
    here = serially(partial(made_up, diary=tmp_path / "other"), tmp_path / "here")
    assert without_seconds(outcome.results) == without_seconds(here.results)

    # All are kept: nothing is made again, on whatever machine.
    before = made(diary)
    assert serially(partial(slow, diary=diary), tmp_path / "runs").reused == len(SPECS)
    assert made(diary) == before


def test_a_scheduler_that_does_not_answer_is_told_in_one_sentence(monkeypatch):
    monkeypatch.setattr("cifg_edu.cluster.DASK_SECONDS", 0.5)
    for address in ("tcp://127.0.0.1:1", "nonsense://x", "127.0.0.1:notaport"):
        with (
            pytest.raises(UserError, match=f"No Dask scheduler answers at {address}: start one"),
            dask_pool(address),
        ):
            pass


def test_compare_ends_with_that_sentence(tmp_path, capsys):
    command = ["compare", "--tasks", "adding", "--budget", "quick", "--out", str(tmp_path)]
    assert main([*command, "--scheduler", "nonsense://x"]) == 2
    errors = capsys.readouterr().err
    assert "No Dask scheduler answers at nonsense://x" in errors
    assert errors.count("\n") == 1
