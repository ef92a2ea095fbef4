"""The pictures of a comparison: curves_picture, differences_picture, lengths_picture, ..."""

import io
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cifg_edu.arrays import Array
from cifg_edu.comparison.findings import LEVEL, Comparison, Model, TaskFindings
from cifg_edu.comparison.lengths import Lengths
from cifg_edu.comparison.names import cell_words, task_words
from cifg_edu.pictures import COLOURS, describe
from cifg_edu.statistics import t_multiplier


class Style(NamedTuple):
    """The look of a cell: a colour, a line and a marker."""

    colour: str
    line: str | tuple[int, tuple[int, ...]]
    marker: str


# The two cells of the course and one of a user's own have a colour; no cell has that of a gate. No
# two cells share a line or a marker, so that they differ in grey print too.
STYLES = {
    "cifg": Style(COLOURS["cifg"], "-", "o"),
    "lstm": Style(COLOURS["lstm"], "--", "s"),
    "lstm_closed": Style(COLOURS["second"], (0, (5, 1, 1, 1, 1, 1)), "v"),
    "gru": Style(COLOURS["first"], "-.", "^"),
    "rnn": Style(COLOURS["third"], ":", "D"),
}
OWN_STYLE = Style(COLOURS["own"], (0, (8, 2)), "P")
LENGTH_WORDS = {
    "adding": "steps in a sequence",
    "copy": "steps from the symbols to the answer",
    "counting": "largest m + n in the test",
}
# If the largest value is more than this many times the smallest, the axis is logarithmic.
LOGARITHMIC = 30.0


class Picture(NamedTuple):
    """A PNG, one sentence on what it shows, and its numbers."""

    png: bytes
    caption: str
    numbers: str


def curves_picture(findings: TaskFindings, unit: str, baseline: tuple[float, str]) -> Picture:
    """Learning curves by step and by second: means over replicates, with t intervals as bands.

    Args:
        findings: of one task.
        unit: of the measure.
        baseline: a measure to draw as a dashed line, and what it is.

    Returns:
        The picture. A curve ends where the first of its runs diverged.
    """
    figure = Figure(figsize=(9.5, 3.9), layout="constrained")
    by_step, by_second = figure.subplots(1, 2, sharey=True)
    bands = []
    for model in findings.models:
        # Every run is measured after the same updates, but not at the same second.
        steps, seconds, measures = _curves(model)
        if not len(steps):
            continue
        middle, low, high = _band(measures)
        style = STYLES.get(model.cell, OWN_STYLE)
        face = style.colour if model.matching == "size" else "white"
        for axes, x in ((by_step, steps), (by_second, seconds.mean(axis=0))):
            axes.plot(
                x,
                middle,
                linestyle=style.line,
                color=style.colour,
                label=model.name,
                marker=style.marker,
                markersize=4,
                markerfacecolor=face,
            )
            bands.append((axes, x, low, high, style.colour))
    for axes in (by_step, by_second):
        axes.axhline(baseline[0], color="grey", linestyle="--", linewidth=0.9, label=baseline[1])
        _scale(axes)
    for axes, x, low, high, colour in bands:
        floor = axes.get_ylim()[0] if axes.get_yscale() == "log" else -np.inf
        axes.fill_between(x, np.maximum(low, floor), high, color=colour, alpha=0.14, linewidth=0)
    by_step.set(xlabel="updates", ylabel=f"validation: {unit}")
    by_second.set(xlabel="processor seconds of training (mean over replicates)")
    by_second.set_xlim(left=0)
    by_step.set_xlim(left=0)
    handles, labels = by_step.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=5, fontsize=8)
    caption = f"{task_words(findings.task)}: learning curves by step (left) and by second (right)."
    return _picture(figure, caption, "\n".join(describe(figure)))


def differences_picture(findings: TaskFindings, unit: str) -> Picture:
    """The paired differences of every comparison that has an interval, with its margin.

    Args:
        findings: of one task, with at least one such comparison.
        unit: of the measure.

    Returns:
        The picture. Its numbers are the pairs.
    """
    drawn = [comparison for comparison in findings.comparisons if comparison.interval]
    figure = Figure(figsize=(9.5, 0.9 + 0.9 * len(drawn)), layout="constrained")
    rows = np.atleast_1d(figure.subplots(len(drawn), 1, sharex=True))
    for axes, comparison in zip(rows, drawn, strict=True):
        _draw_differences(axes, comparison)
    rows[-1].set_xlabel(f"{unit}; left of 0 the CIFG is better")
    caption = f"{task_words(findings.task)}: paired differences, with their 95 % intervals."
    return _picture(figure, caption, "\n".join(map(pairs_in_words, drawn)))


