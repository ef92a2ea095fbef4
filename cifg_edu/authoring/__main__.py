"""The commands of authors: notebooks, exercises, pages, sites, the comparison's stored runs."""

import argparse
import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

from cifg_edu.authoring import write_notebooks
from cifg_edu.authoring.instructors import PAGE, with_tables
from cifg_edu.authoring.new_exercise import new_exercise, what_is_left
from cifg_edu.doctor import how_to_add
from cifg_edu.errors import UserError
from cifg_edu.files import write_atomically

COMMANDS = (
    "build",
    "new-exercise",
    "check-exercise",
    "instructors",
    "book",
    "lite",
    "store-comparison",
)
BOOK = Path("build") / "book"
LITE = Path("build") / "lite"


def main(arguments: list[str] | None = None) -> int:
    """Run one command; `[NN ...]` alone builds.

    Args:
        arguments: the command line without the program's name; by default that of the process.

    Returns:
        The exit status: 0, 1 if an exercise is not done, 2 for a user's mistake.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if not {*arguments[:1]} & {*COMMANDS, "-h", "--help"}:
        arguments = ["build", *arguments]
    options = _parser().parse_args(arguments)
    try:
        if options.command == "build":
            return _build(options.lessons)
        if options.command == "new-exercise":
            path = new_exercise(options.name, options.lesson, Path.cwd())
            print(f"{path.relative_to(Path.cwd())} is written. To fill in: its lines marked TODO.")
            print(f"Then: python -m cifg_edu.authoring check-exercise {options.name}")
            return 0
        if options.command == "instructors":
            page = with_tables(PAGE.read_text(encoding="utf-8"), Path("lessons"))
            write_atomically(PAGE, page.encode())
            return 0
        if options.command == "book":
            return _book(options.out)
        if options.command == "lite":
            return _lite(options.out, options.pyodide)
        if options.command == "store-comparison":
            # It needs the extra `compare`, which the other commands do not.
            from cifg_edu.authoring.stored_comparison import store

            account = store(options.folders)
            print(*account.missing, f"{len(account.results)} runs are stored.", sep="\n")
            return 0
        return _check(options.name)
    except UserError as error:
        print(f"cifg_edu: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m cifg_edu.authoring",
        description=__doc__,
        epilog="Lesson numbers, or nothing, in place of COMMAND: build.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    build, new, check, _, book, lite, store = (
        commands.add_parser(name, help=summary, description=summary)
        for name, summary in zip(
            COMMANDS,
            (
                "make the notebooks of lessons/ and solutions/ from lessons/source/",
                "write the file of a new exercise, with TODO where you fill it in",
                "list what an exercise still lacks",
                f"refresh the tables of {PAGE.as_posix()}",
                "make the site with the lessons, their outputs and widgets that move",
                "make the site in which a browser runs the lessons",
                "put the comparison's runs into the package, and its table into the README",
            ),
            strict=True,
        )
    )
    build.add_argument(
        "lessons", nargs="*", metavar="NN", help="beginnings of lessons' names (default: all)"
    )
    new.add_argument("name", metavar="NAME", help="function that students will write")
    new.add_argument("--lesson", type=int, required=True, metavar="N", help="lesson number")
    check.add_argument("name", metavar="NAME", help="exercise to check")
    for site, folder in ((book, BOOK), (lite, LITE)):
        site.add_argument(
            "--out",
            type=Path,
            metavar="FOLDER",
            default=folder,
            help="its folder (default: %(default)s)",
        )
    lite.add_argument(
        "--pyodide",
        type=Path,
        metavar="DIR",
        help="folder with Pyodide for the site to carry (default: its public address)",
    )
    store.add_argument(
        "folders", type=Path, nargs="+", metavar="FOLDER", help="folder that compare --out wrote"
    )
    return parser


def _build(lessons: list[str]) -> int:
    for stem in lessons or [""]:
        for path in write_notebooks(Path("lessons"), Path("solutions"), stem):
            print(path, flush=True)
    return 0


def _book(out: Path) -> int:
    with _needs("book"):
        from cifg_edu.authoring.book.site import build_book
    build_book(Path.cwd(), out.resolve(), Path.cwd() / LITE)
    print(f"The book is in {out}: open {out / 'index.html'} in a browser.")
    return 0


def _lite(out: Path, pyodide: Path | None) -> int:
    with _needs("lite"):
        import jupyterlite_pyodide_kernel  # noqa: F401

        from cifg_edu.authoring.lite import build_lite
    missing = build_lite(Path.cwd(), out.resolve(), pyodide)
    served = f"python -m http.server --bind 127.0.0.1 --directory {out}"
    print(*filter(None, [missing, f"The site is in {out}. To look at it: {served}"]), sep="\n")
    return 0


@contextlib.contextmanager
def _needs(part: str) -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        raise UserError(f"{error.name} is missing: {how_to_add(part)}") from error


def _check(name: str) -> int:
    left = what_is_left(name, Path.cwd())
    if left:
        print(*left, f"{name} is not done: do what is listed above.", sep="\n")
        return 1
    print(f"{name} is done. To build its notebooks: python -m cifg_edu.authoring NN")
    return 0


if __name__ == "__main__":
    sys.exit(main())
