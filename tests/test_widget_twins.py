"""The twins: tied they are one, and a free forget gate lets the LSTM leave [-1, 1] and count."""

import numpy as np
import pytest

from cifg_edu.errors import UserError
from cifg_edu.gates import sigmoid
from cifg_edu.model import ModelConfig, initialize_model
from cifg_edu.widgets.reading import untrained_reader
from cifg_edu.widgets.twins import bracket_reader, read_twins, twins, untie

TEXT = "(a+b)*(c-(d/(e+f)))"
# In plain Python: how many brackets are open after each character, and which came last.
DEPTH = np.cumsum([{"(": 1, ")": -1}.get(character, 0) for character in TEXT])
LAST = [
    1 if TEXT.rfind("(", 0, t + 1) > TEXT.rfind(")", 0, t + 1) else -1 for t in range(len(TEXT))
]


def test_tied_lstm_is_the_cifg_in_every_gate_cell_and_output():
    for reader, text in (bracket_reader(), TEXT), (untrained_reader("cifg"), "not to be"):
        cifg, lstm = read_twins(text, reader)
        for one, other in zip(cifg, lstm, strict=True):
            assert np.allclose(one, other, rtol=0, atol=1e-12)


def test_untie_puts_the_forget_block_second_with_a_minus_and_leaves_what_it_got():
    tied = {"Wx": np.ones((2, 3)), "Wh": np.array([[1.0, 2.0, 3.0]]), "b": np.array([4.0, 5, 6])}
    free = untie(tied, added=10.0)
    assert free["Wh"].tolist() == [[1, -1, 2, 3]]
    assert free["b"].tolist() == [4, 6, 5, 6]
    assert tied["b"].tolist() == [4, 5, 6]


def test_free_forget_gate_counts_open_brackets_and_the_cifg_knows_only_the_last():
    cifg, lstm = read_twins(TEXT, bracket_reader(), added=16)
    assert np.abs(lstm.c[:, 0] - DEPTH).max() < 0.01
    assert np.abs(cifg.c[:, 0] - LAST).max() < 0.01
    assert np.abs(lstm.c[:, 1] - DEPTH / 10).max() < 0.01
    assert np.abs(cifg.c).max() <= 1 < np.abs(lstm.c).max()


def test_added_bias_moves_the_forget_gate_and_no_other_where_nothing_comes_back():
    cifg, lstm = read_twins(TEXT, bracket_reader(), added=3)
    assert np.allclose(lstm.f, sigmoid(3 + np.log(cifg.f / cifg.i)), rtol=0, atol=1e-10)
    assert np.allclose(lstm.i, cifg.i, rtol=0, atol=1e-14)


def test_sliders_move_words_and_picture():
    panel = twins()
    assert "The cells differ by up to 0.000." in panel.words
    panel.controls["t"].value = 14
    for name, value, words in (
        ("added", 16.0, "c = 2.998, greatest |c| anywhere 2.998. The cells differ by up to 2.996."),
        ("t", 19, "Step 19 of 19, ')', unit depth. CIFG: i = 1.000, f = 0.000, c = -1.000"),
        ("unit", 3, "unit length. CIFG: i = 0.100, f = 0.900, c = 0.865"),
    ):
        before = panel.png
        panel.controls[name].value = value
        assert words in panel.words
        assert panel.png != before


def test_length_unit_counts_the_characters_of_a_verse_and_the_cifg_runs_out_of_steps():
    panel = twins("shall i compare thee to a summer's day?", unit=3)
    panel.controls["t"].value, panel.controls["added"].value = 39, 16.0
    assert "c = 0.984" in panel.words  # 1 - 0.9 ** 39
    assert "c = 3.9" in panel.words or "c = 3.89" in panel.words


def test_another_text_redraws_and_a_bad_one_leaves_the_picture_with_advice():
    panel = twins()
    panel.controls["text"].value = "((()))"
    assert panel.controls["t"].max == 6
    panel.draw()  # a new layout may shift a hair, once
    before = panel.png
    for text, advice in (
        ("(", "type two characters or more"),
        ("(A)", "never seen 'A'"),
        ("(" * 41, "room for 40: delete 1"),
    ):
        panel.controls["text"].value = text
        assert advice in panel.words
        assert panel.png == before


def test_trained_cifg_gets_a_twin_and_an_lstm_is_refused():
    config = ModelConfig("cifg", "abc", 5)
    parameters = initialize_model(np.random.default_rng(0), config)
    panel = twins("abcab", config, parameters)
    assert panel.controls["unit"].max == 5
    assert "differ by up to 0.000" in panel.words
    panel.controls["added"].value = 8.0
    assert "differ by up to 0.000" not in panel.words
    with pytest.raises(UserError, match="config and parameters of a CIFG"):
        twins("abcab", config._replace(cell="lstm"), parameters)
