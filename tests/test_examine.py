"""examine is right about cells from outside, and silent or honest where it does not know."""

import numpy as np
import pytest

from cifg_edu.__main__ import main
from cifg_edu.errors import UserError
from cifg_edu.examine import Adapter, examine
from cifg_edu.examine.adapter import adapt, resize
from tests.outside_cells import (
    broken_bias,
    broken_candidate,
    broken_carry,
    broken_output,
    broken_phantom,
    broken_sign,
    builder,
    coupled_forget,
    minimal,
    no_cells,
    operator,
    peepholes,
    swapped,
    tagger,
    torch_like,
)

RIGHT = {
    "torch-like": (torch_like.lstm_cell, "LSTM", "order i, f, g, o", "two biases"),
    "builder": (builder.Builder, "CIFG", "f = 1 - i", "weights for each gate"),
    "tagger": (tagger.step, "CIFG", "f = 1 - i", "order i, g, o"),
    "coupled forget": (coupled_forget.coupled_step, "CIFG", "i = 1 - f", "It returns c before h"),
    "operator": (operator.lstm_input_forget, "CIFG", "a block that changes nothing", "as rows"),
    "peepholes": (peepholes.cell, "CIFG", "Peepholes: 2", "one bias"),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_cell_is_told_with_its_order_and_layout(name):
    cell, kind, *words = RIGHT[name]
    report = examine(cell)
    assert report.kind == kind
    assert not report.faults
    for word in words:
        assert word in str(report)


BROKEN = {
    "phantom": (broken_phantom.step, "CIFG", "part of the input gate", "the phantom gate"),
    "sign": (broken_sign.Cell, "CIFG", "dW is wrong in the part of the input gate", "db is wrong"),
    "carry": (broken_carry.step, "LSTM", "dc is wrong", "dWx is wrong"),
    "candidate": (
        broken_candidate.step,
        "CIFG",
        "squashed by a sigmoid",
        "As a cifg_step: h is wrong",
    ),
    "output": (broken_output.RNNCell, "LSTM", "h = o * c", "with a mistake"),
    "bias": (broken_bias.step, "CIFG", "db is wrong in the part of the output gate", "candidate"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_cell_is_told_with_what_is_wrong(name):
    cell, kind, *words = BROKEN[name]
    report = examine(cell)
    assert report.kind == kind
    assert report.faults
    for word in words:
        assert word in str(report)


NO_CELLS = {
    "leaky": (no_cells.leaky, "It is no cell that is known here"),
    "random": (no_cells.random, "other results for the same arguments"),
}


@pytest.mark.parametrize("name", NO_CELLS)
def test_what_is_no_known_cell_is_given_no_name(name):
    function, words = NO_CELLS[name]
    report = examine(function)
    assert report.kind == ""
    assert words in str(report)


@pytest.mark.parametrize("given", [sorted, 3.5, lambda: 1, no_cells.dense])
def test_what_cannot_be_called_gets_a_sentence_with_an_adapter_or_what_to_give(given):
    with pytest.raises(UserError, match=r"small adapter|no cell: give a function"):
        examine(given)


def test_an_adapter_makes_any_cell_examinable():
    def step(x, h, c, weights):
        new_c, new_h = coupled_forget.coupled_step(x, (h, c), weights["k"], weights["b"])
        return new_h, new_c

    report = examine(Adapter(step, {"k": (8, 15), "b": (15,)}))
    assert report.kind == "CIFG"
    assert "It returns c before h" not in str(report)


def test_the_command_examines_a_cell_of_a_file_and_counts_faults_in_its_exit_code(capsys):
    folder = "tests/outside_cells"
    assert main(["examine", f"{folder}/tagger.py:step"]) == 0
    assert "This is a CIFG" in capsys.readouterr().out
    assert main(["examine", f"{folder}/broken_sign.py:Cell"]) == 1


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("nowhere.py:step", "names no cell: give a file and a name in it"),
        ("tests/outside_cells/tagger.py", "names no cell"),
        ("tests/outside_cells/tagger.py:nothing", "give one of init_weights, step"),
    ],
)
def test_a_place_that_holds_no_cell_gets_a_sentence(place, words, capsys):
    assert main(["examine", place]) == 2
    assert words in capsys.readouterr().err


def test_a_backward_pass_beside_a_step_that_returns_c_first_is_told_right():
    report = examine(swapped.step)
    assert report.kind == "CIFG"
    assert "Its backward pass belongs to it" in str(report)


def test_a_backward_pass_that_adds_to_its_gradients_is_told_right_and_a_wrong_one_is_not():
    assert not examine(minimal.Minimal).faults
    assert examine(minimal.Wrong).faults == ("dV is wrong.",)


D, H = 4, 7
SIZED = {
    "one block": (torch_like.lstm_cell, "w_hh", (4 * H, H)),
    "a dictionary": (tagger.step, "Wi", (H, D)),
    "a class": (minimal.Minimal, "W", (D + H, H)),
    "a direction": (operator.lstm_input_forget, "R", (1, 4 * H, H)),
    "a block for two gates": (minimal.step, "b", (2 * H,)),
    "an adapter": (Adapter(minimal.step, {"W": (1, 8, 15), "b": (15,)}), "W", (1, D + H, 3 * H)),
}


@pytest.mark.parametrize("name", SIZED)
def test_a_cell_is_made_for_other_sizes(name):
    cell, weight, shape = SIZED[name]
    sized = resize(adapt(cell), D, H)
    assert sized.shapes[weight] == shape
    if not isinstance(cell, Adapter):
        weights = {key: np.ones(shape) for key, shape in sized.shapes.items()}
        h, _ = sized.step(np.ones((2, D)), np.ones((2, H)), np.ones((2, H)), weights)
        assert h.shape == (2, H)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (minimal.Minimal(3, 5), "An object has one size: give its class, Minimal"),
        (Adapter(minimal.step, {"W": (7, 5)}), "An axis of 7 is not understood: give D = 3"),
    ],
)
def test_a_cell_of_one_size_says_what_to_give_for_others(cell, words):
    with pytest.raises(UserError, match=words):
        resize(adapt(cell), D, H)
