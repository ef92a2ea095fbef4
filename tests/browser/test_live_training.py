"""A training run in a real browser: started, watched, asked beside, stopped, continued."""

import re

from tests.browser.test_widgets import run_cell, words

WIDGET = "from cifg_edu.widgets import live_training\nRUN = live_training()\nRUN"


def windows(page):
    """How many windows the page says have been trained."""
    return int(re.search(r"after ([\d,]+) of", words(page))[1].replace(",", ""))


def press(page, name):
    page.locator(".cifg-panel button", has_text=name).click()


def wait_for(page, beginning):
    script = "b => document.querySelector('.cifg-words').innerText.startsWith(b)"
    page.wait_for_function(script, arg=beginning)


def wait_until_beyond(page, number):
    script = """n => {
      const found = document.querySelector('.cifg-words').innerText.match(/after ([\\d,]+) of/);
      return Number(found[1].replaceAll(',', '')) > n;
    }"""
    page.wait_for_function(script, arg=number)


def test_a_run_starts_answers_another_cell_stops_and_continues_where_it_stood(run_cells):
    page = run_cells(WIDGET)
    page.wait_for_selector(".cifg-picture")
    assert windows(page) == 100
    assert page.locator("button", has_text="Stop").is_disabled()
    press(page, "Continue")
    wait_until_beyond(page, 120)
    assert page.locator("button", has_text="Continue").is_disabled()

    running, number = run_cell(page, "print(RUN.running, RUN.windows)").split()
    assert running == "True"
    wait_until_beyond(page, int(number) + 20)

    press(page, "Stop")
    wait_for(page, "Standing still")
    stood = windows(page)
    page.wait_for_timeout(1000)
    assert windows(page) == stood
    assert run_cell(page, "print(RUN.running, RUN.windows)") == f"False {stood}"

    samples = page.locator(".cifg-samples").inner_text()
    press(page, "Continue")
    page.wait_for_function(
        "before => document.querySelector('.cifg-samples').innerText !== before",
        arg=samples,
    )
    press(page, "Stop")
    wait_for(page, "Standing still")
    assert windows(page) > stood
    # No window was lost, or trained twice.
    assert run_cell(page, "print(len(RUN.reports) == RUN.windows)") == "True"


def test_making_a_second_run_stops_the_first(run_cells):
    page = run_cells(WIDGET)
    page.wait_for_selector(".cifg-picture")
    press(page, "Continue")
    wait_until_beyond(page, 100)
    run_cell(page, "OTHER = live_training(warm_up=1)\nprint('made')")
    wait_for(page, "Standing still")
    stood = windows(page)
    page.wait_for_timeout(500)
    assert run_cell(page, "print(RUN.windows, OTHER.windows)") == f"{stood} 1"
