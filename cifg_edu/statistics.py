"""Two cells as an experiment: matched_hidden_size, paired_bootstrap, verdict, Interval, ..."""

from typing import NamedTuple

import numpy as np

from cifg_edu.arrays import Array
from cifg_edu.errors import UserError
from cifg_edu.initializers import count_parameters


class Interval(NamedTuple):
    """A mean difference and the ends of its interval, in one unit, and the level, such as 0.95."""

    mean: float
    low: float
    high: float
    level: float


def count_model_parameters(input_size: int, hidden_size: int, output_size: int, gates: int) -> int:
    """The number of parameters of a whole model: its cell and its read-out, H*V + V.

    Args:
        input_size, hidden_size, output_size: D, H and V; one-hot characters have D = V.
        gates: blocks of weights in the cell: 3 for the CIFG, 4 for the vanilla LSTM.

    Returns:
        The count, without an embedding, which is the same for every cell.
    """
    cell = count_parameters(input_size, hidden_size, gates)
    return cell + hidden_size * output_size + output_size


def matched_hidden_size(parameters: int, input_size: int, output_size: int, gates: int) -> int:
    """The hidden size whose whole model, cell and read-out, is nearest to a number of parameters.

    The count is a polynomial of the second degree in H. H is one of the two whole numbers
    around the positive root of G H^2 + (G (D + 1) + V) H + V - parameters = 0.

    Args:
        parameters: the number to come near to, from below or from above.
        input_size, output_size: D and V; one-hot characters have D = V.
        gates: blocks of weights in the cell: 3 for the CIFG, 4 for the vanilla LSTM.

    Returns:
        H, a whole number of 1 or more; of two that are equally near, the smaller.

    Raises:
        UserError: even a model of one unit has more parameters.
    """
    smallest = count_model_parameters(input_size, 1, output_size, gates)
    if parameters < smallest:
        raise UserError(
            f"{parameters} parameters are too few, since the smallest such model has {smallest}: "
            f"give {smallest} or more."
        )
    b = gates * (input_size + 1) + output_size
    root = (np.sqrt(b**2 + 4 * gates * (parameters - output_size)) - b) / (2 * gates)
    distance = {
        size: abs(count_model_parameters(input_size, size, output_size, gates) - parameters)
        for size in (max(1, int(root)), int(root) + 1)
    }
    return min(distance, key=lambda size: distance[size])


def paired_differences(a: Array, b: Array) -> Array:
    """a - b, seed by seed.

    Args:
        a, b: one result for each seed, the same seeds in the same order, shape (n,).

    Returns:
        The differences, float64, shape (n,).

    Raises:
        UserError: the two differ in length, have fewer than two seeds, or a value is not a
            finite number.

    Source: Student (1908), "The probable error of a mean", which compares two drugs this way.
    """
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if first.ndim != 1 or first.shape != second.shape:
        raise UserError(
            f"Results of shapes {first.shape} and {second.shape} cannot be paired: "
            "give one number for each seed, and the same seeds on both sides."
        )
    if len(first) < 2:
        raise UserError(f"{len(first)} seed(s) cannot show how much seeds vary: give two or more.")
    differences = first - second
    if not np.isfinite(differences).all():
        raise UserError(
            "A result is not a finite number: find out why that run failed, and report it."
        )
    return differences


def paired_bootstrap(
    rng: np.random.Generator,
    a: Array,
    b: Array,
    resamples: int = 10_000,
    level: float = 0.95,
) -> Interval:
    """The percentile bootstrap's interval for the mean of the paired differences a - b.

    Each resample draws n of the n differences, with replacement. The interval lies between two
    percentiles of the resamples' means.

    Args:
        rng: the source of randomness.
        a, b: one result for each seed, the same seeds in the same order, shape (n,).
        resamples: number of resamples to draw.
        level: the share of the resamples' means inside the interval, in (0, 1); the rest is
            cut off in equal parts at both ends.

    Returns:
        mean: of the differences, not of the resamples;
        low, high: the ends, in the unit of a and b;
        level: as given.

    Raises:
        UserError: the level is not in (0, 1), there are no resamples, or as for
            `paired_differences`.

    Source: Efron and Tibshirani (1993), "An Introduction to the Bootstrap", chapter 13.
    """
    if not 0 < level < 1 or resamples < 1:
        raise UserError(
            f"A level of {level} with {resamples} resamples gives no interval: "
            "give a level between 0 and 1, such as 0.95, and 1 resample or more."
        )
    differences = paired_differences(a, b)
    n = len(differences)
    drawn = rng.integers(n, size=(resamples, n))
    means = differences[drawn].mean(axis=1)  # (resamples, n) becomes (resamples,)
    tail = (1 - level) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return Interval(float(differences.mean()), float(low), float(high), level)


