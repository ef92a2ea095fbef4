"""Which characters a prediction hangs on: which_characters, character_gradients, Model."""

from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from ipywidgets import IntSlider, ToggleButtons
from matplotlib.artist import Artist

from cifg_edu.arrays import Array, Ids, Tensors
from cifg_edu.corpora import practice_text
from cifg_edu.errors import UserError
from cifg_edu.losses import softmax
from cifg_edu.model import (
    ModelConfig,
    backward_pass,
    embed,
    find_cell,
    forward_pass,
    initial_state,
)
from cifg_edu.pictures import COLOURS
from cifg_edu.text import encode, one_hot
from cifg_edu.widgets.coloured_text import small_model
from cifg_edu.widgets.panel import Panel
from cifg_edu.widgets.reading import as_reader, label_time, visible

SHORTEST, LONGEST = 20, 96
FIRST = 10  # the slider's first prediction: with fewer characters there is little to share
FAR = 20  # characters; further back than most words with the one before them
LEAST = 1e-4  # of a logarithmic scale of shares
Model = tuple[Tensors, ModelConfig]


class Look(NamedTuple):
    """What a model makes of N predictions in a text, each from the N characters before the last.

    p: the probability of the character that came, (N,).
    shares: of each earlier character in the sum of the gradients' norms, (N, N); rows are the
        predictions.
    """

    p: Array
    shares: Array


def character_gradients(model: Model, ids: Ids, places: Ids) -> tuple[Array, Array]:
    """How strongly each character moves one prediction in each of B texts.

    The loss is ln p of the character at `places`, so its gradient for the scores is
    one_hot - p at the step before, and 0 at all others. Backpropagation carries it to the inputs.

    Args:
        model: the parameters and the config of a character model.
        ids: B texts of T characters, (T, B).
        places: for each text, which character is predicted, counted from 0: 1 or more, (B,).

    Returns:
        The probability of that character, (B,), and the norm of the gradient of ln p for the
        input of each character but the last, (T - 1, B). It is 0 from the predicted one on.

    Source: Madsen (2019), "Visualizing memorization in RNNs", Distill, "connectivity".
    """
    parameters, config = model
    cell, columns = find_cell(config.cell), np.arange(len(places))
    zeros = initial_state(len(places), config.hidden_size)
    done = forward_pass(cell, parameters, embed(parameters, ids[:-1]), *zeros)
    p = softmax(done.outputs[places - 1, columns])  # (T - 1, B, V) gives (B, V)
    came = ids[places, columns]
    doutputs = np.zeros_like(done.outputs)
    doutputs[places - 1, columns] = one_hot(came, len(config.characters)) - p
    _, back = backward_pass(cell, parameters, done, doutputs)
    return p[columns, came], np.linalg.norm(back.dx, axis=-1)  # (T - 1, B, D) gives (T - 1, B)


def which_characters(
    first: Model | None = None, second: Model | None = None, text: str | None = None
) -> Panel:
    """A slider for the predicted character, and how much each earlier one moves the prediction.

    Args:
        first, second: parameters and config of two trained models; without them a small CIFG
            and a small LSTM are trained on the practice text first, which takes some seconds.
        text: 20 to 96 characters that both know; by default the practice text's first 80.

    Returns:
        The panel: for each model, each earlier character's share of the gradient.

    Raises:
        UserError: the text is too short or too long, or has a character that a model does not
            know; or parameters and config do not fit.
    """
    text = practice_text().text[:80] if text is None else text
    if not SHORTEST <= len(text) <= LONGEST:
        raise UserError(
            f"The text has {len(text):,} characters: "
            f"give {SHORTEST} to {LONGEST}, such as text[:80]."
        )
    models = [first or small_model("cifg"), second or small_model("lstm")]
    looks = [look(text, model) for model in models]
    names = [config.cell.upper() for _, config in models]
    picture = _Picture(text, names, max(part.shares[FIRST - 1 :].max() for part in looks))

    def update(place: int, scale: str) -> str:
        picture.scale(scale)
        return f"{picture.move(looks, place - 1)} The scale is {scale}."

    controls = {
        "place": IntSlider(
            len(text) * 3 // 4, min=FIRST + 1, max=len(text), description="predicted"
        ),
        "scale": ToggleButtons(options=["linear", "logarithmic"], description="scale"),
    }
    return Panel(controls, picture.figure, picture.moving, update, redrawing=["scale"])


