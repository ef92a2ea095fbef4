"""Pictures that can be read as well as seen: COLOURS, COLOUR_SCALES, show, describe, ..."""

import base64
import io
from collections.abc import Iterable
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.figure import Figure

from cifg_edu.arrays import Array

# One colour for each quantity, in every picture of the course. The set is that of Okabe and
# Ito (2008), "Color universal design", which colour-blind readers can tell apart.
COLOURS = {
    "i": "#0072B2",
    "f": "#D55E00",
    "o": "#009E73",
    "g": "#CC79A7",
    "c": "#E69F00",
    "h": "#56B4E9",
    "cifg": "#0072B2",
    "lstm": "#D55E00",
    "wrong": "#000000",
    "own": "#882255",  # a cell from outside the course, in a comparison
    # Greys, for curves that show no quantity of the cell; marks and lines tell them apart too.
    "first": "#404040",
    "second": "#707070",
    "third": "#959595",
}
# One colour scale for each kind of value: a gate from 0, dark, to 1, bright; a value with a sign
# from minus, brown, over 0, white, to plus, purple. A shaded text takes the second for its gates
# too, white where a gate is half open: its letters must be read.
COLOUR_SCALES = {"gate": "viridis", "signed": "PuOr"}


def show(figure: Figure, caption: str) -> None:
    """Display a figure with its description in words and numbers, and close it.

    The words are for readers who cannot see the picture, and for comparing two runs: two
    pictures of the same numbers may differ in their bytes.

    Args:
        figure: a matplotlib figure.
        caption: one sentence that says what the figure shows.
    """
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=100, bbox_inches="tight")
    plt.close(figure)
    display_png(content.getvalue(), "\n".join([caption, *describe(figure)]))


def display_png(png: bytes, words: str, **further: Any) -> None:
    """Display a picture with its text alternative.

    Args:
        png: the picture's bytes.
        words: the text alternative, also that of the image in an exported page.
        further: other forms of the picture, by MIME type, such as a live widget.
    """
    bundle = {**further, "image/png": base64.b64encode(png).decode(), "text/plain": words}
    display(bundle, metadata={"image/png": {"alt": words}}, raw=True)  # type: ignore[no-untyped-call]


def describe(figure: Figure) -> list[str]:
    """What a figure shows, in numbers with three digits.

    Args:
        figure: a matplotlib figure.

    Returns:
        A line for each set of axes, followed by one for each curve, group of bars and image.
    """
    lines = []
    for axes in figure.axes:
        names = [axes.get_title(), axes.get_xlabel(), axes.get_ylabel()]
        lines.append("axes: " + " | ".join(" ".join(name.split()) for name in names if name))
        lines += [f"  {part}" for part in _parts(axes)]
    return lines


def _parts(axes: Axes) -> Iterable[str]:
    for line in axes.lines:
        y = np.asarray(line.get_ydata(), dtype=float)
        yield f"line {_label(line.get_label())}{_summary(y)}"
    for container in axes.containers:
        if isinstance(container, BarContainer):
            heights = [patch.get_height() for patch in container.patches]
            yield f"bars {_label(container.get_label())}" + ", ".join(map(_number, heights))
    for image in axes.images:
        array: Array = np.ma.filled(np.ma.asarray(image.get_array(), dtype=float), np.nan)
        yield f"image {_label(image.get_label())}{array.shape}, {_summary(array.ravel())}"


def _label(label: object) -> str:
    # A label that matplotlib itself gives begins with an underscore.
    return "" if str(label).startswith("_") else f"{label}: "


def _summary(y: Array) -> str:
    finite = y[np.isfinite(y)]
    if len(y) <= 6 or not len(finite):
        return ", ".join(map(_number, y))
    return (
        f"{len(y)} values from {_number(y[0])} to {_number(y[-1])}, "
        f"least {_number(finite.min())}, greatest {_number(finite.max())}"
    )


def _number(value: float) -> str:
    # Zeros with rounding errors are written 0, because the errors differ between machines.
    return f"{0.0 if abs(value) < 1e-12 else value:.3g}"
