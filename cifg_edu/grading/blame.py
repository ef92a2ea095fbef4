"""The line that is to blame, for a student's page: blamed_line.

It is looked for when the score is settled, in a box that has the whole course in it: the answer may
read the reference there, and has nothing left to win. Only three numbers come out. The cases are
those of the lesson's own check, so the run's seed and inputs are never in that box. The parent of
the box is the grader itself, so without bubblewrap nothing is looked for: an answer could kill it.
"""

import ast
import functools
import shutil
import tempfile
from pathlib import Path
from typing import Any

import cifg_edu
from cifg_edu.checks.suspects import mark_line
from cifg_edu.checks.watching import WALL_PER_CPU
from cifg_edu.errors import UserError
from cifg_edu.grading.sandbox import messages
from cifg_edu.grading.sandbox.box import Box, BoxDied, Limits, put_worker

LIMITS = Limits(cpu_seconds=5, wall_seconds=5 * WALL_PER_CPU)
# Not needed for a check, and with packages that the box does not have.
LEFT_OUT = ("grading", "widgets", "comparison", "authoring", "data", "__pycache__")
PROGRAM = '''
def blame(name, source):
    """The line, the column and the end of what is to blame; zeros where nothing is sure."""
    from cifg_edu.checks import judging, suspects
    from cifg_edu.checks.course import find_exercise
    from cifg_edu.checks.probes import run_text

    suspects.ALL_SECONDS = 0.7
    names = {"__name__": "__main__"}
    run_text(source, "<the answer>", names)
    suspect = judging.judge(find_exercise(name), names[name]).suspect
    return [suspect.line, suspect.column, suspect.end] if suspect else [0, 0, 0]
'''


def blamed_line(name: str, source: str) -> str:
    """Mark the line of a wrong answer that is to blame.

    Args:
        name: the exercise.
        source: the answer's text.

    Returns:
        The line with its number, counted from the `def`, and below it a mark; "" where nothing is
        sure, or where the search was too long.
    """
    try:
        box = Box(Path(_whole_course().name), LIMITS)
    except UserError:
        return ""
    try:
        box.request("define", PROGRAM)
        reply = box.request("call", "blame", (name, source), {})
        return _marked(name, source, messages.decode(reply["value"]))
    except (BoxDied, KeyError, ValueError):
        return ""
    finally:
        box.close()


@functools.cache
def _whole_course() -> tempfile.TemporaryDirectory[str]:
    """A copy of the course with its checks, without what the box cannot import.

    It is made once, and is there until this process ends.
    """
    folder = tempfile.TemporaryDirectory(prefix="cifg_course_")
    source = Path(cifg_edu.__file__).parent
    copied = Path(folder.name) / source.name
    shutil.copytree(source, copied, ignore=shutil.ignore_patterns(*LEFT_OUT))
    (copied / "checks" / "__init__.py").write_text("")  # what learners call needs more packages
    put_worker(Path(folder.name))  # before two boxes at once would
    return folder


def _marked(name: str, source: str, place: Any) -> str:
    """The marked line; "" where the box's numbers are no place in the answer."""
    if not (isinstance(place, list) and len(place) == 3 and all(type(n) is int for n in place)):
        return ""
    number, column, end = place
    lines = source.splitlines()
    first = _first_line(name, source) + number - 1
    if number < 1 or not 1 <= first <= len(lines):
        return ""
    text = lines[first - 1].rstrip()
    if not 0 <= column < end <= len(text):
        return ""
    return "\n".join(mark_line(number, text, column, end))


def _first_line(name: str, source: str) -> int:
    """The line of the last definition of a function; the text was parsed before."""
    places = [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    return max(places, default=1)
