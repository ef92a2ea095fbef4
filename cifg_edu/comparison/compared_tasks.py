"""The tasks of the comparison: TASKS, LENGTHS, find_task, Task, Batch, batch_loss, and the losses.

Every task has the same form. A batch is made from a random generator. A network starts from a
state of zeros, reads inputs (T, B, D) and gives outputs (T, B, V). Where the mask is True, the
loss compares them with the targets. Two batches are held out: the validation part, by which
learning rates are chosen, and the test part, which chooses nothing. Each replicate of an
experiment has its own split; all runs of a replicate share it.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cifg_edu import corpora, tasks
from cifg_edu.arrays import Array, Ids
from cifg_edu.comparison import chorales
from cifg_edu.errors import look_up
from cifg_edu.gates import sigmoid
from cifg_edu.losses import softmax_cross_entropy
from cifg_edu.text import batches, encode, one_hot, vocabulary

Mask = NDArray[np.bool_]
# From outputs and targets, row by row, to the mean loss and its gradient for the outputs.
Loss = Callable[[Array, Any], tuple[float, Array]]

PARTS = ("validation", "test")
# The last number in the seed of what is held out; those of a run end with 0 and 1.
PART_SEED = 2
# Half a decade apart. More are tried where the best of them lies at an end.
RATES = (0.005, 0.015, 0.05)

SONNETS_STEPS, SONNETS_BATCH, SONNETS_LANES, SONNETS_PIECES = 50, 32, 16, 10
ADDING_STEPS, ADDING_BATCH, ADDING_EACH = 50, 32, 2000
COPY_LAG, COPY_BATCH, COPY_EACH = 10, 32, 500
REBER_BATCH, REBER_TRAIN, REBER_DRAWN, REBER_EACH = 32, 1000, 8000, 100
COUNTING_BATCH, COUNTING_TRAIN, COUNTING_TEST, COUNTING_EACH = 32, 12, 40, 200
CHORALES_STEPS, CHORALES_BATCH = 40, 24


class Batch(NamedTuple):
    """Sequences side by side.

    inputs (T, B, D) are float32. targets are ids (T, B), or numbers (T, B, V). mask (T, B) is
    True where the outputs count. legal (T, B, V), if a task has it, is True for each symbol
    that may come next.
    """

    inputs: Array
    targets: Array | Ids
    mask: Mask
    legal: Mask | None = None


class Task(NamedTuple):
    """One task, with its default budget.

    name: as in `TASKS`.
    origin: one sentence on what the data are.
    unit: of the measure; a lower measure is better.
    input_size, output_size: D and V.
    make_batch: a batch to train on, from a random generator alone.
    loss: what training minimizes, where the mask is True.
    measure: what is reported about the outputs for a part.
    parts: "validation" and "test".
    baseline, baseline_words: the measure, on the test part, of a model with little knowledge or
        no memory, and a description of it.
    hidden_size, updates, rates: the defaults: H of the reference, batches to train on, and the
        learning rates to try.
    """

    name: str
    origin: str
    unit: str
    input_size: int
    output_size: int
    make_batch: Callable[[np.random.Generator], Batch]
    loss: Loss
    measure: Callable[[Array, Batch], float]
    parts: dict[str, Batch]
    baseline: float
    baseline_words: str
    hidden_size: int
    updates: int
    rates: tuple[float, ...]


def squared_error(outputs: Array, targets: Array) -> tuple[float, Array]:
    """Mean squared error, and its gradient for the outputs.

    Args:
        outputs, targets: numbers of one shape.

    Returns:
        loss: the mean of (output - target)^2;
        doutputs: 2 (output - target) / number of outputs.

    Raises:
        ValueError: the shapes differ.

    Source: Hochreiter and Schmidhuber (1997), section 5.4, for the adding problem.
    """
    errors = np.subtract(outputs, targets.reshape(outputs.shape))
    return float(np.mean(errors**2)), 2.0 * errors / errors.size


def notes_cross_entropy(logits: Array, notes: Array) -> tuple[float, Array]:
    """Binary cross-entropy of each note, summed over the notes of a frame, with its gradient.

    -[y log p + (1 - y) log(1 - p)] with p = sigma(logit) is log(1 + exp(-|logit|)) +
    max(logit, 0) - y logit, in which no `exp` overflows.

    Args:
        logits: scores, (N, 88).
        notes: 1 where a note sounds and 0 elsewhere, (N, 88).

    Returns:
        loss: nats per frame, the mean over N frames;
        dlogits: (sigma(logits) - notes) / N.

    Raises:
        ValueError: the shapes do not fit together.

    Source: Boulanger-Lewandowski et al. (2012), "Modeling temporal dependencies in
    high-dimensional sequences"; Greff et al. (2017), section 3.1, on JSB Chorales.
    """
    each = np.log1p(np.exp(-np.abs(logits))) + np.maximum(logits, 0) - notes * logits
    return float(each.sum(axis=-1).mean()), (sigmoid(logits) - notes) / len(logits)


def batch_loss(loss: Loss, outputs: Array, batch: Batch) -> tuple[float, Array]:
    """The loss where the mask is True, and its gradient, which is 0 elsewhere.

    The padding that makes sequences equally long must not be learned.

    Args:
        loss: such as `softmax_cross_entropy`, `squared_error` or `notes_cross_entropy`.
        outputs: (T, B, V).
        batch: with its targets and its mask.

    Returns:
        The loss, a mean over the places where the mask is True, and its gradient, (T, B, V).

    Raises:
        ValueError: the shapes do not fit together.
    """
    value, d = loss(outputs[batch.mask], batch.targets[batch.mask])
    doutputs = np.zeros_like(outputs)
    doutputs[batch.mask] = d
    return value, doutputs


def wrong_strings(outputs: Array, batch: Batch) -> float:
    """The share of strings in which at least one prediction is wrong.

    A prediction is right if every legal symbol scores higher than every other.

    Args:
        outputs: scores, (T, B, V).
        batch: with the legal symbols.

    Returns:
        A number in [0, 1]; 1 if a score is NaN.

    Raises:
        ValueError: the batch has no legal symbols.

    Source: Hochreiter and Schmidhuber (1997), section 5.1; Gers and Schmidhuber (2001).
    """
    if batch.legal is None:
        raise ValueError("This batch has no legal symbols: give a batch of a grammar's strings.")
    whole = tasks.legal_predictions(outputs, batch.legal).all(axis=0)
    return 1.0 - float(whole.mean())


def _measured_by(loss: Loss) -> Callable[[Array, Batch], float]:
    """The training loss as the measure."""
    return lambda outputs, batch: batch_loss(loss, outputs, batch)[0]


def _part_generators(split: int) -> dict[str, np.random.Generator]:
    """A generator for each part, with a seed that no run has."""
    return {part: np.random.default_rng([split, PART_SEED, k]) for k, part in enumerate(PARTS)}


def _symbols_batch(inputs: Ids, targets: Ids, size: int, legal: Mask | None = None) -> Batch:
    """Ids as a batch; every place counts or, with `legal`, every place inside a string."""
    mask: Mask = np.ones(targets.shape, bool) if legal is None else np.any(legal, axis=-1)
    return Batch(one_hot(inputs, size, np.float32), targets, mask, legal)


def text_task(name: str, corpus: corpora.Corpus, split: int) -> Task:
    """A task on a text: to predict each character from those before it.

    Args:
        name: of the task.
        corpus: the text and where it comes from; each tenth of it has more than a window.
        split: which tenths are held out, and which of them is the test part.

    Returns:
        The task, with the budget of the Sonnets.
    """
    characters = vocabulary(corpus.text)
    size, ids = len(characters), encode(corpus.text, characters)
    # One tenth is the test, the next one validation; both go round the text from split to split.
    tenths = np.array_split(ids, SONNETS_PIECES)
    order = [(split + k) % SONNETS_PIECES for k in range(SONNETS_PIECES)]
    test, validation, *rest = (tenths[k] for k in order)
    held_out = [validation, test]
    train = np.concatenate(rest)
    # No window crosses from the end of the text to its beginning, or over what is held out.
    ends = np.cumsum([len(part) for part in rest])
    seams = [end for end, k in zip(ends, order[2:], strict=True) if k == SONNETS_PIECES - 1]
    starts_at = np.arange(len(train) - SONNETS_STEPS)
    for seam in seams:
        starts_at = starts_at[(starts_at + SONNETS_STEPS < seam) | (starts_at >= seam)]

    def make_batch(rng: np.random.Generator) -> Batch:
        starts = rng.choice(starts_at, size=SONNETS_BATCH)
        windows = train[starts + np.arange(SONNETS_STEPS + 1)[:, None]]
        return _symbols_batch(windows[:-1], windows[1:], size)

    def in_lanes(part: Ids) -> Batch:
        [window] = batches(part, SONNETS_LANES, (len(part) - 1) // SONNETS_LANES)
        return _symbols_batch(*window, size)

    return Task(
        name=name,
        origin=f"{corpus.origin} Two tenths are held out, others in each replicate.",
        unit="nats per character",
        input_size=size,
        output_size=size,
        make_batch=make_batch,
        loss=softmax_cross_entropy,
        measure=_measured_by(softmax_cross_entropy),
        parts={part: in_lanes(ids) for part, ids in zip(PARTS, held_out, strict=True)},
        baseline=pair_loss(train, test, size),
        baseline_words="a model that sees only the last character",
        hidden_size=64,
        updates=1200,
        rates=RATES,
    )


def pair_loss(train: Ids, test: Ids, size: int) -> float:
    """Mean nats per character of a model that counts pairs, and so sees one character.

    Every count is one more than the pair occurs, so that no pair is impossible.

    Args:
        train, test: ids, the text to count in and the text to predict.
        size: the vocabulary size V.

    Returns:
        Mean nats per character of `test`, without its first.

    Source: Shannon (1951), "Prediction and entropy of printed English", for N-grams.
    """
    counts = np.ones((size, size))
    np.add.at(counts, (train[:-1], train[1:]), 1)
    probabilities = counts / counts.sum(axis=1, keepdims=True)
    return float(-np.log(probabilities[test[:-1], test[1:]]).mean())


def adding_task(split: int, steps: int = ADDING_STEPS) -> Task:
    """A task to add two marked numbers.

    Args:
        split: which sequences are held out.
        steps: length of a sequence, 2 or more.

    Returns:
        The task.

    Source: Hochreiter and Schmidhuber (1997), section 5.4.
    """

    def make(rng: np.random.Generator, size: int) -> Batch:
        inputs, sums = tasks.adding_problem(rng, size, steps)
        targets, mask = np.zeros((steps, size, 1)), np.zeros((steps, size), bool)
        targets[-1, :, 0], mask[-1] = sums, True
        return Batch(inputs.astype(np.float32), targets.astype(np.float32), mask)

    parts = {part: make(rng, ADDING_EACH) for part, rng in _part_generators(split).items()}
    return Task(
        name="adding",
        origin=f"Adding: two marked numbers among {steps}, new sequences at every update.",
        unit="mean squared error",
        input_size=2,
        output_size=1,
        make_batch=lambda rng: make(rng, ADDING_BATCH),
        loss=squared_error,
        measure=_measured_by(squared_error),
        parts=parts,
        baseline=tasks.constant_answer_error(parts["test"].targets[-1]),
        baseline_words="the best constant answer",
        hidden_size=16,
        updates=800,
        rates=RATES,
    )


def copy_task(split: int, lag: int = COPY_LAG) -> Task:
    """A task to repeat ten symbols after a number of blanks.

    Args:
        split: which sequences are held out.
        lag: number of blanks, 1 or more.

    Returns:
        The task.

    Source: Arjovsky, Shah and Bengio (2016), section 5.1.
    """
    size = tasks.COPY_SYMBOLS + 2

    def make(rng: np.random.Generator, number: int) -> Batch:
        return _symbols_batch(*tasks.copy_memory(rng, number, lag), size)

    return Task(
        name="copy",
        origin=f"Copy: ten symbols over a lag of {lag}, new sequences at every update.",
        unit="nats per step",
        input_size=size,
        output_size=size,
        make_batch=lambda rng: make(rng, COPY_BATCH),
        loss=softmax_cross_entropy,
        measure=_measured_by(softmax_cross_entropy),
        parts={part: make(rng, COPY_EACH) for part, rng in _part_generators(split).items()},
        baseline=tasks.memoryless_copy_loss(lag),
        baseline_words="a model that knows all but the symbols",
        hidden_size=48,
        updates=2000,
        rates=RATES,
    )


def reber_strings(split: int = 0) -> tuple[list[str], dict[str, list[str]]]:
    """Strings of the embedded Reber grammar to train on, and others for the two parts.

    A model that learns strings by heart cannot pass this split.

    Args:
        split: which strings.

    Returns:
        The training strings, as often as the grammar makes each; and for each part distinct
        strings that are neither among these nor in the other part, as many with T as with P.
    """
    rng = np.random.default_rng([split, PART_SEED])
    drawn = [tasks.embedded_reber(rng) for _ in range(REBER_DRAWN)]
    train, known = drawn[:REBER_TRAIN], set(drawn[:REBER_TRAIN])
    unseen = [string for string in dict.fromkeys(drawn) if string not in known]
    parts: dict[str, list[str]] = {part: [] for part in PARTS}
    for symbol in "TP":
        others = [string for string in unseen if string[1] == symbol]
        for k, part in enumerate(PARTS):
            parts[part] += others[k :: len(PARTS)][:REBER_EACH]
    return train, parts


def _reber(split: int) -> Task:
    train, parts = reber_strings(split)
    size = len(tasks.REBER_SYMBOLS)

    def make(strings: Sequence[str]) -> Batch:
        inputs, targets, legal = tasks.reber_batch(strings)
        return _symbols_batch(inputs, targets, size, legal)

    return Task(
        name="reber",
        origin=f"Embedded Reber: {len(train)} strings to train on, other strings for the test.",
        unit="share of strings predicted wrong",
        input_size=size,
        output_size=size,
        make_batch=lambda rng: make([train[k] for k in rng.integers(len(train), size=REBER_BATCH)]),
        loss=softmax_cross_entropy,
        measure=wrong_strings,
        parts={part: make(strings) for part, strings in parts.items()},
        baseline=1.0 - tasks.MEMORYLESS_REBER,
        baseline_words="a model that knows the grammar but forgets the second symbol",
        hidden_size=12,
        updates=1500,
        rates=RATES,
    )


def counting_task(split: int, trained: int = COUNTING_TRAIN, tested: int = COUNTING_TEST) -> Task:
    """A task to count: the strings a^m b^n c^(m+n).

    Args:
        split: which strings are held out.
        trained, tested: the largest m + n in training, and in the two parts, whose strings are
            all longer than those of training. Where there are fewer than 2 * COUNTING_EACH of
            these, each part has half of them.

    Returns:
        The task.

    Source: Gers and Schmidhuber (2001), "LSTM recurrent networks learn simple context-free and
    context-sensitive languages".
    """
    size = len(tasks.COUNTING_SYMBOLS)

    def make(pairs: Sequence[tuple[int, int]]) -> Batch:
        inputs, targets, legal = tasks.counting_batch(pairs)
        return _symbols_batch(inputs, targets, size, legal)

    longer = [(m, total - m) for total in range(trained + 1, tested + 1) for m in range(1, total)]
    each = min(COUNTING_EACH, len(longer) // 2)
    order = np.random.default_rng([split, PART_SEED]).permutation(len(longer))
    held_out = order[: 2 * each].reshape(2, each)

    def make_batch(rng: np.random.Generator) -> Batch:
        totals = rng.integers(2, trained + 1, size=COUNTING_BATCH)
        return make([(m, t - m) for t in totals.tolist() for m in [int(rng.integers(1, t))]])

    return Task(
        name="counting",
        origin=f"Counting: a^m b^n c^(m+n) with m + n up to {trained} to train on, and "
        f"{each} other strings, with m + n from {trained + 1} to {tested}, "
        "to test on.",
        unit="share of strings predicted wrong",
        input_size=size,
        output_size=size,
        make_batch=make_batch,
        loss=softmax_cross_entropy,
        measure=wrong_strings,
        parts={
            part: make([longer[k] for k in chosen])
            for part, chosen in zip(PARTS, held_out, strict=True)
        },
        baseline=1.0 - tasks.MEMORYLESS_COUNTING,
        baseline_words="a model that sees only the last symbol",
        hidden_size=8,
        updates=4000,
        rates=RATES,
    )


def rolls_batch(rolls: Sequence[Array]) -> Batch:
    """A batch of piano rolls; each frame but the first is predicted from those before it.

    Args:
        rolls: each (T + 1, 88), 1 where a note sounds; shorter ones are padded.

    Returns:
        inputs and targets (T, B, 88) for the longest T, and the mask, False at the padding.

    Raises:
        ValueError: there is no roll.

    Source: Boulanger-Lewandowski et al. (2012), section 6.
    """
    longest = max(len(roll) for roll in rolls)
    notes = np.zeros((longest, len(rolls), rolls[0].shape[1]), np.float32)
    mask = np.zeros((longest - 1, len(rolls)), dtype=bool)
    for number, roll in enumerate(rolls):
        notes[: len(roll), number] = roll
        mask[: len(roll) - 1, number] = True
    return Batch(notes[:-1], notes[1:], mask)


def after_silence(rolls: Sequence[chorales.Roll]) -> list[Array]:
    """The rolls with an empty frame before each, from which the first chord is predicted."""
    return [np.vstack([np.zeros_like(roll[:1]), roll]).astype(np.float32) for roll in rolls]


def _chorales(split: int) -> Task:
    data = chorales.load_chorales()  # the same split in every replicate: there are few
    train = after_silence(data.train)
    size = train[0].shape[1]

    def make_batch(rng: np.random.Generator) -> Batch:
        chosen = [train[k] for k in rng.integers(len(train), size=CHORALES_BATCH)]
        last = [max(len(roll) - CHORALES_STEPS - 1, 0) for roll in chosen]
        windows = zip(chosen, rng.integers(np.array(last) + 1), strict=True)
        return rolls_batch([roll[start : start + CHORALES_STEPS + 1] for roll, start in windows])

    return Task(
        name="chorales",
        origin=data.origin,
        unit="nats per frame",
        input_size=size,
        output_size=size,
        make_batch=make_batch,
        loss=notes_cross_entropy,
        measure=_measured_by(notes_cross_entropy),
        parts={
            "validation": rolls_batch(after_silence(data.validation)),
            "test": rolls_batch(after_silence(data.test)),
        },
        baseline=chorales.chorale_baseline(data.train, data.test),
        baseline_words="a model that knows only how often each note sounds",
        hidden_size=64,
        updates=600,
        rates=RATES,
    )


TASKS: dict[str, Callable[[int], Task]] = {
    "sonnets": lambda split: text_task("sonnets", corpora.load_sonnets(), split),
    "adding": adding_task,
    "copy": copy_task,
    "reber": _reber,
    "counting": counting_task,
    "chorales": _chorales,
    **{f"adding-{steps}": functools.partial(adding_task, steps=steps) for steps in (25, 100, 200)},
    **{f"copy-{lag}": functools.partial(copy_task, lag=lag) for lag in (5, 20, 40)},
    **{f"counting-{most}": functools.partial(counting_task, tested=most) for most in (16, 24)},
}
# The same task at several lengths: steps, blanks, and the largest m + n that is tested.
LENGTHS: dict[str, dict[int, str]] = {
    "adding": {25: "adding-25", ADDING_STEPS: "adding", 100: "adding-100", 200: "adding-200"},
    "copy": {5: "copy-5", COPY_LAG: "copy", 20: "copy-20", 40: "copy-40"},
    "counting": {16: "counting-16", 24: "counting-24", COUNTING_TEST: "counting"},
}


@functools.lru_cache(maxsize=8)
def find_task(name: str, split: int = 0) -> Task:
    """The task with this name, with its data.

    Args:
        name: a key of `TASKS`, such as "sonnets", "copy" or "copy-20".
        split: which parts of the data are held out; that of a run is its replicate.

    Returns:
        The task.

    Raises:
        UserError: there is no such task, or its data are not available.
    """
    return look_up("task", name, TASKS)(split)
