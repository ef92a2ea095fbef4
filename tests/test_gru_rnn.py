"""The cells beside the CIFG and the LSTM: their gradients, their facts, and PyTorch's word."""

import numpy as np
import pytest

from cifg_edu.comparison.cells import CELLS
from cifg_edu.comparison.gru import gru_step, initialize_gru
from cifg_edu.gates import sigmoid
from cifg_edu.gradcheck import check_gradients
from tests.optional import optional

# T >= 3, B > 1, and B, D, H all different, or some mistakes stay hidden.
T, B, D, H = 4, 3, 5, 2

WITHOUT_C = ("gru", "rnn")


def problem(cell, seed=0):
    """Random tensors for one cell, and the weights that make its loss a sum of h."""
    rng = np.random.default_rng(seed)
    tensors = CELLS[cell].initialize(rng, D, H)
    tensors["b"] += rng.normal(size=tensors["b"].shape)
    tensors["x"] = rng.normal(size=(T, B, D))
    tensors["h0"], tensors["c0"] = rng.normal(size=(2, B, H))
    return tensors, rng.normal(size=(T, B, H))


def gradients(cell, tensors, weights):
    """The hand-derived gradients, under the names of the tensors."""
    caches = CELLS[cell].forward(**tensors)[2]
    back = CELLS[cell].backward(weights, tensors["Wx"], tensors["Wh"], caches)
    return {name[1:]: value for name, value in back._asdict().items()}


@pytest.mark.parametrize("cell", WITHOUT_C)
def test_every_gradient_agrees_with_the_numerical_one(cell):
    tensors, weights = problem(cell)
    forward = CELLS[cell].forward

    def loss(**tensors):
        return float(np.sum(weights * forward(**tensors)[0]))

    result = check_gradients(loss, tensors, gradients(cell, tensors, weights))
    assert set(result.errors) == {"x", "h0", "c0", "Wx", "Wh", "b"}
    assert max(result.errors.values()) < 1e-8, f"\n{result}"


@pytest.mark.parametrize("cell", WITHOUT_C)
def test_outputs_and_gradients_are_those_of_pytorch(cell):
    torch = optional("torch")
    tensors, weights = problem(cell)
    net = {"gru": torch.nn.GRU, "rnn": torch.nn.RNN}[cell](D, H).double()
    with torch.no_grad():
        net.weight_ih_l0[...] = torch.from_numpy(tensors["Wx"].T)
        net.weight_hh_l0[...] = torch.from_numpy(tensors["Wh"].T)
        net.bias_ih_l0[...] = torch.from_numpy(tensors["b"])
        net.bias_hh_l0[...] = 0
    x = torch.from_numpy(tensors["x"]).requires_grad_()
    h0 = torch.from_numpy(tensors["h0"]).requires_grad_()
    h, _ = net(x, h0[None])
    (h * torch.from_numpy(weights)).sum().backward()

    np.testing.assert_allclose(CELLS[cell].forward(**tensors)[0], h.detach().numpy(), atol=1e-12)
    theirs = {
        "x": x.grad,
        "h0": h0.grad,
        "Wx": net.weight_ih_l0.grad.T,
        "Wh": net.weight_hh_l0.grad.T,
        "b": net.bias_ih_l0.grad,
        "c0": torch.zeros(B, H),
    }
    for name, ours in gradients(cell, tensors, weights).items():
        np.testing.assert_allclose(ours, theirs[name].numpy(), atol=1e-12, err_msg=name)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("cell", WITHOUT_C)
def test_the_dtype_that_goes_in_comes_out(cell, dtype):
    tensors, weights = problem(cell)
    tensors = {name: value.astype(dtype) for name, value in tensors.items()}
    h, c, _ = CELLS[cell].forward(**tensors)
    back = gradients(cell, tensors, weights.astype(dtype))
    assert {a.dtype for a in (h, c, *back.values())} == {np.dtype(dtype)}


@pytest.mark.parametrize("cell", WITHOUT_C)
def test_a_cell_has_its_blocks_of_weights_and_a_single_bias_for_each(cell):
    tensors = CELLS[cell].initialize(np.random.default_rng(0), D, H)
    number = sum(value.size for value in tensors.values())
    assert number == CELLS[cell].gates * H * (D + H + 1)


def test_gru_output_never_leaves_the_unit_interval():
    rng = np.random.default_rng(0)
    weights = initialize_gru(rng, D, H, lambda rng, m, n: 5 * rng.normal(size=(m, n)))
    ones = np.ones((B, H))
    h, _, _ = CELLS["gru"].forward(rng.normal(size=(50, B, D)), ones, ones, **weights)
    assert np.abs(h).max() <= 1


def test_gru_keeps_where_z_is_one_and_forgets_where_z_is_zero():
    tensors, _ = problem("gru")
    x, h_prev = tensors["x"][0], tensors["h0"]
    b = tensors["b"]
    b[H : 2 * H] = [100, -100]
    h, cache = gru_step(x, h_prev, tensors["Wx"], tensors["Wh"], b)
    np.testing.assert_allclose(h[:, 0], h_prev[:, 0])
    np.testing.assert_allclose(h[:, 1], cache.n[:, 1])


def test_fresh_gru_keeps_as_much_as_a_fresh_cifg():
    b = initialize_gru(np.random.default_rng(0), D, H)["b"]
    np.testing.assert_allclose(sigmoid(b[H : 2 * H]), 0.731, atol=1e-3)
    assert not b[:H].any()
    assert not b[2 * H :].any()


def test_closed_lstm_begins_as_the_lstm_does_but_for_its_input_gate_which_is_the_cifgs():
    closed, lstm, cifg = (
        CELLS[cell].initialize(np.random.default_rng(0), D, H)
        for cell in ("lstm_closed", "lstm", "cifg")
    )
    np.testing.assert_array_equal(closed["b"][:H], cifg["b"][:H])
    np.testing.assert_allclose(sigmoid(closed["b"][:H]), 0.269, atol=1e-3)
    np.testing.assert_array_equal(closed["b"][H:], lstm["b"][H:])
    for name in ("Wx", "Wh"):
        np.testing.assert_array_equal(closed[name], lstm[name])
