"""The student's own file: keep puts there what a check passed, use_mine takes it from there."""

import ast
import functools
import inspect
import io
import os
import re
import tokenize
from collections.abc import Collection, Iterator
from itertools import zip_longest
from pathlib import Path
from types import FunctionType
from typing import Any

from cifg_edu.checks import progress
from cifg_edu.checks.answers import Answer, read_answers
from cifg_edu.checks.cells import running_shell
from cifg_edu.checks.course import EXERCISES
from cifg_edu.checks.judging import judge
from cifg_edu.checks.notebooks import Cell
from cifg_edu.checks.outcomes import run_case
from cifg_edu.checks.probes import TooLong
from cifg_edu.checks.watching import Watch, kept_inside
from cifg_edu.errors import UserError
from cifg_edu.exercises import Function
from cifg_edu.files import write_atomically
from cifg_edu.prose import fill

MODULE = "my_cifg"
NAME = f"{MODULE}.py"
EARLIER = "my_cifg_earlier.py"
HEAD = f'''"""My CIFG: the functions that I wrote in the lessons, as their checks passed them.

Later lessons run on them. You may change them here; a lesson checks what it takes. When a check
passes a new version of a function, the old one goes to {EARLIER}.
"""
'''
# Parts are cells to editors that know this mark.
MARK = re.compile(r"^# %% (\w+), lesson \d+\n", re.MULTILINE)


def own_path() -> Path:
    """The file: beside the notebook that runs, or in the folder that CIFG_EDU_HOME names."""
    return Path(os.environ.get("CIFG_EDU_HOME") or Path.cwd()) / NAME


def _is_solution() -> bool:
    """Whether the notebook that runs is one of the course's own, with its own answers."""
    return Path.cwd().name == "solutions"


def keep(name: str) -> str:
    """Put an answer that passed, with the helpers it uses, into the student's own file.

    Args:
        name: the exercise, whose answer stands in the cells of the notebook that runs.

    Returns:
        A line for the student; "" where nothing is new, where this is no notebook, or where it is
        one of the course's solutions.

    Raises:
        UserError: the file cannot be read or written, or the answer does not work without the
            rest of its notebook.
    """
    shell = running_shell()
    if shell is None or _is_solution():
        return ""
    # Each text once, where it was run last.
    texts = list(dict.fromkeys(reversed(shell.user_ns.get("In", ()))))[::-1]
    answer = read_answers([Cell("", text) for text in texts]).answers.get(name)
    if answer is None or not answer.line:
        raise UserError(f"no cell that was run defines {name}.")
    path = own_path()
    head, parts = _read(path)
    before = parts.get(name, "")
    imports, parts[name] = _part_of(answer, parts)
    if parts[name] == before:
        return ""
    text = _text(_with_imports(head, imports, parts), parts)
    verdict = judge(EXERCISES[name], inspect.unwrap(_run(text, path)[name]))
    if not verdict.passed:
        raise UserError(f"without the rest of this notebook it is not right: {verdict.message}")
    if before:
        earlier = path.with_name(EARLIER)
        write_atomically(earlier, f"{_content(earlier)}{_mark(name)}{before}\n\n".encode())
    write_atomically(path, text.encode())
    return f"  Kept in {NAME}: later lessons run on it.\n"


