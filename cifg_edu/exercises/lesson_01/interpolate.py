"""Exercise `interpolate` of lesson 01."""

import numpy as np

from cifg_edu.exercises import Case, Exercise, Function, Mutant, Question
from cifg_edu.gates import interpolate


def _interpolate_cases(rng: np.random.Generator) -> list[Case]:
    old, new, i = rng.normal(size=(4, 3)), rng.normal(size=(4, 3)), rng.uniform(size=(4, 3))
    return [
        Case("gates of every size between 0 and 1, shape (4, 3)", (old, new, i)),
        Case("closed gates, i = 0, shape (2, 3)", (old[:2], new[:2], np.zeros((2, 3)))),
        Case("open gates, i = 1, shape (4, 2)", (old[:, :2], new[:, :2], np.ones((4, 2)))),
        Case("one gate for each row, shape (4, 1)", (old, new, i[:, :1])),
        Case(
            "single numbers, arrays of shape (), as in the lesson",
            (np.array(1.0), np.array(-0.5), np.array(0.3)),
        ),
        Case(
            "a whole sequence, shape (2, 3, 5)",
            (*rng.normal(size=(2, 2, 3, 5)), rng.uniform(size=(2, 3, 5))),
        ),
    ]


def _ask(f: Function) -> str:
    mixed = float(f(np.array(1.0), np.array(3.0), np.array(1.5)))
    return (
        f"It is {mixed:g}, which is not between 1 and 3. Only i between 0 and 1 mixes: that is why "
        "a gate goes through a sigmoid."
    )


EXERCISE = Exercise(
    reference=interpolate,
    lesson=1,
    place=2,
    stars=1,
    outputs=("the result",),
    make_cases=_interpolate_cases,
    hints=(
        "Two products and a sum. What share of the old stays when i of the new comes in?",
        "The shares must sum to 1: the new gets i, the old gets what is left over. Try i = 0 and "
        "i = 1 in your head: the first must return old, the second new.",
        "return (1.0 - i) * old + i * new",
    ),
    mutants=(
        Mutant(
            "old and new have changed places: with i = 0 the old value must stay.",
            {"(1.0 - i) * old + i * new": "i * old + (1.0 - i) * new"},
        ),
        Mutant(
            "the old value is kept whole: it must shrink by 1 - i, or the memory grows without "
            "bound.",
            {"(1.0 - i) * old": "old"},
        ),
        Mutant(
            "the new value comes in whole: it must be scaled by i.",
            {"+ i * new": "+ new"},
        ),
        Mutant(
            "the second product is subtracted: the two shares are added.",
            {"old + i * new": "old - i * new"},
        ),
        Mutant(
            "both shares are i: the old gets 1 - i.",
            {"(1.0 - i) * old": "i * old"},
        ),
        Mutant(
            "both shares are 1 - i: the new gets i.",
            {"+ i * new": "+ (1.0 - i) * new"},
        ),
        Mutant(
            "that is the plain mean of the two, whatever the gate says.",
            {"(1.0 - i) * old + i * new": "0.5 * (old + new) + 0 * i"},
        ),
        Mutant(
            "1 + i in place of 1 - i: look at the sign of the old value's share.",
            {"(1.0 - i)": "(1.0 + i)"},
        ),
        Mutant(
            "the gate is rounded to 0 or 1: it mixes, it does not switch.",
            {"(1.0 - i) * old + i * new": "np.where(i > 0.5, new, old)"},
        ),
        Mutant(
            "the mixture is clipped to [0, 1]: only the gate has that range, and a memory may be "
            "negative or large.",
            {"(1.0 - i) * old + i * new": "np.clip((1.0 - i) * old + i * new, 0.0, 1.0)"},
        ),
        Mutant(
            "@ multiplies matrices, and here each number has its own gate: use *.",
            {"(1.0 - i) * old + i * new": "(1.0 - i) @ old + i @ new"},
        ),
        Mutant(
            "i has been through a sigmoid already: use it as the gate that it is.",
            {"(1.0 - i) * old + i * new": "(1.0 - sigmoid(i)) * old + sigmoid(i) * new"},
        ),
        Mutant(
            "the old value drops out: write old + i * (new - old), with parentheses.",
            {"(1.0 - i) * old + i * new": "old + i * new - old"},
        ),
        Mutant(
            "the step leads away from new: it is old + i * (new - old).",
            {"(1.0 - i) * old + i * new": "old + i * (old - new)"},
        ),
        Mutant(
            "a parenthesis is closed too late: 1 - i scales the old value only.",
            {"(1.0 - i) * old + i * new": "(1.0 - i) * (old + i * new)"},
        ),
        Mutant(
            "equal shapes are demanded, and the arguments need not have them: one gate for each "
            "row, of shape (4, 1), broadcasts.",
            {"    return": "    assert old.shape == new.shape == i.shape\n    return"},
        ),
        Mutant(
            "the loop goes along the first axis, and a single number has no axis: NumPy works on "
            "whole arrays at once, without a loop.",
            {
                "(1.0 - i) * old + i * new": (
                    "np.array([(1.0 - k) * a + k * b for a, b, k in zip(old, new, i)])"
                )
            },
        ),
        Mutant(
            "old is overwritten in place (by *= or +=): build a new array and leave the argument.",
            {
                "return (1.0 - i) * old + i * new": (
                    "old *= 1.0 - i\n    old += i * new\n    return old"
                )
            },
        ),
    ),
    question=Question(
        "Mix old = 1 and new = 3 with i = 1.5. Does the result lie between old and new?",
        _ask,
    ),
)
