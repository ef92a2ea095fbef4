"""Exercise `copy_memory` of lesson 11."""

import numpy as np

from cifg_edu.arrays import Array, Ids
from cifg_edu.exercises import Exercise, Function, Mutant, Question
from cifg_edu.exercises.lesson_11._makers import (
    BOUND,
    MANY,
    describe,
    equally_often,
    first_equal,
    in_words,
    independent,
    maker_cases,
    rows,
)
from cifg_edu.tasks import (
    BLANK,
    COPY_LENGTH,
    COPY_SYMBOLS,
    copy_memory,
)

COPY_PROPERTIES = (
    "the result",
    "the shape of inputs",
    "the shape of targets",
    "the type of the numbers",
    "the type of the ids",
    "the symbols in the first 10 steps",
    "the delimiter's step",
    "the ids in all other steps",
    "the targets before the last 10 steps",
    "the steps that have a target other than blank",
    "the last 10 targets",
    "the sequences of a batch",
    "the randomness",
    "the order of a sequence's symbols",
    "how often each symbol comes",
    "the different symbols of a sequence",
    "the symbols of a batch",
)


def _look_at_copy(inputs: Array, targets: Array, lag: int) -> dict[str, str]:
    if inputs.shape[0] < 20 or inputs.ndim != 2 or inputs.shape != targets.shape:
        return {}
    symbols, rest = inputs[:10], inputs[10:]
    at = np.unique(np.nonzero(rest == 9)[0]) + 10
    choices = {
        "the symbols in order": symbols,
        "the symbols from the last to the first": symbols[::-1],
        "the symbols one step late": np.vstack([targets[-10:-9], symbols[:-1]]),
        "the symbols one step early": np.vstack([symbols[1:], targets[-1:]]),
        "the symbols, sorted": np.sort(symbols, axis=0),
        "one id at all steps": np.broadcast_to(targets[-1:, :1], symbols.shape),
    }
    inside = symbols.min() >= 0 and symbols.max() <= 7
    whole = all(np.issubdtype(ids.dtype, np.integer) for ids in (inputs, targets))
    found = {
        "the type of the ids": "integers" if whole else f"{inputs.dtype}, {targets.dtype}",
        "the symbols in the first 10 steps": "all from 0 to 7" if inside else "not all from 0 to 7",
        "the delimiter's step": in_words(at),
        "the ids in all other steps": in_words(np.unique(rest[rest != 9])),
        "the targets before the last 10 steps": in_words(np.unique(targets[:-10])),
        "the steps that have a target other than blank": in_words(
            np.flatnonzero((targets != BLANK).any(axis=1))
        ),
        "the last 10 targets": first_equal(choices, targets[-10:]),
    }
    count = symbols.shape[1] // 2  # the sequences of the first of two batches
    if count > 20:  # fewer may be alike by chance
        found["the sequences of a batch"] = rows(symbols[:, :count])
    if symbols.shape[1] >= MANY:
        found["the symbols in the first 10 steps"] = in_words(np.unique(symbols))
        if inside and whole:
            ids = symbols.astype(np.intp)
            often = equally_often(ids, COPY_SYMBOLS)
            found["the order of a sequence's symbols"] = _order(ids)
            found["how often each symbol comes"] = "equally often" if often else "not equally often"
            found["the different symbols of a sequence"] = _different(ids)
            found["the symbols of a batch"] = independent(ids, COPY_SYMBOLS)
    return found


def _order(symbols: Ids) -> str:
    """Whether each sequence is sorted, which by chance no batch is."""
    steps = np.diff(symbols, axis=0)
    sorted_ = (steps >= 0).all() or (steps <= 0).all()
    return "sorted" if sorted_ else "as they were drawn"


