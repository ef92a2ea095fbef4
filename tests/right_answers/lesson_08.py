"""Right answers to lesson 08, as learners write them; they draw in orders of their own."""

import math

import numpy as np

from cifg_edu.initializers import chrono_bias, glorot_uniform


def glorot_uniform_from_numbers_between_0_and_1(rng, fan_in, fan_out):
    variance = 2 / (fan_in + fan_out)
    limit = math.sqrt(3 * variance)
    return (2 * rng.random((fan_in, fan_out)) - 1) * limit


def glorot_uniform_row_by_row_from_the_last(rng, fan_in, fan_out):
    limit = 6**0.5 / (fan_in + fan_out) ** 0.5
    rows = [rng.uniform(-limit, limit, fan_out) for _ in range(fan_in)]
    return np.array(rows[::-1])


def glorot_uniform_column_by_column(rng, fan_in, fan_out):
    limit = np.sqrt(6 / (fan_in + fan_out))
    W = np.empty((fan_in, fan_out))
    for k in range(fan_out):
        W[:, k] = rng.uniform(low=-limit, high=limit, size=fan_in)
    return W


def chrono_bias_unit_by_unit(rng, hidden_size, max_lag):
    return np.array([math.log(1 / rng.uniform(1, max_lag - 1)) for _ in range(hidden_size)])


def chrono_bias_through_the_gate(rng, hidden_size, max_lag):
    u = 1 + (max_lag - 2) * rng.random(hidden_size)
    gate = 1 / (1 + u)
    return np.log(gate / (1 - gate))


def initialize_cifg_gate_by_gate(
    rng, input_size, hidden_size, weights=glorot_uniform, max_lag=None
):
    H = hidden_size
    Wx, Wh, b = np.empty((input_size, 3 * H)), np.empty((H, 3 * H)), np.zeros(3 * H)
    if max_lag is None:
        b[:H] -= 1
    else:
        b[:H] = chrono_bias(rng, H, max_lag)
    for gate in range(3):
        columns = slice(gate * H, (gate + 1) * H)
        Wh[:, columns] = weights(rng, H, H)
        Wx[:, columns] = weights(rng, input_size, H)
    return {"b": b, "Wh": Wh, "Wx": Wx}


def initialize_cifg_from_named_blocks(
    rng, input_size, hidden_size, weights=glorot_uniform, max_lag=None
):
    Wxi, Wxo, Wxg = (weights(rng, input_size, hidden_size) for _ in range(3))
    Whi, Who, Whg = (weights(rng, hidden_size, hidden_size) for _ in range(3))
    bi = -np.ones(hidden_size)
    if max_lag:
        bi = chrono_bias(rng, hidden_size, max_lag)
    bo = bg = np.zeros(hidden_size)
    Wx, Wh = np.concatenate([Wxi, Wxo, Wxg], axis=1), np.concatenate([Whi, Who, Whg], axis=1)
    return {"Wx": Wx, "Wh": Wh, "b": np.concatenate([bi, bo, bg])}


RIGHT_ANSWERS = {
    "glorot_uniform": [
        glorot_uniform_from_numbers_between_0_and_1,
        glorot_uniform_row_by_row_from_the_last,
        glorot_uniform_column_by_column,
    ],
    "chrono_bias": [chrono_bias_unit_by_unit, chrono_bias_through_the_gate],
    "initialize_cifg": [initialize_cifg_gate_by_gate, initialize_cifg_from_named_blocks],
}
