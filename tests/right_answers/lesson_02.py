"""Right answers to lesson 02, as learners write them."""

import numpy as np


def step_with_weights_cut_gate_by_gate(x, h_prev, c_prev, Wx, Wh, b):
    H = h_prev.shape[1]

    def pre_activation(k):
        columns = slice(k * H, (k + 1) * H)
        return np.dot(x, Wx[:, columns]) + np.dot(h_prev, Wh[:, columns]) + b[columns]

    i = 1 / (1 + np.exp(-pre_activation(0)))
    o = 1 / (1 + np.exp(-pre_activation(1)))
    g = np.tanh(pre_activation(2))
    f = np.ones(i.shape) - i
    c = f * c_prev + i * g
    h = o * np.tanh(c)
    return h, c, (x, h_prev, c_prev, i, o, g, c)


def step_number_by_number(x, h_prev, c_prev, Wx, Wh, b):
    B, H = h_prev.shape
    h, c, i, o, g = np.zeros((5, B, H))
    for n in range(B):
        for k in range(H):
            a = [
                sum(x[n, d] * Wx[d, j] for d in range(x.shape[1]))
                + sum(h_prev[n, m] * Wh[m, j] for m in range(H))
                + b[j]
                for j in (k, H + k, 2 * H + k)
            ]
            i[n, k], o[n, k] = 1 / (1 + np.exp(-a[0])), 1 / (1 + np.exp(-a[1]))
            g[n, k] = np.tanh(a[2])
            c[n, k] = (1 - i[n, k]) * c_prev[n, k] + i[n, k] * g[n, k]
            h[n, k] = o[n, k] * np.tanh(c[n, k])
    return [h, c, [x, h_prev, c_prev, i, o, g, c]]


def step_on_stacked_inputs(x, h_prev, c_prev, Wx, Wh, b):
    a = np.hstack([x, h_prev]) @ np.vstack([Wx, Wh]) + b
    a_i, a_o, a_g = a.reshape(len(x), 3, -1).swapaxes(0, 1)
    i, o, g = (np.tanh(a_i / 2) + 1) / 2, (np.tanh(a_o / 2) + 1) / 2, np.tanh(a_g)
    c = c_prev + i * (g - c_prev)
    h = np.einsum("nk,nk->nk", o, np.tanh(c))
    return h, c, (x.copy(), h_prev.copy(), c_prev.copy(), i, o, g, c)


RIGHT_ANSWERS = {
    "cifg_step": [
        step_with_weights_cut_gate_by_gate,
        step_number_by_number,
        step_on_stacked_inputs,
    ],
}
