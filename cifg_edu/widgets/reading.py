"""Cells that read a text, and their gates: Reader, Trace, trace, untrained_reader, ..."""

from typing import NamedTuple

import matplotlib.patheffects as effects
import numpy as np
from ipywidgets import IntSlider
from matplotlib.axes import Axes

from cifg_edu.arrays import Array, Tensors
from cifg_edu.errors import UserError
from cifg_edu.model import ModelConfig, find_cell, initialize_model
from cifg_edu.text import encode, one_hot

LETTERS = "abcdefghijklmnopqrstuvwxyz"
OPEN, SHUT = 8.0, -8.0  # pre-activations: sigmoid gives 0.9997 and 0.0003
# A black mark with this outline is visible on every colour of a map.
OUTLINE = [effects.withStroke(linewidth=3, foreground="white")]


class Reader(NamedTuple):
    """A cell with its weights, its first state, h0 and c0 (H,), and its units' names."""

    config: ModelConfig
    parameters: Tensors
    h0: Array
    c0: Array
    units: tuple[str, ...]


class Trace(NamedTuple):
    """What a cell computed for each character of a text; each is (T, H)."""

    i: Array
    f: Array
    o: Array
    g: Array
    c: Array
    h: Array


def trace(text: str, reader: Reader) -> Trace:
    """Let a cell read a text, and keep every gate.

    Args:
        text: T characters of the reader's vocabulary.
        reader: the cell, its weights and its first state.

    Returns:
        i, f, o, g, c and h for each step, each (T, H). A CIFG's f is 1 - i.

    Raises:
        UserError: a character is not in the vocabulary.

    Source: Greff et al. (2017), section 2.
    """
    config, parameters = reader.config, reader.parameters
    ids = encode(text, config.characters)
    table = parameters.get(
        "embedding", one_hot(np.arange(len(config.characters)), len(config.characters))
    )
    weights = (parameters[name] for name in ("Wx", "Wh", "b"))
    forward = find_cell(config.cell).forward
    h, c, caches = forward(table[ids][:, None], reader.h0[None], reader.c0[None], *weights)
    i, o, g = (np.array([getattr(cache, gate)[0] for cache in caches]) for gate in "iog")
    f = 1 - i if config.cell == "cifg" else np.array([cache.f[0] for cache in caches])
    return Trace(i, f, o, g, c[:, 0], h[:, 0])


def as_reader(config: ModelConfig, parameters: Tensors) -> Reader:
    """A model as a reader that starts from zeros; its units are named by their numbers.

    Args:
        config: the model's cell, vocabulary and sizes.
        parameters: its tensors; Wx, Wh, b and, if there is one, the embedding are used.

    Returns:
        The reader.

    Raises:
        UserError: the weights are not those of such a cell.
    """
    size = config.hidden_size
    inputs = config.embedding_size or len(config.characters)
    columns = find_cell(config.cell).gates * size
    shapes = {"Wx": (inputs, columns), "Wh": (size, columns), "b": (columns,)}
    for name, shape in shapes.items():
        if name not in parameters or parameters[name].shape != shape:
            raise UserError(
                f"{name} must have the shape {shape} for a {config.cell} of {size} units that "
                f"knows {len(config.characters)} characters: give config and parameters of the "
                "same model."
            )
    units = tuple(str(number) for number in range(1, size + 1))
    return Reader(config, parameters, np.zeros(size), np.zeros(size), units)


def untrained_reader(cell: str, seed: int = 0) -> Reader:
    """A cell of eight units before training: Glorot weights, the usual bias.

    Args:
        cell: "cifg" or "lstm".
        seed: of the weights.

    Returns:
        The reader; it knows small letters, the space and !',.?

    Raises:
        UserError: there is no such cell.

    Source: Glorot and Bengio (2010).
    """
    config = ModelConfig(cell, " !',.?" + LETTERS, 8)
    return as_reader(config, initialize_model(np.random.default_rng(seed), config))


def set_by_hand(characters: str, i: Array, g: Array, units: tuple[str, ...]) -> Reader:
    """A CIFG whose gate and candidate depend on the character alone; o is open.

    Args:
        characters: the vocabulary, V characters.
        i, g: pre-activations for each character and unit, each (V, H).
        units: H names.

    Returns:
        The reader, which starts from zeros.
    """
    size = len(units)
    config = ModelConfig("cifg", characters, size)
    Wx = np.hstack([i, np.full_like(i, OPEN), g])
    parameters = {"Wx": Wx, "Wh": np.zeros((size, 3 * size)), "b": np.zeros(3 * size)}
    return as_reader(config, parameters)._replace(units=units)


def complaint(text: str, reader: Reader, longest: int) -> str:
    """What to do about a text that the reader cannot read or the picture has no room for.

    Args:
        text: the text that was typed.
        reader: the cell that should read it.
        longest: number of characters that the picture has room for.

    Returns:
        One sentence, or "" if the text can be read.
    """
    known = reader.config.characters
    unknown = sorted(set(text) - set(known))
    if len(text) < 2:
        return "There is nothing to read yet: type two characters or more."
    if len(text) > longest:
        return (
            f"The text has {len(text)} characters and the picture has room for {longest}: "
            f"delete {len(text) - longest}."
        )
    if unknown:
        return (
            f"This cell has never seen {', '.join(map(repr, unknown[:5]))}: "
            f"use only {visible(known)} (␣ is the space)."
        )
    return ""


def visible(text: str) -> str:
    """The text with a sign for each space and line end."""
    return text.replace(" ", "␣").replace("\n", "⏎").replace("\t", "⇥")


def fit_slider(slider: IntSlider, greatest: int) -> None:
    """Let a slider end at `greatest`, but above its start: else it could not be drawn."""
    slider.max = max(greatest, slider.min + 1)


def label_time(axes: Axes, text: str, room: int) -> None:
    """One tick for each character; with more than `room` characters the letters are smaller."""
    size = 10 if len(text) <= room else 7
    axes.set_xticks(range(len(text)), list(visible(text)), fontsize=size, family="monospace")
    axes.set_xlim(-0.5, len(text) - 0.5)


def label_units(axes: Axes, units: tuple[str, ...], most: int = 6) -> None:
    """One tick for each unit or, if there are more than `most`, for every n-th; 1 is on top."""
    every = -(-len(units) // most)
    axes.set_yticks(range(len(units))[::every], units[::every], fontsize=8)
    axes.set_ylim(len(units) - 0.5, -0.5)
