"""The site that runs the lessons in a browser: its notebooks, and the course in such a browser."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import nbformat
import pytest

from cifg_edu import corpora, doctor, sigmoid
from cifg_edu.authoring import lite
from cifg_edu.authoring.__main__ import main
from cifg_edu.checks import progress, use_mine
from cifg_edu.checks.answers import read_answers
from cifg_edu.checks.notebooks import read_cells
from cifg_edu.errors import UserError
from tests.pyodide.stand_ins import put_stand_ins

HOME = Path(__file__).parents[1]
NOTEBOOKS = sorted((HOME / "lessons").glob("*.ipynb"))
# What Pyodide has built for the browser.
BUILT = {"numpy", "matplotlib", "IPython"}


@pytest.fixture
def in_browser(monkeypatch, tmp_path):
    """A working folder as Pyodide has one, and the course as it is there."""
    monkeypatch.delenv("CIFG_EDU_HOME")
    monkeypatch.chdir(tmp_path)
    for module in (progress, doctor):
        monkeypatch.setattr(module, "IN_BROWSER", True)
    return tmp_path


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem[:2])
def test_a_lesson_for_the_browser_installs_the_course_before_its_first_code(path):
    student, page = nbformat.read(path, as_version=4), lite.lite_notebook(path)
    nbformat.validate(page)
    code = [cell for cell in page.cells if cell.cell_type == "code"]
    assert code[0].source == lite.INSTALL
    assert page.metadata.kernelspec["name"] == "python"
    added = [cell.id for cell in page.cells if "in-the-browser" in cell.id]
    assert [c.source for c in page.cells if c.id not in added] == [c.source for c in student.cells]
    is_slow = path.stem[:2] in ("00", "08", "09", "10", "11", "12", "13")
    assert ("slow-in-the-browser" in added) == is_slow


def test_a_notebook_from_the_browser_is_read_as_any_other(tmp_path):
    path = tmp_path / "lesson.ipynb"
    nbformat.write(lite.lite_notebook(NOTEBOOKS[1]), path)
    there, here = (read_answers(read_cells(p.read_bytes())) for p in (path, NOTEBOOKS[1]))
    assert there.answers.keys() == here.answers.keys() > set()


def test_site_carries_every_package_of_the_core_that_pyodide_has_not_built():
    project = tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    core = {re.split("[<>=]", requirement)[0] for requirement in project["dependencies"]}
    assert core - BUILT <= {*lite.CARRIED}


def test_sonnets_lie_beside_the_notebooks_with_their_source(tmp_path, monkeypatch):
    monkeypatch.setattr(lite, "load_sonnets", lambda: corpora.Corpus("From fairest", ""))
    assert lite._put_sonnets(tmp_path) == ""
    assert (tmp_path / "sonnets.txt").read_text(encoding="utf-8") == "From fairest"
    assert corpora.SONNETS_SHA256 in (tmp_path / "sonnets_source.txt").read_text(encoding="utf-8")


def test_without_the_sonnets_the_build_says_so(tmp_path, monkeypatch):
    def fail():
        raise UserError("connect to the network.")

    monkeypatch.setattr(lite, "load_sonnets", fail)
    assert "practice verses: connect to the network." in lite._put_sonnets(tmp_path)
    assert not list(tmp_path.iterdir())


def test_in_a_browser_the_progress_is_beside_the_notebook(in_browser):
    progress.record("sigmoid", True)
    assert (in_browser / "progress.json").is_file()
    assert progress.read().exercises["sigmoid"]["passed"]


def test_first_cell_says_what_is_lost_where_a_browser_keeps_no_files(
    in_browser, capsys, monkeypatch
):
    doctor.made_for("0.1.0")
    assert "are lost when you close it" in capsys.readouterr().out
    monkeypatch.setattr(doctor, "SITE_FILES", in_browser)
    doctor.made_for("0.1.0")
    assert capsys.readouterr().out == ""


def test_first_cell_goes_on_where_nothing_can_be_written(in_browser, capsys, monkeypatch):
    (in_browser / "my_cifg.py").write_text(
        "import numpy as np\ndef sigmoid(a):\n    return (1 + np.tanh(a / 2)) / 2\n"
    )

    def fail(path, content):
        raise UserError("the folder cannot be written.")

    monkeypatch.setattr(progress, "write_atomically", fail)
    use_mine({"sigmoid": sigmoid})
    assert "1 of 1 functions are yours: sigmoid." in (said := capsys.readouterr().out)
    assert "(Not noted in your progress: the folder cannot be written." in said


@pytest.fixture
def pyodide(tmp_path):
    return put_stand_ins(tmp_path / "pyodide")


@pytest.fixture
def old_site(tmp_path):
    """A site that was built before."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "jupyter-lite.json").write_text("old")
    return tmp_path / "site"


@pytest.mark.parametrize(
    "name", [lite.LOCK, *lite.CORE, "numpy-1-py3-none-any.whl", "six-1-py3-none-any.whl"]
)
def test_a_folder_without_a_file_of_pyodide_is_refused_in_one_line_and_the_old_site_stays(
    name, pyodide, old_site, capsys, monkeypatch
):
    monkeypatch.setitem(sys.modules, "jupyterlite_pyodide_kernel", ModuleType("it"))
    (pyodide / name).unlink()
    assert main(["lite", "--out", str(old_site), "--pyodide", str(pyodide)]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(f"cifg_edu: {pyodide} holds no {name}: give a folder with")
    assert [path.read_text() for path in old_site.iterdir()] == ["old"]


def test_a_folder_with_pyodides_core_alone_is_refused_with_the_number_of_files(pyodide, old_site):
    for path in pyodide.glob("*.whl"):
        path.unlink()
    with pytest.raises(UserError, match=r"holds no numpy-\S+whl and 5 more files: give"):
        lite.build_lite(HOME, old_site, pyodide)


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"packages": {"numpy": {}}}'])
def test_a_lock_file_of_another_form_is_refused(text, pyodide, old_site):
    (pyodide / lite.LOCK).write_text(text)
    with pytest.raises(UserError, match="does not name the packages of Pyodide"):
        lite.build_lite(HOME, old_site, pyodide)
    assert old_site.exists()


def test_where_jupyterlite_stops_halfway_there_is_no_site(tmp_path, monkeypatch):
    def stop(command, **_):
        if "--output-dir" in command:
            site = Path(command[command.index("--output-dir") + 1])
            site.mkdir()
            (site / "index.html").touch()
        return subprocess.CompletedProcess(command, "--output-dir" in command, "", "no space")

    monkeypatch.setattr(subprocess, "run", stop)
    monkeypatch.setattr(lite, "load_sonnets", corpora.practice_text)
    with pytest.raises(UserError, match="build failed: no space"):
        lite.build_lite(HOME, tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_what_jupyterlite_says_is_shown_where_it_fails(tmp_path, monkeypatch):
    failed = subprocess.CompletedProcess([], 1, "", "no such option")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(UserError, match="pip wheel failed: no such option"):
        lite.build_lite(HOME, tmp_path / "site")


def test_without_jupyterlite_the_command_says_how_to_install_it(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "jupyterlite_pyodide_kernel", None)
    assert main(["lite"]) == 2
    assert '".[lite]"' in capsys.readouterr().err
