"""A text in colours in a real browser: the numbers on hover, the choices, odd characters."""

import re

import pytest

from cifg_edu.widgets import coloured_text
from tests.browser.test_widgets import open_widget, words

WORDS = "document.querySelector('.cifg-words').innerText"
NASTY = "<b>&amp;\n\"'</b> $x$ & <script>alert(1)</script>\n" * 3
ODD = f"""from cifg_edu.model import ModelConfig, initialize_model
from cifg_edu.widgets import coloured_text
import numpy as np
text = {NASTY!r}
config = ModelConfig("lstm", "".join(sorted(set(text))), 4)
coloured_text(initialize_model(np.random.default_rng(0), config), config, text)"""


def test_pointing_at_a_character_shows_its_numbers_which_are_those_of_the_words(run_cells):
    page = open_widget(run_cells, "coloured_text")
    first = page.locator(".cifg-picture > span").first
    first.hover()
    numbers = first.get_attribute("title").removeprefix("1: ")
    assert re.fullmatch(r"(?:[ifoch] = -?\d\.\d\d(?:, )?){5}", numbers)
    assert words(page).endswith(f"'T': {numbers}.")
    # Chosen by the slider, and so by the keyboard, a character has a frame.
    assert "outline" in first.get_attribute("style")
    page.locator(".cifg-panel .noUi-handle").nth(1).press("ArrowRight")
    page.wait_for_function(f"() => {WORDS}.includes(\"'H'\")")
    second = page.locator(".cifg-picture > span").nth(1)
    assert "outline" in second.get_attribute("style")
    assert words(page).endswith(second.get_attribute("title").removeprefix("2: ") + ".")


@pytest.mark.parametrize("number", [0, 1], ids=["quantity", "order"])
def test_every_choice_of_a_list_says_what_the_same_choice_says_in_python(run_cells, number):
    page = open_widget(run_cells, "coloured_text")
    expected = coloured_text()
    control = list(expected.controls.values())[number]
    choice = page.locator(".cifg-panel select").nth(number)
    for index in reversed(range(choice.locator("option").count())):
        before = words(page)
        choice.select_option(index=index)
        page.wait_for_function(f"before => {WORDS} !== before", arg=before)
        control.index = index
        assert words(page) == expected.words


def test_a_text_of_html_is_shown_and_not_obeyed(run_cells):
    page = run_cells(ODD)
    page.wait_for_selector(".cifg-picture")
    shown = page.locator(".cifg-picture")
    assert shown.locator(":not(span, br)").count() == 0
    assert shown.locator("span").count() == len(NASTY)
    assert "".join(shown.locator("span").all_inner_texts()) == NASTY.replace("\n", "↵")
    assert shown.locator("br").count() == NASTY.count("\n")
