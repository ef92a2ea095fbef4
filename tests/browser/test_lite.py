"""The site that runs the lessons, in a real browser without a network: make test-lite builds it.

Without a network there is no Pyodide, so nothing runs; tests/pyodide runs a lesson.
"""

import hashlib
import json
import re
import shutil
from pathlib import Path

import nbformat
import pytest

from cifg_edu.authoring import lite
from cifg_edu.authoring.__main__ import LITE
from cifg_edu.authoring.lite import lite_notebook
from cifg_edu.corpora import SONNETS_SHA256
from tests.browser.conftest import READY, page_alone, served
from tests.pyodide.stand_ins import put_stand_ins

HOME = Path(__file__).parents[2]
SITE = HOME / LITE
pytestmark = pytest.mark.skipif(not SITE.is_dir(), reason="make test-lite builds the site")
PYODIDE = "https://cdn.jsdelivr.net/pyodide/"
LESSONS = sorted(path.name for path in (HOME / "lessons").glob("*.ipynb"))
KERNEL = "window.jupyterapp.shell.currentWidget.sessionContext.kernelDisplayName"


@pytest.fixture(scope="module")
def address():
    with served(SITE) as address:
        yield address


@pytest.fixture
def page(address, browser):
    """A page that asks nobody but the site, and Pyodide's address in vain."""

    def with_app(route):
        answer = route.fetch()
        settings = answer.json()
        settings.setdefault("jupyter-config-data", {})["exposeAppInBrowser"] = True
        route.fulfill(response=answer, json=settings)

    with page_alone(browser, address) as (page, errors, outside):
        page.context.route("**/jupyter-lite.json*", with_app)
        yield page
    assert all(url.startswith(PYODIDE) for url in outside)
    assert all(re.search("pyodide|ERR_FAILED", error) for error in errors), errors


def test_site_lists_every_lesson(page):
    page.goto("/index.html")
    files = page.locator(".jp-DirListing-item")
    files.filter(has_text="sonnets.txt").first.wait_for()
    listed = " ".join(files.all_inner_texts())
    assert [name for name in LESSONS if name in listed] == LESSONS


def test_lesson_opens_with_the_browsers_python_and_asks_nothing(page):
    page.goto(f"/lab/index.html?path={LESSONS[1]}")
    page.wait_for_function(READY)
    assert page.evaluate(KERNEL) == "Python (Pyodide)"
    assert page.locator(".jp-Dialog").count() == 0
    assert "01 · Gates as mixers" in page.locator(".jp-Notebook").inner_text()


def test_site_holds_the_lessons_as_they_are_now():
    for name in LESSONS:
        held = nbformat.read(SITE / "files" / name, as_version=4)
        assert held == lite_notebook(HOME / "lessons" / name)


def test_the_sonnets_of_the_site_are_the_ones_the_course_expects():
    path = SITE / "files" / "sonnets.txt"
    if not path.is_file():
        pytest.skip("the Sonnets could not be fetched when the site was built")
    assert hashlib.sha256(path.read_bytes()).hexdigest() == SONNETS_SHA256


def test_every_wheel_of_the_site_is_pure_python_and_has_the_checksum_of_its_index():
    index = json.loads((SITE / "pypi" / "all.json").read_text(encoding="utf-8"))
    assert {"cifg-edu", "ipywidgets"} <= index.keys()
    for package in index.values():
        for [wheel] in package["releases"].values():
            content = (SITE / "pypi" / Path(wheel["url"]).name).read_bytes()
            assert wheel["filename"].endswith("-none-any.whl")
            assert hashlib.sha256(content).hexdigest() == wheel["digests"]["sha256"]


def test_nothing_but_pyodide_comes_from_outside():
    settings = json.loads((SITE / "jupyter-lite.json").read_text(encoding="utf-8"))
    [kernel] = settings["jupyter-config-data"]["litePluginSettings"].values()
    assert kernel["disablePyPIFallback"]
    assert all(url.startswith("./") for url in kernel["pipliteUrls"])


@pytest.fixture(scope="module")
def whole_site(tmp_path_factory):
    """A site of one lesson that carries what stands in for Pyodide; without the course's wheels."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "lessons" / "images").mkdir(parents=True)
    shutil.copy(HOME / "lessons" / LESSONS[1], folder / "lessons")
    with pytest.MonkeyPatch.context() as context:
        context.setattr(lite, "_put_wheels", lambda *_: None)
        context.setattr(lite, "_put_sonnets", lambda _: "")
        lite.build_lite(folder, folder / "site", put_stand_ins(folder / "pyodide"))
    return folder / "site"


def test_site_with_pyodide_names_no_other_address(whole_site):
    assert (whole_site / "static" / "pyodide" / "pyodide.asm.wasm").read_text() == "stands in"
    settings = json.loads((whole_site / "jupyter-lite.json").read_text(encoding="utf-8"))
    [kernel] = settings["jupyter-config-data"]["litePluginSettings"].values()
    assert kernel["pyodideUrl"] == "./static/pyodide/pyodide.mjs"
    assert kernel["disablePyPIFallback"]
    assert all(url.startswith("./") for url in kernel["pipliteUrls"])


def test_site_with_pyodide_asks_no_other_address(whole_site, browser):
    with served(whole_site) as address, page_alone(browser, address) as (page, errors, outside):
        with page.expect_response(f"{address}/static/pyodide/pyodide.mjs") as answer:
            page.goto(f"/lab/index.html?path={LESSONS[1]}")
        assert answer.value.ok
        page.wait_for_load_state("networkidle")
    assert not outside
    assert all("only stands in for Pyodide" in error for error in errors), errors
