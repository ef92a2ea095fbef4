"""Exercise `clip_by_global_norm` of lesson 09."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from cifg_edu.exercises import Case, Exercise, Function, Mutant, Question
from cifg_edu.exercises.lesson_09._tensors import tensors
from cifg_edu.optimizers import clip_by_global_norm


def _clip_cases(rng: np.random.Generator) -> list[Case]:
    return [
        Case(
            "joint norm 13, max_norm = 1", ({"a": np.array([3.0, 4.0]), "b": np.array([12.0])}, 1.0)
        ),
        Case("three tensors with a norm above max_norm = 2", (tensors(rng), 2.0)),
        Case(
            "three tensors with a norm below max_norm = 50",
            (tensors(rng, {"W": (2, 5), "U": (1, 3, 2), "bias": (3,)}), 50.0),
        ),
        Case(
            "joint norm 5, each tensor alone below max_norm = 4.5",
            ({"a": np.array([[3.0]]), "b": np.array([4.0])}, 4.5),
        ),
        Case("gradients that are all 0", ({"a": np.zeros((2, 3)), "b": np.zeros(4)}, 5.0)),
        Case("joint norm 5, max_norm = 8", ({"c": np.array([[3.0, 0.0], [0.0, 4.0]])}, 8.0)),
        Case("one tensor, p, of norm 0.5, and max_norm = 0.8", ({"p": np.array([0.3, 0.4])}, 0.8)),
        Case("max_norm is infinite, so nothing is clipped", (tensors(rng, {"p": (2,)}), np.inf)),
        Case(
            "very large gradients, max_norm = 5", (tensors(rng, {"x": (3, 2), "y": (6,)}, 1e5), 5.0)
        ),
    ]


def _observe_clip(function: Function, arguments: tuple[Any, ...]) -> Any:
    """Both results, and whether the tensors are new: an array cannot be told from its equal."""
    gradients, _ = arguments
    given = [gradients, *gradients.values()]
    result = function(*arguments)
    if result is None:
        return None
    parts = list(result) if isinstance(result, tuple | list) else [result]
    clipped, norm, *more = [*parts, None, None][: max(2, len(parts))]
    if more:
        return clipped, norm, f"followed by {len(more)} more"
    returned = [clipped, *(clipped.values() if isinstance(clipped, Mapping) else ())]
    own = any(part is one for part in returned for one in given)
    return clipped, norm, "those that were handed in" if own else "new ones"


RETURN_CLIPPED = "return ({name: g * scale for name, g in gradients.items()}, norm)"


SCALE = "scale = 1.0 if norm <= max_norm else max_norm / norm"


def _ask(f: Function) -> str:
    once, first = f({"a": np.array([3.0]), "b": np.array([4.0])}, 1.0)
    _, second = f(once, 1.0)
    return (
        f"{first:g} and {second:g}: it returns the norm before clipping, and to clip twice changes "
        "nothing."
    )


EXERCISE = Exercise(
    reference=clip_by_global_norm,
    lesson=9,
    place=1,
    stars=2,
    outputs=("the clipped gradients", "the norm", "the clipped tensors"),
    make_cases=_clip_cases,
    observe=_observe_clip,
    by_output=True,
    # PyTorch divides by norm + 1e-6, and so may you.
    tolerance=1e-6,
    reasons={
        "the clipped tensors": "what was handed in is returned: make a new dictionary with new "
        "tensors, also where nothing is clipped.",
        "the norm": "the norm is the root of the sum of all squares, over every element of every "
        "tensor, as the gradients came.",
    },
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
            "the entries of the dictionary that was handed in are replaced: fill a new dictionary.",
            {
                RETURN_CLIPPED: (
                    "for name in gradients:\n        gradients[name] = gradients[name] * scale\n"
                    "    return (gradients, norm)"
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
        Mutant(
            "long gradients are brought to length 1 and not to max_norm: the factor is "
            "max_norm / norm.",
            {"max_norm / norm": "1 / norm"},
        ),
        Mutant(
            "the square of the norm is compared with max_norm: compare the norm itself.",
            {"norm <= max_norm": "norm ** 2 <= max_norm"},
        ),
        Mutant(
            "the factor is squared: it is max_norm / norm.",
            {"max_norm / norm": "(max_norm / norm) ** 2"},
        ),
        Mutant(
            "that is the norm of the longest tensor alone: the squares of all tensors are added.",
            {"np.sqrt(sum(": "np.sqrt(max("},
        ),
        Mutant(
            "absolute values are summed under the root: they must be squared.",
            {"np.sum(g ** 2)": "np.sum(np.abs(g))"},
        ),
        Mutant(
            "np.linalg.norm(g, 2) of a matrix is its largest singular value: sum the squares of "
            "all elements, or take np.linalg.norm(g).",
            {"np.sum(g ** 2)": "np.linalg.norm(g, 2) ** 2"},
        ),
        Mutant(
            "the norm comes first: return the clipped gradients, then the norm.",
            {RETURN_CLIPPED: "return (norm, {name: g * scale for name, g in gradients.items()})"},
        ),
        Mutant(
            "the gradients are returned as a list: make a dictionary with their names.",
            {RETURN_CLIPPED: "return ([g * scale for g in gradients.values()], norm)"},
        ),
        Mutant(
            "the gradients are returned as they came: multiply each by the factor.",
            {"g * scale": "g"},
        ),
        Mutant(
            "max_norm is taken off where the norm is above it: multiply by a factor, which keeps "
            "the direction.",
            {"g * scale": "g - (norm > max_norm) * np.sign(g) * max_norm"},
        ),
        Mutant(
            "the square of the norm is returned: return its root.",
            {RETURN_CLIPPED: RETURN_CLIPPED.replace(", norm)", ", norm ** 2)")},
        ),
        Mutant(
            "the factor is returned: return the norm from before clipping.",
            {RETURN_CLIPPED: RETURN_CLIPPED.replace(", norm)", ", scale)")},
        ),
    ),
    question=Question(
        "Clip two tensors to max_norm = 1, and clip the result again. Which two norms "
        "does your function return?",
        _ask,
    ),
)
