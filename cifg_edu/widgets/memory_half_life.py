"""How long a cell remembers, by its bias: memory_half_life, half_life, share_kept, ..."""

import matplotlib.pyplot as plt
import numpy as np
from ipywidgets import FloatSlider, IntSlider
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Polygon

from cifg_edu.arrays import Array
from cifg_edu.gates import sigmoid
from cifg_edu.pictures import COLOURS
from cifg_edu.widgets.panel import Panel

LEAST_BIAS, GREATEST_BIAS = -8.0, 4.0
LONGEST_LAG = 1000
# Biases to compare with: the look of each, and a note.
MARKS = {
    -1.0: ("cifg", "o", "--", "-1: the CIFG's form of the LSTM's forget bias of +1"),
    1.0: ("wrong", "X", ":", "+1: the LSTM's habit copied, which forgets at once"),
}


def half_life(b_i: Array) -> Array:
    """The number of steps after which one half of a cell is left, with a constant gate.

    f = 1 - sigma(b_i) = 1 / (1 + exp(b_i)), and f**n = 1/2 at n = ln 2 / ln(1 + exp(b_i)).

    Args:
        b_i: biases of the input gate, of any shape; the rest of its pre-activation is 0.

    Returns:
        Steps, not rounded, of the shape of `b_i`.
    """
    return np.log(2) / np.logaddexp(0, b_i)


def share_kept(b_i: Array, lags: Array) -> Array:
    """What is left of an old value after some steps: (1 - sigma(b_i))**lags.

    Args:
        b_i: biases of the input gate.
        lags: steps, in a shape that broadcasts with that of `b_i`.

    Returns:
        Shares in [0, 1].
    """
    # By the logarithm, because 1 - sigma(b_i) rounds to 1 for a gate that is almost shut.
    return np.exp(-lags * np.logaddexp(0, b_i))


def chrono_biases(max_lag: int, count: int) -> Array:
    """Chrono biases without chance: evenly spaced over the range of the draws.

    Args:
        max_lag: the longest lag T_max, at least 3.
        count: number of biases, at least 2.

    Returns:
        Biases -log(u), falling from 0 to -log(T_max - 1), for u evenly spaced on [1, T_max - 1].

    Source: Tallec and Ollivier (2018), "Can recurrent neural networks warp time?", section 2.
    """
    return -np.log(np.linspace(1.0, max_lag - 1.0, count))


