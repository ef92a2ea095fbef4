"""A cell reads: the trace is the cell's own, the hand-set units do their jobs, controls answer."""

import io

import numpy as np
import pytest
from PIL import Image

from cifg_edu.cifg import cifg_step
from cifg_edu.errors import UserError
from cifg_edu.lstm import lstm_step
from cifg_edu.model import ModelConfig, initialize_model
from cifg_edu.training import Trainer, TrainingOptions
from cifg_edu.widgets.reading import as_reader, complaint, trace, untrained_reader
from cifg_edu.widgets.time_scrubber import time_scrubber, word_reader

TEXT = "to be or not to be"


def model(cell="cifg", characters="abcd", hidden_size=3, embedding_size=None):
    config = ModelConfig(cell, characters, hidden_size, embedding_size)
    return config, initialize_model(np.random.default_rng(1), config)


def pixels(panel):
    return np.asarray(Image.open(io.BytesIO(panel.png)), dtype=float)


def signs(text, unit):
    return "".join("+" if value > 0 else "-" for value in trace(text, word_reader()).c[:, unit])


@pytest.mark.parametrize(("cell", "step"), [("cifg", cifg_step), ("lstm", lstm_step)])
@pytest.mark.parametrize("embedding_size", [None, 5])
def test_trace_is_what_the_step_gives_character_by_character(cell, step, embedding_size):
    config, parameters = model(cell, embedding_size=embedding_size)
    found = trace("badca", as_reader(config, parameters))
    h = c = np.zeros((1, 3))
    for t, character in enumerate("badca"):
        x = np.eye(4)[["abcd".index(character)]]
        x = x if embedding_size is None else x @ parameters["embedding"]
        h, c, cache = step(x, h, c, parameters["Wx"], parameters["Wh"], parameters["b"])
        for name in "iogch":
            expected = h if name == "h" else getattr(cache, name)
            assert np.allclose(getattr(found, name)[t], expected[0], rtol=0, atol=1e-14)
        f = 1 - cache.i if cell == "cifg" else cache.f
        assert np.allclose(found.f[t], f[0], rtol=0, atol=1e-14)
    assert found.c.shape == (5, 3)


@pytest.mark.parametrize("unit", [0, 1, 3])
def test_units_set_by_hand_do_the_jobs_of_lesson_03(unit):
    for text in TEXT, "a quiet, tulip isn't out!":
        assert signs(text, unit) == expected(text, unit)


def expected(text, unit):
    """The jobs in plain Python, with no cell."""
    answer, on, words = "", False, 0
    for character in text:
        on = (on or character == "t") and character != " "
        words += character == " "
        answer += "+" if (on, character in "aeiou", None, words % 2 == 0)[unit] else "-"
    return answer


def test_running_mean_unit_mixes_a_fifth_at_each_step():
    c, mean = trace(TEXT, word_reader()).c[:, 2], 0.0
    for t, character in enumerate(TEXT):
        mean = 0.8 * mean + 0.2 * np.tanh(3.0 if character in "aeiou" else -3.0)
        assert c[t] == pytest.approx(mean, abs=1e-12)


def test_slider_for_time_and_picker_for_the_unit_move_words_and_picture():
    panel = time_scrubber()
    assert panel.words.startswith("Step 10 of 18, 'n', unit 1 of 4, t in word: i = 0.000, f = 1.0")
    before = panel.png
    panel.controls["t"].value = 3
    assert panel.words.startswith("Step 3 of 18, '␣'")
    assert "i = 1.000, f = 0.000, o = 1.000, c = -0.994" in panel.words
    assert panel.png != before
    before = panel.png
    panel.controls["unit"].value = 4
    assert "unit 4 of 4, odd word" in panel.words
    assert panel.png != before


def test_words_are_the_numbers_of_the_trace():
    panel = time_scrubber()
    panel.controls["cell"].value = "untrained LSTM"
    panel.controls["t"].value, panel.controls["unit"].value = 5, 7
    found = trace(TEXT, untrained_reader("lstm"))
    numbers = ", ".join(f"{name} = {getattr(found, name)[4, 6]:.3f}" for name in "ifoch")
    assert panel.words == f"Step 5 of 18, 'e', unit 7 of 8: {numbers}"


def test_another_text_or_cell_redraws_and_keeps_the_sliders_within_it():
    panel = time_scrubber()
    panel.controls["t"].value = 18
    before = panel.png
    panel.controls["text"].value = "a tot"
    assert panel.words.startswith("Step 5 of 5, 't'")
    assert panel.controls["t"].max == 5
    assert panel.png != before
    panel.controls["cell"].value = "untrained CIFG"
    panel.controls["unit"].value = 8
    panel.controls["cell"].value = "set by hand (CIFG)"
    assert panel.controls["unit"].value == panel.controls["unit"].max == 4
    assert "unit 4 of 4" in panel.words


def test_text_that_will_not_do_gets_advice_and_leaves_the_picture():
    panel = time_scrubber()
    before = pixels(panel)
    for text, advice in (
        ("", "type two characters or more"),
        ("a", "type two characters or more"),
        ("to Be", "never seen 'B': use only ␣!',.?abc"),
        ("a" * 83, "83 characters and the picture has room for 80: delete 3"),
    ):
        panel.controls["text"].value = text
        assert advice in panel.words
        panel.controls["t"].value += 1
        assert np.abs(pixels(panel) - before).mean() < 1  # a new layout shifts a hair
    panel.controls["t"].value = 2
    panel.controls["text"].value = "to be"
    assert panel.words.startswith("Step 2 of 5, 'o'")
    assert np.abs(pixels(panel) - before).mean() > 5


def test_longest_text_is_read_and_text_given_by_the_lesson_may_be_wrong_too():
    panel = time_scrubber("ab " * 26 + "ab")
    assert panel.words.startswith("Step 41 of 80")
    assert "type two characters" in time_scrubber("").words
    assert complaint("a" * 80, word_reader(), 80) == ""


def test_trained_model_comes_first_with_its_own_characters():
    trainer = Trainer("abcab" * 60, TrainingOptions(hidden_size=33, steps=8, batch_size=4))
    panel = time_scrubber("abca", trainer.config, trainer.engine.parameters)
    assert panel.controls["cell"].value == "yours"
    assert "unit 1 of 33" in panel.words
    panel.controls["text"].value = "abd"
    assert "use only abc (" in panel.words
    config, parameters = model(hidden_size=1)
    assert "unit 1 of 1" in time_scrubber("ab", config, parameters).words


def test_weights_of_another_cell_are_refused_with_the_shape_that_is_wanted():
    config, parameters = model()
    with pytest.raises(UserError, match=r"Wx must have the shape \(4, 12\) for a lstm of 3 units"):
        time_scrubber("ab", config._replace(cell="lstm"), parameters)
    with pytest.raises(UserError, match="give config and parameters of the same"):
        time_scrubber("ab", config)
