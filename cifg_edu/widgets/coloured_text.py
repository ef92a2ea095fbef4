"""A text shaded by one unit: coloured_text, text_features, correlations, small_model."""

import functools
import html
import io
import re
import warnings
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from ipywidgets import Dropdown, IntSlider
from matplotlib.colors import to_hex

from cifg_edu.arrays import Array, Ids, Tensors
from cifg_edu.corpora import practice_text
from cifg_edu.errors import UserError
from cifg_edu.model import ModelConfig, initial_state, initialize_model, train_step
from cifg_edu.optimizers import adam_state
from cifg_edu.pictures import COLOUR_SCALES
from cifg_edu.text import batches, encode, vocabulary
from cifg_edu.widgets.panel import Pictured
from cifg_edu.widgets.reading import Trace, as_reader, trace

QUANTITIES = {
    "i": "input gate i",
    "f": "forget gate f",
    "o": "output gate o",
    "c": "cell c",
    "h": "output h",
}
NUMBER = "unit number"
SAME, STRETCHED = "same for all units", "stretched for this unit"
SHADES = 253  # a multiple of 4, plus 1: the legend shows five shades, white in the middle
COLUMNS = 64
LONGEST = 2000
NEWLINE = "↵"
# Double quotation marks anywhere; single ones only where they are hardly an apostrophe: opened
# before a capital letter, closed after a punctuation mark, with no empty line between.
QUOTATION = re.compile(r"“[^”]*”|\"[^\"]*\"|(?<!\w)'(?=[A-Z])(?:(?!\n\n).)*?[,.;:!?]'(?!\w)", re.S)
VIEW = (
    '<div class="cifg-picture" role="group" tabindex="0" aria-label="{words}" style="'
    "font: 14px/1.7 monospace; white-space: pre-wrap; overflow-wrap: anywhere; "
    'max-height: 32em; overflow-y: auto">{spans}</div>'
)


def text_features(text: str) -> dict[str, Array]:
    """Features of a text that a unit may follow, as a number for each character.

    Args:
        text: T characters.

    Returns:
        newlines: 1 at each newline, else 0;
        line position: the character's place in its line, from 1 on, and 0 at a newline;
        quotation: 1 from the mark that opens a quotation to the one that closes it, else 0.
        Each is (T,).

    Source: the kinds of unit found by Karpathy et al. (2016), "Visualizing and understanding
    recurrent networks", section 4.2.
    """
    newlines = np.array([float(character == "\n") for character in text])
    position, quotation = np.zeros(len(text)), np.zeros(len(text))
    for t, is_newline in enumerate(newlines):
        position[t] = 0 if is_newline else 1 + (position[t - 1] if t else 0)
    for match in QUOTATION.finditer(text):
        quotation[match.start() : match.end()] = 1
    return {"newlines": newlines, "line position": position, "quotation": quotation}


def correlations(values: Array, feature: Array) -> Array:
    """How closely each unit follows a feature of the text, up to sign and scale.

    Args:
        values: a gate, a cell or an output for each character and unit, (T, H).
        feature: a number for each character, (T,).

    Returns:
        Pearson's correlation coefficient of each unit with the feature, (H,), in [-1, 1];
        0 if one of the two is constant.

    Source: Pearson (1895), "Note on regression and inheritance in the case of two parents".
    """
    values, feature = values - values.mean(axis=0), feature - feature.mean()
    scale = np.sqrt((values**2).sum(axis=0) * (feature**2).sum())
    products = feature @ values
    return np.divide(products, scale, out=np.zeros_like(products), where=scale > 1e-12)


def coloured_text(
    parameters: Tensors | None = None, config: ModelConfig | None = None, text: str | None = None
) -> "ColouredText":
    """A text in which each character is shaded by one unit's gate, cell or output.

    Args:
        parameters, config: a trained model; without both, a small CIFG is trained on the
            practice text first, which takes a second or two.
        text: 2 to 2,000 characters that the model knows; by default the practice text's
            first 600.

    Returns:
        The widget. Its controls are the quantity shown, the feature by whose correlation the
        units are sorted, the unit's place in that order, the character whose numbers are in
        the words, and the limits of the colours: the same for all units, or stretched from the
        shown unit's least value to its greatest, for one that hardly moves.

    Raises:
        UserError: the text is too short or too long, or has a character that the model does
            not know; or parameters and config do not fit.
    """
    if parameters is None or config is None:
        parameters, config = small_model("cifg")
    text = practice_text().text[:600] if text is None else text
    if not 2 <= len(text) <= LONGEST:
        raise UserError(
            f"The text has {len(text):,} characters: give 2 to {LONGEST:,}, such as text[:600]."
        )
    exact: Tensors = {name: np.asarray(value, np.float64) for name, value in parameters.items()}
    return ColouredText(text, trace(text, as_reader(config, exact)))


