"""Training a character model: TrainingOptions, Trainer, WindowReport, EpochReport, load_model."""

import dataclasses
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cifg_edu.arrays import Array, Tensors
from cifg_edu.engine import Engine, FlatAdam
from cifg_edu.errors import UserError, look_up, refuse_newer, require
from cifg_edu.files import write_atomically
from cifg_edu.losses import bits_per_character, perplexity
from cifg_edu.model import INITIALIZERS, ModelConfig, find_cell, initial_state, initialize_model
from cifg_edu.optimizers import clip_by_global_norm, clip_by_value
from cifg_edu.text import batches, encode, split, vocabulary

CHECKPOINT_FORMAT = 1
EVALUATION_STEPS = 256
# A mean loss above this, e^-100 for the right character, is no model that learns.
MOST_NATS = 100.0
CLIPPING = ("norm", "value", "none")


@dataclasses.dataclass(frozen=True)
class TrainingOptions:
    """Every setting of a run, checked on creation.

    Args:
        cell: "cifg" or "lstm".
        hidden_size: H.
        embedding_size: D of an embedding, or None for one-hot characters.
        init: "glorot_uniform", "glorot_normal" or "plain_normal".
        max_lag: the longest lag for chrono biases, in steps, or None for the usual bias.
        steps, batch_size: T and B of a window of truncated backpropagation through time.
        epochs: passes over the training text.
        learning_rate, beta1, beta2, epsilon: Adam's.
        clip: "norm" (global norm), "value" (each element) or "none".
        clip_limit: the largest norm, or the largest absolute value.
        reset_gradients: False adds to the old gradients: a classic bug, to look at.
        held_out: the share of the text, at its end, that is held out.
        seed: of the initial weights.
        threads: the processes that share each batch, one thread each.

    Raises:
        UserError: a value is out of range.
    """

    cell: str = "cifg"
    hidden_size: int = 128
    embedding_size: int | None = None
    init: str = "glorot_uniform"
    max_lag: int | None = None
    steps: int = 64
    batch_size: int = 32
    epochs: int = 40
    learning_rate: float = 2e-3
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    clip: str = "norm"
    clip_limit: float = 5.0
    reset_gradients: bool = True
    held_out: float = 0.1
    seed: int = 0
    threads: int = 1

    def __post_init__(self) -> None:
        find_cell(self.cell)
        look_up("initializer", self.init, INITIALIZERS)
        require(self.clip in CLIPPING, f"clip is {self.clip!r}", " or ".join(CLIPPING))
        for name in ("hidden_size", "steps", "batch_size", "epochs", "threads"):
            value = getattr(self, name)
            require(value >= 1, f"{name} is {value}", "a whole number of 1 or more")
        for name in ("learning_rate", "epsilon", "clip_limit"):
            value = getattr(self, name)
            require(0 < value < np.inf, f"{name} is {value}", "a number above 0")
        for name in ("beta1", "beta2"):
            value = getattr(self, name)
            require(0 <= value < 1, f"{name} is {value}", "a number of 0 or more and below 1")
        require(0 < self.held_out < 1, f"held_out is {self.held_out}", "a share between 0 and 1")
        require(self.seed >= 0, f"seed is {self.seed}", "a whole number of 0 or more")
        if self.embedding_size is not None:
            value = self.embedding_size
            require(value >= 1, f"embedding_size is {value}", "a whole number of 1 or more")
        if self.max_lag is not None:
            require(self.max_lag >= 3, f"max_lag is {self.max_lag}", "3 steps or more")


class WindowReport(NamedTuple):
    """One window: mean nats per character before its update, and the norm before clipping."""

    epoch: int
    loss: float
    gradient_norm: float


