"""Sentences on the screen: fill."""

import re
import textwrap

# As many columns as an output has in JupyterLab, where the window is 900 pixels wide. It breaks
# what is longer inside a word.
WIDTH = 88
# A line of code, under which a mark may stand.
CODE = re.compile(r" *(line )?\d+:? ")


def fill(text: str, indent: str = "") -> str:
    """Break the lines that are too long, between words.

    Args:
        text: one or more lines. What is short enough, or code with its number, stays as it is.
        indent: what stands before each line.

    Returns:
        The lines. What was broken goes on two columns further in than it began.
    """
    return "\n".join(_filled(indent + line) for line in text.splitlines())


def _filled(line: str) -> str:
    if len(line) <= WIDTH or CODE.match(line):
        return line
    begins = line[: len(line) - len(line.lstrip())]
    return textwrap.fill(
        line.strip(),
        WIDTH,
        initial_indent=begins,
        subsequent_indent=begins + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