def _different(symbols: Ids) -> str:
    """Whether so many of a sequence's symbols differ as by chance."""
    new = np.diff(np.sort(symbols, axis=0), axis=0) != 0
    count = 1 + new.sum(axis=0).mean()
    # Each symbol is missing with a chance of (7/8)^10. By Hoeffding's inequality the mean of N
    # counts, from 1 to 8, is further away than 7 sqrt(BOUND / 2N) with one of 2 exp(-BOUND).
    chance = COPY_SYMBOLS * (1 - (1 - 1 / COPY_SYMBOLS) ** COPY_LENGTH)
    if abs(count - chance) < 7 * np.sqrt(BOUND / 2 / symbols.shape[1]):
        return "about 6 of the 8"
    return "too few" if count < chance else "too many"


def _ask(f: Function) -> str:
    inputs, _ = f(np.random.default_rng(0), 1000, 5)
    kinds = len(np.unique(inputs[:10]))
    return (
        f"{kinds}, so each symbol is worth {np.log2(kinds):g} bits, and ten of them "
        f"{10 * np.log2(kinds):g}."
    )


EXERCISE = Exercise(
    reference=copy_memory,
    lesson=11,
    place=3,
    stars=2,
    outputs=("inputs", "targets"),
    make_cases=maker_cases("lag"),
    observe=describe(COPY_PROPERTIES, _look_at_copy, "lag"),
    reasons={
        "the result": "it should return two NumPy arrays, (inputs, targets).",
        "the shape of inputs": "the shape is (lag + 20, batch_size): 10 symbols, lag - 1 blanks, "
        "the delimiter and 10 blanks, and time comes first.",
        "the shape of targets": "the shape is (lag + 20, batch_size): there is a target at every "
        "step, blank before the last 10, and time comes first.",
        "the type of the ids": "an id picks a row of a table, so it must be an integer.",
        "the symbols in the first 10 steps": "the symbols are 0 to 7, and each of them comes.",
        "the delimiter's step": "the delimiter stands once, at step 10 + lag - 1: after the 10 "
        "symbols and lag - 1 blanks.",
        "the ids in all other steps": "the inputs are blank (8) at every step that has neither a "
        "symbol nor the delimiter.",
        "the targets before the last 10 steps": "the targets are blank (8) until the last 10 "
        "steps.",
        "the last 10 targets": "the last 10 targets are the 10 symbols of the same sequence, in "
        "the order of the inputs.",
        "the sequences of a batch": "each sequence needs its own symbols: draw (10, batch_size).",
        "the order of a sequence's symbols": "the symbols should stand in the order in which they "
        "were drawn.",
        "how often each symbol comes": "at each of the 10 steps every symbol should be equally "
        "likely.",
        "the different symbols of a sequence": "each of the 10 symbols should be drawn by itself: "
        "a symbol may come twice or more, as chance has it.",
        "the symbols of a batch": "each symbol should be drawn by itself: none may tell "
        "anything of another.",
    },
    hints=(
        "Fill two arrays of shape (lag + 20, batch_size) with BLANK, then write the symbols and "
        "the delimiter over it. np.full makes a filled array.",
        "The symbols, rng.integers(0, 8, size=(10, batch_size)), go into inputs[:10] and into "
        "targets[-10:]. Count for the delimiter: steps 0 to 9 are symbols, lag - 1 blanks follow, "
        "so it stands at step 10 + lag - 1.",
        "symbols = rng.integers(0, COPY_SYMBOLS, size=(COPY_LENGTH, batch_size))\n"
        "inputs = np.full((lag + 20, batch_size), BLANK)\n"
        "targets = inputs.copy()\n"
        "inputs[:10], inputs[lag + 9], targets[-10:] = symbols, DELIMITER, symbols\n"
        "return inputs, targets",
    ),
    mutants=(
        Mutant(
            "the symbols run from 1 to 8: ids begin at 0, and 8 is the blank.",
            {"rng.integers(0, COPY_SYMBOLS,": "rng.integers(1, COPY_SYMBOLS + 1,"},
        ),
        Mutant(
            "the symbol 7 never comes: the upper end of rng.integers is left out already.",
            {"rng.integers(0, COPY_SYMBOLS,": "rng.integers(0, COPY_SYMBOLS - 1,"},
        ),
        Mutant(
            "the symbols include 8 and 9, which are the blank and the delimiter: there are 8 "
            "symbols, 0 to 7.",
            {"rng.integers(0, COPY_SYMBOLS,": "rng.integers(0, 10,"},
        ),
        Mutant(
            "there is no delimiter: nothing tells the model when to begin.",
            {"    inputs[COPY_LENGTH + lag - 1] = DELIMITER\n": ""},
        ),
        Mutant(
            "the delimiter stands one step late, where the first symbol is due already: lag - 1 "
            "blanks come before it.",
            {"inputs[COPY_LENGTH + lag - 1]": "inputs[COPY_LENGTH + lag]"},
        ),
        Mutant(
            "lag blanks come before the delimiter, and so each sequence is one step too long: the "
            "delimiter is the last of lag steps, so lag - 1 blanks come before it.",
            {
                "inputs = np.full((lag + 2": "inputs = np.full((lag + 1 + 2",
                "targets = np.full((lag + 2": "targets = np.full((lag + 1 + 2",
                "inputs[COPY_LENGTH + lag - 1]": "inputs[COPY_LENGTH + lag]",
            },
        ),
        Mutant(
            "inputs and targets are one and the same array, so what is written into one stands in "
            "the other too: make two.",
            {"targets = np.full((lag + 2 * COPY_LENGTH, batch_size), BLANK)": "targets = inputs"},
        ),
        Mutant(
            "the delimiter stands right behind the symbols, so the model need not wait for it: "
            "lag - 1 blanks come between.",
            {"inputs[COPY_LENGTH + lag - 1]": "inputs[COPY_LENGTH]"},
        ),
        Mutant(
            "the delimiter stands in all of the last steps: it is one step, and blanks follow.",
            {"inputs[COPY_LENGTH + lag - 1]": "inputs[COPY_LENGTH + lag - 1:]"},
        ),
        Mutant(
            "the targets are one step early, so the last one is blank: they are the last 10 steps, "
            "targets[-10:].",
            {"targets[-COPY_LENGTH:]": "targets[-COPY_LENGTH - 1:-1]"},
        ),
        Mutant(
            "the targets before the last 10 steps repeat the inputs: they are blank, since nothing "
            "is to be said yet.",
            {
                "targets[-COPY_LENGTH:] = symbols": (
                    "targets = inputs.copy()\n    targets[-COPY_LENGTH:] = symbols"
                )
            },
        ),
        Mutant(
            "the targets before the last 10 steps are 0, which is a symbol: fill them with BLANK.",
            {
                "targets = np.full((lag + 2 * COPY_LENGTH, batch_size), BLANK)": (
                    "targets = np.zeros((lag + 2 * COPY_LENGTH, batch_size), dtype=int)"
                )
            },
        ),
        Mutant(
            "the symbols are asked for in reverse order: first in, first out.",
            {"targets[-COPY_LENGTH:] = symbols": "targets[-COPY_LENGTH:] = symbols[::-1]"},
        ),
        Mutant(
            "the symbols still stand in the last 10 inputs, where they can be read off without a "
            "memory: those inputs are blank.",
            {
                "targets[-COPY_LENGTH:] = symbols": (
                    "targets[-COPY_LENGTH:] = symbols\n    inputs[-COPY_LENGTH:] = symbols"
                )
            },
        ),
        Mutant(
            "every sequence has the same symbols, which weights can learn by heart: draw "
            "(10, batch_size) of them.",
            {"size=(COPY_LENGTH, batch_size)": "size=(COPY_LENGTH, 1)"},
        ),
        Mutant(
            "the sequences have T + 10 steps, and the targets lie where the inputs wait: there "
            "are 10 steps more for the answer.",
            {
                "inputs = np.full((lag + 2 * COPY_LENGTH": "inputs = np.full((lag + COPY_LENGTH",
                "targets = np.full((lag + 2 * COPY_LENGTH": "targets = np.full((lag + COPY_LENGTH",
            },
        ),
        Mutant(
            "the ids are floats (np.zeros and np.ones make those by default): an id must be an "
            "integer, since it picks a row of a table.",
            {"return (inputs, targets)": "return (1.0 * inputs, 1.0 * targets)"},
        ),
        Mutant(
            "the batch comes first: this course puts time first, (T + 20, B).",
            {"return (inputs, targets)": "return (inputs.T, targets.T)"},
        ),
        Mutant(
            "the symbols come from np.random, the global state: use the rng that is given, or "
            "a run cannot be repeated.",
            {"rng.integers(": "np.random.randint("},
        ),
        Mutant(
            "the 10 symbols of a sequence are all the same: draw (10, batch_size) of them.",
            {
                "symbols = rng.integers(0, COPY_SYMBOLS, size=(COPY_LENGTH, batch_size))": (
                    "symbols = np.tile("
                    "rng.integers(0, COPY_SYMBOLS, size=batch_size), (COPY_LENGTH, 1))"
                )
            },
        ),
        Mutant(
            "the delimiter stands one step early: lag - 1 blanks come before it.",
            {"inputs[COPY_LENGTH + lag - 1]": "inputs[COPY_LENGTH + lag - 2]"},
        ),
        Mutant(
            "the delimiter stands at step lag - 1, counted from the first symbol: it is counted "
            "from the last one, so add the 10 steps of the symbols.",
            {"inputs[COPY_LENGTH + lag - 1]": "inputs[lag - 1]"},
        ),
        Mutant(
            "the delimiter stands in the targets as well: there it is never asked for.",
            {
                "return (inputs, targets)": (
                    "targets[COPY_LENGTH + lag - 1] = DELIMITER\n    return (inputs, targets)"
                )
            },
        ),
        Mutant(
            "the targets are the last 10 steps alone: give one for every step, blank (8) before "
            "those.",
            {"return (inputs, targets)": "return (inputs, targets[-COPY_LENGTH:])"},
        ),
        Mutant(
            "the targets begin with the symbols: the answer is due in the last 10 steps, "
            "targets[-10:].",
            {"targets[-COPY_LENGTH:]": "targets[:COPY_LENGTH]"},
        ),
        Mutant(
            "the targets stand at step lag: the answer is due in the last 10 steps, targets[-10:].",
            {"targets[-COPY_LENGTH:]": "targets[lag:lag + COPY_LENGTH]"},
        ),
        Mutant(
            "blank is written as 0, which is a symbol: fill both arrays with BLANK, 8.",
            {
                "inputs = np.full((lag + 2 * COPY_LENGTH, batch_size), BLANK)": (
                    "inputs = np.full((lag + 2 * COPY_LENGTH, batch_size), 0)"
                ),
                "targets = np.full((lag + 2 * COPY_LENGTH, batch_size), BLANK)": (
                    "targets = np.full((lag + 2 * COPY_LENGTH, batch_size), 0)"
                ),
            },
        ),
        Mutant(
            "the symbols come sorted, so each tells something of the next: leave them as they are "
            "drawn.",
            {
                "    inputs[:COPY_LENGTH] = symbols": (
                    "    symbols = np.sort(symbols, axis=0)\n    inputs[:COPY_LENGTH] = symbols"
                )
            },
        ),
        Mutant(
            "no symbol comes twice before all have come: draw each by itself, with replacement.",
            {
                "rng.integers(0, COPY_SYMBOLS, size=(COPY_LENGTH, batch_size))": (
                    "rng.permuted(np.tile(np.arange(COPY_LENGTH) % COPY_SYMBOLS, (batch_size, 1)), "
                    "axis=1).T"
                )
            },
        ),
        Mutant(
            "inputs and targets have changed places: return (inputs, targets).",
            {"return (inputs, targets)": "return (targets, inputs)"},
        ),
    ),
    question=Question(
        "How many different symbols do the first ten steps of 1000 of your sequences "
        "show? How many bits must a model remember?",
        _ask,
    ),
)
