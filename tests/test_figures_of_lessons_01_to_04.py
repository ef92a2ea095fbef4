"""Figures in the prose of a lesson, each computed here or read from what the lesson printed."""

import re
from pathlib import Path

import matplotlib
import numpy as np
import pytest

from cifg_edu.cifg import cifg_step
from cifg_edu.gates import sigmoid
from cifg_edu.initializers import count_parameters
from cifg_edu.lstm import lstm_step, lstm_step_backward
from cifg_edu.pictures import COLOUR_SCALES
from tests.lesson_texts import printed, source

HOME = Path(__file__).parent.parent
# What is computed: a gate that keeps half for 100 steps, the step with a pencil, a keyboard's cell.
SLOW = 1 - 0.5 ** (1 / 100)
PENCIL = cifg_step(
    *(np.array([[number]]) for number in (1.0, 0.5, -0.4)),
    np.array([[1.0, 0.0, 2.0]]),
    np.array([[-2.0, 1.0, 1.0]]),
    np.array([0.0, 0.5, -0.5]),
)
CELL, PROJECTION = 3 * 670 * (96 + 96 + 1), 670 * 96
APART = max(n for n in range(1, 100) if 0.1 * 0.9 ** (n - 1) >= 0.01)


@pytest.mark.parametrize(
    ("lesson", "sentence"),
    [
        (1, rf"$i = 1 - 0.5^{{1/100}} \approx {SLOW:.4f}$"),
        (1, f"a pre-activation of about ${np.log(SLOW / (1 - SLOW)):.2f}$"),
        (1, f"{count_parameters(96, 670, 3):,}".replace(",", "{,}")),
        (1, f"= {CELL:,}".replace(",", "{,}")),
        (1, f"= {PROJECTION:,}".replace(",", "{,}")),
        (1, f"that makes {10_000 * 96 + CELL + PROJECTION:,}, which fits"),
        (2, rf"$\sigma(0) = {sigmoid(np.array(0.0))}$, $\sigma(1) = {sigmoid(np.array(1.0)):.3f}$"),
        (2, rf"$\tanh(2) = {np.tanh(2):.3f}$ and $\tanh(0.282) = {np.tanh(0.282):.3f}$"),
        (2, f"| $c_t$ | $0.5 \\cdot (-0.4) + 0.5 \\cdot 0.964$ | {PENCIL[1].item():.3f} |"),
        (2, f"| $h_t$ | $0.731 \\cdot 0.275$ | {PENCIL[0].item():.3f} |"),
        (2, rf"< \tanh(1) = {np.tanh(1):.3f}$"),
        (2, f"about ${1e9 * sigmoid(np.array(-20.0)):.0f} \\cdot 10^{{-9}}$"),
        (2, f"the shares sum to {0.5 + sigmoid(np.array(1.0)):.3f}"),
        (2, f"(2 + 3 + 1) = {count_parameters(2, 3, 3)}$"),
        (2, f"the {count_parameters(2, 3, 1)} numbers of the input gate"),
        (2, rf"$\tanh(3) = {np.tanh(3):.3f}$"),
        (3, f"after 1, {np.log(0.5) / np.log(0.9):.1f} and {np.log(0.5) / np.log(0.98):.1f} steps"),
        (3, rf"\approx {np.log(0.5) / np.log(0.95):.1f}$ steps"),
        (3, rf"\approx {np.log(0.01) / np.log(0.95):.1f}$ until"),
        (3, f"it takes {np.log(0.01) / np.log(0.5):.2f} half-lives"),
        (3, f"= {count_parameters(65, 128, 3):,}".replace(",", "{,}")),
        (4, f"at least 0.01 apart up to $n = {APART}$"),
        (4, f"H = 128$, give {count_parameters(65, 128, 3):,} for the CIFG and "),
        (4, f"{count_parameters(65, 128, 4):,} for the LSTM"),
        (4, rf"\approx {-33 + np.sqrt(33**2 + count_parameters(65, 128, 4) / 3):.1f}$"),
        (4, rf"\sqrt{{4/3}} \approx {np.sqrt(4 / 3):.3f}$"),
        (4, f"Not a third more but {100 * (152 / 128 - 1):.0f} % more"),
        (4, f"$f = \\sigma(1) = {sigmoid(np.array(1.0)):.3f}$"),
        (4, f"$f = \\sigma(-1) = {sigmoid(np.array(-1.0)):.3f}$"),
        (4, f'with +1, "\n     "{100 * sigmoid(np.array(-1.0)) ** 2:.0f} percent'),
        (4, f"{0.1 * 0.9**10:.3f} after 10 steps, and {0.1 * 0.9**100:.7f} after 100"),
    ],
)
def test_a_figure_in_the_prose_is_the_computed_one(lesson, sentence):
    assert sentence in source(lesson).read_text(encoding="utf-8")


