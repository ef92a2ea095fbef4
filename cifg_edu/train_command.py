"""The commands train and sample: add_train_options, train_command, sample_command."""

import argparse
import dataclasses
import signal
import time
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
from tqdm import tqdm

from cifg_edu.corpora import Corpus, practice_text, read_text, sonnets_or_practice
from cifg_edu.errors import INTERRUPTED, ProcessLostError, UserError
from cifg_edu.losses import bits_per_character, perplexity
from cifg_edu.model import CELLS, INITIALIZERS
from cifg_edu.sampling import sample
from cifg_edu.training import (
    CLIPPING,
    Trainer,
    TrainingOptions,
    load_model,
    read_checkpoint,
    stored_options,
)

SAVE_SECONDS = 5.0
LANES_PER_PROCESS = 16


def add_train_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of train, with the defaults of `TrainingOptions`."""
    parser.add_argument(
        "--text", type=Path, metavar="FILE", help="UTF-8 text to train on (default: the Sonnets)"
    )
    parser.add_argument(
        "--practice", action="store_true", help="built-in practice verses as the text"
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="checkpoint to write (default: runs/CELL.npz)"
    )
    parser.add_argument("--resume", action="store_true", help="continuation of the run in --out")
    default = TrainingOptions()
    choices: dict[str, Any] = {"cell": CELLS, "init": INITIALIZERS, "clip": CLIPPING}
    helps = {
        "cell": "recurrent cell",
        "hidden_size": "number of units H",
        "embedding_size": "size of learned vectors in place of one-hot characters",
        "init": "distribution of the initial weights",
        "max_lag": "longest lag, in steps, for chrono biases",
        "steps": "number of characters in a window",
        "batch_size": "number of windows side by side",
        "epochs": "number of passes over the text",
        "learning_rate": "step size of Adam",
        "beta1": "decay of Adam's mean gradient",
        "beta2": "decay of Adam's mean square",
        "epsilon": "guard against division by zero in Adam",
        "clip": "clipping of gradients",
        "clip_limit": "largest norm or value that is not clipped",
        "held_out": "share of the text, at its end, that is held out",
        "seed": "seed of the initial weights",
    }
    parser.add_argument(
        "--threads",
        type=int,
        help="number of processes that share a batch, one thread each (default: one for "
        f"{LANES_PER_PROCESS} windows side by side, at most one for each idle core)",
    )
    types: dict[str, type] = {"embedding_size": int, "max_lag": int}
    for name, text in helps.items():
        value = getattr(default, name)
        parser.add_argument(
            "--" + name.replace("_", "-"),
            type=types.get(name, type(value)),
            choices=choices.get(name),
            help=f"{text} (default: {'none' if value is None else value})",
        )
    parser.add_argument(
        "--keep-gradients",
        dest="reset_gradients",
        action="store_const",
        const=False,
        help="gradients that are never reset: a classic bug, to look at",
    )


def train_command(options: argparse.Namespace) -> int:
    """Train a model, or continue a stopped training.

    Args:
        options: the parsed command line.

    Returns:
        0, or 130 after Ctrl-C, with everything saved.

    Raises:
        UserError: an option, the text or the checkpoint cannot be used.
    """
    out = options.out or Path("runs") / f"{options.cell or TrainingOptions.cell}.npz"
    trainer = _resumed(out, options) if options.resume else _started(out, options)
    if trainer.finished:
        print(f"{out} has all its {trainer.epoch} epochs: give a larger --epochs to continue.")
        return 0
    print(f"{trainer.config.cell.upper()}, {trainer.engine.flat_parameters.size:,} parameters.")
    if not _train_to_the_end(trainer, out):
        print(f"Stopped. Everything is saved; continue with:\n  {_resume_command(out)}")
        return INTERRUPTED
    config, parameters, best = load_model(out)
    print(f"Best: {best}\nSaved in {out}. The model writes:\n")
    print(sample(np.random.default_rng(0), parameters, config, 400, temperature=0.7).strip())
    return 0


def sample_command(options: argparse.Namespace) -> int:
    """Print text from a trained model.

    Args:
        options: the parsed command line.

    Returns:
        0.

    Raises:
        UserError: an option or the checkpoint cannot be used.
    """
    config, parameters, _ = load_model(options.checkpoint)
    if options.seed < 0:
        raise UserError(f"seed is {options.seed}: give 0 or more.")
    print(
        sample(
            np.random.default_rng(options.seed),
            parameters,
            config,
            options.length,
            options.prompt.replace("\r\n", "\n").replace("\r", "\n"),  # as in texts
            options.temperature,
            options.top_k,
        )
    )
    return 0


def _given(options: argparse.Namespace) -> dict[str, Any]:
    """The training options that are given on the command line."""
    names = TrainingOptions.__dataclass_fields__
    return {name: getattr(options, name) for name in names if getattr(options, name) is not None}


def _started(out: Path, options: argparse.Namespace) -> Trainer:
    problems = []
    if out.exists():
        problems.append(
            f"{out} exists already: add --resume to continue it, or give another --out."
        )
    try:
        corpus, source = _corpus(options)
    except UserError as error:
        problems.append(str(error))
    if problems:
        raise UserError(" ".join(problems))
    print(corpus.origin)
    training = TrainingOptions(**_given(options))
    threads = usual_threads(training.batch_size)
    if options.threads is None and threads > 1:
        from cifg_edu.cluster import idle_cores

        # Beside other work two processes that wait for each other are slower than one.
        training = dataclasses.replace(training, threads=max(1, min(threads, idle_cores())))
    return Trainer(corpus.text, training, source)


def usual_threads(batch_size: int) -> int:
    """How many processes share a batch of this size on a machine without other work.

    Args:
        batch_size: B, the lanes of a batch.

    Returns:
        One for each core, as long as each has `LANES_PER_PROCESS` lanes.
    """
    # A browser's Python has no processes, and training can be imported there.
    from cifg_edu.cluster import cores

    return max(1, min(cores(), batch_size // LANES_PER_PROCESS))


def _resumed(out: Path, options: argparse.Namespace) -> Trainer:
    meta, _ = read_checkpoint(out)
    stored = stored_options(out, meta)
    for name, value in _given(options).items():
        if name not in ("epochs", "threads") and getattr(stored, name) != value:
            raise UserError(
                f"{out} was trained with {name} = {getattr(stored, name)}, not {value}: "
                "leave the option out, or start a new run with another --out."
            )
    if options.text is None and not options.practice:
        source = meta.get("source", "sonnets")
        options.practice = source == "practice"
        options.text = None if source in ("sonnets", "practice") else Path(source)
    corpus, _ = _corpus(options)
    print(corpus.origin)
    return Trainer.restore(out, corpus.text, options.epochs, options.threads)


def _corpus(options: argparse.Namespace) -> tuple[Corpus, str]:
    """The text to train on, and where a resumed run finds it again."""
    if options.text is not None:
        return read_text(options.text), str(options.text.resolve())
    practice = practice_text()
    corpus = practice if options.practice else sonnets_or_practice()
    return corpus, "practice" if corpus.text == practice.text else "sonnets"


def _resume_command(out: Path) -> str:
    return f"python -m cifg_edu train --resume --out {out}"


def _train_to_the_end(trainer: Trainer, out: Path) -> bool:
    """Train with a progress bar and save regularly; False after Ctrl-C, with all saved."""
    stop = False

    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        # Only a flag: the current window is finished first, so that a whole state is saved.
        nonlocal stop
        stop = True

    before = signal.signal(signal.SIGINT, ask_to_stop)
    window = trainer.options.batch_size * trainer.options.steps
    epoch = trainer.windows_per_epoch * window
    done = trainer.epoch * epoch + trainer.window * window
    saved = time.monotonic()
    try:
        trainer.save(out)
        with tqdm(
            total=trainer.options.epochs * epoch, initial=done, unit="char", unit_scale=True
        ) as bar:
            while not trainer.finished and not stop:
                report = trainer.train_window()
                bar.set_postfix_str(
                    f"loss {report.loss:.3f}, perplexity {perplexity(report.loss):.2f}, "
                    f"{bits_per_character(report.loss):.2f} bits, norm {report.gradient_norm:.2f}",
                    refresh=False,
                )
                bar.update(window)
                if trainer.window == 0:
                    bar.write(str(trainer.history[-1]))
                if time.monotonic() - saved > SAVE_SECONDS:
                    trainer.save(out)
                    saved = time.monotonic()
        trainer.save(out)
    except ProcessLostError:
        trainer.save(out)
        raise
    finally:
        signal.signal(signal.SIGINT, before)
    return trainer.finished
