"""Is a gradient right? numerical_gradient, relative_error, check_gradients, GradientReport."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from cifg_edu.arrays import Array

TOLERANCE = 1e-6


def numerical_gradient(f: Callable[[Array], float], x: Array, step: float = 1e-5) -> Array:
    """The gradient of a function by central differences, one element at a time.

    For each element it is (f(x + step) - f(x - step)) / (2 step). The error of the formula
    falls like step**2, and that of rounding in float64 grows like 1 / step. Their sum is
    smallest near 1e-5.

    Args:
        f: a function of one array that returns one number and does not change the array.
        x: where to take the gradient, any shape; it is copied to float64 and not changed.
        step: how far to move each element, up and down.

    Returns:
        The gradient, float64, of the shape of `x`.

    Source: Press et al. (2007), "Numerical Recipes", section 5.7.
    """
    x = np.array(x, dtype=np.float64)
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        middle = x[index]
        x[index] = middle + step
        above = f(x)
        x[index] = middle - step
        below = f(x)
        x[index] = middle
        gradient[index] = (above - below) / (2 * step)
    return gradient


def relative_error(a: Array, b: Array) -> float:
    """The distance between two gradients, on a scale that does not depend on their size.

    Args:
        a, b: two arrays of one shape.

    Returns:
        The length of their difference over the sum of their lengths, where the length is the
        Euclidean norm of all elements: 0 when they are equal, 1 when they are opposite or
        one of them is zero; 0 when both are zero; NaN when either holds a NaN.

    Raises:
        ValueError: the shapes differ.

    """
    if np.shape(a) != np.shape(b):
        raise ValueError(
            f"The gradients have shapes {np.shape(a)} and {np.shape(b)}: "
            "a gradient has the shape of what it belongs to."
        )
    scale = np.linalg.norm(np.ravel(a)) + np.linalg.norm(np.ravel(b))
    difference = np.linalg.norm(np.ravel(a) - np.ravel(b))
    return 0.0 if scale == 0 else float(difference / scale)


class GradientReport(NamedTuple):
    """The relative error of each tensor's gradient; print it to read it as a table."""

    errors: dict[str, float]
    tolerance: float

    @property
    def passed(self) -> bool:
        """Whether every tensor lies within the tolerance (NaN never does)."""
        return all(error <= self.tolerance for error in self.errors.values())

    def __str__(self) -> str:
        rows = [f"{'tensor':<10} {'relative error':>14}"]
        for name, error in self.errors.items():
            verdict = "ok" if error <= self.tolerance else "WRONG"
            rows.append(f"{name:<10} {error:>14.1e}  {verdict}")
        return "\n".join(rows)


def check_gradients(
    loss: Callable[..., float],
    tensors: Mapping[str, Array],
    gradients: Mapping[str, Array],
    tolerance: float = TOLERANCE,
) -> GradientReport:
    """Compare hand-derived gradients with numerical ones, tensor by tensor.

    Args:
        loss: a function that takes every tensor as a keyword argument and returns one number.
        tensors: the tensors by name, float64.
        gradients: the gradient of each of these tensors, by name.
        tolerance: the largest relative error that passes.

    Returns:
        A report with the relative error of each tensor.

    Raises:
        ValueError: a tensor has no gradient under its name, or one of another shape.
    """
    missing = sorted(set(tensors) - set(gradients))
    if missing:
        raise ValueError(f"No gradient was given for {', '.join(missing)}: give one for each.")
    errors = {}
    for name, tensor in tensors.items():

        def loss_of_one(value: Array, name: str = name) -> float:
            return loss(**{**tensors, name: value})

        errors[name] = relative_error(gradients[name], numerical_gradient(loss_of_one, tensor))
    return GradientReport(errors, tolerance)
