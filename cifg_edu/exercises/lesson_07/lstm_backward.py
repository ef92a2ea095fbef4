"""Exercise `lstm_backward` of lesson 07."""

from functools import partial

import numpy as np

from cifg_edu.exercises import Exercise, Function, Mutant, Question
from cifg_edu.exercises.lesson_07._through_time import OUTPUTS, cases, hints, mutants
from cifg_edu.initializers import initialize_lstm
from cifg_edu.lstm import lstm_backward, lstm_forward


def _ask(f: Function) -> str:
    norms = []
    for steps in (5, 6):
        Wx, Wh, b = np.zeros((4, 12)), np.zeros((3, 12)), np.zeros(12)
        b[3:6] = 16.0
        zeros, dh = np.zeros((2, 3)), np.zeros((steps, 2, 3))
        dh[-1] = 1.0
        _, _, caches = lstm_forward(np.zeros((steps, 2, 4)), zeros, zeros, Wx, Wh, b)
        norms.append(np.linalg.norm(f(dh, Wx, Wh, caches)[2]))
    return (
        f"By {norms[1] / norms[0]:.3g}: with f near 1 nothing is lost on the way, and that is why "
        "the LSTM was built."
    )


EXERCISE = Exercise(
    reference=lstm_backward,
    lesson=7,
    place=2,
    stars=1,
    outputs=OUTPUTS,
    derivative=True,
    make_cases=partial(cases, initialize_lstm, lstm_forward),
    hints=hints("lstm_step_backward"),
    mutants=(
        Mutant(
            "this calls a function of the CIFG, which expects a cache of seven parts and finds "
            "eight (an LSTM's has f): call lstm_step_backward.",
            {"lstm_step_backward(": "__import__('cifg_edu.cifg').cifg.cifg_step_backward("},
        ),
        *mutants("lstm_step_backward"),
    ),
    question=Question(
        "All weights are 0, and the forget bias is 16, so f is almost 1. The loss reads "
        "the last h only. By what factor does your dc0 change with one more step?",
        _ask,
    ),
)