def use_mine(names: dict[str, Any]) -> None:
    """Put the student's own functions in place of the course's, where they are there and right.

    Args:
        names: those of a notebook, `globals()`. A name that stands for the course's function
            of an exercise then stands for the student's; no other name changes.

    It prints which functions are the student's. What the file holds and the progress does not, as
    on another computer, is checked and noted. Where the file or the progress cannot be used, it
    says why, and the course's functions stay.
    """
    own, passed = _run_or_say(own_path()), _passed_or_say()
    used = [name for name, e in EXERCISES.items() if names.get(name) is e.reference]
    yours, new = [], []
    for name, exercise in EXERCISES.items():
        if not _is_written(own.get(name)) or (name not in used and name in passed):
            continue
        verdict = judge(exercise, inspect.unwrap(own[name]))
        if not verdict.passed:
            print(fill(f"{name} in {NAME} is not right: {verdict.message}"))
            continue
        if name not in passed:
            new.append(name)
        if name in used:
            names[name] = own[name]
            yours.append(name)
    try:
        for name in new:
            progress.record(name, True)
    except UserError as error:
        print(f"(Not noted in your progress: {error})")
    others = [name for name in used if name not in yours]
    if yours:
        print(fill(f"{len(yours)} of {len(used)} functions are yours: {', '.join(yours)}."))
    if others:
        print(fill(f"The course's own are used until yours pass: {', '.join(others)}."))


def _run_or_say(path: Path) -> dict[str, Any]:
    """What the file defines; nothing in a solution, or where it cannot be used, which it says."""
    if _is_solution():
        return {}
    try:
        return _run(_content(path), path)
    except UserError as error:
        print(f"Your own functions are not used: {error}")
        return {}


def _passed_or_say() -> Collection[str]:
    """The exercises noted as passed; all of them where that cannot be read, which it says."""
    try:
        return {name for name, entry in progress.read().exercises.items() if entry["passed"]}
    except UserError as error:
        print(f"(Nothing is noted in your progress: {error})")
        return EXERCISES.keys()


def _content(path: Path) -> str:
    """The file's text; "" where there is no file."""
    try:
        return path.read_text(encoding="utf-8-sig")  # some editors begin a file with a mark
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not in UTF-8: save it so, or move it away.") from error
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}): move it away.") from error


def _read(path: Path) -> tuple[str, dict[str, str]]:
    """The file's text before its first part, and its parts by name."""
    text = _content(path) or HEAD
    _run(text, path)  # what is no Python would be lost among new parts
    marks = [*MARK.finditer(text)]
    head, parts = text[: marks[0].start()] if marks else text, dict[str, str]()
    for mark, after in zip_longest(marks, marks[1:]):
        end = after.start() if after else len(text)
        name, body = mark[1], text[mark.end() : end].strip("\n")
        if name not in EXERCISES:  # of another version of the course: kept as it stands
            head += text[mark.start() : end]
        else:  # a part may have been copied: both stay
            parts[name] = f"{parts[name]}\n\n\n{body}" if name in parts else body
    return head, parts


def _run(text: str, path: Path) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": MODULE, "__file__": str(path)}
    watch = None
    try:
        module = FunctionType(compile(text, str(path), "exec", dont_inherit=True), names)
        watch = Watch(use_mine, module)
        with kept_inside():
            if not watch.run([module]):
                raise TooLong("it does not end")
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) and not (watch and watch.raised):
            raise  # by a key of the keyboard, not by the file
        line = f" (line {error.lineno})" if isinstance(error, SyntaxError) else ""
        kind = "" if isinstance(error, TooLong) else f"{type(error).__name__}: "
        what = f"{kind}{error}".rstrip(" .:")
        raise UserError(f"{path} does not run: {what}{line}. Mend it, or move it away.") from error
    for name in EXERCISES.keys() & names.keys():
        if _is_written(names[name]):
            exercise = EXERCISES[name]
            example = run_case(exercise, exercise.reference, exercise.cases()[0]).value
            names[name] = _with_names(names[name], example)
    return names


def _is_written(value: Any) -> bool:
    """Whether a value of the file is a function of the student's, and not imported there."""
    return getattr(value, "__module__", "") == MODULE


def _with_names(function: Function, example: Any) -> Function:
    """A function whose plain tuples get the names that the course's results have.

    A check passes `(x, h_prev, ...)` for a cache, and what calls the function may read `cache.i`.
    """

    @functools.wraps(function)
    def named(*arguments: Any, **options: Any) -> Any:
        return _named(function(*arguments, **options), example)

    return named


