"""The character model: its first parameters, and one step of training."""

import numpy as np
import pytest

from cifg_edu.errors import UserError
from cifg_edu.model import (
    CELLS,
    ModelConfig,
    initialize_model,
    loss_and_gradients,
    train_step,
)
from cifg_edu.optimizers import adam_state, adam_step, clip_by_global_norm


def first_parameters(cell="cifg", characters="abcde", hidden_size=4, embedding_size=None):
    config = ModelConfig(cell, characters, hidden_size, embedding_size)
    return initialize_model(np.random.default_rng(0), config)


@pytest.mark.parametrize(
    "sizes",
    [
        {"hidden_size": 0},
        {"hidden_size": -1},
        {"hidden_size": 0, "embedding_size": 3},
        {"embedding_size": 0},
        {"embedding_size": -1},
    ],
    ids=str,
)
def test_a_model_without_units_or_with_an_empty_embedding_is_refused(sizes):
    with pytest.raises(UserError, match="give sizes of 1 or more"):
        first_parameters(**sizes)


@pytest.mark.parametrize("cell", CELLS)
def test_one_unit_and_an_embedding_of_one_number_are_a_model(cell):
    gates = CELLS[cell].gates
    shapes = {name: p.shape for name, p in first_parameters(cell, "ab", 1, 1).items()}
    cell_shapes = {"Wx": (1, gates), "Wh": (1, gates), "b": (gates,)}
    assert shapes == {**cell_shapes, "Wy": (1, 2), "by": (2,), "embedding": (2, 1)}


def test_rows_of_an_embedding_are_about_as_long_as_one_hot_rows():
    characters = "".join(map(chr, range(97, 597)))
    embedding = first_parameters("cifg", characters, 2, 16)["embedding"]
    assert embedding.mean() == pytest.approx(0, abs=0.01)
    assert np.mean(np.sum(embedding**2, axis=1)) == pytest.approx(1, rel=0.05)


@pytest.mark.parametrize("cell", CELLS)
def test_a_step_of_training_is_gradients_then_clipping_to_5_then_adam_at_0_002(cell):
    rng = np.random.default_rng(1)
    parameters = first_parameters(cell)
    parameters["Wy"] *= 100  # a gradient so long that it is clipped
    window = (*rng.integers(0, 5, (2, 6, 3)), *rng.normal(size=(2, 3, 4)))
    after = train_step(cell, parameters, adam_state(parameters), *window)
    back = loss_and_gradients(cell, parameters, *window)
    clipped, norm = clip_by_global_norm(back.gradients, 5.0)
    assert norm > 7
    expected, adam = adam_step(parameters, clipped, adam_state(parameters), 0.002)
    assert (after.loss, after.gradient_norm) == (back.loss, norm)
    np.testing.assert_array_equal(after.h, back.h)
    np.testing.assert_array_equal(after.c, back.c)
    for name in parameters:
        np.testing.assert_array_equal(after.parameters[name], expected[name])
        np.testing.assert_array_equal(after.adam.m[name], adam.m[name])