@functools.cache
def small_model(cell: str) -> tuple[Tensors, ModelConfig]:
    """A model of 24 units after 300 windows of the practice text; made once in a process.

    Args:
        cell: "cifg" or "lstm".

    Returns:
        Its parameters, in float64, so that every machine gives the same digits, and its config.

    Raises:
        UserError: there is no such cell.
    """
    text = practice_text().text
    config = ModelConfig(cell, vocabulary(text), hidden_size=24)
    parameters = initialize_model(np.random.default_rng(0), config)
    adam, batch_size, steps = adam_state(parameters), 8, 32
    ids = encode(text, config.characters)
    while adam.t < 300:
        h, c = initial_state(batch_size, config.hidden_size)
        for inputs, targets in batches(ids, batch_size, steps):
            parameters, adam, h, c, _, _ = train_step(
                config.cell, parameters, adam, inputs, targets, h, c, learning_rate=1e-2
            )
    return parameters, config


class ColouredText(Pictured):
    """What `coloured_text` returns. The view is text, so it can be read, searched and copied.

    Args:
        text: T characters.
        gates: what the model computed for each character.
    """

    def __init__(self, text: str, gates: Trace) -> None:
        self._text, self._gates = text, gates
        self._features = text_features(text)
        self._drawn: dict[tuple[str, tuple[float, float]], bytes] = {}
        self._signs = [html.escape(_sign(character)) for character in text]
        units = gates.h.shape[1]
        options = [(name, key) for key, name in QUANTITIES.items()]
        controls = {
            "quantity": Dropdown(options=options, value="f", description="shade by"),
            "order": Dropdown(options=[*self._features, NUMBER], description="order by"),
            "unit": IntSlider(value=1, min=1, max=units, description="unit in order"),
            "character": IntSlider(value=1, min=1, max=len(text), description="character"),
            "colours": Dropdown(options=[SAME, STRETCHED], description="colours"),
        }
        super().__init__(controls)
        self.refresh()
        for control in controls.values():
            control.observe(lambda change: self.refresh(), names="value")

    @property
    def png(self) -> bytes:
        """The current picture: the shaded characters, in cells of one size."""
        # Another order or character changes the words, and not the picture.
        shown = self._title, self._limits
        if shown not in self._drawn:
            self._drawn = {shown: _cells(self._text, self._values, self._limits, self._title)}
        return self._drawn[shown]

    def refresh(self) -> None:
        """Shade the text to fit the controls."""
        key, order = self.controls["quantity"].value, self.controls["order"].value
        place, rank = self.controls["character"].value - 1, self.controls["unit"].value - 1
        values = getattr(self._gates, key)
        r, units = self._in_order(values, order)
        unit = int(units[rank])
        self._values = values[:, unit]
        stretched = self.controls["colours"].value == STRETCHED
        self._limits = _range(self._values) if stretched else _limits(key, values)
        self._title = f"{QUANTITIES[key]} of unit {unit + 1}"
        self.words = self._say(order, r, rank, unit, place)
        spans = self._spans(unit, place)
        view = VIEW.format(words=html.escape(self.words), spans=spans)
        self.show(_legend(self._title, self._limits) + view)

    def _in_order(self, values: Array, order: str) -> tuple[Array, Ids]:
        """Each unit's correlation, and the units, most closely correlated first."""
        size = values.shape[1]
        if order == NUMBER:
            return np.zeros(size), np.arange(size)
        r = correlations(values, self._features[order])
        # Rounded, so that a tie is a tie on every machine.
        return r, np.argsort(-np.abs(r).round(9), kind="stable")

    def _say(self, order: str, r: Array, rank: int, unit: int, place: int) -> str:
        values, size = self._values, len(r)
        name = QUANTITIES[self.controls["quantity"].value]
        numbers = ", ".join(
            f"{key} = {_two_digits(getattr(self._gates, key)[place, unit])}" for key in QUANTITIES
        )
        if order == NUMBER:
            found = f"unit {unit + 1} of {size}"
        elif np.ptp(self._features[order]) == 0:
            found = f"unit {unit + 1} of {size} (no order: there is no {order} in this text)"
        else:
            found = (
                f"unit {unit + 1}, number {rank + 1} of {size} by its correlation with "
                f"{order} ({_two_digits(r[unit])})"
            )
        low, high = map(_two_digits, self._limits)
        colours = ""
        if self.controls["colours"].value == STRETCHED:
            colours = f"The colours are stretched: they go from {low} to {high} only. "
        return (
            f"{name[0].upper()}{name[1:]} of {found}: {_two_digits(values.min())} to "
            f"{_two_digits(values.max())}, mean {_two_digits(values.mean())}. {colours}"
            f"Character {place + 1}, {_name(self._text[place])}: {numbers}."
        )

    def _spans(self, unit: int, chosen: int) -> str:
        """The text as HTML: a span for each character, with its numbers as a tooltip."""
        styles, (low, high) = _styles(), self._limits
        shades = np.rint((self._values - low) / (high - low) * (SHADES - 1)).astype(int)
        columns = [getattr(self._gates, key)[:, unit].tolist() for key in QUANTITIES]
        numbers = ", ".join(f"{key} = %.2f" for key in QUANTITIES)
        pieces = []
        for t, (sign, shade, *row) in enumerate(
            zip(self._signs, shades.clip(0, SHADES - 1).tolist(), *columns, strict=True)
        ):
            mark = "outline: 2px solid; " if t == chosen else ""
            pieces.append(
                f'<span title="{t + 1}: {numbers % tuple(row)}" '
                f'style="{mark}{styles[shade]}">{sign}</span>'
            )
            if sign == NEWLINE:
                pieces.append("<br>")
        return "".join(pieces)


