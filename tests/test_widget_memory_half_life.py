"""How long a bias makes a cell remember, in numbers and in the panel."""

import numpy as np
import pytest

from cifg_edu.gates import sigmoid
from cifg_edu.initializers import chrono_bias
from cifg_edu.widgets.memory_half_life import (
    MARKS,
    chrono_biases,
    half_life,
    memory_half_life,
    share_kept,
)


@pytest.fixture
def panel():
    return memory_half_life()


def test_one_half_is_left_after_the_half_life():
    biases = np.linspace(-8, 4, 25)
    np.testing.assert_allclose((1 - sigmoid(biases)) ** half_life(biases), 0.5)


@pytest.mark.parametrize(("bias", "steps"), [(0.0, 1.0), (-1.0, 2.21), (1.0, 0.53), (-4.27, 49.9)])
def test_half_life_is_that_of_the_lesson(bias, steps):
    assert half_life(np.array(bias)) == pytest.approx(steps, abs=0.05)


def test_share_kept_is_f_multiplied_by_itself_and_exact_for_a_gate_almost_shut():
    np.testing.assert_allclose(
        share_kept(np.array(-1.0), np.arange(4)), 0.7311 ** np.arange(4), 1e-3
    )
    assert share_kept(np.array(-50.0), np.array(1e21)) == pytest.approx(np.exp(-np.exp(-50) * 1e21))


def test_chrono_biases_span_the_range_of_the_draws_in_equal_shares():
    ours, drawn = chrono_biases(100, 11), chrono_bias(np.random.default_rng(0), 20_000, 100)
    assert (ours[0], ours[-1]) == pytest.approx((0, -np.log(99)))
    assert ours[-1] <= drawn.min()
    assert drawn.max() <= ours[0]
    shares, _ = np.histogram(drawn, bins=ours[::-1])
    np.testing.assert_allclose(shares / 20_000, 0.1, atol=0.01)


def test_half_lives_of_chrono_units_reach_from_one_step_to_seven_tenths_of_the_longest_lag():
    assert half_life(chrono_biases(1000, 2)) == pytest.approx([1, 1000 * np.log(2)], rel=1e-3)


def test_bias_of_minus_one_is_marked_and_said_to_keep_f_at_0_731(panel):
    panel.controls["b_i"].value = -1.0
    assert f"({MARKS[-1.0][-1]}): i = 0.2689, f = 0.7311, half-life 2.21 steps" in panel.words


def test_bias_of_plus_one_is_said_to_mislead(panel):
    panel.controls["b_i"].value = 1.0
    assert "the LSTM's habit copied" in panel.words
    assert "f = 0.2689" in panel.words
    panel.controls["b_i"].value = 1.1
    assert "habit" not in panel.words


def test_longest_lag_moves_the_chrono_range_and_leaves_the_memory(panel):
    before = panel.words.split(" Chrono"), panel.png
    panel.controls["max_lag"].value = 1000
    memory, chrono = panel.words.split(" Chrono")
    assert memory == before[0][0]
    assert "biases from -6.91 to 0.00, half-lives from 1.0 to 692.8 steps" in chrono
    assert panel.png != before[1]


@pytest.mark.parametrize(("control", "step"), [("b_i", 0.1), ("max_lag", 1)])
def test_every_step_of_a_slider_changes_the_picture_and_back_again(panel, control, step):
    before = panel.words, panel.png
    panel.controls[control].value += step
    assert panel.words != before[0]
    assert panel.png != before[1]
    panel.controls[control].value -= step
    assert (panel.words, panel.png) == before


def test_lesson_may_say_where_the_sliders_stand():
    words = memory_half_life(bias=0.0, max_lag=3).words
    assert words.startswith("Bias 0.0: i = 0.5000")
    assert "T_max = 3: biases from -0.69 to 0.00" in words
