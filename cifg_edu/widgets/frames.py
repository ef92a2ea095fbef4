"""Widgets where no kernel is: figure, still_figure, in_page, in_folder, moving."""

import base64
import hashlib
import html
import importlib.resources
import io
import json
from collections.abc import Callable
from pathlib import Path

from IPython.display import HTML
from PIL import Image

from cifg_edu.files import write_atomically
from cifg_edu.widgets.panel import Pictured

# Where a picture, as WebP, can be had from.
Address = Callable[[bytes], str]

COLOURS = 64  # enough for curves and maps, and half the size of all colours
FIGURE = """<figure class="cifg-frames{still}" data-widget="{name}">
<img class="cifg-picture" loading="lazy" width="{width}" height="{height}"
 alt="{words}" src="{source}">
<div class="cifg-below">{below}</div>
<p class="cifg-words" role="status">{words}</p>
{data}</figure>
"""
DATA = '<script type="application/json">{data}</script>\n'


def figure(panel: Pictured, address: Address, name: str = "") -> str:
    """A widget's picture and words, and every frame that the script of this module shows.

    Without the script the picture and the words stay as they are.

    Args:
        panel: the widget; a training run is trained to its end.
        address: gives the address of a picture.
        name: what the widget is called, for those who look for it in the page.

    Returns:
        HTML, one <figure>.
    """
    tracks = panel.tracks()
    pictures: dict[bytes, str] = {}  # the same picture, as that of the first values, only once
    for track in tracks:
        for frame in track.frames:
            if frame.png not in pictures:
                pictures[frame.png] = address(as_webp(frame.png))
    places = {png: place for place, png in enumerate(pictures)}
    data = {
        "pictures": list(pictures.values()),
        "tracks": [
            {
                "name": track.name,
                "slides": track.slides,
                "start": track.start,
                "frames": [[f.setting, places[f.png], f.words, f.below] for f in track.frames],
            }
            for track in tracks
        ],
    }
    first = tracks[0].frames[tracks[0].start]
    text = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    return _figure(
        first.png, pictures[first.png], first.words, name, first.below, DATA.format(data=text)
    )


def still_figure(png: bytes, words: str, address: str, name: str = "") -> str:
    """A widget that cannot be made again: its stored picture, and below it the words.

    Args:
        png: the picture.
        words: what it shows.
        address: of the picture.
        name: what the widget is called.

    Returns:
        HTML, one <figure>, which the script of this module leaves alone.
    """
    return _figure(png, address, words, name)


def _figure(
    png: bytes, address: str, words: str, name: str, below: str = "", data: str = ""
) -> str:
    with Image.open(io.BytesIO(png)) as picture:
        width, height = picture.size
    return FIGURE.format(
        still="" if data else " cifg-still",
        name=name,
        width=width,
        height=height,
        source=address,
        words=html.escape(words),
        below=below,
        data=data,
    )


def as_webp(png: bytes) -> bytes:
    """A picture of few colours as WebP, which takes a third of the space."""
    content = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        few = picture.convert("RGB").quantize(
            COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE
        )
        few.convert("RGB").save(content, "WEBP", lossless=True, method=4)
    return content.getvalue()


def in_page(picture: bytes) -> str:
    """The address of a picture that is inside the page itself."""
    return "data:image/webp;base64," + base64.b64encode(picture).decode()


def in_folder(folder: Path, prefix: str) -> Address:
    """Addresses of pictures in a folder, each written once.

    Args:
        folder: where the pictures are written.
        prefix: the way from the page to the folder, such as "../frames/".

    Returns:
        A function that writes a picture and gives its address.
    """

    def address(picture: bytes) -> str:
        path = folder / f"{hashlib.sha256(picture).hexdigest()[:16]}.webp"
        if not path.exists():
            write_atomically(path, picture)
        return prefix + path.name

    return address


def script() -> str:
    """The JavaScript that moves every figure of a page."""
    return _data("frames.js")


def style() -> str:
    """The CSS of a figure and its controls."""
    return _data("frames.css")


def moving(panel: Pictured) -> HTML:
    """A widget that still moves in an exported notebook, with all its pictures inside.

    Args:
        panel: any widget of the course.

    Returns:
        What a cell shows, below 1.5 MB.
    """
    parts = f"<style>{style()}</style>", figure(panel, in_page), f"<script>{script()}</script>"
    return HTML("\n".join(parts))  # type: ignore[no-untyped-call]


def _data(name: str) -> str:
    return importlib.resources.files("cifg_edu").joinpath("data", name).read_text("utf-8")
