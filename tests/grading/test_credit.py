"""What is right earns its share, and what an answer without work gets earns nothing."""

import numpy as np
import pytest

from cifg_edu.checks import EXERCISES
from cifg_edu.checks.outcomes import run_case
from cifg_edu.exercises import mutate
from cifg_edu.grading.credit import credit
from cifg_edu.grading.keys import key
from cifg_edu.grading.visible_text import visible

STEP = "cifg_step_backward"


def credit_of(name, function, seed=3):
    """The credit of an answer by what it prints."""
    known = key(name, seed)
    printed = [
        visible(known.render(n, run_case(known.exercise, function, case)))
        for n, case in enumerate(known.cases)
    ]
    return credit(known, printed)


def without_db(*arguments):
    *right, db = EXERCISES[STEP].reference(*arguments)
    return (*right, 2 * db)


def zeros(dh, dc, Wx, Wh, cache):
    return tuple(map(np.zeros_like, EXERCISES[STEP].reference(dh, dc, Wx, Wh, cache)))


def phantom(*arguments):
    return mutate(EXERCISES[STEP].reference, {"dc * (g - c_prev)": "dc * g"})(*arguments)


def unchanged(gradients, max_norm):
    norm = np.sqrt(sum((g**2).sum() for g in gradients.values()))
    return {name: g.copy() for name, g in gradients.items()}, norm


def by_heart(dh, dc, Wx, Wh, cache):
    return tuple(f"{part}" for part in EXERCISES[STEP].reference(dh, dc, Wx, Wh, cache))


def test_five_of_six_gradients_earn_most_of_the_points():
    assert 0.6 < credit_of(STEP, without_db) < 0.9


@pytest.mark.parametrize("answer", [zeros, phantom, by_heart])
def test_answer_without_work_earns_nothing(answer):
    assert credit_of(STEP, answer) == 0.0


def test_gradients_given_back_unchanged_earn_nothing():
    assert credit_of("clip_by_global_norm", lambda gradients, limit: (gradients, 0.0)) == 0.0


def test_right_norm_earns_its_share_of_clipping():
    assert 0.2 < credit_of("clip_by_global_norm", unchanged) < 0.8


@pytest.mark.parametrize("name", EXERCISES)
def test_none_and_zero_earn_nothing_in_any_exercise(name):
    for answer in (lambda *given, **named: None, lambda *given, **named: 0.0):
        assert credit_of(name, answer) == 0.0


@pytest.mark.parametrize("name", ["sigmoid", "perplexity", "count_parameters", "cifg_backward"])
def test_wrong_answer_never_earns_all(name):
    exercise = EXERCISES[name]
    for mutant in exercise.mutants:
        assert 0.0 <= credit_of(name, mutate(exercise.reference, mutant.edits)) < 1.0


def test_credit_of_the_same_mistake_hardly_depends_on_the_seed():
    values = [credit_of(STEP, without_db, seed) for seed in range(5)]
    assert max(values) - min(values) < 0.01
