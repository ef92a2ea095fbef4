"""The core alone is enough to learn: python tests/core_alone.py.

It installs the course without any further part into an empty environment, and runs lesson 01 in
it: the student's notebook, in which each check says that nothing is there yet, and the solution,
in which each check passes. Then it imports what the other lessons import. `--here` does this in
the environment that is there.
"""

import ast
import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from importlib.util import find_spec
from pathlib import Path

HOME = Path(__file__).resolve().parents[1]
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "requirements.txt")
NOT_CORE = ("jupyterlab", "jinja2", "nbformat", "nbval", "pytest", "jupytext", "distributed")


def main() -> None:
    """Install, give the command in both ways, and run the lesson."""
    with tempfile.TemporaryDirectory(prefix="cifg_edu_core_") as name:
        folder = Path(name)
        # From a copy: an old build folder in the tree would be installed too.
        source = folder / "source"
        shutil.copytree(HOME / "cifg_edu", source / "cifg_edu")
        for file in SOURCES:
            shutil.copy(HOME / file, source)
        venv.create(folder / "venv", with_pip=True)
        programs = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
        python = str(programs / "python")
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-c", "requirements.txt", "."], cwd=source, check=True)
        environment = {
            **os.environ,
            "MPLBACKEND": "agg",
            "CIFG_EDU_HOME": str(folder / "home"),
            "IPYTHONDIR": str(folder / "ipython"),
        }
        environment.pop("PYTHONPATH", None)
        for command, place in (
            ([python, "-m", "cifg_edu", "--version"], folder),
            ([str(programs / "cifg-edu"), "doctor"], HOME),  # where the lessons are
            ([python, str(Path(__file__).resolve()), "--here"], folder),
        ):
            subprocess.run(command, cwd=place, env=environment, check=True)


def run_lesson() -> None:
    """Run the notebooks of lesson 01 cell by cell, as a kernel does."""
    here = [package for package in NOT_CORE if find_spec(package)]
    assert not here, f"More than the core is installed: {', '.join(here)}."
    for folder, said in (("lessons", "○"), ("solutions", "✔")):
        [path] = (HOME / folder).glob("01_*.ipynb")
        cells = _code_cells(path)
        checks = _run(cells)
        assert checks, f"{path} has no checks."
        for name, printed in checks.items():
            assert printed.startswith(said), f"{path}, {name}: {printed}"
        print(f"ok   {folder}/{path.name}: {len(cells)} cells, {len(checks)} checks")


def import_lessons() -> None:
    """Import what the cells of all lessons import, and what training does."""
    paths = sorted((HOME / "lessons").glob("*.ipynb"))
    for path in paths:
        for source in _code_cells(path).values():
            imports = [
                node
                for node in ast.walk(ast.parse(source))
                if isinstance(node, ast.Import | ast.ImportFrom)
            ]
            exec("\n".join(map(ast.unparse, imports)), {})
    import cifg_edu.train_command  # noqa: F401

    print(f"ok   the imports of {len(paths)} notebooks")


def _code_cells(path: Path) -> dict[str, str]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return {cell["id"]: "".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"}


def _run(cells: dict[str, str]) -> dict[str, str]:
    """What each check prints."""
    from IPython.core.interactiveshell import InteractiveShell

    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    checks = {}
    for name, source in cells.items():
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            shell.run_cell(source).raise_error()
        if name.startswith("check-"):
            checks[name] = printed.getvalue()
    return checks


if __name__ == "__main__":
    if "--here" in sys.argv[1:]:
        run_lesson()
        import_lessons()
    else:
        main()
