"""Is the installation complete, and what to do if it is not: examine, made_for, how_to_add, ...

It needs Python alone, because it is run where NumPy is missing or broken.
"""

import importlib
import importlib.metadata
import itertools
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cifg_edu import __version__
from cifg_edu.errors import UserError
from cifg_edu.files import IN_BROWSER, SITE_FILES, find_lessons, sonnets_path

CORE = "core"
# What each part is for. pyproject.toml lists its packages.
PARTS = {
    "lab": "the lessons in JupyterLab",
    "grade": "grading a class",
    "author": "making notebooks from lessons/source",
    "book": "the site with the lessons, with author",
    "lite": "the lessons in a browser, with author",
    "compare": "the report on cells, Bach's chorales, Dask clusters",
    "interop": "weights to and from PyTorch and ONNX",
}
# A requirement in a package's metadata: jupyterlab<5,>=4.2; extra == "lab"
REQUIREMENT = re.compile(
    r"""(?P<name>[\w.-]+)(?:\[.*?\])?\s*(?P<ranges>[^;]*?)\s*(?:;.*extra\s*==\s*['"](?P<part>\w+)['"].*)?"""
)


class Requirement(NamedTuple):
    """A package that a part needs, and its range of versions, such as >=2.0,<3."""

    name: str
    ranges: str
    part: str


class Finding(NamedTuple):
    """A line of the report: ok, BAD, or -- for an optional part; and what to do about it."""

    mark: str
    text: str
    advice: str = ""


def examine() -> tuple[str, bool]:
    """Look at Python, the packages of each part, the lessons and the text.

    Returns:
        A report, with a line for each finding and what to do about it, and whether all is well.
        A part that is not installed is not a fault. Nor is a text that is not fetched yet: the
        first training fetches it.
    """
    requirements = _requirements()
    findings = [*_core(requirements), *_parts(requirements), *_files()]
    lines = []
    for finding, following in itertools.zip_longest(findings, findings[1:]):
        lines.append(f"{finding.mark:<4} {finding.text}")
        if finding.advice and (following is None or following.advice != finding.advice):
            lines.append(f"     {finding.advice}")
    marks = {finding.mark for finding in findings}
    if marks & {"BAD", "--"}:
        lines.append("Run these commands in the course's folder.")
    if "BAD" in marks:
        lines.append("Fix the lines marked BAD, then run doctor again.")
    else:
        lines.append("All is well." + " The parts marked -- can be added." * ("--" in marks))
    return "\n".join(lines), "BAD" not in marks


def made_for(version: str) -> None:
    """Warn where a notebook was made for a newer version, or where nothing that is done will last.

    Args:
        version: the one that made it, such as "0.2.0".
    """
    wanted, present = (tuple(map(int, v.split("."))) for v in (version, __version__))
    if wanted > present:
        print(
            f"This notebook was made for cifg_edu {version}, and {__version__} is installed: "
            "update the course's folder, then run make learn there."
        )
    if IN_BROWSER and not Path.cwd().is_relative_to(SITE_FILES):
        print(
            "This browser keeps no files for the page: your progress and my_cifg.py are lost when "
            "you close it, so download the notebook first."
        )


def how_to_add(part: str) -> str:
    """The command that adds a part of the course to an installation, in the course's folder.

    Args:
        part: a name in `PARTS`.

    Returns:
        The command; it names no package index.
    """
    return f'python -m pip install -c requirements.txt -e ".[{part}]"'


def pins(*parts: str) -> list[str]:
    """The versions that are installed here, as requirements for another machine.

    Args:
        parts: `CORE`, or names in `PARTS`.

    Returns:
        A line such as numpy==2.4.6 for each package of these parts.

    Raises:
        UserError: the course is not installed, or a package of these parts is missing.
    """
    wanted = sorted({r.name for r in _requirements() if r.part in parts})
    if not wanted:
        raise UserError(f"cifg_edu is not installed: in its folder, run {how_to_add(parts[-1])}")
    try:
        return [f"{name}=={importlib.metadata.version(name)}" for name in wanted]
    except importlib.metadata.PackageNotFoundError as error:
        raise UserError(f"{error.name} is missing: run {how_to_add(parts[-1])}") from error


