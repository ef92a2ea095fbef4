"""Exercise `cifg_backward` of lesson 07."""

from functools import partial

import numpy as np

from cifg_edu.cifg import cifg_backward, cifg_forward
from cifg_edu.exercises import Exercise, Function, Mutant, Question
from cifg_edu.exercises.lesson_07._through_time import (
    OUTPUTS,
    cases,
    hints,
    mutants,
)
from cifg_edu.initializers import initialize_cifg


def _ask(f: Function) -> str:
    norms = []
    for steps in (5, 6):
        Wx, Wh, b = np.zeros((4, 9)), np.zeros((3, 9)), np.zeros(9)
        zeros, dh = np.zeros((2, 3)), np.zeros((steps, 2, 3))
        dh[-1] = 1.0
        _, _, caches = cifg_forward(np.zeros((steps, 2, 4)), zeros, zeros, Wx, Wh, b)
        norms.append(np.linalg.norm(f(dh, Wx, Wh, caches)[2]))
    return f"By {norms[1] / norms[0]:.3g}: a CIFG keeps 1 - i of the old cell, and i is 0.5 here."


EXERCISE = Exercise(
    reference=cifg_backward,
    lesson=7,
    place=1,
    stars=2,
    outputs=OUTPUTS,
    derivative=True,
    make_cases=partial(cases, initialize_cifg, cifg_forward),
    hints=hints("cifg_step_backward"),
    mutants=(
        Mutant(
            "this calls a function of the LSTM, which expects a cache of eight parts and finds "
            "seven (a CIFG's has no f): call cifg_step_backward.",
            {"cifg_step_backward(": "__import__('cifg_edu.lstm').lstm.lstm_step_backward("},
        ),
        *mutants("cifg_step_backward"),
    ),
    question=Question(
        "All weights and biases are 0, so every gate is 0.5. The loss reads the last h "
        "only. By what factor does your dc0 change with one more step?",
        _ask,
    ),
)
