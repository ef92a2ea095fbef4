"""Exercise `adam_step` of lesson 09."""

import numpy as np

from cifg_edu.arrays import Tensors
from cifg_edu.exercises import Case, Exercise, Function, Mutant, Question, by_name
from cifg_edu.exercises.lesson_09._tensors import LAYER, Shapes, tensors
from cifg_edu.optimizers import AdamState, adam_state, adam_step


def _midway(rng: np.random.Generator, shapes: Shapes, t: int) -> AdamState:
    """A state in the middle of a run: m about as large as the root of v."""
    squares = {name: g**2 for name, g in tensors(rng, shapes).items()}
    return AdamState(tensors(rng, shapes, 0.3), squares, t)


def _adam_cases(rng: np.random.Generator) -> list[Case]:
    two: Shapes = {"W": (5, 2), "bias": (3,)}
    three: Shapes = {"z": (1, 6), "y": (2, 2, 3), "x": (7,)}
    turned = {name: three[name] for name in "xyz"}
    layer = tensors(rng)
    one: Tensors = {"p": np.zeros(5)}
    scales: Tensors = {"p": rng.uniform(0.5, 1.5, 5) * np.array([1e5, 1.0, -1e-3, 1e-6, 1e-10])}
    return [
        Case("the first step of a run", (layer, tensors(rng), adam_state(layer))),
        Case("step 8 of a run", (tensors(rng, two), tensors(rng, two), _midway(rng, two, 7))),
        Case(
            "step 8, learning_rate = 0.1, beta1 = 0.8, beta2 = 0.95, epsilon = 0.05",
            (layer, tensors(rng), _midway(rng, LAYER, 7), 0.1, 0.8, 0.95, 0.05),
        ),
        Case(
            "step 3, with a gradient of 0 in one tensor, and the names in another order",
            by_name(
                (
                    tensors(rng, three),
                    {**tensors(rng, turned), "y": np.zeros((2, 2, 3))},
                    _midway(rng, three, 2),
                    0.01,
                ),
                "learning_rate",
            ),
        ),
        Case(
            "one tensor, p, with gradients from 1e5 to 1e-10 in the first step",
            (one, scales, adam_state(one)),
        ),
    ]


M = "m[name] = beta1 * state.m[name] + (1 - beta1) * g"


V = "v[name] = beta2 * state.v[name] + (1 - beta2) * g ** 2"


M_HAT, V_HAT = "m[name] / (1 - beta1 ** t)", "v[name] / (1 - beta2 ** t)"


UPDATE = "p - learning_rate * m_hat / (np.sqrt(v_hat) + epsilon)"


RETURN = "return (new_parameters, AdamState(m, v, t))"


def _ask(f: Function) -> str:
    p = {"w": np.array([0.0])}
    steps = []
    for size in (1000.0, 1e-6):
        moved, _ = f(p, {"w": np.array([size])}, adam_state(p), 0.01)
        steps.append(abs(float(moved["w"][0])))
    return (
        f"{steps[0]:.4f} and {steps[1]:.4f}. Adam divides the gradient by its own size; only "
        "epsilon makes the second a little shorter."
    )


