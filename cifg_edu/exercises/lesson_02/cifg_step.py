"""Exercise `cifg_step` of lesson 02."""

import numpy as np

from cifg_edu.cifg import cifg_step
from cifg_edu.exercises import Case, Exercise, Function, Mutant, Question, by_name


def _cases(rng: np.random.Generator) -> list[Case]:
    def case(title: str, B: int, D: int, H: int, start: float = 1.0, scale: float = 1.0) -> Case:
        x = rng.normal(size=(B, D))
        h_prev, c_prev = start * rng.uniform(-0.7, 0.7, size=(2, B, H))
        Wx, Wh = scale * rng.normal(size=(D, 3 * H)), scale * rng.normal(size=(H, 3 * H))
        return Case(title, (x, h_prev, c_prev, Wx, Wh, scale * rng.normal(size=3 * H)))

    first = case("a first step, with h_prev = 0 and c_prev = 0", 2, 3, 4, start=0.0)
    alone = case("a batch of one, and more units than inputs; each argument by its name", 1, 2, 5)
    return [
        case("a batch of B = 4, with D = 5 inputs, H = 3 units and a state that arrives", 4, 5, 3),
        first._replace(
            title=f"{first.title}; Wx, Wh and b by their names",
            arguments=by_name(first.arguments, "Wx", "Wh", "b"),
        ),
        alone._replace(
            arguments=by_name(alone.arguments, "x", "h_prev", "c_prev", "Wx", "Wh", "b")
        ),
        case("large weights, so that the gates stand almost open or shut", 3, 4, 2, scale=5.0),
    ]


_CUT = "a_i, a_o, a_g = split_gates(x @ Wx + h_prev @ Wh + b, 3)"


def _cut_at(size: str, end: str) -> str:
    """The cut into blocks by hand, of a certain size."""
    return (
        f"a, H = (x @ Wx + h_prev @ Wh + b, {size})\n"
        f"    a_i, a_o, a_g = (a[:, :H], a[:, H:2 * H], a[:, 2 * H:{end}])"
    )


_MIX = "interpolate(c_prev, g, i)"


_CACHE = "CIFGCache(x, h_prev, c_prev, i, o, g, c)"


def _ask(f: Function) -> str:
    zeros, ones = np.zeros((1, 1)), np.ones((1, 1))
    shut, opened = (
        f(zeros, zeros, ones, np.zeros((1, 3)), np.zeros((1, 3)), np.array([a_i, 0.0, 100.0]))[1]
        for a_i in (-5.0, 5.0)
    )
    return (
        f"{float(shut[0, 0]):.6g} and {float(opened[0, 0]):.6g}. The shares i and 1 - i sum to 1, "
        "so equal values stay what they are."
    )


