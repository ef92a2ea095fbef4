"""The check of `sample` is fair: nothing in it hangs on how an answer draws."""

import numpy as np
import pytest

from cifg_edu.exercises.lesson_10.sample import DRAWS, EXERCISE, NEAR, SHARP, sharp_model
from cifg_edu.sampling import sample


@pytest.mark.parametrize("sharp", SHARP.values(), ids=SHARP)
def test_what_the_sure_models_write_is_the_same_for_every_seed(sharp):
    parameters, config = sharp_model(sharp)
    for prompt, text in sharp.texts.items():
        for seed in range(20):
            rng = np.random.default_rng(seed)
            assert sample(rng, parameters, config, len(text), prompt) == prompt + text
        # At half the certainty it still holds.
        flat = sample(np.random.default_rng(0), parameters, config, len(text), prompt, 2.0)
        assert flat == prompt + text


def test_a_right_share_is_as_good_as_never_judged_wrong():
    assert 2 * np.exp(-2 * DRAWS * NEAR**2) < 1e-11


def test_right_draws_pass_for_every_seed():
    for case in EXERCISE.cases():
        seen = []
        for seed in range(5):
            arguments = (np.random.default_rng(seed), *case.arguments[1:])
            seen.append(EXERCISE.observe(sample, arguments))
        assert all(one == seen[0] for one in seen)