def _draw_differences(axes: Axes, comparison: Comparison) -> None:
    interval, style = comparison.interval, STYLES.get(comparison.other.cell, OWN_STYLE)
    assert interval is not None
    if comparison.margin is not None:
        axes.axvspan(-comparison.margin, comparison.margin, color="grey", alpha=0.2, linewidth=0)
    axes.axvline(0, color="black", linewidth=0.8)
    dots = np.full(len(comparison.values), 0.5)
    axes.plot(comparison.values, dots, style.marker, color=style.colour, alpha=0.55, ms=4)
    axes.plot([interval.low, interval.high], [-0.4, -0.4], color=style.colour, marker="|", ms=9)
    axes.plot(interval.mean, -0.4, style.marker, color=style.colour, ms=6)
    axes.set_ylim(-1.1, 1.1)
    axes.set_yticks([0], [f"CIFG - {comparison.other.name}"])
    axes.tick_params(axis="x", labelsize=8)


def lengths_picture(lengths: Sequence[Lengths]) -> Picture:
    """Accuracy against sequence length, a panel for each task and a line for each cell.

    Args:
        lengths: one task or more.

    Returns:
        The picture. A point without an interval is not drawn.
    """
    figure = Figure(figsize=(9.5, 3.6), layout="constrained")
    row = np.atleast_1d(figure.subplots(1, len(lengths), sharey=True))
    for axes, task in zip(row, lengths, strict=True):
        for cell, points in task.points.items():
            drawn = [(p.length, p.interval) for p in points if p.interval]
            means = np.array([interval.mean for _, interval in drawn])
            ends = np.array([interval[1:3] for _, interval in drawn]).reshape(-1, 2)
            style = STYLES.get(cell, OWN_STYLE)
            axes.errorbar(
                [length for length, _ in drawn],
                means,
                yerr=np.abs(ends.T - means),
                linestyle=style.line,
                color=style.colour,
                marker=style.marker,
                markersize=5,
                capsize=3,
                label=cell_words(cell),
            )
        axes.axhline(0, color="grey", linestyle="--", linewidth=0.9, label="no memory")
        axes.set_xscale("log")
        ticks = sorted({p.length for points in task.points.values() for p in points})
        axes.set_xticks(ticks, [str(tick) for tick in ticks])
        axes.minorticks_off()
        axes.set(title=task.task, xlabel=LENGTH_WORDS[task.task])
    row[0].set_ylabel("accuracy: 1 - loss / loss without a memory")
    handles, labels = row[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=5, fontsize=8)
    caption = "Accuracy by sequence length, at equal hidden size: means with 95 % intervals."
    return _picture(figure, caption, "\n".join(describe(figure)))


def pairs_in_words(comparison: Comparison) -> str:
    """The pairs behind a picture of differences.

    Args:
        comparison: any.

    Returns:
        A line for the two models, and one for each replicate.
    """
    first, second = comparison.reference, comparison.other
    lines = [f"{first.name} - {second.name}"]
    pairs = zip(first.replicates, first.measures, second.measures, comparison.values, strict=True)
    lines += [f"  replicate {r}: {a:.4g} - {b:.4g} = {d:+.3g}" for r, a, b, d in pairs]
    return "\n".join(lines)


def _curves(model: Model) -> tuple[Array, Array, Array]:
    """Updates (n,), and seconds and measures (replicates, n), as long as all runs have them."""
    length = min(len(run.curve) for run in model.runs)
    steps = np.array([point.update for point in model.runs[0].curve[:length]])
    seconds = np.array([[point.seconds for point in run.curve[:length]] for run in model.runs])
    measures = np.array([[point.measure for point in run.curve[:length]] for run in model.runs])
    return steps, seconds, measures


def _band(measures: Array) -> tuple[Array, Array, Array]:
    """The mean over replicates and the ends of its t interval."""
    n, middle = len(measures), measures.mean(axis=0)
    reach = t_multiplier(n - 1, LEVEL) * measures.std(axis=0, ddof=1) / np.sqrt(n)
    return middle, middle - reach, middle + reach


def _scale(axes: Axes) -> None:
    drawn = np.concatenate([np.asarray(line.get_ydata(), dtype=float) for line in axes.lines])
    drawn = drawn[np.isfinite(drawn)]
    if len(drawn) and drawn.min() > 0 and drawn.max() / drawn.min() > LOGARITHMIC:
        axes.set_yscale("log", nonpositive="clip")
        axes.set_ylim(drawn.min() / 2, drawn.max() * 2)


def _picture(figure: Figure, caption: str, numbers: str) -> Picture:
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=110)
    return Picture(content.getvalue(), caption, numbers)
