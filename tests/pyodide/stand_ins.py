"""A folder with the names of Pyodide's files, and next to nothing in them: put_stand_ins."""

import json
from pathlib import Path

from cifg_edu.authoring.lite import BUILT, CORE, LOCK

# What the packages need, by another spelling than that of the lock file's keys.
DEPENDS = {"matplotlib": ["numpy", "Python_DateUtil"], "python-dateutil": ["six"]}


def put_stand_ins(folder: Path) -> Path:
    """Write the files without which no lesson runs.

    Args:
        folder: is made.

    Returns:
        The folder. Its module says in a browser that it only stands in for Pyodide.
    """
    folder.mkdir()
    names = [*BUILT, "python-dateutil", "six"]
    packages = {
        name: {"file_name": f"{name}-1-py3-none-any.whl", "depends": DEPENDS.get(name, [])}
        for name in names
    }
    for file in (*CORE, *(package["file_name"] for package in packages.values())):
        (folder / file).write_text("stands in")
    (folder / "pyodide.mjs").write_text("throw new Error('only stands in for Pyodide');")
    # One that no lesson needs, and whose file is not there.
    packages["scipy"] = {"file_name": "scipy-1.whl", "depends": ["openblas"]}
    (folder / LOCK).write_text(json.dumps({"packages": packages}))
    return folder
