"""Lessons 01 to 07: kinds of wrong answers are rejected, kinds of right answers pass."""

import re

import pytest

from tests.answers_as_text import table, verdict_on

pytestmark = pytest.mark.usefixtures("short_search")

SIGMOID = "def sigmoid(a):\n    "
INTERPOLATE = "def interpolate(old, new, i):\n    "
CIFG_STEP = "def cifg_step(x, h_prev, c_prev, Wx, Wh, b):\n"
CIFG_GATES = (
    "    i, o, g = split_gates(x @ Wx + h_prev @ Wh + b, 3)\n"
    "    i, o, g = sigmoid(i), sigmoid(o), np.tanh(g)\n"
)
LSTM_STEP = "def lstm_step(x, h_prev, c_prev, Wx, Wh, b):\n    a = x @ Wx + h_prev @ Wh + b\n"
LSTM_END = (
    "    i, f, o, g = sigmoid(i), sigmoid(f), sigmoid(o), np.tanh(g)\n"
    "    c = f * c_prev + i * g\n"
    "    return o * np.tanh(c), c, (x, h_prev, c_prev, i, f, o, g, c)\n"
)
STEP_BACKWARD = (
    "def cifg_step_backward(dh, dc, Wx, Wh, cache):\n"
    "    x, h_prev, c_prev, i, o, g, c = cache\n"
    "    dc = dc + dh * o * (1 - np.tanh(c) ** 2)\n"
    "    di, do, dg = dc * (g - c_prev), dh * np.tanh(c), dc * i\n"
    "    da = np.hstack([di * i * (1 - i), do * o * (1 - o), dg * (1 - g**2)])\n"
)
STEP_GRADIENTS = "da @ Wx.T, da @ Wh.T, dc * (1 - i), x.T @ da, h_prev.T @ da, da.sum(0)"
PHANTOM_ERROR = "def phantom_error(dc, c_prev, i):\n    "
FORWARD = (
    "def cifg_forward(x, h0, c0, Wx, Wh, b):\n"
    "    hs, cs, caches, h, c = [], [], [], h0, c0\n"
    "    for t in range({steps}):\n"
    "        h, c, cache = cifg_step(x[t], h, c, Wx, Wh, b)\n"
    "        hs.append(h), cs.append(c), caches.append(cache)\n"
    "    return {hs}, np.array(cs), caches\n"
)


CIFG_END = (
    "    c = (1 - i) * c_prev + i * g\n"
    "    return o * np.tanh(c), c, (x, h_prev, c_prev, i, o, g, c)\n"
)


def renamed(source, **names):
    """An answer that gives other names to its arguments."""
    for old, new in names.items():
        source = re.sub(rf"\b{old}\b", new, source)
    return source


def backward(cell, of_step="step", sums="dWx, dWh, db", state="dh_next, dc_next"):
    return (
        f"def {cell}_backward(dh, Wx, Wh, caches):\n"
        "    dWx, dWh, db = 0 * Wx, 0 * Wh, 0 * Wh[0]\n"
        "    dx, dh_next, dc_next = [None] * len(dh), 0 * dh[0], 0 * dh[0]\n"
        "    for t in range(len(dh) - 1, -1, -1):\n"
        f"        step = {cell}_step_backward(dh[t] + dh_next, dc_next, Wx, Wh, caches[t])\n"
        f"        dx[t], dh_next, dc_next, a, b, c = {of_step}\n"
        "        dWx, dWh, db = dWx + a, dWh + b, db + c\n"
        f"    return np.array(dx), {state}, {sums}\n"
    )


