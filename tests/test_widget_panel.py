"""What every widget stands on: a PNG that others can read, and one picture for one change."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from ipywidgets import IntSlider
from jupyter_client.manager import start_new_kernel
from PIL import Image

from cifg_edu.widgets.gallery import GALLERY
from cifg_edu.widgets.panel import Panel, _png

COUNT = """
import gc
from ipywidgets.widgets.widget import _instances
from matplotlib.figure import Figure
gc.collect()
print(len(_instances), sum(isinstance(thing, Figure) for thing in gc.get_objects()))
"""


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


@pytest.fixture(scope="module")
def run_cell():
    """Run a cell in a kernel as JupyterLab does, which tells its id; give what it prints."""
    manager, client = start_new_kernel()

    def run(code, cell):
        content = {"code": code, "silent": False, "store_history": True}
        message = client.session.msg("execute_request", content, metadata={"cellId": cell})
        client.shell_channel.send(message)
        printed = ""
        while True:
            answer = client.get_iopub_msg(timeout=300)
            if answer["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                continue
            assert answer["msg_type"] != "error", answer["content"]
            if answer["msg_type"] == "stream":
                printed += answer["content"]["text"]
            if answer["content"].get("execution_state") == "idle":
                return printed

    yield run
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.mark.parametrize("name", ["time_scrubber", "live_training", "coloured_text"])
def test_a_cell_that_is_run_again_closes_what_it_made_before(run_cell, name):
    # The value of a cell's last line is kept in Out, as a student's is.
    cell = f"import cifg_edu.widgets as w\nw.gate_mixer()\nw.{name}()"
    run_cell(cell, name)
    before = run_cell(COUNT, "count")
    run_cell(cell, name)
    run_cell(cell, name)
    assert run_cell(COUNT, "count") == before


def test_two_cells_with_the_same_widget_keep_both(run_cell):
    run_cell("first = w.gate_mixer()", "first")
    run_cell("second = w.gate_mixer()", "second")
    assert run_cell("print(first.comm is None, second.comm is None)", "look") == "False False\n"
    run_cell("second = w.gate_mixer()", "first")
    assert run_cell("print(first.comm is None, second.comm is None)", "look") == "True False\n"


@pytest.mark.parametrize("name", GALLERY)
def test_a_widget_can_be_closed_twice_and_its_controls_then_change_nothing(name):
    widget = GALLERY[name].make()
    words = widget.words
    widget.close()
    widget.close()
    for control in widget.controls.values():
        assert control.comm is None
        if hasattr(control, "step"):
            control.value = control.min
    assert widget.words == words
