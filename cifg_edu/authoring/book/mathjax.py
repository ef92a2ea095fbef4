"""The part of MathJax that sets the book's formulas, from npm: put_mathjax."""

import base64
import hashlib
import shutil
import subprocess
import tarfile
from pathlib import Path

from cifg_edu.errors import UserError

VERSION = "3.2.2"
# Of the package, as the registry gives it.
SHA512 = "Bt+SSVU8eBG27zChVewOicYs7Xsdt40qm4+UpHyX7k0/O9NliPc+x77k1/FEsPsjKPZGJvtRZM1vO+geW0OhGw=="
# Formulas in TeX become HTML, with fonts: 2 MB of 24. Rare commands load an extension.
KEPT = (
    "es5/tex-chtml.js",
    "es5/input/tex/extensions/",
    "es5/output/chtml/fonts/",
    "LICENSE",
)


def put_mathjax(folder: Path, store: Path) -> None:
    """Put MathJax into a folder of the site.

    Args:
        folder: is made; `es5/tex-chtml.js` in it is what a page loads.
        store: where the package is kept for the next time.

    Raises:
        UserError: npm is missing or fails, or the package is not the one that was tried.
    """
    package = store / f"mathjax-{VERSION}.tgz"
    if not package.is_file():
        _fetch(package)
    digest = base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode()
    if digest != SHA512:
        raise UserError(f"{package} is not MathJax {VERSION} as npm has it: delete it.")
    with tarfile.open(package) as archive:
        for member in archive.getmembers():
            name = member.name.removeprefix("package/")
            if member.isfile() and name.startswith(KEPT):
                member.name = name
                archive.extract(member, folder, filter="data")


def _fetch(package: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise UserError(
            f"MathJax comes from npm, which is missing: install Node.js, or put {package.name} "
            f"into {package.parent}."
        )
    package.parent.mkdir(parents=True, exist_ok=True)
    command = [npm, "pack", "--silent", f"mathjax@{VERSION}"]
    done = subprocess.run(command, cwd=package.parent, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UserError(f"npm could not fetch MathJax: {done.stderr.strip()[-300:]}")
