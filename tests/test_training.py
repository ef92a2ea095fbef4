"""Training, checkpoints that resume bit for bit, and the command line."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from cifg_edu.__main__ import main
from cifg_edu.corpora import practice_text
from cifg_edu.errors import UserError
from cifg_edu.training import Trainer, TrainingOptions, load_model, read_checkpoint

TEXT = practice_text().text
SMALL = TrainingOptions(hidden_size=8, batch_size=4, steps=16, epochs=2)
ARGUMENTS = ["--practice", "--hidden-size", "8", "--batch-size", "4", "--steps", "16"]


def run(trainer, windows=None):
    while not trainer.finished and windows != 0:
        trainer.train_window()
        windows = None if windows is None else windows - 1
    return trainer


def state(trainer):
    """Everything that a resumed run must have in common with one never interrupted."""
    arrays = {name: a.tobytes() for name, a in trainer._arrays().items()}
    return arrays, trainer.history, trainer.adam.step_count, trainer.epoch, trainer.window


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"cell": "lstm", "embedding_size": 5, "clip": "value", "clip_limit": 0.01},
        {"reset_gradients": False, "clip": "norm", "clip_limit": 0.1, "max_lag": 20},
    ],
    ids=str,
)
@pytest.mark.parametrize("stop", [3, 41, 42])
def test_a_run_resumed_at_any_window_ends_with_the_same_bits(tmp_path, change, stop):
    options = dataclasses.replace(SMALL, **change)
    whole = Trainer(TEXT, options)
    assert whole.windows_per_epoch == 42
    run(whole)
    run(first := Trainer(TEXT, options), stop)
    first.save(tmp_path / "a.npz")
    assert state(run(Trainer.restore(tmp_path / "a.npz", TEXT))) == state(whole)


def test_training_lowers_the_held_out_loss_below_that_of_letter_frequencies():
    trainer = run(Trainer(TEXT, dataclasses.replace(SMALL, hidden_size=32, epochs=12)))
    counts = np.unique(list(TEXT), return_counts=True)[1] / len(TEXT)
    unigram = -np.sum(counts * np.log(counts))
    assert trainer.best.held_out_loss < unigram - 0.2
    assert trainer.history[0].held_out_loss > trainer.best.held_out_loss


def test_state_is_carried_across_windows_and_not_across_the_start_of_the_text():
    trainer = Trainer(TEXT, SMALL)
    assert not trainer.h.any()
    run(trainer, 1)
    assert trainer.h.any()
    run(trainer, trainer.windows_per_epoch - 1)
    assert not trainer.h.any()
    assert not trainer.c.any()


def test_held_out_loss_reads_every_character_but_the_first_once():
    trainer = Trainer(TEXT, SMALL)
    ids = trainer._held_out[:, None]
    zeros = trainer._zero_state(1)
    whole, _, _ = trainer.engine.loss(ids[:-1], ids[1:], *zeros)
    assert trainer.held_out_loss() == pytest.approx(whole, rel=1e-6)


def test_adams_steps_are_counted_over_the_run_and_not_per_epoch():
    assert run(Trainer(TEXT, SMALL)).adam.step_count == 84


def test_each_design_option_changes_the_run():
    changes = [
        {},
        {"cell": "lstm"},
        {"init": "plain_normal"},
        {"init": "glorot_normal"},
        {"max_lag": 50},
        {"beta1": 0.5},
        {"beta2": 0.9},
        {"clip_limit": 0.01},
        {"clip": "value", "clip_limit": 0.001},
        {"reset_gradients": False},
        {"seed": 1},
    ]
    losses = [
        run(Trainer(TEXT, dataclasses.replace(SMALL, **change)), 4).train_window().loss
        for change in changes
    ]
    assert len(set(losses)) == len(changes)


def weights_after_four_windows(**change):
    return run(Trainer(TEXT, dataclasses.replace(SMALL, **change)), 4).engine.flat_parameters


@pytest.mark.parametrize("other", ["value", "none"])
def test_only_clipping_by_norm_shortens_a_gradient_below_the_limit_of_each_element(other):
    unclipped = weights_after_four_windows(clip="none")
    # Small enough for the norm, and large enough for each element.
    assert (weights_after_four_windows(clip="norm", clip_limit=0.2) != unclipped).any()
    assert (weights_after_four_windows(clip=other, clip_limit=0.2) == unclipped).all()


def test_best_weights_are_those_of_the_best_epoch(tmp_path):
    trainer = run(Trainer(TEXT, dataclasses.replace(SMALL, epochs=4, learning_rate=0.9, seed=1)))
    trainer.save(tmp_path / "a.npz")
    _, parameters, best = load_model(tmp_path / "a.npz")
    assert best == trainer.best != trainer.history[-1]
    for name, value in parameters.items():
        trainer.engine.parameters[name][...] = value
    assert trainer.held_out_loss() == best.held_out_loss


@pytest.mark.filterwarnings("error")
def test_a_training_that_explodes_ends_with_a_sentence_and_without_warnings():
    options = dataclasses.replace(SMALL, learning_rate=1e30, clip="none", epochs=50)
    with pytest.raises(UserError, match=r"training explodes.*smaller --learning-rate"):
        run(Trainer(TEXT, options))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_loss_that_is_no_number_stops_the_run_and_spares_the_checkpoint(tmp_path):
    trainer = run(Trainer(TEXT, SMALL), 3)
    trainer.save(tmp_path / "a.npz")
    before = (tmp_path / "a.npz").read_bytes()
    trainer.engine.parameters["Wy"][...] = np.nan
    with pytest.raises(UserError, match="smaller --learning-rate"):
        trainer.train_window()
    with pytest.raises(UserError, match="was not changed"):
        trainer.save(tmp_path / "a.npz")
    assert (tmp_path / "a.npz").read_bytes() == before


@pytest.fixture
def checkpoint(tmp_path):
    run(trainer := Trainer(TEXT, SMALL, "practice"), 5)
    trainer.save(tmp_path / "a.npz")
    return tmp_path / "a.npz"


def test_a_checkpoint_cut_short_anywhere_or_damaged_is_refused(checkpoint):
    whole = checkpoint.read_bytes()
    for cut in (0, 1, 100, len(whole) // 2, len(whole) - 1):
        checkpoint.write_bytes(whole[:cut])
        with pytest.raises(UserError, match="not a whole checkpoint"):
            read_checkpoint(checkpoint)
    middle = len(whole) // 2
    checkpoint.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    with pytest.raises(UserError, match="not a whole checkpoint"):
        read_checkpoint(checkpoint)


def with_meta(checkpoint, change):
    """The checkpoint with another description."""
    with np.load(checkpoint) as file:
        arrays = dict(file)
    meta = json.loads(str(arrays.pop("meta")))
    np.savez(checkpoint, meta=np.array(json.dumps(change(meta))), **arrays)
    return checkpoint


def with_array(checkpoint, **values):
    """The checkpoint with one number of an array changed."""
    with np.load(checkpoint) as file:
        arrays = dict(file)
    for name, value in values.items():
        arrays[name][0] = value
    np.savez(checkpoint, **arrays)
    return checkpoint


def test_a_checkpoint_of_a_newer_version_is_named_and_nothing_is_to_be_deleted(checkpoint, capsys):
    with_meta(checkpoint, lambda meta: {"format": 2})
    for arguments in (["sample", str(checkpoint)], ["train", "--resume", "--out", str(checkpoint)]):
        assert main(arguments) == 2
        error = capsys.readouterr().err
        assert f"{checkpoint} was written by a newer version of this course (format 2" in error
        assert "delete" not in error
    with pytest.raises(UserError, match="not a whole checkpoint"):
        read_checkpoint(with_meta(checkpoint, lambda meta: {}))


def test_a_checkpoint_from_before_an_option_was_added_opens(checkpoint):
    def without_held_out(meta):
        options = {name: v for name, v in meta["options"].items() if name != "held_out"}
        return meta | {"options": options}

    before = state(Trainer.restore(checkpoint, TEXT))
    assert state(Trainer.restore(with_meta(checkpoint, without_held_out), TEXT)) == before


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda path: path.write_text("a licence"), "is not a whole checkpoint"),
        (lambda path: (path.unlink(), path.mkdir()), "is a folder: give the checkpoint in it"),
        (lambda path: np.save(path.open("wb"), np.zeros(3)), "is not a whole checkpoint"),
        (lambda path: with_array(path, best_parameters=np.nan), "a weight that is not finite"),
        (lambda path: with_meta(path, lambda m: m | {"config": {}}), "holds no usable model"),
    ],
    ids=["text", "folder", "npy", "nan", "no config"],
)
def test_sample_refuses_what_is_no_model_in_a_sentence(damage, words, checkpoint, capsys):
    damage(checkpoint)
    assert main(["sample", str(checkpoint)]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
    assert "delete" not in error


def test_resuming_a_checkpoint_without_options_is_refused_in_a_sentence(checkpoint, capsys):
    with_meta(checkpoint, lambda meta: {k: v for k, v in meta.items() if k != "options"})
    assert main(["train", "--resume", "--out", str(checkpoint)]) == 2
    assert "holds no options of a training" in capsys.readouterr().err


def test_train_names_both_a_missing_text_and_an_existing_checkpoint(checkpoint, capsys):
    assert main(["train", "--text", "nosuch.txt", "--out", str(checkpoint)]) == 2
    error = capsys.readouterr().err
    assert f"{checkpoint} exists already" in error
    assert "nosuch.txt cannot be read" in error


def test_prompt_has_every_kind_of_line_end_as_a_newline(checkpoint, capsys):
    written = []
    for prompt in ("a\nb", "a\r\nb", "a\rb"):
        assert main(["sample", str(checkpoint), "--prompt", prompt, "--length", "20"]) == 0
        written.append(capsys.readouterr().out)
    assert written[0] == written[1] == written[2]


def test_a_pickle_in_a_checkpoint_is_never_run(tmp_path):
    class Trap:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "trapped"),))

    np.savez(tmp_path / "a.npz", meta=np.array([Trap()], dtype=object))
    with pytest.raises(UserError, match="not a whole checkpoint"):
        read_checkpoint(tmp_path / "a.npz")
    assert not (tmp_path / "trapped").exists()


def test_resuming_on_another_text_is_refused(checkpoint):
    with pytest.raises(UserError, match="another text"):
        Trainer.restore(checkpoint, TEXT + "x")


@pytest.mark.parametrize(
    "wrong",
    [
        ["--hidden-size", "0"],
        ["--epochs", "0"],
        ["--learning-rate", "nan"],
        ["--beta1", "1"],
        ["--held-out", "1"],
        ["--max-lag", "2"],
        ["--clip-limit", "-1"],
        ["--seed", "-1"],
        ["--batch-size", "4000"],
    ],
    ids=str,
)
def test_options_out_of_range_end_in_one_sentence_and_no_file(tmp_path, capsys, wrong):
    out = tmp_path / "runs" / "a.npz"
    assert main(["train", *ARGUMENTS, "--out", str(out), *wrong]) == 2
    errors = capsys.readouterr().err
    assert errors.startswith("cifg_edu: ")
    assert errors.count("\n") == 1
    assert "give" in errors
    assert not out.parent.exists()


@pytest.mark.parametrize("content", [b"", b"a", b"abababab", b"\xff\xfe\x00"], ids=repr)
def test_a_text_unfit_for_training_ends_in_one_sentence(tmp_path, capsys, content):
    (tmp_path / "t.txt").write_bytes(content)
    status = main(["train", "--text", str(tmp_path / "t.txt"), "--out", str(tmp_path / "a.npz")])
    assert status == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "a.npz").exists()


def test_an_existing_checkpoint_is_never_overwritten_by_a_new_run(checkpoint, capsys):
    before = checkpoint.read_bytes()
    assert main(["train", *ARGUMENTS, "--out", str(checkpoint)]) == 2
    assert "exists already: add --resume" in capsys.readouterr().err
    assert checkpoint.read_bytes() == before


def test_resuming_with_another_cell_is_refused(checkpoint, capsys):
    assert main(["train", "--resume", "--cell", "lstm", "--out", str(checkpoint)]) == 2
    assert "was trained with cell = cifg" in capsys.readouterr().err


def test_train_resume_and_sample_work_from_the_command_line(tmp_path, capsys):
    out = str(tmp_path / "a.npz")
    assert main(["train", *ARGUMENTS, "--epochs", "1", "--out", out]) == 0
    assert "practice verses" in capsys.readouterr().out
    assert main(["train", "--resume", "--epochs", "2", "--out", out]) == 0
    assert main(["train", "--resume", "--out", out]) == 0
    assert "give a larger --epochs" in capsys.readouterr().out
    assert main(["sample", out, "--prompt", "The ", "--length", "30"]) == 0
    assert len(capsys.readouterr().out) == 35
    assert main(["sample", str(tmp_path / "none.npz")]) == 2


def start(*arguments):
    """Train in another process that saves after every window, so that a kill often meets a save."""
    code = "import sys; from cifg_edu import train_command as t; t.SAVE_SECONDS = 0; "
    code += "from cifg_edu.__main__ import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "train", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def steps_done(out):
    return read_checkpoint(out)[0]["adam_steps"] if out.exists() else 0


def wait_for(process, out, steps):
    while steps_done(out) < steps:
        assert process.poll() is None
        time.sleep(0.01)


def test_a_run_killed_again_and_again_ends_with_the_weights_of_one_never_killed(tmp_path):
    options = dataclasses.replace(SMALL, epochs=40)
    whole = run(Trainer(TEXT, options, "practice"))
    out = tmp_path / "a.npz"
    arguments = [*ARGUMENTS, "--epochs", 40]
    for _ in range(3):
        process = start(*arguments, "--out", out)
        wait_for(process, out, steps_done(out) + 50)
        process.kill()
        process.communicate()
        assert steps_done(out) < whole.adam.step_count
        arguments = ["--resume"]
    assert main(["train", "--resume", "--out", str(out)]) == 0
    assert state(Trainer.restore(out, TEXT)) == state(whole)


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no Ctrl-C to one process alone")
def test_ctrl_c_saves_and_says_how_to_go_on(tmp_path):
    out = tmp_path / "a.npz"
    process = start(*ARGUMENTS, "--epochs", 1000, "--out", out)
    wait_for(process, out, 1)
    process.send_signal(signal.SIGINT)
    output = process.communicate()[0].decode()
    assert process.returncode == 130
    assert f"python -m cifg_edu train --resume --out {out}" in output
    assert steps_done(out) > 0
