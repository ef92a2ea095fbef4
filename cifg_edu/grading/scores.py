"""From verdicts to points: score, missing_score, points_of, ExerciseScore."""

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cifg_edu.exercises import Exercise
from cifg_edu.grading.credit import credit
from cifg_edu.grading.groups import behaviour
from cifg_edu.grading.keys import Key
from cifg_edu.grading.numerical import Seen, numerical

UNWRITTEN = "Not implemented yet."
POINTS_FOR_A_STAR = 10
NEEDS = "What an answer uses must be defined in the notebook, or imported by the lesson."


@dataclass(frozen=True)
class ExerciseScore:
    """What a student has reached in an exercise.

    words: what failed and why, for the student; empty where all is right.
    mutants: the numbers of the usual wrong answers that do just the same.
    failed: the numbers of the cases that did not pass.
    behaviour: what it does, where it is wrong in a way that no usual wrong answer is; else "".
    numerical: what shows that it takes a derivative by numbers, where that was looked for.
    """

    exercise: str
    points: float
    earned: float
    cases: int
    passed: int
    words: str
    mutants: list[int]
    failed: list[int]
    behaviour: str
    numerical: str

    def as_json(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return asdict(self)


def points_of(exercise: Exercise, lessons: Path | None) -> float:
    """The points of an exercise: those that the lesson's source gives, or ten for each star.

    Args:
        exercise: of the course.
        lessons: the folder of the lessons; `source/` in it is looked at.

    Returns:
        The number after `:points:` in the head of the exercise's cell, if there is one.
    """
    cell = re.compile(
        r"^```\{code-cell\}[^\n]*\n((?::[^\n]*\n)+)\n*" + exercise.name + r"\n```", re.MULTILINE
    )
    for path in lessons.glob(f"source/{exercise.lesson:02d}_*.md") if lessons else ():
        found = cell.search(path.read_text(encoding="utf-8"))
        points = found and re.search(r"^:points: *(\d+(?:\.\d+)?)$", found[1], re.MULTILINE)
        if points:
            return float(points[1])
    return float(POINTS_FOR_A_STAR * exercise.stars)


def score(
    key: Key, points: float, passed: list[bool], records: dict[int, dict[str, Any]]
) -> ExerciseScore:
    """Points for an exercise: all where every case passed, and else by `credit`.

    Args:
        key: of the exercise, for the seed of the grading run.
        points: for all cases.
        passed: nbval's verdict for each case.
        records: what the runner noted about each case, by its number.

    Returns:
        The score.
    """
    by_heart = any(passed) and not any(
        good for good, drawn in zip(passed, key.depends_on_seed, strict=True) if drawn
    )
    printed = [str(records.get(case, {}).get("printed", "")) for case in range(len(passed))]
    earned = points if all(passed) else points * credit(key, printed)
    mutants = [] if all(passed) else key.mutants_met(printed)
    words = [] if all(passed) else [_words(key, passed, records)]
    words += [f"Likely cause: {key.exercise.mutants[number].message}" for number in mutants[:1]]
    if by_heart and not earned:
        words.append("It is right only for arguments that are the same in every run: no points.")
    failed = [case for case, good in enumerate(passed) if not good]
    unknown = failed and not mutants and words != [UNWRITTEN]
    watched = [Seen(*seen) for record in records.values() for seen in record.get("watched", ())]
    return ExerciseScore(
        exercise=key.exercise.name,
        points=points,
        earned=round(earned, 2),
        cases=len(passed),
        passed=sum(passed),
        words="\n".join(words),
        mutants=mutants,
        failed=failed,
        behaviour=behaviour(printed) if unknown else "",
        numerical=numerical(watched),
    )


def missing_score(key: Key, points: float) -> ExerciseScore:
    """The score where a submission has no answer to an exercise."""
    name, cases = key.exercise.name, len(key.cases)
    words, failed = "The exercise's cell is not there.", list(range(cases))
    return ExerciseScore(name, points, 0.0, cases, 0, words, [], failed, "", "")


def _words(key: Key, passed: list[bool], records: dict[int, dict[str, Any]]) -> str:
    """The first case that failed, in words."""
    case = passed.index(False)
    record = records.get(case)
    if record is None:
        return "It gave no result: the process that ran it was ended."
    if record["printed"] == "stops with NotImplementedError: ":
        return UNWRITTEN
    words = str(record["words"] or "A number is not exact enough.")
    if words.startswith("the "):  # all else in lower case is a name, and h is not H
        words = f"T{words[1:]}"
    if "NameError" in words or "does not define" in words:
        words = f"{words.rstrip('.')}. {NEEDS}"
    right = f" ({sum(passed)} of {len(passed)} cases are right)" if any(passed) else ""
    return f"{words}{right}\nCase: {key.cases[case].title}."