def look(text: str, model: Model) -> Look:
    """All predictions in a text at once: in each row of the batch another character is predicted.

    Args:
        text: N + 1 characters.
        model: parameters and config.

    Returns:
        The N probabilities and the shares, (N, N).

    Raises:
        UserError: a character is not in the vocabulary, or parameters and config do not fit.
    """
    parameters, config = model
    exact: Tensors = {name: np.asarray(value, np.float64) for name, value in parameters.items()}
    as_reader(config, exact)  # complains where the shapes do not fit
    ids = encode(text, config.characters)
    places = np.arange(1, len(ids))
    p, norms = character_gradients((exact, config), np.tile(ids[:, None], len(places)), places)
    return Look(p, (norms / np.maximum(norms.sum(axis=0), 1e-300)).T)


def in_words(text: str, place: int, name: str, p: float, shares: Array) -> str:
    """What one model's bars show.

    Args:
        text: the text.
        place: the predicted character, counted from 0.
        name: of the model.
        p: the probability that it gave to this character.
        shares: of each earlier character, (N,).

    Returns:
        A sentence.
    """
    before = shares[:place]
    most = int(before.argmax())
    half = 1 + int((before[::-1].cumsum() >= 0.5).argmax())
    far = before[: max(0, place - FAR)].sum()
    return (
        f"{name}: p = {p:.2f}; the most is from '{visible(text[most])}', {place - most} back "
        f"({before[most]:.0%}); half is from the last {half}, "
        f"and {far:.0%} from more than {FAR} back."
    )


class _Picture:
    """For each model a row of bars, one for each character of the text."""

    def __init__(self, text: str, names: list[str], greatest: float) -> None:
        self._text, self._names, self._greatest = text, names, greatest
        self.figure, self._rows = plt.subplots(2, 1, figsize=(10, 4.2), sharex=True, sharey=True)
        edges = np.arange(len(text) + 1) - 0.5
        self._bars = [
            axes.stairs(np.zeros(len(text)), edges, fill=True, color=COLOURS[key])
            for axes, key in zip(self._rows, ("cifg", "lstm"), strict=True)
        ]
        self._later = [axes.axvspan(0, 1, color="0.9") for axes in self._rows]  # not read yet
        self._marks = [axes.axvline(0, color="black", linewidth=2) for axes in self._rows]
        for axes, name in zip(self._rows, names, strict=True):
            axes.set_title(f"{name}: share of the gradient", loc="left", fontsize=10)
        label_time(self._rows[-1], text, room=60)

    @property
    def moving(self) -> list[Artist]:
        return [*self._bars, *self._later, *self._marks]

    def scale(self, scale: str) -> None:
        """The vertical axes, with room for the highest bar of any prediction."""
        logarithmic = scale == "logarithmic"
        for axes in self._rows:
            axes.set_yscale("log" if logarithmic else "linear")
            axes.set_ylim(LEAST if logarithmic else 0, 1.1 * self._greatest)

    def move(self, looks: list[Look], place: int) -> str:
        """Another prediction, counted from 0: its bars, its mark, and what they say."""
        for bars, later, mark, (_, shares) in zip(
            self._bars, self._later, self._marks, looks, strict=True
        ):
            bars.set_data(np.append(shares[place - 1], 0.0))
            later.set_x(place + 0.5)
            later.set_width(len(self._text) - place - 1)
            mark.set_xdata([place, place])
        said = [
            in_words(self._text, place, name, float(p[place - 1]), shares[place - 1])
            for name, (p, shares) in zip(self._names, looks, strict=True)
        ]
        start = f"Character {place + 1} of {len(self._text)}, '{visible(self._text[place])}'"
        return " ".join([f"{start}, is predicted.", *said])
