"""What late work costs, and the sentence that says so: lateness, Lateness."""

import math
from datetime import UTC, datetime
from typing import Any, NamedTuple

from cifg_edu.grading.course_file import CourseLesson, LateRule

SECONDS_A_DAY = 86_400


class Lateness(NamedTuple):
    """How late a notebook came.

    days: those begun after the due date; 0 for in time.
    share: how much of the points is left, 0 to 1.
    words: a sentence for the student; "" where there is nothing to say.
    """

    days: int = 0
    share: float = 1.0
    words: str = ""


def lateness(lesson: CourseLesson, rule: LateRule, result: dict[str, Any]) -> Lateness:
    """How late a notebook is by the course's rule.

    A platform's mark says whether it is late; without a mark the time of the file does. How late
    it is, the time of the file says in both cases.

    Args:
        lesson: with its due date.
        rule: of the course.
        result: as `run.grade` stores it, with the notebook's `time` and the platform's mark `late`.
    """
    marked, due = result["late"], lesson.due
    if due is None or not result["file"] or marked is False:
        return Lateness()
    if not result["time"] and not marked:
        return Lateness(words="When it was handed in is not known, so it counts as in time.")
    came = datetime.fromtimestamp(result["time"], UTC)
    days = math.ceil((came - due).total_seconds() / SECONDS_A_DAY)
    if days <= 0 and not marked:
        return Lateness()
    how = f"by the time of its file, {_said(came.astimezone(due.tzinfo))}"
    if marked:
        how = f"marked so by the platform, and {how}" if days > 0 else "marked so by the platform"
    days = max(days, 1)
    share = max(rule.floor, 1 - rule.per_day * days)
    cost = "Late work costs nothing in this course."
    if rule.per_day:
        cost = f"Each day begun costs {100 * rule.per_day:g} % of the points"
        cost += f", and {100 * rule.floor:g} % are left in any case" if rule.floor else ""
        cost += f": {100 * share:g} % of the points count."
    length = "1 day" if days == 1 else f"{days} days"
    return Lateness(days, share, f"{length} late ({how}; due {_said(due)}). {cost}")


def _said(time: datetime) -> str:
    return time.strftime("%Y-%m-%d %H:%M %z")
