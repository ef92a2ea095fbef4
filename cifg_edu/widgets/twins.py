"""A CIFG and the LSTM made from its weights, on one text: twins, read_twins, untie, ..."""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
from ipywidgets import FloatSlider, IntSlider, Text
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import Normalize, SymLogNorm
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from cifg_edu.arrays import Tensors
from cifg_edu.errors import UserError
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
    visible,
)

LONGEST = 40
COLUMNS = "CIFG", "vanilla LSTM", "LSTM - CIFG"


class Twins(NamedTuple):
    """What the CIFG and the LSTM computed on the same text."""

    cifg: Trace
    lstm: Trace


def untie(parameters: Tensors, added: float = 0.0) -> Tensors:
    """An LSTM's weights made from a CIFG's, with something added to its forget bias.

    sigma(-a) = 1 - sigma(a), so Wf = -Wi and bf = -bi give f = 1 - i: the LSTM is the CIFG.
    Adding to bf opens the forget gate further and does not change the input gate.

    Args:
        parameters: a CIFG's Wx (D, 3H), Wh (H, 3H), b (3H,), and others.
        added: number added to each forget bias.

    Returns:
        Wx (D, 4H), Wh (H, 4H) and b (4H,), in the order i, f, o, g; the others unchanged.

    Source: Greff et al. (2017), section 2.
    """
    free = dict(parameters)
    for name, more in ("Wx", 0.0), ("Wh", 0.0), ("b", added):
        W_i, W_o, W_g = np.split(parameters[name], 3, axis=-1)
        free[name] = np.concatenate([W_i, more - W_i, W_o, W_g], axis=-1)  # (..., 4H)
    return free


def read_twins(text: str, reader: Reader, added: float = 0.0) -> Twins:
    """Let a CIFG and the LSTM made from its weights read the same text.

    Args:
        text: T characters of the reader's vocabulary.
        reader: a CIFG.
        added: number added to the LSTM's forget bias; with 0 it computes the same as the CIFG.

    Returns:
        The traces of both, each array (T, H).

    Raises:
        UserError: a character is not in the vocabulary.
    """
    config = reader.config._replace(cell="lstm")
    free = reader._replace(config=config, parameters=untie(reader.parameters, added))
    return Twins(trace(text, reader), trace(text, free))


def bracket_reader() -> Reader:
    """Four units, set by hand, that become counters with a free forget gate.

    "depth" opens its gate at brackets, and writes +1 at ( and -1 at ). "slow depth" does the
    same with a gate of 0.1. "length" writes +1 at every character with a gate of 0.1, and
    "letters lately" writes +1 at a letter and -1 elsewhere, with a gate of 0.2.

    Returns:
        A CIFG; it knows brackets, small letters, digits, the space and some signs.

    Source: Weiss et al. (2018), "On the practical computational power of finite precision
    RNNs", for counting in the cell of an LSTM.
    """
    characters = " ()!'*+,-./0123456789:;=?" + LETTERS
    bracket = np.array([character in "()" for character in characters])
    sign = np.array([{"(": 1.0, ")": -1.0}.get(character, 0.0) for character in characters])
    letter = np.array([1.0 if character in LETTERS else -1.0 for character in characters])
    tenth, fifth, always = np.log(0.1 / 0.9), np.log(0.2 / 0.8), np.ones(len(characters))
    at_brackets = [np.where(bracket, a, SHUT) for a in (OPEN, tenth)]
    i = np.array([*at_brackets, tenth * always, fifth * always])
    g = 20.0 * np.array([sign, sign, always, letter])  # tanh(20) is 1
    names = ("depth", "slow depth", "length", "letters lately")
    return set_by_hand(characters, i.T, g.T, names)


