"""What a student has done, kept between notebooks: record, read, table."""

import json
import os
from pathlib import Path
from typing import TypedDict

import platformdirs

from cifg_edu.errors import UserError
from cifg_edu.files import write_atomically


class Entry(TypedDict):
    """One exercise: whether it ever passed, and how often it was tried."""

    passed: bool
    tries: int


def progress_path() -> Path:
    """The file, in the user's data directory, or in the folder that CIFG_EDU_HOME names."""
    home = os.environ.get("CIFG_EDU_HOME") or platformdirs.user_data_path("cifg_edu")
    return Path(home) / "progress.json"


def read() -> dict[str, Entry]:
    """Every exercise tried so far.

    Returns:
        An entry for each exercise's name; empty before the first try.

    Raises:
        UserError: the file cannot be read.

    Source: the file that `record` writes.
    """
    path = progress_path()
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        return {
            str(name): Entry(passed=bool(entry["passed"]), tries=int(entry["tries"]))
            for name, entry in entries.items()
        }
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise UserError(f"{path} is damaged: delete it to start anew.") from error


def record(name: str, passed: bool) -> None:
    """Note one try at an exercise; what once passed stays passed.

    Args:
        name: the exercise.
        passed: whether this try was right.

    Raises:
        UserError: the file cannot be read or written.
    """
    entries = read()
    before = entries.get(name, Entry(passed=False, tries=0))
    entries[name] = Entry(passed=before["passed"] or passed, tries=before["tries"] + 1)
    write_atomically(progress_path(), json.dumps(entries, indent=1).encode())


def table(exercises: dict[str, int]) -> str:
    """Every exercise with its state, lesson by lesson.

    Args:
        exercises: the number of the lesson for each exercise's name, in the course's order.

    Returns:
        One line for each exercise, and a last line that counts.

    Raises:
        UserError: the file cannot be read.
    """
    entries = read()
    lines, passed = [], 0
    for name, lesson in exercises.items():
        entry = entries.get(name, Entry(passed=False, tries=0))
        passed += entry["passed"]
        state = "passed" if entry["passed"] else "tried" if entry["tries"] else "open"
        tries = f"{entry['tries']:>4} tries" if entry["tries"] else ""
        lines.append(f"{lesson:02d}  {name:<24} {state:<6} {tries}".rstrip())
    return "\n".join([*lines, f"{passed} of {len(exercises)} exercises passed."])