def memory_half_life(bias: float = -3.0, max_lag: int = 100) -> Panel:
    """Move the input gate's bias, and see how fast the memory fades.

    Args:
        bias: first value of the slider for the bias, -8 to 4.
        max_lag: first value of the slider for T_max, 3 to 1000.

    Returns:
        The panel: the share kept over the steps on the left, half-lives on the right.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(8.6, 3.4), layout="constrained")
    fading, lives = _Fading(left), _HalfLives(right)
    figure.legend(
        *right.get_legend_handles_labels(), loc="outside lower center", ncols=2, fontsize=8
    )

    def update(b_i: float, max_lag: int) -> str:
        fading.show(b_i, max_lag)
        lives.show(b_i, max_lag)
        return _words(b_i, max_lag)

    controls = {
        "b_i": FloatSlider(
            value=bias, min=LEAST_BIAS, max=GREATEST_BIAS, step=0.1, description="bias b_i"
        ),
        "max_lag": IntSlider(value=max_lag, min=3, max=LONGEST_LAG, description="T_max"),
    }
    return Panel(controls, figure, [*fading.moving, *lives.moving], update)


class _Fading:
    """What remains of an old value, step by step."""

    def __init__(self, axes: Axes) -> None:
        self._lags = np.geomspace(1, 10 * LONGEST_LAG, 120)
        self._band = _band(axes)
        marks = [
            axes.plot(
                self._lags, share_kept(np.array(bias), self._lags), style, color=COLOURS[colour]
            )[0]
            for bias, (colour, _, style, _) in MARKS.items()
        ]
        (self._curve,) = axes.plot([], [], color=COLOURS["c"], linewidth=2.5)
        (self._point,) = axes.plot([], [], "D", color=COLOURS["c"], markeredgecolor="black")
        marks.append(axes.axhline(0.5, color="grey", linewidth=0.8))
        axes.set(xscale="log", xlim=(1, self._lags[-1]), ylim=(0, 1.05))
        axes.set(xlabel="steps", ylabel="share kept", title="What is left of an old value")
        # The curves that do not move are painted too, or the band would hide them.
        self.moving: list[Artist] = [self._band, *marks, self._curve, self._point]

    def show(self, b_i: float, max_lag: int) -> None:
        self._curve.set_data(self._lags, share_kept(np.array(b_i), self._lags))
        self._point.set_data([half_life(np.array(b_i))], [0.5])
        fast, slow = (share_kept(b, self._lags) for b in chrono_biases(max_lag, 2))
        self._band.set_xy(_outline(self._lags, fast, slow))


class _HalfLives:
    """The half-life of every bias, and where the chrono units lie on that curve."""

    def __init__(self, axes: Axes) -> None:
        self._band = _band(axes)
        self._band.set_label("chrono units, from the fastest to the slowest")
        biases = np.linspace(LEAST_BIAS, GREATEST_BIAS, 200)
        still = axes.plot(biases, half_life(biases), color="grey", linewidth=1)
        (self._units,) = axes.plot(
            [],
            [],
            "|",
            color="black",
            markersize=11,
            label="a tenth of the chrono units from stroke to stroke",
        )
        for bias, (colour, marker, style, label) in MARKS.items():
            life = half_life(np.array([bias]))
            still += axes.plot(
                [bias], life, marker + style, color=COLOURS[colour], markersize=8, label=label
            )
        (self._point,) = axes.plot(
            [], [], "D", color=COLOURS["c"], markersize=9, markeredgecolor="black"
        )
        self._numbers = axes.text(
            0.97, 0.95, "", ha="right", va="top", fontsize=9, transform=axes.transAxes
        )
        axes.set(yscale="log", xlim=(LEAST_BIAS, GREATEST_BIAS), ylim=(0.1, 5 * LONGEST_LAG))
        axes.set(xlabel="bias of the input gate", ylabel="half-life (steps)")
        axes.set_title("How long one half is kept")
        self.moving: list[Artist] = [
            self._band,
            *still,
            self._units,
            self._point,
            self._numbers,
        ]

    def show(self, b_i: float, max_lag: int) -> None:
        i, life = sigmoid(np.array(b_i)), half_life(np.array(b_i))
        self._point.set_data([b_i], [life])
        self._numbers.set_text(f"i = {i:.4f}\nf = {1 - i:.4f}\nhalf-life {life:.1f}")
        units = chrono_biases(max_lag, 11)
        self._units.set_data(units, half_life(units))
        far = np.full(2, 1e6)
        self._band.set_xy(_outline(units[[-1, 0]], 1 / far, far))


def _words(b_i: float, max_lag: int) -> str:
    i = sigmoid(np.array(b_i))
    note = next((f" ({text})" for bias, (*_, text) in MARKS.items() if np.isclose(bias, b_i)), "")
    after_10, after_100 = share_kept(np.array(b_i), np.array([10, 100]))
    fast, middle, slow = chrono_biases(max_lag, 3)
    return (
        f"Bias {b_i:z.1f}{note}: i = {i:.4f}, f = {1 - i:.4f}, half-life "
        f"{half_life(np.array(b_i)):.2f} steps; after 10 steps {after_10:.1%} is left, after 100 "
        f"{after_100:.1%}. Chrono with T_max = {max_lag}: biases from {slow:.2f} to {fast:z.2f}, "
        f"half-lives from {half_life(fast):.1f} to {half_life(slow):.1f} steps, one half of the "
        f"units above {half_life(middle):.1f}."
    )


def _band(axes: Axes) -> Polygon:
    band = Polygon(np.zeros((3, 2)), facecolor="gainsboro", edgecolor="darkgrey", linewidth=0.8)
    axes.add_patch(band)
    return band


def _outline(x: Array, lower: Array, upper: Array) -> Array:
    """The corners of the area between two curves, shape (2 len(x), 2)."""
    there, back = np.column_stack([x, lower]), np.column_stack([x, upper])[::-1]
    return np.concatenate([there, back])
