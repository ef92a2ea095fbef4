"""Two ways to clip a gradient, and the angles by which they turn it."""

import numpy as np
import pytest

from cifg_edu.widgets.clipped_vectors import clip_both, clipped_vectors


@pytest.fixture
def panel():
    return clipped_vectors()


def move(panel, **values):
    for name, value in values.items():
        panel.controls[name].value = value
    return panel.words


def test_clipping_by_value_turns_the_lesson_s_gradient_from_14_to_45_degrees():
    clipped = clip_both(np.array([4.0, 1.0]), 1.0)
    np.testing.assert_allclose(clipped.by_value, [1, 1])
    np.testing.assert_allclose(clipped.by_norm, np.array([4, 1]) / np.sqrt(17))
    assert clipped.turned_by_value == pytest.approx(45 - 14.036, abs=1e-3)


def test_clipping_by_norm_never_turns_and_by_value_turns_less_than_45_degrees():
    for gradient in np.random.default_rng(0).uniform(-6, 6, size=(200, 2)):
        clipped = clip_both(gradient, 0.5)
        assert abs(clipped.turned_by_norm) < 1e-12
        assert abs(clipped.turned_by_value) < 45


def test_angle_is_that_of_the_two_directions():
    for gradient in np.random.default_rng(1).uniform(-6, 6, size=(50, 2)):
        clipped = clip_both(gradient, 1.0)
        a, b = clipped.raw, clipped.by_value
        cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
        assert np.cos(np.radians(clipped.turned_by_value)) == pytest.approx(cosine)


def test_angle_is_positive_anticlockwise():
    assert clip_both(np.array([1.0, 4.0]), 1.0).turned_by_value < 0
    assert clip_both(np.array([-1.0, 4.0]), 1.0).turned_by_value > 0


@pytest.mark.parametrize("gradient", [(5, 0), (0, -5), (3, 3), (-4, 4), (0.3, 0.9)])
def test_axes_diagonals_and_the_inside_of_the_square_are_not_turned_by_value(gradient):
    assert clip_both(np.array(gradient, dtype=float), 1.0).turned_by_value == pytest.approx(0)


def test_words_say_both_angles(panel):
    assert "By value: (1.00, 1.00), length 1.41, turned by 31.0 degrees" in panel.words
    assert "By norm: (0.97, 0.24), length 1.00, turned by 0.0 degrees" in panel.words


def test_corner_of_the_square_is_clipped_by_norm_alone(panel):
    words = move(panel, first=0.8, second=0.9)
    assert "By value: (0.80, 0.90)" in words
    assert "By norm: (0.66, 0.75)" in words


def test_larger_limit_leaves_the_gradient_alone(panel):
    assert move(panel, limit=5.0).count("(4.00, 1.00), length 4.12, turned by 0.0 degrees") == 2


def test_zero_gradient_has_no_direction(panel):
    assert "no direction to turn" in move(panel, first=0.0, second=0.0)


@pytest.mark.parametrize("control", ["first", "second", "limit"])
def test_every_step_of_a_slider_changes_the_picture_and_back_again(panel, control):
    before = panel.words, panel.png
    move(panel, **{control: panel.controls[control].value + 0.1})
    assert panel.words != before[0]
    assert panel.png != before[1]
    move(panel, **{control: panel.controls[control].value - 0.1})
    assert (panel.words, panel.png) == before
