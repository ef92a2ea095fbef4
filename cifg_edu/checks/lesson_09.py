"""Lesson 09, clipping and Adam: clip_by_global_norm, adam_step."""

import numpy as np

from cifg_edu.checks.exercise import Case, Exercise, Mutant
from cifg_edu.optimizers import AdamState, Tensors, adam_state, adam_step, clip_by_global_norm


def _tensors(rng: np.random.Generator, size: float = 1.0) -> Tensors:
    """Three tensors whose norms differ, as a layer's do."""
    return {
        "Wx": size * rng.normal(size=(3, 4)),
        "Wh": 5 * size * rng.normal(size=(2, 4)),
        "b": 0.3 * size * rng.normal(size=4),
    }


def _clip_cases(rng: np.random.Generator) -> list[Case]:
    return [
        Case(
            "joint norm 13, max_norm = 1", ({"a": np.array([3.0, 4.0]), "b": np.array([12.0])}, 1.0)
        ),
        Case("three tensors with a norm above max_norm = 2", (_tensors(rng), 2.0)),
        Case("three tensors with a norm below max_norm = 50", (_tensors(rng), 50.0)),
        Case(
            "joint norm 5, each tensor alone below max_norm = 4.5",
            ({"a": np.array([[3.0]]), "b": np.array([4.0])}, 4.5),
        ),
        Case("gradients that are all 0", ({"a": np.zeros((2, 3)), "b": np.zeros(4)}, 5.0)),
    ]


RETURN_CLIPPED = "return ({name: g * scale for name, g in gradients.items()}, norm)"
SCALE = "scale = 1.0 if norm <= max_norm else max_norm / norm"

CLIP_BY_GLOBAL_NORM = Exercise(
    reference=clip_by_global_norm,
    lesson=9,
    stars=2,
    outputs=("the clipped gradients", "the norm"),
    make_cases=_clip_cases,
    # PyTorch divides by norm + 1e-6, and so may you.
    tolerance=1e-6,
    hints=(
        "First one number: the square root of the sum of all squares, over every element of every "
        "tensor. Then one factor for all tensors. What is it when the norm is small enough?",
        "gradients.values() gives the tensors, np.sum(g**2) the squares of one. The factor is 1 "
        "when norm <= max_norm, and max_norm / norm otherwise. Return a new dictionary, and the "
        "norm from before clipping.",
        "norm = float(np.sqrt(sum(np.sum(g**2) for g in gradients.values())))\n"
        "scale = 1.0 if norm <= max_norm else max_norm / norm\n"
        "return {name: g * scale for name, g in gradients.items()}, norm",
    ),
    mutants=(
        Mutant(
            "every tensor is shortened by its own norm, which bends the direction: one norm over "
            "all tensors, one factor for all.",
            {
                RETURN_CLIPPED: (
                    "return ({name: g * min(1.0, max_norm / max(np.sqrt(np.sum(g ** 2)), 1e-300)) "
                    "for name, g in gradients.items()}, norm)"
                )
            },
        ),
        Mutant(
            "the norms of the tensors are added: add their squares, and take the root of the sum.",
            {
                "float(np.sqrt(sum((np.sum(g ** 2) for g in gradients.values()))))": (
                    "float(sum((np.sqrt(np.sum(g ** 2)) for g in gradients.values())))"
                )
            },
        ),
        Mutant(
            "the square root is missing: the sum of squares is the norm squared.",
            {
                "np.sqrt(sum((np.sum(g ** 2) for g in gradients.values())))": (
                    "sum((np.sum(g ** 2) for g in gradients.values()))"
                )
            },
        ),
        Mutant(
            "the gradients are always brought to max_norm, so short ones grow: leave them alone "
            "when norm <= max_norm.",
            {SCALE: "scale = max_norm / max(norm, 1e-300)"},
        ),
        Mutant(
            "each element is cut to [-max_norm, max_norm]: that is clipping by value, and it "
            "bends the direction.",
            {"g * scale": "np.clip(g, -max_norm, max_norm)"},
        ),
        Mutant(
            "the norm after clipping is returned: return the one from before, which tells how "
            "large the gradients were.",
            {RETURN_CLIPPED: RETURN_CLIPPED.replace(", norm)", ", norm * scale)")},
        ),
        Mutant(
            "the elements are added before they are squared: square each one first.",
            {"np.sum(g ** 2)": "np.sum(g) ** 2"},
        ),
        Mutant(
            "only the gradients are returned: return them and the norm, `clipped, norm`.",
            {RETURN_CLIPPED: "return {name: g * scale for name, g in gradients.items()}"},
        ),
        Mutant(
            "the gradients are changed in place (by *=): make new tensors.",
            {
                RETURN_CLIPPED: (
                    "for g in gradients.values():\n        g *= scale\n    return (gradients, norm)"
                )
            },
        ),
        Mutant(
            "the factor is upside down: norm / max_norm makes long gradients longer.",
            {"max_norm / norm": "norm / max_norm"},
        ),
        Mutant(
            "that is the sum of absolute values: the norm is the root of the sum of squares.",
            {
                "np.sqrt(sum((np.sum(g ** 2) for g in gradients.values())))": (
                    "sum((np.sum(np.abs(g)) for g in gradients.values()))"
                )
            },
        ),
        Mutant(
            "that is the largest absolute value: the norm is the root of the sum of squares.",
            {
                "np.sqrt(sum((np.sum(g ** 2) for g in gradients.values())))": (
                    "max((np.abs(g).max() for g in gradients.values()))"
                )
            },
        ),
        Mutant(
            "the mean of the squares is taken: the norm is the root of their sum.",
            {"np.sum(g ** 2)": "np.mean(g ** 2)"},
        ),
        Mutant(
            "max_norm / norm is 0 / 0 or worse when all gradients are 0: use it only when the "
            "norm is above max_norm.",
            {SCALE: "scale = min(max_norm / norm, 1.0)"},
        ),
        Mutant(
            "the factor is the wrong way about: long gradients pass and short ones are scaled. "
            "The factor is 1 when norm <= max_norm.",
            {"norm <= max_norm": "norm > max_norm > 0 or norm == 0"},
        ),
    ),
)


def _adam_cases(rng: np.random.Generator) -> list[Case]:
    parameters = _tensors(rng)
    squares = {name: g**2 for name, g in _tensors(rng).items()}
    midway = AdamState(_tensors(rng, 0.3), squares, 7)
    return [
        Case("the first step of a run", (parameters, _tensors(rng), adam_state(parameters))),
        Case("step 8 of a run", (parameters, _tensors(rng), midway)),
        Case(
            "step 8, learning_rate = 0.1, beta1 = 0.8, beta2 = 0.95, epsilon = 0.05",
            (parameters, _tensors(rng), midway, 0.1, 0.8, 0.95, 0.05),
        ),
        Case(
            "step 8, with a gradient of 0 in one tensor",
            (parameters, {**_tensors(rng), "b": np.zeros(4)}, midway, 0.01),
        ),
    ]


M = "m[name] = beta1 * state.m[name] + (1 - beta1) * g"
V = "v[name] = beta2 * state.v[name] + (1 - beta2) * g ** 2"
M_HAT, V_HAT = "m[name] / (1 - beta1 ** t)", "v[name] / (1 - beta2 ** t)"
UPDATE = "p - learning_rate * m_hat / (np.sqrt(v_hat) + epsilon)"

ADAM_STEP = Exercise(
    reference=adam_step,
    lesson=9,
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

EXERCISES = (CLIP_BY_GLOBAL_NORM, ADAM_STEP)
