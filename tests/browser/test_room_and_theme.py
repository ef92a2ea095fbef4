"""A widget has room in a low window, its controls share a row, and its words can be read."""

import pytest

from tests.browser.test_widgets import open_widget

ROOM = "window.jupyterapp.shell.currentWidget.content.node.clientHeight"
# The contrast of an element's words with the page behind them, by WCAG 2.2.
CONTRAST = """element => {
  const luminance = colour => {
    const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map(part => {
      const c = part / 255
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  let behind = element
  while (getComputedStyle(behind).backgroundColor.endsWith(', 0)')) behind = behind.parentElement
  const pair = [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor]
  const [dark, light] = pair.map(luminance).sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}"""


@pytest.mark.parametrize("width", [900, 1400])
def test_controls_picture_and_words_of_time_scrubber_fit_a_window_700_pixels_high(run_cells, width):
    page = open_widget(run_cells, "time_scrubber")
    page.set_viewport_size({"width": width, "height": 700})
    page.wait_for_function("window.innerHeight === 700")
    assert page.locator(".cifg-panel").bounding_box()["height"] < page.evaluate(ROOM)


def test_sliders_of_a_widget_are_in_one_row(run_cells):
    page = open_widget(run_cells, "memory_half_life")
    page.set_viewport_size({"width": 1400, "height": 1000})
    sliders = page.locator(".cifg-panel .widget-slider").all()
    assert len(sliders) > 1
    assert len({slider.bounding_box()["y"] for slider in sliders}) == 1


@pytest.mark.parametrize("name", ["time_scrubber", "live_training", "coloured_text"])
def test_every_word_of_a_widget_can_be_read_in_the_dark_theme(run_cells, name):
    page = open_widget(run_cells, name)
    page.evaluate(
        "window.jupyterapp.commands.execute("
        "'apputils:change-theme', {theme: 'JupyterLab Dark', isPalette: false})"
    )
    page.wait_for_function("document.body.dataset.jpThemeLight === 'false'")
    written = page.locator(
        ".cifg-panel .widget-label, .cifg-words, .cifg-samples, .cifg-legend, .cifg-picture span"
    )
    visible = [element for element in written.all()[:60] if element.is_visible()]
    assert visible
    for element in visible:
        assert element.evaluate(CONTRAST) >= 4.5, element.inner_text()
