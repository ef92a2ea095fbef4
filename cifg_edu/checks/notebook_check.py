"""The lessons' own checks on a notebook, from the command line: check_notebook.

There is no box: it is the student's own code on the student's own machine. But it runs in another
process, which may loop or end without harm. This file is that program too:
`python -m cifg_edu.checks.notebook_check`.
"""

import json
import math
import signal
import subprocess
import sys
import time
import traceback
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

from cifg_edu.checks import EXERCISES, check
from cifg_edu.checks.answers import Answer, read_answers
from cifg_edu.checks.course import exercises_of
from cifg_edu.checks.notebooks import Unreadable, read_cells
from cifg_edu.checks.probes import run_text
from cifg_edu.checks.watching import WALL_PER_CPU
from cifg_edu.errors import UserError

# Not 0: a cell that calls exit() is no right answer.
ALL_RIGHT = 10
LOOP = (
    "✘ Stopped: this took more than {seconds:g} seconds of computing time. Is there a loop that "
    "never ends?"
)
WAIT = (
    "✘ Stopped: this was not done after {seconds:g} seconds by the clock. Does it wait for "
    "something?"
)


def check_notebook(path: Path, seconds: float = 120.0) -> bool:
    """Print what the checks say about each exercise of a notebook, or of a Python file.

    Args:
        path: the file; of its code only the answers are run, and what they use.
        seconds: after so much computing time the check is stopped, and in any case after ten times
            as long by the clock. Where the system does not limit computing time, as Windows, the
            clock counts alone, and `seconds` is for it.

    Returns:
        Whether all exercises of its lesson are right.

    Raises:
        UserError: it is no notebook, or has no exercise of the course.
    """
    try:
        reading = read_answers(read_cells(path.read_bytes(), path.suffix == ".py"))
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}): give a notebook.") from error
    except Unreadable as error:
        raise UserError(f"{path}: {error}") from error
    if reading.lesson is None:
        raise UserError(f"{path} has no exercise of this course: give the notebook of a lesson.")
    order = exercises_of(reading.lesson)
    answers = [reading.answers[name] for name in order if name in reading.answers]
    print(f"{path}: lesson {reading.lesson:02d}", *reading.problems, sep="\n  ", flush=True)
    missing = [name for name in order if name not in reading.answers]
    for name in missing:
        print(f"✘ {name}: its cell is not in this notebook.", flush=True)
    request = json.dumps({"answers": answers, "seconds": seconds})
    command = [sys.executable, "-m", "cifg_edu.checks.notebook_check"]
    limited = find_spec("resource") is not None
    wall_seconds = seconds * (WALL_PER_CPU if limited else 1)
    try:
        done = subprocess.run(command, input=request.encode(), timeout=wall_seconds, check=False)
    except subprocess.TimeoutExpired:
        print(WAIT.format(seconds=wall_seconds))
        return False
    if limited and done.returncode == -signal.SIGXCPU:
        print(LOOP.format(seconds=seconds))
    elif done.returncode not in (ALL_RIGHT, 1):
        print("✘ Stopped: a cell ended the whole process.")
    return done.returncode == ALL_RIGHT and not missing


def _limit_computing(seconds: float) -> None:
    """Have the system end this process after so much computing time from now on."""
    try:
        import resource  # here, where it is used: Windows has none
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = math.ceil(time.process_time() + seconds)
    resource.setrlimit(
        resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard)
    )


def _check_answers(answers: list[Any], seconds: float) -> bool:
    """Check the answers in order; the course's stand in for those that are not right yet."""
    _limit_computing(seconds)
    stand_ins: dict[str, Any] = {}
    for answer in (Answer(*fields) for fields in answers):
        try:
            function = _defined(answer, stand_ins)
        except UserError as error:
            print(f"✘ {answer.name}: {error}", flush=True)
        except (Exception, SystemExit) as error:
            words = f"{type(error).__name__}: {error}{_place(answer, error)}"
            print(f"✘ {answer.name}: its cell stops with {words}", flush=True)
        else:
            if str(getattr(function, "__module__", "")).startswith("cifg_edu."):
                print(f"✘ {answer.name}: that is the course's own function: write yours.")
            elif check(answer.name, function) is function:
                continue
            sys.stdout.flush()
        stand_ins[answer.name] = EXERCISES[answer.name].reference
    return not stand_ins


def _defined(answer: Answer, stand_ins: dict[str, Any]) -> Any:
    """Run an answer's text, and give what it defines."""
    names: dict[str, Any] = {"__name__": "__main__"}
    # What lines for IPython, and what shows something, become in here: nothing.
    names |= dict.fromkeys(("display", "get_ipython"), MagicMock())
    run_text(answer.source, _file(answer), names)
    if answer.name not in names:
        raise UserError(f"its cell does not define {answer.name}.")
    function = names[answer.name]
    names.update(stand_ins)
    return function


def _place(answer: Answer, error: BaseException) -> str:
    """Where in the notebook an answer's text stopped."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno or 0 for frame in frames if frame.filename == _file(answer)]
    if not lines:
        return ""
    cell, line = answer.places[lines[-1] - 1]
    return f" (code cell {cell}, line {line})" if cell else ""


def _file(answer: Answer) -> str:
    return f"<the answer to {answer.name}>"


if __name__ == "__main__":
    sys.exit(ALL_RIGHT if _check_answers(**json.load(sys.stdin)) else 1)
