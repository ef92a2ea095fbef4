"""How far back a gradient reaches: gradient_flow, flow, Flow, LAGS."""

from functools import cache
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from ipywidgets import FloatSlider, ToggleButtons
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D

from cifg_edu.arrays import Array
from cifg_edu.cifg import CIFGCache, cifg_step_backward
from cifg_edu.gates import sigmoid
from cifg_edu.lstm import LSTMCache, lstm_step_backward
from cifg_edu.model import CELLS
from cifg_edu.pictures import COLOURS
from cifg_edu.widgets.panel import Panel

STEPS, BATCH, INPUTS, UNITS = 60, 8, 5, 16
LAGS = np.arange(1, STEPS + 1)
SEEDS = range(5)
LEAST, GREATEST, SPACING = -6.0, 2.0, 0.25  # of the slider for the input bias
BIASES = np.arange(LEAST, GREATEST + SPACING / 2, SPACING)
LOWEST, HIGHEST = 1e-6, 1e4  # of the picture
OF = {"dL/dc": "c", "dL/dh": "h"}


class Flow(NamedTuple):
    """Norms at each lag divided by that at lag 1: of dL/dc, dL/dh, and the cell path alone."""

    c: Array
    h: Array
    path: Array


def flow(cell: str, input_bias: Array, forget_bias: Array | None, seed: int) -> Flow:
    """Carry the gradient of a loss at the last step back over 60 steps, for each of P biases.

    The network is untrained, with 16 units, Glorot weights and random inputs. The loss is a
    random weighted sum of the last output. Its gradient for c at lag k is what comes out of
    the last k steps, with h held constant; that for h is defined in the same way. The cell
    path alone is the product of 1 - i in the CIFG, and of f in the LSTM.

    Args:
        cell: "cifg" or "lstm".
        input_bias: P values; each is the bias of every unit's input gate.
        forget_bias: P values for the LSTM's forget gate, or None for the CIFG.
        seed: of the weights, the inputs and the loss.

    Returns:
        Norms over units and batch, (P, 60), divided by those at lag 1.

    Raises:
        ValueError: the biases differ in length.

    Source: Werbos (1990), "Backpropagation through time: what it does and how to do it".
    """
    Wx, Wh, b = CELLS[cell].initialize(np.random.default_rng(seed), INPUTS, UNITS).values()
    # All biases at once: the equations also work with a bias for each row of the batch.
    b = np.tile(b, (len(input_bias), 1))
    b[:, :UNITS] = input_bias[:, None]
    if forget_bias is not None:
        b[:, UNITS : 2 * UNITS] = forget_bias[:, None]
    b = np.repeat(b, BATCH, axis=0)
    rng = np.random.default_rng([seed, 1])  # both cells read the same inputs
    x = np.tile(rng.normal(size=(STEPS, BATCH, INPUTS)), (1, len(input_bias), 1))
    dh = np.tile(rng.normal(size=(BATCH, UNITS)), (len(input_bias), 1))
    zeros = np.zeros_like(dh)
    caches = CELLS[cell].forward(x, zeros, zeros, Wx, Wh, b)[2]
    return _back(dh, Wx, Wh, caches)


def gradient_flow() -> Panel:
    """A slider for the bias that keeps the memory; curves of the gradient at each lag.

    Returns:
        The panel: the CIFG with the input bias of the slider, and an LSTM with the forget bias
        that keeps as much. The LSTM's input bias is 0 or the CIFG's.
    """
    figure, axes = plt.subplots(figsize=(8.5, 3.8))
    lines, bands = _curves(axes)

    def update(b_i: float, lstm_b_i: str, of: str) -> str:
        axes.set_ylabel(f"norm of {of} (lag 1 counts as 1)")
        k = int(np.argmin(np.abs(BIASES - b_i)))
        ends = {}
        for cell in ("cifg", "lstm"):
            flows = _flows(cell, lstm_b_i == "0")
            whole, path = getattr(flows, OF[of])[:, k], flows.path[:, k]
            mean, path_mean = _geometric_mean(whole), _geometric_mean(path)
            for line, y in zip(lines[cell], (mean, path_mean), strict=True):
                line.set_ydata(y)
            bands[cell].set_verts([_band(whole)])
            ends[cell] = mean, path_mean
        return _words(BIASES[k], lstm_b_i, of, ends)

    controls = {
        "b_i": FloatSlider(
            value=-2, min=LEAST, max=GREATEST, step=SPACING, description="CIFG b_i"
        ),
        "lstm_b_i": ToggleButtons(options=["0", "as CIFG's"], description="LSTM b_i"),
        "of": ToggleButtons(options=list(OF), description="gradient"),
    }  # fmt: skip
    moving = [*bands.values(), *lines["cifg"], *lines["lstm"]]
    return Panel(controls, figure, moving, update, redrawing=["of"])


