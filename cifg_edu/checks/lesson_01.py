"""Lesson 01, gates as mixers: sigmoid, interpolate."""

import numpy as np

from cifg_edu.checks.exercise import Case, Exercise, Mutant
from cifg_edu.gates import interpolate, sigmoid


def _sigmoid_cases(rng: np.random.Generator) -> list[Case]:
    return [
        Case("a few numbers around 0", (np.array([-2.0, -0.5, 0.0, 0.5, 2.0]),)),
        Case("an array of shape (4, 3)", (3 * rng.normal(size=(4, 3)),)),
        Case("very large and very small numbers", (np.array([[-1000.0, 1000.0, -30.0, 30.0]]),)),
    ]


def _interpolate_cases(rng: np.random.Generator) -> list[Case]:
    old, new, i = rng.normal(size=(4, 3)), rng.normal(size=(4, 3)), rng.uniform(size=(4, 3))
    return [
        Case("gates of every size between 0 and 1, shape (4, 3)", (old, new, i)),
        Case("closed gates, i = 0", (old, new, np.zeros((4, 3)))),
        Case("open gates, i = 1", (old, new, np.ones((4, 3)))),
        Case("one gate for each row, shape (4, 1)", (old, new, i[:, :1])),
    ]


SIGMOID = Exercise(
    reference=sigmoid,
    lesson=1,
    stars=1,
    outputs=("the result",),
    make_cases=_sigmoid_cases,
    hints=(
        "Three pieces: the exponential of -a, a sum, a quotient. NumPy works on the whole array "
        "at once, so no loop is needed.",
        "exp(1000) overflows. Your formula must give 1 there, and 0 at -1000, without NaN. The "
        "quotient 1 / (1 + exp(-a)) does (with a warning); exp(a) / (1 + exp(a)) does not.",
        "tanh never overflows, and sigmoid is a tanh in disguise:\n"
        "return 0.5 * (1.0 + np.tanh(0.5 * a))",
    ),
    mutants=(
        Mutant(
            "that is 1 / (1 + exp(a)), which falls where a sigmoid rises: a sign is missing in "
            "front of a.",
            {"np.tanh(0.5 * a)": "np.tanh(-0.5 * a)"},
        ),
        Mutant(
            "that is tanh, with values from -1 to 1; a gate needs values from 0 to 1.",
            {"0.5 * (1.0 + np.tanh(0.5 * a))": "np.tanh(a)"},
        ),
        Mutant(
            "exp(a) / (1 + exp(a)) becomes inf / inf = NaN for a large a: divide by "
            "1 + exp(-a) instead, or use tanh.",
            {"0.5 * (1.0 + np.tanh(0.5 * a))": "np.exp(a) / (1.0 + np.exp(a))"},
        ),
        Mutant(
            "the 1/2 inside tanh is missing, so the curve is twice as steep.",
            {"np.tanh(0.5 * a)": "np.tanh(a)"},
        ),
        Mutant(
            "that is the derivative s * (1 - s), the hill, and not the sigmoid itself.",
            {"0.5 * (1.0 + np.tanh(0.5 * a))": "0.25 * (1.0 - np.tanh(0.5 * a) ** 2)"},
        ),
        Mutant(
            "a hard step at 0 or 1 has no slope to learn by: a gate must pass through every value "
            "between.",
            {"0.5 * (1.0 + np.tanh(0.5 * a))": "np.where(a > 0, 1.0, 0.0)"},
        ),
        Mutant(
            "the values are normalized to sum to 1, which is softmax: gates do not compete, each "
            "number is squashed on its own.",
            {
                "0.5 * (1.0 + np.tanh(0.5 * a))": (
                    "np.exp(a - a.max(-1, keepdims=True)) "
                    "/ np.exp(a - a.max(-1, keepdims=True)).sum(-1, keepdims=True)"
                )
            },
        ),
        Mutant(
            "exp(-a) / (1 + exp(-a)) is 1 - sigmoid(a): the numerator should be 1.",
            {"0.5 * (1.0 + np.tanh(0.5 * a))": "np.exp(-a) / (1.0 + np.exp(-a))"},
        ),
        Mutant(
            "that is 1 + exp(-a) without the quotient: 1 must be divided by it.",
            {"0.5 * (1.0 + np.tanh(0.5 * a))": "1.0 + np.exp(-a)"},
        ),
        Mutant(
            "the values are rounded: somewhere numbers become integers.",
            {"0.5 * (1.0 + np.tanh(0.5 * a))": "np.round(0.5 * (1.0 + np.tanh(0.5 * a)), 1)"},
        ),
    ),
)

INTERPOLATE = Exercise(
    reference=interpolate,
    lesson=1,
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
            "old is overwritten in place (by *= or +=): build a new array and leave the argument.",
            {
                "return (1.0 - i) * old + i * new": (
                    "old *= 1.0 - i\n    old += i * new\n    return old"
                )
            },
        ),
    ),
)

EXERCISES = (SIGMOID, INTERPOLATE)
