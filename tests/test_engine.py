"""The engine computes what the clear functions compute."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cifg_edu.engine import Engine, FlatAdam
from cifg_edu.errors import UserError
from cifg_edu.model import CELLS, ModelConfig, initialize_model, loss_and_gradients
from cifg_edu.optimizers import adam_state, adam_step


def make(cell="cifg", V=7, H=5, T=4, B=3, embedding=None, seed=0, dtype=np.float64):
    """An engine and its clear twin's parameters, with a window and a state to read it from."""
    rng = np.random.default_rng(seed)
    config = ModelConfig(cell, "".join(chr(97 + k) for k in range(V)), H, embedding)
    parameters = initialize_model(rng, config)
    engine = Engine(
        cell=cell, vocabulary_size=V, hidden_size=H, embedding_size=embedding, dtype=dtype
    )
    for name, value in parameters.items():
        parameters[name] = value + 0.1 * rng.normal(size=value.shape)
        engine.parameters[name][...] = parameters[name]
    ids = rng.integers(0, V, (2, T, B))
    state = rng.normal(size=(2, B, H)).astype(dtype)
    return engine, parameters, (*ids, *state)


shapes = st.fixed_dictionaries(
    {
        "cell": st.sampled_from(sorted(CELLS)),
        "V": st.integers(2, 9),
        "H": st.integers(1, 9),
        "T": st.integers(1, 7),
        "B": st.integers(1, 9),
        "embedding": st.none() | st.integers(1, 6),
        "seed": st.integers(0, 2**32 - 1),
    }
)


@given(shapes)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_engine_agrees_with_the_clear_functions_forward_and_backward(shape):
    engine, parameters, window = make(**shape)
    clear = loss_and_gradients(shape["cell"], parameters, *window)
    loss, h, c = engine.loss_and_gradients(*window)
    assert loss == pytest.approx(clear.loss, abs=1e-10)
    pairs = [(h, clear.h), (c, clear.c), (engine.dh0, clear.dh0), (engine.dc0, clear.dc0)]
    pairs += [(engine.gradients[name], clear.gradients[name]) for name in parameters]
    for ours, theirs in pairs:
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-10)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("steps_at_a_time", [0, 1, 3])
def test_gradients_are_the_same_in_blocks_of_any_number_of_steps(
    cell, steps_at_a_time, monkeypatch
):
    engine, parameters, window = make(cell, T=7, B=3, H=5)
    # A block has one step at least, also where a single step is too large for it.
    monkeypatch.setattr("cifg_edu.engine.BLOCK_ELEMENTS", 3 * 5 * steps_at_a_time + 1)
    engine.loss_and_gradients(*window)
    clear = loss_and_gradients(cell, parameters, *window)
    for name, gradient in clear.gradients.items():
        np.testing.assert_allclose(engine.gradients[name], gradient, rtol=0, atol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
def test_windows_of_changing_shape_do_not_disturb_each_other(cell):
    engine, parameters, whole = make(cell, T=6, B=4)
    inputs, targets, h0, c0 = whole
    part = inputs[:2, :1], targets[:2, :1], h0[:1], c0[:1]
    for window in (part, whole, part):
        expected = loss_and_gradients(cell, parameters, *window).loss
        assert engine.loss_and_gradients(*window)[0] == pytest.approx(expected, abs=1e-12)


def test_gradients_are_reset_before_each_pass_unless_told_to_add():
    engine, _, window = make()
    engine.loss_and_gradients(*window)
    once = engine.flat_gradients.copy()
    engine.loss_and_gradients(*window)
    np.testing.assert_array_equal(engine.flat_gradients, once)
    inputs, targets, h0, c0 = window
    engine.loss_and_gradients(inputs=inputs, targets=targets, h0=h0, c0=c0, reset=False)
    np.testing.assert_allclose(engine.flat_gradients, 2 * once, rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64, np.uint64])
def test_ids_of_any_integer_type_are_taken_with_the_type_of_an_index(dtype, monkeypatch):
    # Where an index has 32 bits, the take() of some versions of NumPy refuses int64.
    engine, _, (inputs, targets, h0, c0) = make()
    expected = engine.loss(inputs, targets, h0, c0)[0]
    take, seen = np.take, []

    def spy(table, ids, **options):
        seen.append(ids.dtype)
        return take(table, ids, **options)

    monkeypatch.setattr(np, "take", spy)
    assert engine.loss(inputs.astype(dtype), targets.astype(dtype), h0, c0)[0] == expected
    assert set(seen) == {np.dtype(np.intp)}
    with pytest.raises(TypeError):
        engine.loss(inputs.astype(float), targets, h0, c0)


@pytest.mark.parametrize("cell", CELLS)
def test_the_same_window_gives_the_same_bits(cell):
    results = []
    for _ in range(2):
        engine, _, window = make(cell, V=30, H=40, T=20, B=16, dtype=np.float32)
        engine.loss_and_gradients(*window)
        results.append(engine.flat_gradients.tobytes())
    assert results[0] == results[1]


@pytest.mark.filterwarnings("error")
def test_a_gate_that_is_shut_beyond_the_range_of_exp_is_zero():
    engine, _, window = make(dtype=np.float32)
    engine.parameters["b"][:5] = -1000
    _, _, c = engine.loss_and_gradients(*window)
    np.testing.assert_array_equal(c, window[3])  # an input gate of 0 keeps the cell
    assert np.isfinite(engine.flat_gradients).all()


def test_float32_engine_stays_in_float32():
    engine, _, window = make(dtype=np.float32)
    _, h, c = engine.loss_and_gradients(*window)
    found = {a.dtype for a in (h, c, engine.dh0, engine.dc0, engine.flat_gradients)}
    assert found == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    "options",
    [{}, {"learning_rate": 0.02, "beta1": 0.3, "beta2": 0.4, "epsilon": 0.1}],
    ids=["by default", "with options"],
)
def test_flat_adam_agrees_with_the_clear_adam(options):
    rng = np.random.default_rng(0)
    parameters = {"w": rng.normal(size=9)}
    flat = parameters["w"].copy()
    adam = FlatAdam(9, np.float64, **options)
    state = adam_state(parameters)
    for _ in range(20):
        g = rng.normal(size=9)
        parameters, state = adam_step(parameters, {"w": g}, state, **options)
        adam.step(flat, g)
    np.testing.assert_allclose(flat, parameters["w"], rtol=1e-12)
    assert adam.step_count == state.t == 20


@pytest.mark.parametrize(
    ("change", "message"),
    [({"cell": "gru"}, "choose one of cifg, lstm"), ({"H": 0}, "1 or more")],
)
def test_an_engine_that_cannot_be_is_refused(change, message):
    with pytest.raises(UserError, match=message):
        Engine(change.get("cell", "cifg"), 7, change.get("H", 5))


def test_windows_that_do_not_fit_are_refused():
    engine, _, (inputs, targets, h0, c0) = make()
    odd = [(inputs, targets[1:]), (inputs[1:], targets), (inputs[0], targets[0])]
    odd += [(inputs[:0], targets[:0]), (inputs[..., None], targets[..., None])]
    for ids in odd:
        with pytest.raises(UserError, match="one shape"):
            engine.loss(*ids, h0, c0)
    larger = np.zeros((4, 5))
    for states in ((h0[1:], c0), (larger, c0), (h0, c0[1:]), (h0, larger)):
        with pytest.raises(UserError, match="States of shapes"):
            engine.loss(inputs, targets, *states)
    for outside in (-1, 7, 8):
        with pytest.raises(UserError, match="from 0 to 6"):
            engine.loss(np.full_like(inputs, outside), targets, h0, c0)
