"""The notebooks are those of their source, and run."""

from pathlib import Path

import nbclient
import nbformat
import pytest

from cifg_edu.authoring import build_notebook

SOURCES = sorted(Path(__file__).parent.parent.glob("lessons/source/[0-9]*.md"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_notebook_is_in_step_with_its_source(source):
    notebook = source.parent.parent / f"{source.stem}.ipynb"
    assert notebook.read_text(encoding="utf-8") == build_notebook(source)


def test_no_notebook_is_without_a_source():
    notebooks = Path(SOURCES[0]).parent.parent.glob("*.ipynb")
    assert sorted(path.stem for path in notebooks) == [path.stem for path in SOURCES]


def test_first_run_trains_draws_and_writes(tmp_path):
    notebook = nbformat.reads(build_notebook(SOURCES[0]), as_version=4)
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    printed = "".join(output.get("text", "") for output in outputs)
    assert "Held-out loss" in printed
    assert any("image/png" in output.get("data", {}) for output in outputs)