EXERCISE = Exercise(
    reference=cifg_step,
    lesson=2,
    place=1,
    stars=2,
    outputs=("h", "c", "cache"),
    make_cases=_cases,
    hints=(
        "Go from the bottom of the picture to the top: one sum for all three gates, a cut into "
        "three blocks, a squashing function for each block, the mixture, the output. That is "
        "about five lines.",
        "a = x @ Wx + h_prev @ Wh + b has the shape (B, 3H), and split_gates(a, 3) gives its "
        "blocks in the order i, o, g. Two of them go through sigmoid, the candidate through "
        "np.tanh. The old value of the mixture is c_prev, the new one is g.",
        "a_i, a_o, a_g = split_gates(x @ Wx + h_prev @ Wh + b, 3)\n"
        "i, o, g = sigmoid(a_i), sigmoid(a_o), np.tanh(a_g)\n"
        "c = interpolate(c_prev, g, i)\n"
        "h = o * np.tanh(c)\n"
        "return h, c, CIFGCache(x, h_prev, c_prev, i, o, g, c)",
    ),
    mutants=(
        Mutant(
            "old and new have changed places in the mixture: c_prev keeps the share 1 - i, and g "
            "gets i.",
            {_MIX: "interpolate(g, c_prev, i)"},
        ),
        Mutant(
            "the old cell is kept whole, as if f were 1: it must shrink by 1 - i before i * g is "
            "added.",
            {_MIX: "c_prev + i * g"},
        ),
        Mutant(
            "the old cell gets the share i, and it must get what the new one leaves over: 1 - i.",
            {_MIX: "i * c_prev + i * g"},
        ),
        Mutant(
            "f is sigmoid(1 - a_i), and that is not 1 - i: subtract after the sigmoid, not before "
            "(sigmoid(-a_i) would do).",
            {_MIX: "sigmoid(1.0 - a_i) * c_prev + i * g"},
        ),
        Mutant(
            "the candidate comes into the cell whole: it must be scaled by i.",
            {_MIX: "(1.0 - i) * c_prev + g"},
        ),
        Mutant(
            "the cell is mixed by the output gate o: that is the work of i.",
            {_MIX: "interpolate(c_prev, g, o)"},
        ),
        Mutant(
            "the blocks are read in the order i, g, o: the order in the fused weights is i, o, g.",
            {"a_i, a_o, a_g": "a_i, a_g, a_o"},
        ),
        Mutant(
            "the blocks are read in the order o, i, g: the input gate's block is the first one.",
            {"a_i, a_o, a_g": "a_o, a_i, a_g"},
        ),
        Mutant(
            "the columns are dealt out in turn (a[:, 0::3]): each gate owns H columns side by "
            "side, so cut at H and 2H.",
            {
                _CUT: (
                    "a = x @ Wx + h_prev @ Wh + b\n"
                    "    a_i, a_o, a_g = (a[:, 0::3], a[:, 1::3], a[:, 2::3])"
                )
            },
        ),
        Mutant(
            "the pre-activations are not cut into blocks: each gate needs its own H columns of the "
            "3H.",
            {_CUT: "a_i = a_o = a_g = x @ Wx + h_prev @ Wh + b"},
        ),
        Mutant(
            "four blocks are cut, and a CIFG has three: there is none for a forget gate, which is "
            "1 - i.",
            {
                _CUT: "a_i, a_f, a_o, a_g = split_gates(x @ Wx + h_prev @ Wh + b, 4)",
                _MIX: "sigmoid(a_f) * c_prev + i * g",
            },
        ),
        Mutant(
            "a fourth block is read behind 3H, where there is nothing: the blocks are i, o, g, and "
            "f is 1 - i.",
            {
                _CUT: (
                    "a, H = (x @ Wx + h_prev @ Wh + b, h_prev.shape[1])\n"
                    "    a_i, a_f, a_o, a_g = (a[:, :H], a[:, H:2*H], a[:, 2*H:3*H], a[:, 3*H:])"
                ),
                _MIX: "sigmoid(a_f) * c_prev + i * g",
            },
        ),
        *(
            Mutant(
                f"the blocks are cut at the size of {what}: the number of units H is "
                "h_prev.shape[1].",
                {_CUT: _cut_at(size, end)},
            )
            for what, size in (
                ("the batch, len(h_prev)", "len(h_prev)"),
                ("the input, x.shape[1]", "x.shape[1]"),
            )
            for end in ("", "3 * H")
        ),
        Mutant(
            "the bias b is missing from the pre-activations.",
            {" + b": ""},
        ),
        Mutant(
            "h_prev @ Wh is missing: without it the gates know nothing of the past.",
            {" + h_prev @ Wh": ""},
        ),
        Mutant(
            "the product with Wh takes c_prev, and it should take h_prev: the gates see the "
            "output, not the cell.",
            {"h_prev @ Wh": "c_prev @ Wh"},
        ),
        Mutant(
            "Wx is transposed, and it need not be: x (B, D) @ Wx (D, 3H) is (B, 3H) as it stands.",
            {"x @ Wx": "x @ Wx.T"},
        ),
        Mutant(
            "the product is Wx @ x: examples are rows here, so x stands on the left, x @ Wx.",
            {"x @ Wx": "Wx @ x"},
        ),
        Mutant(
            "* multiplies number by number, and here matrices are multiplied: x @ Wx.",
            {"x @ Wx": "x * Wx"},
        ),
        Mutant(
            "the candidate goes through sigmoid: it needs tanh, or it could never be negative.",
            {"np.tanh(a_g)": "sigmoid(a_g)"},
        ),
        Mutant(
            "the candidate goes through sigmoid and then through tanh: it needs tanh only.",
            {"np.tanh(a_g)": "np.tanh(sigmoid(a_g))"},
        ),
        Mutant(
            "the gates go through sigmoid twice: once is enough.",
            {"sigmoid(a_i), sigmoid(a_o)": "sigmoid(sigmoid(a_i)), sigmoid(sigmoid(a_o))"},
        ),
        Mutant(
            "no block goes through its function: i and o need sigmoid, g needs tanh.",
            {"sigmoid(a_i), sigmoid(a_o), np.tanh(a_g)": "a_i, a_o, a_g"},
        ),
        Mutant(
            "the old value in the mixture is h_prev: the cell remembers c_prev.",
            {_MIX: "interpolate(h_prev, g, i)"},
        ),
        Mutant(
            "the cell goes through tanh before it is kept: only h takes the tanh of c.",
            {_MIX: "np.tanh(interpolate(c_prev, g, i))"},
        ),
        Mutant(
            "a parenthesis is closed too late: 1 - i scales c_prev only, not i * g.",
            {_MIX: "(1.0 - i) * (c_prev + i * g)"},
        ),
        Mutant(
            "the output reads the cell through sigmoid: it needs tanh.",
            {"o * np.tanh(c)": "o * sigmoid(c)"},
        ),
        Mutant(
            "the output is scaled by the input gate i: that is the work of o.",
            {"o * np.tanh(c)": "i * np.tanh(c)"},
        ),
        Mutant(
            "the output gate o is missing from h.",
            {"o * np.tanh(c)": "np.tanh(c)"},
        ),
        Mutant(
            "the bias is added twice, as some libraries have two: here there is one b.",
            {" + b": " + b + b"},
        ),
        Mutant(
            "1 is added to the input gate's pre-activation: a start for the bias belongs in b, "
            "not in the step.",
            {"sigmoid(a_i)": "sigmoid(a_i + 1.0)"},
        ),
        Mutant(
            "the pre-activations are summed over the batch: each row of x has its own.",
            {"x @ Wx + h_prev @ Wh + b": "(x @ Wx + h_prev @ Wh + b).sum(axis=0, keepdims=True)"},
        ),
        Mutant(
            "all three blocks go through tanh: i and o are gates and need sigmoid.",
            {"sigmoid(a_i), sigmoid(a_o)": "np.tanh(a_i), np.tanh(a_o)"},
        ),
        Mutant(
            "tanh is missing from the output: h is o * tanh(c), not o * c.",
            {"o * np.tanh(c)": "o * c"},
        ),
        Mutant(
            "the output is tanh(o * c): squash the cell first, then multiply by o.",
            {"o * np.tanh(c)": "np.tanh(o * c)"},
        ),
        Mutant(
            "the output reads the old cell c_prev: compute c first, and read the new one.",
            {"np.tanh(c)": "np.tanh(c_prev)"},
        ),
        Mutant(
            "the output is made from the candidate g: it is the cell c that speaks through o.",
            {"o * np.tanh(c)": "o * np.tanh(g)"},
        ),
        Mutant(
            "c and h have changed places in the return: the order is h, c, cache.",
            {"return (h, c,": "return (c, h,"},
        ),
        Mutant(
            "the cache is missing: return three things, h, c and CIFGCache(...).",
            {f"return (h, c, {_CACHE})": "return (h, c)"},
        ),
        Mutant(
            "only h is returned: the next step needs c as well, and the way back needs the cache.",
            {f"return (h, c, {_CACHE})": "return h"},
        ),
        Mutant(
            "the cache is left empty: put (x, h_prev, c_prev, i, o, g, c) into it.",
            {_CACHE: "None"},
        ),
        Mutant(
            "the cache holds the new h in the place of h_prev: the way back needs the one that "
            "came in.",
            {_CACHE: "CIFGCache(x, h, c_prev, i, o, g, c)"},
        ),
        Mutant(
            "the cache holds the new c in the place of c_prev: the way back needs both.",
            {_CACHE: "CIFGCache(x, h_prev, c, i, o, g, c)"},
        ),
        Mutant(
            "the last place of the cache holds c_prev again: it is for the new c.",
            {_CACHE: "CIFGCache(x, h_prev, c_prev, i, o, g, c_prev)"},
        ),
        Mutant(
            "the cache holds the pre-activations: keep the gates as they are after sigmoid and "
            "tanh.",
            {_CACHE: "CIFGCache(x, h_prev, c_prev, a_i, a_o, a_g, c)"},
        ),
        Mutant(
            "the cache holds i, g, o: its order is i, o, g, like that of the weights.",
            {_CACHE: "CIFGCache(x, h_prev, c_prev, i, g, o, c)"},
        ),
        Mutant(
            "c_prev is overwritten in place (by *= or +=), so the cache holds the new cell twice: "
            "write c = ... on a new line.",
            {f"c = {_MIX}": "c_prev *= 1.0 - i\n    c_prev += i * g\n    c = c_prev"},
        ),
    ),
    question=Question(
        "Let the old cell be 1 and the new value g be 1 too. What is c when the input "
        "gate is almost shut, and when it is almost open?",
        _ask,
    ),
)
