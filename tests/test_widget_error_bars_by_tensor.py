"""The errors of the phantom gate, tensor by tensor, and the panel that shows them."""

import re
from importlib import import_module

import numpy as np
import pytest

from cifg_edu.cifg import cifg_backward
from cifg_edu.phantom import phantom_backward
from cifg_edu.widgets.error_bars_by_tensor import (
    LONGEST,
    TENSORS,
    error_bars_by_tensor,
    tensor_errors,
)

# The package shows the function under the name of its module.
module = import_module("cifg_edu.widgets.error_bars_by_tensor")


@pytest.fixture(scope="module")
def panel():
    return error_bars_by_tensor()


def setting(panel, steps, start):
    panel.controls["steps"].value = steps
    panel.controls["start"].value = start
    return panel.words


@pytest.mark.parametrize("empty", [True, False])
@pytest.mark.parametrize("steps", range(1, LONGEST + 1))
def test_right_backward_is_right_in_every_tensor_and_setting(steps, empty):
    errors = tensor_errors(steps, empty).other
    assert tuple(errors) == TENSORS
    assert max(errors.values()) < 1e-8


def test_phantom_is_right_at_one_step_from_an_empty_cell_and_nowhere_else():
    blind = [
        (steps, empty)
        for steps in range(1, LONGEST + 1)
        for empty in (True, False)
        if max(tensor_errors(steps, empty).phantom.values()) < 1e-6
    ]
    assert blind == [(1, True)]


def test_phantom_has_only_c0_right_at_one_step_and_nothing_at_four():
    assert [n for n, e in tensor_errors(1, False).phantom.items() if e < 1e-6] == ["c0"]
    assert min(tensor_errors(4, False).phantom.values()) > 0.01


def test_phantom_misses_by_about_a_tenth_at_six_steps():
    errors = tensor_errors(6, False).phantom
    assert 0.02 < np.median(list(errors.values())) < 0.5


def test_words_say_who_fails_where(panel):
    words = setting(panel, 1, "zero")
    assert "phantom passes, every tensor below 1e-8; right backward passes" in words
    words = setting(panel, 1, "random")
    assert re.search(r"phantom FAILS at x 0\.\d+, h0 0\.\d+, Wx .*, and is right at c0;", words)
    words = setting(panel, 4, "random")
    assert "c0 0." in words
    assert "is right at" not in words


def test_each_control_changes_the_picture_and_the_words(panel):
    setting(panel, 2, "random")
    for name, value in (("steps", 3), ("start", "zero")):
        before = panel.words, panel.png
        panel.controls[name].value = value
        assert panel.words != before[0]
        assert panel.png != before[1]


def test_a_bar_reaches_its_error_and_carries_its_number(monkeypatch):
    monkeypatch.setattr(module, "Panel", lambda controls, figure, moving, update: (moving, update))
    moving, update = error_bars_by_tensor()
    update(4, "random")
    errors = tensor_errors(4, False)
    bars, marks = moving[:12], moving[12:]
    for bar, error in zip(bars, [*errors.phantom.values(), *errors.other.values()], strict=True):
        assert bar.get_y() + bar.get_height() == pytest.approx(error, abs=1e-12)
    assert [mark.get_text() for mark in marks[6:]] == [""] * 6
    assert marks[0].get_text() == f"{errors.phantom['x']:.2g}"


def test_own_backward_is_called_yours_and_a_nan_in_it_fails():
    def own(dh, Wx, Wh, caches):
        back = phantom_backward(dh, Wx, Wh, caches)[0]
        return back._replace(db=np.full_like(back.db, np.nan))

    words = setting(error_bars_by_tensor(own), 1, "zero")
    assert "phantom passes" in words
    assert "your backward FAILS at b nan, and is right at x, h0, c0, Wx, Wh" in words


def test_own_backward_may_return_a_plain_tuple():
    own = error_bars_by_tensor(lambda *arguments: tuple(cifg_backward(*arguments)))
    assert "your backward passes" in setting(own, 3, "random")
