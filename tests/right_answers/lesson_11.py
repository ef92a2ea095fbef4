"""Right answers to lesson 11, as learners write them."""

import math

import numpy as np

from cifg_edu.tasks import REBER_GRAMMAR


def adding_one_sequence_after_another(rng, batch_size, steps):
    inputs = np.zeros((steps, batch_size, 2))
    targets = []
    for b in range(batch_size):
        total = 0
        for t in range(steps):
            inputs[t, b, 0] = rng.random()
        for t in (rng.choice(steps // 2), steps // 2 + rng.choice(steps - steps // 2)):
            inputs[t, b, 1] = 1
            total += inputs[t, b, 0]
        targets.append(total)
    return inputs, np.array(targets)


def adding_by_comparing_with_the_steps(rng, batch_size, steps):
    half = steps // 2
    step = np.arange(steps)[:, None]
    first = rng.integers(half, size=batch_size)
    second = rng.integers(steps - half, size=batch_size) + half
    marked = (step == first) | (step == second)
    numbers = rng.random((steps, batch_size))
    return [np.dstack([numbers, marked]), np.einsum("tb,tb->b", numbers, marked)]


def error_as_numpys_variance(targets):
    return np.var(targets)


def error_as_mean_square_less_squared_mean(targets):
    total = sum(t * t for t in targets) / len(targets)
    return total - (sum(targets) / len(targets)) ** 2


def copy_by_stacking_blocks(rng, batch_size, lag):
    symbols = rng.choice(8, size=(10, batch_size))
    wait = np.ones((lag - 1, batch_size), dtype=int) * 8
    delimiter = np.ones((1, batch_size), dtype=int) * 9
    end = np.ones((10, batch_size), dtype=int) * 8
    inputs = np.concatenate([symbols, wait, delimiter, end])
    return inputs, np.concatenate([end, wait, delimiter * 0 + 8, symbols])


def copy_as_lists_of_one_sequence_each(rng, batch_size, lag):
    inputs, targets = [], []
    for _ in range(batch_size):
        symbols = [int(rng.integers(8)) for _ in range(10)]
        inputs.append([*symbols, *[8] * (lag - 1), 9, *[8] * 10])
        targets.append([8] * (lag + 10) + symbols)
    return np.array(inputs).T, np.array(targets).T


def copy_loss_as_a_sum_over_the_steps(lag):
    return sum([0.0] * (lag + 10) + [-math.log(1 / 8)] * 10) / (lag + 20)


def copy_loss_as_thirty_ln_two(lag):
    return 30 * np.log(2) / (lag + 20)


def legal_by_stages(prefix):
    if prefix == "":
        return {"B"}
    if prefix == "B":
        return {"T", "P"}
    if prefix[:2] not in ("BT", "BP"):
        return set()
    state = 0
    for place, symbol in enumerate(prefix[2:]):
        if state == 7:
            rest = prefix[2 + place :]
            return {"E"} if rest == prefix[1] else set()
        if symbol not in REBER_GRAMMAR[state]:
            return set()
        state = REBER_GRAMMAR[state][symbol]
    return {prefix[1]} if state == 7 else REBER_GRAMMAR[state].keys()


def legal_by_one_table_for_both_branches(prefix):
    table = {"start": {"B": "fork"}, "fork": {}, "last": {"E": "end"}, "end": {}}
    for branch in "TP":
        table["fork"][branch] = branch + "0"
        for state, row in enumerate(REBER_GRAMMAR):
            table[f"{branch}{state}"] = {s: f"{branch}{to}" for s, to in row.items()}
        table[branch + "7"] = {branch: "last"}
    state = "start"
    for symbol in prefix:
        state = table[state].get(symbol, "end")
    return frozenset(table[state])


RIGHT_ANSWERS = {
    "adding_problem": [adding_one_sequence_after_another, adding_by_comparing_with_the_steps],
    "constant_answer_error": [error_as_numpys_variance, error_as_mean_square_less_squared_mean],
    "copy_memory": [copy_by_stacking_blocks, copy_as_lists_of_one_sequence_each],
    "memoryless_copy_loss": [copy_loss_as_a_sum_over_the_steps, copy_loss_as_thirty_ln_two],
    "legal_next": [legal_by_stages, legal_by_one_table_for_both_branches],
}
