"""Tasks that need a memory, and the best results without one.

Makers: adding_problem, copy_memory, embedded_reber, reber_batch, counting_batch. Judges:
legal_next, legal_predictions. Baselines: constant_answer_error, memoryless_copy_loss,
MEMORYLESS_REBER, MEMORYLESS_COUNTING.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cifg_edu.arrays import Array, Ids

# Copy: the ids 0 to 7 are symbols to remember; the other two are the blank and the delimiter.
COPY_SYMBOLS = 8
COPY_LENGTH = 10
BLANK = 8
DELIMITER = 9

# Embedded Reber: an id is a symbol's place in this string.
REBER_SYMBOLS = "BTPSXVE"
# The inner grammar: for each state, each legal symbol with the state it leads to. State 7 is
# the end and has no row.
REBER_GRAMMAR = (
    {"B": 1},
    {"T": 2, "P": 3},
    {"S": 2, "X": 4},
    {"T": 3, "V": 5},
    {"X": 3, "S": 6},
    {"P": 4, "V": 6},
    {"E": 7},
)
# A model that forgot the second symbol guesses the last but one right in half of the strings.
MEMORYLESS_REBER = 0.5

# Counting, a^n b^n: an id is a symbol's place in this string; $ stands before and after.
COUNTING_SYMBOLS = "$abc"
# A model that sees only the last symbol predicts the same after every b. If that is b, it never
# predicts the end; if it is $, never a second b. So it predicts no string with n >= 2 whole.
MEMORYLESS_COUNTING = 0.0


def adding_problem(rng: np.random.Generator, batch_size: int, steps: int) -> tuple[Array, Array]:
    """Sequences of numbers, two of them marked, and the sum of those two.

    Args:
        rng: the source of randomness.
        batch_size: number of sequences, B.
        steps: their length T, at least 2.

    Returns:
        inputs: (T, B, 2), float64. [..., 0] holds numbers, uniform on [0, 1]; [..., 1] holds
            the marks: 1 at one random step of the first half (the first T // 2 steps) and at
            one of the second, 0 elsewhere; drawn separately for each sequence.
        targets: (B,), the sum of the two marked numbers.

    Raises:
        ValueError: `steps` is below 2, so the first half has no step to mark.

    Source: Hochreiter and Schmidhuber (1997), "Long Short-Term Memory", section 5.4, in the
    form of Arjovsky et al. (2016), "Unitary evolution recurrent neural networks", section 5.2.
    """
    if steps < 2:
        raise ValueError(f"Two marks do not fit into {steps} step(s): give 2 steps or more.")
    numbers = rng.uniform(0.0, 1.0, size=(steps, batch_size))
    marks = np.zeros((steps, batch_size))
    sequences = np.arange(batch_size)
    first = rng.integers(0, steps // 2, size=batch_size)
    second = rng.integers(steps // 2, steps, size=batch_size)
    marks[first, sequences] = 1.0
    marks[second, sequences] = 1.0
    targets = (numbers * marks).sum(axis=0)  # (T, B) becomes (B,)
    return np.stack([numbers, marks], axis=-1), targets  # (T, B, 2), (B,)


def constant_answer_error(targets: Array) -> float:
    """The mean squared error of the best answer that is the same for every sequence.

    The best constant is the mean, and its error is the variance. For the adding problem the
    mean is 1 and the variance 1/6: each of the two numbers contributes 1/12.

    Args:
        targets: the right answers, (B,).

    Returns:
        The mean squared error, in the square of the targets' unit.
    """
    errors = targets - targets.mean()
    return float(np.mean(errors**2))


def copy_memory(rng: np.random.Generator, batch_size: int, lag: int) -> tuple[Ids, Ids]:
    """Ten symbols, a wait, a delimiter; then the ten symbols must be repeated.

    Args:
        rng: the source of randomness.
        batch_size: number of sequences, B.
        lag: T, the steps from the last symbol to the delimiter, at least 1.

    Returns:
        inputs: ids, (T + 20, B). 10 symbols drawn from 0 to 7; T - 1 blanks (8); the
            delimiter (9); 10 blanks.
        targets: ids, (T + 20, B). Blanks, and in the last 10 steps the 10 symbols in order.

    Raises:
        ValueError: `lag` is below 1.

    Source: Arjovsky et al. (2016), "Unitary evolution recurrent neural networks", section 5.1,
    after Hochreiter and Schmidhuber (1997).
    """
    if lag < 1:
        raise ValueError(f"A lag of {lag} leaves no step for the delimiter: give 1 or more.")
    symbols = rng.integers(0, COPY_SYMBOLS, size=(COPY_LENGTH, batch_size))
    inputs = np.full((lag + 2 * COPY_LENGTH, batch_size), BLANK)
    targets = np.full((lag + 2 * COPY_LENGTH, batch_size), BLANK)
    inputs[:COPY_LENGTH] = symbols
    inputs[COPY_LENGTH + lag - 1] = DELIMITER
    targets[-COPY_LENGTH:] = symbols
    return inputs, targets


def memoryless_copy_loss(lag: int) -> float:
    """The mean loss on `copy_memory` of the best model without a memory, in nats per step.

    Such a model knows the step. It predicts blank with certainty while blank is right, and then
    gives each of the 8 symbols the same probability, ten times: 10 ln 8 / (T + 20).

    Args:
        lag: T, as in `copy_memory`.

    Returns:
        Mean nats per step, over all T + 20 steps.

    Source: Arjovsky et al. (2016), section 5.1.
    """
    return float(COPY_LENGTH * np.log(COPY_SYMBOLS) / (lag + 2 * COPY_LENGTH))


def legal_next(prefix: str) -> set[str]:
    """The symbols that may follow a prefix of an embedded Reber string.

    Args:
        prefix: the beginning of a string; it may be empty.

    Returns:
        The set of legal next symbols; empty after a whole string, and if no string of the
        grammar begins with the prefix.

    Source: Hochreiter and Schmidhuber (1997), section 5.1, figures 3 and 4, after Reber (1967).
    """
    legal, first, state = {"B"}, "", 0
    for place, symbol in enumerate(prefix):
        if symbol not in legal:
            return set()
        if place == 0:
            legal = {"T", "P"}
        elif place == 1:
            first, legal = symbol, {"B"}
        elif state < 7:
            state = REBER_GRAMMAR[state][symbol]
            legal = set(REBER_GRAMMAR[state]) if state < 7 else {first}
        else:
            legal = {"E"} if symbol == first else set()
    return legal


def embedded_reber(rng: np.random.Generator) -> str:
    """One string of the embedded Reber grammar, each legal symbol equally likely at each step.

    Args:
        rng: the source of randomness.

    Returns:
        B, then T or P, then a string of the inner grammar, then the same T or P, then E.

    Source: Hochreiter and Schmidhuber (1997), section 5.1, after Reber (1967).
    """
    string = ""
    # Sorted, because the order of a set of strings differs from run to run.
    while legal := sorted(legal_next(string)):
        string += legal[rng.integers(len(legal))]
    return string


def reber_batch(strings: Sequence[str]) -> tuple[Ids, Ids, NDArray[np.bool_]]:
    """A batch of strings of the embedded Reber grammar, with the symbols that are legal next.

    Shorter strings are padded with E, and after the end of a string no symbol is legal.

    Args:
        strings: B strings, the longest of T + 1 symbols.

    Returns:
        inputs, targets: ids in REBER_SYMBOLS, each (T, B); a target is the symbol after its
            input.
        legal: (T, B, 7), True for each symbol that may follow the input so far.

    Raises:
        ValueError: there is no string.

    Source: Hochreiter and Schmidhuber (1997), section 5.1: prediction of the next symbol.
    """
    longest = max(len(string) for string in strings)
    ids = np.array([[REBER_SYMBOLS.index(s) for s in t.ljust(longest, "E")] for t in strings]).T
    legal = np.zeros((longest - 1, len(strings), len(REBER_SYMBOLS)), dtype=bool)
    for number, string in enumerate(strings):
        for step in range(len(string) - 1):
            for symbol in legal_next(string[: step + 1]):
                legal[step, number, REBER_SYMBOLS.index(symbol)] = True
    return ids[:-1], ids[1:], legal


def legal_predictions(scores: Array, legal: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where a prediction is right: every legal symbol scores higher than every other.

    A string counts as predicted if this holds at all its steps: `.all(axis=0)`.

    Args:
        scores: logits or probabilities of the next symbol, (..., V).
        legal: True for each legal symbol, (..., V), as from `reber_batch`.

    Returns:
        True or False for each row, (...); True after the end, where no symbol is legal.

    Source: Hochreiter and Schmidhuber (1997), section 5.1: the legal symbols' units must be
    the most active ones.
    """
    worst_legal = np.where(legal, scores, np.inf).min(axis=-1)
    best_other = np.where(legal, -np.inf, scores).max(axis=-1)
    result: NDArray[np.bool_] = worst_legal > best_other
    return result


def counting_batch(pairs: Sequence[tuple[int, int]]) -> tuple[Ids, Ids, NDArray[np.bool_]]:
    """A batch of strings a^m b^n c^(m+n), with the symbols that are legal next.

    After an a or a b the next symbol cannot be known. From the first c on everything is fixed:
    m + n - 1 more c's, and then the end. To predict that, a model has to count to m + n and back.
    Shorter strings are padded with the end symbol, and after the end no symbol is legal.

    Args:
        pairs: m and n of each of the B strings, each at least 1.

    Returns:
        inputs, targets: ids in COUNTING_SYMBOLS, each (T, B), where T - 1 is twice the largest
            m + n: the inputs are $ a^m b^n c^(m+n), and a target is the symbol after its input.
        legal: (T, B, 4), True for each symbol that may follow: a after $; a or b after an a; b or
            c after a b; after the k-th c a c if k < m + n, and $ if k = m + n.

    Raises:
        ValueError: there is no string, or a number is below 1.

    Source: Gers and Schmidhuber (2001), "LSTM recurrent networks learn simple context-free and
    context-sensitive languages", section III, for a^n b^n; with two kinds of symbols to count
    there are many strings of each length.
    """
    if min((min(pair) for pair in pairs), default=0) < 1:
        raise ValueError(f"Pairs {list(pairs)} do not fit a^m b^n c^(m+n): give 1 or more.")
    end, a, b, c = (COUNTING_SYMBOLS.index(symbol) for symbol in "$abc")
    steps = 2 * max(m + n for m, n in pairs) + 1
    ids = np.full((steps + 1, len(pairs)), end)
    legal = np.zeros((steps, len(pairs), len(COUNTING_SYMBOLS)), dtype=bool)
    for number, (m, n) in enumerate(pairs):
        total = m + n
        ids[1 : m + 1, number] = a
        ids[m + 1 : total + 1, number] = b
        ids[total + 1 : 2 * total + 1, number] = c
        legal[: m + 1, number, a] = True
        legal[1 : total + 1, number, b] = True
        legal[m + 1 : 2 * total, number, c] = True
        legal[2 * total, number, end] = True
    return ids[:-1], ids[1:], legal
