"""What every widget stands on: a PNG that others can read, and one picture for one change."""

import io

import matplotlib.pyplot as plt
import numpy as np
from ipywidgets import IntSlider
from PIL import Image

from cifg_edu.widgets.panel import Panel, _png


def test_picture_is_a_png_with_every_pixel_as_it_was_drawn():
    pixels = np.random.default_rng(0).integers(0, 256, size=(5, 7, 4), dtype=np.uint8)
    image = Image.open(io.BytesIO(_png(pixels)))
    image.load()
    assert image.mode == "RGB"
    assert np.array_equal(np.asarray(image), pixels[:, :, :3])


def test_slider_that_the_update_shortens_does_not_paint_on_the_old_background():
    figure, axes = plt.subplots()
    [line] = axes.plot([0, 1])

    def update(length, t):
        axes.set_xlim(0, length)
        controls["t"].max = length
        return f"{min(t, length)} of {length}"

    controls = {"length": IntSlider(9, min=2, max=9), "t": IntSlider(9, min=1, max=9)}
    panel = Panel(controls, figure, [line], update, redrawing=["length"])
    seen = []
    panel._view.observe(lambda change: seen.append(panel.words), names="value")
    controls["length"].value = 4
    assert seen == ["4 of 4"]
    assert controls["t"].value == 4
    controls["t"].value = 3
    assert panel.words == "3 of 4"