def _two_digits(value: float) -> str:
    return f"{round(float(value), 2) + 0.0:.2f}"  # + 0.0 removes the sign of a zero


def _limits(key: str, values: Array) -> tuple[float, float]:
    """The limits of the colours: in the middle a gate is half open, a cell or output is 0."""
    if key in "ifo":
        return 0.0, 1.0
    greatest = max(float(np.abs(values).max()), 1e-6)
    return -greatest, greatest


def _range(values: Array) -> tuple[float, float]:
    """The least and the greatest value, a little apart where they are the same."""
    low, high = float(values.min()), float(values.max())
    return low, max(high, low + 1e-6)


@functools.cache
def _styles() -> list[str]:
    """CSS for each shade: its colour, and black or white letters, whichever can be read."""
    styles = []
    for colour in _colour_map()(np.linspace(0, 1, SHADES)):
        styles.append(f"background: {to_hex(colour)}; color: {_ink(colour)}")
    return styles


def _colour_map() -> matplotlib.colors.Colormap:
    return matplotlib.colormaps[COLOUR_SCALES["signed"]].resampled(SHADES)


def _ink(colour: Array) -> str:
    """Black or white, by the contrast with the colour.

    Source: WCAG 2.2, relative luminance and contrast ratio.
    """
    linear = np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)
    return "#000" if linear[:3] @ [0.2126, 0.7152, 0.0722] > 0.18 else "#fff"


def _legend(title: str, limits: tuple[float, float]) -> str:
    numbers = np.linspace(*limits, 5)
    styles = _styles()[:: (SHADES - 1) // 4]
    swatches = "".join(
        f'<span style="padding: 0 0.6em; {style}">{number:.2f}</span>'
        for style, number in zip(styles, numbers, strict=False)
    )
    return f'<p class="cifg-legend" style="margin: 0">{html.escape(title)}: {swatches}</p>'


def _sign(character: str) -> str:
    """How a character is drawn: a newline and a character without a glyph have marks."""
    if character == "\n":
        return NEWLINE
    return character if character.isprintable() else "·"


def _name(character: str) -> str:
    names = {"\n": "a newline", " ": "a space"}
    return names.get(character, f"'{_sign(character)}'")


def _cells(text: str, values: Array, limits: tuple[float, float], title: str) -> bytes:
    """The text as a picture: each character in a cell of its shade."""
    places, row, column = [], 0, 0
    for character in text:
        places.append((row, column))
        row, column = (row, column + 1) if column < COLUMNS - 1 else (row + 1, 0)
        if character == "\n" and column:
            row, column = row + 1, 0
    rows, columns = np.transpose(places)
    grid = np.full((rows.max() + 1, columns.max() + 1), np.nan)
    grid[rows, columns] = values
    figure, axes = plt.subplots(figsize=(9, 0.8 + 0.2 * len(grid)), layout="constrained")
    image = axes.imshow(grid, cmap=_colour_map(), vmin=limits[0], vmax=limits[1], aspect="auto")
    axes.set(title=title, xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    figure.colorbar(image, pad=0.01, aspect=30)
    # Now, because with all the characters it takes as long as drawing them.
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    style: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 8, "family": "monospace"}
    for (y, x), character, shade in zip(places, text, image.cmap(image.norm(values)), strict=True):
        if character != " ":
            axes.text(x, y, _sign(character), style, color=_ink(shade), parse_math=False)
    content = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a glyph that the font lacks is drawn as a box
        figure.savefig(content, format="png", dpi=100)
    plt.close(figure)
    return content.getvalue()
