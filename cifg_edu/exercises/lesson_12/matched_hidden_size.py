"""Exercise `matched_hidden_size` of lesson 12."""

from typing import Any

import numpy as np

from cifg_edu.exercises import Case, Exercise, Function, Mutant, Question
from cifg_edu.statistics import (
    count_model_parameters,
    matched_hidden_size,
)


def _matched_cases(rng: np.random.Generator) -> list[Case]:
    cifg = count_model_parameters(65, 128, 65, 3)
    three, four = (count_model_parameters(2, size, 2, 4) for size in (3, 4))
    return [
        Case("an LSTM to match a CIFG of 128 units, D = V = 65", (cifg, 65, 65, 4)),
        Case("a CIFG, with D = 7 and V = 90", (40_000, 7, 90, 3)),
        Case("a CIFG, with D = 90 and V = 7", (40_000, 90, 7, 3)),
        Case("exactly the size of a CIFG of 20 units", (3 * 20 * 26 + 21 * 4, 5, 4, 3)),
        Case(
            f"{three} parameters at 3 units and {four} at 4: just below the middle",
            ((three + four) // 2 - 1, 2, 2, 4),
        ),
        Case("just above the middle", ((three + four) // 2 + 1, 2, 2, 4)),
        Case(
            "two sizes equally near: the smaller",
            ((three + four) // 2, 2, 2, 4),
        ),
        Case(
            "a cell with a single input, D = V = 1",
            (count_model_parameters(1, 20, 1, 4) + 50, 1, 1, 4),
        ),
        Case("a read-out far larger than the cell, V = 500", (5000, 2, 500, 4)),
        Case("4 parameters, far fewer than the smallest model has", (4, 3, 2, 3)),
        Case("the smallest model there is", (count_model_parameters(3, 1, 2, 3), 3, 2, 3)),
    ]


WHOLE = "a whole number"


AT_LEAST_ONE = "1, or an error"


def _observe_size(function: Function, arguments: tuple[Any, ...]) -> Any:
    """The size and its type; where even one unit is too many, any error is right."""
    parameters, input_size, output_size, gates = arguments
    too_few = parameters < count_model_parameters(input_size, 1, output_size, gates)
    try:
        size = function(*arguments)
    except NotImplementedError:
        raise
    except Exception:
        if not too_few:
            raise
        return {"the size for too few parameters": AT_LEAST_ONE}
    if size is None:
        return None
    if too_few:
        least = AT_LEAST_ONE if _kind(size) == WHOLE and size == 1 else f"{size!r:.50}"
        return {"the size for too few parameters": least}
    return {"the hidden size": size, "its type": _kind(size)}


def _kind(size: Any) -> str:
    whole = isinstance(size, int | np.integer) and not isinstance(size, bool)
    return WHOLE if whole else f"a {type(size).__name__}"


def _further_cases(rng: np.random.Generator) -> list[Case]:
    return [
        Case(
            "sizes at random",
            (
                int(rng.integers(20_000, 200_000)),
                int(rng.integers(2, 100)),
                int(rng.integers(2, 100)),
                int(rng.integers(3, 5)),
            ),
        )
        for _ in range(4)
    ]


def _ask(f: Function) -> str:
    shares = [f(count_model_parameters(62, H, 62, 3), 62, 62, 4) / H for H in (48, 4800)]
    return (
        f"{shares[0]:.3f} and {shares[1]:.3f}. For a large H only the recurrent weights count, and "
        "the share goes to the square root of 3/4, which is 0.866."
    )


EXERCISE = Exercise(
    reference=matched_hidden_size,
    lesson=12,
    place=1,
    stars=2,
    outputs=("the hidden size",),
    make_cases=_matched_cases,
    further_cases=_further_cases,
    observe=_observe_size,
    reasons={
        "its type": "a hidden size is used as the shape of arrays, so it must be a whole number: "
        "an int.",
        "the size for too few parameters": "a model has at least one unit: begin at 1, or stop "
        "with an error.",
    },
    hints=(
        "How does the number of parameters move when H grows? Two ways lead on: count for H = 1, "
        "2, 3, ... and keep the nearest, or solve an equation of the second degree.",
        "The whole model has gates*H*(D + H + 1) + H*V + V parameters, and "
        "count_model_parameters counts them for you. The distance to compare is that of the "
        "counts, abs(count - parameters), and not how H would be rounded.",
        "size = 1\n"
        "def distance(H):\n"
        "    return abs(count_model_parameters(input_size, H, output_size, gates) - parameters)\n"
        "while distance(size + 1) < distance(size):\n"
        "    size += 1\n"
        "return size",
    ),
    mutants=(
        Mutant(
            "the read-out is not counted: the whole model has H*V + V parameters more than its "
            "cell.",
            {
                "abs(count_model_parameters(input_size, size, output_size, gates) - parameters)": (
                    "abs(count_parameters(input_size, size, gates) - parameters)"
                ),
                "gates * (input_size + 1) + output_size": "gates * (input_size + 1)",
                "(parameters - output_size)": "parameters",
            },
        ),
        Mutant(
            "that is the largest model that is not above the number: the nearest may be above it.",
            {"(max(1, int(root)), int(root) + 1)": "(max(1, int(root + 1e-9)),)"},
        ),
        Mutant(
            "that always rounds up: the nearest may lie below.",
            {"(max(1, int(root)), int(root) + 1)": "(max(1, int(np.ceil(root - 1e-9))),)"},
        ),
        Mutant(
            "H is rounded as a number: which of two models is nearer is decided by their counts, "
            "and the count grows faster than H.",
            {"(max(1, int(root)), int(root) + 1)": "(max(1, round(root)),)"},
        ),
        Mutant(
            "the number of gates is always taken for 4: use the argument.",
            {
                "b = gates *": "gates = 4\n    b = gates *",
            },
        ),
        Mutant(
            "the number of gates is always taken for 3: use the argument.",
            {
                "b = gates *": "gates = 3\n    b = gates *",
            },
        ),
        Mutant(
            "the recurrent weights are missing: each gate has H*H of them, so the count grows "
            "with the square of H.",
            {
                "(np.sqrt(b ** 2 + 4 * gates * (parameters - output_size)) - b) / (2 * gates)": (
                    "(parameters - output_size) / b"
                ),
                "abs(count_model_parameters(input_size, size, output_size, gates) - parameters)": (
                    "abs(b * size + output_size - parameters)"
                ),
            },
        ),
        Mutant(
            "the gates' biases are missing: each gate sees D + H inputs and a bias, D + H + 1.",
            {
                "gates * (input_size + 1)": "gates * input_size",
                "abs(count_model_parameters(input_size, size, output_size, gates) - parameters)": (
                    "abs(count_model_parameters(input_size, size, output_size, gates) "
                    "- gates * size - parameters)"
                ),
            },
        ),
        Mutant(
            "D and V have changed places: the input goes to every gate, the output is read once.",
            {
                "b = gates *": (
                    "input_size, output_size = output_size, input_size\n    b = gates *"
                ),
            },
        ),
        Mutant(
            "of two sizes that are equally near the smaller is asked for.",
            {
                "min(distance, key=lambda size: distance[size])": (
                    "min(distance, key=lambda size: (distance[size], -size))"
                )
            },
        ),
        Mutant(
            "that is one unit too many: does a loop go on once more after the nearest?",
            {
                "min(distance, key=lambda size: distance[size])": (
                    "min(distance, key=lambda size: distance[size]) + 1"
                )
            },
        ),
        Mutant(
            "that is the root of the equation itself: the hidden size is a whole number.",
            {"return min(distance, key=lambda size: distance[size])": "return float(root)"},
        ),
        Mutant(
            "the hidden size is a float: it must be an int.",
            {
                "return min(distance, key=lambda size: distance[size])": (
                    "return float(min(distance, key=lambda size: distance[size]))"
                )
            },
        ),
        Mutant(
            "that is a place in a list, and places count from 0: where the list begins at H = 1, "
            "add 1 to it.",
            {
                "if parameters < smallest:": "if False:",
                "return min(": "return -1 + min(",
            },
        ),
        Mutant(
            "that is how far the nearest count is away: the hidden size is asked for.",
            {
                "return min(distance, key=lambda size: distance[size])": (
                    "return min(distance.values())"
                )
            },
        ),
        Mutant(
            "that is the count of the nearest model: its hidden size is asked for.",
            {
                "return min(distance, key=lambda size: distance[size])": (
                    "return count_model_parameters(input_size, "
                    "min(distance, key=lambda size: distance[size]), output_size, gates)"
                )
            },
        ),
        Mutant(
            "that is the size that is farthest away: take the nearest, min.",
            {"return min(": "return max("},
        ),
        Mutant(
            "the input is not counted: each gate sees D + H inputs and a bias, D + H + 1.",
            {
                "abs(count_model_parameters(input_size, size,": (
                    "abs(count_model_parameters(0, size,"
                ),
                "(input_size + 1)": "1",
            },
        ),
        Mutant(
            "the read-out's bias is not counted: the read-out has H*V + V parameters.",
            {
                "gates) - parameters)": "gates) - output_size - parameters)",
                "(parameters - output_size)": "parameters",
            },
        ),
        Mutant(
            "that is one unit too few: does a loop stop before the nearest?",
            {
                "min(distance, key=lambda size: distance[size])": (
                    "max(1, min(distance, key=lambda size: distance[size]) - 1)"
                )
            },
        ),
    ),
    question=Question(
        "An LSTM gets as many parameters as a CIFG with 48 units, then with 4800. What "
        "share of the units does it get?",
        _ask,
    ),
)
