"""The tensors that show the phantom gate: error_bars_by_tensor, tensor_errors, TensorErrors."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from ipywidgets import IntSlider, ToggleButtons
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from cifg_edu.arrays import Array
from cifg_edu.cifg import CIFGCache, SequenceGradients, cifg_backward, cifg_forward
from cifg_edu.gradcheck import TOLERANCE, numerical_gradient, relative_error
from cifg_edu.initializers import initialize_cifg
from cifg_edu.phantom import phantom_backward
from cifg_edu.pictures import COLOURS
from cifg_edu.widgets.panel import Panel

Backward = Callable[[Array, Array, Array, list[CIFGCache]], Any]

BATCH, INPUTS, UNITS = 3, 5, 2  # all different, as a gradient check needs
LONGEST = 6
TENSORS = ("x", "h0", "c0", "Wx", "Wh", "b")
FLOOR = 1e-14  # where a bar begins: a log scale has no 0
NOISE = 1e-8  # smaller errors are rounding, and differ between machines


class TensorErrors(NamedTuple):
    """The relative error of each tensor's gradient, by the tensor's name."""

    phantom: dict[str, float]
    other: dict[str, float]


def tensor_errors(steps: int, empty: bool, backward: Backward = cifg_backward) -> TensorErrors:
    """Check the phantom's gradients, and those of another backward pass, tensor by tensor.

    The CIFG has 5 inputs, 2 units and a batch of 3, and random weights from one seed. The loss
    is a random weighted sum of all outputs.

    Args:
        steps: T, the length of the sequence.
        empty: whether c_0 is zero; else it is random.
        backward: called with dh, Wx, Wh, caches; returns the fields of `SequenceGradients`.

    Returns:
        The errors of the phantom, and of `backward`.

    Raises:
        ValueError: a gradient of `backward` has a wrong shape.
    """
    tensors, dh = _problem(steps, empty)
    caches = cifg_forward(**tensors)[2]
    arguments = dh, tensors["Wx"], tensors["Wh"], caches
    gradients = phantom_backward(*arguments)[0], SequenceGradients(*backward(*arguments))
    numerical = _numerical(steps, empty)
    return TensorErrors(
        *(
            {name: relative_error(getattr(g, "d" + name), numerical[name]) for name in TENSORS}
            for g in gradients
        )
    )


def error_bars_by_tensor(backward: Backward = cifg_backward) -> Panel:
    """A slider for T and a switch for c_0; the phantom's error in each tensor, and another's.

    Args:
        backward: the backward pass beside the phantom, such as the student's; called with dh,
            Wx, Wh, caches. By default it is the right one.

    Returns:
        The panel: a pair of bars for each tensor, and the line above which a check fails.

    Raises:
        ValueError: a gradient of `backward` has a wrong shape.
    """
    lengths = range(1, LONGEST + 1)
    table = {(T, e): tensor_errors(T, e, backward) for T in lengths for e in (True, False)}
    figure, axes = plt.subplots(figsize=(7, 3))
    whose = "right" if backward is cifg_backward else "your"
    bars, marks = _bars(axes, f"{whose} backward")

    def update(steps: int, start: str) -> str:
        errors = table[steps, start == "zero"]
        heights = [*errors.phantom.values(), *errors.other.values()]
        for bar, mark, error in zip(bars, marks, heights, strict=True):
            shown = 1.0 if np.isnan(error) else max(error, 3 * FLOOR)
            bar.set_height(shown - FLOOR)
            mark.set_y(shown * 1.5)
            mark.set_text("" if error < NOISE else f"{error:.2g}")
        return (
            f"T = {steps}, c_0 {start}: {_verdict('phantom', errors.phantom)}; "
            f"{_verdict(f'{whose} backward', errors.other)}."
        )

    controls = {
        "steps": IntSlider(value=1, min=1, max=LONGEST, description="steps T"),
        "start": ToggleButtons(options=["zero", "random"], description="c_0 is"),
    }
    return Panel(controls, figure, [*bars, *marks], update)


def _problem(steps: int, empty: bool) -> tuple[dict[str, Array], Array]:
    """Every tensor of a small CIFG, and the random weights of its outputs in the loss."""
    rng = np.random.default_rng(0)
    tensors = initialize_cifg(rng, INPUTS, UNITS)
    tensors["b"] += rng.normal(size=3 * UNITS)
    tensors["x"] = rng.normal(size=(steps, BATCH, INPUTS))
    tensors["h0"] = rng.normal(size=(BATCH, UNITS))
    tensors["c0"] = rng.normal(size=(BATCH, UNITS)) * (0 if empty else 1)
    return tensors, rng.normal(size=(steps, BATCH, UNITS))


@cache
def _numerical(steps: int, empty: bool) -> dict[str, Array]:
    """The numerical gradients, the same for every backward pass."""
    tensors, dh = _problem(steps, empty)

    def loss(value: Array, name: str) -> float:
        return float(np.sum(dh * cifg_forward(**{**tensors, name: value})[0]))

    return {name: numerical_gradient(partial(loss, name=name), tensors[name]) for name in TENSORS}


def _verdict(who: str, errors: dict[str, float]) -> str:
    """Whether it passes, and where it fails; rounding only as a whole power of ten."""
    wrong = {name: error for name, error in errors.items() if not error <= TOLERANCE}
    if not wrong:
        bound = NOISE if max(errors.values()) < NOISE else TOLERANCE
        return f"{who} passes, every tensor below {_power(bound)}"
    listed = ", ".join(f"{name} {error:.2g}" for name, error in wrong.items())
    right = [name for name in errors if name not in wrong]
    return f"{who} FAILS at {listed}" + (f", and is right at {', '.join(right)}" if right else "")


def _power(value: float) -> str:
    return f"1e{round(np.log10(value)):d}"


def _bars(axes: Axes, other: str) -> tuple[list[Rectangle], list[Text]]:
    bars: list[Rectangle] = []
    places = np.arange(len(TENSORS))
    for offset, colour, hatch, label in (
        (-0.2, COLOURS["wrong"], None, "phantom gate"),
        (0.2, COLOURS["cifg"], "//", other),
    ):
        bars += axes.bar(
            places + offset, 1, 0.4, bottom=FLOOR, color=colour, hatch=hatch, edgecolor="white",
            label=label,
        )  # fmt: skip
    marks = [
        axes.text(bar.get_x() + bar.get_width() / 2, 1, "", ha="center", fontsize=8) for bar in bars
    ]
    axes.axhline(TOLERANCE, color="grey", linestyle="--")
    axes.text(len(TENSORS) - 0.45, TOLERANCE * 4, "above:\nfails", ha="left", fontsize=8)
    axes.set(yscale="log", ylim=(FLOOR, 1e3), ylabel="relative error", xlim=(-0.6, 6.0))
    axes.set_xticks(places, [f"d{name}" for name in TENSORS])
    axes.legend(loc="upper center", ncols=2, fontsize=8)
    return bars, marks
