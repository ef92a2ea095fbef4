"""What one gate keeps and writes, compared with two free gates: gate_mixer, mix, Mixture."""

from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from ipywidgets import FloatSlider
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from cifg_edu.gates import sigmoid
from cifg_edu.pictures import COLOURS
from cifg_edu.widgets.panel import Panel

BARS = {"old": "c", "kept": "f", "written": "i", "mixed": "c"}


class Mixture(NamedTuple):
    """One unit: its two gates, what is kept, what is written, and the new cell."""

    i: float
    f: float
    kept: float
    written: float
    c: float


def mix(a_i: float, a_f: float, g: float, c_prev: float) -> tuple[Mixture, Mixture]:
    """One unit of the CIFG and one of the vanilla LSTM on the same numbers.

    Args:
        a_i, a_f: pre-activations of the input gate and of the LSTM's forget gate.
        g: the candidate, in [-1, 1].
        c_prev: the old cell.

    Returns:
        The CIFG's mixture, with f = 1 - i for any a_f, and the LSTM's.

    Source: Greff et al. (2017), section 2.
    """
    i, f = (float(sigmoid(np.array(a))) for a in (a_i, a_f))
    return _mixture(i, 1 - i, g, c_prev), _mixture(i, f, g, c_prev)


def gate_mixer() -> Panel:
    """Sliders for the pre-activations, the candidate and the old cell; bars for the result.

    Returns:
        The panel: the CIFG's coupled pair on the left, the LSTM's free pair on the right.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3), sharey=True)
    cifg_bars = _bars(left, "CIFG: f = 1 - i")
    lstm_bars = _bars(right, "vanilla LSTM: f is free")
    left.set_ylabel("value")

    def update(a_i: float, a_f: float, g: float, c_prev: float) -> str:
        mixtures = mix(a_i, a_f, g, c_prev)
        for bars, mixture in zip((cifg_bars, lstm_bars), mixtures, strict=True):
            values = c_prev, mixture.kept, mixture.written, mixture.c
            for bar, value in zip(bars, values, strict=True):
                bar.set_height(value)
        return "; ".join(
            f"{name}: i = {m.i:.3f}, f = {m.f:.3f}, keeps {m.kept:.3f}, writes {m.written:.3f}, "
            f"mixed {m.c:.3f}"
            for name, m in zip(("CIFG", "LSTM"), mixtures, strict=True)
        )

    controls = {
        "a_i": FloatSlider(value=0.0, min=-6, max=6, step=0.1, description="input a_i"),
        "a_f": FloatSlider(value=2.0, min=-6, max=6, step=0.1, description="forget a_f"),
        "g": FloatSlider(value=0.8, min=-1, max=1, step=0.05, description="candidate g"),
        "c_prev": FloatSlider(value=-0.5, min=-1, max=1, step=0.05, description="old cell"),
    }
    return Panel(controls, figure, [*cifg_bars, *lstm_bars], update)


def _mixture(i: float, f: float, g: float, c_prev: float) -> Mixture:
    return Mixture(i, f, f * c_prev, i * g, f * c_prev + i * g)


def _bars(axes: Axes, title: str) -> list[Rectangle]:
    bars = axes.bar(list(BARS), [0.0] * 4, color=[COLOURS[name] for name in BARS.values()])
    bars[0].set_hatch("//")
    axes.axhline(0, color="black", linewidth=0.8)
    axes.set(title=title, ylim=(-2.1, 2.1))
    for edge in (-1, 1):
        axes.axhline(edge, color="grey", linewidth=0.8, linestyle=":")
    return list(bars)
