"""Three ways down a bowl: loss_paths, bowl, descend, where_it_leaves."""

from collections.abc import Callable
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from ipywidgets import FloatSlider, IntSlider
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Ellipse

from cifg_edu.arrays import Array, Tensors
from cifg_edu.optimizers import AdamState, adam_state, adam_step, clip_by_global_norm
from cifg_edu.pictures import COLOURS
from cifg_edu.widgets.panel import Panel

START = (-4.0, 2.0)
STEPS = 100
REACH = np.array([5.0, 3.0])  # half the picture's width and height
LEVELS = 0.5, 2, 8, 32, 80, 160
LEAST_LOSS, GREATEST_LOSS = 1e-6, 1e6
STYLES = {
    "SGD": ("third", "s", ":"),
    "SGD, clipped": ("second", "^", "--"),
    "Adam": ("first", "o", "-"),
}

Gradients = Callable[[Tensors], Tensors]
# From parameters, gradients and memory to new parameters and new memory.
Step = Callable[[Tensors, Tensors, Any], tuple[Tensors, Any]]
Clip = Callable[[Tensors, float], tuple[Tensors, float]]
AdamStep = Callable[[Tensors, Tensors, AdamState, float], tuple[Tensors, AdamState]]


def bowl(points: Array, conditioning: float) -> Array:
    """The loss (x**2 + k y**2) / 2, k times as steep in y as in x.

    Args:
        points: shape (..., 2).
        conditioning: k, the larger curvature over the smaller.

    Returns:
        Losses, shape (...).
    """
    return (points[..., 0] ** 2 + conditioning * points[..., 1] ** 2) / 2


def descend(step: Step, memory: Any, conditioning: float, steps: int = STEPS) -> Array:
    """Walk down the bowl from (-4, 2).

    Args:
        step: a function from parameters, gradients and memory to new parameters and memory.
        memory: its first memory, such as `adam_state` returns.
        conditioning: k of `bowl`.
        steps: number of steps.

    Returns:
        Points, the start first, shape (steps + 1, 2).
    """
    curvature = np.array([1.0, conditioning])
    parameters = {"p": np.array(START)}
    path = [parameters["p"]]
    for _ in range(steps):
        parameters, memory = step(parameters, {"p": curvature * parameters["p"]}, memory)
        path.append(parameters["p"])
    return np.array(path)


def where_it_leaves(path: Array) -> int | None:
    """The first step after which a path stays out of the picture.

    Args:
        path: points, shape (n, 2).

    Returns:
        The step's number, counted from 0 at the start, or None if the path ends inside.
    """
    inside = np.flatnonzero((np.abs(path) <= REACH).all(axis=1))
    first = int(inside[-1]) + 1 if len(inside) else 0
    return first if first < len(path) else None