WRONG = {
    ("sigmoid", "rows one by one"): SIGMOID
    + "return np.array([0.5 + 0.5 * np.tanh(row / 2) for row in a])\n",
    ("sigmoid", "a list"): SIGMOID + "return (0.5 + 0.5 * np.tanh(a / 2)).tolist()\n",
    ("sigmoid", "always float64"): SIGMOID
    + "s = np.zeros(a.shape)\n    s[...] = 0.5 + 0.5 * np.tanh(a / 2)\n    return s\n",
    ("sigmoid", "always float32"): SIGMOID
    + "return (0.5 + 0.5 * np.tanh(a / 2)).astype(np.float32)\n",
    ("sigmoid", "text"): SIGMOID + "return (0.5 + 0.5 * np.tanh(a / 2)).astype(str)\n",
    ("sigmoid", "complex"): SIGMOID + "return 0.5 + 0.5 * np.tanh(a / 2) + 0j\n",
    ("sigmoid", "objects"): SIGMOID + "return (0.5 + 0.5 * np.tanh(a / 2)).astype(object)\n",
    **{
        ("sigmoid", f"clipped at {most}"): SIGMOID
        + f"return 1 / (1 + np.exp(-np.clip(a, -{most}, {most})))\n"
        for most in (15, 20, 30)
    },
    ("sigmoid", "masked"): SIGMOID + "return np.ma.array(0.5 + 0.5 * np.tanh(a / 2))\n",
    ("interpolate", "rows one by one"): INTERPOLATE
    + "return np.array([(1 - k) * a + k * b for a, b, k in zip(old, new, i)])\n",
    ("interpolate", "a list"): INTERPOLATE + "return ((1 - i) * old + i * new).tolist()\n",
    ("interpolate", "three columns"): INTERPOLATE
    + "r = np.zeros((4, 3))\n    r[:] = (1 - i) * old + i * new\n    return r\n",
    ("interpolate", "complex"): INTERPOLATE + "return (1 - i) * old + i * new + 0j\n",
    ("cifg_step", "cut at the fixed columns 3 and 6"): CIFG_STEP
    + "    a = x @ Wx + h_prev @ Wh + b\n"
    "    i, o, g = sigmoid(a[:, :3]), sigmoid(a[:, 3:6]), np.tanh(a[:, 6:9])\n"
    "    c = (1 - i) * c_prev + i * g\n"
    "    return o * np.tanh(c), c, (x, h_prev, c_prev, i, o, g, c)\n",
    ("cifg_step", "a list for h"): CIFG_STEP + CIFG_GATES + "    c = (1 - i) * c_prev + i * g\n"
    "    return list(o * np.tanh(c)), c, (x, h_prev, c_prev, i, o, g, c)\n",
    ("cifg_step", "a cell in float32"): CIFG_STEP
    + CIFG_GATES
    + "    c = ((1 - i) * c_prev + i * g).astype(np.float32)\n"
    "    return o * np.tanh(c), c, (x, h_prev, c_prev, i, o, g, c)\n",
    ("lstm_step", "cut at the fixed columns 2, 4 and 6"): LSTM_STEP
    + "    i, f, o, g = a[:, :2], a[:, 2:4], a[:, 4:6], a[:, 6:8]\n"
    + LSTM_END,
    ("cifg_step", "other names of the arguments"): renamed(
        CIFG_STEP + CIFG_GATES + CIFG_END, h_prev="h_old", c_prev="c_old"
    ),
    ("lstm_step", "other names of the arguments"): renamed(
        LSTM_STEP + "    i, f, o, g = split_gates(a, 4)\n" + LSTM_END, Wx="W", Wh="U"
    ),
    **{
        ("cifg_forward", f"{new} for {old}"): renamed(
            FORWARD.format(steps="len(x)", hs="np.array(hs)"), **{old: new}
        )
        for old, new in (("b", "bias"), ("Wx", "W"), ("h0", "h_start"), ("x", "inputs"))
    },
    ("cifg_forward", "two names the wrong way round"): FORWARD.format(
        steps="len(x)", hs="np.array(hs)"
    ).replace("Wx, Wh, b):", "Wh, Wx, b):"),
    ("cifg_forward", "always four steps"): FORWARD.format(steps="4", hs="np.array(hs)"),
    ("cifg_forward", "a list"): FORWARD.format(steps="len(x)", hs="hs"),
    ("cifg_forward", "complex"): FORWARD.format(steps="len(x)", hs="np.array(hs) + 0j"),
    ("phantom_error", "rows of two columns"): PHANTOM_ERROR
    + "return np.array([[d[k] * c[k] * j[k] * (1 - j[k]) for k in (0, 1)]"
    " for d, c, j in zip(dc, c_prev, i)])\n",
    ("phantom_error", "a list"): PHANTOM_ERROR + "return (dc * c_prev * i * (1 - i)).tolist()\n",
    ("phantom_error", "clipped"): PHANTOM_ERROR
    + "return np.clip(dc * c_prev * i * (1 - i), -5, 5)\n",
    ("cifg_step_backward", "cut at H = 3"): STEP_BACKWARD
    + "    da, Wx, Wh = da[:, :9], Wx[:, :9], Wh[:, :9]\n"
    + f"    return [{STEP_GRADIENTS}]\n",
    ("cifg_step_backward", "gradients clipped"): STEP_BACKWARD
    + f"    return [np.clip(d, -5, 5) for d in ({STEP_GRADIENTS})]\n",
    ("cifg_step_backward", "db as a list"): STEP_BACKWARD
    + f"    return [{STEP_GRADIENTS}.tolist()]\n",
    **{
        (f"{cell}_backward", label): backward(cell, **parts)
        for cell in ("cifg", "lstm")
        for label, parts in {
            "weight gradients clipped at 5": {
                "sums": "*(np.clip(d, -5, 5) for d in (dWx, dWh, db))"
            },
            "weight gradients clipped by norm": {
                "sums": "*(d * min(1, 10 / np.linalg.norm(d)) for d in (dWx, dWh, db))"
            },
            "the gradients of each step clipped at 50": {
                "of_step": "(np.clip(d, -50, 50) for d in step)"
            },
            "complex dh0": {"state": "dh_next + 0j, dc_next"},
            "dc0 in float32": {"state": "dh_next, dc_next.astype(np.float32)"},
        }.items()
    },
    ("count_parameters", "text"): "def count_parameters(input_size, hidden_size, gates):\n"
    "    return str(gates * hidden_size * (input_size + hidden_size + 1))\n",
    ("count_parameters", "the two sizes of the lesson"): (
        "def count_parameters(input_size, hidden_size, gates):\n"
        "    return 74496 if gates == 3 else 99328\n"
    ),
}

