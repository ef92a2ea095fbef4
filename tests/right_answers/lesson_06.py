"""Right answers to lesson 06, as learners write them."""

import numpy as np


def phantom_error_as_a_difference(dc, c_prev, i):
    g = 0.0  # whatever it is, it drops out
    slope = i - i**2
    return dc * g * slope - dc * (g - c_prev) * slope


def phantom_error_by_products_of_numpy(dc, c_prev, i):
    return np.multiply(np.multiply(1 - i, i), np.multiply(c_prev, dc))


def step_backward_with_a_forget_gate_folded_in(dh, dc, Wx, Wh, cache):
    f = 1 - cache.i
    t = np.tanh(cache.c)
    whole = dc + dh * cache.o - dh * cache.o * t * t
    df = whole * cache.c_prev
    di = whole * cache.g - df
    B, H = dh.shape
    da = np.zeros((B, 3 * H))
    da[:, :H] = di * cache.i * f
    da[:, H : 2 * H] = dh * t * cache.o * (1 - cache.o)
    da[:, 2 * H :] = whole * cache.i * (1 + cache.g) * (1 - cache.g)
    return (
        np.einsum("bk,dk->bd", da, Wx),
        np.einsum("bk,hk->bh", da, Wh),
        whole * f,
        np.einsum("bd,bk->dk", cache.x, da),
        np.einsum("bh,bk->hk", cache.h_prev, da),
        np.ones(B) @ da,
    )


def step_backward_gate_by_gate_and_row_by_row(dh, dc, Wx, Wh, cache):
    B, H = dh.shape
    dx, dh_prev = np.zeros_like(cache.x), np.zeros_like(cache.h_prev)
    dc_prev = np.zeros_like(dc)
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(3 * H)
    for n in range(B):
        x, h_prev, c_prev, i, o, g, c = (part[n] for part in cache)
        dcn = dh[n] * o / np.cosh(c) ** 2 + dc[n]
        dc_prev[n] = dcn - dcn * i
        gates = [
            (g - c_prev) * dcn * i * (1 - i),
            dh[n] * np.tanh(c) * o * (1 - o),
            dcn * i * (1 - g * g),
        ]
        for k, da in enumerate(gates):
            block = slice(k * H, (k + 1) * H)
            dx[n] += Wx[:, block] @ da
            dh_prev[n] += Wh[:, block] @ da
            dWx[:, block] += np.outer(x, da)
            dWh[:, block] += np.outer(h_prev, da)
            db[block] += da
    return [dx, dh_prev, dc_prev, dWx, dWh, db]


RIGHT_ANSWERS = {
    "phantom_error": [phantom_error_as_a_difference, phantom_error_by_products_of_numpy],
    "cifg_step_backward": [
        step_backward_with_a_forget_gate_folded_in,
        step_backward_gate_by_gate_and_row_by_row,
    ],
}
