"""A text in a unit's colours: the features, the correlations, the order, the HTML, the picture."""

import io
import re
import time

import numpy as np
import pytest
from PIL import Image

from cifg_edu.corpora import practice_text
from cifg_edu.engine import Engine
from cifg_edu.errors import UserError
from cifg_edu.losses import softmax_cross_entropy
from cifg_edu.model import ModelConfig, initial_state, initialize_model, loss_and_gradients
from cifg_edu.text import encode
from cifg_edu.widgets.coloured_text import (
    SAME,
    STRETCHED,
    _styles,
    coloured_text,
    correlations,
    small_model,
    text_features,
)

TEXT = practice_text().text


def model(cell, text, hidden_size=5, **sizes):
    config = ModelConfig(cell, "".join(sorted(set(text))), hidden_size, **sizes)
    return initialize_model(np.random.default_rng(0), config), config


def spans(widget):
    return re.findall(r'<span title="([^"]*)" style="([^"]*)">(.*?)</span>', widget._view.value)


def test_features_of_a_text_that_can_be_counted_by_hand():
    features = text_features('ab\n\nHe: "c"\n')
    assert features["newlines"].tolist() == [0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1]
    assert features["line position"].tolist() == [1, 2, 0, 0, 1, 2, 3, 4, 5, 6, 7, 0]
    assert features["quotation"].tolist() == [0] * 8 + [1] * 3 + [0]


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("If thou couldst answer 'This fair child of mine\nShall sum.' Yes", "'This fair child"),
        ("Nothing 'gainst Time's scythe; the thieves' beauty's doom.", ""),
        ("She said “Keep it” and went", "“Keep it”"),
        ("'Tis better to be vile\n\nand so 'he' said, 'Yes.'", "'Yes.'"),
    ],
)
def test_an_apostrophe_is_not_taken_for_the_mark_of_a_quotation(text, quoted):
    inside = "".join(
        c for c, flag in zip(text, text_features(text)["quotation"], strict=True) if flag
    )
    assert inside.startswith(quoted)
    assert bool(inside) == bool(quoted)


def test_correlations_agree_with_numpy_and_are_0_for_what_never_changes():
    rng = np.random.default_rng(0)
    values, feature = rng.normal(size=(40, 3)), rng.normal(size=40)
    values[:, 0] = -2 * feature + 7
    values[:, 1] = 0.3
    r = correlations(values, feature)
    assert r[0] == pytest.approx(-1)
    assert r[1] == 0
    assert r[2] == pytest.approx(np.corrcoef(values[:, 2], feature)[0, 1])
    assert not correlations(values, np.ones(40)).any()


def test_a_unit_made_to_follow_newlines_comes_first_and_is_named():
    text = "one\ntwo three\nfour\n" * 4
    parameters, config = model("cifg", text)
    parameters["Wx"][:, 3] = -6  # the input gate of unit 4: shut, but at a newline
    parameters["Wx"][config.characters.index("\n"), 3] = 6
    parameters["Wh"][:, 3] = 0
    widget = coloured_text(parameters, config, text)
    widget.controls["quantity"].value = "i"
    assert widget.words.startswith(
        "Input gate i of unit 4, number 1 of 5 by its correlation with newlines (1.00)"
    )
    # Where i writes, f = 1 - i keeps: the same unit, with the other sign.
    widget.controls["quantity"].value = "f"
    assert "unit 4, number 1 of 5 by its correlation with newlines (-1.00)" in widget.words


def test_units_stand_in_the_order_of_their_correlation_without_its_sign():
    widget = coloured_text()
    found = []
    for place in range(1, widget.controls["unit"].max + 1):
        widget.controls["unit"].value = place
        found.append(re.search(r"unit (\d+), .*newlines \((-?[\d.]+)\)", widget.words).groups())
    sizes = [abs(float(r)) for _, r in found]
    assert sizes == sorted(sizes, reverse=True)
    assert sorted(int(unit) for unit, _ in found) == list(range(1, 25))


def test_without_any_quotation_the_units_keep_their_own_order_and_the_words_say_so():
    widget = coloured_text()
    widget.controls["order"].value = "quotation"
    assert "unit 1 of 24 (no order: there is no quotation in this text)" in widget.words
    widget.controls["order"].value = "unit number"
    widget.controls["unit"].value = 7
    assert "Forget gate f of unit 7 of 24:" in widget.words


