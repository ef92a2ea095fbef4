"""The cells: their facts, their gradients, and the wrong backward that a check must see."""

import numpy as np
import pytest

from cifg_edu import cifg, lstm
from cifg_edu.gates import interpolate, sigmoid, split_gates
from cifg_edu.gradcheck import check_gradients, numerical_gradient
from cifg_edu.initializers import initialize_cifg, initialize_lstm
from cifg_edu.model import CELLS
from cifg_edu.phantom import phantom_backward

# T >= 3, B > 1, and B, D, H all different, or some mistakes stay hidden.
T, B, D, H = 4, 3, 5, 2


def problem(cell, steps=T, zero_cell=False, seed=0, H=H):
    """Random tensors for one cell, and the weights that make its loss a sum of h."""
    rng = np.random.default_rng(seed)
    tensors = CELLS[cell].initialize(rng, D, H)
    tensors["b"] += rng.normal(size=tensors["b"].shape)
    tensors["x"] = rng.normal(size=(steps, B, D))
    tensors["h0"] = rng.normal(size=(B, H))
    tensors["c0"] = np.zeros((B, H)) if zero_cell else rng.normal(size=(B, H))
    return tensors, rng.normal(size=(steps, B, H))


def step_problem():
    """The tensors of `problem`, for a single step."""
    tensors, _ = problem("cifg", steps=1)
    x, h0, c0 = (tensors.pop(name) for name in ("x", "h0", "c0"))
    return {"x": x[0], "h_prev": h0, "c_prev": c0, **tensors}


def report(cell, backward, steps=T, **kind):
    """The gradient check of every tensor under a given backward pass."""
    tensors, weights = problem(cell, steps, **kind)
    forward = CELLS[cell].forward

    def loss(x, h0, c0, Wx, Wh, b):
        return float(np.sum(weights * forward(x, h0, c0, Wx, Wh, b)[0]))

    _, _, caches = forward(**tensors)
    back = backward(weights, tensors["Wx"], tensors["Wh"], caches)
    gradients = {name[1:]: value for name, value in back._asdict().items()}
    return check_gradients(loss, tensors, gradients)


def wrong_backward(dh, Wx, Wh, caches):
    """The phantom's gradients for the tensors that there are."""
    return phantom_backward(dh, Wx, Wh, caches)[0]


@pytest.mark.parametrize("cell", CELLS)
def test_every_gradient_agrees_with_the_numerical_one(cell):
    result = report(cell, CELLS[cell].backward)
    assert set(result.errors) == {"x", "h0", "c0", "Wx", "Wh", "b"}
    assert result.passed, f"\n{result}"
    assert max(result.errors.values()) < 1e-8


@pytest.mark.parametrize("cell", CELLS)
def test_one_step_of_one_unit_has_its_gradients_too(cell):
    result = report(cell, CELLS[cell].backward, steps=1, H=1)
    assert max(result.errors.values()) < 1e-8


@pytest.mark.parametrize("cell", CELLS)
def test_a_gradient_for_more_steps_than_were_taken_is_refused(cell):
    tensors, weights = problem(cell)
    _, _, caches = CELLS[cell].forward(**tensors)
    with pytest.raises(ValueError, match="shorter"):
        CELLS[cell].backward(weights, tensors["Wx"], tensors["Wh"], caches[:-1])


def test_phantom_forget_gate_is_rejected_beyond_one_step():
    result = report("cifg", wrong_backward)
    assert not result.passed
    assert 0.01 < result.errors["Wx"] < 0.9


def test_phantom_forget_gate_passes_at_one_step_from_an_empty_cell():
    assert report("cifg", wrong_backward, steps=1, zero_cell=True).errors["Wx"] < 1e-8
    assert not report("cifg", wrong_backward, steps=1).passed


def test_phantom_forget_weights_have_a_gradient_but_a_numerical_one_of_zero():
    tensors, weights = problem("cifg")
    _, _, caches = cifg.cifg_forward(**tensors)
    _, phantom = phantom_backward(weights, tensors["Wx"], tensors["Wh"], caches)

    def loss(Wxf):
        return float(np.sum(weights * cifg.cifg_forward(**tensors)[0]))

    assert phantom.dWxf.shape == (D, H)
    assert np.linalg.norm(phantom.dWxf) > 0.1
    assert not numerical_gradient(loss, np.zeros((D, H))).any()


def test_lstm_with_f_tied_to_one_minus_i_is_the_cifg():
    tensors, _ = problem("cifg")
    # sigma(-a) = 1 - sigma(a): the forget gate's weights are minus the input gate's.
    tied = {
        name: np.concatenate([W[..., :H], -W[..., :H], W[..., H:]], axis=-1)
        for name, W in tensors.items()
        if name in ("Wx", "Wh", "b")
    }
    h, c, _ = cifg.cifg_forward(**tensors)
    h_lstm, c_lstm, _ = lstm.lstm_forward(**{**tensors, **tied})
    np.testing.assert_allclose(h_lstm, h, atol=1e-14)
    np.testing.assert_allclose(c_lstm, c, atol=1e-14)


def test_cifg_cell_never_leaves_the_unit_interval_and_an_lstm_does():
    rng = np.random.default_rng(0)
    x = np.ones((50, 1, D))
    zeros = np.zeros((1, H))
    weights = initialize_cifg(rng, D, H, lambda rng, m, n: 5 * rng.normal(size=(m, n)))
    h, c, _ = cifg.cifg_forward(x, zeros, zeros, **weights)
    assert np.abs(c).max() <= 1
    assert np.abs(h).max() < np.tanh(1)
    open_gates = {name: np.abs(w) + 3 for name, w in initialize_lstm(rng, D, H).items()}
    _, c, _ = lstm.lstm_forward(x, zeros, zeros, **open_gates)
    assert np.abs(c).max() > 40


def test_input_and_forget_shares_sum_to_one():
    _, _, cache = cifg.cifg_step(**step_problem())
    kept = interpolate(np.ones((B, H)), np.zeros((B, H)), cache.i)
    np.testing.assert_allclose(kept + cache.i, 1, atol=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_that_goes_in_comes_out(dtype):
    for cell in CELLS.values():
        tensors = {k: v.astype(dtype) for k, v in problem("cifg")[0].items()}
        if cell.gates == 4:
            tensors = {k: v.astype(dtype) for k, v in problem("lstm")[0].items()}
        h, c, caches = cell.forward(**tensors)
        back = cell.backward(h, tensors["Wx"], tensors["Wh"], caches)
        assert {a.dtype for a in (h, c, *back)} == {np.dtype(dtype)}


def test_sigmoid_is_exact_at_zero_and_never_overflows():
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(sigmoid(np.array([-1e30, 0.0, 1e30])), [0, 0.5, 1])
    assert sigmoid(np.array(1.0)) == pytest.approx(1 / (1 + np.exp(-1.0)), rel=1e-15)


def test_fused_weights_that_gates_cannot_share_are_refused_with_advice():
    with pytest.raises(ValueError, match=r"has 7 columns, which 3 gates .* 3 \* hidden_size"):
        split_gates(np.zeros((2, 4, 7)), 3)


def test_gates_of_a_whole_sequence_are_cut_along_its_last_axis():
    a = np.arange(2 * 3 * 8).reshape(2, 3, 8)  # 3 sequences in the middle: not to be shared
    blocks = split_gates(a, 4)
    assert [block.shape for block in blocks] == [(2, 3, 2)] * 4
    np.testing.assert_array_equal(np.concatenate(blocks, axis=2), a)
