"""Exercise `phantom_error` of lesson 06."""

import numpy as np

from cifg_edu.arrays import Array
from cifg_edu.exercises import Case, Exercise, Function, Mutant, Question
from cifg_edu.phantom import phantom_error


def _phantom_error_cases(rng: np.random.Generator) -> list[Case]:
    def case(*shape: int) -> tuple[Array, Array, Array]:
        return rng.normal(size=shape), rng.normal(size=shape), rng.uniform(size=shape)

    dc, c_prev, i = case(2, 5)
    return [
        Case("numbers at random, shape (3, 2)", case(3, 2)),
        Case("gates almost shut and almost open", (dc, c_prev, np.where(i < 0.5, 0.01, 0.98))),
        Case("an empty cell, c_prev = 0", (dc, np.zeros((2, 5)), i)),
        Case("a batch of one, shape (1, 3)", case(1, 3)),
        Case("large numbers", (1e3 * dc, 50 * c_prev, i)),
        Case("a whole sequence at once, shape (4, 3, 2)", case(4, 3, 2)),
    ]


RIGHT_ERROR = "dc * c_prev * i * (1 - i)"


def _ask(f: Function) -> str:
    i = np.linspace(0.0, 1.0, 101)
    error = f(np.ones(101), np.ones(101), i)
    return (
        f"At i = {i[np.argmax(error)]:g}, where it is {error.max():g}. A gate that is far open or "
        "far shut hides the phantom."
    )


EXERCISE = Exercise(
    reference=phantom_error,
    lesson=6,
    place=1,
    stars=1,
    outputs=("the error",),
    make_cases=_phantom_error_cases,
    hints=(
        "Write down both gradients for i first, di(phantom) and di(right). Subtract. One of the "
        "two terms drops out.",
        "dc * g - dc * (g - c_prev) = dc * c_prev. That is the error in di. The question is about "
        "a_i, the number before the sigmoid: what is the slope of the sigmoid, written with i?",
        "The slope is i * (1 - i), so:\nreturn dc * c_prev * i * (1 - i)",
    ),
    mutants=(
        Mutant(
            "the sign is turned round: it is phantom minus right, not right minus phantom.",
            {RIGHT_ERROR: "-dc * c_prev * i * (1 - i)"},
        ),
        Mutant(
            "that is the error in di; one step further back, to a_i, it is multiplied by the "
            "sigmoid's slope i * (1 - i).",
            {RIGHT_ERROR: "dc * c_prev"},
        ),
        Mutant(
            "the slope of the sigmoid is i * (1 - i), and only the factor i is there.",
            {RIGHT_ERROR: "dc * c_prev * i"},
        ),
        Mutant(
            "the slope of the sigmoid is i * (1 - i), and only the factor 1 - i is there.",
            {RIGHT_ERROR: "dc * c_prev * (1 - i)"},
        ),
        Mutant(
            "1 - i**2 is the slope of tanh; i comes from a sigmoid, with the slope i * (1 - i).",
            {RIGHT_ERROR: "dc * c_prev * (1 - i ** 2)"},
        ),
        Mutant(
            "c_prev is missing: the forgotten path leads through (1 - i) * c_prev, so an empty "
            "cell gives no error.",
            {RIGHT_ERROR: "dc * i * (1 - i)"},
        ),
        Mutant(
            "dc is missing: an error in the slope counts as much as the loss depends on c.",
            {RIGHT_ERROR: "c_prev * i * (1 - i)"},
        ),
        Mutant(
            "the sigmoid is applied to i, which has been through it already: i is the gate, not "
            "its pre-activation.",
            {RIGHT_ERROR: ("dc * c_prev / (1 + np.exp(-i)) * (1 - 1 / (1 + np.exp(-i)))")},
        ),
        Mutant(
            "the error is summed over the batch, and it is asked for each sequence and unit.",
            {RIGHT_ERROR: "(dc * c_prev * i * (1 - i)).sum(axis=0)"},
        ),
        Mutant(
            "the sign is lost: the error has a direction, so take no absolute value.",
            {RIGHT_ERROR: "np.abs(dc * c_prev * i * (1 - i))"},
        ),
        Mutant(
            "tanh(c_prev) stands for c_prev: the cell goes into (1 - i) * c_prev itself, and "
            "tanh is only on its way to h.",
            {RIGHT_ERROR: "dc * np.tanh(c_prev) * i * (1 - i)"},
        ),
        Mutant(
            "the error is a mean over the batch, and it is asked for each sequence and unit.",
            {RIGHT_ERROR: "(dc * c_prev * i * (1 - i)).mean(axis=0)"},
        ),
        Mutant(
            "the slope of the sigmoid has a plus, i * (1 + i): it is i * (1 - i).",
            {RIGHT_ERROR: "dc * c_prev * i * (1 + i)"},
        ),
        Mutant(
            "the products are matrix products: each number has its own, so use *, not @.",
            {RIGHT_ERROR: "dc @ c_prev * i * (1 - i)"},
        ),
        Mutant(
            "dc is overwritten in place (by *=): build a new array and leave the argument.",
            {f"return {RIGHT_ERROR}": "dc *= c_prev * i * (1 - i)\n    return dc"},
        ),
    ),
    question=Question(
        "Let dc and c_prev be 1. At which gate i is the phantom's error largest?",
        _ask,
    ),
)
