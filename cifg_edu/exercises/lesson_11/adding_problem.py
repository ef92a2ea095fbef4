"""Exercise `adding_problem` of lesson 11."""

import numpy as np

from cifg_edu.arrays import Array
from cifg_edu.exercises import Exercise, Function, Mutant, Question
from cifg_edu.exercises.lesson_11._makers import (
    ALIKE,
    MANY,
    describe,
    equally_often,
    first_equal,
    in_words,
    independent,
    maker_cases,
    rows,
    uniform,
)
from cifg_edu.tasks import (
    adding_problem,
)

ADDING_PROPERTIES = (
    "the result",
    "the shape of inputs",
    "the shape of targets",
    "the type of the numbers",
    "the type of the inputs",
    "the channel of the marks",
    "the range of the numbers",
    "the number of marks in the first and the second half",
    "the sequences of a batch",
    "the steps that are ever marked",
    "the targets",
    "the randomness",
    "how the numbers are spread",
    "the numbers of a batch",
    "the steps of the marks",
    "the numbers that are marked",
)
# The parts into which [0, 1] is cut, to see whether one number tells something of another.
PARTS = 4


def _look_at_adding(inputs: Array, targets: Array, steps: int) -> dict[str, str]:
    if inputs.ndim != 3 or inputs.shape[0] != steps or inputs.shape[2] != 2:
        return {}
    numbers, marks = inputs[..., 0], inputs[..., 1]
    if len(np.unique(marks)) > 3:
        return {"the channel of the marks": "not the last"}
    marked, half = marks != 0, steps // 2
    counts = np.unique([marked[:half].sum(0), marked[half:].sum(0)], axis=1).T
    inside = numbers.min() >= 0 and numbers.max() <= 1
    found = {
        "the type of the inputs": str(inputs.dtype),
        "the channel of the marks": "the last, with " + in_words(np.unique(marks)),
        "the range of the numbers": "inside [0, 1]" if inside else "not inside [0, 1]",
        "the number of marks in the first and the second half": ", or ".join(
            f"{first} and {second}" for first, second in counts
        ),
    }
    if targets.shape == marks.shape[1:]:
        choices = {
            "the sum of the two marked numbers": (numbers * marked).sum(0),
            "their mean": (numbers * marked).sum(0) / 2,
            "their product": np.where(marked, numbers, 1.0).prod(0),
            "the sum of all numbers": numbers.sum(0),
            "the sum of the numbers without a mark": (numbers * ~marked).sum(0),
            "the number of marks": marked.sum(0),
            "the first of the two marked numbers": (numbers * marked)[:half].sum(0),
            "the second of the two marked numbers": (numbers * marked)[half:].sum(0),
        }
        found["the targets"] = first_equal(choices, targets)
    if numbers.shape[1] >= MANY:
        found |= _look_at_chance(numbers, marked, half)
    return found


