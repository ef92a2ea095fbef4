"""Exercise `cifg_step_backward` of lesson 06."""

import numpy as np

from cifg_edu.cifg import CIFGCache, cifg_step, cifg_step_backward
from cifg_edu.exercises import Case, Exercise, Function, Mutant, Question
from cifg_edu.initializers import initialize_cifg


def _step_case(
    rng: np.random.Generator,
    title: str,
    sizes: tuple[int, int, int] = (4, 5, 3),
    state: float = 1.0,
    dh_size: float = 1.0,
    dc_size: float = 1.0,
) -> Case:
    """One step between a state before it and gradients after it, all drawn at random."""
    B, D, H = sizes
    weights = initialize_cifg(rng, D, H)
    weights["b"] += rng.normal(size=3 * H)
    x, h_prev, c_prev = (
        rng.normal(size=(B, D)),
        state * rng.normal(size=(B, H)),
        state * rng.normal(size=(B, H)),
    )
    cache = cifg_step(x, h_prev, c_prev, **weights)[2]
    dh, dc = dh_size * rng.normal(size=(B, H)), dc_size * rng.normal(size=(B, H))
    return Case(title, (dh, dc, weights["Wx"], weights["Wh"], cache))


def _pencil_case() -> Case:
    """The step that lesson 02 computes by hand: one input, one unit."""
    Wx, Wh, b = (
        np.array([[1.0, 0.0, 2.0]]),
        np.array([[-2.0, 1.0, 1.0]]),
        np.array([0.0, 0.5, -0.5]),
    )
    x, h_prev, c_prev, dh, dc = (np.array([[value]]) for value in (1.0, 0.5, -0.4, 1.0, 0.4))
    cache = cifg_step(x, h_prev, c_prev, Wx, Wh, b)[2]
    return Case("the step of lesson 02's pencil, one input and one unit", (dh, dc, Wx, Wh, cache))


def _step_cases(rng: np.random.Generator) -> list[Case]:
    return [
        _step_case(rng, "the only step (T = 1), from an empty cell", state=0.0, dc_size=0.0),
        _step_case(
            rng, "the last step: nothing arrives from t + 1 (dc = 0)", (3, 2, 5), dc_size=0.0
        ),
        _step_case(
            rng, "a step whose output is not used: only dc arrives (dh = 0)", (1, 4, 2), dh_size=0.0
        ),
        _step_case(rng, "a step in the middle, B = 4, D = 5, H = 3, nothing zero"),
        _step_case(rng, "a step in the middle, B = 2, D = 3, H = 4, nothing zero", (2, 3, 4)),
        _step_case(rng, "large gradients", (5, 1, 3), dh_size=1e3, dc_size=1e3),
        _pencil_case(),
    ]


def _ask(f: Function) -> str:
    rng = np.random.default_rng(0)
    x, h_prev, g = rng.normal(size=(2, 4)), rng.normal(size=(2, 3)), rng.uniform(size=(2, 3))
    i, o = rng.uniform(size=(2, 2, 3))
    dh, dc, Wx, Wh = (rng.normal(size=shape) for shape in ((2, 3), (2, 3), (4, 9), (3, 9)))
    db = f(dh, dc, Wx, Wh, CIFGCache(x, h_prev, g, i, o, g, g))[5]
    return (
        f"{np.abs(db[:3]).max():g}, since di = dc * (g - c_prev). Between equal values it does not "
        "matter how far the gate is open."
    )


