"""The tables of docs/instructors.md, which are made from lessons and exercises: with_tables."""

import re
from pathlib import Path

from cifg_edu.checks.course import exercises_of
from cifg_edu.grading.scores import points_of

PAGE = Path("docs") / "instructors.md"
HEAD = re.compile(r"^\*\*Time:\*\* (\d+) minutes\. \*\*Builds on:\*\* (.*)$", re.MULTILINE)
LINK = re.compile(r"\[([^]]*)\]\([^)]*\)")
TABLE = re.compile(r"(<!-- made: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
# Of each exercise: an author writes the likeliest first.
MOST_NAMED = 3


def with_tables(text: str, lessons: Path) -> str:
    """The page with its tables as the lessons and exercises give them now.

    Args:
        text: the page, with `<!-- made: NAME -->` and `<!-- end -->` around each table.
        lessons: the folder of the lessons; `source/` in it is read.

    Returns:
        The same page where nothing has changed.
    """
    made = {"lessons": _lessons, "mistakes": _mistakes}
    return TABLE.sub(lambda found: f"{found[1]}{made[found[2]](lessons)}{found[3]}", text)


def _lessons(lessons: Path) -> str:
    rows = ["| lesson | minutes | points | builds on |", "|---|---|---|---|"]
    for path in _sources(lessons):
        text = path.read_text(encoding="utf-8")
        [title] = re.findall(r"^# (.*)$", text, re.MULTILINE)[:1]
        minutes, before = HEAD.findall(text)[0]
        points = sum(points_of(e, lessons) for e in exercises_of(_number(path)).values())
        before = LINK.sub(r"\1", before).rstrip(".")
        rows.append(f"| {title} | {minutes} | {points:g} | {before} |")
    return "\n".join(rows) + "\n"


def _mistakes(lessons: Path) -> str:
    lines = []
    for path in _sources(lessons):
        for name, exercise in exercises_of(_number(path)).items():
            lines.append(f"- **{_number(path):02d} `{name}`**, {len(exercise.mutants)} in all")
            lines += [f"  - {mutant.message}" for mutant in exercise.mutants[:MOST_NAMED]]
    return "\n".join(lines) + "\n"


def _sources(lessons: Path) -> list[Path]:
    """The texts of the lessons that have exercises."""
    paths = sorted(lessons.glob("source/[0-9]*.md"))
    return [path for path in paths if exercises_of(_number(path))]


def _number(path: Path) -> int:
    return int(path.name[:2])
