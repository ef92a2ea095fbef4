"""The README's picture: python -m cifg_edu.authoring.picture CHECKPOINT IMAGE."""

import io
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from cifg_edu.files import write_atomically
from cifg_edu.gates import sigmoid
from cifg_edu.pictures import COLOURS
from cifg_edu.training import EpochReport, read_checkpoint


def draw_gates(axes: Axes) -> None:
    """The coupled gates: what is written and what is kept add up to 1."""
    a = np.linspace(-6, 6, 200)
    i = sigmoid(a)
    axes.plot(a, i, color=COLOURS["i"], label="write: i")
    axes.plot(a, 1 - i, color=COLOURS["f"], linestyle="--", label="keep: f = 1 - i")
    axes.set(xlabel="pre-activation of the input gate", ylabel="gate", title="One gate, two jobs")
    axes.legend(loc="center left")


def draw_history(axes: Axes, history: list[EpochReport]) -> None:
    """Training and held-out loss, and the epoch whose weights are kept."""
    epochs = [report.epoch for report in history]
    best = min(history, key=lambda report: report.held_out_loss)
    train = [report.train_loss for report in history]
    held_out = [report.held_out_loss for report in history]
    axes.plot(epochs, train, color="grey", linestyle=":", label="training")
    axes.plot(epochs, held_out, color=COLOURS["cifg"], label="held out")
    axes.plot(best.epoch, best.held_out_loss, "o", color=COLOURS["cifg"])
    axes.annotate(
        f"best: {best.held_out_loss:.3f} nats",
        (best.epoch, best.held_out_loss),
        (0, 18),
        textcoords="offset points",
        ha="center",
    )
    axes.set(xlabel="epoch", ylabel="nats per character", title="A CIFG learns the Sonnets")
    axes.legend()


def main(checkpoint: Path, image: Path) -> None:
    """Draw both pictures side by side, and write the image."""
    meta, _ = read_checkpoint(checkpoint)
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
    draw_gates(left)
    draw_history(right, [EpochReport(**report) for report in meta["history"]])
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=110)
    write_atomically(image, content.getvalue())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
