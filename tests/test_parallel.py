"""Processes that share a batch compute what one engine computes."""

import dataclasses
import multiprocessing

import numpy as np
import pytest

from cifg_edu.__main__ import main
from cifg_edu.engine import Engine
from cifg_edu.errors import ProcessLostError, UserError
from cifg_edu.model import loss_and_gradients
from cifg_edu.parallel import ParallelEngine
from cifg_edu.training import Trainer, TrainingOptions
from tests.test_engine import make
from tests.test_training import ARGUMENTS, SMALL, TEXT, run, state

SHARED = dataclasses.replace(SMALL, threads=2, epochs=1)


@pytest.mark.parametrize("cell", ["cifg", "lstm"])
def test_shares_of_a_batch_give_the_gradients_of_the_whole_batch(cell):
    # Five lanes for two processes: parts of three and two. A batch of one lane is not shared.
    engine, parameters, whole = make(cell, B=5, embedding=3)
    shared = ParallelEngine(
        2, cell=cell, vocabulary_size=7, hidden_size=5, embedding_size=3, dtype=np.float64
    )
    shared.flat_parameters[...] = engine.flat_parameters
    inputs, targets, h0, c0 = whole
    for window in (whole, (inputs[:, :1], targets[:, :1], h0[:1], c0[:1])):
        clear = loss_and_gradients(cell, parameters, *window)
        loss, h, c = shared.loss_and_gradients(*window)
        assert loss == pytest.approx(clear.loss, abs=1e-10)
        pairs = [(h, clear.h), (c, clear.c), (shared.dh0, clear.dh0), (shared.dc0, clear.dc0)]
        pairs += [(shared.gradients[name], clear.gradients[name]) for name in parameters]
        for ours, theirs in pairs:
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-10)
    once = shared.flat_gradients.copy()
    shared.loss_and_gradients(*window, reset=False)
    np.testing.assert_allclose(shared.flat_gradients, 2 * once, rtol=1e-12)
    with pytest.raises(UserError, match="from 0 to 6"):
        shared.loss_and_gradients(np.full_like(inputs, 7), targets, h0, c0)


@pytest.mark.parametrize("reset", [True, False])
def test_a_shared_run_resumed_ends_with_the_same_bits(tmp_path, reset):
    options = dataclasses.replace(SHARED, reset_gradients=reset, clip_limit=0.1)
    whole = run(Trainer(TEXT, options))
    run(first := Trainer(TEXT, options), 5)
    first.save(tmp_path / "a.npz")
    assert state(run(Trainer.restore(tmp_path / "a.npz", TEXT))) == state(whole)
    assert whole.history[0].held_out_loss == pytest.approx(
        run(Trainer(TEXT, dataclasses.replace(options, threads=1))).history[0].held_out_loss,
        rel=1e-5,
    )


def lose_a_process():
    for process in multiprocessing.active_children():
        process.kill()
        process.join()


class EndsOverItsWindow:
    """A pipe whose other end takes a window and then ends."""

    def send(self, window):
        pass

    def recv(self):
        raise EOFError


@pytest.mark.parametrize("when", ["between two windows", "over its window"])
def test_the_loss_of_a_process_leaves_the_run_as_it_was_before_the_window(tmp_path, when):
    options = dataclasses.replace(SHARED, reset_gradients=False)
    trainer = run(Trainer(TEXT, options), 3)
    before = state(trainer)
    if when == "between two windows":
        lose_a_process()
    else:
        [helper] = trainer.engine._helpers
        trainer.engine._helpers = [helper._replace(connection=EndsOverItsWindow())]
    with pytest.raises(ProcessLostError, match="continue with --resume"):
        trainer.train_window()
    assert state(trainer) == before
    trainer.save(tmp_path / "a.npz")
    assert state(run(Trainer.restore(tmp_path / "a.npz", TEXT))) == state(
        run(Trainer(TEXT, options))
    )


def test_train_saves_what_is_done_when_a_process_is_lost(tmp_path, monkeypatch, capsys):
    out, windows = tmp_path / "a.npz", []
    train_window = Trainer.train_window

    def lose_after_three(trainer):
        if len(windows) == 3:
            lose_a_process()
        windows.append(train_window(trainer))
        return windows[-1]

    monkeypatch.setattr(Trainer, "train_window", lose_after_three)
    arguments = ["train", *ARGUMENTS, "--epochs", "1", "--out", str(out)]
    assert main([*arguments, "--threads", "2"]) == 2
    assert "A process of this training has ended" in capsys.readouterr().err
    assert Trainer.restore(out, TEXT).window == 3
    monkeypatch.undo()
    assert main(["train", "--resume", "--threads", "1", "--out", str(out)]) == 0
    assert Trainer.restore(out, TEXT).options.threads == 1


@pytest.mark.parametrize(("idle", "expected"), [(8, [2, 3]), (2, [2, 2]), (0, [])])
def test_train_shares_large_batches_among_the_idle_cores_and_keeps_small_ones(
    tmp_path, monkeypatch, idle, expected
):
    made = []
    monkeypatch.setattr("cifg_edu.cluster.cores", lambda: 3)
    monkeypatch.setattr("cifg_edu.cluster.idle_cores", lambda: idle)
    monkeypatch.setattr(
        "cifg_edu.parallel.ParallelEngine",
        lambda threads, **options: made.append(threads) or Engine(**options),
    )
    for batch_size in (8, 31, 32, 64):
        out = str(tmp_path / f"{batch_size}.npz")
        sizes = ["--hidden-size", "4", "--steps", "16", "--batch-size", str(batch_size)]
        assert main(["train", "--practice", "--epochs", "1", *sizes, "--out", out]) == 0
    assert made == expected
    assert TrainingOptions().threads == 1
