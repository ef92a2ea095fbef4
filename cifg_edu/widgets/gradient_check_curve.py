"""Why a step near 1e-5: gradient_check_curve, measure_losses, valley, Losses, Valley, STEPS."""

from collections.abc import Callable
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from ipywidgets import FloatLogSlider, ToggleButtons
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.text import Text

from cifg_edu.arrays import Array
from cifg_edu.gradcheck import TOLERANCE, relative_error
from cifg_edu.losses import softmax_cross_entropy
from cifg_edu.pictures import COLOURS
from cifg_edu.widgets.panel import Panel

Loss = Callable[[Array], float]

LEAST, GREATEST, SPACING = -12, 0, 0.25  # of the slider, in powers of ten
STEPS: Array = 10.0 ** np.arange(LEAST, GREATEST + SPACING / 2, SPACING)
FORMULAS = {"central": 2, "one-sided": 1}  # with the power of the step in the truncation
PRECISIONS: dict[str, Any] = {"float64": np.float64, "float32": np.float32}
DIGITS = {"float64": 16, "float32": 7}
LABELS = "L(x + s)\nL behind\n\nslope\ntrue slope"
# The step at which truncation is measured: small enough for its power law, far above rounding.
COARSE = 1e-2


class Losses(NamedTuple):
    """A function at x, and with each of the n elements of x moved up and down."""

    middle: float
    above: Array
    below: Array


class Valley(NamedTuple):
    """The error of one formula in one precision, at each step, and the two laws behind it."""

    errors: Array
    truncation: Array
    rounding: Array
    best: float  # the step at which the sum of the two laws is least


def measure_losses(f: Loss, x: Array, steps: Array, precision: str) -> Losses:
    """Call a function at x, and at x with one element moved, for each element and step.

    Args:
        f: a function of one array that returns one number and computes in the array's dtype.
        x: the point, any shape with n elements.
        steps: S steps.
        precision: "float64" or "float32": the dtype that `f` gets.

    Returns:
        The values, float64: one number, and two arrays (S, n).

    Source: Press et al. (2007), "Numerical Recipes", section 5.7.
    """
    dtype = PRECISIONS[precision]
    moves = np.eye(x.size).reshape(x.size, *x.shape)

    def losses(sign: int) -> Array:
        return np.array(
            [[float(f((x + sign * s * move).astype(dtype))) for move in moves] for s in steps]
        )

    return Losses(float(f(x.astype(dtype))), losses(1), losses(-1))


def valley(losses: dict[str, Losses], gradient: Array, precision: str, formula: str) -> Valley:
    """The relative error at each of STEPS, with its truncation and its rounding.

    Truncation grows like the step (one-sided) or its square (central). Its factor is measured
    in float64, at a coarse step. Rounding falls like 1 / step. Its factor comes from a model
    and is the same on every machine: each loss L is off by a random part of its last digit,
    with standard deviation eps * |L| / sqrt(12), for each of the n elements.

    Args:
        losses: for each precision, from `measure_losses` with STEPS.
        gradient: the true gradient, n elements in all.
        precision: "float64" or "float32".
        formula: "central" or "one-sided".

    Returns:
        The measured error and the two laws, each of the shape of STEPS, and the best step.

    Source: Press et al. (2007), "Numerical Recipes", section 5.7.
    """
    gradient, power = gradient.ravel(), FORMULAS[formula]
    errors = {
        name: np.array([relative_error(gradient, row) for row in _differences(one, formula)])
        for name, one in losses.items()
    }
    coarse = int(np.argmin(np.abs(STEPS - COARSE)))
    truncation = errors["float64"][coarse] * (STEPS / STEPS[coarse]) ** power
    last_digit = np.finfo(PRECISIONS[precision]).eps * abs(losses[precision].middle)
    noise = np.sqrt(2 * gradient.size / 12) * last_digit / (power * STEPS)
    rounding = noise / (2 * np.linalg.norm(gradient))
    # A s**p + R / s has slope 0 where s**(p + 1) is R / (p A).
    best = (rounding[0] * STEPS[0] ** (power + 1) / (power * truncation[0])) ** (1 / (power + 1))
    return Valley(errors[precision], truncation, rounding, float(best))


