"""A picture with controls: Panel, and its parts, Pictured and Stage."""

import base64
import html
import struct
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
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


class Pictured(ipywidgets.VBox):  # type: ignore[misc]
    """Controls, below them a view, and below it a sentence that says what the view shows.

    Without a kernel, as in an exported page or a preview, a picture takes the place of the
    view. Its text alternative is the sentence.

    Args:
        controls: ipywidgets by their names; each has a description.

    Attributes:
        controls: as given.
        words: the current sentence.
    """

    words: str

    def __init__(self, controls: Mapping[str, Any]) -> None:
        self.controls = dict(controls)
        self._view = ipywidgets.HTML()
        row = ipywidgets.Box(
            list(self.controls.values()), layout=ipywidgets.Layout(flex_flow="row wrap")
        )
        super().__init__([row, self._view])
        self.add_class("cifg-panel")

    @property
    def png(self) -> bytes:
        """The current picture."""
        raise NotImplementedError

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
        source = base64.b64encode(self.png).decode()
        self.show(PICTURE.format(words=html.escape(self.words), source=source) + below)

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
    ) -> None:
        super().__init__(controls)
        self._stage, self._update, self._updating = Stage(figure, moving), update, False
        self.draw()
        for name, control in self.controls.items():
            draw = self.draw if name in redrawing else self.refresh
            control.observe(lambda change, draw=draw: self._updating or draw(), names="value")

    @property
    def png(self) -> bytes:
        """The current picture."""
        return self._stage.png

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