def loss_paths(
    clip: Clip = clip_by_global_norm, adam: AdamStep = adam_step, max_norm: float = 5.0
) -> Panel:
    """SGD, SGD with clipping, and Adam on a bowl that is steeper one way than the other.

    Args:
        clip: `clip_by_global_norm`, or a student's version.
        adam: `adam_step`, or a student's version.
        max_norm: the norm at which gradients are clipped.

    Returns:
        The panel: the paths over the bowl on the left, their losses on the right.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.8), layout="constrained")
    paths, losses = _Paths(left), _Losses(right)
    figure.legend(*right.get_legend_handles_labels(), loc="outside lower center", ncols=3)

    def walk(rate: float, adam_rate: float, conditioning: int) -> dict[str, Array]:
        first = adam_state({"p": np.array(START)})

        def sgd(p: Tensors, g: Tensors, memory: Any) -> tuple[Tensors, Any]:
            return {"p": p["p"] - rate * g["p"]}, memory

        ways: tuple[Step, ...] = (
            sgd,
            lambda p, g, memory: sgd(p, clip(g, max_norm)[0], memory),
            lambda p, g, memory: adam(p, g, memory, adam_rate),
        )
        walks = (descend(way, first, conditioning) for way in ways)
        return dict(zip(STYLES, walks, strict=True))

    def update(rate: float, adam_rate: float, conditioning: int, step: int) -> str:
        walks = walk(rate, adam_rate, conditioning)
        paths.show(walks, conditioning, step)
        losses.show(walks, conditioning, step)
        bound = (
            f"The bowl is {conditioning} times as steep in y as in x, so SGD's rate must be below "
            f"2/{conditioning} = {2 / conditioning:.3f}"
        )
        rates = f"rate {rate:.3f}", f"limit {max_norm:g}", f"rate {adam_rate:.2f}"
        said = [
            f"{name} ({number}): {_say(path[: step + 1], conditioning)}"
            for (name, path), number in zip(walks.items(), rates, strict=True)
        ]
        return f"{bound}. After {step} steps: {'; '.join(said)}."

    controls = {
        "rate": FloatSlider(
            value=0.06,
            min=0.005,
            max=0.2,
            step=0.005,
            description="SGD's rate",
            readout_format=".3f",
        ),
        "adam_rate": FloatSlider(
            value=0.3, min=0.02, max=1.0, step=0.02, description="Adam's rate"
        ),
        "conditioning": IntSlider(value=40, min=1, max=100, description="steepness"),
        "step": IntSlider(value=30, min=0, max=STEPS, description="steps"),
    }
    return Panel(controls, figure, [*paths.moving, *losses.moving], update)


class _Paths:
    """The bowl's level lines from above, and the paths on it."""

    def __init__(self, axes: Axes) -> None:
        # Level lines of this bowl are ellipses, which can move; contours would be redrawn.
        self._levels = [
            axes.add_patch(Ellipse((0, 0), 0, 0, fill=False, edgecolor="silver")) for _ in LEVELS
        ]
        self._lines, self._ends = {}, {}
        for name, (colour, marker, style) in STYLES.items():
            (self._lines[name],) = axes.plot(
                [], [], marker + style, color=COLOURS[colour], markersize=3.5, linewidth=1.2
            )
            # A cross on the frame, where a path has left the picture for good.
            (self._ends[name],) = axes.plot(
                [], [], color=COLOURS[colour], markersize=11, clip_on=False, zorder=3
            )
        width, height = REACH
        axes.plot(*START, "k+", markersize=11)
        axes.plot(0, 0, "k*", markersize=9)
        axes.set(xlim=(-width, width), ylim=(-height, height), xlabel="x", ylabel="y")
        axes.set(aspect="equal")
        axes.set_title("from above: + start, * lowest point, X gone", fontsize=10, pad=11)
        self.moving: list[Artist] = [*self._levels, *self._lines.values(), *self._ends.values()]

    def show(self, walks: dict[str, Array], conditioning: int, step: int) -> None:
        for ellipse, level in zip(self._levels, LEVELS, strict=True):
            width = 2 * np.sqrt(2 * level)
            ellipse.set(width=width, height=width / np.sqrt(conditioning))
        for name, walk in walks.items():
            path = walk[: step + 1]
            gone = where_it_leaves(path)
            if gone is None:
                end = path[-1]
            else:
                end = _border(path[gone - 1], path[gone])
                path = np.vstack([path[:gone], end])
            self._lines[name].set_data(*path.T)
            self._ends[name].set_data([end[0]], [end[1]])
            self._ends[name].set_marker(STYLES[name][1] if gone is None else "X")


class _Losses:
    """The loss after each step of the whole walk, and a mark at the slider's step."""

    def __init__(self, axes: Axes) -> None:
        self._curves, self._points = {}, {}
        for name, (colour, marker, style) in STYLES.items():
            (self._curves[name],) = axes.plot([], [], style, color=COLOURS[colour])
            (self._points[name],) = axes.plot([], [], marker, color=COLOURS[colour], markersize=8)
            axes.plot([], [], marker + style, color=COLOURS[colour], label=name)
        self._here = axes.axvline(0, color="grey", linewidth=0.8)
        axes.set(xlabel="step", ylabel="loss", yscale="log", xlim=(0, STEPS))
        axes.set(ylim=(LEAST_LOSS, GREATEST_LOSS))
        axes.set_title("the loss along the way", fontsize=10, pad=11)
        self.moving: list[Artist] = [
            self._here,
            *self._curves.values(),
            *self._points.values(),
        ]

    def show(self, walks: dict[str, Array], conditioning: int, step: int) -> None:
        self._here.set_xdata([step, step])
        for name, path in walks.items():
            # Limited to just outside the picture; the axes cut off the rest.
            loss = np.clip(bowl(path, conditioning), LEAST_LOSS / 10, GREATEST_LOSS * 10)
            self._curves[name].set_data(range(len(loss)), loss)
            self._points[name].set_data([step], loss[[step]])


def _border(inside: Array, outside: Array) -> Array:
    """Where the line from a point inside the picture to one outside meets the frame."""
    way = outside - inside
    with np.errstate(divide="ignore"):
        share = ((np.sign(way) * REACH - inside) / way)[way != 0].min()
    return inside + share * way


def _say(path: Array, conditioning: float) -> str:
    loss, gone = float(bowl(path[-1], conditioning)), where_it_leaves(path)
    shown = f"{loss:.2f}" if 0.1 <= loss < 1000 else f"{loss:.1e}" if loss > 1e-9 else "below 1e-9"
    if gone is None:
        return f"loss {shown}"
    explodes = loss > bowl(path[0], conditioning)
    return f"{'explodes, ' if explodes else ''}loss {shown}, out of the picture since step {gone}"
