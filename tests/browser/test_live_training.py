"""A training run in a real browser: started, watched, asked beside, stopped, continued."""

import re
import time

from tests.browser.test_widgets import words

ANSWER_SECONDS = 2  # far more than it takes, for a machine that is busy
WIDGET = "from cifg_edu.widgets import live_training\nRUN = live_training()\nRUN"


def windows(page):
    """How many windows the page says have been trained."""
    return int(re.search(r"after ([\d,]+) of", words(page))[1].replace(",", ""))


def press(page, name):
    page.locator(".cifg-panel button", has_text=name).click()


def wait_for(page, beginning):
    script = "b => document.querySelector('.cifg-words').innerText.startsWith(b)"
    page.wait_for_function(script, arg=beginning, timeout=10_000)


def wait_until_beyond(page, number):
    script = """n => {
      const found = document.querySelector('.cifg-words').innerText.match(/after ([\\d,]+) of/);
      return Number(found[1].replaceAll(',', '')) > n;
    }"""
    page.wait_for_function(script, arg=number, timeout=20_000)


def run_cell(page, code):
    """Run code in a new cell at the end: what it shows, and after how many seconds."""
    page.evaluate("""() => {
      const notebook = window.jupyterapp.shell.currentWidget.content;
      notebook.activeCellIndex = notebook.widgets.length - 1;
    }""")
    for command in ("insert-cell-below", "enter-edit-mode"):
        page.evaluate(f"window.jupyterapp.commands.execute('notebook:{command}')")
    cell = page.locator(".jp-Notebook .jp-CodeCell").last
    cell.locator(".cm-content").click()
    page.keyboard.insert_text(code)
    start = time.monotonic()
    page.evaluate("void window.jupyterapp.commands.execute('notebook:run-cell')")
    output = cell.locator(".jp-OutputArea-output").first
    output.wait_for(timeout=10_000)
    return output.inner_text().strip(), time.monotonic() - start


def test_a_run_starts_answers_another_cell_stops_and_continues_where_it_stood(run_cells):
    page = run_cells(WIDGET)
    page.wait_for_selector(".cifg-picture", timeout=60_000)
    assert windows(page) == 100
    assert page.locator("button", has_text="Stop").is_disabled()
    press(page, "Continue")
    wait_until_beyond(page, 120)
    assert page.locator("button", has_text="Continue").is_disabled()

    answer, seconds = run_cell(page, "print(RUN.running, RUN.windows)")
    running, number = answer.split()
    assert running == "True"
    assert seconds < ANSWER_SECONDS
    wait_until_beyond(page, int(number) + 20)

    press(page, "Stop")
    wait_for(page, "Standing still")
    stood = windows(page)
    page.wait_for_timeout(1000)
    assert windows(page) == stood
    assert run_cell(page, "print(RUN.running, RUN.windows)")[0] == f"False {stood}"

    samples = page.locator(".cifg-samples").inner_text()
    press(page, "Continue")
    page.wait_for_function(
        "before => document.querySelector('.cifg-samples').innerText !== before",
        arg=samples,
        timeout=20_000,
    )
    press(page, "Stop")
    wait_for(page, "Standing still")
    assert windows(page) > stood
    # No window was lost, or trained twice.
    assert run_cell(page, "print(len(RUN.reports) == RUN.windows)")[0] == "True"


def test_making_a_second_run_stops_the_first(run_cells):
    page = run_cells(WIDGET)
    page.wait_for_selector(".cifg-picture", timeout=60_000)
    press(page, "Continue")
    wait_until_beyond(page, 100)
    run_cell(page, "OTHER = live_training(warm_up=1)\nprint('made')")
    wait_for(page, "Standing still")
    stood = windows(page)
    page.wait_for_timeout(500)
    assert run_cell(page, "print(RUN.windows, OTHER.windows)")[0] == f"{stood} 1"