def test_lesson_01_says_how_near_the_means_lie_and_that_one_models_repetitions_differ_more():
    runs = re.findall(r"\): \[([\d., ]+)\],$", source(1).read_text(encoding="utf-8"), re.MULTILINE)
    losses = np.array([[float(loss) for loss in run.split(",")] for run in runs])
    assert losses.shape == (3, 5)
    assert "three means lie within 0.02 nats" in source(1).read_text(encoding="utf-8")
    assert np.ptp(losses.mean(axis=1)) < 0.02 < np.ptp(losses, axis=1).min()


def test_the_sonnets_are_as_long_in_lesson_03_as_lesson_10_prints():
    [length] = re.findall(r"Sonnets, ([\d,]+) characters", printed(10))
    assert f"about {round(int(length.replace(',', '')), -3):,} characters" in source(3).read_text(
        encoding="utf-8"
    )


def test_tanh_is_1_to_twelve_digits_from_15_on():
    assert "1 to twelve digits from 15 on" in source(4).read_text(encoding="utf-8")
    assert round(np.tanh(15), 12) == 1 > round(np.tanh(14), 12)


def tied_gradients(c_prev):
    """dWf + dWi of a tied LSTM of one unit, for each c_prev apart; and g, the same for all."""
    x, h_prev = np.ones((len(c_prev), 1)), np.zeros((len(c_prev), 1))
    Wx, Wh, b = np.array([[0.3, -0.3, 0.2, 0.5]]), np.zeros((1, 4)), np.zeros(4)  # i, f, o, g
    _, _, cache = lstm_step(x, h_prev, c_prev, Wx, Wh, b)
    one_at_a_time = np.eye(len(c_prev))[:, :, None]
    each = [lstm_step_backward(0 * dc, dc, Wx, Wh, cache).dWx for dc in one_at_a_time]
    return np.array([dWx[0, 0] + dWx[0, 1] for dWx in each]), cache.g[0, 0]


def test_a_tied_lstm_stays_tied_where_c_prev_is_minus_g_and_also_where_differences_cancel():
    g = tied_gradients(np.zeros((1, 1)))[1]
    parts, _ = tied_gradients(np.array([[-g], [-g]]))
    assert np.allclose(parts, 0)  # sufficient
    parts, _ = tied_gradients(np.array([[0.3 - g], [-0.3 - g]]))
    assert np.all(np.abs(parts) > 0.01)
    assert np.isclose(parts.sum(), 0)  # and not necessary
    parts, _ = tied_gradients(np.array([[0.3], [0.1]]))
    assert abs(parts.sum()) > 0.01  # and in general it is not so


def test_a_colour_scale_of_gates_or_signed_values_is_named_in_one_place():
    named = {}
    for path in (*HOME.glob("lessons/source/*.md"), *HOME.glob("cifg_edu/**/*.py")):
        for name in re.findall(r'"(\w+)"', path.read_text(encoding="utf-8")):
            # "Greys" is for counts and marks, and "grey" is the name of a colour as well.
            if name in matplotlib.colormaps and name not in ("Greys", "grey"):
                named.setdefault(path.name, set()).add(name)
    assert named == {"pictures.py": set(COLOUR_SCALES.values())}
