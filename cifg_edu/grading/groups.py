"""Wrong answers that do what no usual one does: behaviour, find_groups, Group, Names."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

# What one mistake says in different words: the names of variables, and the line.
OWN_WORDS = re.compile(r"'[^']*'|\bline \d+")

# The message for each exercise and behaviour that an instructor has named.
Names = Mapping[tuple[str, str], str]


class Group(NamedTuple):
    """Answers to an exercise that do the same in every case.

    name: for the instructor's command; it stays the same while the seed does.
    students: who gave them.
    words: what the first of them was told.
    answer: its text, as a specimen.
    message: the instructor's name for the mistake, or "".
    """

    name: str
    exercise: str
    behaviour: str
    students: list[str]
    words: str
    answer: str
    message: str


def behaviour(printed: list[str]) -> str:
    """A short text that is the same for answers that do the same.

    Args:
        printed: what an answer printed in each case; numbers in it are rounded.

    Returns:
        A digest. What an error says of the student's own names and lines does not count.
    """
    plain = [
        OWN_WORDS.sub("", text) if text.startswith(("stops with ", "the exercise's cell")) else text
        for text in printed
    ]
    return hashlib.sha256(json.dumps(plain).encode()).hexdigest()[:16]


def find_groups(results: list[dict[str, Any]], names: Names) -> list[Group]:
    """Group a lesson's answers whose mistake the course does not know.

    Args:
        results: as `run.grade_task` gives them.
        names: those that the instructor has given.

    Returns:
        The groups, the largest first.
    """
    found: dict[tuple[str, str], Group] = {}
    for result in results:
        for exercise in result["exercises"] if result["complete"] else ():
            name, does = exercise["exercise"], exercise["behaviour"]
            if not does:
                continue
            if (name, does) not in found:
                found[name, does] = Group(
                    f"{name}-{does[:6]}",
                    name,
                    does,
                    [],
                    exercise["words"],
                    result["answers"][name],
                    names.get((name, does), ""),
                )
            found[name, does].students.append(result["student"])
    return sorted(found.values(), key=lambda group: -len(group.students))
