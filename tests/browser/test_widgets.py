"""Each widget is moved in a real browser: its numbers are read back, its picture changes."""

import statistics

import pytest

from cifg_edu.widgets.gallery import GALLERY

SLIDER_MILLISECONDS = 100
ERROR = ".jp-RenderedText[data-mime-type='application/vnd.jupyter.error']"
# What a picture shows: most are an <img>, and one is text in colours.
SHOWN = "picture => picture?.src || picture?.innerHTML"
# Press a key on one slider and wait until the browser has decoded the picture that follows.
PRESS = f"""async ([handle, key]) => {{
  const panel = handle.closest('.cifg-panel');
  const picture = () => panel.querySelector('.cifg-picture');
  const shown = () => ({SHOWN})(picture());
  const before = shown();
  const start = performance.now();
  handle.dispatchEvent(new KeyboardEvent('keydown', {{key, bubbles: true}}));
  while (!picture() || shown() === before) {{
    if (performance.now() - start > 5000) throw new Error('the picture did not change');
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
    page.wait_for_selector(f".cifg-picture, {ERROR}", timeout=60_000)
    assert page.locator(ERROR).all_inner_texts() == []
    return page


def median_answer(page, handle):
    """Milliseconds for ten presses; up to three rounds, as other work can only add to them."""
    medians = []
    while len(medians) < 3 and not (medians and medians[-1] < SLIDER_MILLISECONDS):
        # There and back, so that no slider meets its end.
        times = [page.evaluate(PRESS, [handle, key]) for key in ["ArrowRight", "ArrowLeft"] * 5]
        medians.append(statistics.median(times))
    return min(medians)


@pytest.mark.parametrize("name", GALLERY)
def test_every_slider_answers_at_once_and_changes_the_picture_and_the_words(run_cells, name):
    page = open_widget(run_cells, name)
    expected = GALLERY[name].make()
    assert words(page) == expected.words
    handles = page.locator(".cifg-panel .noUi-handle")
    for number in range(handles.count()):
        handle = handles.nth(number).element_handle()
        before = words(page), picture(page)
        assert median_answer(page, handle) < SLIDER_MILLISECONDS
        assert (words(page), picture(page)) == before
        page.evaluate(PRESS, [handle, "ArrowRight"])
        assert words(page) != before[0]
    alternative = page.locator(".cifg-picture").first
    assert words(page) in [alternative.get_attribute(name) for name in ("alt", "aria-label")]


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
            page.wait_for_function(CHANGED, arg=before, timeout=5000)
            assert (words(page) == start[0]) == (text == chosen)
        assert picture(page) == start[1]
