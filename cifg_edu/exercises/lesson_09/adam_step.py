"""Exercise `adam_step` of lesson 09."""

import numpy as np

from cifg_edu.exercises import Case, Exercise, Mutant
from cifg_edu.exercises.lesson_09._tensors import tensors
from cifg_edu.optimizers import AdamState, adam_state, adam_step


def _adam_cases(rng: np.random.Generator) -> list[Case]:
    parameters = tensors(rng)
    squares = {name: g**2 for name, g in tensors(rng).items()}
    midway = AdamState(tensors(rng, 0.3), squares, 7)
    return [
        Case("the first step of a run", (parameters, tensors(rng), adam_state(parameters))),
        Case("step 8 of a run", (parameters, tensors(rng), midway)),
        Case(
            "step 8, learning_rate = 0.1, beta1 = 0.8, beta2 = 0.95, epsilon = 0.05",
            (parameters, tensors(rng), midway, 0.1, 0.8, 0.95, 0.05),
        ),
        Case(
            "step 8, with a gradient of 0 in one tensor",
            (parameters, {**tensors(rng), "b": np.zeros(4)}, midway, 0.01),
        ),
    ]


M = "m[name] = beta1 * state.m[name] + (1 - beta1) * g"


V = "v[name] = beta2 * state.v[name] + (1 - beta2) * g ** 2"


M_HAT, V_HAT = "m[name] / (1 - beta1 ** t)", "v[name] / (1 - beta2 ** t)"


UPDATE = "p - learning_rate * m_hat / (np.sqrt(v_hat) + epsilon)"


EXERCISE = Exercise(
    reference=adam_step,
    lesson=9,
    place=2,
    stars=2,
    outputs=("the new parameters", "the new state"),
    make_cases=_adam_cases,
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
            "only v is corrected, and the step uses m as it is: divide it by 1 - beta1**t.",
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
    ),
)
