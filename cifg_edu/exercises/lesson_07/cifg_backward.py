"""Exercise `cifg_backward` of lesson 07."""

from functools import partial

from cifg_edu.cifg import cifg_backward, cifg_forward
from cifg_edu.exercises import Exercise
from cifg_edu.exercises.lesson_07._through_time import (
    OUTPUTS,
    cases,
    hints,
    mutants,
)
from cifg_edu.initializers import initialize_cifg

EXERCISE = Exercise(
    reference=cifg_backward,
    lesson=7,
    place=1,
    stars=2,
    outputs=OUTPUTS,
    derivative=True,
    make_cases=partial(cases, initialize_cifg, cifg_forward),
    hints=hints("cifg_step_backward"),
    mutants=mutants("cifg_step_backward"),
)