def _named(value: Any, example: Any) -> Any:
    if not isinstance(example, tuple | list) or type(value) not in (tuple, list) or not example:
        return value
    if isinstance(example, list):
        return [_named(part, example[0]) for part in value]
    if len(value) != len(example):
        return value
    parts = [_named(*pair) for pair in zip(value, example, strict=True)]
    return type(example)(*parts) if hasattr(example, "_fields") else tuple(parts)


def _part_of(answer: Answer, parts: dict[str, str]) -> tuple[list[str], str]:
    """An answer's imports, and the rest, whose names differ from those of other parts."""
    imports, kept = [], []
    for text, statement in _statements(answer.source):
        if isinstance(statement, ast.Import | ast.ImportFrom):
            imports.append(text)
        elif getattr(statement, "name", "") not in EXERCISES.keys() - {answer.name}:
            kept.append(text)  # another exercise's function has its own part, or is imported
    part = "\n\n\n".join(kept)
    others = [_bound(body) for name, body in parts.items() if name != answer.name]
    for name, text in _bound(part).items():
        if name != answer.name and any(other.get(name, text) != text for other in others):
            part = _renamed(part, name, f"{name}_of_{answer.name}")
    return imports, part


def _statements(source: str) -> Iterator[tuple[str, ast.stmt]]:
    """Each statement with its text and the comments above it."""
    lines, before = source.split("\n"), 0
    for statement in ast.parse(source).body:
        end = statement.end_lineno or statement.lineno
        yield "\n".join(lines[before:end]).strip("\n"), statement
        before = end


def _bound(source: str) -> dict[str, str]:
    """The names that a part binds, each with the text of its statement."""
    bound = {}
    for text, statement in _statements(source):
        match statement:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                bound[name] = text
            case _:
                stored = (n for n in ast.walk(statement) if isinstance(n, ast.Name))
                bound |= {n.id: text for n in stored if isinstance(n.ctx, ast.Store)}
    return bound


def _renamed(source: str, old: str, new: str) -> str:
    """A part in which a name is another; attributes and keywords of calls stay."""
    keywords = {
        (node.lineno, node.col_offset)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.keyword)
    }
    lines = source.split("\n")
    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    for number, token in reversed([*enumerate(tokens)]):
        if token.string != old or (number and tokens[number - 1].string == "."):
            continue
        (row, column), text = token.start, lines[token.start[0] - 1]
        if (row, len(text[:column].encode())) not in keywords:  # the tree counts bytes
            lines[row - 1] = text[:column] + new + text[column + len(old) :]
    return "\n".join(lines)


def _with_imports(head: str, imports: list[str], parts: dict[str, str]) -> str:
    """The head with the imports it lacks, and without the course's version of what has a part."""
    lines = head.split("\n")
    present = [s for s in ast.parse(head).body if isinstance(s, ast.Import | ast.ImportFrom)]
    for statement in present:
        for row in range(statement.lineno, (statement.end_lineno or statement.lineno) + 1):
            lines[row - 1] = ""
    wanted = sorted({*map(ast.unparse, present), *imports})
    block = "\n".join(text for text in wanted if not _is_own(text, parts))
    return "\n".join(lines).rstrip("\n") + f"\n\n{block}\n"


def _is_own(text: str, parts: dict[str, str]) -> bool:
    match ast.parse(text).body:
        case [ast.ImportFrom(module=str(module), names=[alias])]:
            return module.startswith("cifg_edu") and alias.name in parts
    return False


def _mark(name: str) -> str:
    return f"# %% {name}, lesson {EXERCISES[name].lesson:02d}\n"


def _text(head: str, parts: dict[str, str]) -> str:
    """The whole file, its parts in the order of the course."""
    ordered = [f"{_mark(name)}{parts[name]}\n" for name in EXERCISES if name in parts]
    return "\n\n".join([head.rstrip("\n") + "\n", *ordered])
