"""The pictures of a comparison: curves_picture, outcome_picture, Picture, STYLES."""

import io
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cifg_edu.arrays import Array
from cifg_edu.comparison.findings import LEVEL, Row, TaskFindings
from cifg_edu.pictures import COLOURS, describe
from cifg_edu.statistics import t_multiplier


class Style(NamedTuple):
    """The look of a cell: a colour, a line and a marker."""

    colour: str
    line: str
    marker: str


# The two cells of the course keep their colours. The others are from the same set for colour-blind
# readers. No two cells share a line or a marker, so that they differ in grey print too.
STYLES = {
    "cifg": Style(COLOURS["cifg"], "-", "o"),
    "lstm": Style(COLOURS["lstm"], "--", "s"),
    "gru": Style("#009E73", "-.", "^"),
    "rnn": Style("#CC79A7", ":", "D"),
}
# If the largest value is more than this many times the smallest, the axis is logarithmic.
LOGARITHMIC = 30.0


class Picture(NamedTuple):
    """A PNG, one sentence on what it shows, and its numbers."""

    png: bytes
    caption: str
    numbers: str


def curves_picture(title: str, rows: list[Row], unit: str, baseline: tuple[float, str]) -> Picture:
    """Learning curves by step and by second: means over seeds, with t intervals as bands.

    Args:
        title: above the picture.
        rows: the models.
        unit: of the measure.
        baseline: a measure to draw as a dashed line, and what it is.

    Returns:
        The picture. A curve ends where the first of its seeds diverged.
    """
    figure = Figure(figsize=(9.5, 3.9), layout="constrained")
    by_step, by_second = figure.subplots(1, 2, sharey=True)
    bands = []
    for row in rows:
        # Every seed is measured after the same updates, but not at the same second.
        steps, seconds, measures = _curves(row)
        if not len(steps):
            continue
        middle, low, high = _band(measures)
        for axes, x in ((by_step, steps), (by_second, seconds.mean(axis=0))):
            style = STYLES[row.cell]
            axes.plot(x, middle, style.line, color=style.colour, label=row.name, **_marks(style, x))
            bands.append((axes, x, low, high, style.colour))
    for axes in (by_step, by_second):
        _draw_baseline(axes, baseline)
        _scale(axes)
    for axes, x, low, high, colour in bands:
        floor = axes.get_ylim()[0] if axes.get_yscale() == "log" else -np.inf
        axes.fill_between(x, np.maximum(low, floor), high, color=colour, alpha=0.14, linewidth=0)
    by_step.set(xlabel="updates", ylabel=f"held out: {unit}")
    by_second.set(xlabel="processor seconds of training (mean over seeds)")
    by_second.set_xlim(left=0)
    by_step.set_xlim(left=0)
    handles, labels = by_step.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=5, fontsize=8)
    figure.suptitle(title, fontsize=10)
    return _picture(figure, f"{title}: learning curves by step (left) and by second (right)")


def outcome_picture(findings: TaskFindings, unit: str, baseline: tuple[float, str]) -> Picture:
    """The last measure by the number of parameters, and the paired differences.

    Args:
        findings: of one task.
        unit: of the measure.
        baseline: as for `curves_picture`.

    Returns:
        The picture.
    """
    compared = [row for row in findings.rows if row.difference]
    figure = Figure(figsize=(9.5, max(3.6, 0.2 + 0.95 * len(compared))), layout="constrained")
    grid = figure.add_gridspec(max(1, len(compared)), 2)
    by_size = figure.add_subplot(grid[:, 0])
    largest = max(row.parameters for row in findings.rows)
    for number, row in enumerate(findings.rows):
        # Moved a little, so that no model hides another with as many parameters.
        aside = row.parameters + 0.012 * largest * (number - (len(findings.rows) - 1) / 2)
        _draw_outcome(by_size, aside, row)
    _draw_baseline(by_size, baseline)
    _scale(by_size)
    by_size.margins(x=0.12)
    by_size.locator_params(axis="x", nbins=5)
    by_size.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    by_size.set(xlabel="parameters", ylabel=f"after the last update: {unit}")
    by_size.legend(fontsize=7)
    for number, row in enumerate(compared):
        _draw_difference(figure.add_subplot(grid[number, 1]), row)
        if row is compared[-1]:
            figure.axes[-1].set_xlabel(f"{unit}; left of 0 the CIFG is better")
    return _picture(
        figure,
        f"{findings.task}: the last measure by the number of parameters (left; open markers are "
        "matched by parameters), and the paired differences, each on its own scale (right)",
    )


