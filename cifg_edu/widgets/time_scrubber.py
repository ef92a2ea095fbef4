"""The gates of a cell while it reads a text: time_scrubber, word_reader."""

from functools import lru_cache

import matplotlib.pyplot as plt
import numpy as np
from ipywidgets import Dropdown, IntSlider, Text
from matplotlib.artist import Artist
from matplotlib.patches import Rectangle

from cifg_edu.arrays import Tensors
from cifg_edu.model import ModelConfig
from cifg_edu.pictures import COLOUR_SCALES, COLOURS
from cifg_edu.widgets.panel import Panel
from cifg_edu.widgets.reading import (
    LETTERS,
    OPEN,
    OUTLINE,
    SHUT,
    Reader,
    Trace,
    as_reader,
    complaint,
    fit_slider,
    label_time,
    label_units,
    set_by_hand,
    trace,
    untrained_reader,
    visible,
)

LONGEST = 80
TITLES = {
    "i": "i: how much\nis written",
    "f": "f: how much\nis kept",
    "o": "o: how much\nis shown",
    "c": "c: the\nmemory",
    "h": "h: the\noutput",
}
STYLES = {"i": "-", "f": "--", "o": ":", "c": "o-", "h": "x-."}


def word_reader() -> Reader:
    """The four units of lesson 03, set by hand, for any text in small letters.

    "t in word" turns on at a t and off at a space, "vowel now" shows the character,
    "vowels lately" is a running mean, and "odd word" changes its sign at each space.

    Returns:
        A CIFG of four units; "odd word" starts at +1, because the first word is odd.
    """
    characters = " !',.?" + LETTERS
    vowel = [3.0 if character in "aeiou" else -3.0 for character in characters]
    space = [OPEN if character == " " else SHUT for character in characters]
    t_or_space = [OPEN if character in "t " else SHUT for character in characters]
    t = [3.0 if character == "t" else -3.0 for character in characters]
    lately, always, nothing = (np.full(len(vowel), a) for a in (np.log(0.2 / 0.8), OPEN, 0.0))
    i = np.array([t_or_space, always, lately, space]).T
    g = np.array([t, vowel, vowel, nothing]).T
    names = ("t in word", "vowel now", "vowels lately", "odd word")
    reader = set_by_hand(characters, i, g, names)
    reader.parameters["Wh"][3, 11] = -5.0  # unit 4's candidate: the opposite of its output
    reader.c0[3], reader.h0[3] = 1.0, np.tanh(1.0)
    return reader


def time_scrubber(
    text: str = "to be or not to be",
    config: ModelConfig | None = None,
    parameters: Tensors | None = None,
) -> Panel:
    """Type a text, let a cell read it, and see every gate of every unit at every step.

    Args:
        text: the first text, 2 to 80 characters.
        config, parameters: a trained model, such as the first two values that
            `cifg_edu.training.load_model` returns. Without one there are three cells to
            choose from: the four units of lesson 03, and a CIFG and an LSTM before training.

    Returns:
        The panel.

    Raises:
        UserError: `config` and `parameters` do not fit together.
    """
    readers = {
        "set by hand (CIFG)": word_reader(),
        "untrained CIFG": untrained_reader("cifg"),
        "untrained LSTM": untrained_reader("lstm"),
    }
    if config is not None:
        readers = {"yours": as_reader(config, parameters or {})} | readers
    picture = _Picture()

    @lru_cache(maxsize=4)
    def read(text: str, cell: str) -> Trace:
        return trace(text, readers[cell])

    def update(text: str, cell: str, t: int, unit: int) -> str:
        reader = readers[cell]
        wrong = complaint(text, reader, LONGEST)
        if wrong:
            return wrong
        picture.show(text, reader, read(text, cell))
        fit_slider(controls["t"], len(text))
        fit_slider(controls["unit"], len(reader.units))
        return picture.move(min(t, len(text)) - 1, min(unit, len(reader.units)) - 1)

    first = next(iter(readers))
    controls = {
        "text": Text(text, continuous_update=False, description="text"),
        "cell": Dropdown(options=list(readers), value=first, description="cell"),
        "t": IntSlider(1, min=1, max=LONGEST, description="step t"),
        "unit": IntSlider(1, min=1, max=LONGEST, description="unit"),
    }
    fit_slider(controls["t"], min(len(text), LONGEST))
    fit_slider(controls["unit"], len(readers[first].units))
    controls["t"].value = 1 + len(text) // 2
    return Panel(
        controls,
        picture.figure,
        picture.moving,
        update,
        redrawing=("text", "cell"),
        texts={"text": ["the cat sat on the mat"]},
    )