def _look_at_chance(numbers: Array, marked: Array, half: int) -> dict[str, str]:
    """How numbers and marks are drawn, which only a large batch shows."""
    one = slice(numbers.shape[1] // 2)  # the first of the two batches
    marks_alike = rows(marked[:, one]) == ALIKE
    found = {
        "the sequences of a batch": f"numbers {rows(numbers[:, one])}, "
        f"marks {ALIKE if marks_alike else 'not ' + ALIKE}",
        "how the numbers are spread": _spread(numbers),
        "the numbers of a batch": independent(
            (numbers * PARTS).astype(int).clip(0, PARTS - 1), PARTS
        ),
    }
    if not marks_alike:
        found["the steps that are ever marked"] = in_words(np.flatnonzero(marked.any(axis=1)))
    first, second = marked[:half], marked[half:]
    if (first.sum(axis=0) == 1).all() and (second.sum(axis=0) == 1).all():
        pairs = (first.argmax(axis=0) * len(second) + second.argmax(axis=0))[None]
        often = equally_often(pairs, len(first) * len(second))
        found["the steps of the marks"] = (
            independent(pairs, len(first) * len(second)) if often else "not equally often"
        )
        alike = uniform(numbers[:half][first]) and uniform(numbers[half:][second])
        found["the numbers that are marked"] = "like all others" if alike else "not like the others"
    return found


def _spread(numbers: Array) -> str:
    """From where to where the numbers are spread evenly, if they are."""
    low, high = numbers.min(), numbers.max()
    distinct = len(np.unique(numbers)) > 0.9 * numbers.size
    if distinct and uniform((numbers - low) / (high - low)):
        # Of 4000 uniform numbers none is below 0.01 with a chance of 3e-18.
        low, high = np.where(np.abs([low, high - 1]) < 0.01, [0, 1], [low, high])
        return f"evenly from {low:.2g} to {high:.2g}"
    return f"not evenly, with mean {numbers.mean():.1f} and spread {numbers.std():.1f}"


def _ask(f: Function) -> str:
    _, targets = f(np.random.default_rng(0), 10_000, 10)
    return (
        f"{np.var(targets):.3f}, near 1/6. It is the mean squared error of the best constant "
        "answer, so a model without a memory gets hardly lower."
    )


EXERCISE = Exercise(
    reference=adding_problem,
    lesson=11,
    place=1,
    stars=2,
    outputs=("inputs", "targets"),
    make_cases=maker_cases("steps"),
    observe=describe(ADDING_PROPERTIES, _look_at_adding, "steps"),
    reasons={
        "the result": "it should return two NumPy arrays, (inputs, targets).",
        "the shape of inputs": "time comes first, then the sequences, then the two channels: "
        "(steps, batch_size, 2).",
        "the shape of targets": "there is one target for each sequence: (batch_size,).",
        "the number of marks in the first and the second half": "one mark belongs in the first "
        "steps // 2 steps, and one in the rest, which is a step longer where steps is odd.",
        "the type of the inputs": "the inputs should be float64, as rng and np.zeros make them.",
        "the range of the numbers": "the numbers should lie between 0 and 1.",
        "the sequences of a batch": "each sequence needs its own numbers and marks: draw "
        "(steps, batch_size) numbers, and batch_size steps for each of the two marks.",
        "the steps that are ever marked": "every step of the first half can have the first mark, "
        "and every step of the second half the second one.",
        "the targets": "a target is the sum of the two numbers that have a mark.",
        "how the numbers are spread": "the numbers should be uniform on [0, 1], as rng.uniform "
        "draws them.",
        "the numbers of a batch": "each number should be drawn by itself: one of them must not "
        "tell anything of another.",
        "the steps of the marks": "each sequence needs two steps, drawn by themselves and all "
        "equally likely: one in the first half, one in the second.",
        "the numbers that are marked": "where the marks stand must not depend on the numbers.",
    },
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
            "a run cannot be repeated.",
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
        Mutant(
            "the first step is never marked: rng.integers(0, steps // 2, ...) begins at 0.",
            {"rng.integers(0, steps // 2,": "rng.integers(1, steps // 2,"},
        ),
        Mutant(
            "the second half begins at step steps // 2, and yours begins one step later.",
            {"rng.integers(steps // 2, steps,": "rng.integers(steps // 2 + 1, steps,"},
        ),
        Mutant(
            "with an odd number of steps the first half is the shorter one: steps // 2, and not "
            "the half rounded up.",
            {
                "rng.integers(0, steps // 2,": "rng.integers(0, (steps + 1) // 2,",
                "rng.integers(steps // 2, steps,": "rng.integers((steps + 1) // 2, steps,",
            },
        ),
        Mutant(
            "the target is the product of the two marked numbers: add them.",
            {
                "(numbers * marks).sum(axis=0)": (
                    "numbers[first, sequences] * numbers[second, sequences]"
                )
            },
        ),
        Mutant(
            "the target is the first marked number alone: add the second one.",
            {"(numbers * marks).sum(axis=0)": "numbers[first, sequences]"},
        ),
        Mutant(
            "the target is the second marked number alone: add the first one.",
            {"(numbers * marks).sum(axis=0)": "numbers[second, sequences]"},
        ),
        Mutant(
            "the targets form a column, (B, 1): one number for each sequence has the shape (B,).",
            {"(numbers * marks).sum(axis=0)": "(numbers * marks).sum(axis=0)[:, None]"},
        ),
        Mutant(
            "the numbers are normal (rng.normal): they should be uniform on [0, 1].",
            {"rng.uniform(0.0, 1.0,": "rng.normal(0.5, 0.29,"},
        ),
        Mutant(
            "the numbers are only 0 and 1: they should be any numbers between, as rng.uniform "
            "draws them.",
            {"rng.uniform(0.0, 1.0,": "rng.integers(0, 2,"},
        ),
        Mutant(
            "marks[first] = 1 marks that step in every sequence: marks[first, np.arange(B)] "
            "marks one step in each.",
            {
                "marks[first, sequences]": "marks[first]",
                "marks[second, sequences]": "marks[second]",
            },
        ),
        Mutant(
            "each sequence repeats one number at all its steps: draw (steps, batch_size) of them.",
            {
                "size=(steps, batch_size)": "size=(1, batch_size)",
                "marks = ": "numbers = np.tile(numbers, (steps, 1))\n    marks = ",
            },
        ),
        Mutant(
            "every sequence has the same numbers: draw (steps, batch_size) of them.",
            {
                "size=(steps, batch_size)": "size=(steps, 1)",
                "marks = ": "numbers = np.tile(numbers, batch_size)\n    marks = ",
            },
        ),
    ),
    question=Question(
        "What is the variance of 10,000 of your targets, and what does it have to do "
        "with a model without a memory?",
        _ask,
    ),
)