def gradient_check_curve(
    f: Loss | None = None, gradient: Array | None = None, x: Array | None = None
) -> Panel:
    """A slider for the step of a numerical gradient, on the curve of its error.

    Args:
        f, gradient, x: a function that computes in the dtype of its argument, its true
            gradient at x, and x; by default the cross-entropy of six positions.

    Returns:
        The panel: the curve with truncation and rounding on the left, the losses that are
        subtracted on the right.
    """
    if f is None or gradient is None or x is None:
        f, gradient, x = _cross_entropy()
    losses = {name: measure_losses(f, x, STEPS, name) for name in PRECISIONS}
    valleys = {
        (p, formula): valley(losses, gradient, p, formula)
        for p in PRECISIONS
        for formula in FORMULAS
    }
    element = int(np.argmax(np.abs(gradient)))  # the one whose digits are shown
    slope = float(gradient.ravel()[element])

    figure, (left, right) = plt.subplots(1, 2, figsize=(8.5, 3.2), width_ratios=(5, 3))
    curve, truncation, rounding, point = _curves(left)
    digits = _digits(right, slope)

    def update(step: float, formula: str, precision: str) -> str:
        k = int(np.argmin(np.abs(np.log10(STEPS / step))))
        chosen, values = valleys[precision, formula], losses[precision]
        for line, y in zip((curve, truncation, rounding), chosen[:3], strict=True):
            line.set_ydata(y)
        point.set_data([STEPS[k]], [chosen.errors[k]])
        above, below = values.above[k, element], values.below[k, element]
        beside = below if formula == "central" else values.middle
        places = DIGITS[precision] - 1
        measured = (above - beside) / (FORMULAS[formula] * STEPS[k])
        digits.set_text(f"{above:.{places}f}\n{beside:.{places}f}\n\n{measured:+.8f}")
        cancelled = _cancelled(slope, STEPS[k], values.middle, precision)
        return (
            f"{formula}, {precision}, step {STEPS[k]:.1e}: {_verdict(chosen, k)}. "
            f"About {cancelled} of the loss's {DIGITS[precision]} digits are the same in both "
            f"losses and cancel. The best step is about {chosen.best:.0e}."
        )

    controls = {
        "step": FloatLogSlider(
            value=1e-5, base=10, min=LEAST, max=GREATEST, step=SPACING,
            description="step s", readout_format=".1e",
        ),
        "formula": ToggleButtons(options=list(FORMULAS), description="differences"),
        "precision": ToggleButtons(options=list(PRECISIONS), description="loss in"),
    }  # fmt: skip
    return Panel(controls, figure, [curve, truncation, rounding, point, digits], update)


def _cross_entropy() -> tuple[Loss, Array, Array]:
    rng = np.random.default_rng(5)
    logits, targets = rng.normal(size=(3, 2, 5)), rng.integers(0, 5, size=(3, 2))
    return (
        lambda z: softmax_cross_entropy(z, targets)[0],
        softmax_cross_entropy(logits, targets)[1],
        logits,
    )


def _differences(losses: Losses, formula: str) -> Array:
    """The numerical gradient at each step, (S, n)."""
    if formula == "central":
        return (losses.above - losses.below) / (2 * STEPS[:, None])
    return (losses.above - losses.middle) / STEPS[:, None]


def _verdict(valley: Valley, k: int) -> str:
    """The error in words that are the same on every machine: digits only for truncation."""
    truncation, rounding = valley.truncation[k], valley.rounding[k]
    likely, error = truncation + rounding, float(valley.errors[k])
    if likely > 0.1 and rounding > truncation:
        return "the gradient is lost in rounding, its relative error is near 1: fails the check"
    if error > 10 * likely:
        return (
            f"relative error {error:.1e}, more than both laws explain: is the gradient right? fails"
        )
    if rounding < 0.01 * truncation:
        passes = "passes" if error <= TOLERANCE else "fails"
        return f"relative error {error:.1e}, all of it truncation: {passes} the check at 1e-6"
    cause = "rounding" if rounding > truncation else "truncation"
    bound = 10.0 ** np.ceil(np.log10(max(3 * likely, error)))
    passes = "may pass or fail"
    if not TOLERANCE / 2 < likely < 2 * TOLERANCE:
        passes = "passes" if likely < TOLERANCE else "fails"
    return f"relative error below {_power(bound)}, most of it {cause}: {passes} the check at 1e-6"


def _cancelled(slope: float, step: float, loss: float, precision: str) -> int:
    """The number of leading digits that two losses one step apart share, by the slope alone."""
    return int(np.clip(np.log10(abs(loss) / (abs(slope) * step)), 0, DIGITS[precision]))


def _power(value: float) -> str:
    return f"1e{round(np.log10(value)):d}"


def _curves(axes: Axes) -> list[Line2D]:
    empty = np.ones_like(STEPS)
    looks = (
        ("measured", "o-", COLOURS["second"], 3.5),
        ("truncation", "--", "grey", 0),
        ("rounding", ":", "black", 0),
    )
    lines = [
        axes.loglog(STEPS, empty, style, color=colour, markersize=size, label=label)[0]
        for label, style, colour, size in looks
    ]
    lines += axes.loglog([1], [1], "D", color=COLOURS["first"], markersize=10, label="your step")
    axes.axhline(TOLERANCE, color="grey", linewidth=0.8)
    axes.text(STEPS[0], TOLERANCE * 3, "above: fails", fontsize=8)
    axes.set(xlabel="step s", ylabel="relative error", ylim=(1e-13, 1e1), xlim=(5e-13, 2))
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=4, fontsize=8, frameon=False)
    return lines


def _digits(axes: Axes, slope: float) -> Text:
    """The losses and the slope, which change with the step, and their labels."""
    axes.axis("off")
    axes.set_title("One element moved by the step", fontsize=10)
    look: dict[str, Any] = {"transform": axes.transAxes, "va": "top", "family": "monospace"}
    axes.text(0, 0.85, LABELS, **look)
    axes.text(0.37, 0.85, "\n" * 4 + f"{slope:+.8f}", **look)
    note = "L behind: at x - s (central)\nor at x (one-sided)"
    axes.text(0, 0.3, note, transform=axes.transAxes, va="top", fontsize=8)
    return axes.text(0.37, 0.85, "", **look)
