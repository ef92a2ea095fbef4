"""Widgets without a kernel: which settings they export, and the page's part that shows them."""

import base64
import importlib
import io
import json
import re

import numpy as np
import pytest
from PIL import Image

from cifg_edu.widgets import panel as panels
from cifg_edu.widgets.error_bars_by_tensor import error_bars_by_tensor
from cifg_edu.widgets.frames import as_webp, figure, in_folder, in_page, moving, script
from cifg_edu.widgets.gate_mixer import gate_mixer
from cifg_edu.widgets.gradient_check_curve import gradient_check_curve
from cifg_edu.widgets.live_training import live_training
from cifg_edu.widgets.memory_half_life import memory_half_life
from cifg_edu.widgets.time_scrubber import time_scrubber

MAKE = [gate_mixer, gradient_check_curve, memory_half_life, time_scrubber, error_bars_by_tensor]


def data_of(source):
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', source)[1])


@pytest.fixture(params=MAKE, ids=lambda make: make.__name__)
def made(request, monkeypatch):
    monkeypatch.setattr(panels, "MOST_FRAMES", 16)
    widget = request.param()
    return widget, widget.tracks()


def test_tracks_are_few_frames_and_each_holds_what_the_widget_shows_at_first(made):
    _, tracks = made
    assert sum(len(track.frames) for track in tracks) <= 16
    for track in tracks:
        first, start = tracks[0].frames[tracks[0].start], track.frames[track.start]
        assert first._replace(setting="") == start._replace(setting="")
        assert len({frame.words for frame in track.frames}) == len(track.frames)


def test_after_the_tracks_every_control_is_where_it_was(made):
    widget, _ = made
    before = {name: control.value for name, control in widget.controls.items()}
    words = widget.words
    widget.tracks()
    assert {name: control.value for name, control in widget.controls.items()} == before
    assert widget.words == words


def test_a_long_slider_is_thinned_with_both_ends_and_a_list_is_whole(monkeypatch):
    monkeypatch.setattr(panels, "MOST_FRAMES", 16)
    step, formula, precision = gradient_check_curve().tracks()
    assert step.slides
    assert (step.frames[0].setting, step.frames[-1].setting) == ("1.0e-12", "1.0e+00")
    assert step.frames[step.start].setting == "1.0e-05"
    assert not formula.slides
    assert [frame.setting for frame in formula.frames] == ["central", "one-sided"]
    assert len(precision.frames) == 2


def test_a_text_is_tried_only_where_the_widget_names_texts():
    [text] = [track for track in time_scrubber().tracks() if track.name == "text"]
    assert [frame.setting for frame in text.frames] == [
        "to be or not to be",
        "the cat sat on the mat",
    ]
    assert text.frames[0].words != text.frames[1].words


def test_smallest_are_taken_whole_and_the_others_share_what_is_left():
    assert panels._allot([100, 3, 100], 23) == [10, 3, 10]
    assert panels._allot([2, 2], 60) == [2, 2]


def test_training_run_has_a_frame_for_every_few_epochs_up_to_its_end(monkeypatch):
    # The package's attribute of this name is the function.
    module = importlib.import_module("cifg_edu.widgets.live_training")
    monkeypatch.setattr(module, "MOST_FRAMES", 4)
    monkeypatch.setattr(module, "WINDOWS", 60)
    run = live_training(warm_up=1)
    [track] = run.tracks()
    assert run.trainer.finished
    assert len(track.frames) <= 4
    assert track.frames[0].setting == "1"
    assert track.frames[-1].words.startswith("Finished")
    assert "cifg-samples" in track.frames[-1].below


def test_figure_stands_still_at_the_first_values_and_names_every_frame():
    widget = error_bars_by_tensor()
    source = figure(widget, in_page, "bars")
    data = data_of(source)
    assert source.startswith('<figure class="cifg-frames" data-widget="bars">')
    assert f'<p class="cifg-words" role="status">{widget.words}</p>' in source
    assert [track["name"] for track in data["tracks"]] == ["steps T", "c_0 is"]
    # The picture of the first values belongs to both tracks, and is there once.
    assert len(data["pictures"]) == 6 + 2 - 1
    assert data["pictures"][0] in source.split("<script")[0]


def test_words_cannot_end_the_script_or_the_attribute():
    widget = gate_mixer()
    widget._update = lambda **values: '</script><b> & "c"'
    widget.refresh()
    source = figure(widget, lambda picture: "p.webp")
    assert source.count("</script>") == 1
    assert "<b>" not in source
    assert data_of(source)["tracks"][0]["frames"][0][2] == '</script><b> & "c"'


def test_picture_as_webp_looks_as_before_and_is_small():
    png = gate_mixer().png
    small = as_webp(png)
    assert len(small) < len(png) / 3
    before, after = (
        np.asarray(Image.open(io.BytesIO(p)).convert("RGB"), int) for p in (png, small)
    )
    assert np.abs(before - after).max() < 64
    assert np.abs(before - after).mean() < 2  # white itself is off by 1 of 255


def test_same_picture_is_written_once_and_has_one_address(tmp_path):
    address = in_folder(tmp_path, "../frames/")
    assert address(b"one") == address(b"one") != address(b"two")
    assert {f"../frames/{path.name}" for path in tmp_path.iterdir()} == {
        address(b"one"),
        address(b"two"),
    }


def test_exported_cell_has_all_inside():
    html = moving(error_bars_by_tensor()).data
    assert script() in html
    data = data_of(html)
    kind, content = data["pictures"][0].split(",", 1)
    assert kind == "data:image/webp;base64"
    assert Image.open(io.BytesIO(base64.b64decode(content))).size == (700, 300)
