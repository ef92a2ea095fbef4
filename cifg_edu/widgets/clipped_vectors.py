"""A gradient clipped in two ways, and how far each turns it: clipped_vectors, clip_both, ..."""

from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from ipywidgets import FloatSlider
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Circle, Rectangle

from cifg_edu.arrays import Array
from cifg_edu.optimizers import clip_by_global_norm, clip_by_value
from cifg_edu.pictures import COLOURS
from cifg_edu.widgets.panel import Panel

LARGEST = 6.0
ARROWS = {
    "raw": ("third", "d--", "the gradient"),
    "by_value": ("wrong", "s-", "clipped by value, to the square"),
    "by_norm": ("second", "o-", "clipped by norm, to the circle"),
}
RADIUS = 0.45  # of the arc that marks an angle, in limits


class Clipped(NamedTuple):
    """A gradient (2,), clipped in both ways, and the degrees by which each way turns it."""

    raw: Array
    by_value: Array
    by_norm: Array
    turned_by_value: float
    turned_by_norm: float


def clip_both(gradient: Array, limit: float) -> Clipped:
    """Clip a gradient of two weights by value and by norm.

    Args:
        gradient: shape (2,).
        limit: the largest element, or the largest norm; above 0.

    Returns:
        Both results, and their angles to the gradient in degrees, between -45 and 45, positive
        anticlockwise; 0 for a gradient of 0.

    Raises:
        ValueError: `limit` is not above 0.

    Source: Pascanu et al. (2013), algorithm 1.
    """
    by_value = clip_by_value({"g": gradient}, limit)["g"]
    by_norm = clip_by_global_norm({"g": gradient}, limit)[0]["g"]
    turned = [_angle(by_value, gradient), _angle(by_norm, gradient)]
    return Clipped(gradient, by_value, by_norm, *turned)


def clipped_vectors(first: float = 4.0, second: float = 1.0, limit: float = 1.0) -> Panel:
    """Move a gradient's two elements and the limit, and see which clipping turns it.

    Args:
        first, second: first values of the elements' sliders, -6 to 6.
        limit: first value of the limit's slider, 0.2 to 6.

    Returns:
        The panel: true sizes on the left, sizes in units of the limit on the right.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.6, 4.3), layout="constrained")
    whole, near = _Arrows(left, LARGEST + 0.5), _Arrows(right, 1.6)
    left.set(title="as it is", xlabel="weight 1", ylabel="weight 2")
    right.set(title="in units of the limit", xlabel="weight 1 / limit")
    handles, labels = left.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    angle = _Angle(right)

    def update(first: float, second: float, limit: float) -> str:
        clipped = clip_both(np.array([first, second]), limit)
        whole.show(clipped, 1.0, limit)
        near.show(clipped, limit, limit)
        angle.show(clipped)
        return _words(clipped, limit)

    controls = {
        "first": _slider(first, -LARGEST, "weight 1"),
        "second": _slider(second, -LARGEST, "weight 2"),
        "limit": _slider(limit, 0.2, "limit"),
    }
    return Panel(controls, figure, [*whole.moving, *near.moving, *angle.moving], update)


class _Arrows:
    """The three arrows from the origin, and the area that each way of clipping allows."""

    def __init__(self, axes: Axes, reach: float) -> None:
        axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
        axes.axhline(0, color="lightgrey", linewidth=0.8)
        axes.axvline(0, color="lightgrey", linewidth=0.8)
        self._square = Rectangle(
            (0, 0), 0, 0, fill=False, edgecolor=COLOURS["wrong"], linewidth=0.8
        )
        self._circle = Circle((0, 0), 0, fill=False, edgecolor=COLOURS["second"], linestyle=":")
        self._arrows = {}
        for name, (colour, style, label) in ARROWS.items():
            # The mark is only at the tip: the tail is the origin.
            (self._arrows[name],) = axes.plot(
                [], [], style, color=COLOURS[colour], linewidth=2, markevery=[1], label=label
            )
        axes.add_patch(self._square)
        axes.add_patch(self._circle)
        self.moving: list[Artist] = [self._square, self._circle, *self._arrows.values()]

    def show(self, clipped: Clipped, unit: float, limit: float) -> None:
        edge = limit / unit
        self._square.set_bounds(-edge, -edge, 2 * edge, 2 * edge)
        self._circle.set_radius(edge)
        for name, arrow in self._arrows.items():
            x, y = getattr(clipped, name) / unit
            arrow.set_data([0, x], [0, y])


class _Angle:
    """The arc from the gradient to the gradient clipped by value."""

    def __init__(self, axes: Axes) -> None:
        (self._arc,) = axes.plot([], [], color=COLOURS["wrong"], linewidth=1.2)
        self._number = axes.text(0.03, 0.97, "", va="top", transform=axes.transAxes)
        self.moving: list[Artist] = [self._arc, self._number]

    def show(self, clipped: Clipped) -> None:
        start = np.arctan2(*clipped.raw[::-1])
        angles = start + np.radians(np.linspace(0, clipped.turned_by_value, 30))
        self._arc.set_data(RADIUS * np.cos(angles), RADIUS * np.sin(angles))
        self._number.set_text(f"turned by {abs(clipped.turned_by_value):.1f}°")


def _words(clipped: Clipped, limit: float) -> str:
    x, y = clipped.raw
    length = np.linalg.norm(clipped.raw)
    sentence = f"Gradient ({x:z.1f}, {y:z.1f}) of length {length:.2f}, limit {limit:.1f}"
    if length == 0:
        return f"{sentence}: there is no direction to turn, and nothing to clip."
    ways = {
        "By value": (clipped.by_value, clipped.turned_by_value),
        "By norm": (clipped.by_norm, clipped.turned_by_norm),
    }
    return f"{sentence}." + "".join(
        f" {name}: ({v[0]:z.2f}, {v[1]:z.2f}), length {np.linalg.norm(v):.2f}, "
        f"turned by {abs(turned):.1f} degrees."
        for name, (v, turned) in ways.items()
    )


def _angle(vector: Array, other: Array) -> float:
    """The angle from `other` to `vector`, in degrees; exact near 0, unlike the arccosine."""
    cross = other[0] * vector[1] - other[1] * vector[0]
    return float(np.degrees(np.arctan2(cross, vector @ other)))


def _slider(value: float, least: float, description: str) -> FloatSlider:
    return FloatSlider(value=value, min=least, max=LARGEST, step=0.1, description=description)