def twins(
    text: str = "(a+b)*(c-(d/(e+f)))",
    config: ModelConfig | None = None,
    parameters: Tensors | None = None,
    unit: int = 1,
) -> Panel:
    """A CIFG and its LSTM on one text, and a slider that opens the LSTM's forget gate.

    Args:
        text: the first text, 2 to 40 characters.
        config, parameters: a trained CIFG, such as the first two values that
            `cifg_edu.training.load_model` returns. Without one, `bracket_reader` reads.
        unit: the unit whose curves are shown first, counted from 1.

    Returns:
        The panel: f and c of both and their difference, and the curves of one unit.

    Raises:
        UserError: `config` is not a CIFG's, or `parameters` do not fit it.
    """
    if config is not None and config.cell != "cifg":
        raise UserError(
            "An LSTM's weights cannot be tied: give the config and parameters of a CIFG."
        )
    reader = bracket_reader() if config is None else as_reader(config, parameters or {})
    picture = _Picture(reader.units)

    @lru_cache(maxsize=64)
    def read(text: str, added: float) -> Twins:
        return read_twins(text, reader, added)

    def update(text: str, added: float, t: int, unit: int) -> str:
        wrong = complaint(text, reader, LONGEST)
        if wrong:
            return wrong
        fit_slider(controls["t"], len(text))
        picture.show(text, lambda: [read(text, a) for a in (-8.0, 0.0, 8.0, 16.0)])
        return picture.move(read(text, added), min(t, len(text)) - 1, unit - 1)

    controls = {
        "text": Text(text, continuous_update=False, description="text"),
        "added": FloatSlider(
            0.0,
            min=-8,
            max=16,
            step=0.5,
            description="added to b_f",
            readout_format=".1f",
        ),
        "t": IntSlider(1, min=1, max=LONGEST, description="step t"),
        "unit": IntSlider(1, min=1, max=LONGEST, description="unit"),
    }
    fit_slider(controls["t"], min(len(text), LONGEST))
    fit_slider(controls["unit"], len(reader.units))
    controls["t"].value, controls["unit"].value = 1 + len(text) // 2, unit
    return Panel(
        controls,
        picture.figure,
        picture.moving,
        update,
        redrawing=["text"],
        texts={"text": ["((a)(b))", "(((a+b)"]},
    )


