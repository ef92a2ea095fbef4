"""One colour scale for one thing: what has the colour of a gate or a cell is that and no other."""

import ast
import re

import matplotlib.pyplot as plt
import pytest
from matplotlib.artist import Artist
from matplotlib.collections import Collection
from matplotlib.colors import to_hex, to_rgb, to_rgba
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text

from cifg_edu.authoring import solution_notebook
from cifg_edu.authoring.picture import draw_history
from cifg_edu.comparison.plots import OWN_STYLE, STYLES
from cifg_edu.pictures import COLOUR_SCALES, COLOURS
from cifg_edu.training import EpochReport
from cifg_edu.widgets import panel
from cifg_edu.widgets.gallery import GALLERY
from tests.lesson_texts import HOME, source

# The quantities of the cell, and the cells, that a lesson's own pictures may show.
QUANTITIES = {
    0: "",
    1: "i f c cifg lstm",
    2: "i f o g c h",
    3: "i c h cifg",
    4: "i f g c cifg lstm",
    5: "",
    6: "i f o g c cifg",
    7: "c h cifg lstm",
    8: "c cifg",
    9: "",
    10: "cifg lstm",
    11: "c cifg",
    12: "cifg lstm",
    13: "",
}
IN_WIDGETS = {
    "gate_mixer": "i f c",
    "time_scrubber": "i f o c h",
    "twins": "cifg lstm",
    "gradient_check_curve": "",
    "error_bars_by_tensor": "cifg",
    "gradient_flow": "cifg lstm",
    "memory_half_life": "c cifg",
    "clipped_vectors": "",
    "loss_paths": "",
    "live_training": "cifg",
    "coloured_text": "",
    "which_characters": "cifg lstm",
}
NAMED = {"i", "f", "o", "g", "c", "h", "cifg", "lstm"}
DRAWS = {"plot", "semilogx", "semilogy", "loglog", "bar", "barh", "scatter", "errorbar", "hist"}
DRAWS |= {"stairs", "fill_between", "contour", "axhline", "axvline", "axhspan", "axvspan"}


def code_cells(lesson):
    cells = [c for c in solution_notebook(source(lesson)).cells if c.cell_type == "code"]
    return [(cell.source, ast.parse(cell.source)) for cell in cells]


def calls_that_draw(tree):
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [c for c in calls if isinstance(c.func, ast.Attribute) and c.func.attr in DRAWS]


def keys(tree):
    """The keys of COLOURS that a cell uses; all keys among its texts where it chooses by a name."""
    formats = {id(argument) for call in calls_that_draw(tree) for argument in call.args}
    found = set()
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Subscript) and ast.unparse(node.value) == "COLOURS"):
            continue
        by_name = any(isinstance(part, ast.Name) for part in ast.walk(node.slice))
        among = ast.walk(tree if by_name else node.slice)
        texts = {p.value for p in among if isinstance(p, ast.Constant) and id(p) not in formats}
        found |= {text for text in texts if isinstance(text, str)}
    return found & COLOURS.keys()


@pytest.mark.parametrize("lesson", QUANTITIES)
def test_what_is_no_gate_and_no_cell_has_not_their_colours(lesson):
    used = set().union(*(keys(tree) for _, tree in code_cells(lesson)))
    assert used & NAMED <= {*QUANTITIES[lesson].split()}


@pytest.mark.parametrize("lesson", [10, 11, 12])
def test_what_has_a_cells_colour_in_a_lesson_with_other_curves_says_which_cell(lesson):
    for text, tree in code_cells(lesson):
        for cell in keys(tree) & {"cifg", "lstm"}:
            words = re.sub(r"COLOURS\[[^]]*\]", "", text)
            assert cell in words.lower(), f"a cell's colour for something else:\n{text}"


@pytest.mark.parametrize("lesson", QUANTITIES)
def test_everything_that_a_lesson_draws_has_a_colour_of_the_course_or_is_grey(lesson):
    for _, tree in code_cells(lesson):
        for call in calls_that_draw(tree):
            given = {keyword.arg for keyword in call.keywords}
            assert given & {"color", "colors"}, f"matplotlib's own colour: {ast.unparse(call)}"
        for node in ast.walk(tree):
            if not isinstance(node, ast.keyword):
                continue
            if node.arg in ("color", "colors") and isinstance(node.value, ast.Constant):
                assert is_grey(node.value.value), ast.unparse(node)
            if node.arg == "cmap":
                scale = ast.unparse(node.value)
                assert scale == "'Greys'" or scale.startswith("COLOUR_SCALES["), scale


def test_every_lesson_is_looked_at():
    assert [*QUANTITIES] == sorted(int(p.name[:2]) for p in HOME.glob("lessons/source/[0-9]*.md"))


def is_grey(colour):
    return len({*to_rgb(colour)}) == 1


def colours(figure):
    """The colours of all that a figure shows, without greys, and the scales of its images."""
    found, scales = [], set()
    for artist in figure.findobj(Artist):
        match artist:
            case Line2D() | Text():
                found.append(artist.get_color())
            case Patch():
                found += [artist.get_facecolor(), artist.get_edgecolor()]
            case Collection() if artist.get_array() is None:
                found += [*artist.get_facecolor()]
            case AxesImage():
                scales.add(artist.get_cmap().name)
    visible = {to_hex(colour) for colour in found if to_rgba(colour)[3]}
    return {colour for colour in visible if not is_grey(colour)}, scales


def of(names):
    return {COLOURS[name].lower() for name in names.split()}


@pytest.mark.parametrize("name", GALLERY)
def test_a_widget_has_the_colours_of_what_it_shows_and_no_others(name, monkeypatch):
    figures, stage = [], panel.Stage.__init__

    def noted(self, figure, moving):
        figures.append(figure)
        stage(self, figure, moving)

    monkeypatch.setattr(panel.Stage, "__init__", noted)
    GALLERY[name].make().close()
    for figure in figures:
        found, scales = colours(figure)
        assert found == of(IN_WIDGETS[name])
        assert scales <= {*COLOUR_SCALES.values()}
    assert figures or name == "coloured_text"


def test_other_cells_in_a_comparison_have_no_colour_of_a_gate():
    others = {style.colour for cell, style in STYLES.items() if cell not in ("cifg", "lstm")}
    assert not {*others, OWN_STYLE.colour} & {COLOURS[name] for name in NAMED}


def test_the_readmes_curve_of_a_cifg_has_the_cells_colour():
    figure, axes = plt.subplots()
    draw_history(axes, [EpochReport(1, 3.0, 3.1, 0.1), EpochReport(2, 2.0, 2.1, 0.1)])
    plt.close(figure)
    assert colours(figure)[0] == of("cifg")
