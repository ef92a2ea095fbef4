"""The part of MathJax that sets the book's formulas, from npm: put_mathjax."""

import tarfile
from pathlib import Path

from cifg_edu.authoring.npm import npm_package

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
    with tarfile.open(npm_package("mathjax", VERSION, SHA512, store)) as archive:
        for member in archive.getmembers():
            name = member.name.removeprefix("package/")
            if member.isfile() and name.startswith(KEPT):
                member.name = name
                archive.extract(member, folder, filter="data")
