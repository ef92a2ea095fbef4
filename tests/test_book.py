"""The book's pages before Sphinx sees them: folds, widgets, pictures, links."""

import base64
import re
import sys
from pathlib import Path

import nbformat
import pytest

from cifg_edu import TAUGHT
from cifg_edu.authoring import solution_notebook
from cifg_edu.authoring.__main__ import main
from cifg_edu.authoring.book import mathjax
from cifg_edu.authoring.book.lessons import book_notebook, calls_of, make_widget
from cifg_edu.authoring.book.pages import text_pages
from cifg_edu.checks import find_exercise
from cifg_edu.errors import UserError
from cifg_edu.widgets.gallery import GALLERY

HOME = Path(__file__).parents[1]
PNG = (HOME / "lessons" / "images" / "gate_mixer.png").read_bytes()
SOURCES = sorted(HOME.glob("lessons/source/*.md"))


def page_of(notebook, figures=None):
    return book_notebook(notebook, "x.ipynb", figures or {}, lambda png: f"{len(png)}.webp")


def notebook(source, **data):
    """A lesson of a title and one cell, whose output has these data."""
    bundle = {"image/png": base64.b64encode(PNG).decode(), "text/plain": "w", **data}
    output = nbformat.v4.new_output(
        "display_data", bundle, metadata={"image/png": {"alt": 'i < "f"'}}
    )
    return nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("# Title\n\nText."),
            nbformat.v4.new_code_cell(source, outputs=[output]),
        ]
    )


def shown(page):
    [output] = page.cells[-1].outputs
    return output.data["text/html"]


@pytest.fixture(scope="module")
def sixth():
    [path] = (path for path in SOURCES if path.stem.startswith("06_"))
    return page_of(solution_notebook(path))


def test_an_exercise_has_its_stub_then_each_hint_inside_the_one_before_then_the_answer(sixth):
    start = next(k for k, c in enumerate(sixth.cells) if "(exercise-phantom_error)=" in c.source)
    stub, folds, answer, check, end = sixth.cells[start + 1 : start + 6]
    assert "raise NotImplementedError" in stub.source
    assert folds.source.count("<details") == 4
    assert "</details>" not in folds.source
    assert end.source == "</details>" * 4
    assert folds.source.index("Hint 1") < folds.source.index("Hint 3")
    assert folds.source.rstrip().endswith("The answer</summary>")
    assert answer.source.startswith("def phantom_error(")
    assert "NotImplementedError" not in answer.source
    assert check.source.startswith("phantom_error = check(")


def test_no_hint_is_broken_by_an_empty_line_or_taken_for_markup(sixth):
    folds = [c.source for c in sixth.cells if "<details class" in c.source]
    assert len(folds) == 2
    hints = find_exercise("cifg_step_backward").hints
    assert "\n" in hints[2]
    assert all("\n\n" not in text for text in folds)
    assert "&#10;" in folds[1]


def test_a_lesson_names_its_notebook_below_its_title(sixth):
    first = sixth.cells[0].source.splitlines()
    assert first[0].startswith("# 06")
    assert '<a href="../notebooks/x.ipynb" download>' in first[2]


def test_lesson_leads_to_the_site_that_runs_it_only_where_that_is_there():
    link = '<a href="../lite/lab/index.html?path=x.ipynb">Open this lesson live</a>'
    lesson = notebook("gate_mixer()")
    assert link not in page_of(lesson).cells[0].source
    page = book_notebook(lesson, "x.ipynb", {}, str, live=True)
    assert link in page.cells[0].source


def test_widget_that_can_be_made_elsewhere_moves_and_another_keeps_its_picture():
    lesson = notebook("gate_mixer()")
    assert calls_of(lesson) == ["gate_mixer()"]
    assert shown(page_of(lesson, {"gate_mixer()": "<figure>"})) == "<figure>"
    lesson = notebook("coloured_text(best, config, excerpt)")
    assert calls_of(lesson) == []
    html = shown(page_of(lesson))
    assert f'src="{len(PNG)}.webp"' in html
    assert "gallery.html#coloured-text" in html
    # As with the others, the words are in view and not only the alternative.
    assert '<figure class="cifg-frames cifg-still" data-widget="coloured_text">' in html
    assert '<p class="cifg-words" role="status">i &lt; &quot;f&quot;</p>' in html
    assert "<script" not in html


def test_words_of_a_picture_are_its_alternative_and_are_escaped():
    html = shown(page_of(notebook("show(figure)")))
    assert 'alt="i &lt; &quot;f&quot;"' in html
    assert "gallery" not in html


def test_the_stored_notebook_is_not_changed():
    lesson = notebook("gate_mixer()")
    before = nbformat.writes(lesson)
    page_of(lesson, {"gate_mixer()": "<figure>"})
    assert nbformat.writes(lesson) == before


def test_every_widget_of_the_lessons_but_those_of_a_trained_model_can_be_made():
    found = {}
    for path in SOURCES:
        lesson = solution_notebook(path)
        for call in calls_of(lesson):
            found[call] = path.stem
    of_models = {"coloured_text", "which_characters"}
    assert {call.partition("(")[0] for call in found} == GALLERY.keys() - of_models
    assert make_widget('twins("(a)", unit=2)').controls["text"].value == "(a)"
    assert make_widget("loss_paths(clip_by_global_norm, adam_step)").words


@pytest.fixture(scope="module")
def pages():
    return text_pages(HOME, dict.fromkeys(GALLERY, "<figure>"))


def test_links_of_the_readme_lead_to_pages_and_no_other_link_is_left(pages):
    readme = pages["README.md"]
    assert "[`sigmoid`](#exercise-sigmoid)" in readme
    assert "[`gates.py`](#module-gates)" in readme
    assert "[For instructors](docs/instructors.md)" in readme
    targets = re.findall(r"(?<!!)\[[^]]*\]\((?!http|#)([^)#]+)", readme)
    assert all(target in pages or target.endswith(".ipynb") for target in targets)
    assert "[README](../README.md#for-instructors)" in pages["docs/instructors.md"]


def test_each_taught_function_has_a_page_that_the_list_of_functions_names(pages):
    for name, module in TAUGHT.items():
        assert f"autofunction:: cifg_edu.{module}.{name}\n" in pages[f"functions/{name}.md"]
        assert f"[`{name}`]({name}.md)" in pages["functions/index.md"]
    assert "(#exercise-cifg_step)" in pages["functions/cifg_step.md"]


def test_comparison_leads_to_the_report_of_the_stored_runs(pages):
    assert 'href="comparison/report.html"' in pages["comparison.md"]
    assert "python -m cifg_edu compare" in pages["comparison.md"]


def test_another_package_than_the_one_that_was_tried_is_refused(tmp_path):
    (tmp_path / f"mathjax-{mathjax.VERSION}.tgz").write_bytes(b"other")
    with pytest.raises(UserError, match="delete it"):
        mathjax.put_mathjax(tmp_path / "site", tmp_path)
    assert not (tmp_path / "site").exists()


def test_without_npm_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match=r"install Node\.js"):
        mathjax.put_mathjax(tmp_path / "site", tmp_path / "store")


def test_without_sphinx_the_command_says_how_to_install_it(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "cifg_edu.authoring.book.site", None)
    assert main(["book"]) == 2
    assert '".[book]"' in capsys.readouterr().err


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path, capsys):
    pytest.importorskip("sphinx")
    (tmp_path / "mine.txt").touch()
    assert main(["book", "--out", str(tmp_path)]) == 2
    assert "give an empty folder" in capsys.readouterr().err
    assert (tmp_path / "mine.txt").exists()
