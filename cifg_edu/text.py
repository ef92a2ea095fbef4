"""Text as numbers: vocabulary, encode, decode, one_hot, split, batches."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import DTypeLike

from cifg_edu.arrays import Array, Ids
from cifg_edu.errors import UserError


def vocabulary(text: str) -> str:
    """The distinct characters of a text, sorted, as one string.

    Args:
        text: the corpus.

    Returns:
        A string of V characters; a character's place in it is its id.

    Raises:
        UserError: the text has fewer than two distinct characters.

    Source: Graves (2013), "Generating sequences with recurrent neural networks", section 3.
    """
    characters = "".join(sorted(set(text)))
    if len(characters) < 2:
        raise UserError(
            f"The text has {len(text)} character(s), {len(characters)} of them distinct: "
            "give a text with at least two different characters."
        )
    return characters


def encode(text: str, characters: str) -> Ids:
    """Turn a text into the ids of its characters.

    Args:
        text: the text to encode.
        characters: the vocabulary; a character's place in it is its id.

    Returns:
        Integers in [0, V), shape (len(text),).

    Raises:
        UserError: a character is not in the vocabulary.
    """
    table = {character: number for number, character in enumerate(characters)}
    unknown = sorted(set(text) - set(characters))
    if unknown:
        raise UserError(
            f"The model has never seen {', '.join(map(repr, unknown[:5]))}: "
            f"use only the {len(characters)} characters of its training text."
        )
    return np.array([table[character] for character in text], dtype=np.intp)


def decode(ids: Ids, characters: str) -> str:
    """Turn ids back into text: the inverse of `encode`.

    Args:
        ids: integers in [0, V), any shape; read in order.
        characters: the vocabulary.

    Returns:
        The text.

    Raises:
        IndexError: an id lies outside the vocabulary.
    """
    return "".join(characters[number] for number in np.ravel(ids))


def one_hot(ids: Ids, size: int, dtype: DTypeLike = np.float64) -> Array:
    """Each id as a row of zeros with a single 1.

    Args:
        ids: integers in [0, size), any shape.
        size: the vocabulary size V.
        dtype: of the result.

    Returns:
        An array of shape ids.shape + (V,).

    Raises:
        IndexError: an id lies outside [0, size).
    """
    result: Array = np.zeros((*np.shape(ids), size), dtype)
    np.put_along_axis(result, np.asarray(ids)[..., None], 1, axis=-1)  # one 1 in each row
    return result


def split(ids: Ids, held_out: float = 0.1) -> tuple[Ids, Ids]:
    """Split a corpus into a training part and, after it, a held-out part.

    The text is cut at one place. If random windows were held out, the model would be trained
    on their neighbours.

    Args:
        ids: the corpus, shape (N,).
        held_out: the share to hold out, in (0, 1).

    Returns:
        The training ids and the held-out ids, in the order of the text.

    Raises:
        UserError: the share is not between 0 and 1.
    """
    if not 0 < held_out < 1:
        raise UserError(f"held_out is {held_out}: give a share between 0 and 1.")
    cut = round(len(ids) * (1 - held_out))
    return ids[:cut], ids[cut:]


def count_batches(length: int, batch_size: int, steps: int) -> int:
    """The number of windows that `batches` yields from a corpus of this length.

    Args:
        length: characters in the corpus.
        batch_size: lanes read side by side, B.
        steps: characters in a window of one lane, T.

    Returns:
        The number of windows, at least 1.

    Raises:
        UserError: the text is too short for a single window, or a size is below 1.
    """
    if batch_size < 1 or steps < 1:
        raise UserError(
            f"A batch of {batch_size} lanes of {steps} steps is empty: give 1 or more of each."
        )
    # Each lane has (length - 1) // batch_size characters that have a next one.
    windows = (length - 1) // batch_size // steps
    if windows < 1:
        raise UserError(
            f"The text has {length} characters to train on and one batch needs "
            f"{batch_size * steps + 1}: give a longer text, a smaller batch size or fewer steps."
        )
    return windows


def batches(ids: Ids, batch_size: int, steps: int) -> Iterator[tuple[Ids, Ids]]:
    """Windows of a corpus for truncated backpropagation through time.

    The corpus is cut into `batch_size` lanes. In each lane, window k + 1 continues exactly
    where window k stopped, so the state may be carried from one window to the next. It must
    not be carried from the last window to the first: the end of a text does not continue at
    its start.

    Args:
        ids: the corpus, shape (N,).
        batch_size: lanes read side by side, B.
        steps: characters in a window of one lane, T.

    Yields:
        inputs and targets, each (T, B); a target is the character after its input.

    Raises:
        UserError: the text is too short for a single window, or a size is below 1.

    Source: Williams and Peng (1990), "An efficient gradient-based algorithm for on-line
    training of recurrent network trajectories", for truncation.
    """
    windows = count_batches(len(ids), batch_size, steps)
    lane = (len(ids) - 1) // batch_size
    inputs = ids[: lane * batch_size].reshape(batch_size, lane).T  # (lane, B)
    targets = ids[1 : lane * batch_size + 1].reshape(batch_size, lane).T  # (lane, B)
    for start in range(0, windows * steps, steps):
        yield inputs[start : start + steps], targets[start : start + steps]
