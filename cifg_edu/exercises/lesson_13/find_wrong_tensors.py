"""Exercise `find_wrong_tensors` of lesson 13."""

from typing import Any

import numpy as np

from cifg_edu.arrays import Tensors
from cifg_edu.exercises import Case, Exercise, Function, Mutant, Question
from cifg_edu.exercises.lesson_13._named import verdicts
from cifg_edu.gradcheck import find_wrong_tensors


def _gradients(rng: np.random.Generator) -> Tensors:
    """Gradients with the shapes of an LSTM's, and nearly right ones would agree with them."""
    shapes = {"x": (3, 4, 2), "h0": (4, 3), "Wf": (5, 3), "bf": (3,), "Wg": (5, 3), "bg": (3,)}
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


def _nearly(measured: Tensors, rng: np.random.Generator) -> Tensors:
    """The same up to what a numerical gradient is off by."""
    return {name: g * (1 + 1e-9 * rng.normal(size=g.shape)) for name, g in measured.items()}


def _cases(rng: np.random.Generator) -> list[Case]:
    measured = _gradients(rng)
    right = _nearly(measured, rng)
    one_element = right["Wf"].copy()
    one_element[2, 1] *= 1.01
    flawed = right["bg"].copy()
    flawed[1] = np.nan
    tiny = {name: 1e-9 * value for name, value in measured.items()}
    zero = {**measured, "h0": np.zeros((4, 3))}
    missing = {name: value for name, value in right.items() if name != "bf"}
    return [
        Case("all gradients are right", (measured, right)),
        Case("two are wrong", (measured, {**right, "h0": -right["h0"], "bg": 2 * right["bg"]})),
        Case("one element of 15 is off by one percent", (measured, {**right, "Wf": one_element})),
        Case("one gradient holds a NaN", (measured, {**right, "bg": flawed})),
        Case(
            "tiny gradients, one of them wrong",
            (tiny, {**_nearly(tiny, rng), "x": 1.5 * tiny["x"]}),
        ),
        Case(
            "gradients in the millions, all right to nine digits",
            ({n: 1e7 * g for n, g in measured.items()}, {n: 1e7 * g for n, g in right.items()}),
        ),
        Case("a gradient that is exactly zero, and right", (zero, {**right, "h0": zero["h0"]})),
        Case(
            "a gradient is not zero where the measured one is",
            (zero, {**right, "h0": 1e-9 * right["h0"]}),
        ),
        Case("a gradient is missing", (measured, missing)),
        Case(
            "a gradient has the shape (1, 3), and its tensor (3,)",
            (measured, {**right, "bf": right["bf"][None]}),
        ),
        Case(
            "a gradient is claimed for Wi, which the forward pass does not have",
            (measured, {**right, "Wi": right["Wf"]}),
        ),
        Case(
            "a tolerance of 0.1, given by the caller",
            (measured, {**right, "x": 1.05 * right["x"], "bf": 1.5 * right["bf"]}, 0.1),
        ),
    ]


def _observe(function: Any, arguments: tuple[Any, ...]) -> Any:
    return verdicts({**arguments[0], **arguments[1]}, function(*arguments))


def _ask(f: Function) -> str:
    found = f({"b": np.ones(3)}, {"b": np.ones(3), "Wf": np.zeros((2, 3))})
    return (
        f"{', '.join(found)}. A loss cannot depend on weights that it does not have, so a gradient "
        "for them is wrong, whatever its numbers."
    )


