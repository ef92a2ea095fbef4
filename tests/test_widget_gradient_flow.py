"""The gradient at each lag: against backpropagation of the last steps alone, and its panel."""

from importlib import import_module

import numpy as np
import pytest

from cifg_edu.gates import sigmoid
from cifg_edu.model import CELLS
from cifg_edu.widgets.gradient_flow import BATCH, INPUTS, STEPS, UNITS, flow, gradient_flow

# The package shows the function under the name of its module.
module = import_module("cifg_edu.widgets.gradient_flow")


def of_last_steps(cell, b_i, b_f, seed, lags):
    """Norms of dc0 and dh0, and of the cell path, when only the last steps are taken."""
    weights = CELLS[cell].initialize(np.random.default_rng(seed), INPUTS, UNITS)
    weights["b"][:UNITS] = b_i
    if cell == "lstm":
        weights["b"][UNITS : 2 * UNITS] = b_f
    rng = np.random.default_rng([seed, 1])
    x = rng.normal(size=(STEPS, BATCH, INPUTS))
    dh = np.zeros((STEPS, BATCH, UNITS))
    dh[-1] = rng.normal(size=(BATCH, UNITS))
    zeros = np.zeros((BATCH, UNITS))
    caches = CELLS[cell].forward(x, zeros, zeros, **weights)[2]
    dc = dh[-1] * caches[-1].o * (1 - np.tanh(caches[-1].c) ** 2)
    rows = []
    for lag in lags:
        back = CELLS[cell].backward(dh[-lag:], weights["Wx"], weights["Wh"], caches[-lag:])
        kept = [1 - k.i if cell == "cifg" else k.f for k in caches[-lag:]]
        rows.append([*map(np.linalg.norm, (back.dc0, back.dh0, dc * np.prod(kept, axis=0)))])
    return np.array(rows).T


@pytest.mark.parametrize(("cell", "b_i", "b_f"), [("cifg", -3.0, None), ("lstm", 0.5, 2.0)])
def test_norms_are_those_of_the_last_steps_taken_alone(cell, b_i, b_f):
    lags = [1, 2, 7, 30, 60]
    expected = of_last_steps(cell, b_i, b_f, seed=3, lags=lags)
    # Two biases at once, so that a mixture of the rows would show.
    forget_bias = None if b_f is None else np.array([0.0, b_f])
    whole = flow(cell, np.array([1.0, b_i]), forget_bias, seed=3)
    for part, row in zip(whole, expected, strict=True):
        np.testing.assert_allclose(part[1, np.array(lags) - 1], row / row[0], rtol=1e-9)


def test_cell_path_falls_like_the_power_of_the_gate_that_keeps():
    # At -6 the bias rules: 1 - i is near sigma(6) at every step.
    path = flow("cifg", np.array([-6.0]), None, seed=0).path[0]
    assert path[-1] == pytest.approx(sigmoid(np.array(6.0)) ** 59, rel=0.1)


def test_cell_path_alone_never_grows():
    biases = np.array([-4.0, 0.0, 2.0])
    for cell, forget_bias in (("cifg", None), ("lstm", -biases)):
        assert (np.diff(flow(cell, biases, forget_bias, seed=1).path) <= 0).all()


def test_lstm_that_writes_while_it_keeps_grows_and_one_that_does_not_falls_like_the_cifg():
    four = np.array([4.0])
    for seed in range(5):
        assert flow("lstm", 0 * four, four, seed).c[0, -1] > 2
        assert flow("lstm", -four, four, seed).c[0, -1] < 0.6
        assert 0.2 < flow("cifg", -four, None, seed).c[0, -1] < 0.4


def test_words_say_exactly_what_is_set():
    panel = gradient_flow()
    panel.controls["b_i"].value = -4.0
    assert "keeps about 0.982 a step" in panel.words
    assert "CIFG with b_i = -4.00: 0.66 at lag 20, 0.29 at lag 60" in panel.words
    assert "LSTM with b_f = +4.00, b_i = +0.00: 1.1 at lag 20" in panel.words
    panel.controls["lstm_b_i"].value = "as CIFG's"
    assert "LSTM with b_f = +4.00, b_i = -4.00: 0.66 at lag 20" in panel.words
    panel.controls["b_i"].value = 0.0
    assert "below 1e-06 at lag 60" in panel.words


def test_every_control_changes_the_picture_and_the_words():
    panel = gradient_flow()
    for name, value in (("b_i", -3.0), ("lstm_b_i", "as CIFG's"), ("of", "dL/dh")):
        before = panel.words, panel.png
        panel.controls[name].value = value
        assert panel.words != before[0]
        assert panel.png != before[1]


def test_either_gradient_can_be_seen():
    panel = gradient_flow()
    flows = [flow("cifg", np.array([-2.0]), None, seed) for seed in module.SEEDS]
    for of, name in (("dL/dc", "c"), ("dL/dh", "h")):
        panel.controls["of"].value = of
        ends = [getattr(one, name)[0, 19] for one in flows]
        mean = np.prod(ends) ** (1 / len(ends))
        assert f"Norm of {of}" in panel.words
        assert f"b_i = -2.00: {mean:.2g} at lag 20" in panel.words


def test_curve_is_the_geometric_mean_and_the_band_the_range_of_the_seeds(monkeypatch):
    monkeypatch.setattr(
        module, "Panel", lambda controls, figure, moving, update, redrawing: (moving, update)
    )
    moving, update = gradient_flow()
    update(-2.0, "0", "dL/dc")
    ends = [flow("cifg", np.array([-2.0]), None, seed).c[0, -1] for seed in module.SEEDS]
    band, _, whole = moving[:3]
    assert whole.get_ydata()[-1] == pytest.approx(np.prod(ends) ** (1 / len(ends)))
    corners = band.get_paths()[0].vertices
    last = corners[corners[:, 0] == STEPS][:, 1]
    assert (last.min(), last.max()) == pytest.approx((min(ends), max(ends)))