EXERCISE = Exercise(
    reference=adam_step,
    lesson=9,
    place=2,
    stars=2,
    outputs=("the new parameters", "the new state"),
    make_cases=_adam_cases,
    reasons={
        "the new state.t": "t counts the steps of the whole run: the new one is state.t + 1.",
        **{
            f"the new state.{mean}.{name}": f"the new {mean} is beta{n} times the old {mean} plus "
            f"1 - beta{n} times {what}, without the correction."
            for n, mean, what in ((1, "m", "the gradient"), (2, "v", "the gradient's square"))
            for name in LAYER
        },
    },
    hints=(
        "One loop over the names. For each tensor five lines in the order of the equations: m, v, "
        "the two corrected ones, the parameter. Before the loop, t is one more than state.t.",
        "Fill three new dictionaries: the parameters, m and v. The corrections are 1 - beta1**t "
        "and 1 - beta2**t, with the new t. Keep m and v, not the corrected ones, for the state. "
        "epsilon is added to the root.",
        "t = state.t + 1\n"
        "new_parameters, m, v = {}, {}, {}\n"
        "for name, p in parameters.items():\n"
        "    g = gradients[name]\n"
        "    m[name] = beta1 * state.m[name] + (1 - beta1) * g\n"
        "    v[name] = beta2 * state.v[name] + (1 - beta2) * g**2\n"
        "    m_hat = m[name] / (1 - beta1**t)\n"
        "    v_hat = v[name] / (1 - beta2**t)\n"
        "    new_parameters[name] = p - learning_rate * m_hat / (np.sqrt(v_hat) + epsilon)\n"
        "return new_parameters, AdamState(m, v, t)",
    ),
    mutants=(
        Mutant(
            "t counts from 0, so the first correction divides by 1 - beta**0 = 0: t is "
            "state.t + 1.",
            {"t = state.t + 1": "t = state.t"},
        ),
        Mutant(
            "an AdamState cannot be changed, and should not be: take t = state.t + 1 and return a "
            "new one.",
            {"t = state.t + 1": "state.t += 1\n    t = state.t"},
        ),
        Mutant(
            "t is 1 at every step: it must go on from state.t, over the whole run.",
            {"t = state.t + 1": "t = 1"},
        ),
        Mutant(
            "the corrections are missing: m and v begin at 0, so divide by 1 - beta1**t and "
            "1 - beta2**t.",
            {M_HAT: "m[name]", V_HAT: "v[name]"},
        ),
        Mutant(
            "only m is corrected: v begins at 0 too, and is divided by 1 - beta2**t.",
            {V_HAT: "v[name]"},
        ),
        Mutant(
            "only v is corrected: m begins at 0 too, and is divided by 1 - beta1**t.",
            {M_HAT: "m[name]"},
        ),
        Mutant(
            "beta1 and beta2 have changed places in the running means: beta1 belongs to m, beta2 "
            "to v.",
            {M: M.replace("beta1", "beta2"), V: V.replace("beta2", "beta1")},
        ),
        Mutant(
            "g is not squared in v: v is the running mean of g**2.",
            {"* g ** 2": "* g"},
        ),
        Mutant(
            "the weights of old and new have changed places: beta is the share of the old mean, "
            "1 - beta that of the new gradient.",
            {
                M: "m[name] = (1 - beta1) * state.m[name] + beta1 * g",
                V: "v[name] = (1 - beta2) * state.v[name] + beta2 * g ** 2",
            },
        ),
        Mutant(
            "epsilon stands inside the square root: it is added after the root is taken.",
            {"np.sqrt(v_hat) + epsilon": "np.sqrt(v_hat + epsilon)"},
        ),
        Mutant(
            "the square root is missing: the step is divided by sqrt(v_hat), not by v_hat.",
            {"np.sqrt(v_hat)": "v_hat"},
        ),
        Mutant(
            "the step goes uphill: it is subtracted from the parameters.",
            {"p - learning_rate": "p + learning_rate"},
        ),
        Mutant(
            "the step uses g in place of the corrected m: the running mean is what Adam follows.",
            {"learning_rate * m_hat": "learning_rate * g"},
        ),
        Mutant(
            "the parameters are changed in place (by -=): make a new array.",
            {
                f"new_parameters[name] = {UPDATE}": (
                    "p -= learning_rate * m_hat / (np.sqrt(v_hat) + epsilon)\n"
                    "        new_parameters[name] = p"
                )
            },
        ),
        Mutant(
            "m and v of the old state are changed in place: make new arrays for the new state.",
            {
                M: "state.m[name] *= beta1\n"
                "        state.m[name] += (1 - beta1) * g\n"
                "        m[name] = state.m[name]",
                V: "state.v[name] *= beta2\n"
                "        state.v[name] += (1 - beta2) * g ** 2\n"
                "        v[name] = state.v[name]",
            },
        ),
        Mutant(
            "the new state holds the old t, so every step thinks it is the same one: return "
            "t = state.t + 1.",
            {"AdamState(m, v, t)": "AdamState(m, v, state.t)"},
        ),
        Mutant(
            "the corrected m and v are stored, and will be corrected once more in the next step: "
            "keep the plain ones.",
            {
                "AdamState(m, v, t)": (
                    "AdamState({name: mean / (1 - beta1 ** t) for name, mean in m.items()}, "
                    "{name: mean / (1 - beta2 ** t) for name, mean in v.items()}, t)"
                )
            },
        ),
        Mutant(
            "that is the paper's second form, with the corrections in the learning rate: its "
            "epsilon is another one. Correct m and v themselves, or multiply epsilon by "
            "sqrt(1 - beta2**t).",
            {
                UPDATE: "p - learning_rate * np.sqrt(1 - beta2 ** t) / (1 - beta1 ** t) "
                "* m[name] / (np.sqrt(v[name]) + epsilon)"
            },
        ),
        Mutant(
            "the corrections have beta * t: they are 1 minus beta to the power of t, beta**t.",
            {M_HAT: M_HAT.replace("** t", "* t"), V_HAT: V_HAT.replace("** t", "* t")},
        ),
        Mutant(
            "the means are multiplied by the corrections: divide by them, since m and v are too "
            "small at first.",
            {M_HAT: M_HAT.replace("/", "*"), V_HAT: V_HAT.replace("/", "*")},
        ),
        Mutant(
            "the corrections use the old t: at the first step that divides by 1 - beta**0 = 0, so "
            "use state.t + 1.",
            {M_HAT: M_HAT.replace("t)", "state.t)"), V_HAT: V_HAT.replace("t)", "state.t)")},
        ),
        Mutant(
            "beta1 and beta2 have changed places in the corrections: m is divided by 1 - beta1**t, "
            "v by 1 - beta2**t.",
            {M_HAT: M_HAT.replace("beta1", "beta2"), V_HAT: V_HAT.replace("beta2", "beta1")},
        ),
        Mutant(
            "the corrections are always 1 - beta, which is right at the first step only: write "
            "beta1**t and beta2**t.",
            {M_HAT: M_HAT.replace(" ** t", ""), V_HAT: V_HAT.replace(" ** t", "")},
        ),
        Mutant(
            "the share 1 - beta1 is missing before g: that is plain momentum, and m grows to ten "
            "times the gradient.",
            {M: M.replace("(1 - beta1) * ", "")},
        ),
        Mutant(
            "1 - beta2 is squared together with g: only g is squared.",
            {"(1 - beta2) * g ** 2": "((1 - beta2) * g) ** 2"},
        ),
        Mutant(
            "v follows the square of m: it is the running mean of g**2.",
            {"* g ** 2": "* m[name] ** 2"},
        ),
        Mutant(
            "the old m and v are not used: each mean is beta times its old value and 1 - beta "
            "times what is new.",
            {M: "m[name] = (1 - beta1) * g", V: "v[name] = (1 - beta2) * g ** 2"},
        ),
        Mutant(
            "the steps are returned in place of the parameters: subtract each from its parameter.",
            {"p - learning_rate": "learning_rate"},
        ),
        Mutant(
            "the tensors are paired by their order: take each gradient by its name.",
            {
                "for name, p in parameters.items()": (
                    "for (name, p), g in zip(parameters.items(), gradients.values())"
                ),
                "g = gradients[name]": "pass",
            },
        ),
        Mutant(
            "the state comes first: return the new parameters, then the new state.",
            {RETURN: "return (AdamState(m, v, t), new_parameters)"},
        ),
        Mutant(
            "four things are returned: put m, v and t into one AdamState(m, v, t).",
            {RETURN: "return (new_parameters, m, v, t)"},
        ),
        Mutant(
            "only the new parameters are returned: return them and AdamState(m, v, t).",
            {RETURN: "return new_parameters"},
        ),
        Mutant(
            "the tensors have the names of one layer built in: go through parameters.items(), "
            "whatever the names are.",
            {"parameters.items()": "[(name, parameters[name]) for name in ('Wx', 'Wh', 'b')]"},
        ),
    ),
    question=Question(
        "The learning rate is 0.01. How long is your first step if the gradient is "
        "1000? And if it is 0.000001?",
        _ask,
    ),
)
