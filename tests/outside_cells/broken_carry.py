"""An LSTM by rows whose gradient for the cell is not carried to the step before."""

import numpy as np


def sigma(a):
    return 1 / (1 + np.exp(-a))


def step(x, h_prev, c_prev, Wx, Wh, b):
    i, f, o, g = np.split(x @ Wx.T + h_prev @ Wh.T + b, 4, axis=1)
    i, f, o, g = sigma(i), sigma(f), sigma(o), np.tanh(g)
    c = f * c_prev + i * g
    return (
        o * np.tanh(c),
        c,
        {"x": x, "h": h_prev, "c_prev": c_prev, "i": i, "f": f, "o": o, "g": g, "c": c},
    )


def step_backward(dh, dc, Wx, Wh, cache):
    k = cache
    dc = dh * k["o"] * (1 - np.tanh(k["c"]) ** 2)
    da = np.hstack(
        [
            dc * k["g"] * k["i"] * (1 - k["i"]),
            dc * k["c_prev"] * k["f"] * (1 - k["f"]),
            dh * np.tanh(k["c"]) * k["o"] * (1 - k["o"]),
            dc * k["i"] * (1 - k["g"] ** 2),
        ]
    )
    return {
        "dx": da @ Wx,
        "dh_prev": da @ Wh,
        "dc_prev": dc * k["f"],
        "dWx": da.T @ k["x"],
        "dWh": da.T @ k["h"],
        "db": da.sum(axis=0),
    }