@pytest.mark.parametrize("cell", ["cifg", "lstm"])
@pytest.mark.parametrize("embedding_size", [None, 3])
def test_the_numbers_shown_are_those_with_which_the_model_predicts(cell, embedding_size):
    text = "the keeper keeps the gate\n"
    parameters, config = model(cell, text, embedding_size=embedding_size)
    widget = coloured_text(parameters, config, text)
    ids = encode(text, config.characters)[:, None]
    zeros = initial_state(1, 5)
    loss = loss_and_gradients(cell, parameters, ids[:-1], ids[1:], *zeros).loss
    logits = widget._gates.h[:-1] @ parameters["Wy"] + parameters["by"]
    assert softmax_cross_entropy(logits, ids[1:, 0])[0] == pytest.approx(loss)
    assert (np.abs(widget._gates.i + widget._gates.f - 1).max() < 1e-12) == (cell == "cifg")

    widget.controls["order"].value = "unit number"
    widget.controls["unit"].value = 3
    for number, (title, _, _) in enumerate(spans(widget)):
        row = ", ".join(f"{key} = {getattr(widget._gates, key)[number, 2]:.2f}" for key in "ifoch")
        assert title == f"{number + 1}: {row}"


def test_it_takes_the_parameters_of_an_engine_as_they_are_then():
    text = "the keeper keeps the gate\n"
    _, config = model("lstm", text)
    engine = Engine("lstm", len(config.characters), 5)
    engine.flat_parameters[...] = np.random.default_rng(0).normal(size=len(engine.flat_parameters))
    widget = coloured_text(engine.parameters, config, text)
    before = widget.words
    engine.flat_parameters[...] = 0
    widget.refresh()
    assert widget.words == before


def test_each_control_changes_the_view_the_words_and_the_picture():
    widget = coloured_text()
    for name, value in (("quantity", "c"), ("order", "line position"), ("unit", 3)):
        before = widget.words, widget._view.value, widget.png
        widget.controls[name].value = value
        now = widget.words, widget._view.value, widget.png
        assert all(a != b for a, b in zip(before, now, strict=True)), name
    before = widget.png
    widget.controls["character"].value = 23
    assert "Character 23, a newline: i = " in widget.words
    assert [t.split(":")[0] for t, style, _ in spans(widget) if "outline" in style] == ["23"]
    widget.controls["character"].value = 26
    assert "Character 26, a space: i = " in widget.words
    assert widget.png == before


def test_shades_go_from_shut_to_open_with_white_half_way_and_ink_that_can_be_read():
    def luminance(colour):
        channels = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
        linear = np.where(
            channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4
        )
        return linear @ [0.2126, 0.7152, 0.0722]

    styles = [re.findall("#[0-9a-f]+", style) for style in _styles()]
    assert styles[126][0] == "#f7f7f7"
    for background, ink in styles:
        dark, light = sorted([luminance(background), 0.0 if ink == "#000" else 1.0])
        assert (light + 0.05) / (dark + 0.05) >= 4.5

    widget = coloured_text()
    f = widget._gates.f[:, int(re.search(r"unit (\d+)", widget.words)[1]) - 1]
    shown = spans(widget)
    for number in (int(f.argmin()), int(f.argmax())):
        assert styles[round(f[number] * 252)][0] in shown[number][1]


def test_colours_of_a_gate_span_0_to_1_and_those_of_a_cell_the_greatest_of_any_unit():
    text = "the keeper keeps the gate\n" * 3
    parameters, config = model("lstm", text)
    parameters["b"][0:10] = 3.0  # i and f open: these cells go beyond 1
    widget = coloured_text(parameters, config, text)
    greatest = np.abs(widget._gates.c).max()
    assert greatest > 1.5
    for key, ends in (("o", ["0.00", "1.00"]), ("c", [f"{-greatest:.2f}", f"{greatest:.2f}"])):
        widget.controls["quantity"].value = key
        legend = re.findall(r">(-?\d+\.\d\d)</span>", widget._view.value)
        assert [legend[0], legend[-1]] == ends
    swatches = re.findall(r"background: (#\w+)[^>]*>-?\d+\.\d\d</span>", widget._view.value)
    styles = [re.search("#[0-9a-f]+", style)[0] for style in _styles()]
    assert swatches == [styles[n] for n in (0, 63, 126, 189, 252)]


