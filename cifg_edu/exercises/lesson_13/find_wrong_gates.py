"""Exercise `find_wrong_gates` of lesson 13."""

from typing import Any

import numpy as np

from cifg_edu.exercises import Case, Exercise, Function, Mutant, Question
from cifg_edu.exercises.lesson_13._named import verdicts
from cifg_edu.gradcheck import find_wrong_gates, relative_error


def _case(
    rng: np.random.Generator,
    title: str,
    shape: tuple[int, ...],
    gates: str,
    wrong: str,
    axis: int = -1,
    size: float = 1.0,
) -> Case:
    """A fused gradient in which the blocks of some gates are turned round."""
    measured = size * rng.normal(size=shape)
    claimed = measured * (1 + 1e-9 * rng.normal(size=shape))
    for gate, block in zip(gates, np.split(claimed, len(gates), axis), strict=True):
        if gate in wrong:
            block[...] = -block  # a view, so this changes `claimed`
    return Case(title, (measured, claimed, gates, axis))


def _cases(rng: np.random.Generator) -> list[Case]:
    right = _case(rng, "", (3, 8), "ifog", "")
    measured, claimed, *_ = right.arguments
    off = claimed.copy()
    off[:, :2] *= 1.05
    off[:, 6:] *= 1.5
    flawed = claimed.copy()
    flawed[0, 3] = np.nan
    loud = measured * np.repeat([1e6, 1, 1, 1], 2)
    loud_claim = loud.copy()
    loud_claim[:, 4:6] *= 1.01
    return [
        _case(rng, "the CIFG's weights, (5, 9): the input gate is wrong", (5, 9), "iog", "i"),
        _case(rng, "the LSTM's weights, (5, 12): f and g are wrong", (5, 12), "ifog", "fg"),
        _case(rng, "the same shape in another order, i, f, g, o: g is wrong", (5, 12), "ifgo", "g"),
        _case(rng, "biases, (6,): o is wrong", (6,), "iog", "o"),
        _case(rng, "blocks below one another, axis 0, (12, 6): o is wrong", (12, 6), "iog", "o", 0),
        _case(rng, "three axes, blocks along axis 1, (2, 6, 3)", (2, 6, 3), "iog", "ig", 1),
        _case(rng, "no gate is wrong", (4, 6), "iog", ""),
        _case(rng, "tiny gradients: i and o are wrong", (4, 6), "iog", "io", size=1e-9),
        Case("a block holds a NaN", (measured, flawed, "ifog")),
        Case("i is a million times larger; o is off by one percent", (loud, loud_claim, "ifog")),
        Case("a tolerance of 0.1, given by the caller", (measured, off, "ifog", -1, 0.1)),
    ]


def _observe(function: Any, arguments: tuple[Any, ...]) -> Any:
    return verdicts(arguments[2], function(*arguments))


def _ask(f: Function) -> str:
    measured = np.array([[1.0, 1.0, 1000.0, 1000.0, 1.0, 1.0]])
    claimed = measured - np.array([[1e-4, 0.0, 0.0, 0.0, 0.0, 0.0]])
    whole = relative_error(measured, claimed)
    return (
        f"{', '.join(f(measured, claimed, 'iog'))}, although the relative error of the whole is "
        f"{whole:.0e} and passes: a large block hides a small one."
    )


