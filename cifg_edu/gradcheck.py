"""Is a gradient right, and where is it wrong?

numerical_gradient, relative_error, check_gradients, GradientReport; measure_gradients,
find_wrong_tensors, find_wrong_gates.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from cifg_edu.arrays import Array, Tensors

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
    measured = measure_gradients(loss, tensors)
    errors = {name: relative_error(gradients[name], right) for name, right in measured.items()}
    return GradientReport(errors, tolerance)


def measure_gradients(loss: Callable[..., float], tensors: Mapping[str, Array]) -> Tensors:
    """The numerical gradient of every tensor.

    Args:
        loss: a function that takes every tensor as a keyword argument and returns one number.
        tensors: the tensors by name, float64.

    Returns:
        The gradient of each tensor, by its name and of its shape.
    """
    measured = {}
    for name, tensor in tensors.items():

        def loss_of_one(value: Array, name: str = name) -> float:
            return loss(**{**tensors, name: value})

        measured[name] = numerical_gradient(loss_of_one, tensor)
    return measured


def find_wrong_tensors(
    measured: Mapping[str, Array], claimed: Mapping[str, Array], tolerance: float = TOLERANCE
) -> list[str]:
    """The tensors for which a backward pass claims a wrong gradient.

    A gradient is wrong if its relative error is not within the tolerance, which NaN never is; if
    it has another shape; if it is missing; and if it is claimed for a tensor that was not
    measured, because the forward pass has no such tensor.

    Args:
        measured: the numerical gradient of each tensor of the forward pass, by name.
        claimed: the gradients that the backward pass returns, by name.
        tolerance: the largest relative error that passes.

    Returns:
        Their names: first those of `measured`, in its order, then those that only `claimed` has.
    """
    wrong = []
    for name, right in measured.items():
        given = claimed.get(name)
        if (
            given is None
            or np.shape(given) != np.shape(right)
            or not relative_error(given, right) <= tolerance  # true for NaN
        ):
            wrong.append(name)
    return wrong + [name for name in claimed if name not in measured]


def find_wrong_gates(
    measured: Array, claimed: Array, gates: str, axis: int = -1, tolerance: float = TOLERANCE
) -> list[str]:
    """The gates whose block of a fused gradient is wrong.

    Args:
        measured: the numerical gradient of a fused tensor.
        claimed: the gradient that the backward pass returns for it, of the same shape.
        gates: a letter for each gate, in the order of the blocks, such as "iog".
        axis: the axis along which the blocks, all of one size, lie one after the other.
        tolerance: the largest relative error that passes, in each block by itself.

    Returns:
        The letters of the gates, in the order of the blocks; a block with a NaN is wrong.

    Raises:
        ValueError: the axis cannot be split into a block for each gate.
    """
    right = np.split(measured, len(gates), axis)
    given = np.split(claimed, len(gates), axis)
    blocks = zip(gates, given, right, strict=True)
    return [gate for gate, a, b in blocks if not relative_error(a, b) <= tolerance]
