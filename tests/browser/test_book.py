"""The built book in a real browser without a network: make test-book builds it first."""

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest

from cifg_edu.authoring.__main__ import BOOK
from cifg_edu.widgets import gallery
from cifg_edu.widgets.gallery import GALLERY
from tests.browser.conftest import PATIENT, page_alone, served

HOME = Path(__file__).parents[2]
SITE = HOME / BOOK
pytestmark = pytest.mark.skipif(not SITE.is_dir(), reason="make test-book builds the book")

PAGES = sorted(
    path.relative_to(SITE).as_posix()
    for path in SITE.rglob("*.html")
    if not path.relative_to(SITE).parts[0].startswith(("_", "lite"))
)
LESSONS = [page for page in PAGES if page.startswith("lessons/")]
NARROW = {"width": 400, "height": 800}
# Of a widget: everything that a reader gets from it.
SHOWN = """figure => {
  const image = figure.querySelector('.cifg-picture');
  const words = figure.querySelector('.cifg-words').textContent;
  return [image.currentSrc, image.alt, words];
}"""
# An A4 page within Chromium's margins, in pixels of 1/96 inch.
PAPER = {"width": 718, "height": 1047}
# What a printed page would cut: paper does not scroll.
CUT = """() => [...document.querySelectorAll('main *')].filter(part => {
  const { right, width } = part.getBoundingClientRect();
  if (!width || part.closest('mjx-container > *')) return false;
  const cuts = !['visible', 'clip'].includes(getComputedStyle(part).overflowX);
  const hides = cuts && part.clientWidth && part.scrollWidth > part.clientWidth + 1;
  return right > innerWidth + 1 || hides;
}).map(part => part.outerHTML.slice(0, 200))"""
DECODED = "figure => figure.querySelector('.cifg-picture').decode()"


class Links(HTMLParser):
    """What a page leads to within the site, and the places in it to which others can lead."""

    def __init__(self, source):
        super().__init__()
        self.links, self.places = [], set()
        self.feed(source)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.places.add(attributes.get("id"))
        links = (attributes.get("href"), attributes.get("src"))
        self.links += [link for link in links if link and not re.match(r"[a-z]+:", link)]


@pytest.fixture(scope="session")
def address():
    with served(SITE) as address:
        yield address


@pytest.fixture
def page(address, browser):
    """A page that asks nobody but the site, and whose console stays empty of errors."""
    with page_alone(browser, address) as (page, errors, outside):
        yield page
    assert not errors
    assert not outside


def read(page, name):
    page.goto(f"/{name}")
    # MathJax is loaded where there is a formula; its promise ends when all are set.
    page.evaluate("() => window.MathJax?.startup?.promise")