def test_colours_can_be_stretched_over_one_units_range_and_the_words_say_so():
    text = "the keeper keeps the gate\n" * 3
    widget = coloured_text(*model("cifg", text), text)
    words, png = widget.words, widget.png
    for key in "fc":
        widget.controls["quantity"].value = key
        widget.controls["colours"].value = STRETCHED
        shown = [
            float(re.search(rf"{key} = (-?[\d.]+)", title)[1]) for title, _, _ in spans(widget)
        ]
        low, high = f"{min(shown):.2f}", f"{max(shown):.2f}"
        assert f"The colours are stretched: they go from {low} to {high} only." in widget.words
        legend = re.findall(r">(-?\d+\.\d\d)</span>", widget._view.value)
        assert [legend[0], legend[-1]] == [low, high]
        used = {re.search("background: (#[0-9a-f]+)", style)[1] for _, style, _ in spans(widget)}
        ends = [re.search("#[0-9a-f]+", style)[0] for style in (_styles()[0], _styles()[-1])]
        assert used.issuperset(ends)
    widget.controls["quantity"].value = "f"
    assert widget.png != png
    widget.controls["colours"].value = SAME
    assert (widget.words, widget.png) == (words, png)


def test_stretching_a_gate_that_never_moves_shows_one_colour():
    parameters, config = model("cifg", "ab")
    widget = coloured_text({k: np.zeros_like(v) for k, v in parameters.items()}, config, "abab")
    widget.controls["colours"].value = STRETCHED
    assert "they go from 0.50 to 0.50 only" in widget.words
    assert len({style.split("background")[1] for _, style, _ in spans(widget)}) == 1


def test_html_in_a_text_is_escaped_and_a_newline_is_marked_and_breaks_the_line():
    text = "<b>&\"'</b>\n\x00<script>\n"
    widget = coloured_text(*model("cifg", text), text)
    signs = [sign for _, _, sign in spans(widget)]
    assert signs[:6] == ["&lt;", "b", "&gt;", "&amp;", "&quot;", "&#x27;"]
    assert len(signs) == len(text)
    assert "<b>" not in widget._view.value
    assert "<script" not in widget._view.value
    assert widget._view.value.count("↵</span><br>") == text.count("\n")
    assert signs[text.index("\x00")] == "·"


def test_the_picture_has_a_cell_for_each_character_and_wraps_long_lines():
    short, long = "ab\n" * 3, "ab" * 100
    sizes = [
        Image.open(io.BytesIO(coloured_text(*model("cifg", text), text).png)).size
        for text in (short, long)
    ]
    assert sizes[0][0] == sizes[1][0]
    assert sizes[1][1] - sizes[0][1] == pytest.approx(20, abs=1)  # a row: 4 of them, and 3


def test_a_text_that_cannot_be_shown_is_refused_in_one_sentence():
    parameters, config = model("cifg", "abc")
    for text, message in (("a", "2 to 2,000"), ("ab" * 1001, "2 to 2,000"), ("abx", "'x'")):
        with pytest.raises(UserError, match=message):
            coloured_text(parameters, config, text)
    with pytest.raises(UserError, match="the same model"):
        coloured_text(parameters, config._replace(hidden_size=6), "abc")


def test_the_small_model_is_made_once_and_has_learned_something():
    start = time.process_time()
    parameters, config = small_model("cifg")
    assert time.process_time() - start < 3
    assert small_model("cifg")[0] is parameters
    ids = encode(TEXT[:1000], config.characters)[:, None]
    zeros = initial_state(1, config.hidden_size)
    assert loss_and_gradients("cifg", parameters, ids[:-1], ids[1:], *zeros).loss < 2


def test_six_hundred_characters_are_shaded_anew_in_well_under_a_tenth_of_a_second():
    widget = coloured_text()
    start = time.process_time()
    for number in range(20):
        widget.controls["unit"].value = 2 + number % 2
    assert (time.process_time() - start) / 20 < 0.02