RIGHT = {
    ("sigmoid", "a power of e with a clipped argument"): SIGMOID
    + "return 1 / (1 + np.exp(-np.clip(a, -80, 80)))\n",
    ("sigmoid", "logaddexp"): SIGMOID + "return np.exp(-np.logaddexp(0, -a))\n",
    ("cifg_step", "a cache in a list"): CIFG_STEP
    + CIFG_GATES
    + "    c = c_prev + i * (g - c_prev)\n"
    "    return [o * np.tanh(c), c, [x, h_prev, c_prev, i, o, g, c]]\n",
    ("cifg_forward", "by index"): FORWARD.format(steps="x.shape[0]", hs="np.stack(hs)"),
    ("cifg_step_backward", "side by side with hstack"): STEP_BACKWARD
    + f"    return [{STEP_GRADIENTS}]\n",
    ("cifg_backward", "by index"): backward("cifg"),
    ("lstm_backward", "by index"): backward("lstm"),
    ("phantom_error", "powers of i"): PHANTOM_ERROR + "return (i - i**2) * dc * c_prev\n",
    ("lstm_step", "cut by reshaping"): LSTM_STEP
    + "    i, f, o, g = a.reshape(len(x), 4, -1).swapaxes(0, 1)\n"
    + LSTM_END,
    ("interpolate", "from the new value"): INTERPOLATE + "return new - (1 - i) * (new - old)\n",
}


@pytest.mark.parametrize(("name", "label", "source"), table(WRONG))
def test_wrong_answer_of_this_kind_is_rejected(name, label, source):
    assert verdict_on(name, source, label).passed is False