def _core(requirements: list[Requirement]) -> Iterator[Finding]:
    """Python, the course itself, and the packages that it always needs."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info >= (3, 11):  # noqa: UP036 - an older Python may run it
        yield Finding("ok", f"Python {version}")
    else:
        yield Finding("BAD", f"Python {version}", "install Python 3.11 or newer")
    install = f"make learn, or: {how_to_add('lab')}"
    if requirements:
        yield Finding("ok", f"cifg_edu {__version__}")
    else:
        yield Finding("BAD", "cifg_edu is not installed", install)
    for requirement in (r for r in requirements if r.part == CORE):
        again = "python -m pip install --force-reinstall -c requirements.txt"
        if problem := _problem(requirement):
            yield Finding("BAD", problem, install)
        elif broken := _loading_problem(requirement.name):
            yield Finding("BAD", broken, f"{again} {requirement.name}")
        else:
            yield Finding("ok", _found(requirement))


def _parts(requirements: list[Requirement]) -> Iterator[Finding]:
    for part, purpose in PARTS.items():
        wanted = [r for r in requirements if r.part == part]
        problems = [problem for r in wanted if (problem := _problem(r))]
        if problems:
            text = f"{part} ({purpose}): {', '.join(problems)}"
            yield Finding("--", text, f"to add it: {how_to_add(part)}")
        elif wanted:
            yield Finding("ok", f"{part} ({purpose}): {', '.join(map(_found, wanted))}")


def _files() -> Iterator[Finding]:
    lessons = find_lessons()
    if lessons:
        yield Finding("ok", f"lessons in {lessons}")
    else:
        yield Finding("BAD", "there is no folder lessons", "run doctor in the course's folder")
    try:
        sonnets = sonnets_path()
    except ImportError:
        return  # platformdirs is missing: a line above says so
    home = next(folder for folder in sonnets.parents if folder.exists())
    if sonnets.is_file():
        yield Finding("ok", f"the Sonnets in {sonnets}")
    elif os.access(home, os.W_OK):
        yield Finding("ok", "the Sonnets are not fetched yet: the first training fetches them")
    else:
        advice = f"make {home} writable, or train with --text FILE"
        yield Finding("BAD", "the Sonnets are not fetched yet and cannot be stored", advice)


def _requirements() -> list[Requirement]:
    """What the installed package requires; nothing if it is not installed."""
    try:
        declared = importlib.metadata.requires("cifg-edu") or []
    except importlib.metadata.PackageNotFoundError:
        return []
    found = [match for text in declared if (match := REQUIREMENT.fullmatch(text))]
    return [Requirement(m["name"], m["ranges"], m["part"] or CORE) for m in found]


def _found(requirement: Requirement) -> str:
    return f"{requirement.name} {importlib.metadata.version(requirement.name)}"


def _problem(requirement: Requirement) -> str | None:
    """What is wrong with a package's version, if anything is."""
    try:
        version = importlib.metadata.version(requirement.name)
    except importlib.metadata.PackageNotFoundError:
        return f"{requirement.name} missing"
    if _within(version, requirement.ranges):
        return None
    return f"{requirement.name} {version} (needs {requirement.ranges})"


def _loading_problem(name: str) -> str | None:
    """The error when an installed package is imported, if there is one."""
    try:
        importlib.import_module(name)
    except Exception as error:
        reason = (str(error).strip().splitlines() or [""])[0]
        return f"{name} is broken ({type(error).__name__}: {reason})"
    return None


def _within(version: str, ranges: str) -> bool:
    """Whether a version lies in ranges such as >=2.0,<3, the only kind in pyproject.toml."""
    bounds = re.findall(r"(>=|<)\s*([\d.]+)", ranges)
    return all((_numbers(version) >= _numbers(bound)) == (sign == ">=") for sign, bound in bounds)


def _numbers(version: str) -> list[int]:
    """The numbers of a release: 2.10 comes after 2.9, and 3.0 is 3."""
    numbers = [int(number) for number in re.findall(r"\d+", re.split(r"[^\d.]", version)[0])]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return numbers
