"""Exercise `sigmoid` of lesson 01."""

import numpy as np

from cifg_edu.exercises import Case, Exercise, Function, Mutant, Question
from cifg_edu.gates import sigmoid


def _sigmoid_cases(rng: np.random.Generator) -> list[Case]:
    return [
        Case("a few numbers around 0", (np.array([-2.0, -0.5, 0.0, 0.5, 2.0]),)),
        Case("an array of shape (4, 3)", (3 * rng.normal(size=(4, 3)),)),
        Case("very large and very small numbers", (np.array([[-1000.0, 1000.0, -30.0, 30.0]]),)),
        Case("numbers far below 0", (np.array([-14.0, -25.0, -50.0]),)),
        Case("a single number, an array of shape ()", (np.array(-1.5),)),
        Case("a whole sequence, shape (2, 3, 5)", (2 * rng.normal(size=(2, 3, 5)),)),
        # At these numbers every right formula gives 0 and 1 to all digits of float32.
        Case("float32 numbers, shape (2, 1)", (np.array([[-200.0], [200.0]], np.float32),)),
    ]


def _ask(f: Function) -> str:
    high, low = float(f(np.array(1000.0))), float(f(np.array(-1000.0)))
    return (
        f"{high:g} and {low:g}. With 1 / (1 + exp(-a)) the exponential becomes infinity, and "
        "1 / infinity is 0. With tanh nothing overflows at all."
    )


EXERCISE = Exercise(
    reference=sigmoid,
    lesson=1,
    place=1,
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
        Mutant(
            "exp has -abs(a), so the curve is the same on both sides of 0: that form is for a >= 0 "
            "only, and a < 0 needs exp(a) / (1 + exp(a)).",
            {"0.5 * (1.0 + np.tanh(0.5 * a))": "1.0 / (1.0 + np.exp(-np.abs(a)))"},
        ),
        Mutant(
            "the sum below the line has a minus: it is 1 + exp(-a).",
            {"0.5 * (1.0 + np.tanh(0.5 * a))": "1.0 / (1.0 - np.exp(-a))"},
        ),
        Mutant(
            "that is the hard sigmoid, straight lines in place of the curve: use exp or tanh.",
            {"0.5 * (1.0 + np.tanh(0.5 * a))": "np.clip(0.2 * a + 0.5, 0.0, 1.0)"},
        ),
        *(
            Mutant(
                "a is clipped to a range that is too small: the sigmoid is not yet 0 or 1 at its "
                "ends. Nothing needs to be clipped here.",
                {
                    "0.5 * (1.0 + np.tanh(0.5 * a))": (
                        f"1.0 / (1.0 + np.exp(-np.clip(a, -{most}, {most})))"
                    )
                },
            )
            for most in (5.0, 6.0, 8.0, 10.0, 15.0, 20.0, 25.0)
        ),
        Mutant(
            "`if` asks one question of the whole array, and each number needs its own answer: "
            "np.where(a >= 0, ..., ...) asks for each.",
            {
                "0.5 * (1.0 + np.tanh(0.5 * a))": (
                    "0.5 * (1.0 + np.tanh(0.5 * a)) if a >= 0 else 0.5 * (1.0 - np.tanh(-0.5 * a))"
                )
            },
        ),
        Mutant(
            "math.exp takes a single number: np.exp works on a whole array.",
            {"0.5 * (1.0 + np.tanh(0.5 * a))": "1.0 / (1.0 + __import__('math').exp(-a))"},
        ),
        Mutant(
            "the loop goes along the first axis, and a single number has no axis: NumPy works on "
            "the whole array at once, without a loop.",
            {
                "0.5 * (1.0 + np.tanh(0.5 * a))": (
                    "np.array([0.5 * (1.0 + np.tanh(0.5 * k)) for k in a])"
                )
            },
        ),
    ),
    question=Question(
        "What are your sigmoid(1000) and sigmoid(-1000)? exp(1000) is too large for a "
        "float: why does nothing go wrong?",
        _ask,
    ),
)
