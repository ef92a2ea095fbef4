"""Every widget of the course: GALLERY, Exhibit, write_gallery."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from cifg_edu.files import write_atomically
from cifg_edu.pages import render
from cifg_edu.widgets.clipped_vectors import clipped_vectors
from cifg_edu.widgets.coloured_text import coloured_text
from cifg_edu.widgets.error_bars_by_tensor import error_bars_by_tensor
from cifg_edu.widgets.frames import figure, in_page, script, style
from cifg_edu.widgets.gate_mixer import gate_mixer
from cifg_edu.widgets.gradient_check_curve import gradient_check_curve
from cifg_edu.widgets.gradient_flow import gradient_flow
from cifg_edu.widgets.live_training import live_training
from cifg_edu.widgets.loss_paths import loss_paths
from cifg_edu.widgets.memory_half_life import memory_half_life
from cifg_edu.widgets.panel import Pictured
from cifg_edu.widgets.time_scrubber import time_scrubber
from cifg_edu.widgets.twins import twins
from cifg_edu.widgets.which_characters import which_characters


class Exhibit(NamedTuple):
    """A widget: its title, the lessons that show it, and the function that makes it."""

    title: str
    lessons: tuple[int, ...]
    make: Callable[[], Pictured]


GALLERY = {
    "gate_mixer": Exhibit("Gate mixer", (1, 2), gate_mixer),
    "time_scrubber": Exhibit("A cell reads", (3,), time_scrubber),
    "twins": Exhibit("The twins on one text", (4, 12), twins),
    "gradient_check_curve": Exhibit("The step of a gradient check", (5,), gradient_check_curve),
    "error_bars_by_tensor": Exhibit("The phantom, by tensor", (6,), error_bars_by_tensor),
    "gradient_flow": Exhibit("How far a gradient reaches", (7,), gradient_flow),
    "memory_half_life": Exhibit("How long a bias remembers", (8,), memory_half_life),
    "clipped_vectors": Exhibit("Two ways to clip", (9,), clipped_vectors),
    "loss_paths": Exhibit("Three ways down a bowl", (9,), loss_paths),
    "live_training": Exhibit("A live training run", (10,), live_training),
    "coloured_text": Exhibit("A text in a unit's colours", (10, 12), coloured_text),
    "which_characters": Exhibit("Which characters matter", (10,), which_characters),
}

PAGE = """<h1>The widgets</h1>
{% for exhibit in exhibits %}
<h2 id="{{ exhibit.name }}">{{ exhibit.title }}</h2>
<p>Lesson {{ exhibit.lessons | join(", ") }}:
  <code>cifg_edu.widgets.{{ exhibit.name }}()</code></p>
{{ exhibit.figure }}
{% endfor %}
"""


def write_gallery(path: Path) -> None:
    """Write one page with every widget, whose controls move it by stored pictures.

    Args:
        path: the HTML file.

    Raises:
        UserError: the file cannot be written.
    """
    exhibits = []
    for name, exhibit in GALLERY.items():
        moved = Markup(figure(exhibit.make(), in_page, name))
        exhibits.append({**exhibit._asdict(), "name": name, "figure": moved})
    page = render("cifg_edu: the widgets", PAGE, style(), script=script(), exhibits=exhibits)
    write_atomically(path, page)
