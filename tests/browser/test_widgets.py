"""Each widget is moved in a real browser: its numbers are read back, its picture changes."""

import pytest

from cifg_edu.widgets.gallery import GALLERY
from tests.browser.conftest import PATIENT

SLIDER_SECONDS = 0.1  # of the kernel's computing time, which other work does not change
PRESSES = 10
ERROR = ".jp-RenderedText[data-mime-type='application/vnd.jupyter.error']"
# What a picture shows: most are an <img>, and one is text in colours.
SHOWN = "picture => picture?.src || picture?.innerHTML"
# Press a key on one slider and wait until the browser has decoded the picture that follows: how
# many milliseconds that took.
PRESS = f"""async ([handle, key]) => {{
  const panel = handle.closest('.cifg-panel');
  const picture = () => panel.querySelector('.cifg-picture');
  const shown = () => ({SHOWN})(picture());
  const before = shown();
  const start = performance.now();
  handle.dispatchEvent(new KeyboardEvent('keydown', {{key, bubbles: true}}));
  while (!picture() || shown() === before) {{
    if (performance.now() - start > {PATIENT}) throw new Error('the picture did not change');
    await new Promise(resolve => setTimeout(resolve, 1));
  }}
  await picture().decode?.();
  return performance.now() - start;
}}"""
CHANGED = f"before => ({SHOWN})(document.querySelector('.cifg-picture')) !== before"


def words(page):
    return page.locator(".cifg-words").first.inner_text()


def picture(page):
    return page.locator(".cifg-picture").first.evaluate(SHOWN)


def open_widget(run_cells, name):
    page = run_cells(f"from cifg_edu.widgets.gallery import GALLERY\nGALLERY[{name!r}].make()")
    page.wait_for_selector(f".cifg-picture, {ERROR}")
    assert page.locator(ERROR).all_inner_texts() == []
    return page


def run_cell(page, code):
    """Run code in a new cell at the end: what it shows."""
    page.evaluate("""() => {
      const notebook = window.jupyterapp.shell.currentWidget.content;
      notebook.activeCellIndex = notebook.widgets.length - 1;
    }""")
    for command in ("insert-cell-below", "enter-edit-mode"):
        page.evaluate(f"window.jupyterapp.commands.execute('notebook:{command}')")
    cell = page.locator(".jp-Notebook .jp-CodeCell").last
    cell.locator(".cm-content").click()
    page.keyboard.insert_text(code)
    page.evaluate("void window.jupyterapp.commands.execute('notebook:run-cell')")
    output = cell.locator(".jp-OutputArea-output").first
    output.wait_for()
    return output.inner_text().strip()


def computing_seconds(page):
    """What the kernel has computed so far."""
    return float(run_cell(page, "import time; print(time.process_time())"))


@pytest.mark.parametrize("name", GALLERY)
def test_every_slider_answers_at_once_and_changes_the_picture_and_the_words(
    run_cells, name, record_property
):
    page = open_widget(run_cells, name)
    expected = GALLERY[name].make()
    assert words(page) == expected.words
    handles = page.locator(".cifg-panel .noUi-handle")
    for number in range(handles.count()):
        handle = handles.nth(number).element_handle()
        before = words(page), picture(page)
        start = computing_seconds(page)
        for key in ["ArrowRight", "ArrowLeft"] * (PRESSES // 2):  # so that none meets its end
            # `benchmarks.sliders` reads it; no test depends on it.
            record_property(name, page.evaluate(PRESS, [handle, key]))
        assert computing_seconds(page) - start < PRESSES * SLIDER_SECONDS
        assert (words(page), picture(page)) == before
        page.evaluate(PRESS, [handle, "ArrowRight"])
        assert words(page) != before[0]
    alternative = page.locator(".cifg-picture").first
    assert words(page) in [alternative.get_attribute(name) for name in ("alt", "aria-label")]


ALONE = """import ipywidgets
slider, number = ipywidgets.FloatSlider(), ipywidgets.HTML('<b class="cifg-picture">0.0</b>')
def tell(change):
    number.value = f'<b class="cifg-picture">{change.new}</b>'
slider.observe(tell, "value")
ipywidgets.VBox([slider, number]).add_class("cifg-panel")"""


def test_a_slider_alone_is_answered_by_the_kernel(run_cells, record_property):
    """The least time that an answer can take: nothing is drawn."""
    page = run_cells(ALONE)
    handle = page.wait_for_selector(".cifg-panel .noUi-handle")
    for key in ["ArrowRight", "ArrowLeft"] * (PRESSES // 2):
        record_property("a slider alone, no picture", page.evaluate(PRESS, [handle, key]))
    page.evaluate(PRESS, [handle, "ArrowRight"])
    assert picture(page) == "0.1"


@pytest.mark.parametrize("name", GALLERY)
def test_every_choice_changes_the_picture_and_the_words_and_goes_back(run_cells, name):
    page = open_widget(run_cells, name)
    groups = page.locator(".cifg-panel .widget-toggle-buttons")
    for number in range(groups.count()):
        buttons = groups.nth(number).locator("button")
        chosen = buttons.locator("xpath=self::*[contains(@class, 'mod-active')]").inner_text()
        others = [text for text in buttons.all_inner_texts() if text != chosen]
        start = words(page), picture(page)
        for text in [*others, chosen]:
            before = picture(page)
            buttons.get_by_text(text, exact=True).click()
            page.wait_for_function(CHANGED, arg=before)
            assert (words(page) == start[0]) == (text == chosen)
        assert picture(page) == start[1]
