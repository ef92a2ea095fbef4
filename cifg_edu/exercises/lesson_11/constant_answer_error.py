"""Exercise `constant_answer_error` of lesson 11."""

import numpy as np

from cifg_edu.exercises import Case, Exercise, Function, Mutant, Question
from cifg_edu.tasks import (
    constant_answer_error,
)


def _target_cases(rng: np.random.Generator) -> list[Case]:
    return [
        Case("the sums of 50 pairs of numbers on [0, 1]", (rng.uniform(size=(50, 2)).sum(1),)),
        Case("targets far from 0", (rng.normal(5.0, 2.0, size=9),)),
        Case("targets below 0", (rng.uniform(-3.0, -1.0, size=24),)),
        Case("targets that are all the same", (np.full(4, 0.5),)),
        Case("one target alone", (np.array([3.0]),)),
    ]


def _ask(f: Function) -> str:
    targets = np.array([0.5, 1.0, 1.5])
    return (
        f"{f(targets):.4g} before and {f(targets + 100):.4g} after: the best constant moves along, "
        "and what is left is the variance."
    )


EXERCISE = Exercise(
    reference=constant_answer_error,
    lesson=11,
    place=2,
    stars=1,
    outputs=("the error",),
    make_cases=_target_cases,
    hints=(
        "Two steps: which constant is best, and how large is its mean squared error?",
        "The derivative of mean((y - a)**2) for a is -2 mean(y - a), which is 0 at a = mean(y). "
        "Put that constant into the error.",
        "return float(np.mean((targets - targets.mean()) ** 2))",
    ),
    mutants=(
        Mutant(
            "that is the error of answering 0: the best constant is the mean of the targets.",
            {"targets - targets.mean()": "targets"},
        ),
        Mutant(
            "that is the error of answering 1, which is best for the adding problem alone: take "
            "the mean of these targets.",
            {"targets - targets.mean()": "targets - 1.0"},
        ),
        Mutant(
            "that is 1/6 for whatever targets: compute it from those that are given.",
            {"float(np.mean(errors ** 2))": "1 / 6"},
        ),
        Mutant(
            "that is the standard deviation, the root of the mean squared error: leave the root "
            "out.",
            {"np.mean(errors ** 2)": "np.sqrt(np.mean(errors ** 2))"},
        ),
        Mutant(
            "the errors are not squared, and so they cancel to 0.",
            {"errors ** 2": "errors"},
        ),
        Mutant(
            "that is the mean absolute error: square the errors.",
            {"errors ** 2": "np.abs(errors)"},
        ),
        Mutant(
            "that is the sum of the squared errors: divide it by their number.",
            {"np.mean(errors ** 2)": "np.sum(errors ** 2)"},
        ),
        Mutant(
            "the sum is divided by B - 1 (ddof=1), which estimates a variance from a sample: a "
            "mean error divides by B.",
            {"np.mean(errors ** 2)": "np.sum(errors ** 2) / (len(errors) - 1)"},
        ),
        Mutant(
            "that is the best constant itself, the mean: its error is asked for.",
            {"float(np.mean(errors ** 2))": "float(targets.mean())"},
        ),
        Mutant(
            "half of the mean squared error: the factor 1/2 that some texts put in for the "
            "derivative's sake does not belong here.",
            {"np.mean(errors ** 2)": "0.5 * np.mean(errors ** 2)"},
        ),
        Mutant(
            "the median is the best constant for absolute errors: for squared ones it is the mean.",
            {"targets.mean()": "np.median(targets)"},
        ),
        Mutant(
            "those are the squared errors, one for each target: take their mean.",
            {"float(np.mean(errors ** 2))": "errors ** 2"},
        ),
        Mutant(
            "the mean of the errors is squared, and it is 0: square each error first, then take "
            "the mean.",
            {"np.mean(errors ** 2)": "np.mean(errors) ** 2"},
        ),
        Mutant(
            "the constant is the middle between the least and the largest target: for squared "
            "errors the mean is best.",
            {"targets.mean()": "(targets.min() + targets.max()) / 2"},
        ),
        Mutant(
            "the mean of the squares is not the error: subtract the squared mean.",
            {"np.mean(errors ** 2)": "np.mean(targets ** 2) - targets.mean()"},
        ),
        Mutant(
            "that is the largest squared error: take the mean of all.",
            {"np.mean(errors ** 2)": "np.max(errors ** 2)"},
        ),
    ),
    question=Question(
        "Add 100 to every target. How does your error change?",
        _ask,
    ),
)
