"""What a student has done, kept between notebooks: record, read, table, ..."""

import json
import os
from pathlib import Path
from typing import Any, NamedTuple, TypedDict

import platformdirs

from cifg_edu.errors import UserError, refuse_newer
from cifg_edu.files import IN_BROWSER, write_atomically

FORMAT = 2


class Entry(TypedDict):
    """One exercise: whether it ever passed, and how often it was tried."""

    passed: bool
    tries: int


class Prediction(TypedDict):
    """One prediction: what was answered, how surely (0.5 to 1), and whether it came so.

    right: None until the outcome is there.
    within: how far from the outcome a number may be and still count as right.
    """

    answer: str | float
    confidence: float
    right: bool | None
    within: float


class Progress(NamedTuple):
    """All that is kept.

    exercises: an entry for each exercise that was tried.
    predictions: those that were made, by name.
    hunts: for each exercise, the numbers of the bugs that were repaired.
    shown: the predictions whose outcome was on the screen, made or not.
    """

    exercises: dict[str, Entry]
    predictions: dict[str, Prediction]
    hunts: dict[str, list[int]]
    shown: list[str]


def progress_path() -> Path:
    """The file, in the user's data directory, or in the folder that CIFG_EDU_HOME names.

    In a browser it is beside the notebook: nothing else is there when the page is opened again.
    """
    own = Path.cwd() if IN_BROWSER else platformdirs.user_data_path("cifg_edu")
    return Path(os.environ.get("CIFG_EDU_HOME") or own) / "progress.json"


def read() -> Progress:
    """Read all that was done so far.

    Returns:
        What the file holds; empty before the first try.

    Raises:
        UserError: the file cannot be read, or a newer version of this course wrote it.
    """
    path = progress_path()
    elsewhere = "set CIFG_EDU_HOME to another folder"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        # The first version of the file is the entries and nothing else; format 1 has no more.
        content = content if "format" in content else {"format": 0, "exercises": content}
        refuse_newer(str(path), content["format"], FORMAT, elsewhere)
        return Progress(
            {
                str(name): Entry(passed=bool(entry["passed"]), tries=int(entry["tries"]))
                for name, entry in content["exercises"].items()
            },
            {str(name): _prediction(made) for name, made in content.get("predictions", {}).items()},
            {
                str(name): [int(number) for number in numbers]
                for name, numbers in content.get("hunts", {}).items()
            },
            _names(content.get("shown", [])),
        )
    except (FileNotFoundError, NotADirectoryError):
        return Progress({}, {}, {}, [])
    except UserError:
        raise
    except OSError as error:
        raise UserError(
            f"{path} cannot be read ({error.strerror}): make it readable, or {elsewhere}."
        ) from error
    except (
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as error:
        raise UserError(
            f"{path} is damaged: move it away to start with an empty list, or {elsewhere}."
        ) from error


def _names(listed: Any) -> list[str]:
    if not isinstance(listed, list):
        raise TypeError(listed)
    return [str(name) for name in listed]


def _prediction(made: dict[str, Any]) -> Prediction:
    answer, right = made["answer"], made["right"]
    confidence = float(made["confidence"])
    if not 0.5 <= confidence <= 1:
        raise ValueError(confidence)
    return Prediction(
        answer=answer if isinstance(answer, str) else float(answer),
        confidence=confidence,
        right=None if right is None else bool(right),
        within=float(made.get("within", 0.0)),
    )


def _write(progress: Progress) -> None:
    content = {"format": FORMAT, **progress._asdict()}
    try:
        write_atomically(progress_path(), json.dumps(content, indent=1).encode())
    except UserError as error:
        # The folder is not one that the student chose.
        raise UserError(f"{error} Set CIFG_EDU_HOME to one to keep your progress there.") from error


def record(name: str, passed: bool) -> None:
    """Note one try at an exercise; what once passed stays passed.

    Args:
        name: the exercise.
        passed: whether this try was right.

    Raises:
        UserError: the file cannot be read or written.
    """
    progress = read()
    before = progress.exercises.get(name, Entry(passed=False, tries=0))
    progress.exercises[name] = Entry(passed=before["passed"] or passed, tries=before["tries"] + 1)
    _write(progress)


def record_prediction(name: str, prediction: Prediction) -> None:
    """Keep a prediction, in place of an earlier one.

    Args:
        name: the prediction.
        prediction: what to keep.

    Raises:
        UserError: the file cannot be read or written.
    """
    progress = read()
    progress.predictions[name] = prediction
    _write(progress)


def record_outcome(name: str, right: bool) -> None:
    """Note that the outcome of a prediction was shown: an answer that comes later knows it.

    Args:
        name: the prediction.
        right: whether it came so; noted where one was made and its outcome is open.

    Raises:
        UserError: the file cannot be read or written.
    """
    progress = read()
    made = progress.predictions.get(name)
    if made and made["right"] is None:
        made["right"] = right
    elif name in progress.shown:
        return
    if name not in progress.shown:
        progress.shown.append(name)
    _write(progress)


def record_hunt(name: str, number: int) -> None:
    """Note that a bug was repaired.

    Args:
        name: the exercise in which it was.
        number: the bug's, from 0.

    Raises:
        UserError: the file cannot be read or written.
    """
    progress = read()
    progress.hunts[name] = sorted({*progress.hunts.get(name, []), number})
    _write(progress)


def table(exercises: dict[str, int]) -> str:
    """Every exercise with its state, lesson by lesson.

    Args:
        exercises: the number of the lesson for each exercise's name, in the course's order.

    Returns:
        One line for each exercise, and a last line that counts.

    Raises:
        UserError: the file cannot be read.
    """
    entries = read().exercises
    lines, passed = [], 0
    for name, lesson in exercises.items():
        entry = entries.get(name, Entry(passed=False, tries=0))
        passed += entry["passed"]
        state = "passed" if entry["passed"] else "tried" if entry["tries"] else "open"
        words = "try" if entry["tries"] == 1 else "tries"
        tries = f"{entry['tries']:>4} {words}" if entry["tries"] else ""
        lines.append(f"{lesson:02d}  {name:<24} {state:<6} {tries}".rstrip())
    return "\n".join([*lines, f"{passed} of {len(exercises)} exercises passed."])
