"""Which small changes of the taught modules does no test notice?

Cosmic Ray makes the changes: another operator, a number one off, a condition turned round. Each is
judged, in a copy of the course, by the tests of its module: the files that import the module, and
nothing else of the package but taught modules and what stands below them. What is known of a
change is kept in .mutants.jsonl, and holds until a taught module or those tests change.
"""

import argparse
import ast
import difflib
import hashlib
import json
import os
import random
import re
import shlex
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names
from cosmic_ray.testing import run_tests
from cosmic_ray.work_item import TestOutcome
from tqdm import tqdm

import cifg_edu

HOME = Path(__file__).parents[1]
KNOWN = HOME / ".mutants.jsonl"
# The modules of the taught functions, and the one that computes the same for speed.
TAUGHT = sorted({*cifg_edu.TAUGHT.values(), "engine"})
BELOW = ("arrays", "errors")
# An operator on bits stops code that works with real numbers, `is` for `==` hangs on how Python
# keeps small integers, and + for a sign is what leaving it out is: nothing is learned from these.
POINTLESS = re.compile(r"_(Bit\w+|[LR]Shift|Invert|UAdd)(_|$)|(Eq|[LG]tE?)_Is(Not)?$")


class Change(NamedTuple):
    """The n-th place in a module where an operator of Cosmic Ray can change something."""

    module: str
    operator: str
    occurrence: int


class Mutant(NamedTuple):
    """A module's source with one change, and how its tests are run."""

    path: str
    source: str
    command: str


def main() -> None:
    """Draw changes, try each, and print those that no test notices: a few change nothing."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--changes", type=int, default=300, help="changes to try (default: 300)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the draw (default: 0)")
    options = parser.parse_args()

    changes = [change for module in TAUGHT for change in _changes(module)]
    drawn = random.Random(options.seed).sample(changes, min(options.changes, len(changes)))
    tests = _tests_of_modules()
    mutants = [mutant for change in drawn if (mutant := _mutant(change, tests))]
    keys = _keys(mutants)
    known = _known()
    with KNOWN.open("a") as file:
        for mutant, noticed in _tried([mutant for mutant in mutants if keys[mutant] not in known]):
            known[keys[mutant]] = noticed
            print(json.dumps([keys[mutant], noticed]), file=file, flush=True)

    survivors = [mutant for mutant in mutants if not known[keys[mutant]]]
    for mutant in survivors:
        print(_difference(mutant))
    print(f"No test notices {len(survivors)} of {len(mutants)} changes.")


def _known() -> dict[str, bool]:
    """What earlier runs found: whether the mutant of a key was noticed."""
    if not KNOWN.exists():
        return {}
    return dict(json.loads(line) for line in KNOWN.read_text().splitlines())


def _tests_of_modules() -> dict[str, list[str]]:
    """The test files of each taught module, as their imports have it."""
    tests: dict[str, list[str]] = {module: [] for module in TAUGHT}
    for path in sorted(HOME.glob("tests/test_*.py")):
        modules = _imported(path.read_text(encoding="utf-8"))
        if modules <= {*TAUGHT, *BELOW}:
            for module in modules & set(TAUGHT):
                tests[module].append(f"tests/{path.name}")
    for module, files in tests.items():
        if not files:
            sys.exit(
                f"{module} has no tests: write a file that imports it and taught modules alone."
            )
    return tests


def _imported(source: str) -> set[str]:
    """The modules and packages of the course that a file imports, such as {"gates", "widgets"}."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name.split(".")[1] for name in names if name.startswith("cifg_edu.")}


def _path(module: str) -> str:
    return f"cifg_edu/{module}.py"


def _changes(module: str) -> Iterator[Change]:
    """Every change of a module that Cosmic Ray can make."""
    nodes = list(ast_nodes(get_ast((HOME / _path(module)).read_text(encoding="utf-8"))))
    for name in sorted(operator_names()):
        operator = get_operator(name)
        if not POINTLESS.search(name) and not operator.arguments():
            places = sum(len(list(operator().mutation_positions(node))) for node in nodes)
            yield from (Change(module, name, occurrence) for occurrence in range(places))


