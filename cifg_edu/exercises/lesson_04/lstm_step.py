"""Exercise `lstm_step` of lesson 04."""

import numpy as np

from cifg_edu.cifg import cifg_step
from cifg_edu.exercises import Case, Exercise, Function, Mutant, Question, by_name
from cifg_edu.lstm import lstm_step


def _lstm_step_cases(rng: np.random.Generator) -> list[Case]:
    def case(title: str, B: int, D: int, H: int, state: float = 1.0) -> Case:
        x, (h_prev, c_prev) = rng.normal(size=(B, D)), state * rng.normal(size=(2, B, H))
        Wx, Wh = rng.normal(size=(D, 4 * H)), rng.normal(size=(H, 4 * H))
        return Case(title, (x, h_prev, c_prev, Wx, Wh, rng.normal(size=4 * H)))

    # No H is a multiple of 3, so that a cut into three blocks stops at the cut in every case.
    x, h_prev, c_prev, Wx, Wh, _ = case("", 4, 2, 1).arguments
    full = np.array([20.0, 20.0, 0.0, 20.0])
    first = case("the first step, h_prev = c_prev = 0; Wx, Wh and b by name", 2, 3, 4, state=0.0)
    return [
        case("B = 3, D = 5, H = 2", 3, 5, 2),
        first._replace(arguments=by_name(first.arguments, "Wx", "Wh", "b")),
        case("a batch of one, and more units than inputs", 1, 2, 5),
        Case(
            "no weights, and biases that open i and f wide: the cell adds 1",
            (x, h_prev, 10 + c_prev, 0 * Wx, 0 * Wh, full),
        ),
    ]


_CUT = "a_i, a_f, a_o, a_g = split_gates(x @ Wx + h_prev @ Wh + b, 4)"


def _ask(f: Function) -> str:
    rng = np.random.default_rng(0)
    x, h, c = rng.normal(size=(2, 4)), rng.normal(size=(2, 3)), rng.normal(size=(2, 3))
    cifg = [rng.normal(size=shape) for shape in ((4, 9), (3, 9), (9,))]
    tied = [np.concatenate([W[..., :3], -W[..., :3], W[..., 3:]], axis=-1) for W in cifg]
    off = np.abs(f(x, h, c, *tied)[1] - cifg_step(x, h, c, *cifg)[1]).max()
    return (
        f"By {off:.1g}, no more than rounding: sigmoid(-a) = 1 - sigmoid(a), so this LSTM is a "
        "CIFG."
    )


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
            "that is the CIFG: the old cell is scaled by 1 - i, but here f has its own weights "
            "and stands in that place.",
            {"c = f * c_prev": "c = (1 - i) * c_prev"},
        ),
        Mutant(
            "there are four gates here, and this cuts into 3: an LSTM's f has its own block, "
            "so split_gates(..., 4).",
            {_CUT: "a_i, a_o, a_g = split_gates(x @ Wx + h_prev @ Wh + b, 3)\n    a_f = -a_i"},
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
            "the candidate goes through sigmoid and then through tanh: it needs tanh only.",
            {"np.tanh(a_g)": "np.tanh(sigmoid(a_g))"},
        ),
        Mutant(
            "1 is added to the forget gate's pre-activation: a start for the bias belongs in b, "
            "not in the step.",
            {"sigmoid(a_f)": "sigmoid(a_f + 1.0)"},
        ),
        Mutant(
            "all four blocks go through sigmoid or tanh the wrong way round: i, f and o need "
            "sigmoid, g needs tanh.",
            {
                "sigmoid(a_i), sigmoid(a_f), sigmoid(a_o), np.tanh(a_g)": (
                    "np.tanh(a_i), np.tanh(a_f), np.tanh(a_o), sigmoid(a_g)"
                )
            },
        ),
        Mutant(
            "all four blocks go through tanh: i, f and o are gates and need sigmoid.",
            {
                "sigmoid(a_i), sigmoid(a_f), sigmoid(a_o)": (
                    "np.tanh(a_i), np.tanh(a_f), np.tanh(a_o)"
                )
            },
        ),
        Mutant(
            "the columns are dealt out in turn (a[:, 0::4]): each gate owns H columns side by "
            "side, so cut at H, 2H and 3H.",
            {
                _CUT: (
                    "a = x @ Wx + h_prev @ Wh + b\n"
                    "    a_i, a_f, a_o, a_g = (a[:, k::4] for k in range(4))"
                )
            },
        ),
        *(
            Mutant(
                "the blocks are cut at the size of the batch, len(h_prev): the number of units H "
                "is h_prev.shape[1].",
                {
                    _CUT: (
                        "a, H = (x @ Wx + h_prev @ Wh + b, len(h_prev))\n"
                        "    a_i, a_f, a_o = (a[:, :H], a[:, H:2 * H], a[:, 2 * H:3 * H])\n"
                        f"    a_g = a[:, 3 * H:{end}]"
                    )
                },
            )
            for end in ("", "4 * H")
        ),
        Mutant(
            "the cell goes through tanh before it is kept: only h takes the tanh of c.",
            {"c = f * c_prev + i * g": "c = np.tanh(f * c_prev + i * g)"},
        ),
        Mutant(
            "f scales the new value too: only c_prev is scaled by f.",
            {"c = f * c_prev + i * g": "c = f * (c_prev + i * g)"},
        ),
        Mutant(
            "the old value is h_prev: the cell remembers c_prev.",
            {"f * c_prev": "f * h_prev"},
        ),
        Mutant(
            "f and i have changed places in the cell: f scales c_prev, i scales g.",
            {"c = f * c_prev + i * g": "c = i * c_prev + f * g"},
        ),
        Mutant(
            "the output is tanh(o * c): squash the cell first, then multiply by o.",
            {"h = o * np.tanh(c)": "h = np.tanh(o * c)"},
        ),
        Mutant(
            "the bias is added twice, as some libraries have two: here there is one b.",
            {"h_prev @ Wh + b": "h_prev @ Wh + b + b"},
        ),
        Mutant(
            "c and h have changed places in the return: the order is h, c, cache.",
            {"return (h, c,": "return (c, h,"},
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
            "that is the CIFG's cache, without f: here f is a separate gate, between i and o.",
            {"LSTMCache(x, h_prev, c_prev, i, f, o, g, c)": ("(x, h_prev, c_prev, i, o, g, c)")},
        ),
    ),
    question=Question(
        "Give your LSTM the forget weights -W_i and the bias -b_i. By how much does its "
        "c differ from a CIFG's?",
        _ask,
    ),
)
