"""Right answers to lesson 04, as learners write them."""

import math

import numpy as np


def lstm_step_with_a_slice_for_each_gate(x, h_prev, c_prev, Wx, Wh, b):
    H = h_prev.shape[1]

    def pre_activation(number):
        block = slice(number * H, (number + 1) * H)
        return x.dot(Wx[:, block]) + h_prev.dot(Wh[:, block]) + b[block]

    i = 1 / (1 + np.exp(-pre_activation(0)))
    f = 1 / (1 + np.exp(-pre_activation(1)))
    o = 1 / (1 + np.exp(-pre_activation(2)))
    g = np.tanh(pre_activation(3))
    c = i * g + f * c_prev
    return np.tanh(c) * o, c, (x, h_prev, c_prev, i, f, o, g, c)


def lstm_step_with_joined_weights_and_a_list(x, h_prev, c_prev, Wx, Wh, b):
    z = np.concatenate([x, h_prev, np.ones((len(x), 1))], axis=1)
    a = np.einsum("bk,kj->bj", z, np.vstack([Wx, Wh, b]))
    gates = [1 / (1 + np.exp(-part)) for part in np.array_split(a, 4, axis=1)[:3]]
    g = np.tanh(np.array_split(a, 4, axis=1)[3])
    c = gates[1] * c_prev + gates[0] * g
    return [gates[2] * np.tanh(c), c, [x, h_prev, c_prev, *gates, g, c]]


def lstm_step_number_by_number(x, h_prev, c_prev, Wx, Wh, b):
    B, H = h_prev.shape
    i, f, o, g = (np.zeros((B, H)) for _ in range(4))
    h, c = np.zeros((B, H)), np.zeros((B, H))
    for row in range(B):
        a = b + sum(x[row, d] * Wx[d] for d in range(x.shape[1]))
        for k in range(H):
            a = a + h_prev[row, k] * Wh[k]
        for k in range(H):
            i[row, k] = 0.5 + 0.5 * math.tanh(a[k] / 2)
            f[row, k] = 0.5 + 0.5 * math.tanh(a[H + k] / 2)
            o[row, k] = 0.5 + 0.5 * math.tanh(a[2 * H + k] / 2)
            g[row, k] = math.tanh(a[3 * H + k])
            c[row, k] = f[row, k] * c_prev[row, k] + i[row, k] * g[row, k]
            h[row, k] = o[row, k] * math.tanh(c[row, k])
    return h, c, (x, h_prev, c_prev, i, f, o, g, c)


def count_parameters_array_by_array(input_size, hidden_size, gates):
    Wx = np.zeros((input_size, gates * hidden_size))
    Wh = np.zeros((hidden_size, gates * hidden_size))
    b = np.zeros(gates * hidden_size)
    return Wx.size + Wh.size + b.size


def count_parameters_gate_by_gate(input_size, hidden_size, gates):
    total = 0
    for _ in range(gates):
        total += input_size * hidden_size
        total += hidden_size**2
        total += hidden_size
    return total


RIGHT_ANSWERS = {
    "lstm_step": [
        lstm_step_with_a_slice_for_each_gate,
        lstm_step_with_joined_weights_and_a_list,
        lstm_step_number_by_number,
    ],
    "count_parameters": [count_parameters_array_by_array, count_parameters_gate_by_gate],
}
