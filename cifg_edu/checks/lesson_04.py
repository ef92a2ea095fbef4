"""Lesson 04, the vanilla twin: lstm_step, count_parameters."""

import numpy as np

from cifg_edu.checks.exercise import Case, Exercise, Mutant
from cifg_edu.initializers import count_parameters
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


def _count_parameters_cases(rng: np.random.Generator) -> list[Case]:
    return [
        Case("a CIFG with D = 65, H = 128, 3 blocks", (65, 128, 3)),
        Case("a vanilla LSTM with D = 65, H = 128, 4 blocks", (65, 128, 4)),
        Case("more units than inputs: D = 3, H = 7, 4 blocks", (3, 7, 4)),
        Case("a plain recurrent network has 1 block: D = 5, H = 2", (5, 2, 1)),
    ]


LSTM_STEP = Exercise(
    reference=lstm_step,
    lesson=4,
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

COUNT_PARAMETERS = Exercise(
    reference=count_parameters,
    lesson=4,
    stars=1,
    outputs=("the count",),
    make_cases=_count_parameters_cases,
    hints=(
        "Write down the three shapes, Wx (D, G H), Wh (H, G H) and b (G H,), and count the "
        "numbers in each.",
        "Every one of the G H columns holds D numbers of Wx, H numbers of Wh and 1 of b.",
        "return gates * hidden_size * (input_size + hidden_size + 1)",
    ),
    mutants=(
        Mutant(
            "the biases are missing: each column has one number more than its weights.",
            {"(input_size + hidden_size + 1)": "(input_size + hidden_size)"},
        ),
        Mutant(
            "there is a single bias for each gate: every unit of every gate has its own, H in a "
            "block.",
            {
                "gates * hidden_size * (input_size + hidden_size + 1)": (
                    "gates * (hidden_size * (input_size + hidden_size) + 1)"
                )
            },
        ),
        Mutant(
            "only one block is counted: there are as many as `gates` says.",
            {"gates * hidden_size * (": "hidden_size * ("},
        ),
        Mutant(
            "the biases of one block only are counted: b has H numbers for each block.",
            {
                "gates * hidden_size * (input_size + hidden_size + 1)": (
                    "gates * hidden_size * (input_size + hidden_size) + hidden_size"
                )
            },
        ),
        Mutant(
            "two biases are counted for each unit, as some libraries have: here there is one b.",
            {"hidden_size + 1": "hidden_size + 2"},
        ),
        Mutant(
            "Wh is missing: the output of the step before has weights too, H for each column.",
            {"(input_size + hidden_size + 1)": "(input_size + 1)"},
        ),
        Mutant(
            "Wx is missing: the input has weights too, D for each column.",
            {"(input_size + hidden_size + 1)": "(hidden_size + 1)"},
        ),
        Mutant(
            "D and H have changed places: a block has one column for each unit, so H columns.",
            {"gates * hidden_size": "gates * input_size"},
        ),
        Mutant(
            "Wh is counted with G H rows: h has H numbers, however many gates there are.",
            {"input_size + hidden_size + 1": "input_size + gates * hidden_size + 1"},
        ),
        Mutant(
            "always four blocks are counted, the LSTM's: use `gates`.",
            {"gates * hidden_size": "4 * hidden_size"},
        ),
        Mutant(
            "always three blocks are counted, the CIFG's: use `gates`.",
            {"gates * hidden_size": "3 * hidden_size"},
        ),
        Mutant(
            "peepholes are counted, H for each gate but the candidate: our cells have none.",
            {
                "(input_size + hidden_size + 1)": (
                    "(input_size + hidden_size + 1) + (gates - 1) * hidden_size"
                )
            },
        ),
    ),
)

EXERCISES = (LSTM_STEP, COUNT_PARAMETERS)
