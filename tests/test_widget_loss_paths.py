"""Three ways down a bowl: the walks, what is drawn of one that explodes, and the panel."""

import numpy as np
import pytest

from cifg_edu.optimizers import adam_step, clip_by_global_norm
from cifg_edu.widgets.loss_paths import REACH, START, bowl, descend, loss_paths, where_it_leaves


@pytest.fixture
def panel():
    return loss_paths()


def move(panel, **values):
    for name, value in values.items():
        panel.controls[name].value = value
    return panel.words


def sgd(rate):
    return lambda p, g, memory: ({"p": p["p"] - rate * g["p"]}, memory)


def lines(panel):
    """What the picture holds of the paths: the ends of each line, by colour's order."""
    axes = panel._stage._figure.axes[0]
    return [np.array(line.get_data()).T for line in axes.lines]


def test_bowl_is_the_lesson_s():
    assert bowl(np.array(START), 40) == 0.5 * (16 + 40 * 4)


def test_descent_shrinks_each_coordinate_by_one_minus_rate_times_curvature():
    path = descend(sgd(0.04), None, 40, steps=5)
    expected = np.array(START) * np.array([1 - 0.04, 1 - 0.04 * 40]) ** np.arange(6)[:, None]
    np.testing.assert_allclose(path, expected)


def test_path_that_comes_back_has_not_left():
    assert where_it_leaves(np.array([[0, 0], [9, 0], [1, 1.0]])) is None
    assert where_it_leaves(np.array([[0, 0], [9, 0], [1, 1], [0, 4], [0, 5.0]])) == 3


@pytest.mark.parametrize("steepness", [1, 10, 40, 100])
def test_sgd_explodes_above_the_bound_and_not_below(steepness):
    def last(rate):
        return bowl(descend(sgd(rate), None, steepness, 400)[-1], steepness)

    assert last(1.9 / steepness) < bowl(np.array(START), steepness) / 100
    assert last(2.1 / steepness) > 1e6


def test_words_say_that_sgd_explodes_and_the_others_do_not(panel):
    words = move(panel, step=100)
    assert "must be below 2/40 = 0.050. After 100 steps: " in words
    # y is multiplied by 1 - 0.06 * 40 = -1.4 at each step, from 2; the rest is lesson 09's.
    loss = f"{40 * (2 * 1.4**100) ** 2 / 2:.1e}"
    assert f"SGD (rate 0.060): explodes, loss {loss}, out of the picture since step 2" in words
    assert "SGD, clipped (limit 5): loss 0.45; Adam (rate 0.30): loss 2.5e-05." in words


def test_words_agree_with_the_walk_at_a_rate_that_holds(panel):
    loss = bowl(descend(sgd(0.045), None, 40)[-1], 40)
    assert f"SGD (rate 0.045): loss {loss:.1e}" in move(panel, rate=0.045, step=100)


@pytest.mark.parametrize("steepness", [1, 40, 100])
@pytest.mark.parametrize("rate", [0.005, 0.06, 0.2])
def test_what_is_drawn_stays_in_the_picture(panel, rate, steepness):
    move(panel, rate=rate, conditioning=steepness, step=100)
    for points in lines(panel):
        assert np.isfinite(points).all()
        # SGD overshoots by little before it leaves; where it does, the line ends on the frame.
        assert (np.abs(points[-1]) <= REACH + 1e-9).all()


def test_exploding_path_ends_in_a_cross_on_the_frame(panel):
    axes = panel._stage._figure.axes[0]
    ends = [line for line in axes.lines if len(line.get_xdata()) == 1]
    crosses = [line for line in ends if line.get_marker() == "X"]
    assert len(crosses) == 1
    assert crosses[0].get_ydata()[0] == pytest.approx(REACH[1])
    move(panel, rate=0.02)
    assert not [line for line in ends if line.get_marker() == "X"]


def test_no_steps_leave_all_three_at_the_start(panel):
    assert move(panel, step=0).count("loss 88.00") == 3


def test_student_s_own_functions_do_the_walking():
    calls = []

    def clip(gradients, max_norm):
        calls.append(max_norm)
        return clip_by_global_norm(gradients, max_norm)

    def backwards(parameters, gradients, state, rate):
        return adam_step(parameters, gradients, state, -rate)

    words = loss_paths(clip, backwards, max_norm=2.0).words
    assert set(calls) == {2.0}
    assert "Adam (rate 0.30): explodes" in words
    assert "clipped (limit 2): loss" in words


@pytest.mark.parametrize(
    ("control", "step"), [("rate", 0.005), ("adam_rate", 0.02), ("conditioning", 1), ("step", 1)]
)
def test_every_step_of_a_slider_changes_the_picture_and_back_again(panel, control, step):
    before, value = (panel.words, panel.png), panel.controls[control].value
    move(panel, **{control: value + step})
    assert panel.words != before[0]
    assert panel.png != before[1]
    move(panel, **{control: value})
    assert (panel.words, panel.png) == before