def _draw_outcome(axes: Axes, x: float, row: Row) -> None:
    style = STYLES[row.cell]
    face = style.colour if row.matching == "size" else "white"
    if row.mean is None:
        finals = np.array([run.final for run in row.runs if not run.diverged])
        words = f"{row.name}, single runs"
        axes.plot(
            np.full(len(finals), x), finals, style.marker, color=style.colour, mfc=face, label=words
        )
        return
    reach = row.mean.high - row.mean.mean
    axes.errorbar(
        x,
        row.mean.mean,
        reach,
        fmt=style.marker,
        color=style.colour,
        mfc=face,
        capsize=4,
        label=row.name,
    )


def _draw_difference(axes: Axes, row: Row) -> None:
    difference, style = row.difference, STYLES[row.cell]
    assert difference is not None
    face = style.colour if row.matching == "size" else "white"
    axes.axvline(0, color="black", linewidth=0.8)
    dots = np.full(len(difference.values), 0.6)
    axes.plot(difference.values, dots, style.marker, color=style.colour, alpha=0.55, ms=4)
    for interval, height, line in ((difference.t, 0.0, "-"), (difference.bootstrap, -0.6, ":")):
        ends = [interval.low, interval.high]
        axes.plot(ends, [height] * 2, line, color=style.colour, marker="|", ms=9)
        axes.plot(interval.mean, height, style.marker, color=style.colour, mfc=face, ms=6)
    axes.set_ylim(-1.1, 1.1)
    axes.set_yticks([0], [f"CIFG - {row.name}"])
    axes.margins(x=0.1)
    axes.locator_params(axis="x", nbins=6)
    axes.tick_params(axis="x", labelsize=8)


def _curves(row: Row) -> tuple[Array, Array, Array]:
    """Updates (n,), and seconds and measures (seeds, n), as long as all seeds have them."""
    length = min(len(run.curve) for run in row.runs)
    steps = np.array([point.update for point in row.runs[0].curve[:length]])
    seconds = np.array([[point.seconds for point in run.curve[:length]] for run in row.runs])
    measures = np.array([[point.measure for point in run.curve[:length]] for run in row.runs])
    return steps, seconds, measures


def _band(measures: Array) -> tuple[Array, Array, Array]:
    """The mean over seeds and the ends of its t interval, which needs two seeds."""
    n, middle = len(measures), measures.mean(axis=0)
    if n < 2:
        return middle, middle, middle
    reach = t_multiplier(n - 1, LEVEL) * measures.std(axis=0, ddof=1) / np.sqrt(n)
    return middle, middle - reach, middle + reach


def _marks(style: Style, x: Array) -> dict[str, object]:
    return {"marker": style.marker, "markersize": 4, "markevery": max(1, len(x) // 10)}


def _draw_baseline(axes: Axes, baseline: tuple[float, str]) -> None:
    value, words = baseline
    axes.axhline(value, color="grey", linestyle="--", linewidth=0.9, label=words)


def _scale(axes: Axes) -> None:
    drawn = np.concatenate([np.asarray(line.get_ydata(), dtype=float) for line in axes.lines])
    drawn = drawn[np.isfinite(drawn)]
    if len(drawn) and drawn.min() > 0 and drawn.max() / drawn.min() > LOGARITHMIC:
        axes.set_yscale("log", nonpositive="clip")
        axes.set_ylim(drawn.min() / 2, drawn.max() * 2)


def _picture(figure: Figure, caption: str) -> Picture:
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=110)
    return Picture(content.getvalue(), f"{caption}.", "\n".join(describe(figure)))