class EpochReport(NamedTuple):
    """One pass over the training text; losses in mean nats per character."""

    epoch: int
    train_loss: float
    held_out_loss: float
    gradient_norm: float

    def __str__(self) -> str:
        return (
            f"epoch {self.epoch:3d}  train {self.train_loss:.3f} nats  "
            f"held out {self.held_out_loss:.3f} nats = "
            f"{bits_per_character(self.held_out_loss):.3f} bits/character, "
            f"perplexity {perplexity(self.held_out_loss):.2f}  norm {self.gradient_norm:.2f}"
        )


class Trainer:
    """A run that can be saved after any window and continued, bit for bit.

    Args:
        text: the whole corpus; its end is held out.
        options: every setting of the run.
        source: where to find the text again ("sonnets", "practice" or a path); it is only
            stored, for resuming the run.

    Raises:
        UserError: the text is too short, or an option is out of range.

    Source: Williams and Peng (1990), for truncated backpropagation through time.
    """

    def __init__(self, text: str, options: TrainingOptions, source: str = "") -> None:
        self.options = options
        self.source = source
        self.text_sha256 = hashlib.sha256(text.encode()).hexdigest()
        characters = vocabulary(text)
        self.config = ModelConfig(
            options.cell, characters, options.hidden_size, options.embedding_size
        )
        train, self._held_out = split(encode(text, characters), options.held_out)
        if len(self._held_out) < 2:
            raise UserError(
                f"The text has {len(text)} characters, too few to hold any out: "
                "give a longer text or a larger held-out share."
            )
        self._windows = list(batches(train, options.batch_size, options.steps))

        self.engine = _engine(self.config, options.threads)
        self.adam = FlatAdam(
            self.engine.flat_parameters.size,
            learning_rate=options.learning_rate,
            beta1=options.beta1,
            beta2=options.beta2,
            epsilon=options.epsilon,
        )
        rng = np.random.default_rng(options.seed)
        first = initialize_model(rng, self.config, INITIALIZERS[options.init], options.max_lag)
        for name, value in first.items():
            self.engine.parameters[name][...] = value

        self.epoch = 0
        self.window = 0
        self.history: list[EpochReport] = []
        self.best_parameters = self.engine.flat_parameters.copy()
        self._totals = np.zeros(2)
        self.h, self.c = self._zero_state(options.batch_size)

    @property
    def windows_per_epoch(self) -> int:
        """The number of windows in one pass over the training text."""
        return len(self._windows)

    @property
    def finished(self) -> bool:
        """Whether all epochs of the options are done."""
        return self.epoch >= self.options.epochs

    @property
    def best(self) -> EpochReport | None:
        """The epoch with the lowest held-out loss, or None during the first epoch."""
        return min(self.history, key=lambda report: report.held_out_loss, default=None)

    def train_window(self) -> WindowReport:
        """Train on the next window; after the last one of an epoch, measure the held-out loss.

        Returns:
            The window's loss and gradient norm.

        Raises:
            UserError: the loss is above `MOST_NATS`, or the gradient is no longer finite. The
                parameters are those from before the window.
        """
        options = self.options
        inputs, targets = self._windows[self.window]
        # An infinite limit clips nothing. An overflow is reported below, in a sentence.
        with np.errstate(all="ignore"):
            loss, h, c = self.engine.loss_and_gradients(
                inputs, targets, self.h, self.c, reset=options.reset_gradients
            )
            gradients, norm = clip_by_global_norm(
                {"all": self.engine.flat_gradients},
                options.clip_limit if options.clip == "norm" else np.inf,
            )
        if not loss < MOST_NATS or not np.isfinite(norm):
            raise UserError(
                f"In epoch {self.epoch + 1} training explodes (loss {loss:.3g} nats per character, "
                f"gradient norm {norm:.3g}): "
                "start again with a smaller --learning-rate or with --clip norm."
            )
        if options.clip == "value":
            gradients = clip_by_value(gradients, options.clip_limit)
        self.adam.step(self.engine.flat_parameters, gradients["all"])

        self.h, self.c = h, c
        self._totals += loss, norm
        self.window += 1
        report = WindowReport(self.epoch + 1, loss, norm)
        if self.window == self.windows_per_epoch:
            self._end_epoch()
        return report

    def held_out_loss(self) -> float:
        """Mean nats per character of the held-out text, read once from its start.

        Returns:
            The loss; every character but the first is predicted exactly once.
        """
        h, c = self._zero_state(1)
        total = 0.0
        last = len(self._held_out) - 1
        for start in range(0, last, EVALUATION_STEPS):
            ids = self._held_out[start : min(start + EVALUATION_STEPS, last) + 1, None]
            with np.errstate(all="ignore"):  # the next window reports what overflows
                loss, h, c = self.engine.loss(ids[:-1], ids[1:], h, c)
            total += loss * (len(ids) - 1)
        return total / last

    def save(self, path: Path) -> None:
        """Write everything that the rest of the run depends on, as a whole file or not at all.

        Args:
            path: the checkpoint, a NumPy .npz without pickles.

        Raises:
            UserError: the file cannot be written, or a parameter is no longer finite; then
                the old file stays.
        """
        if not np.isfinite(self.engine.flat_parameters).all():
            raise UserError(
                f"A weight is no longer finite, so {path} was not changed: "
                "start again with a smaller --learning-rate."
            )
        meta = {
            "format": CHECKPOINT_FORMAT,
            "options": dataclasses.asdict(self.options),
            "config": self.config._asdict(),
            "source": self.source,
            "text_sha256": self.text_sha256,
            "epoch": self.epoch,
            "window": self.window,
            "adam_steps": self.adam.step_count,
            "history": [report._asdict() for report in self.history],
        }
        content = io.BytesIO()
        np.savez(content, allow_pickle=False, meta=np.array(json.dumps(meta)), **self._arrays())
        write_atomically(path, content.getvalue())

    @classmethod
    def restore(
        cls, path: Path, text: str, epochs: int | None = None, threads: int | None = None
    ) -> "Trainer":
        """Continue where a checkpoint stopped.

        Args:
            path: the checkpoint.
            text: the same text as before.
            epochs, threads: a new total number of epochs, and a new number of processes; None
                for the old one.

        Returns:
            A trainer that continues exactly as the saved one would have; bit for bit, if
            `threads` is the same.

        Raises:
            UserError: the file is not a whole checkpoint, or the text is not the same.
        """
        meta, arrays = read_checkpoint(path)
        if hashlib.sha256(text.encode()).hexdigest() != meta["text_sha256"]:
            raise UserError(
                f"{path} was trained on another text: "
                "give the same text, or start a new run with another --out."
            )
        change: dict[str, Any] = {"epochs": epochs, "threads": threads}
        given = {name: value for name, value in change.items() if value is not None}
        options = dataclasses.replace(stored_options(path, meta), **given)
        trainer = cls(text, options, meta["source"])
        for name, target in trainer._arrays().items():
            if name not in arrays or arrays[name].shape != target.shape:
                raise UserError(f"{path} does not fit its own options: {_DAMAGED}")
            target[...] = arrays[name]
        trainer.epoch, trainer.window = meta["epoch"], meta["window"]
        trainer.adam.step_count = meta["adam_steps"]
        trainer.history = [EpochReport(**report) for report in meta["history"]]
        return trainer

    def _arrays(self) -> Tensors:
        """Every array whose value the rest of the run depends on."""
        return {
            "parameters": self.engine.flat_parameters,
            "gradients": self.engine.flat_gradients,
            "best_parameters": self.best_parameters,
            "m": self.adam.m,
            "v": self.adam.v,
            "h": self.h,
            "c": self.c,
            "totals": self._totals,
        }

    def _zero_state(self, batch_size: int) -> tuple[Array, Array]:
        return initial_state(batch_size, self.options.hidden_size, np.float32)

    def _end_epoch(self) -> None:
        train_loss, norm = self._totals / self.windows_per_epoch
        self.epoch += 1
        self.history.append(
            EpochReport(self.epoch, float(train_loss), self.held_out_loss(), float(norm))
        )
        if self.best is self.history[-1]:
            self.best_parameters[...] = self.engine.flat_parameters
        self._totals[...] = 0
        self.window = 0
        # The end of a text does not continue at its start: each epoch begins from zeros.
        self.h, self.c = self._zero_state(self.options.batch_size)