EXERCISE = Exercise(
    reference=find_wrong_gates,
    lesson=13,
    place=2,
    stars=1,
    outputs=("the gates",),
    make_cases=_cases,
    observe=_observe,
    hints=(
        "Cut both gradients into as many blocks as there are gates, then compare block with "
        "block, and keep the letters of those that do not agree.",
        "`np.split(a, number, axis)` gives a list of `number` blocks along an axis. zip the "
        "letters with both lists. As before, `not error <= tolerance` takes NaN for wrong.",
        "right = np.split(measured, len(gates), axis)\n"
        "given = np.split(claimed, len(gates), axis)\n"
        "return [gate for gate, a, b in zip(gates, given, right)\n"
        "        if not relative_error(a, b) <= tolerance]",
    ),
    mutants=(
        Mutant(
            "`error > tolerance` is False for NaN, so a block with a NaN passes: ask "
            "`not error <= tolerance`.",
            {"not relative_error(a, b) <= tolerance": "relative_error(a, b) > tolerance"},
        ),
        Mutant(
            "the letters of the right blocks are returned: the question is which are wrong.",
            {"not relative_error(a, b) <= tolerance": "relative_error(a, b) <= tolerance"},
        ),
        Mutant(
            "the axis is not used, so the blocks are always cut from the last one: hand `axis` to "
            "np.split.",
            {
                "np.split(measured, len(gates), axis)": "np.split(measured, len(gates), -1)",
                "np.split(claimed, len(gates), axis)": "np.split(claimed, len(gates), -1)",
            },
        ),
        Mutant(
            "np.split without an axis cuts along axis 0: hand `axis` to it.",
            {
                "np.split(measured, len(gates), axis)": "np.split(measured, len(gates))",
                "np.split(claimed, len(gates), axis)": "np.split(claimed, len(gates))",
            },
        ),
        Mutant(
            "the order of the gates is always i, f, o, g: the letters of `gates` say which block "
            "is whose.",
            {"zip(gates,": "zip([k for k in 'ifog' if k in gates],"},
        ),
        Mutant(
            "the number of gates is always 3: take as many blocks as `gates` has letters.",
            {
                "np.split(measured, len(gates), axis)": "np.split(measured, 3, axis)",
                "np.split(claimed, len(gates), axis)": "np.split(claimed, 3, axis)",
                "strict=True": "strict=False",
            },
        ),
        Mutant(
            "every so-many-th column is taken, a[..., k::G]: the blocks of a fused tensor lie one "
            "after the other.",
            {
                "np.split(measured, len(gates), axis)": (
                    "[np.moveaxis(measured, axis, -1)[..., k::len(gates)] "
                    "for k in range(len(gates))]"
                ),
                "np.split(claimed, len(gates), axis)": (
                    "[np.moveaxis(claimed, axis, -1)[..., k::len(gates)] "
                    "for k in range(len(gates))]"
                ),
            },
        ),
        Mutant(
            "the absolute error of a block is compared: tiny gradients then always pass. Use "
            "relative_error.",
            {"not relative_error(a, b) <= tolerance": "not np.linalg.norm(a - b) <= tolerance"},
        ),
        Mutant(
            "the blocks are compared by ==: a numerical gradient is never right to the last digit.",
            {"not relative_error(a, b) <= tolerance": "not np.array_equal(a, b)"},
        ),
        Mutant(
            "the error of a block is divided by the length of the whole tensor, so a large block "
            "hides a small one: compare block with block.",
            {
                "not relative_error(a, b) <= tolerance": (
                    "not np.linalg.norm(a - b) <= tolerance * (np.linalg.norm(measured) "
                    "+ np.linalg.norm(claimed)) and not np.isnan(claimed).any() "
                    "or np.isnan(a).any()"
                )
            },
        ),
        Mutant(
            "only the lengths of the blocks are compared: a block of the wrong sign has the right "
            "length. Use relative_error.",
            {
                "not relative_error(a, b) <= tolerance": (
                    "not relative_error(np.linalg.norm(a), np.linalg.norm(b)) <= tolerance"
                )
            },
        ),
        Mutant(
            "the tolerance of the caller is not used: compare with `tolerance`.",
            {"not relative_error(a, b) <= tolerance": "not relative_error(a, b) <= 1e-06"},
        ),
        Mutant(
            "only the first wrong gate is returned: collect all of them.",
            {
                "for gate, a, b in blocks if not relative_error(a, b) <= tolerance]": (
                    "for gate, a, b in blocks if not relative_error(a, b) <= tolerance][:1]"
                )
            },
        ),
    ),
    question=Question(
        "One weight of gate i is off by 0.0001, and gate o has gradients of 1000. Which gates does "
        "your function name, and would a check of the whole tensor see it?",
        _ask,
    ),
)
