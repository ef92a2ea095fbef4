"""Is everything in its place? examine."""

import importlib.metadata
import os
import sys

from packaging.requirements import Requirement

from cifg_edu.checks.course import find_lessons
from cifg_edu.corpora import sonnets_path

INSTALL = "run make learn, or: python -m pip install -r requirements.txt"


def examine() -> tuple[str, bool]:
    """Look at Python, the packages, the lessons and the text.

    Returns:
        A report, a line for each finding with what to do about it, and whether all is well.
        A text not fetched yet is no fault: the first training fetches it.
    """
    lines, healthy = [], True

    def note(good: bool, finding: str, advice: str = "") -> None:
        nonlocal healthy
        healthy = healthy and good
        lines.append(f"{'ok  ' if good else 'BAD '} {finding}" + ("" if good else f": {advice}"))

    version = ".".join(map(str, sys.version_info[:3]))
    note(sys.version_info >= (3, 11), f"Python {version}", "install Python 3.11 or newer")
    for requirement in _requirements():
        try:
            found = importlib.metadata.version(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            note(False, f"{requirement.name} is missing", INSTALL)
        else:
            good = requirement.specifier.contains(found, prereleases=True)
            note(good, f"{requirement.name} {found}", f"needs {requirement.specifier}; {INSTALL}")
    note(
        find_lessons() is not None,
        f"lessons in {find_lessons()}",
        "run this in the course's own folder",
    )
    sonnets = sonnets_path()
    if sonnets.is_file():
        note(True, f"the Sonnets in {sonnets}")
    else:
        home = next(folder for folder in sonnets.parents if folder.exists())
        note(
            os.access(home, os.W_OK),
            "the Sonnets, not fetched yet: the first training will",
            f"make {home} writable, or train with --text FILE",
        )
    lines.append("All is well: make learn." if healthy else "Mend what is BAD, then ask again.")
    return "\n".join(lines), healthy


def _requirements() -> list[Requirement]:
    """What the installed package asks for, without its optional extras."""
    try:
        declared = importlib.metadata.requires("cifg-edu") or []
    except importlib.metadata.PackageNotFoundError:
        return [Requirement("cifg-edu")]
    wanted = [Requirement(text) for text in declared]
    return [r for r in wanted if r.marker is None or r.marker.evaluate({"extra": ""})]