def _engine(config: ModelConfig, threads: int = 1) -> Engine:
    options: dict[str, Any] = {
        "cell": config.cell,
        "vocabulary_size": len(config.characters),
        "hidden_size": config.hidden_size,
        "embedding_size": config.embedding_size,
    }
    if threads == 1:
        return Engine(**options)
    # A browser's Python has no processes, and the lessons do without.
    from cifg_edu.parallel import ParallelEngine

    return ParallelEngine(threads, **options)


_DAMAGED = "give a checkpoint that train wrote, or start a new run with another --out."


def read_checkpoint(path: Path) -> tuple[dict[str, Any], dict[str, Array]]:
    """Read a checkpoint without trusting it: no pickle is loaded, every checksum is verified.

    Args:
        path: the checkpoint.

    Returns:
        Its description (format, options, config, source, text_sha256, epoch, window,
        adam_steps, history) and its arrays by name.

    Raises:
        UserError: there is no such file, it is cut short or otherwise damaged, or a
            newer version of this course wrote it.
    """
    try:
        file = np.load(path, allow_pickle=False)
        if isinstance(file, np.ndarray):
            raise ValueError("one array, as np.save writes it")
        with file:
            arrays = {name: file[name] for name in file.files}
        meta = json.loads(str(arrays.pop("meta")))
    except FileNotFoundError as error:
        raise UserError(
            f"There is no checkpoint {path}: train one with python -m cifg_edu train."
        ) from error
    except IsADirectoryError as error:
        raise UserError(
            f"{path} is a folder: give the checkpoint in it, a file such as {path}/cifg.npz."
        ) from error
    except (OSError, ValueError, KeyError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        raise UserError(f"{path} is not a whole checkpoint: {_DAMAGED}") from error
    if not isinstance(meta, dict) or not isinstance(meta.get("format"), int):
        raise UserError(f"{path} is not a whole checkpoint: {_DAMAGED}")
    refuse_newer(str(path), meta["format"], CHECKPOINT_FORMAT, "start a new run with another --out")
    return meta, arrays


def stored_options(path: Path, meta: Mapping[str, Any]) -> TrainingOptions:
    """The options in a checkpoint's description.

    Args:
        path: the checkpoint.
        meta: what `read_checkpoint` gave.

    Returns:
        The options; what an older version did not know has its default.

    Raises:
        UserError: there are none, or they cannot be used.
    """
    try:
        return TrainingOptions(**meta["options"])
    except (KeyError, TypeError) as error:
        raise UserError(f"{path} holds no options of a training: {_DAMAGED}") from error


def load_model(path: Path) -> tuple[ModelConfig, Tensors, EpochReport | None]:
    """The model of a checkpoint, with the weights of its best epoch.

    Args:
        path: the checkpoint.

    Returns:
        Its configuration, its parameters by name, and the report of the best epoch (None,
        with the initial weights, if no epoch is finished).

    Raises:
        UserError: the file is not a whole checkpoint.

    Source: Prechelt (1998), "Early stopping - but when?".
    """
    meta, arrays = read_checkpoint(path)
    try:
        config = ModelConfig(**meta["config"])
        engine = _engine(config)
        engine.flat_parameters[...] = arrays["best_parameters"]
        history = [EpochReport(**report) for report in meta["history"]]
        if not np.isfinite(engine.flat_parameters).all():
            raise ValueError("a weight that is not finite")
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{path} holds no usable model ({error}): {_DAMAGED}") from error
    best = min(history, key=lambda report: report.held_out_loss, default=None)
    return config, engine.parameters, best