@cache
def _flows(cell: str, free: bool) -> Flow:
    """Every seed and bias of the slider: each (seeds, P, 60)."""
    if cell == "cifg":
        runs = [flow(cell, BIASES, None, seed) for seed in SEEDS]
    else:
        input_bias = np.zeros_like(BIASES) if free else BIASES
        runs = [flow(cell, input_bias, -BIASES, seed) for seed in SEEDS]
    return Flow(*(np.array(part) for part in zip(*runs, strict=True)))


def _back(dh: Array, Wx: Array, Wh: Array, caches: list[CIFGCache] | list[LSTMCache]) -> Flow:
    last = caches[-1]
    path = dh * last.o * (1 - np.tanh(last.c) ** 2)
    dc = np.zeros_like(dh)
    norms = []
    for cache_t in caches[::-1]:
        if isinstance(cache_t, CIFGCache):
            step, kept = cifg_step_backward(dh, dc, Wx, Wh, cache_t), 1 - cache_t.i
        else:
            step, kept = lstm_step_backward(dh, dc, Wx, Wh, cache_t), cache_t.f
        dh, dc, path = step.dh_prev, step.dc_prev, path * kept
        norms.append([_norms(dc), _norms(dh), _norms(path)])
    return Flow(*(part / part[:, :1] for part in np.moveaxis(np.array(norms), 0, 2)))


def _norms(gradient: Array) -> Array:
    """One norm for each bias; the rows of its batch follow each other."""
    return np.sqrt((gradient.reshape(-1, BATCH * UNITS) ** 2).sum(axis=1))


def _geometric_mean(values: Array) -> Array:
    # Over seeds, and of ratios: a plain mean would show only the largest.
    return np.exp(np.log(np.maximum(values, 1e-300)).mean(axis=0))


def _band(values: Array) -> Array:
    """The outline of the area between the least and the greatest of the seeds."""
    low, high = np.maximum(values.min(axis=0), 1e-300), np.maximum(values.max(axis=0), 1e-300)
    return np.column_stack([np.r_[LAGS, LAGS[::-1]], np.r_[low, high[::-1]]])


def _words(b_i: float, lstm_b_i: str, of: str, ends: dict[str, tuple[Array, Array]]) -> str:
    own = 0.0 if lstm_b_i == "0" else b_i
    kept = float(sigmoid(np.array(-b_i)))
    biases = {"cifg": f"b_i = {b_i:+.2f}", "lstm": f"b_f = {0.0 - b_i:+.2f}, b_i = {own:+.2f}"}
    reach = "; ".join(
        f"{cell.upper()} with {biases[cell]}: {_size(whole[19])} at lag 20, "
        f"{_size(whole[59])} at lag 60 (cell path alone {_size(path[59])})"
        for cell, (whole, path) in ends.items()
    )
    return f"A cell that keeps about {kept:.3f} a step. Norm of {of}, over lag 1: {reach}."


def _size(value: float) -> str:
    return f"below {LOWEST:.0e}" if value < LOWEST else f"{value:.2g}"


def _curves(axes: Axes) -> tuple[dict[str, list[Line2D]], dict[str, PolyCollection]]:
    lines: dict[str, list[Line2D]] = {}
    bands: dict[str, PolyCollection] = {}
    ones = np.ones(STEPS)
    for cell, style, path_style, name, kept in (
        ("cifg", "-", ":", "CIFG", "1 - i"),
        ("lstm", "--", "-.", "LSTM", "f"),
    ):
        colour = COLOURS[cell]
        bands[cell] = axes.fill_between(LAGS, ones, 2 * ones, color=colour, alpha=0.15, linewidth=0)
        (whole,) = axes.semilogy(LAGS, ones, style, color=colour, linewidth=2.5, label=name)
        (path,) = axes.semilogy(
            LAGS, ones, path_style, color=colour, label=f"{name}'s cell path: product of {kept}"
        )
        lines[cell] = [whole, path]
    axes.axhline(1, color="grey", linewidth=0.8)
    axes.set(xlabel="lag k, in steps back from the loss", xlim=(1, STEPS), ylim=(LOWEST, HIGHEST))
    axes.set_title(f"Geometric mean of {len(SEEDS)} seeds; the band is their range", fontsize=10)
    axes.legend(loc="upper left", fontsize=8, ncols=2)
    return lines, bands