class _Picture:
    """Five maps, and below them the curves of one unit; `show` draws the maps, `move` the marks."""

    def __init__(self) -> None:
        self.figure, axes = plt.subplots(
            6, 1, figsize=(8, 4.5), sharex=True, layout="constrained", height_ratios=[1] * 5 + [1.9]
        )
        self._maps, self._bottom = dict(zip(TITLES, axes, strict=False)), axes[5]
        self._images, self._rows = {}, {}
        for name, axes in self._maps.items():
            gate = name in "ifo"
            self._images[name] = axes.imshow(
                [[0.0]],
                aspect="auto",
                vmin=0 if gate else -1,
                vmax=1,
                cmap=COLOUR_SCALES["gate" if gate else "signed"],
            )
            # Beside the map, not above it: map, curves and controls must fit a low window.
            axes.text(1.01, 0.5, TITLES[name], transform=axes.transAxes, va="center", fontsize=9)
            axes.tick_params(bottom=False)
            self._rows[name] = axes.add_patch(
                Rectangle((0, 0), 1, 1, fill=False, linewidth=1.2, path_effects=OUTLINE)
            )
        self.figure.colorbar(self._images["i"], ax=[self._maps[n] for n in "ifo"], label="gates")
        self.figure.colorbar(self._images["c"], ax=[self._maps[n] for n in "ch"], label="c and h")
        self._draw_bottom()
        self._lines = [self._bottom.axvline(0, color="grey")] + [
            axes.axvline(0, color="black", linewidth=1.2, path_effects=OUTLINE)
            for axes in self._maps.values()
        ]
        self._shown: Trace | None = None

    def _draw_bottom(self) -> None:
        self._curves = {
            name: self._bottom.plot([], [], style, color=COLOURS[name], label=name, markersize=4)[0]
            for name, style in STYLES.items()
        }
        self._bottom.axhline(0, color="grey", linewidth=0.8)
        self._bottom.set_title("the unit in the frames", loc="left", fontsize=9)
        self._bottom.set(xlabel="the text, a character at each step", ylabel="value")
        self._bottom.legend(
            loc="lower right", bbox_to_anchor=(1.01, 0.97), ncols=5, fontsize=8, frameon=False
        )

    @property
    def moving(self) -> list[Artist]:
        return [*self._curves.values(), *self._rows.values(), *self._lines]

    def show(self, text: str, reader: Reader, trace: Trace) -> None:
        """Another text or cell: the maps, their labels and their limits."""
        if self._shown is trace:
            return
        self._text, self._reader, self._shown = text, reader, trace
        steps, size = trace.c.shape
        # An LSTM's cell may leave [-1, 1]; zero stays in the middle of the colours.
        limit = max(1.0, np.abs(trace.c).max())
        for name, image in self._images.items():
            image.set_data(getattr(trace, name).T)
            image.set_extent((-0.5, steps - 0.5, size - 0.5, -0.5))
            label_units(self._maps[name], reader.units, most=4)
        for name in "ch":
            self._images[name].set_clim(-limit, limit)
        self._bottom.set_ylim(-1.1 * limit, 1.1 * limit)
        label_time(self._bottom, text, room=45)

    def move(self, t: int, unit: int) -> str:
        """Another step or unit, counted from 0: the marks, the curves and the numbers."""
        assert self._shown is not None
        steps = len(self._text)
        numbers = []
        for name, curve in self._curves.items():
            values = getattr(self._shown, name)[:, unit]
            curve.set_data(range(steps), values)
            self._rows[name].set_bounds(-0.5, unit - 0.5, steps, 1)
            numbers.append(f"{name} = {values[t]:z.3f}")
        for line in self._lines:
            line.set_xdata([t, t])
        name = self._reader.units[unit]
        named = "" if name == str(unit + 1) else f", {name}"
        return (
            f"Step {t + 1} of {steps}, {visible(self._text[t])!r}, "
            f"unit {unit + 1} of {len(self._reader.units)}{named}: {', '.join(numbers)}"
        )
