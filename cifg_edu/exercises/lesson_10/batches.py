"""Exercise `batches` of lesson 10."""

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from cifg_edu.arrays import Array, Ids
from cifg_edu.exercises import Case, Exercise, Function, Mutant, Question
from cifg_edu.text import batches

# Of a list without end no more is looked at.
MOST_WINDOWS = 1000


PAIRS = "pairs (inputs, targets)"


def _batches_cases(rng: np.random.Generator) -> list[Case]:
    return [
        Case("100 ids, 3 lanes, windows of 4 steps", (rng.permutation(100), 3, 4)),
        Case("13 ids, just enough for one window of 3 lanes and 4 steps", (np.arange(13), 3, 4)),
        Case("60 ids, which 4 lanes divide evenly, and 5 steps", (rng.permutation(60), 4, 5)),
        Case("a single lane", (rng.permutation(23), 1, 6)),
        Case("61 ids, 5 lanes, windows of a single step", (rng.permutation(61), 5, 1)),
        Case("a single lane, which is one window", (rng.permutation(9), 1, 8)),
    ]


def _observe_batches(function: Function, arguments: tuple[Any, ...]) -> Any:
    """Number, shapes, order and content of the windows, from a generator or a list alike."""
    result = function(*arguments)
    if result is None:
        return None
    if not isinstance(result, Iterator | list | tuple):
        return f"a {type(result).__name__}, and no list or generator", 0, "", "", "", [], []
    windows = list(itertools.islice(result, MOST_WINDOWS))
    if not all(isinstance(window, tuple | list) and len(window) == 2 for window in windows):
        return f"not all are {PAIRS}", len(windows), "", "", "", [], []
    parts = [part for window in windows for part in window]
    kinds = sorted({_kind(part) for part in parts})
    shapes = sorted({str(np.shape(part)) for part in parts if isinstance(part, np.ndarray)})
    found: tuple[Any, ...] = " and ".join(kinds), len(windows), " and ".join(shapes)
    if kinds != [INTEGERS]:
        return *found, "", "", [], []
    found = *found, "new ones" if _each_its_own(windows) else "the same ones, filled again"
    if len(shapes) != 1:
        flat = [[x for w in windows for x in np.ravel(w[part]).tolist()] for part in (0, 1)]
        return *found, "", *flat
    inputs, targets = (np.array([window[part] for window in windows]) for part in (0, 1))
    order = "each goes on where the one before stopped"
    if inputs.ndim == 3 and not _continues(arguments[0], inputs):
        # Sorted, so that every order at random looks the same and is known by it.
        places = np.argsort(inputs[:, 0, 0], kind="stable")
        inputs, targets = inputs[places], targets[places]
        order = "one does not go on where the one before stopped"
    return *found, order, inputs, targets


def _each_its_own(windows: list[Any]) -> bool:
    """Whether no two windows have the same array for their inputs, or for their targets."""
    return all(
        len({_address(window[part]) for window in windows}) == len(windows) for part in (0, 1)
    )


def _address(part: Array) -> int:
    return int(part.__array_interface__["data"][0])


INTEGERS = "arrays of integers"


def _kind(part: Any) -> str:
    """What a part of a pair is, in words."""
    if type(part) is not np.ndarray:
        return f"a {type(part).__name__}"
    if part.dtype.kind in "iu":
        return INTEGERS
    return f"arrays of {part.dtype}"


def _continues(ids: Ids, inputs: Ids) -> bool:
    """Whether each window's first ids follow, in the corpus, on the last of the one before."""
    following = dict(zip(ids[:-1].tolist(), ids[1:].tolist(), strict=True))
    return all(
        [following.get(last) for last in before[-1].tolist()] == after[0].tolist()
        for before, after in itertools.pairwise(inputs)
    )


def _ask(f: Function) -> str:
    used = sum(targets.size for _, targets in f(np.arange(37, dtype=np.intp), 2, 5))
    return f"{37 - used}: the first one has nothing before it, and the rest does not fill a window."


