"""The page of all widgets, the command that writes it, and the README's pictures of three."""

import base64
import html
import importlib
import io
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from cifg_edu.__main__ import main
from cifg_edu.authoring.widget_pictures import SHOWN, widget_picture
from cifg_edu.widgets import gallery, panel
from cifg_edu.widgets.gallery import GALLERY, Exhibit
from cifg_edu.widgets.gate_mixer import gate_mixer

HOSTILE = '"><script>alert(1)</script> a < b & c'
IMAGES = Path(__file__).parent.parent / "lessons" / "images"


class Page(HTMLParser):
    """What a browser makes of a page: its texts by tag, its images, and what it asks for."""

    def __init__(self, source):
        super().__init__()
        self.texts, self.images, self.addresses, self._open = {}, [], [], ""
        self.feed(source)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self._open = tag
        self.texts.setdefault(tag, []).append("")
        if tag == "img":
            self.images.append(attributes)
        self.addresses += [attributes[n] for n in ("src", "href", "data") if n in attributes]

    def handle_data(self, data):
        if self._open in self.texts:
            self.texts[self._open][-1] += data


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The folder that the command wrote to, and the page in it, with few frames of each widget."""
    folder = tmp_path_factory.mktemp("gallery")
    with pytest.MonkeyPatch.context() as context:
        context.setattr(panel, "MOST_FRAMES", 6)
        run = importlib.import_module("cifg_edu.widgets.live_training")
        context.setattr(run, "MOST_FRAMES", 2)
        context.setattr(run, "WINDOWS", 120)
        assert main(["gallery", "--out", str(folder / "page.html")]) == 0
    return folder, (folder / "page.html").read_text(encoding="utf-8")


def decoded(address):
    kind, content = address.split(",", 1)
    assert kind == "data:image/webp;base64"
    with Image.open(io.BytesIO(base64.b64decode(content))) as picture:
        picture.load()
        return picture


def test_page_is_one_file_that_asks_for_nothing_else(written):
    folder, source = written
    assert [path.name for path in folder.iterdir()] == ["page.html"]
    page = Page(source)
    assert page.addresses
    assert all(address.startswith("data:image/webp;") for address in page.addresses)
    assert not re.search(r"<(link|iframe)|@import|url\(", source)
    # One script runs, the one that the page's own policy names.
    assert re.findall(r"<script([^>]*)>", source).count("") == 1
    assert html.unescape(source).count("script-src 'sha256-") == 1


def test_page_has_the_title_the_lessons_and_the_call_of_every_widget_in_order(written):
    page = Page(written[1])
    titles = [text.strip() for text in page.texts["h2"]]
    assert titles == [exhibit.title for exhibit in GALLERY.values()]
    for name, exhibit in GALLERY.items():
        assert f"cifg_edu.widgets.{name}()" in written[1]
        assert f"Lesson {', '.join(map(str, exhibit.lessons))}:" in written[1]


def test_page_has_a_picture_that_decodes_with_the_words_of_every_widget(written):
    page = Page(written[1])
    assert len(page.images) == len(GALLERY)
    paragraphs = [text.strip() for text in page.texts["p"]]
    for image in page.images:
        assert image["alt"] in paragraphs
        assert decoded(image["src"]).width >= 600


def test_title_and_words_are_escaped(tmp_path, monkeypatch):
    def hostile():
        widget = gate_mixer()
        widget._update = lambda **values: HOSTILE
        widget.refresh()
        return widget

    exhibit = Exhibit("<b>bold</b> & co", (1,), hostile)
    monkeypatch.setattr(gallery, "GALLERY", {"gate_mixer": exhibit})
    gallery.write_gallery(tmp_path / "page.html")
    source = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<script>alert" not in source
    assert "<b>" not in source
    assert Page(source).images[0]["alt"] == HOSTILE


def test_command_says_where_the_page_is_and_by_default_it_is_gallery_html(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(gallery, "GALLERY", {"gate_mixer": GALLERY["gate_mixer"]})
    monkeypatch.chdir(tmp_path)
    assert main(["gallery"]) == 0
    assert "gallery.html" in capsys.readouterr().out
    assert (tmp_path / "gallery.html").read_bytes().startswith(b"<!doctype html>")


def test_page_that_cannot_be_written_is_an_error_in_one_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(gallery, "GALLERY", {"gate_mixer": GALLERY["gate_mixer"]})
    (tmp_path / "file").write_text("", encoding="utf-8")
    for out in (tmp_path / "file" / "page.html", tmp_path):
        assert main(["gallery", "--out", str(out)]) == 2
        [line] = capsys.readouterr().err.splitlines()
        assert line.startswith(f"cifg_edu: {out} cannot be written")


def test_help_gives_an_example(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["gallery", "--help"])
    assert "example:\n  python -m cifg_edu gallery" in capsys.readouterr().out


def test_other_commands_load_neither_widgets_nor_matplotlib():
    code = (
        "import sys, cifg_edu.__main__ as m; m.main(['progress']); "
        "print([n for n in sys.modules if n.split('.')[0] in ('matplotlib', 'ipywidgets')])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", SHOWN)
def test_picture_of_the_readme_is_a_png_of_sensible_size(name):
    path = IMAGES / f"{name}.png"
    with Image.open(path) as picture:
        picture.load()
        assert picture.format == "PNG"
        assert 700 <= picture.width <= 1400
        assert 250 <= picture.height <= 1000
    assert path.stat().st_size < 250_000


def test_picture_of_the_readme_is_larger_than_the_live_one_and_of_the_same_shape():
    png, _ = widget_picture("gate_mixer")
    large, live = (Image.open(io.BytesIO(p)).size for p in (png, gate_mixer().png))
    assert large == pytest.approx([1.1 * side for side in live], abs=1)


def test_picture_of_the_readme_shows_the_controls_where_they_were_set():
    _, words = widget_picture("gate_mixer")
    panel = gate_mixer()
    for name, value in SHOWN["gate_mixer"].items():
        panel.controls[name].value = value
    assert words == panel.words != gate_mixer().words
