"""The curve of a numerical gradient's error: its numbers, its two laws, and its panel."""

import re
from importlib import import_module

import numpy as np
import pytest

from cifg_edu.gradcheck import numerical_gradient, relative_error
from cifg_edu.widgets.gradient_check_curve import (
    FORMULAS,
    PRECISIONS,
    STEPS,
    gradient_check_curve,
    measure_losses,
    valley,
)

# The package shows the function under the name of its module.
module = import_module("cifg_edu.widgets.gradient_check_curve")


def cubes(x):
    """A function whose gradient is 3 x^2, and whose third derivative is 6 everywhere."""
    return (x**3).sum()


X = np.array([[0.5, -1.0, 0.8], [1.2, -0.3, 0.9]])
LOSSES = {name: measure_losses(cubes, X, STEPS, name) for name in PRECISIONS}
VALLEYS = {
    (precision, formula): valley(LOSSES, 3 * X**2, precision, formula)
    for precision in PRECISIONS
    for formula in FORMULAS
}


def test_measured_error_is_that_of_the_gradient_check():
    for k in (8, 20, 28, 40):
        by_hand = relative_error(3 * X**2, numerical_gradient(cubes, X, STEPS[k]))
        assert VALLEYS["float64", "central"].errors[k] == pytest.approx(by_hand, rel=1e-12)


def test_one_sided_differences_look_ahead():
    k = 46  # a coarse step, at which (f(x + s) - f(x)) / s is far from (f(x) - f(x - s)) / s
    ahead = 3 * X**2 + 3 * X * STEPS[k] + STEPS[k] ** 2
    expected = relative_error(3 * X**2, ahead)
    assert VALLEYS["float64", "one-sided"].errors[k] == pytest.approx(expected, rel=1e-9)


def test_truncation_of_cubes_is_the_square_of_the_step():
    # (f(x + s) - f(x - s)) / 2s is 3 x^2 + s^2 exactly, for each of the six elements.
    expected = np.sqrt(6) * STEPS**2 / (2 * np.linalg.norm(3 * X**2))
    np.testing.assert_allclose(VALLEYS["float64", "central"].truncation, expected, rtol=1e-3)


@pytest.mark.parametrize("key", VALLEYS)
def test_two_laws_together_follow_the_measurement_wherever_the_gradient_is_not_lost(key):
    errors, truncation, rounding, _ = VALLEYS[key]
    law = truncation + rounding
    seen = law < 0.05
    assert seen.sum() > 15
    np.testing.assert_array_less(errors[seen], 4 * law[seen])
    np.testing.assert_array_less(law[seen], 4 * errors[seen] + 1e-300)


@pytest.mark.parametrize(
    ("precision", "formula", "least", "greatest"),
    [
        ("float64", "central", 1e-6, 1e-4),
        ("float64", "one-sided", 1e-9, 1e-7),
        ("float32", "central", 1e-3, 1e-1),
        ("float32", "one-sided", 1e-4, 1e-2),
    ],
)
def test_best_step_is_where_the_theory_puts_it(precision, formula, least, greatest):
    chosen = VALLEYS[precision, formula]
    assert least < chosen.best < greatest
    law = chosen.truncation + chosen.rounding
    assert STEPS[np.argmin(law)] == pytest.approx(chosen.best, rel=0.4)


def test_words_promise_no_bound_that_the_measurement_breaks():
    panel = gradient_check_curve(cubes, 3 * X**2, X)
    seen = 0
    for precision in PRECISIONS:
        for formula in FORMULAS:
            panel.controls["precision"].value = precision
            panel.controls["formula"].value = formula
            for k in range(0, len(STEPS), 6):
                panel.controls["step"].value = STEPS[k]
                bound = re.search(r"below (1e-\d+)", panel.words)
                if bound:
                    assert VALLEYS[precision, formula].errors[k] < float(bound[1])
                    seen += 1
    assert seen > 8


def test_words_say_which_error_rules_and_whether_the_check_passes():
    panel = gradient_check_curve()
    assert panel.words.startswith("central, float64, step 1.0e-05: relative error below 1e-9")
    assert "rounding: passes" in panel.words
    assert "About 6 of the loss's 16 digits" in panel.words
    assert "best step is about 3e-05" in panel.words
    panel.controls["step"].value = 1e-1
    assert "relative error 1.4e-04, all of it truncation: fails" in panel.words
    panel.controls["step"].value = 1e-11
    assert "most of it rounding: fails" in panel.words
    panel.controls["precision"].value = "float32"
    assert "lost in rounding" in panel.words
    assert "7 of the loss's 7 digits" in panel.words


def test_every_control_changes_the_picture_and_the_words():
    panel = gradient_check_curve()
    for name, value in (("step", 1e-4), ("formula", "one-sided"), ("precision", "float32")):
        before = panel.words, panel.png
        panel.controls[name].value = value
        assert panel.words != before[0]
        assert panel.png != before[1]


def test_a_wrong_gradient_of_the_students_shows_at_every_step():
    panel = gradient_check_curve(cubes, 1.1 * 3 * X**2, X)
    for step in (1e-8, 1e-5, 1e-3):
        panel.controls["step"].value = step
        assert "relative error 4.8e-02, more than both laws explain" in panel.words


def test_point_stands_on_the_curve_and_the_losses_are_those_of_the_step(monkeypatch):
    monkeypatch.setattr(module, "Panel", lambda controls, figure, moving, update: (moving, update))
    moving, update = gradient_check_curve(cubes, 3 * X**2, X)
    curve, truncation, _, point, digits = moving
    update(1e-3, "one-sided", "float64")
    chosen = VALLEYS["float64", "one-sided"]
    np.testing.assert_array_equal(curve.get_ydata(), chosen.errors)
    np.testing.assert_array_equal(truncation.get_ydata(), chosen.truncation)
    assert point.get_xdata() == pytest.approx([1e-3])
    assert point.get_ydata() == pytest.approx([chosen.errors[36]])
    moved = X.copy()
    moved[1, 0] += 1e-3  # the steepest element
    above, behind, slope = map(float, digits.get_text().split())
    assert above == pytest.approx(cubes(moved), abs=1e-14)
    assert behind == pytest.approx(cubes(X), abs=1e-14)
    assert slope == pytest.approx((cubes(moved) - cubes(X)) / 1e-3, abs=1e-8)
