"""What a student has done, kept between notebooks: record, read, table."""

import json
import os
from pathlib import Path
from typing import TypedDict

import platformdirs

from cifg_edu.errors import UserError, refuse_newer
from cifg_edu.files import write_atomically

FORMAT = 1


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
        UserError: the file cannot be read, or a newer version of this course wrote it.
    """
    path = progress_path()
    elsewhere = "set CIFG_EDU_HOME to another folder"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        # The first version of the file is the entries and nothing else.
        content = content if "format" in content else {"format": 0, "exercises": content}
        refuse_newer(str(path), content["format"], FORMAT, elsewhere)
        return {
            str(name): Entry(passed=bool(entry["passed"]), tries=int(entry["tries"]))
            for name, entry in content["exercises"].items()
        }
    except FileNotFoundError:
        return {}
    except UserError:
        raise
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise UserError(
            f"{path} is damaged: move it away to start with an empty list, or {elsewhere}."
        ) from error


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
    content = {"format": FORMAT, "exercises": entries}
    write_atomically(progress_path(), json.dumps(content, indent=1).encode())


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
