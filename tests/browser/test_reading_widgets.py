"""What a student types or chooses is read, and what cannot be read gets advice."""

from playwright.sync_api import expect

from tests.browser.test_widgets import open_widget, picture


def say(page, text):
    expect(page.locator(".cifg-words").first).to_contain_text(text)


def type_text(page, text):
    page.locator(".cifg-panel input[type=text]").first.fill(text)
    page.keyboard.press("Enter")


def test_time_scrubber_reads_what_is_typed_and_takes_another_cell(run_cells):
    page = open_widget(run_cells, "time_scrubber")
    before = picture(page)
    type_text(page, "a tot")
    say(page, "Step 5 of 5, 't', unit 1 of 4, t in word")
    assert picture(page) != before
    page.locator(".cifg-panel select").select_option("untrained LSTM")
    say(page, "unit 1 of 8")
    type_text(page, "To be")
    say(page, "never seen 'T'")
    type_text(page, "")
    say(page, "type two characters or more")
    type_text(page, "be")
    say(page, "Step 2 of 2, 'e'")


def test_twins_read_what_is_typed(run_cells):
    page = open_widget(run_cells, "twins")
    before = picture(page)
    type_text(page, "((a)(b))")
    say(page, "Step 8 of 8, ')', unit depth")
    assert picture(page) != before
    type_text(page, "[a]")
    say(page, "never seen '[', ']'")
