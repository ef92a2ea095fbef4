"""The lessons' own checks on a notebook, from the command line: check_notebook.

There is no box: it is the student's own code on the student's own machine. But it runs in another
process, which may loop or end without harm. This file is that program too:
`python -m cifg_edu.grading.notebook_check`.
"""

import json
import math
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

from cifg_edu.checks import EXERCISES, check
from cifg_edu.checks.course import exercises_of
from cifg_edu.errors import UserError
from cifg_edu.files import find_lessons
from cifg_edu.grading.grading_notebook import lesson_imports
from cifg_edu.grading.handed_in import Unreadable
from cifg_edu.grading.sandbox.box import WALL_PER_CPU
from cifg_edu.grading.sandbox.cells import compile_cell
from cifg_edu.grading.submissions import read_answers, read_notebook

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
    """Print what the checks say about each exercise of a notebook.

    Args:
        path: the notebook; only its exercises' cells are run, over the lesson's own imports.
        seconds: after so much computing time the check is stopped, and in any case after ten times
            as long by the clock. Where the system does not limit computing time, as Windows, the
            clock counts alone, and `seconds` is for it.

    Returns:
        Whether all exercises of its lesson are right.

    Raises:
        UserError: it is no notebook, or has no exercise of the course.
    """
    try:
        answers, problems = read_answers(read_notebook(path)[1])
    except Unreadable as error:
        raise UserError(f"{path}: {error}") from error
    if not answers:
        raise UserError(f"{path} has no exercise of this course: give the notebook of a lesson.")
    lesson = EXERCISES[next(iter(answers))].lesson
    order = exercises_of(lesson)
    request = {
        "imports": lesson_imports(find_lessons(), lesson),
        "answers": {name: answers[name] for name in order if name in answers},
        "seconds": seconds,
    }
    print(f"{path}: lesson {lesson:02d}", *problems, sep="\n  ", flush=True)
    missing = [name for name in order if name not in answers]
    for name in missing:
        print(f"✘ {name}: its cell is not in this notebook.", flush=True)
    command = [sys.executable, "-m", "cifg_edu.grading.notebook_check"]
    limited = find_spec("resource") is not None
    wall_seconds = seconds * (WALL_PER_CPU if limited else 1)
    try:
        done = subprocess.run(
            command, input=json.dumps(request).encode(), timeout=wall_seconds, check=False
        )
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


def _check_answers(imports: list[str], answers: dict[str, str], seconds: float) -> bool:
    """Run the cells in the lesson's order, as a student does, with a check after each."""
    _limit_computing(seconds)
    names: dict[str, object] = {"__name__": "__main__"}
    for statement in imports:
        try:
            exec(statement, names)
        except ImportError as error:
            print(f"  {statement}: {error}")
    right = True
    for name, source in answers.items():
        names.pop(name, None)
        try:
            exec(compile_cell(source), names)
            answer = names[name]
        except KeyError:
            print(f"✘ {name}: its cell does not define {name}.", flush=True)
            right = False
        except (Exception, SystemExit) as error:
            print(f"✘ {name}: its cell stops with {type(error).__name__}: {error}", flush=True)
            right = False
        else:
            if str(getattr(answer, "__module__", "")).startswith("cifg_edu."):
                print(f"✘ {name}: that is the course's own function: write yours.", flush=True)
                right = False
                continue
            names[name] = check(name, answer)
            right = right and names[name] is answer
        sys.stdout.flush()
        if name not in names:
            names[name] = EXERCISES[name].reference
    return right


if __name__ == "__main__":
    sys.exit(ALL_RIGHT if _check_answers(**json.load(sys.stdin)) else 1)
