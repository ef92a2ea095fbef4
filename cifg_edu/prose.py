"""Sentences and code on the screen: fill, numbered."""

import re
import textwrap
from collections.abc import Iterable

# As many columns as an output has in JupyterLab, where the window is 900 pixels wide. It breaks
# what is longer inside a word.
WIDTH = 88
# A space at which no line is broken; a plain one is shown.
UNBROKEN = "\N{NO-BREAK SPACE}"
# A line of code, under which a mark may stand.
CODE = re.compile(r" *line \d+(?: of \w+)?:  ")


def fill(text: str, indent: str = "") -> str:
    """Break the lines that are too long, between words.

    Args:
        text: one or more lines. What is short enough, or code with its number, is not changed.
        indent: what stands before each line.

    Returns:
        The lines. What was broken goes on two columns further in than it began.
    """
    return "\n".join(_filled(indent + line) for line in text.splitlines())


def numbered(lines: Iterable[str], first: int = 1) -> str:
    """Code with the numbers of its lines.

    Args:
        lines: the code.
        first: the number of the first line.

    Returns:
        A line for each. What is too long goes on below, without a number.
    """
    return "\n".join(
        _broken(line.lstrip(), f"{number:>4}  {_indent(line)}", f"{'':6}{_indent(line)}    ")
        for number, line in enumerate(lines, start=first)
    )


def _filled(line: str) -> str:
    if CODE.match(line):
        return line
    return _broken(line.lstrip(), _indent(line), f"{_indent(line)}  ")


def _broken(text: str, begins: str, goes_on: str) -> str:
    shown = (begins + text).rstrip()
    if len(shown) > WIDTH:
        shown = textwrap.fill(
            text,
            WIDTH,
            initial_indent=begins,
            subsequent_indent=goes_on,
            break_long_words=False,
            break_on_hyphens=False,
        )
    return shown.replace(UNBROKEN, " ")


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