EXERCISE = Exercise(
    reference=batches,
    lesson=10,
    place=2,
    stars=2,
    outputs=(
        "what the windows are made of",
        "the number of windows",
        "the shape of a window",
        "the arrays of the windows",
        "the order of the windows",
        "an input",
        "a target",
    ),
    make_cases=_batches_cases,
    observe=_observe_batches,
    reasons={
        "what the windows are made of": "each window is a pair (inputs, targets) of arrays of "
        "integers.",
        "the shape of a window": "inputs and targets are both (steps, batch_size): time comes "
        "first.",
        "the arrays of the windows": "each window needs its own arrays: to fill the same one again "
        "changes all windows that were given out before.",
        "the order of the windows": "in each lane a window must begin where the one before "
        "stopped: cut the text into lanes first, and take the windows in order.",
    },
    hints=(
        "Cut the text into lanes first, all of one length, then cut all lanes together into "
        "windows. The targets are the same text, read from one character further on.",
        "A lane has (len(ids) - 1) // batch_size characters: the last character of the text has "
        "no next one. reshape(batch_size, lane) puts one lane in each row; .T puts time first. "
        "Take the windows in order with range(0, ..., steps), and yield a pair for each.",
        "lane = (len(ids) - 1) // batch_size\n"
        "windows = lane // steps\n"
        "inputs = ids[: lane * batch_size].reshape(batch_size, lane).T\n"
        "targets = ids[1 : lane * batch_size + 1].reshape(batch_size, lane).T\n"
        "for start in range(0, windows * steps, steps):\n"
        "    yield inputs[start : start + steps], targets[start : start + steps]",
    ),
    mutants=(
        Mutant(
            "the targets are the inputs themselves, which is copying and not foretelling: a "
            "target is the character after its input.",
            {"targets = ids[1:lane * batch_size + 1]": "targets = ids[:lane * batch_size]"},
        ),
        Mutant(
            "the target is the character before its input: shift the other way.",
            {"ids[1:lane * batch_size + 1]": "np.roll(ids, 1)[:lane * batch_size]"},
        ),
        Mutant(
            "inputs and targets have changed places: the inputs come first in the pair.",
            {
                "(inputs[start:start + steps], targets[start:start + steps])": (
                    "(targets[start:start + steps], inputs[start:start + steps])"
                )
            },
        ),
        Mutant(
            "the last target of a lane is that lane's first character: no text runs on from its "
            "end to its start (np.roll does that); shift `ids` before you cut.",
            {
                "targets = ids[1:lane * batch_size + 1].reshape(batch_size, lane).T": (
                    "targets = np.roll(inputs, -1, axis=0)"
                )
            },
        ),
        Mutant(
            "neighbouring characters lie in different lanes: a lane is one stretch of the text, "
            "so reshape to (batch_size, lane) and transpose.",
            {
                "inputs = ids[:lane * batch_size].reshape(batch_size, lane).T": (
                    "inputs = ids[:lane * batch_size].reshape(lane, batch_size)"
                ),
                "targets = ids[1:lane * batch_size + 1].reshape(batch_size, lane).T": (
                    "targets = ids[1:lane * batch_size + 1].reshape(lane, batch_size)"
                ),
            },
        ),
        Mutant(
            "the windows are (B, T): time comes first in this course, (T, B).",
            {
                "(inputs[start:start + steps], targets[start:start + steps])": (
                    "(inputs[start:start + steps].T, targets[start:start + steps].T)"
                )
            },
        ),
        Mutant(
            "the windows overlap: the start moves on by 1, and it must move on by `steps`.",
            {"range(0, windows * steps, steps)": "range((windows - 1) * steps + 1)"},
        ),
        Mutant(
            "the rest of a lane comes as a shorter last window: leave it out, every window has "
            "`steps` steps.",
            {"range(0, windows * steps, steps)": "range(0, lane, steps)"},
        ),
        Mutant(
            "the first window is missing: the start begins at 0.",
            {"range(0, windows * steps, steps)": "range(steps, windows * steps, steps)"},
        ),
        Mutant(
            "the last window is missing: there are lane // steps of them.",
            {"range(0, windows * steps, steps)": "range(0, (windows - 1) * steps, steps)"},
        ),
        Mutant(
            "the windows are shuffled: the state carried over would belong to another place in "
            "the text; keep them in order.",
            {
                "range(0, windows * steps, steps)": (
                    "steps * np.random.default_rng(0).permutation(windows)"
                )
            },
        ),
        Mutant(
            "each window is cut from the text by itself, so a lane does not go on from one "
            "window to the next: cut the whole text into lanes first.",
            {
                "(inputs[start:start + steps], targets[start:start + steps])": (
                    "(ids[start * batch_size:(start + steps) * batch_size]"
                    ".reshape(batch_size, steps).T, "
                    "ids[start * batch_size + 1:(start + steps) * batch_size + 1]"
                    ".reshape(batch_size, steps).T)"
                )
            },
        ),
        Mutant(
            "a lane of len(ids) // batch_size characters is too long when that division has no "
            "rest: the last character has no next one, so divide len(ids) - 1.",
            {"(len(ids) - 1) // batch_size": "len(ids) // batch_size"},
        ),
        Mutant(
            "only the first window comes out: `return` ends the function there, and `yield` "
            "goes on (or collect all windows in a list).",
            {"yield (": "return ("},
        ),
        Mutant(
            "the targets are two characters ahead: a target is the character right after its "
            "input.",
            {
                "lane = (len(ids) - 1) // batch_size": "lane = (len(ids) - 2) // batch_size",
                "ids[1:lane * batch_size + 1]": "ids[2:lane * batch_size + 2]",
            },
        ),
        Mutant(
            "one lane is as long as batch_size says: there are batch_size lanes, each of "
            "(len(ids) - 1) // batch_size characters.",
            {
                "inputs = ids[:lane * batch_size].reshape(batch_size, lane)": (
                    "inputs = ids[:lane * batch_size].reshape(lane, batch_size)"
                ),
                "ids[1:lane * batch_size + 1].reshape(batch_size, lane).T": (
                    "ids[1:lane * batch_size + 1].reshape(lane, batch_size).T"
                ),
            },
        ),
        Mutant(
            "the windows come from the last to the first: the state could not be carried on.",
            {"range(0, windows * steps, steps)": "reversed(range(0, windows * steps, steps))"},
        ),
        Mutant(
            "each window has one step too many: inputs[start:start + steps] has `steps` of them.",
            {
                "inputs[start:start + steps]": "inputs[start:start + steps + 1]",
                "targets[start:start + steps]": "targets[start:start + steps + 1]",
            },
        ),
        Mutant(
            "each window has one step too few: the end of a slice is left out already.",
            {
                "inputs[start:start + steps]": "inputs[start:start + steps - 1]",
                "targets[start:start + steps]": "targets[start:start + steps - 1]",
            },
        ),
        Mutant(
            "the targets are the last step's alone: every input has one, (T, B).",
            {"targets[start:start + steps]": "targets[start + steps - 1]"},
        ),
        Mutant(
            "the targets come first from the next window: shift by one character, not by a window.",
            {
                "targets[start:start + steps]": (
                    "np.roll(inputs, -steps, axis=0)[start:start + steps]"
                )
            },
        ),
    ),
    question=Question(
        "Cut 37 ids into 2 lanes and windows of 5 steps. How many ids are never a target?",
        _ask,
    ),
)
