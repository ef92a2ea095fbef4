"""Lesson 11, memory tasks: adding_problem, constant_answer_error, copy_memory, ..."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cifg_edu.checks.exercise import Case, Exercise, Function, Mutant
from cifg_edu.gates import Array
from cifg_edu.tasks import (
    adding_problem,
    constant_answer_error,
    copy_memory,
    legal_next,
    memoryless_copy_loss,
)

# Random makers are judged by properties that every right answer has, whatever numbers it
# draws: each property is described in a few words, and the words are compared.
UNKNOWN = "unknown"
ALIKE = "all the same"
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
COPY_PROPERTIES = (
    "the result",
    "the shape of inputs",
    "the shape of targets",
    "the type of the ids",
    "the symbols in the first 10 steps",
    "the delimiter's step",
    "the ids in all other steps",
    "the targets before the last 10 steps",
    "the last 10 targets",
    "the sequences of a batch",
    "the randomness",
)


def _maker_cases(length: str) -> Callable[[np.random.Generator], list[Case]]:
    return lambda rng: [
        Case(f"400 sequences with {length} = 6", (rng, 400, 6)),
        Case(f"300 sequences with {length} = 11", (rng, 300, 11)),
    ]


def _describe(
    names: tuple[str, ...], look: Callable[[Array, Array, int], dict[str, str]]
) -> Callable[[Function, tuple[Any, ...]], Any]:
    """An `observe` for makers of inputs and targets: every property by name, in words."""

    def observe(function: Function, arguments: tuple[Any, ...]) -> Any:
        rng, batch_size, length = arguments
        start = rng.bit_generator.state
        result = function(rng, batch_size, length)
        if result is None:
            return None
        if not isinstance(result, tuple | list) or len(result) != 2:
            return dict.fromkeys(names, UNKNOWN) | {"the result": _kind(result)}
        inputs, targets = (np.asarray(part) for part in result)
        arrays = all(isinstance(part, np.ndarray) for part in result)
        found = {
            "the result": "two arrays" if arrays else " and ".join(map(_kind, result)),
            "the shape of inputs": str(inputs.shape),
            "the shape of targets": str(targets.shape),
            "the randomness": _randomness(function, arguments, start, inputs),
            **look(inputs, targets, length),
        }
        return {name: found.get(name, UNKNOWN) for name in names}

    return observe


def _randomness(function: Function, arguments: tuple[Any, ...], start: Any, inputs: Array) -> str:
    """Whether everything is drawn from the rng that is given."""
    rng, batch_size, length = arguments
    following = np.asarray(function(rng, batch_size, length)[0])
    rng.bit_generator.state = start
    again = np.asarray(function(rng, batch_size, length)[0])
    if not np.array_equal(inputs, again):
        return "not all from rng: the same rng gives another batch"
    if np.array_equal(inputs, following):
        return "none: a second call with one rng gives the same batch"
    return "all from rng"


def _kind(result: Any) -> str:
    """A result that is not a pair, in words."""
    name = type(result).__name__
    return f"{name} of {len(result)} parts" if isinstance(result, tuple | list) else name


def _rows(sequences: Array) -> str:
    """Whether sequences (T, B) differ from each other."""
    alike = np.unique(sequences, axis=1).shape[1] == 1
    return ALIKE if alike else "each another"


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
        "the channel of the marks": "the last, with " + _list(np.unique(marks)),
        "the range and mean of the numbers": f"{low} to {high}, mean {mean}",
        "the number of marks in the first and the second half": ", or ".join(
            f"{first:.0f} and {second:.0f}" for first, second in counts
        ),
        "the sequences of a batch": f"numbers {_rows(numbers)}, marks {_rows(marks)}",
    }
    if _rows(marks) != ALIKE:
        found["the steps that are ever marked"] = _list(np.flatnonzero(ever))
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
        found["the targets"] = _first_equal(choices, targets)
    return found


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
    whole = all(np.issubdtype(ids.dtype, np.integer) for ids in (inputs, targets))
    return {
        "the type of the ids": "integers" if whole else f"{inputs.dtype}, {targets.dtype}",
        "the symbols in the first 10 steps": f"from {symbols.min():g} to {symbols.max():g}",
        "the delimiter's step": _list(at),
        "the ids in all other steps": _list(np.unique(rest[rest != 9])),
        "the targets before the last 10 steps": _list(np.unique(targets[:-10])),
        "the last 10 targets": _first_equal(choices, targets[-10:]),
        "the sequences of a batch": _rows(symbols),
    }


def _first_equal(choices: dict[str, Array], actual: Array) -> str:
    """The words for whichever of the choices is equal to the actual array."""
    return next((w for w, a in choices.items() if np.allclose(a, actual)), "something else")


def _list(numbers: NDArray[Any]) -> str:
    return ", ".join(f"{number:g}" for number in numbers[:20]) or "none"


ADDING_PROBLEM = Exercise(
    reference=adding_problem,
    lesson=11,
    stars=2,
    outputs=("inputs", "targets"),
    make_cases=_maker_cases("steps"),
    observe=_describe(ADDING_PROPERTIES, _look_at_adding),
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


def _target_cases(rng: np.random.Generator) -> list[Case]:
    return [
        Case("the sums of 50 pairs of numbers on [0, 1]", (rng.uniform(size=(50, 2)).sum(1),)),
        Case("targets far from 0", (rng.normal(5.0, 2.0, size=9),)),
        Case("targets that are all the same", (np.full(4, 0.5),)),
        Case("one target alone", (np.array([3.0]),)),
    ]


CONSTANT_ANSWER_ERROR = Exercise(
    reference=constant_answer_error,
    lesson=11,
    stars=1,
    outputs=("the error",),
    make_cases=_target_cases,
    hints=(
        "Two steps: which constant is best, and how large is its mean squared error?",
        "The derivative of mean((y - a)**2) for a is -2 mean(y - a), which is 0 at a = mean(y). "
        "Put that constant into the error.",
        "return float(np.mean((targets - targets.mean()) ** 2))",
    ),
    mutants=(
        Mutant(
            "that is the error of answering 0: the best constant is the mean of the targets.",
            {"targets - targets.mean()": "targets"},
        ),
        Mutant(
            "that is the error of answering 1, which is best for the adding problem alone: take "
            "the mean of these targets.",
            {"targets - targets.mean()": "targets - 1.0"},
        ),
        Mutant(
            "that is 1/6 for whatever targets: compute it from those that are given.",
            {"float(np.mean(errors ** 2))": "1 / 6"},
        ),
        Mutant(
            "that is the standard deviation, the root of the mean squared error: leave the root "
            "out.",
            {"np.mean(errors ** 2)": "np.sqrt(np.mean(errors ** 2))"},
        ),
        Mutant(
            "the errors are not squared, and so they cancel to 0.",
            {"errors ** 2": "errors"},
        ),
        Mutant(
            "that is the mean absolute error: square the errors.",
            {"errors ** 2": "np.abs(errors)"},
        ),
        Mutant(
            "that is the sum of the squared errors: divide it by their number.",
            {"np.mean(errors ** 2)": "np.sum(errors ** 2)"},
        ),
        Mutant(
            "the sum is divided by B - 1 (ddof=1), which estimates a variance from a sample: a "
            "mean error divides by B.",
            {"np.mean(errors ** 2)": "np.sum(errors ** 2) / (len(errors) - 1)"},
        ),
        Mutant(
            "that is the best constant itself, the mean: its error is asked for.",
            {"float(np.mean(errors ** 2))": "float(targets.mean())"},
        ),
        Mutant(
            "half of the mean squared error: the factor 1/2 that some texts put in for the "
            "derivative's sake does not belong here.",
            {"np.mean(errors ** 2)": "0.5 * np.mean(errors ** 2)"},
        ),
        Mutant(
            "the median is the best constant for absolute errors: for squared ones it is the mean.",
            {"targets.mean()": "np.median(targets)"},
        ),
    ),
)

COPY_MEMORY = Exercise(
    reference=copy_memory,
    lesson=11,
    stars=2,
    outputs=("inputs", "targets"),
    make_cases=_maker_cases("lag"),
    observe=_describe(COPY_PROPERTIES, _look_at_copy),
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
            "nobody can repeat a run.",
            {"rng.integers(": "np.random.randint("},
        ),
    ),
)


def _lag_cases(rng: np.random.Generator) -> list[Case]:
    return [Case(f"a lag of {lag}", (lag,)) for lag in (1, 10, 30, 500)]


MEMORYLESS_COPY_LOSS = Exercise(
    reference=memoryless_copy_loss,
    lesson=11,
    stars=1,
    outputs=("the loss",),
    make_cases=_lag_cases,
    hints=(
        "At which steps does a model without a memory pay, and how much at each? The loss of a "
        "step is -ln of the probability that the right answer was given.",
        "It pays nothing while blank is right. At each of the last 10 steps it gives 1/8 to the "
        "right symbol: -ln(1/8) = ln 8. Take the mean over all lag + 20 steps.",
        "return float(10 * np.log(8) / (lag + 20))",
    ),
    mutants=(
        Mutant(
            "that is the sum over the sequence: divide it by the number of steps, lag + 20.",
            {" / (lag + 2 * COPY_LENGTH)": " + 0 * lag"},
        ),
        Mutant(
            "the factor 10 is missing: the model pays ln 8 at each of ten steps.",
            {"COPY_LENGTH * np.log(COPY_SYMBOLS)": "np.log(COPY_SYMBOLS)"},
        ),
        Mutant(
            "a sequence has lag + 20 steps, not lag + 10: the answer takes ten steps too.",
            {"lag + 2 * COPY_LENGTH": "lag + COPY_LENGTH"},
        ),
        Mutant(
            "the loss is divided by the lag alone: the mean is over all lag + 20 steps.",
            {"lag + 2 * COPY_LENGTH": "lag"},
        ),
        Mutant(
            "the mean is over the ten steps of the answer only: the loss of the course is a mean "
            "over all steps, lag + 20.",
            {"/ (lag + 2 * COPY_LENGTH)": "/ COPY_LENGTH + 0 * lag"},
        ),
        Mutant(
            "that is in bits (log2): the losses of this course are in nats, np.log.",
            {"np.log(COPY_SYMBOLS)": "np.log2(COPY_SYMBOLS)"},
        ),
        Mutant(
            "that is with log10: a nat is a natural logarithm, np.log.",
            {"np.log(COPY_SYMBOLS)": "np.log10(COPY_SYMBOLS)"},
        ),
        Mutant(
            "ln 10 shares the guess among all ten ids: the model knows that blank and delimiter "
            "are wrong there, so 8 are left.",
            {"np.log(COPY_SYMBOLS)": "np.log(10)"},
        ),
        Mutant(
            "10 and 8 have changed places: ten steps, each among 8 symbols.",
            {"COPY_LENGTH * np.log(COPY_SYMBOLS)": "COPY_SYMBOLS * np.log(COPY_LENGTH)"},
        ),
        Mutant(
            "a loss is -ln of a probability, so ln(1/8) alone is negative: a sign is missing.",
            {"COPY_LENGTH * np.log(COPY_SYMBOLS)": "COPY_LENGTH * np.log(1 / COPY_SYMBOLS)"},
        ),
        Mutant(
            "ln 9 counts blank among the answers: at the last ten steps the model knows that "
            "blank is wrong, so 8 symbols are left.",
            {"np.log(COPY_SYMBOLS)": "np.log(COPY_SYMBOLS + 1)"},
        ),
    ),
)


def _prefix_cases(rng: np.random.Generator) -> list[Case]:
    return [
        Case(title, (prefix,))
        for title, prefix in (
            ("the empty prefix", ""),
            ("the first symbol, B", "B"),
            ("the second symbol, T", "BT"),
            ("the second symbol, P", "BP"),
            ("the inner string begins: BTB", "BTB"),
            ("at a branch of the inner grammar: BTBT", "BTBT"),
            ("after a loop: BPBTSSS", "BPBTSSS"),
            ("from state 4 back to 3: BTBTXXT", "BTBTXXT"),
            ("in state 5: BTBPTTV", "BTBPTTV"),
            ("the inner string is about to end: BTBTXS", "BTBTXS"),
            ("the inner string is over, and began after T: BTBPVVE", "BTBPVVE"),
            ("the inner string is over, and began after P: BPBTXSE", "BPBTXSE"),
            ("the second symbol came again: BPBTXSEP", "BPBTXSEP"),
            ("a whole string: BTBPVVETE", "BTBPVVETE"),
            ("a wrong last symbol but one: BTBPVVEP", "BTBPVVEP"),
            ("a wrong step inside: BTBTV", "BTBTV"),
            ("a wrong beginning: T", "T"),
            ("more than a whole string: BTBPVVETEB", "BTBPVVETEB"),
        )
    ]


def _as_sorted_symbols(function: Function, arguments: tuple[Any, ...]) -> Any:
    """The symbols in one order, whether they came as a set, a list or a string."""
    result = function(*arguments)
    if isinstance(result, set | frozenset | list | tuple | str):
        return "".join(sorted(set(result))) or "nothing"
    return result


LEGAL_NEXT = Exercise(
    reference=legal_next,
    lesson=11,
    stars=3,
    outputs=("the set of legal symbols",),
    make_cases=_prefix_cases,
    observe=_as_sorted_symbols,
    hints=(
        "Walk along the prefix with a `legal` set that begins as {'B'}. At each symbol: return "
        "set() if it is not in `legal`, else work out the next `legal`.",
        "Two things must be kept on the way: `first`, the second symbol of the prefix, and "
        "`state`, the place in the inner grammar. The inner table REBER_GRAMMAR takes over from "
        "place 2; set(REBER_GRAMMAR[state]) is the set of its symbols, and state 7 is its end.",
        "At place 0 the next is {'T', 'P'}. At place 1: first = symbol, and then {'B'}. While "
        "state < 7: state = REBER_GRAMMAR[state][symbol], and then set(REBER_GRAMMAR[state]), or "
        "{first} once state is 7. After that: {'E'} if symbol == first else set().",
    ),
    mutants=(
        Mutant(
            "either T or P is let through at the end: it must be the one that came second, so "
            "remember it.",
            {"{first}": "{'T', 'P'}", "symbol == first": "symbol in 'TP'"},
        ),
        Mutant(
            "the symbol at the end is the other one of T and P: it is the same as at the "
            "beginning.",
            {"{first}": "{'T', 'P'} - {first}", "symbol == first": "symbol in 'TP'"},
        ),
        Mutant(
            "always T at the end: what stands second in the prefix decides.",
            {"{first}": "{'T'}", "symbol == first": "symbol == 'T'"},
        ),
        Mutant(
            "the string seems to be over after the inner one: the T or P must come again first.",
            {"{first}": "set()"},
        ),
        Mutant(
            "E follows the inner string at once: the T or P must come again before it.",
            {"{first}": "{'E'}"},
        ),
        Mutant(
            "illegal symbols are not noticed: a prefix that no string begins with has no legal "
            "successor, so return set().",
            {
                "if symbol not in legal": "if symbol not in 'BTPSXVE'",
                ("REBER_GRAMMAR[state][symbol]"): "REBER_GRAMMAR[state].get(symbol, 6)",
            },
        ),
        Mutant(
            "a symbol that the table does not hold stops the function: look whether it is legal "
            "before you look it up.",
            {"        if symbol not in legal:\n            return set()\n": ""},
        ),
        Mutant(
            "the inner grammar never moves on from its state: set state to where the symbol leads.",
            {"state = REBER_GRAMMAR[state][symbol]": "state = max(state, 1)"},
        ),
        Mutant(
            "that is the inner grammar alone: the embedded string has a B and a T or P before it.",
            {
                "if place == 0:\n            legal = {'T', 'P'}\n        elif place == 1:\n"
                "            first, legal = (symbol, {'B'})\n        elif state < 7": (
                    "if state < 7"
                ),
                "{first}": "set()",
            },
        ),
        Mutant(
            "the states' numbers come back, not their symbols: the symbols are the table's keys.",
            {
                "set(REBER_GRAMMAR[state]) if state < 7": (
                    "set(map(str, REBER_GRAMMAR[state].values())) if state < 7"
                ),
                "if symbol not in legal": "if state == 0 and symbol not in legal",
            },
        ),
        Mutant(
            "after the T or P that comes again, nothing follows: E still does.",
            {"{'E'} if symbol == first else set()": "set()"},
        ),
        Mutant(
            "E follows E without end: after a whole string nothing is legal.",
            {"{'E'} if symbol == first else set()": "{'E'}"},
        ),
        Mutant(
            "only T may follow the first B: it is T or P.",
            {"legal = {'T', 'P'}": "legal = {'T'}"},
        ),
        Mutant(
            "an empty prefix gives nothing: the first symbol, B, must be in the set before the "
            "loop begins.",
            {"for place,": "if not prefix:\n        return set()\n    for place,"},
        ),
    ),
)

EXERCISES = (
    ADDING_PROBLEM,
    CONSTANT_ANSWER_ERROR,
    COPY_MEMORY,
    MEMORYLESS_COPY_LOSS,
    LEGAL_NEXT,
)
