"""Exercise `relative_error` of lesson 05."""

import numpy as np

from cifg_edu.exercises import Case, Exercise, Function, Mutant, Question
from cifg_edu.gradcheck import relative_error


def _relative_error_cases(rng: np.random.Generator) -> list[Case]:
    a, b = rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
    near = a + 1e-5 * b
    flawed = b.copy()
    flawed[1, 2] = np.nan
    return [
        Case("two different gradients, shape (3, 4)", (a, b)),
        Case("two that nearly agree", (a, near)),
        Case("two of shape (6, 2)", (rng.normal(size=(6, 2)), rng.normal(size=(6, 2)))),
        Case("two single numbers, shape ()", (np.array(0.5), np.array(2.0))),
        Case("the same two, both a million times larger", (1e6 * a, 1e6 * near)),
        Case("two tiny gradients", (1e-12 * a, 1e-12 * b)),
        Case("a against 3 a", (a, 3 * a)),
        Case("3 a against a, which is as far", (3 * a, a)),
        Case("equal gradients", (a, a.copy())),
        Case("opposite gradients", (a, -a)),
        Case("one of them all zeros", (np.zeros(5), np.arange(1.0, 6.0))),
        Case("both all zeros", (np.zeros((2, 3)), np.zeros((2, 3)))),
        Case("one holds a NaN, and that must not pass for a match", (a, flawed)),
        Case("three axes, (2, 3, 4)", (rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 3, 4)))),
    ]


SCALE = "np.linalg.norm(np.ravel(a)) + np.linalg.norm(np.ravel(b))"


DIFFERENCE = "np.linalg.norm(np.ravel(a) - np.ravel(b))"


RESULT = "0.0 if scale == 0 else float(difference / scale)"


def _ask(f: Function) -> str:
    two, one = np.array([2.0]), np.array([1.0])
    return (
        f"{f(two, one):.4f} and {f(1e-9 * two, 1e-9 * one):.4f}: the lengths below the line take "
        "the scale away."
    )