def _mutant(change: Change, tests: dict[str, list[str]]) -> Mutant | None:
    """The change made; None where the result is no Python, as for the star in f(*, x)."""
    path = _path(change.module)
    source = (HOME / path).read_text(encoding="utf-8")
    source = mutate_code(source, get_operator(change.operator)(), change.occurrence)
    try:
        ast.parse(source)
    except SyntaxError:
        return None
    pytest = [sys.executable, "-m", "pytest", "-x", "-q", "-o", "addopts="]
    return Mutant(path, source, shlex.join([*pytest, *tests[change.module]]))


def _keys(mutants: list[Mutant]) -> dict[Mutant, str]:
    """A name for each mutant with its tests and the modules that it works with."""
    course = [(HOME / _path(module)).read_text(encoding="utf-8") for module in (*TAUGHT, *BELOW)]
    keys = {}
    for mutant in mutants:
        files = [part for part in shlex.split(mutant.command) if part.startswith("tests/")]
        tests = [(HOME / file).read_text(encoding="utf-8") for file in files]
        text = "\0".join([mutant.source, *tests, *course])
        keys[mutant] = hashlib.sha256(text.encode()).hexdigest()
    return keys


def _tried(mutants: list[Mutant]) -> Iterator[tuple[Mutant, bool]]:
    """Each mutant, as it gets ready, and whether a test noticed it."""
    commands = sorted({mutant.command for mutant in mutants})
    with (
        tempfile.TemporaryDirectory(prefix="cifg_edu_mutants_") as copies,
        ProcessPoolExecutor(os.cpu_count(), initializer=_enter_copy, initargs=(copies,)) as pool,
    ):
        seconds = dict(zip(commands, pool.map(_seconds_unchanged, commands), strict=True))
        futures = {pool.submit(_is_noticed, m, seconds[m.command]): m for m in mutants}
        try:
            for future in tqdm(as_completed(futures), total=len(mutants), unit="change"):
                yield futures[future], future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _enter_copy(copies: str) -> None:
    """Give this process a copy of the course and its tests to change."""
    copy = Path(copies) / str(os.getpid())
    ignored = shutil.ignore_patterns("__pycache__")
    for folder in ("cifg_edu", "tests"):
        shutil.copytree(HOME / folder, copy / folder, ignore=ignored)
    for file in ("conftest.py", "pyproject.toml"):
        shutil.copy(HOME / file, copy)
    os.chdir(copy)
    # These tests need no plugin, and to load them takes as long as the tests.
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"


def _seconds_unchanged(command: str) -> float:
    """How long tests take that pass, as they must before anything is changed."""
    start = time.monotonic()
    outcome, output = run_tests(command, 3600)
    if outcome != TestOutcome.SURVIVED:
        raise RuntimeError(f"The tests fail before anything is changed: {command}\n{output}")
    return time.monotonic() - start


def _is_noticed(mutant: Mutant, seconds: float) -> bool:
    """Whether the tests fail, or never end, with the changed module in place of the right one."""
    path = Path(mutant.path)
    right = path.read_text(encoding="utf-8")
    path.write_text(mutant.source, encoding="utf-8")
    try:
        return run_tests(mutant.command, 30 + 10 * seconds)[0] != TestOutcome.SURVIVED
    finally:
        path.write_text(right, encoding="utf-8")


def _difference(mutant: Mutant) -> str:
    """The changed lines, headed by file and line number."""
    right = (HOME / mutant.path).read_text(encoding="utf-8")
    lines = list(difflib.unified_diff(right.splitlines(), mutant.source.splitlines(), n=0))
    number = re.match(r"@@ -(\d+)", lines[2])[1]
    return "\n".join([f"{mutant.path}:{number}", *lines[3:], ""])


if __name__ == "__main__":
    main()
