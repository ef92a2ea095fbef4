"""A picture with controls: Panel, its parts Pictured and Stage, and its frames: Track, Frame."""

import base64
import html
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
from IPython import get_ipython
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from cifg_edu.pictures import display_png

PICTURE = (
    '<img class="cifg-picture" style="max-width: 100%" alt="{words}" '
    'src="data:image/png;base64,{source}">'
)
WORDS = '<p class="cifg-words" role="status">{words}</p>'
CONTROL_WIDTH = "210px"  # at least: four controls are in one row of a wide window
MOST_FRAMES = 48  # of one widget, where it is to move without a kernel: below 1 MB in all


class Frame(NamedTuple):
    """What a widget shows at one setting.

    setting: the control's value in words.
    png: the picture.
    words: the sentence.
    below: more HTML, between the picture and the sentence.
    """

    setting: str
    png: bytes
    words: str
    below: str


class Track(NamedTuple):
    """What a widget shows while one control moves and the others keep their values.

    name: what the control is called.
    slides: whether it is a slider; otherwise it is a list of choices.
    start: the place among the frames of the value that the control has now.
    """

    name: str
    slides: bool
    start: int
    frames: list[Frame]


class Pictured(ipywidgets.VBox):  # type: ignore[misc]
    """Controls, below them a view, and below it a sentence that says what the view shows.

    Without a kernel, as in an exported page or a preview, a picture takes the place of the
    view. Its text alternative is the sentence.

    A cell that is run again closes the widgets that it made before, where the notebook tells
    the kernel which cell it runs.

    Args:
        controls: ipywidgets by their names; each has a description.
        texts: for a control into which one types, by its name, the texts that `tracks` tries.

    Attributes:
        controls: as given.
        words: the current sentence.
        below: more HTML, between the view and the sentence.
    """

    words: str
    below: str = ""

    def __init__(
        self, controls: Mapping[str, Any], texts: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        _close_those_of_the_last_run(self)
        self.controls, self._texts = dict(controls), texts or {}
        self._view = ipywidgets.HTML()
        for control in self.controls.values():
            if hasattr(control, "value"):
                control.layout.width, control.layout.max_width = "auto", "300px"
                control.layout.flex = f"1 1 {CONTROL_WIDTH}"
                control.style.description_width = "initial"
        row = ipywidgets.Box(
            list(self.controls.values()), layout=ipywidgets.Layout(flex_flow="row wrap")
        )
        super().__init__([row, self._view])
        self.add_class("cifg-panel")

    @property
    def png(self) -> bytes:
        """The current picture."""
        raise NotImplementedError

    def close(self) -> None:
        """Remove the widget and its controls from the page, and do not answer them any more."""
        for control in self.controls.values():
            control.unobserve_all()
        for part in _parts(self):
            part.close()
        super().close()
        # As ipywidgets does with its own: there is no view now.
        self._ipython_display_ = None  # type: ignore[method-assign, assignment]

    def show(self, view: str) -> None:
        """Show the view, as HTML, above the words.

        Args:
            view: HTML in which one element has the class cifg-picture.
        """
        # One message to the browser, so that the words always belong to the picture.
        self._view.value = view + WORDS.format(words=html.escape(self.words))

    def show_png(self, below: str = "") -> None:
        """Show the picture as the view.

        Args:
            below: more HTML, between the picture and the words.
        """
        self.below = below
        source = base64.b64encode(self.png).decode()
        self.show(PICTURE.format(words=html.escape(self.words), source=source) + below)

    def tracks(self) -> list[Track]:
        """What each control changes, for a page that has no kernel.

        Returns:
            A track for each control, at most MOST_FRAMES in all. A list's choices and a short
            slider's values are all there; a long slider gets as many as are left for it, evenly
            spaced. At the end the controls have the values that they had before.
        """
        values = {name: control.value for name, control in self.controls.items()}
        # One for all: a layout that is made again may differ by a pixel.
        first = Frame("", self.png, self.words, self.below)
        settings = {
            name: _settings(control, self._texts.get(name, ()))
            for name, control in self.controls.items()
        }
        shares = _allot([len(choices) for choices in settings.values()], MOST_FRAMES)
        tracks = []
        for (name, choices), share in zip(settings.items(), shares, strict=True):
            control, frames = self.controls[name], []
            start = choices.index(_nearest(choices, control))
            chosen = _thinned(len(choices), share, start)
            for place in chosen:
                control.value = choices[place]
                frame = Frame("", self.png, self.words, self.below)
                frames.append(
                    (first if place == start else frame)._replace(setting=_setting(control))
                )
            # All of them, in order: one control may have moved the end of another.
            for other, value in values.items():
                self.controls[other].value = value
            if len(frames) > 1:
                slides = hasattr(control, "step")
                tracks.append(Track(control.description, slides, chosen.index(start), frames))
        return tracks

    def _ipython_display_(self) -> None:
        """The live view with a kernel, otherwise the picture or the words."""
        display_png(self.png, self.words, **self._repr_mimebundle_())


class Stage:
    """A figure in which only some artists move; the rest is drawn once, as the background.

    Args:
        figure: a matplotlib figure, with all its artists in place.
        moving: the artists that will move; each belongs to a set of axes.

    Attributes:
        png: the picture as last painted.
    """

    png: bytes

    def __init__(self, figure: Figure, moving: Iterable[Artist]) -> None:
        self._figure, self._moving = figure, list(moving)
        plt.close(figure)  # or the notebook would show it again, without controls
        self._canvas = FigureCanvasAgg(figure)
        for artist in self._moving:
            artist.set_animated(True)

    def draw(self) -> None:
        """Draw the background again, and the moving artists on top of it."""
        self._figure.set_layout_engine("constrained")
        self._canvas.draw()  # type: ignore[no-untyped-call]
        self._figure.set_layout_engine("none")  # the layout is kept: computing it is slow
        self._background = self._canvas.copy_from_bbox(  # type: ignore[no-untyped-call]
            self._figure.bbox
        )
        self.paint()

    def paint(self) -> None:
        """Draw only the moving artists."""
        self._canvas.restore_region(self._background)  # type: ignore[no-untyped-call]
        for artist in self._moving:
            axes = artist.axes
            assert axes is not None, "a figure's own artists cannot move"
            axes.draw_artist(artist)
        self.png = _png(np.asarray(self._canvas.buffer_rgba()))  # type: ignore[no-untyped-call]


class Panel(Pictured):
    """Controls, below them a figure, and below it a sentence that says what the figure shows.

    The figure is made once, and the controls move its artists. The sentence is the text
    alternative. It is below the picture, in its `alt`, and in the static output, which an
    exported page or a preview shows without a kernel.

    Args:
        controls: ipywidgets by the names of `update`'s arguments; each has a description.
        figure: a matplotlib figure, with all its artists in place.
        moving: the artists that `update` moves. The rest is drawn once, as a background, so
            that a slider answers at once.
        update: moves the artists to fit the controls' values, and returns the sentence. If it
            moves a control itself, such as a slider that must end with the text, that causes
            no further update.
        redrawing: names of the controls that change the background too, as a new text changes
            the labels of an axis.
        texts: as for `Pictured`.

    Attributes:
        controls: as given.
        words: the current sentence.
        png: the current picture.
    """

    def __init__(
        self,
        controls: Mapping[str, Any],
        figure: Figure,
        moving: Iterable[Artist],
        update: Callable[..., str],
        redrawing: Iterable[str] = (),
        texts: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        super().__init__(controls, texts)
        self._stage, self._update, self._updating = Stage(figure, moving), update, False
        self.draw()
        for name, control in self.controls.items():
            draw = self.draw if name in redrawing else self.refresh
            control.observe(lambda change, draw=draw: self._updating or draw(), names="value")

    @property
    def png(self) -> bytes:
        """The current picture."""
        return self._stage.png

    def close(self) -> None:
        """Remove the panel from the page, and the figure from memory."""
        super().close()
        # A name or Out[...] may still hold the panel. The figure takes some megabytes.
        self.__dict__.pop("_stage", None)
        self.__dict__.pop("_update", None)

    def draw(self) -> None:
        """Draw the background again, and the moving artists on top of it."""
        self.words = self._say()
        self._stage.draw()
        self.show_png()

    def refresh(self) -> None:
        """Move the artists to the controls' values, and draw only them."""
        self.words = self._say()
        self._stage.paint()
        self.show_png()

    def _say(self) -> str:
        self._updating = True
        try:
            return self._update(**{name: control.value for name, control in self.controls.items()})
        finally:
            self._updating = False


# The widgets that each cell made in its latest run, and that run.
_made: dict[str, tuple[str, list[Pictured]]] = {}


def _close_those_of_the_last_run(widget: Pictured) -> None:
    """Close what this cell made before it was run again, and remember the new widget."""
    kernel: Any = getattr(get_ipython(), "kernel", None)
    request = kernel.get_parent("shell") if hasattr(kernel, "get_parent") else {}
    cell = request.get("metadata", {}).get("cellId")
    if cell is None:  # a plain program, a click, or a notebook that does not tell
        return
    this_run = request["header"]["msg_id"]
    run, widgets = _made.get(cell, (this_run, []))
    if run != this_run:
        for old in widgets:
            old.close()
        widgets = []
    _made[cell] = this_run, [*widgets, widget]


def _parts(widget: ipywidgets.Widget) -> Iterator[ipywidgets.Widget]:
    """All widgets of which one is made: its layout and style, its children, and theirs."""
    for part in (
        getattr(widget, "layout", None),
        getattr(widget, "style", None),
        *getattr(widget, "children", ()),
    ):
        if part is not None:
            yield from _parts(part)
            yield part


def _settings(control: Any, texts: Sequence[str]) -> list[Any]:
    """Every value that a list or a slider has, or the text that is there and some others."""
    if hasattr(control, "options"):
        # A choice may have a label beside its value.
        return [choice[1] if isinstance(choice, tuple) else choice for choice in control.options]
    if not hasattr(control, "step"):
        return list(dict.fromkeys([control.value, *texts]))
    steps = np.arange(round((control.max - control.min) / control.step) + 1)
    places = control.min + steps * control.step
    values = control.base**places if hasattr(control, "base") else places
    return [type(control.value)(value) for value in values]


def _nearest(choices: list[Any], control: Any) -> Any:
    """The control's value, as it stands among the choices: a slider's may be off by rounding."""
    if hasattr(control, "step"):
        return min(choices, key=lambda choice: abs(choice - control.value))
    return control.value


def _setting(control: Any) -> str:
    """The control's value in words."""
    if hasattr(control, "options"):
        return str(control.label)
    return format(control.value, getattr(control, "readout_format", ""))


def _allot(sizes: Sequence[int], most: int) -> list[int]:
    """How many to take of each, at most `most` in all: of the smallest all, of the others alike."""
    shares = dict.fromkeys(range(len(sizes)), 0)
    for rank, place in enumerate(sorted(shares, key=lambda place: sizes[place])):
        shares[place] = min(sizes[place], most // (len(sizes) - rank))
        most -= shares[place]
    return list(shares.values())


def _thinned(size: int, share: int, start: int) -> list[int]:
    """So many of the places 0 ... size - 1: evenly spaced, both ends and `start` among them."""
    places = np.linspace(0, size - 1, share).round().astype(int)
    places[np.argmin(np.abs(places - start))] = start
    return [int(place) for place in np.unique(places)]


def _png(pixels: NDArray[np.uint8]) -> bytes:
    """An opaque picture (height, width, RGBA) as PNG, without filters.

    Pillow searches for the best filter of each row, which takes longer than the drawing.

    Source: the PNG specification, sections 5 and 11.2.
    """
    height, width, _ = pixels.shape
    rows = np.zeros((height, 1 + 3 * width), np.uint8)  # each row begins with its filter: 0
    rows[:, 1:] = pixels[:, :, :3].reshape(height, -1)
    content = b"\x89PNG\r\n\x1a\n"
    header = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)  # 8 bits each of R, G and B
    packed = zlib.compress(rows.tobytes(), 1)
    for name, data in (b"IHDR", header), (b"IDAT", packed), (b"IEND", b""):
        checksum = zlib.crc32(name + data)
        content += struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum)
    return content