EXERCISE = Exercise(
    reference=relative_error,
    lesson=5,
    place=4,
    stars=1,
    outputs=("the error",),
    make_cases=_relative_error_cases,
    hints=(
        "Three lengths are needed: of a - b, of a, of b. np.linalg.norm gives the length of an "
        "array, of any shape.",
        "Before you divide ask whether the sum of the lengths is 0, which is so only when both "
        "gradients are zero. Then the answer is 0. Ask `== 0` and not `> 0`: a NaN is neither, "
        "and it must come through.",
        "scale = np.linalg.norm(a) + np.linalg.norm(b)\n"
        "if scale == 0:\n"
        "    return 0.0\n"
        "return float(np.linalg.norm(a - b) / scale)",
    ),
    mutants=(
        Mutant(
            "0 / 0 is NaN: when both gradients are zero they agree, and the error is 0.",
            {"0.0 if scale == 0 else float(difference / scale)": "float(difference / scale)"},
        ),
        Mutant(
            "that is the absolute error: divide by the sum of the two lengths.",
            {"float(difference / scale)": "float(difference)"},
        ),
        Mutant(
            "only the length of a is in the denominator: it is the sum of both lengths, or the "
            "result changes when a and b change places.",
            {" + np.linalg.norm(np.ravel(b))": ""},
        ),
        Mutant(
            "only the length of b is in the denominator: it is the sum of both lengths.",
            {"np.linalg.norm(np.ravel(a)) + ": ""},
        ),
        Mutant(
            "the larger of the two lengths is in the denominator: here it is their sum, so that "
            "opposite gradients give 1.",
            {
                "np.linalg.norm(np.ravel(a)) + np.linalg.norm(np.ravel(b))": (
                    "np.fmax(np.linalg.norm(np.ravel(a)), np.linalg.norm(np.ravel(b)))"
                )
            },
        ),
        Mutant(
            "the denominator is the mean of the two lengths, so all is twice too large: it is "
            "their sum.",
            {"difference / scale": "2 * difference / scale"},
        ),
        Mutant(
            "that compares the two lengths only: opposite gradients have the same length and are "
            "not alike, so take the length of a - b.",
            {
                "np.linalg.norm(np.ravel(a) - np.ravel(b))": (
                    "abs(np.linalg.norm(np.ravel(a)) - np.linalg.norm(np.ravel(b)))"
                )
            },
        ),
        Mutant(
            "the denominator is the length of a + b, which is 0 for opposite gradients: add the "
            "lengths, not the arrays.",
            {
                "np.linalg.norm(np.ravel(a)) + np.linalg.norm(np.ravel(b))": (
                    "np.linalg.norm(np.ravel(a) + np.ravel(b))"
                )
            },
        ),
        *(
            Mutant(
                "a small number is added below the line, and tiny gradients vanish against it: "
                "treat the case of two zeros apart.",
                {RESULT: f"float(difference / (scale + {small}))"},
            )
            for small in ("1e-15", "1e-12", "1e-10", "1e-9", "1e-8", "1e-7", "1e-6")
        ),
        Mutant(
            "the square roots are missing: a length is the root of the sum of the squares.",
            {
                "np.linalg.norm(np.ravel(a)) + np.linalg.norm(np.ravel(b))": (
                    "(np.ravel(a) ** 2).sum() + (np.ravel(b) ** 2).sum()"
                ),
                "np.linalg.norm(np.ravel(a) - np.ravel(b))": (
                    "((np.ravel(a) - np.ravel(b)) ** 2).sum()"
                ),
            },
        ),
        Mutant(
            "absolute values are summed, which is another norm: use the Euclidean one, the root of "
            "the sum of the squares.",
            {
                "np.linalg.norm(np.ravel(a)) + np.linalg.norm(np.ravel(b))": (
                    "np.abs(a).sum() + np.abs(b).sum()"
                ),
                "np.linalg.norm(np.ravel(a) - np.ravel(b))": (
                    "np.abs(np.ravel(a) - np.ravel(b)).sum()"
                ),
            },
        ),
        Mutant(
            "that is one error for each element: here one number compares the whole arrays, by "
            "their lengths.",
            {
                "0.0 if scale == 0 else float(difference / scale)": (
                    "np.abs(a - b) / (np.abs(a) + np.abs(b))"
                )
            },
        ),
        Mutant(
            "that is the largest of the elements' own relative errors: here whole arrays are "
            "compared, by their lengths.",
            {
                "0.0 if scale == 0 else float(difference / scale)": (
                    "float(np.max(np.abs(np.ravel(a) - np.ravel(b)) "
                    "/ np.maximum(np.abs(np.ravel(a)) + np.abs(np.ravel(b)), 1e-300)))"
                )
            },
        ),
        Mutant(
            "`if scale > 0` is false for NaN too, so a gradient of NaN gets the error 0 and "
            "passes: ask `scale == 0`.",
            {
                "0.0 if scale == 0 else float(difference / scale)": (
                    "float(difference / scale) if scale > 0 else 0.0"
                )
            },
        ),
        Mutant(
            "np.linalg.norm(a, 2) of a matrix is its largest singular value: take "
            "np.linalg.norm(a), the root of the sum of all squares.",
            {
                SCALE: "np.linalg.norm(a, 2) + np.linalg.norm(b, 2)",
                DIFFERENCE: "np.linalg.norm(a - b, 2)",
            },
        ),
        Mutant(
            "NaN is replaced by 0 (nan_to_num), so a broken gradient looks like a good one: let "
            "the NaN come through.",
            {
                "    scale =": "    a, b = (np.nan_to_num(a), np.nan_to_num(b))\n    scale =",
            },
        ),
        Mutant(
            "the root is taken below the line only: the length of a - b needs its root too.",
            {DIFFERENCE: f"{DIFFERENCE} ** 2"},
        ),
        Mutant(
            "the lengths are multiplied below the line: add them.",
            {SCALE: SCALE.replace("+", "*")},
        ),
        Mutant(
            "the smaller of the two lengths is in the denominator: it is the sum of both.",
            {SCALE: "np.fmin(np.linalg.norm(np.ravel(a)), np.linalg.norm(np.ravel(b)))"},
        ),
        Mutant(
            "the arrays are added where they should be subtracted: the difference a - b is above "
            "the line.",
            {"np.ravel(a) - np.ravel(b)": "np.ravel(a) + np.ravel(b)"},
        ),
        Mutant(
            "the largest elements are compared and not the lengths: take the root of the sum of "
            "all squares.",
            {
                SCALE: "np.abs(a).max() + np.abs(b).max()",
                DIFFERENCE: "np.abs(np.ravel(a) - np.ravel(b)).max()",
            },
        ),
        Mutant(
            "the result is the mean of the elements' own relative errors: compare whole arrays, "
            "by their lengths.",
            {
                RESULT: (
                    "float(np.mean(np.abs(np.ravel(a) - np.ravel(b)) "
                    "/ np.maximum(np.abs(np.ravel(a)) + np.abs(np.ravel(b)), 1e-300)))"
                )
            },
        ),
        Mutant(
            "0 is returned whenever one of them is zero: only two zeros agree, so ask whether the "
            "sum of the lengths is 0.",
            {RESULT: f"0.0 if not (np.any(a) and np.any(b)) else {RESULT}"},
        ),
        Mutant(
            "the result for two zeros is 1: they agree, so it is 0.",
            {"0.0 if": "1.0 if"},
        ),
        *(
            Mutant(
                "the denominator is kept away from 0 by a number that is too large for tiny "
                "gradients: treat the case of two zeros apart.",
                {RESULT: f"float(difference / max(scale, {least}))"},
            )
            for least in ("1e-8", "1e-7", "1e-6")
        ),
        Mutant(
            "1 minus the cosine of the angle is another measure, which does not see the length: "
            "divide the length of a - b by the sum of the lengths.",
            {
                RESULT: "0.0 if scale == 0 else float(1 - np.sum(a * b) "
                "/ (np.linalg.norm(np.ravel(a)) * np.linalg.norm(np.ravel(b))))"
            },
        ),
    ),
    question=Question(
        "One gradient is 2, the other 1. What is your error, and what if both are a "
        "billion times smaller?",
        _ask,
    ),
)