class _Picture:
    """Maps of f and c for CIFG, LSTM and difference, and below them the curves of one unit."""

    def __init__(self, units: tuple[str, ...]) -> None:
        self._units, self._text = units, ""
        self.figure = plt.figure(figsize=(8.6, 5.2), layout="constrained")
        grid = self.figure.add_gridspec(3, 6, height_ratios=[1, 1, 1.4])
        self._maps = {
            (row, column): self.figure.add_subplot(grid[number, 2 * column : 2 * column + 2])
            for number, row in enumerate("fc")
            for column in range(3)
        }
        self._images = {place: self._draw_map(*place) for place in self._maps}
        self._gates = self.figure.add_subplot(grid[2, :3])
        self._cells = self.figure.add_subplot(grid[2, 3:])
        self._curves = self._draw_curves()

        self._rows = []
        self._lines = [axes.axvline(0, color="grey") for axes in (self._gates, self._cells)]
        for axes in self._maps.values():
            self._rows.append(Rectangle((0, 0), 1, 1, fill=False, path_effects=OUTLINE))
            axes.add_patch(self._rows[-1])
            self._lines.append(axes.axvline(0, color="black", path_effects=OUTLINE))

    def _draw_map(self, row: str, column: int) -> AxesImage:
        # Linear in [-1, 1], where a CIFG's cell stays; logarithmic beyond, for the LSTM's.
        counts = SymLogNorm(1, linscale=2, vmin=-LONGEST, vmax=LONGEST, base=10)
        gate, change = Normalize(0, 1), Normalize(-1, 1)
        norm = counts if row == "c" else (gate, gate, change)[column]
        axes = self._maps[row, column]
        scale = COLOUR_SCALES["gate" if norm is gate else "signed"]
        image = axes.imshow([[0.0]], aspect="auto", norm=norm, cmap=scale)
        axes.set_title(f"{COLUMNS[column]}: {row}", loc="left", fontsize=9)
        label_units(axes, self._units)
        if column:
            axes.tick_params(labelleft=False)
            # The CIFG's map and the LSTM's share one bar; the difference has its own.
            self._draw_bar(image, [self._maps[row, 0], axes] if column == 1 else [axes])
        return image

    def _draw_bar(self, image: AxesImage, beside: list[Axes]) -> None:
        bar = self.figure.colorbar(image, ax=beside)
        lowest, highest = image.get_clim()
        ticks = [-10, -1, 0, 1, 10] if highest == LONGEST else sorted({lowest or 0.0, 0.0, 1.0})
        bar.set_ticks(ticks, labels=[f"{tick:g}" for tick in ticks])
        bar.minorticks_off()

    def _draw_curves(self) -> dict[tuple[str, int], Line2D]:
        curves = {}
        for column, (name, style) in enumerate((("cifg", "o-"), ("lstm", "s--"))):
            for row in "ifc":
                axes, colour = self._gates, COLOURS[row]
                if row == "c":
                    axes, colour = self._cells, COLOURS[name]
                [curves[row, column]] = axes.plot([], [], style, color=colour, markersize=3)
                curves[row, column].set(label=f"{row} {name.upper()}", linewidth=3 - 1.5 * column)
        for bound in -1, 0, 1:
            self._cells.axhline(bound, color="grey", linewidth=0.8, linestyle=":")
        self._gates.set(ylim=(-0.05, 1.05), ylabel="gates")
        self._cells.set(ylabel="cell c")
        for axes in self._gates, self._cells:
            axes.legend(
                loc="lower center", bbox_to_anchor=(0.5, 0.97), ncols=4, fontsize=8, frameon=False
            )
        return curves

    @property
    def moving(self) -> list[Artist]:
        images = [image for (_, column), image in self._images.items() if column]
        return [*images, *self._curves.values(), *self._rows, *self._lines]

    def show(self, text: str, extremes: Callable[[], list[Twins]]) -> None:
        """Another text: the maps' sizes, the letters below, and limits for every slider value."""
        if self._text == text:
            return
        self._text = text
        known = extremes()
        for (row, _), image in self._images.items():
            image.set_data(getattr(known[0].cifg, row).T)
            image.set_extent((-0.5, len(text) - 0.5, len(self._units) - 0.5, -0.5))
        for axes in self._maps.values():
            label_time(axes, text, room=22)
            axes.tick_params(labelbottom=len(text) <= 28)  # longer texts only below the curves
        for axes in self._gates, self._cells:
            label_time(axes, text, room=30)
        cells = np.concatenate([pair.lstm.c for pair in known])
        self._cells.set_ylim(1.1 * min(-1.0, cells.min()), 1.1 * max(1.0, cells.max()))

    def move(self, pair: Twins, t: int, unit: int) -> str:
        """Another LSTM, step or unit, counted from 0: the maps, marks, curves and numbers."""
        steps = len(self._text)
        for row in "fc":
            cifg, lstm = getattr(pair.cifg, row), getattr(pair.lstm, row)
            for column, values in enumerate((cifg, lstm, lstm - cifg)):
                self._images[row, column].set_data(values.T)
        for (row, column), curve in self._curves.items():
            curve.set_data(range(steps), getattr(pair[column], row)[:, unit])
        for mark in self._rows:
            mark.set_bounds(-0.5, unit - 0.5, steps, 1)
        for line in self._lines:
            line.set_xdata([t, t])

        place = f"Step {t + 1} of {steps}, {visible(self._text[t])!r}, unit {self._units[unit]}"
        cells = "; ".join(
            f"{name}: i = {cell.i[t, unit]:z.3f}, f = {cell.f[t, unit]:z.3f}, "
            f"c = {cell.c[t, unit]:z.3f}, greatest |c| anywhere {np.abs(cell.c).max():.3f}"
            for name, cell in zip(COLUMNS, pair, strict=False)
        )
        apart = np.abs(pair.lstm.c - pair.cifg.c).max()
        return f"{place}. {cells}. The cells differ by up to {apart:.3f}."
