"""The wrong backward is wrong exactly as the lesson says, and nowhere else."""

import numpy as np
import pytest

from cifg_edu.cifg import cifg_backward, cifg_forward, cifg_step, cifg_step_backward
from cifg_edu.gradcheck import relative_error
from cifg_edu.initializers import initialize_cifg
from cifg_edu.phantom import (
    PhantomGradients,
    phantom_backward,
    phantom_error,
    phantom_step_backward,
)

B, D, H = 3, 5, 2


def middle_step(batch=B):
    """What a step in the middle of a sequence gets from both sides, and its cache."""
    rng = np.random.default_rng(0)
    weights = initialize_cifg(rng, D, H)
    x, h, c = (rng.normal(size=(batch, size)) for size in (D, H, H))
    dh, dc = rng.normal(size=(2, batch, H))
    return dh, dc, weights["Wx"], weights["Wh"], cifg_step(x, h, c, **weights)[2]


def sequence(T):
    rng = np.random.default_rng(1)
    weights = initialize_cifg(rng, D, H)
    x, h0, c0 = rng.normal(size=(T, B, D)), rng.normal(size=(B, H)), rng.normal(size=(B, H))
    caches = cifg_forward(x, h0, c0, **weights)[2]
    return rng.normal(size=(T, B, H)), weights["Wx"], weights["Wh"], caches


def test_phantom_error_is_the_difference_between_the_wrong_gradient_and_the_right_one():
    dh, dc, Wx, Wh, cache = middle_step(batch=1)  # with one sequence db is da itself
    wrong, _ = phantom_step_backward(dh, dc, Wx, Wh, cache)
    right = cifg_step_backward(dh, dc, Wx, Wh, cache)
    whole_dc = dc + dh * cache.o * (1 - np.tanh(cache.c) ** 2)
    error = phantom_error(whole_dc, cache.c_prev, cache.i)
    np.testing.assert_allclose((wrong.db - right.db)[:H], error[0], atol=1e-15)
    np.testing.assert_allclose((wrong.db - right.db)[H:], 0, atol=1e-15)


def test_phantom_gets_exactly_what_the_input_gate_lacks_in_one_step():
    wrong, phantom = phantom_step_backward(*middle_step())
    right = cifg_step_backward(*middle_step())
    assert phantom._fields == PhantomGradients._fields
    for name, lost in zip(("dWx", "dWh", "db"), phantom, strict=True):
        difference = getattr(wrong, name)[..., :H] - getattr(right, name)[..., :H]
        np.testing.assert_allclose(difference, lost, atol=1e-15)
        assert np.linalg.norm(lost) > 0.01


def test_phantom_step_has_the_other_gates_and_the_cell_path_right():
    wrong, _ = phantom_step_backward(*middle_step())
    right = cifg_step_backward(*middle_step())
    np.testing.assert_array_equal(wrong.dc_prev, right.dc_prev)
    for name in ("dWx", "dWh", "db"):
        np.testing.assert_allclose(
            getattr(wrong, name)[..., H:], getattr(right, name)[..., H:], atol=1e-15
        )
    assert relative_error(wrong.dx, right.dx) > 0.01


def test_phantom_spoils_every_tensor_of_a_sequence():
    wrong, _ = phantom_backward(*sequence(4))
    right = cifg_backward(*sequence(4))
    assert all(relative_error(a, b) > 1e-3 for a, b in zip(wrong, right, strict=True))


@pytest.mark.parametrize("T", [1, 3])
def test_phantom_over_a_sequence_is_its_step_repeated(T):
    dh, Wx, Wh, caches = sequence(T)
    dh_next = dc_next = np.zeros((B, H))
    dWxf = np.zeros((D, H))
    for dh_t, cache in zip(dh[::-1], caches[::-1], strict=True):
        step, phantom = phantom_step_backward(dh_t + dh_next, dc_next, Wx, Wh, cache)
        dh_next, dc_next, dWxf = step.dh_prev, step.dc_prev, dWxf + phantom.dWxf
    whole, phantom = phantom_backward(dh, Wx, Wh, caches)
    np.testing.assert_allclose(whole.dh0, dh_next, atol=1e-15)
    np.testing.assert_allclose(phantom.dWxf, dWxf, atol=1e-15)