EXERCISE = Exercise(
    reference=cifg_step_backward,
    lesson=6,
    place=2,
    stars=3,
    outputs=("dx", "dh_prev", "dc_prev", "dWx", "dWh", "db"),
    derivative=True,
    make_cases=_step_cases,
    hints=(
        "Unpack the cache: x, h_prev, c_prev, i, o, g, c = cache. Then go through the table from "
        "top to bottom: do, the whole dc, then di, dg and dc_prev from it. Make a new array for "
        "the whole dc; the one that you were given is not yours to change.",
        "From a gate to its pre-activation: times i * (1 - i), o * (1 - o) and 1 - g**2. "
        "Put the three side by side in the order i, o, g (np.concatenate with axis=-1) and call "
        "that da, of shape (B, 3H). All that is left are products: dx = da @ Wx.T, "
        "dWx = x.T @ da, the same with h_prev and Wh, and db = the sum of da over the batch.",
        "x, h_prev, c_prev, i, o, g, c = cache\n"
        "tanh_c = np.tanh(c)\n"
        "do = dh * tanh_c\n"
        "dc = dc + dh * o * (1 - tanh_c**2)\n"
        "di = dc * (g - c_prev)\n"
        "dg = dc * i\n"
        "da = np.concatenate([di * i * (1 - i), do * o * (1 - o), dg * (1 - g**2)], axis=-1)\n"
        "What is still to come: dc_prev, and the products with da.",
    ),
    mutants=(
        Mutant(
            "this is the phantom gate: di = dc * g counts what i writes and forgets what it "
            "erases. Its path through (1 - i) * c_prev brings - dc * c_prev.",
            {"dc * (g - c_prev)": "dc * g"},
            worthless=True,
        ),
        Mutant(
            "the sign of di is turned round: raising i writes g and erases c_prev, so the slope "
            "is g - c_prev.",
            {"dc * (g - c_prev)": "dc * (c_prev - g)"},
        ),
        Mutant(
            "di has g + c_prev: the derivative of 1 - i is -1, so c_prev comes with a minus.",
            {"dc * (g - c_prev)": "dc * (g + c_prev)"},
        ),
        Mutant(
            "di has the new c in place of c_prev: what is erased is the cell before the step.",
            {"dc * (g - c_prev)": "dc * (g - c)"},
        ),
        Mutant(
            "the dc that arrives from t + 1 is forgotten: the part through h is added to it.",
            {"dc + dh * o": "dh * o"},
        ),
        Mutant(
            "the part of dc that comes through h is forgotten: add dh * o * (1 - tanh(c)**2).",
            {"dc = dc + dh * o * (1 - tanh_c ** 2)": "dc = dc"},
        ),
        Mutant(
            "c also reaches the loss through h = o * tanh(c), and its slope there is "
            "1 - tanh(c)**2, not 1 - c**2.",
            {"dh * o * (1 - tanh_c ** 2)": "dh * o * (1 - c ** 2)"},
        ),
        Mutant(
            "on the way from h to c the output gate is missing: h = o * tanh(c), so the slope "
            "has a factor o.",
            {"dh * o * (1 - tanh_c ** 2)": "dh * (1 - tanh_c ** 2)"},
        ),
        Mutant(
            "do has c in place of tanh(c): h = o * tanh(c).",
            {"do = dh * tanh_c": "do = dh * c"},
        ),
        Mutant(
            "dc_prev has i where it needs 1 - i: the share of the old cell that stays.",
            {"dc_prev = dc * (1 - i)": "dc_prev = dc * i"},
        ),
        Mutant(
            "dc_prev is dc itself: only the share 1 - i of the old cell went on.",
            {"dc_prev = dc * (1 - i)": "dc_prev = dc"},
        ),
        Mutant(
            "dc_prev is made of the dc that arrived, without the part through h: use the sum.",
            {
                "dc = dc + dh * o * (1 - tanh_c ** 2)": (
                    "arrived = dc\n    dc = dc + dh * o * (1 - tanh_c ** 2)"
                ),
                "dc_prev = dc * (1 - i)": "dc_prev = arrived * (1 - i)",
            },
        ),
        Mutant(
            "the sigmoid's slope i * (1 - i) is missing on the way from i to its pre-activation.",
            {"di * i * (1 - i)": "di"},
        ),
        Mutant(
            "the sigmoid's slope o * (1 - o) is missing on the way from o to its pre-activation.",
            {"do * o * (1 - o)": "do"},
        ),
        Mutant(
            "the slope of tanh is 1 - g**2, and yours is 1 - g.",
            {"(1 - g ** 2)": "(1 - g)"},
        ),
        Mutant(
            "g comes from a tanh, not from a sigmoid: its slope is 1 - g**2, not g * (1 - g).",
            {"dg * (1 - g ** 2)": "dg * g * (1 - g)"},
        ),
        Mutant(
            "the gates stand in the order o, i, g; the fused weights have i, o, g.",
            {
                "[di * i * (1 - i), do * o * (1 - o), ": "[do * o * (1 - o), di * i * (1 - i), ",
            },
        ),
        Mutant(
            "the gates stand in the order i, g, o; the fused weights have i, o, g.",
            {
                "do * o * (1 - o), dg * (1 - g ** 2)]": "dg * (1 - g ** 2), do * o * (1 - o)]",
            },
        ),
        Mutant(
            "the three gates are stacked below one another: np.concatenate needs axis=-1, to put "
            "them side by side in an array of shape (B, 3H).",
            {"(1 - g ** 2)], axis=-1)": "(1 - g ** 2)])"},
        ),
        Mutant(
            "dWh is made with the new h: what Wh was multiplied by is h_prev.",
            {"h_prev.T @ da": "(o * tanh_c).T @ da"},
        ),
        Mutant(
            "the gradients are clipped inside the step: clip after it, where that is wanted, since "
            "a clipped gradient is not the derivative.",
            {"(1 - g ** 2)], axis=-1)": "(1 - g ** 2)], axis=-1).clip(-5.0, 5.0)"},
        ),
        Mutant(
            "i has been through the sigmoid already: its slope is i * (1 - i), with i itself.",
            {"di * i * (1 - i)": "di * sigmoid(i) * (1 - sigmoid(i))"},
        ),
        Mutant(
            "the slope of tanh(c) is 1 - tanh(c)**2, and yours is 1 - tanh(c).",
            {"(1 - tanh_c ** 2)": "(1 - tanh_c)"},
        ),
        Mutant(
            "dg has 1 - i where it needs i: the candidate comes in with the share i.",
            {"dg = dc * i": "dg = dc * (1 - i)"},
        ),
        Mutant(
            "do is scaled by o: the slope of o * tanh(c) for o is tanh(c) alone.",
            {"do = dh * tanh_c": "do = dh * tanh_c * o"},
        ),
        Mutant(
            "dh_prev and dc_prev have changed places in the return.",
            {"da @ Wh.T, dc_prev": "dc_prev, da @ Wh.T"},
        ),
        Mutant(
            "db is summed over the gates (axis 1): sum it over the batch (axis 0).",
            {"da.sum(axis=0)": "da.sum(axis=1)"},
        ),
        Mutant(
            "db is a mean over the batch: each sequence uses the same b, so its shares are added.",
            {"da.sum(axis=0)": "da.mean(axis=0)"},
        ),
        Mutant(
            "dWx and dWh are divided by the size of the batch: where the loss is a mean, dh and "
            "dc hold that factor already.",
            {"x.T @ da, h_prev.T @ da": "x.T @ da / len(x), h_prev.T @ da / len(x)"},
        ),
        Mutant(
            "db still has one row for each sequence: sum it over the batch (axis 0).",
            {"da.sum(axis=0)": "da"},
        ),
        Mutant(
            "dh_prev goes back through Wx: h_prev was multiplied by Wh.",
            {"da @ Wh.T": "da @ Wx.T"},
        ),
        Mutant(
            "dWx and dWh are transposed: Wx is (D, 3H), so its gradient is x.T @ da.",
            {"x.T @ da, h_prev.T @ da": "da.T @ x, da.T @ h_prev"},
        ),
        Mutant(
            "a transpose is missing in da @ Wx.T: da is (B, 3H) and Wx is (D, 3H).",
            {"da @ Wx.T": "da @ Wx"},
        ),
        Mutant(
            "`dc +=` writes into the array that you were given: write `dc = dc + ...`, which "
            "makes a new one.",
            {"dc = dc + dh": "dc += dh"},
        ),
    ),
    question=Question(
        "Let the new value g equal the old cell. What gradient does your step send to "
        "the input gate's bias?",
        _ask,
    ),
)
