"""Exercise `lstm_step` of lesson 04."""

import numpy as np

from cifg_edu.exercises import Case, Exercise, Mutant
from cifg_edu.lstm import lstm_step


def _lstm_step_cases(rng: np.random.Generator) -> list[Case]:
    B, D, H = 3, 5, 2
    x, h_prev, c_prev = rng.normal(size=(B, D)), rng.normal(size=(B, H)), rng.normal(size=(B, H))
    Wx, Wh, b = rng.normal(size=(D, 4 * H)), rng.normal(size=(H, 4 * H)), rng.normal(size=4 * H)
    full = np.full(4 * H, 0.0)
    full[: 2 * H], full[3 * H :] = 20.0, 20.0
    return [
        Case("B = 3, D = 5, H = 2", (x, h_prev, c_prev, Wx, Wh, b)),
        Case("the first step, h_prev = c_prev = 0", (x, 0 * h_prev, 0 * c_prev, Wx, Wh, b)),
        Case(
            "no weights, and biases that open i and f wide: the cell adds 1",
            (x, h_prev, 10 + c_prev, 0 * Wx, 0 * Wh, full),
        ),
    ]


EXERCISE = Exercise(
    reference=lstm_step,
    lesson=4,
    place=1,
    stars=2,
    outputs=("h", "c", "cache"),
    make_cases=_lstm_step_cases,
    hints=(
        "Your cifg_step of lesson 02 is nearly the answer: one more block, one more sigmoid, and "
        "another line for c.",
        "a_i, a_f, a_o, a_g = split_gates(x @ Wx + h_prev @ Wh + b, 4), in this order. Three of "
        "them go through sigmoid, the last one through tanh. The old cell is scaled by f, the "
        "candidate by i, and h looks at the new cell.",
        "i, f, o, g = sigmoid(a_i), sigmoid(a_f), sigmoid(a_o), np.tanh(a_g)\n"
        "c = f * c_prev + i * g\n"
        "h = o * np.tanh(c)\n"
        "return h, c, LSTMCache(x, h_prev, c_prev, i, f, o, g, c)",
    ),
    mutants=(
        Mutant(
            "that is the CIFG: the old cell is scaled by 1 - i, but here f has weights of its own "
            "and stands in that place.",
            {"c = f * c_prev": "c = (1 - i) * c_prev"},
        ),
        Mutant(
            "the new value is scaled by 1 - f, which ties the gates from the other side: here i "
            "is free.",
            {"+ i * g": "+ (1 - f) * g"},
        ),
        Mutant(
            "i and f have changed places: the blocks come in the order i, f, o, g.",
            {"a_i, a_f, a_o, a_g = split": "a_f, a_i, a_o, a_g = split"},
        ),
        Mutant(
            "the blocks are read in the order i, f, g, o, which is that of some other libraries: "
            "here it is i, f, o, g.",
            {"a_i, a_f, a_o, a_g = split": "a_i, a_f, a_g, a_o = split"},
        ),
        Mutant(
            "the blocks are read as the CIFG's i, o, g with f at the end: f comes second.",
            {"a_i, a_f, a_o, a_g = split": "a_i, a_o, a_g, a_f = split"},
        ),
        Mutant(
            "the new value comes in whole: the candidate g must be scaled by i.",
            {"+ i * g": "+ g"},
        ),
        Mutant(
            "the old cell is kept whole: it must be scaled by f, or nothing is ever forgotten.",
            {"f * c_prev + i * g": "c_prev + i * g"},
        ),
        Mutant(
            "h needs the tanh of the cell: without it h grows as far as the cell does.",
            {"h = o * np.tanh(c)": "h = o * c"},
        ),
        Mutant(
            "h looks at the cell of the step before: the new cell belongs inside the tanh.",
            {"h = o * np.tanh(c)": "h = o * np.tanh(c_prev)"},
        ),
        Mutant(
            "the output gate o is missing from h.",
            {"h = o * np.tanh(c)": "h = np.tanh(c)"},
        ),
        Mutant(
            "the candidate went through a sigmoid: g needs tanh, or the cell could only count "
            "upwards.",
            {"np.tanh(a_g)": "sigmoid(a_g)"},
        ),
        Mutant(
            "h_prev is missing from the pre-activations: the step does not see what it said "
            "before.",
            {"x @ Wx + h_prev @ Wh + b": "x @ Wx + b"},
        ),
        Mutant(
            "the pre-activations look at c_prev: Wh multiplies h_prev.",
            {"h_prev @ Wh": "c_prev @ Wh"},
        ),
        Mutant(
            "the bias b is missing from the pre-activations.",
            {"h_prev @ Wh + b": "h_prev @ Wh"},
        ),
        Mutant(
            "c_prev is overwritten in place (by *= or +=): the backward pass still needs it.",
            {"c = f * c_prev + i * g": "c = c_prev\n    c *= f\n    c += i * g"},
        ),
        Mutant(
            "h and c are right, and the cache keeps the gates in another order: it is i, f, o, g.",
            {"c_prev, i, f, o, g, c)": "c_prev, i, o, f, g, c)"},
        ),
        Mutant(
            "h and c are returned without the cache: the third part is "
            "LSTMCache(x, h_prev, c_prev, i, f, o, g, c).",
            {"return (h, c, LSTMCache(x, h_prev, c_prev, i, f, o, g, c))": "return (h, c)"},
        ),
        Mutant(
            "that is the CIFG's cache, without f: here f is a gate of its own, between i and o.",
            {"LSTMCache(x, h_prev, c_prev, i, f, o, g, c)": ("(x, h_prev, c_prev, i, o, g, c)")},
        ),
    ),
)