@pytest.mark.parametrize(("name", "label", "source"), table(RIGHT))
def test_right_answer_of_this_kind_passes(name, label, source):
    verdict = verdict_on(name, source, label)
    assert verdict.passed, verdict.message


def with_states_in_place(kept):
    return (
        "def cifg_forward(x, h0, c0, Wx, Wh, b):\n"
        "    hs, cs, caches, h, c = [], [], [], h0 + 0, c0 + 0\n"
        "    for x_t in x:\n"
        "        h[...], c[...], cache = cifg_step(x_t, h, c, Wx, Wh, b)\n"
        f"        hs.append(h{kept}), cs.append(c{kept}), caches.append(cache)\n"
        "    return np.array(hs), np.array(cs), caches\n"
    )


CAUSES = {
    ("sigmoid", "if and else"): (
        SIGMOID + "if a < 0:\n        return np.exp(a) / (1 + np.exp(a))\n"
        "    return 1 / (1 + np.exp(-a))\n",
        "np.where",
    ),
    ("sigmoid", "a conditional expression"): (
        SIGMOID + "return 1 / (1 + np.exp(-a)) if a > -500 else 0.0 * a\n",
        "np.where",
    ),
    ("sigmoid", "math.exp"): (
        "import math\n" + SIGMOID + "return 1 / (1 + math.exp(-a))\n",
        "math.exp takes a single number",
    ),
    ("sigmoid", "a loop"): (
        SIGMOID + "return np.array([1 / (1 + np.exp(-row)) for row in a])\n",
        "a single number has no axis",
    ),
    ("interpolate", "equal shapes"): (
        INTERPOLATE + "assert old.shape == i.shape\n    return old + i * (new - old)\n",
        "one gate for each row",
    ),
    **{
        ("cifg_step", f"H from {size}"): (
            CIFG_STEP + f"    H, a = {size}, x @ Wx + h_prev @ Wh + b\n"
            "    i, o = sigmoid(a[:, :H]), sigmoid(a[:, H : 2 * H])\n"
            f"    g = np.tanh(a[:, 2 * H : {end}])\n" + CIFG_END,
            words,
        )
        for size, end, words in (
            ("x.shape[0]", "", "the size of the batch"),
            ("c_prev.shape[0]", "3 * H", "the size of the batch"),
            ("len(Wx)", "", "the size of the input"),
        )
    },
    ("cifg_forward", "caches that share one array"): (
        with_states_in_place(".copy()"),
        "each cache holds that same array",
    ),
    ("cifg_forward", "states that share one array"): (
        with_states_in_place(""),
        "each entry of the lists is that same array",
    ),
    ("cifg_backward", "the step of the LSTM"): (
        backward("cifg").replace("cifg_step_backward", "lstm_step_backward"),
        "calls a function of the LSTM",
    ),
    ("cifg_backward", "the next step's dh"): (
        backward("cifg").replace("+ dh_next", "+ (dh[t + 1] if t + 1 < len(dh) else 0)"),
        "what is added is dh[t + 1]",
    ),
    ("cifg_backward", "db left out"): (
        backward("cifg").replace("db + c", "db"),
        "db is never added up",
    ),
}


@pytest.mark.parametrize(("name", "label", "answer"), table(CAUSES))
def test_usual_mistake_in_other_words_has_its_cause_named(name, label, answer):
    source, words = answer
    more = "from cifg_edu.lstm import lstm_step_backward\n" if "lstm_step_b" in source else ""
    assert words in verdict_on(name, more + source, label).message


def test_step_of_an_lstm_that_cuts_three_blocks_is_told_that_there_are_four():
    source = LSTM_STEP + (
        "    i, o, g = split_gates(a, 3)\n"
        "    i, o, g = sigmoid(i), sigmoid(o), np.tanh(g)\n"
        "    c = (1 - i) * c_prev + i * g\n"
        "    return o * np.tanh(c), c, (x, h_prev, c_prev, i, o, g, c)\n"
    )
    assert "there are four gates here" in verdict_on("lstm_step", source, "three blocks").message
