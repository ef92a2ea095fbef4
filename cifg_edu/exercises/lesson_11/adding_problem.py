"""Exercise `adding_problem` of lesson 11."""

import numpy as np

from cifg_edu.arrays import Array
from cifg_edu.exercises import Exercise, Mutant
from cifg_edu.exercises.lesson_11._makers import (
    ALIKE,
    describe,
    first_equal,
    in_words,
    maker_cases,
    rows,
)
from cifg_edu.tasks import (
    adding_problem,
)

ADDING_PROPERTIES = (
    "the result",
    "the shape of inputs",
    "the shape of targets",
    "the channel of the marks",
    "the range and mean of the numbers",
    "the number of marks in the first and the second half",
    "the sequences of a batch",
    "the steps that are ever marked",
    "the targets",
    "the randomness",
)


def _look_at_adding(inputs: Array, targets: Array, steps: int) -> dict[str, str]:
    if inputs.ndim != 3 or inputs.shape[0] != steps or inputs.shape[2] != 2:
        return {}
    numbers, marks = inputs[..., 0], inputs[..., 1]
    if len(np.unique(marks)) > 3:
        return {"the channel of the marks": "not the last"}
    half = steps // 2
    counts = np.unique([(marks[:half] != 0).sum(0), (marks[half:] != 0).sum(0)], axis=1).T
    ever = (marks != 0).any(axis=1)
    low, high, mean = np.round([numbers.min(), numbers.max(), numbers.mean()], 1) + 0.0
    found = {
        "the channel of the marks": "the last, with " + in_words(np.unique(marks)),
        "the range and mean of the numbers": f"{low} to {high}, mean {mean}",
        "the number of marks in the first and the second half": ", or ".join(
            f"{first:.0f} and {second:.0f}" for first, second in counts
        ),
        "the sequences of a batch": f"numbers {rows(numbers)}, marks {rows(marks)}",
    }
    if rows(marks) != ALIKE:
        found["the steps that are ever marked"] = in_words(np.flatnonzero(ever))
    if targets.shape == marks.shape[1:]:
        marked = marks != 0
        choices = {
            "the sum of the two marked numbers": (numbers * marked).sum(0),
            "their mean": (numbers * marked).sum(0) / 2,
            "their product": np.where(marked, numbers, 1.0).prod(0),
            "the sum of all numbers": numbers.sum(0),
            "the sum of the numbers without a mark": (numbers * ~marked).sum(0),
            "the number of marks": marked.sum(0),
        }
        found["the targets"] = first_equal(choices, targets)
    return found


EXERCISE = Exercise(
    reference=adding_problem,
    lesson=11,
    place=1,
    stars=2,
    outputs=("inputs", "targets"),
    make_cases=maker_cases("steps"),
    observe=describe(ADDING_PROPERTIES, _look_at_adding),
    hints=(
        "Four pieces: the numbers (T, B), marks (T, B) that are zero at first, the steps of the "
        "first and second mark (B,) each, and the targets. np.stack(..., axis=-1) makes one array "
        "(T, B, 2) of numbers and marks.",
        "rng.integers(0, steps // 2, size=batch_size) draws one step of the first half for each "
        "sequence; the upper end is left out. marks[first, np.arange(batch_size)] = 1 sets one "
        "mark in each column. The targets need no look-up: multiply numbers by marks and sum.",
        "numbers = rng.uniform(size=(steps, batch_size))\n"
        "marks = np.zeros((steps, batch_size))\n"
        "columns = np.arange(batch_size)\n"
        "marks[rng.integers(0, steps // 2, size=batch_size), columns] = 1\n"
        "marks[rng.integers(steps // 2, steps, size=batch_size), columns] = 1\n"
        "return np.stack([numbers, marks], axis=-1), (numbers * marks).sum(axis=0)",
    ),
    mutants=(
        Mutant(
            "the second mark may fall anywhere, even on the first: draw it from the second half.",
            {"rng.integers(steps // 2, steps, size": "rng.integers(0, steps, size"},
        ),
        Mutant(
            "both marks are drawn from the first half, so the second half holds nothing to "
            "remember.",
            {"rng.integers(steps // 2, steps, size": "rng.integers(0, steps // 2, size"},
        ),
        Mutant(
            "only one mark is set: each sequence needs two.",
            {"    marks[second, sequences] = 1.0\n": ""},
        ),
        Mutant(
            "the target is the mean of the marked numbers: they should be added.",
            {"(numbers * marks).sum(axis=0)": "(numbers * marks).sum(axis=0) / 2"},
        ),
        Mutant(
            "the target adds up every number: multiply by the marks first.",
            {"(numbers * marks).sum(axis=0)": "numbers.sum(axis=0)"},
        ),
        Mutant(
            "the target counts the marks: multiply them by the numbers before the sum.",
            {"(numbers * marks).sum(axis=0)": "marks.sum(axis=0)"},
        ),
        Mutant(
            "the sum runs over the batch (axis 1): time is axis 0, and one target for each "
            "sequence is left.",
            {"(numbers * marks).sum(axis=0)": "(numbers * marks).sum(axis=1)"},
        ),
        Mutant(
            "the marks stand at the same steps in every sequence: draw batch_size steps, with "
            "size=batch_size.",
            {
                "rng.integers(0, steps // 2, size=batch_size)": "rng.integers(0, steps // 2)",
                "rng.integers(steps // 2, steps, size=batch_size)": (
                    "rng.integers(steps // 2, steps)"
                ),
            },
        ),
        Mutant(
            "the batch comes first: this course puts time first, (T, B, 2).",
            {
                "np.stack([numbers, marks], axis=-1)": (
                    "np.stack([numbers, marks], axis=-1).swapaxes(0, 1)"
                )
            },
        ),
        Mutant(
            "numbers and marks are stacked along a new first axis: axis=-1 puts the two side by "
            "side at each step.",
            {"axis=-1": "axis=0"},
        ),
        Mutant(
            "marks and numbers have changed places: the number is channel 0, the mark channel 1.",
            {"np.stack([numbers, marks], axis=-1)": "np.stack([marks, numbers], axis=-1)"},
        ),
        Mutant(
            "the numbers lie in [-1, 1], another form of the task with another baseline: here "
            "they are uniform on [0, 1].",
            {"rng.uniform(0.0, 1.0,": "rng.uniform(-1.0, 1.0,"},
        ),
        Mutant(
            "the last step is never marked: the upper end of rng.integers is left out already, so "
            "steps, not steps - 1, is right.",
            {"rng.integers(steps // 2, steps, size": "rng.integers(steps // 2, steps - 1, size"},
        ),
        Mutant(
            "the numbers come from np.random, the global state: use the rng that is given, or "
            "nobody can repeat a run.",
            {"rng.uniform(0.0, 1.0,": "np.random.uniform(0.0, 1.0,"},
        ),
        Mutant(
            "a new generator with a fixed seed is made at each call, so every batch is the same: "
            "use the rng that is given.",
            {
                "numbers = rng.uniform(": (
                    "rng = np.random.default_rng(0)\n    numbers = rng.uniform("
                )
            },
        ),
    ),
)
