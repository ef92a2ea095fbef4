"""Which characters matter: the gradient for each, what the slider shows, what the words say."""

import re

import numpy as np
import pytest

from cifg_edu.errors import UserError
from cifg_edu.losses import softmax
from cifg_edu.model import ModelConfig, embed, find_cell, forward_pass, initialize_model
from cifg_edu.text import encode
from cifg_edu.widgets.coloured_text import small_model
from cifg_edu.widgets.which_characters import (
    character_gradients,
    in_words,
    look,
    which_characters,
)

TEXT = "the keeper keeps the gate\nbeside"


def model(cell, embedding_size=None):
    config = ModelConfig(cell, "".join(sorted(set(TEXT))), 5, embedding_size)
    return initialize_model(np.random.default_rng(0), config), config


def log_p(parameters, config, x, came):
    zeros = np.zeros((1, config.hidden_size))
    done = forward_pass(find_cell(config.cell), parameters, x, zeros, zeros)
    return np.log(softmax(done.outputs[-1, 0])[came])


@pytest.mark.parametrize("cell", ["cifg", "lstm"])
@pytest.mark.parametrize("embedding_size", [None, 3])
def test_gradients_agree_with_central_differences_of_every_input(cell, embedding_size):
    parameters, config = model(cell, embedding_size)
    ids = encode(TEXT[:7], config.characters)
    p, norms = character_gradients((parameters, config), ids[:, None], np.array([6]))
    x = embed(parameters, ids[:-1, None]).astype(float)
    measured = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        for sign in (1, -1):
            moved = x.copy()
            moved[place] += sign * 1e-5
            measured[place] += sign * log_p(parameters, config, moved, ids[-1]) / 2e-5
    assert norms[:, 0] == pytest.approx(np.linalg.norm(measured[:, 0], axis=-1), rel=1e-6)
    assert np.log(p[0]) == pytest.approx(log_p(parameters, config, x, ids[-1]))


def test_all_predictions_at_once_are_those_of_each_text_that_ends_there():
    parameters, config = model("cifg")
    p, shares = look(TEXT, (parameters, config))
    ids = encode(TEXT, config.characters)[:, None]
    for place in (1, 9, len(TEXT) - 1):
        alone = character_gradients((parameters, config), ids[: place + 1], np.array([place]))
        assert p[place - 1] == pytest.approx(alone[0][0])
        norms = alone[1][:, 0]
        assert shares[place - 1, :place] == pytest.approx(norms / norms.sum())
        assert not shares[place - 1, place:].any()


def test_words_count_from_the_predicted_character_back():
    shares = np.zeros(40)
    shares[[5, 28, 29]] = 0.3, 0.5, 0.2
    text = "." * 28 + "a" + "." * 11
    assert in_words(text, 30, "CIFG", 0.125, shares) == (
        "CIFG: p = 0.12; the most is from 'a', 2 back (50%); half is from the last 2, "
        "and 30% from more than 20 back."
    )


def test_slider_and_scale_move_the_words_and_the_picture():
    panel = which_characters()
    before, words = panel.png, panel.words
    panel.controls["place"].value = 42
    assert panel.words.startswith("Character 42 of 80, 'e', is predicted. CIFG: p = ")
    assert re.search(r" LSTM: p = \d", panel.words)
    assert panel.png != before
    before, words = panel.png, panel.words
    panel.controls["scale"].value = "logarithmic"
    assert panel.words == words.replace("linear", "logarithmic") != words
    assert panel.png != before


def test_two_models_of_the_readers_stand_under_their_names_in_the_order_given():
    panel = which_characters(small_model("lstm"), model("cifg"), TEXT)
    assert panel.words.index("LSTM: p = ") < panel.words.index("CIFG: p = ")
    assert panel.controls["place"].max == len(TEXT)


def test_a_text_that_cannot_be_shown_is_refused_in_one_sentence():
    one = model("cifg")
    for text, message in (("a" * 19, "20 to 96"), ("a" * 97, "20 to 96"), ("X" * 30, "'X'")):
        with pytest.raises(UserError, match=message):
            which_characters(one, one, text)
    with pytest.raises(UserError, match="the same model"):
        which_characters((one[0], one[1]._replace(hidden_size=6)), one, TEXT)
