"""The whole book: build_book."""

import io
import itertools
import re
import shutil
from concurrent.futures import Executor
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib
import nbformat
from sphinx.application import Sphinx
from sphinx.util.console import nocolor

from cifg_edu.authoring import execute, serialize, solution_notebook
from cifg_edu.authoring.book.lessons import book_notebook, calls_of, make_widget
from cifg_edu.authoring.book.mathjax import put_mathjax
from cifg_edu.authoring.book.pages import text_pages
from cifg_edu.authoring.lite import LIVE
from cifg_edu.cluster import LocalPool, cores
from cifg_edu.comparison.account import unpack
from cifg_edu.comparison.report import write_report
from cifg_edu.errors import UserError
from cifg_edu.files import empty_for, write_atomically
from cifg_edu.widgets.frames import as_webp, figure, in_folder, script, style
from cifg_edu.widgets.gallery import GALLERY

# From a page of lessons/ or widgets/ to the pictures of its widgets, and to its other pictures.
FRAMES, PICTURES = "../frames/", "../pictures/"
# A line that names one or more results, or that goes on.
NAMED = re.compile(r" {4}(?:[a-z]\w*(?:, \w+)*: | )")
SETTINGS: dict[str, Any] = {
    "project": "cifg_edu",
    "author": "The cifg_edu authors",
    "extensions": [
        "myst_nb",
        "sphinx.ext.autodoc",
        "sphinx.ext.mathjax",
        "sphinx.ext.napoleon",
        "sphinx.ext.viewcode",
    ],
    "nb_execution_mode": "off",
    "nb_render_markdown_format": "myst",
    "myst_enable_extensions": ["amsmath", "dollarmath"],
    "myst_heading_anchors": 3,
    "add_module_names": False,
    "autodoc_typehints": "none",  # the docstrings give the shapes
    "napoleon_custom_sections": ["Source", ("Results", "params_style")],
    "default_role": "code",
    "mathjax_path": "mathjax/es5/tex-chtml.js",
    "html_theme": "sphinx_book_theme",
    "html_title": "The CIFG, by hand",
    "html_copy_source": False,
    "html_show_sphinx": False,
    "html_css_files": ["frames.css", "book.css"],
    "html_js_files": [("frames.js", {"defer": "defer"})],
    "html_context": {"default_mode": "auto"},  # light or dark, as the reader's system has it
    "html_theme_options": {
        "use_download_button": False,
        "use_fullscreen_button": False,
        "show_toc_level": 2,
        "navigation_with_keys": False,
    },
}


def build_book(home: Path, out: Path, lite: Path) -> None:
    """Build the site.

    Args:
        home: the course's folder.
        out: the folder of the site; it is made again. Beside it the sources and MathJax are kept.
        lite: the site in which a browser runs the lessons. Where it is there the book carries it,
            and the pages of the lessons that a browser runs well lead to it.

    Raises:
        UserError: the folder holds something else, MathJax cannot be had, or Sphinx warns of
            something, such as a broken link.
    """
    empty_for(out, "searchindex.js")
    source = out.parent / f"{out.name}_source"
    shutil.rmtree(source, ignore_errors=True)
    static, extra = source / "static", source / "extra"
    put_mathjax(static / "mathjax", out.parent)
    with LocalPool(cores()) as pool:
        _write_pages(home, source, extra, pool, lite.is_dir())
    for name, text in (("frames.js", script()), ("frames.css", style())):
        write_atomically(static / name, text.encode())
    for name, folder in (("book.css", static), ("favicon.svg", source)):
        shutil.copy(home / "docs" / "book" / name, folder)
    shutil.copytree(home / "lessons" / "images", source / "lessons" / "images")
    shutil.copytree(
        home / "lessons", extra / "notebooks", ignore=shutil.ignore_patterns("source", "images")
    )
    write_report(extra / "comparison", unpack())
    _run_sphinx(source, out)
    if lite.is_dir():
        shutil.copytree(lite, out / "lite")


def _write_pages(home: Path, source: Path, extra: Path, pool: Executor, has_lite: bool) -> None:
    """The pages in the form that Sphinx reads, and the pictures that they show."""
    lessons = {path.stem: path for path in sorted((home / "lessons" / "source").glob("*.md"))}
    stored = {stem: home / "solutions" / f"{stem}.ipynb" for stem in lessons}
    # A lesson without exercises has no stored outputs.
    run = {stem: pool.submit(_run, lessons[stem]) for stem in lessons if not stored[stem].exists()}
    notebooks = {stem: _read(path) for stem, path in stored.items() if stem not in run}
    calls = {f"{name}()": name for name in GALLERY}
    for notebook in notebooks.values():
        calls |= {call: call.partition("(")[0] for call in calls_of(notebook)}
    made = pool.map(partial(_figure, folder=extra / "frames"), calls, calls.values())
    figures = dict(zip(calls, made, strict=True))
    notebooks |= {stem: future.result() for stem, future in run.items()}
    address = in_folder(extra / "pictures", PICTURES)
    for stem, notebook in notebooks.items():
        name = f"{stem}.ipynb"
        live = has_lite and name.startswith(LIVE)
        page = book_notebook(notebook, name, figures, lambda png: address(as_webp(png)), live)
        write_atomically(source / "lessons" / name, serialize(page).encode())
    gallery = {name: figures[f"{name}()"] for name in GALLERY}
    for name, text in text_pages(home, gallery).items():
        write_atomically(source / name, text.encode())


def _read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


def _run(text: Path) -> Any:
    notebook = solution_notebook(text)
    execute(notebook)
    return notebook


def _figure(call: str, name: str, folder: Path) -> str:
    matplotlib.use("Agg")
    return figure(make_widget(call), in_folder(folder, FRAMES), name)


def _run_sphinx(source: Path, out: Path) -> None:
    nocolor()
    said = io.StringIO()
    settings = SETTINGS | {
        "html_favicon": str(source / "favicon.svg"),
        "html_static_path": [str(source / "static")],
        "html_extra_path": [str(source / "extra")],
        "exclude_patterns": ["static", "extra"],
    }
    book = Sphinx(
        source, None, out, source / "doctrees", "html",
        confoverrides=settings, status=None, warning=said, freshenv=True, parallel=cores(),
    )  # fmt: skip
    book.connect("autodoc-process-docstring", _name_results, priority=400)  # napoleon's is 500
    book.build()
    if said.getvalue():
        raise UserError(f"The book is not whole: {said.getvalue().strip()}")
    for path in out.glob("_static/**/*.map"):  # for those who debug the theme: a third of it
        path.unlink()


def _name_results(
    app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Give results that have names a section for names: in "Returns" they would be run together."""
    if "Returns:" not in lines:
        return
    start = lines.index("Returns:")
    section = itertools.takewhile(lambda line: line.startswith(" "), lines[start + 1 :])
    if all(NAMED.match(line) for line in section):
        lines[start] = "Results:"