@pytest.mark.parametrize("name", LESSONS)
def test_formulas_of_a_lesson_are_set_and_it_can_be_read_on_a_narrow_screen(page, name):
    page.set_viewport_size(NARROW)
    read(page, name)
    formulas = page.locator("span.math, div.math")
    for number in range(formulas.count()):
        assert formulas.nth(number).locator("mjx-container").count() > 0
    assert page.locator("mjx-merror").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    assert page.locator("main img:not([alt]), main img[alt='']").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_printed_lesson_shows_what_paper_can_and_cuts_nothing(page, scheme):
    page.emulate_media(media="print", color_scheme=scheme)
    page.set_viewport_size(PAPER)
    read(page, "lessons/02_one_step_of_the_cifg.html")
    for useless in (
        ".bd-sidebar-primary",
        ".prev-next-area",
        "button",
        "input",
        "select",
        ".cifg-note",
        ".cifg-links",
    ):
        parts = page.locator(f".bd-container :is({useless})")
        assert not any(part.is_visible() for part in parts.all()), useless
    assert page.evaluate(CUT) == []
    # A question stays, and its answer stays folded. A closed hint leaves no line.
    questions = page.locator("#questions details > summary")
    assert questions.count() > 3
    assert all(question.is_visible() for question in questions.all())
    hints = page.locator("details.cifg-hint")
    assert not hints.first.is_visible()
    hints.first.evaluate("hint => { hint.open = true }")
    assert hints.first.is_visible()
    assert not hints.nth(1).is_visible()
    formulas = page.locator("main mjx-container[display=true]:not(details *)")
    assert formulas.count() >= 3
    assert all(formula.is_visible() for formula in formulas.all())
    assert page.locator("figure.cifg-frames .cifg-words").first.is_visible()
    for part in ("main p", "main pre span", ".cifg-words", "mjx-container"):
        colour = page.locator(part).first.evaluate("part => getComputedStyle(part).color")
        red, green, blue = map(int, re.findall(r"\d+", colour)[:3])
        assert 0.2 * red + 0.7 * green + 0.1 * blue < 150, (part, colour)


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext reads PDF: poppler-utils")
def test_pdf_of_a_lesson_holds_its_text_in_order(page, tmp_path):
    read(page, "lessons/02_one_step_of_the_cifg.html")
    content = page.pdf(path=tmp_path / "lesson.pdf", format="A4")
    assert len(re.findall(rb"/Type /Page\b", content)) > 3
    command = ["pdftotext", "-layout", tmp_path / "lesson.pdf", "-"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    parts = [
        "02 · One step of the CIFG",
        "Someone reads a long story",
        "Part 1: one matrix",
        "def cifg_step(",
    ]
    parts += ["What you learned", "6. A cell starts at c = 3."]
    places = [text.rfind(part) for part in parts]
    assert places[0] > -1
    assert places == sorted(set(places))


def test_every_other_page_can_be_read_on_a_narrow_screen(page):
    page.set_viewport_size(NARROW)
    too_wide = []
    for name in PAGES:
        if name not in LESSONS:
            page.goto(f"/{name}")
            if page.evaluate("document.documentElement.scrollWidth") > NARROW["width"]:
                too_wide.append(name)
    assert not too_wide


def test_every_link_within_the_site_leads_to_a_file_and_a_place_in_it():
    pages = {name: Links((SITE / name).read_text(encoding="utf-8")) for name in PAGES}
    broken = []
    for name, page in pages.items():
        for link in page.links:
            address = urlsplit(urljoin(f"/{name}", link))
            target = unquote(address.path).lstrip("/")
            is_there = (SITE / target).is_file()
            if target in pages and address.fragment:
                is_there = unquote(address.fragment) in pages[target].places
            if not is_there:
                broken.append(f"{name}: {link}")
    assert sum(len(page.links) for page in pages.values()) > 1000
    assert not broken


def test_search_finds_the_phantom(page):
    read(page, "search.html?q=phantom")
    first = page.locator("#search-results li a").first
    first.wait_for()
    assert "06 · The phantom gate" in page.locator("#search-results").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_takes_the_colours_of_the_system(page, scheme):
    page.emulate_media(color_scheme=scheme)
    read(page, "index.html")
    assert page.locator("html").get_attribute("data-theme") == scheme


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_and_controls_of_a_widget_stand_out_from_the_page(page, scheme):
    page.emulate_media(color_scheme=scheme)
    read(page, "lessons/01_gates_as_mixers.html")
    figure = page.locator("figure[data-widget=gate_mixer]")
    text = page.locator("main p").first.evaluate("part => getComputedStyle(part).color")
    for part in (".cifg-words", ".cifg-controls label", ".cifg-note"):
        colour = figure.locator(part).first.evaluate("part => getComputedStyle(part).color")
        assert colour == text


def test_hints_open_one_after_another_and_the_answer_last(page):
    read(page, "lessons/02_one_step_of_the_cifg.html")
    assert "raise NotImplementedError" in page.locator("main").inner_text()
    folds = page.locator("details.cifg-hint > summary")
    assert folds.all_inner_texts()[0] == "Hint 1"
    answer = page.locator("details.cifg-hint").nth(3).locator("div.highlight").first
    assert "def cifg_step(" in answer.text_content()
    for number in range(4):
        assert not any(folds.nth(later).is_visible() for later in range(number + 1, 4))
        assert not answer.is_visible()
        folds.nth(number).press("Enter")
    assert answer.is_visible()


def test_link_of_a_lesson_downloads_the_students_notebook(page):
    read(page, "lessons/06_the_phantom_gate.html")
    with page.expect_download() as started:
        page.get_by_role("link", name="Download this notebook").click()
    given = Path(started.value.path()).read_bytes()
    assert given == (HOME / "lessons" / "06_the_phantom_gate.ipynb").read_bytes()


def test_lessons_01_to_07_lead_to_their_live_notebooks_where_the_book_carries_them():
    live = [
        name
        for name in LESSONS
        if "Open this lesson live" in (SITE / name).read_text(encoding="utf-8")
    ]
    numbers = [Path(name).name[:2] for name in live]
    assert numbers == [f"{n:02d}" for n in range(1, 8)] * (SITE / "lite").is_dir()
    for name in live:
        assert (SITE / "lite" / "files" / f"{Path(name).stem}.ipynb").is_file()


@pytest.mark.parametrize("name", GALLERY)
def test_each_control_of_a_widget_changes_its_picture_and_words_and_moves_back(page, name):
    read(page, "widgets/gallery.html")
    figure = page.locator(f"figure[data-widget={name}]")
    figure.scroll_into_view_if_needed()
    figure.evaluate(DECODED)
    start = figure.evaluate(SHOWN)
    controls = figure.locator("input, select")
    assert controls.count() >= 1
    for number in range(controls.count()):
        control = controls.nth(number)
        before = figure.evaluate(SHOWN)
        is_last = control.evaluate("c => c.value === c.max || c.selectedIndex === c.length - 1")
        control.press("ArrowLeft" if is_last else "ArrowRight")
        figure.evaluate(DECODED)
        shown = figure.evaluate(SHOWN)
        assert shown != before
        assert shown[1] == shown[2] != start[2]
        control.press("ArrowRight" if is_last else "ArrowLeft")
        figure.evaluate(DECODED)
        assert figure.evaluate(SHOWN) == start


def test_slider_moves_by_mouse_and_says_its_value(page):
    read(page, "lessons/01_gates_as_mixers.html")
    figure = page.locator("figure[data-widget=gate_mixer]")
    slider = figure.get_by_role("slider", name="input a_i")
    box = slider.bounding_box()
    slider.click(position={"x": box["width"] - 2, "y": box["height"] / 2})
    assert slider.get_attribute("aria-valuetext") == "6.00"
    words = figure.get_by_role("status").inner_text()
    assert "CIFG: i = 0.998, f = 0.002" in words
    other = figure.get_by_role("slider", name="old cell")
    other.press("End")
    assert slider.get_attribute("aria-valuetext") == "0.00"
    assert figure.get_by_role("status").inner_text() != words


def test_frames_are_fetched_only_for_a_widget_that_is_moved(page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    read(page, "lessons/01_gates_as_mixers.html")
    figure = page.locator("figure[data-widget=gate_mixer]")
    figure.scroll_into_view_if_needed()
    figure.evaluate(DECODED)
    frames = {url for url in asked if "/frames/" in url}
    assert len(frames) == 1
    figure.get_by_role("slider", name="input a_i").press("ArrowRight")
    page.wait_for_load_state("networkidle")
    frames = {url for url in asked if "/frames/" in url}
    assert 2 < len(frames) < 6


@pytest.mark.parametrize(
    ("lesson", "widget"),
    [
        ("01_gates_as_mixers", "gate_mixer"),
        ("10_a_character_model_of_the_sonnets", "coloured_text"),
        ("10_a_character_model_of_the_sonnets", "which_characters"),
        ("12_a_fair_comparison", "coloured_text"),
    ],
)
def test_picture_and_words_stay_where_no_script_runs(address, browser, lesson, widget):
    context = browser.new_context(java_script_enabled=False)
    context.set_default_timeout(PATIENT)
    page = context.new_page()
    page.goto(f"{address}/lessons/{lesson}.html")
    figure = page.locator(f"figure[data-widget={widget}]")
    assert figure.locator("img").is_visible()
    assert figure.locator("input").count() == 0
    assert figure.locator(".cifg-words").inner_text() == figure.locator("img").get_attribute("alt")
    context.close()


def test_gallery_of_one_file_moves_too(browser, tmp_path, monkeypatch):
    monkeypatch.setattr(gallery, "GALLERY", {"gate_mixer": GALLERY["gate_mixer"]})
    gallery.write_gallery(tmp_path / "gallery.html")
    page = browser.new_page()
    page.goto((tmp_path / "gallery.html").as_uri())
    words = page.locator(".cifg-words").inner_text()
    page.get_by_role("slider", name="input a_i").press("End")
    assert page.locator(".cifg-words").inner_text() != words
    assert page.locator(".cifg-picture").get_attribute("alt").startswith("CIFG: i = 0.998")
    page.close()


def test_report_of_the_stored_runs_is_in_the_book(page):
    page.goto("/comparison.html")
    page.get_by_text("The whole report").click()
    page.wait_for_selector("h2#lengths")
    assert "equivalent within the margin" in page.locator("p").first.inner_text()


def test_site_is_small():
    sizes = {path: path.stat().st_size for path in SITE.rglob("*") if path.is_file()}
    frames = SITE / "frames"
    apart = (frames, SITE / "lite")
    rest = [size for path, size in sizes.items() if not {*apart} & {*path.parents}]
    assert sum(rest) < 15e6
    text = (SITE / "widgets" / "gallery.html").read_text(encoding="utf-8")
    for name, part in re.findall(r'data-widget="(\w+)">(.*?)</figure>', text, re.DOTALL):
        pictures = set(re.findall(r"frames/(\w+\.webp)", part))
        assert pictures
        assert len(part.encode()) + sum(sizes[frames / p] for p in pictures) < 1e6, name
