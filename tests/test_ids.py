"""Ids have the type with which NumPy indexes, wherever they are made and wherever they arrive.

On most machines this is the type of every integer. So some of these tests give it another width:
then only ids that ask for it have it.
"""

import numpy as np
import pytest

from cifg_edu import sampling, tasks, text
from cifg_edu.comparison.compared_tasks import find_task
from cifg_edu.corpora import practice_text
from cifg_edu.engine import Engine
from cifg_edu.model import ModelConfig, initialize_model
from cifg_edu.training import Trainer, TrainingOptions

WORDS = practice_text().text


@pytest.fixture
def narrow(monkeypatch):
    """Indices of 32 bits, as in a browser's Python."""
    monkeypatch.setattr(np, "intp", np.int32)


@pytest.fixture
def seen(monkeypatch):
    """The types of all ids that reach the engine, the model's input and the decoder."""
    types = set()
    loss, embed, decode = Engine.loss, sampling.embed, sampling.decode

    def spy_loss(engine, inputs, targets, h0, c0):
        types.update({inputs.dtype, targets.dtype})
        return loss(engine, inputs, targets, h0, c0)

    def spy_embed(parameters, ids):
        types.add(ids.dtype)
        return embed(parameters, ids)

    def spy_decode(ids, characters):
        types.add(ids.dtype)
        return decode(ids, characters)

    monkeypatch.setattr(Engine, "loss", spy_loss)
    monkeypatch.setattr(sampling, "embed", spy_embed)
    monkeypatch.setattr(sampling, "decode", spy_decode)
    return types


@pytest.mark.usefixtures("narrow")
def test_a_text_is_encoded_split_and_cut_into_windows_in_this_type():
    ids = text.encode(WORDS, text.vocabulary(WORDS))
    parts = [ids, *text.split(ids), *next(text.batches(ids, 3, 4))]
    assert {part.dtype for part in parts} == {np.dtype(np.int32)}


@pytest.mark.usefixtures("narrow")
def test_training_hands_the_engine_this_type(seen):
    options = TrainingOptions(hidden_size=4, batch_size=8, steps=32, epochs=1)
    trainer = Trainer(WORDS, options)
    while not trainer.finished:
        trainer.train_window()
    assert seen == {np.dtype(np.int32)}


@pytest.mark.parametrize("prompt", ["", "ab"])
def test_sampling_reads_and_decodes_this_type(seen, prompt):
    config, rng = ModelConfig("cifg", "\nab", 4), np.random.default_rng(0)
    sampling.sample(rng, initialize_model(rng, config), config, 3, prompt)
    assert seen == {np.dtype(np.intp)}


def test_tasks_and_their_batches_hold_this_type():
    rng = np.random.default_rng(0)
    made = [
        *tasks.copy_memory(rng, 3, 5),
        *tasks.reber_batch([tasks.embedded_reber(rng) for _ in range(3)])[:2],
        *tasks.counting_batch([(1, 2), (3, 1)])[:2],
    ]
    for name in ("copy", "reber", "counting"):
        task = find_task(name)
        batches = [task.make_batch(rng), *task.parts.values()]
        made += [batch.targets for batch in batches]
    assert {ids.dtype for ids in made} == {np.dtype(np.intp)}