def t_multiplier(degrees: int, level: float = 0.95) -> float:
    """The number of standard errors from the middle of a t interval to either end.

    A t variable is sqrt(degrees) * tan(angle), where the density of the angle is proportional
    to cos(angle)^(degrees - 1). The density is summed on a grid.

    Args:
        degrees: degrees of freedom: n - 1 for n paired differences.
        level: the probability between minus and plus this multiplier, in (0, 1).

    Returns:
        The multiplier, to six digits: 2.776 for 4 degrees and a level of 0.95.

    Raises:
        UserError: there are no degrees of freedom, or the level is not in (0, 1).

    Source: Student (1908), "The probable error of a mean", which uses this angle.
    """
    if degrees < 1 or not 0 < level < 1:
        raise UserError(
            f"{degrees} degree(s) of freedom at a level of {level} give no interval: "
            "give two seeds or more, and a level between 0 and 1, such as 0.95."
        )
    angle = np.linspace(0, np.pi / 2, 20_001)
    density = np.cos(angle) ** (degrees - 1)
    share = np.concatenate([[0.0], np.cumsum(density[1:] + density[:-1])])
    return float(np.sqrt(degrees) * np.tan(np.interp(level * share[-1], share, angle)))


def paired_t_interval(a: Array, b: Array, level: float = 0.95) -> Interval:
    """Student's interval for the mean of the paired differences a - b.

    It keeps its level at any n >= 2 if the differences are normal, and nearly keeps it if they
    are close to normal.

    Args:
        a, b: one result for each seed, the same seeds in the same order, shape (n,).
        level: how often such an interval contains the true mean, in (0, 1).

    Returns:
        The mean difference and the ends, in the unit of a and b, and the level.

    Raises:
        UserError: as for `paired_differences` and `t_multiplier`.

    Source: Student (1908), "The probable error of a mean".
    """
    differences = paired_differences(a, b)
    n = len(differences)
    mean = float(differences.mean())
    reach = t_multiplier(n - 1, level) * float(differences.std(ddof=1)) / n**0.5
    return Interval(mean, mean - reach, mean + reach, level)


def verdict(interval: Interval, first: str, second: str, unit: str) -> str:
    """One sentence on the difference first - second of a measure that should be small.

    Args:
        interval: the mean of first - second, the ends, and the level.
        first, second: names of what is compared.
        unit: of the difference, such as "nats per character".

    Returns:
        If 0 lies in the interval or at one of its ends:
        "no difference found between CIFG and LSTM (95% interval of CIFG - LSTM: -0.010 to
        0.024 nats per character)". Otherwise, with the better one first and a positive size:
        "LSTM is better than CIFG by 0.030 nats per character (95% interval of CIFG - LSTM:
        0.012 to 0.048 nats per character)". One line, three decimals.

    Source: Altman and Bland (1995), "Absence of evidence is not evidence of absence", for
    "no difference found" in place of "they are equal".
    """
    mean, low, high, level = interval
    ends = f"{100 * level:.3g}% interval of {first} - {second}: {low:.3f} to {high:.3f} {unit}"
    if low <= 0 <= high:
        return f"no difference found between {first} and {second} ({ends})"
    better, worse = (first, second) if mean < 0 else (second, first)
    return f"{better} is better than {worse} by {abs(mean):.3f} {unit} ({ends})"
