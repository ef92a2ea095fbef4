"""examine is right about cells from outside, and silent or honest where it does not know."""

import pytest

from cifg_edu.__main__ import main
from cifg_edu.errors import UserError
from cifg_edu.examine import Adapter, examine
from tests.outside_cells import (
    broken_bias,
    broken_candidate,
    broken_carry,
    broken_output,
    broken_phantom,
    broken_sign,
    builder,
    coupled_forget,
    no_cells,
    operator,
    peepholes,
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
