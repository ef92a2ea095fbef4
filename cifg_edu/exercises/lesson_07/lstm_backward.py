"""Exercise `lstm_backward` of lesson 07."""

from functools import partial

from cifg_edu.exercises import Exercise, Mutant
from cifg_edu.exercises.lesson_07._through_time import OUTPUTS, cases, hints, mutants
from cifg_edu.initializers import initialize_lstm
from cifg_edu.lstm import lstm_backward, lstm_forward

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
            "this calls cifg_step_backward, which expects a cache of seven parts and finds eight "
            "(an LSTM's has f): call lstm_step_backward.",
            {"lstm_step_backward(": ("__import__('cifg_edu.cifg').cifg.cifg_step_backward(")},
        ),
        *mutants("lstm_step_backward"),
    ),
)