EXERCISE = Exercise(
    reference=find_wrong_tensors,
    lesson=13,
    place=1,
    stars=2,
    outputs=("the names",),
    make_cases=_cases,
    observe=_observe,
    hints=(
        "Go through `measured`, name by name, and ask for each: is there a claimed gradient, has "
        "it the right shape, is its relative error within the tolerance? Which names does that "
        "loop never see?",
        "`claimed.get(name)` gives None where a name is missing. Compare shapes before "
        "relative_error, which refuses two different ones. `error > tolerance` is False for NaN; "
        "`not error <= tolerance` is True. Last come the names that are in `claimed` alone.",
        "wrong = []\n"
        "for name, right in measured.items():\n"
        "    given = claimed.get(name)\n"
        "    if given is None or np.shape(given) != np.shape(right):\n"
        "        wrong.append(name)\n"
        "    elif not relative_error(given, right) <= tolerance:\n"
        "        wrong.append(name)\n"
        "What is still to come: the names of `claimed` that are not in `measured`.",
    ),
    mutants=(
        Mutant(
            "`error > tolerance` is False for NaN, so a gradient of NaN passes: ask "
            "`not error <= tolerance`.",
            {
                "not relative_error(given, right) <= tolerance": (
                    "relative_error(given, right) > tolerance"
                )
            },
        ),
        Mutant(
            "the names of the right gradients are returned: the question is which are wrong.",
            {
                "not relative_error(given, right) <= tolerance": (
                    "relative_error(given, right) <= tolerance"
                )
            },
        ),
        Mutant(
            "the absolute error is compared: tiny gradients then always pass, and large ones "
            "never do. Use relative_error.",
            {
                "not relative_error(given, right) <= tolerance": (
                    "not np.linalg.norm(given - right) <= tolerance"
                )
            },
        ),
        Mutant(
            "np.allclose lets every tiny gradient pass, since its absolute tolerance is 1e-8: use "
            "relative_error.",
            {
                "not relative_error(given, right) <= tolerance": (
                    "not np.allclose(given, right, rtol=tolerance)"
                )
            },
        ),
        Mutant(
            "the gradients are compared by ==: a numerical gradient is never right to the last "
            "digit, so let a relative error up to the tolerance pass.",
            {"not relative_error(given, right) <= tolerance": "not np.array_equal(given, right)"},
        ),
        Mutant(
            "only the lengths of the two gradients are compared: opposite ones have the same. Use "
            "relative_error.",
            {
                "not relative_error(given, right) <= tolerance": (
                    "not relative_error(np.linalg.norm(given), np.linalg.norm(right)) <= tolerance"
                )
            },
        ),
        Mutant(
            "a missing gradient passes: a name that `claimed` does not have is wrong too.",
            {
                "given = claimed.get(name)": (
                    "given = claimed.get(name)\n        if given is None:\n            continue"
                )
            },
        ),
        Mutant(
            "claimed[name] stops where a gradient is missing: use claimed.get(name), and count "
            "the name as wrong.",
            {"claimed.get(name)": "claimed[name]"},
        ),
        Mutant(
            "shapes are not compared, and relative_error stops at two different ones: a gradient "
            "of another shape is wrong, so name it.",
            {" or np.shape(given) != np.shape(right)": ""},
        ),
        Mutant(
            "a gradient of another shape passes by broadcasting: compare the shapes first.",
            {
                " or np.shape(given) != np.shape(right)": "",
                "relative_error(given, right)": (
                    "relative_error(*np.broadcast_arrays(given, right))"
                ),
            },
        ),
        Mutant(
            "a gradient for a tensor that the forward pass does not have goes unseen: that is how "
            "the phantom gate shows. Add the names that only `claimed` has.",
            {" + [name for name in claimed if name not in measured]": ""},
        ),
        Mutant(
            "the tolerance of the caller is not used: compare with `tolerance`.",
            {
                "not relative_error(given, right) <= tolerance": (
                    "not relative_error(given, right) <= 1e-06"
                )
            },
        ),
        Mutant(
            "the search ends at the first wrong tensor: go through all of them.",
            {"wrong.append(name)": "wrong.append(name)\n            break"},
        ),
        Mutant(
            "two zero gradients count as wrong: where both are zero they agree, and "
            "relative_error gives 0.",
            {
                "not relative_error(given, right) <= tolerance": (
                    "not (np.any(right) and relative_error(given, right) <= tolerance)"
                )
            },
        ),
    ),
    question=Question(
        "The gradient of b is right, and Wf, which the loss does not have, gets zeros. What does "
        "your function name?",
        _ask,
    ),
)
