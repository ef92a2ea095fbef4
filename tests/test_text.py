"""Text as numbers, and text drawn from a model."""

import numpy as np
import pytest

from cifg_edu import text
from cifg_edu.errors import UserError
from cifg_edu.model import (
    CELLS,
    ModelConfig,
    embed,
    forward_pass,
    initial_state,
    initialize_model,
)
from cifg_edu.sampling import next_character, sample


def test_decoding_undoes_encoding():
    words = "Shall I compare thee\n"
    characters = text.vocabulary(words)
    assert characters == "".join(sorted(characters))
    assert text.decode(text.encode(words, characters), characters) == words


@pytest.mark.parametrize(("length", "lane"), [(98, 32), (99, 32), (100, 33)])
def test_each_lane_goes_on_where_its_last_window_stopped(length, lane):
    windows = list(text.batches(np.arange(length), batch_size=3, steps=4))
    assert len(windows) == text.count_batches(length, 3, 4) == 8
    lanes = np.concatenate([inputs for inputs, _ in windows])
    np.testing.assert_array_equal(np.diff(lanes, axis=0), 1)
    np.testing.assert_array_equal(lanes[0], [0, lane, 2 * lane])
    for inputs, targets in windows:
        np.testing.assert_array_equal(targets, inputs + 1)


def test_one_hot_rows_take_the_room_of_the_rows_alone():
    # A matrix for the whole vocabulary, (V, V), would have eight million million bytes.
    row = text.one_hot(np.array([3]), 1_000_000, np.float32)
    assert row.shape == (1, 1_000_000)
    assert row[0, 3] == row.sum() == 1
    np.testing.assert_array_equal(text.one_hot([[1], [0]], 2), [[[0, 1]], [[1, 0]]])
    with pytest.raises(IndexError):
        text.one_hot(np.array([2]), 2)


def test_a_text_of_exactly_one_window_is_enough_and_one_character_less_is_not():
    assert len(list(text.batches(np.arange(13), 3, 4))) == 1
    with pytest.raises(UserError, match="needs 13"):
        list(text.batches(np.arange(12), 3, 4))


def test_one_lane_of_one_step_is_a_batch_and_fewer_are_refused():
    windows = list(text.batches(np.arange(3), batch_size=1, steps=1))
    np.testing.assert_array_equal(windows, [[[[0]], [[1]]], [[[1]], [[2]]]])
    for batch_size, steps in ((0, 1), (-1, 1), (1, 0), (1, -1)):
        with pytest.raises(UserError, match="give 1 or more of each"):
            text.count_batches(9, batch_size, steps)


def test_held_out_text_is_the_end_and_shares_nothing_with_training():
    train, held_out = text.split(np.arange(50), 0.2)
    np.testing.assert_array_equal(np.concatenate([train, held_out]), np.arange(50))
    assert len(held_out) == 10


def test_a_tenth_is_held_out_by_default_and_nothing_of_a_text_too_short_for_it():
    assert [len(part) for part in text.split(np.arange(50))] == [45, 5]
    assert [len(part) for part in text.split(np.arange(3))] == [3, 0]


@pytest.mark.parametrize("held_out", [-0.5, 0, 1, 1.5])
def test_a_held_out_share_outside_0_and_1_is_refused(held_out):
    with pytest.raises(UserError, match="give a share between 0 and 1"):
        text.split(np.arange(50), held_out)


@pytest.mark.parametrize("content", ["", "a", "aaaa"])
def test_a_text_without_two_different_characters_is_refused(content):
    assert text.vocabulary("ba") == "ab"
    with pytest.raises(UserError, match="two different characters"):
        text.vocabulary(content)


def test_unknown_characters_are_named_but_no_more_than_five():
    with pytest.raises(UserError, match="seen 'x', 'z': "):
        text.encode("abxz", "ab")
    with pytest.raises(UserError, match="seen '1', '2', '3', '4', '5': "):
        text.encode("7654321", "ab")


@pytest.fixture(params=[(cell, e) for cell in CELLS for e in (None, 4)], ids=str)
def model(request):
    cell, embedding = request.param
    config = ModelConfig(cell, "\nabc", 5, embedding)
    return initialize_model(np.random.default_rng(0), config), config


def test_a_seed_fixes_the_sample_and_another_changes_it(model):
    draws = [sample(np.random.default_rng(seed), *model, 60) for seed in (1, 1, 2)]
    assert draws[0] == draws[1] != draws[2]
    assert len(draws[0]) == 60


def test_greedy_and_top_one_agree_and_need_no_luck(model):
    greedy = sample(np.random.default_rng(1), *model, 20, "a", temperature=0)
    top = sample(np.random.default_rng(2), *model, 20, "a", temperature=3, top_k=1)
    assert greedy == top
    assert greedy.startswith("a")


@pytest.mark.parametrize(("characters", "first"), [("\t\nab", "\n"), ("abcd", "a")])
def test_an_empty_prompt_reads_a_line_end_first_or_the_first_character(model, characters, first):
    parameters, config = model
    config = config._replace(characters=characters)
    rng = np.random.default_rng
    drawn = sample(rng(3), parameters, config, 60)
    assert first + drawn == sample(rng(3), parameters, config, 60, first)


def test_no_characters_asked_for_are_the_prompt_alone(model):
    assert sample(np.random.default_rng(0), *model, 0, "ab") == "ab"


def test_each_character_is_drawn_from_all_that_was_read_before_it(model):
    parameters, config = model
    rng = np.random.default_rng(0)
    parameters = {name: p + rng.normal(size=p.shape) for name, p in parameters.items()}
    text_of = sample(rng, parameters, config, 30, "ab", temperature=0)
    assert len(set(text_of)) > 2
    for end in range(2, len(text_of)):
        ids = text.encode(text_of[:end], config.characters)[:, None]
        read = forward_pass(
            CELLS[config.cell], parameters, embed(parameters, ids), *initial_state(1, 5)
        )
        best = config.characters[read.outputs[-1, 0].argmax()]
        assert text_of[end] == best


def test_temperature_of_a_sample_is_1_by_default(model):
    rng = np.random.default_rng
    assert sample(rng(0), *model, 60) == sample(rng(0), *model, 60, temperature=1.0)


def test_temperature_and_top_k_shape_the_draw():
    logits = np.log(np.array([0.6, 0.3, 0.1]))

    def shares(**options):
        rng = np.random.default_rng(0)
        drawn = [next_character(rng, logits, **options) for _ in range(4000)]
        return np.bincount(drawn, minlength=3) / 4000

    np.testing.assert_allclose(shares(), [0.6, 0.3, 0.1], atol=0.03)
    np.testing.assert_allclose(shares(top_k=2), [2 / 3, 1 / 3, 0], atol=0.03)
    squared = np.array([0.36, 0.09, 0.01]) / 0.46
    np.testing.assert_allclose(shares(temperature=0.5), squared, atol=0.03)
    np.testing.assert_array_equal(shares(temperature=1e-320), [1, 0, 0])


@pytest.mark.parametrize(
    "wrong", [{"temperature": -1}, {"temperature": float("nan")}, {"top_k": 0}, {"length": -1}]
)
def test_sampling_options_without_meaning_are_refused(model, wrong):
    with pytest.raises(UserError, match=r"give 0 or more|1 or more"):
        sample(np.random.default_rng(0), *model, **{"length": 3, **wrong})


def test_a_prompt_outside_the_vocabulary_is_refused(model):
    with pytest.raises(UserError, match="never seen 'é'"):
        sample(np.random.default_rng(0), *model, 3, "é")
