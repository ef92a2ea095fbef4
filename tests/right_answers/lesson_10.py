"""Right answers to lesson 10, as learners write them."""

import numpy as np

from cifg_edu.cifg import cifg_step
from cifg_edu.lstm import lstm_step
from cifg_edu.model import loss_and_gradients
from cifg_edu.optimizers import adam_step, clip_by_global_norm


def encode_by_searching(text, characters):
    ids = np.zeros(len(text), dtype=int)
    for place, character in enumerate(text):
        ids[place] = characters.index(character)
    return ids


def encode_with_a_dictionary_and_small_integers(text, characters):
    table = dict(zip(characters, range(len(characters)), strict=True))
    return np.array(list(map(table.__getitem__, text)), dtype=np.uint8)


def encode_by_comparing_arrays(text, characters):
    matches = np.array(list(text))[:, None] == np.array(list(characters))[None, :]
    if not matches.any(axis=1).all():
        raise ValueError("unknown character")
    return matches.argmax(axis=1)


def batches_as_a_list_of_copies(ids, batch_size, steps):
    lane = (len(ids) - 1) // batch_size
    windows = []
    for k in range(lane // steps):
        inputs = np.zeros((steps, batch_size), dtype=int)
        targets = np.zeros((steps, batch_size), dtype=int)
        for t in range(steps):
            for b in range(batch_size):
                place = b * lane + k * steps + t
                inputs[t, b] = ids[place]
                targets[t, b] = ids[place + 1]
        windows.append((inputs, targets))
    return windows


def batches_from_lanes_one_longer(ids, batch_size, steps):
    lane = (len(ids) - 1) // batch_size
    lanes = np.stack([ids[b * lane : (b + 1) * lane + 1] for b in range(batch_size)], axis=1)
    start = 0
    while start + steps <= lane:
        yield [lanes[start : start + steps], lanes[start + 1 : start + steps + 1]]
        start += steps


def train_step_as_a_plain_tuple(
    cell, parameters, adam, inputs, targets, h, c, learning_rate=2e-3, max_norm=5.0
):
    loss, gradients, h, c, _, _ = loss_and_gradients(cell, parameters, inputs, targets, h, c)
    gradients, norm = clip_by_global_norm(gradients, max_norm)
    parameters, adam = adam_step(parameters, gradients, adam, learning_rate=learning_rate)
    return parameters, adam, h, c, loss, norm


def train_step_written_out(
    cell, parameters, adam, inputs, targets, h, c, learning_rate=2e-3, max_norm=5.0
):
    step = loss_and_gradients(cell, parameters, inputs, targets, h, c)
    norm = np.sqrt(np.concatenate([g.ravel() ** 2 for g in step.gradients.values()]).sum())
    m, v, new = {}, {}, {}
    t = adam.t + 1
    for name, p in parameters.items():
        g = step.gradients[name] * min(1.0, max_norm / norm)
        m[name] = 0.9 * adam.m[name] + 0.1 * g
        v[name] = 0.999 * adam.v[name] + 0.001 * g * g
        size = learning_rate * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        new[name] = p - size * m[name] / (np.sqrt(v[name]) + 1e-8 * np.sqrt(1 - 0.999**t))
    return [new, (m, v, t), step.h, step.c, step.loss, norm]


def _cell_step(config):
    return {"cifg": cifg_step, "lstm": lstm_step}[config.cell]


def sample_by_the_cumulative_sum(
    rng, parameters, config, length, prompt="", temperature=1.0, top_k=None
):
    step, (Wx, Wh, b) = _cell_step(config), (parameters[name] for name in ("Wx", "Wh", "b"))
    size = len(config.characters)
    h, c = np.zeros((1, config.hidden_size)), np.zeros((1, config.hidden_size))

    def read(character, h, c):
        x = np.zeros((1, size))
        x[0, config.characters.index(character)] = 1
        return step(x, h, c, Wx, Wh, b)[:2]

    for character in prompt or "\n" * ("\n" in config.characters) or config.characters[0]:
        h, c = read(character, h, c)
    text = prompt
    for _ in range(length):
        logits = h[0] @ parameters["Wy"] + parameters["by"]
        if temperature == 0:
            text += config.characters[logits.argmax()]
        else:
            p = np.exp((logits - logits.max()) / temperature)
            if top_k is not None:
                p[np.argsort(p)[:-top_k]] = 0
            u = rng.random() * p.sum()
            text += config.characters[int((np.cumsum(p) <= u).sum())]
        h, c = read(text[-1], h, c)
    return text


def sample_by_adding_gumbel_noise_and_reading_all_again(
    rng, parameters, config, length, prompt="", temperature=1.0, top_k=None
):
    step = _cell_step(config)
    text = prompt or ("\n" if "\n" in config.characters else config.characters[0])
    shown = len(text) - len(prompt)
    for _ in range(length):
        h = c = np.zeros((1, config.hidden_size))
        for character in text:
            x = np.eye(len(config.characters))[[config.characters.index(character)]]
            h, c, _ = step(x, h, c, parameters["Wx"], parameters["Wh"], parameters["b"])
        logits = (h @ parameters["Wy"] + parameters["by"])[0]
        best = sorted(range(len(logits)), key=lambda k: -logits[k])[:top_k]
        noise = temperature * rng.gumbel(size=len(logits))
        text += config.characters[max(best, key=lambda k: logits[k] + noise[k])]
    return text[shown:]


RIGHT_ANSWERS = {
    "encode": [
        encode_by_searching,
        encode_with_a_dictionary_and_small_integers,
        encode_by_comparing_arrays,
    ],
    "batches": [batches_as_a_list_of_copies, batches_from_lanes_one_longer],
    "train_step": [train_step_as_a_plain_tuple, train_step_written_out],
    "sample": [
        sample_by_the_cumulative_sum,
        sample_by_adding_gumbel_noise_and_reading_all_again,
    ],
}
