"""What an instructor reads: write_all, slug.

grades.csv, grades.json, groups.json, index.html with mutants.png, and for each student a page,
nbval's JUnit XML with a name for each case, Gradescope's results.json, and the notebook that nbval
ran.
"""

import hashlib
import io
import json
import re
import shutil
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cifg_edu.checks import find_exercise
from cifg_edu.checks.course import exercises_of
from cifg_edu.files import write_atomically
from cifg_edu.grading.groups import Group, Names, find_groups
from cifg_edu.grading.keys import key
from cifg_edu.grading.likeness import Look, find_looks
from cifg_edu.grading.pages import CLASS_PAGE, SORT, STUDENT_PAGE, STYLE, WIDE
from cifg_edu.grading.tables import table_text
from cifg_edu.grading.visible_text import no_formula, visible
from cifg_edu.pages import render

COLUMNS = ("student", "file", "exercise", "earned", "points", "passed", "cases", "feedback")
GROUPS = "groups.json"
# Where each student has a file, and how its name begins: only such files are ever removed.
BY_STUDENT = ("students", "gradescope", "junit", "notebooks")
SLUG = re.compile(r"[A-Za-z0-9-]+-[0-9a-f]{8}")
LONGEST_LABEL = 78
FILTERS = {"visible": visible}
# Of a result, what grades.json does not need.
PRIVATE = ("junit", "notebook", "fingerprint", "answers", "code")
# Who sees a test on Gradescope.
VISIBILITY = ("hidden", "after_due_date", "after_published", "visible")

Result = dict[str, Any]


def write_all(
    out: Path,
    results: list[Result],
    lesson: int,
    seed: int,
    not_taken: list[str],
    names: Names,
) -> None:
    """Write every report.

    Args:
        out: the folder of the lesson's grades.
        results: as `run.grade_task` gives them.
        lesson: the lesson that was graded.
        seed: of the run.
        not_taken: files among the submissions that are no student's.
        names: the instructor's own, for mistakes that the course does not know.

    Raises:
        UserError: the folder cannot be written.
    """
    results = sorted(results, key=lambda r: (r["student"].casefold(), r["student"]))
    groups, looks = find_groups(results, names), find_looks(results, lesson)
    results = [_with_causes(result, names) for result in results]
    write_atomically(out / "grades.csv", grades_csv(results).encode("utf-8-sig"))
    everything = {"lesson": lesson, "seed": seed, "not_taken": not_taken}
    everything["students"] = [_public(result) for result in results]
    everything["looks"] = [look._asdict() for look in looks]
    write_atomically(out / "grades.json", _json(everything))
    code = results[0]["code"] if results else ""
    grouped = {"lesson": lesson, "seed": seed, "code": code}
    write_atomically(out / GROUPS, _json({**grouped, "groups": [g._asdict() for g in groups]}))
    for result in results:
        name = slug(result["student"])
        title = f"Lesson {lesson:02d}: {visible(result['student'])}"
        page = render(title, STUDENT_PAGE, STYLE, FILTERS, result=result, total=_total(result))
        write_atomically(out / "students" / f"{name}.html", page)
        path = out / "gradescope" / name / "results.json"
        write_atomically(path, _json(gradescope(result, seed)))
        for part, junit in result["junit"].items():
            path = out / "junit" / (f"{name}.{part}.xml" if part else f"{name}.xml")
            write_atomically(path, junit.encode())
        if result["notebook"]:
            write_atomically(out / "notebooks" / f"{name}.ipynb", result["notebook"].encode())
    mistakes = mistakes_of_the_class(results, lesson)
    write_atomically(out / "mutants.png", mistakes_plot(mistakes))
    unknown = [group for group in groups if not group.message]
    page = _class_page(results, lesson, seed, not_taken, mistakes, unknown, looks)
    write_atomically(out / "index.html", page)
    _remove_others(out, {slug(result["student"]) for result in results})


def grades_csv(results: list[Result]) -> str:
    """A row for each student and exercise, safe to open in a spreadsheet."""
    rows: list[Sequence[object]] = [COLUMNS]
    for result in results:
        for exercise in result["exercises"]:
            row = {**exercise, "student": result["student"], "file": result["file"]}
            row["feedback"] = " ".join([*result["problems"], exercise["words"]]).strip()
            values = [row[column] for column in COLUMNS]
            rows.append([no_formula(v) if isinstance(v, str) else v for v in values])
    return table_text(rows)


def gradescope(result: Result, seed: int, cases: str = "after_published") -> dict[str, Any]:
    """A student's result in the form that Gradescope's autograders give.

    Args:
        result: as `run.grade_task` gives it.
        seed: of the run.
        cases: who sees the single cases, by their names; one of `VISIBILITY`.

    Returns:
        The total, a test for each exercise, which has its points, and one for each of its cases.

    Source: https://gradescope-autograders.readthedocs.io/en/latest/specs/.
    """
    return {
        "score": _total(result)[0],
        "output": "\n".join(result["problems"]),
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": {"seed": seed},
        "tests": [
            test
            for number, exercise in enumerate(result["exercises"], 1)
            for test in _gradescope_tests(number, exercise, seed, cases)
        ],
    }


def _gradescope_tests(number: int, exercise: Any, seed: int, cases: str) -> list[dict[str, Any]]:
    titles = [case.title for case in key(exercise["exercise"], seed).cases]
    whole = {
        "name": exercise["exercise"],
        "number": str(number),
        "score": exercise["earned"],
        "max_score": exercise["points"],
        "status": "passed" if _is_right(exercise) else "failed",
        "output": "\n".join(filter(None, [_lateness(exercise), exercise["words"]])),
        "output_format": "text",
        "visibility": "visible",
    }
    return [
        whole,
        *(
            {
                "name": f"{exercise['exercise']}: {title}",
                "number": f"{number}.{case + 1}",
                "status": "failed" if case in exercise["failed"] else "passed",
                "visibility": cases,
            }
            for case, title in enumerate(titles)
        ),
    ]


def named_junit(junit: str, names: list[str]) -> str:
    """nbval's report, in which each test case says what it is and not only "Cell 3".

    Args:
        junit: nbval's XML, or "" where there is none.
        names: of the cells, in order.
    """
    if not junit:
        return ""
    root = ElementTree.fromstring(junit)
    for case in root.iter("testcase"):
        number = case.get("name", "").removeprefix("Cell ")
        if number.isdecimal() and int(number) < len(names):
            case.set("name", names[int(number)])
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True)


def mistakes_of_the_class(results: list[Result], lesson: int) -> list[Result]:
    """For each exercise, who made each mistake that has a name, the most frequent first."""
    met: dict[str, dict[str, list[str]]] = {name: {} for name in exercises_of(lesson)}
    for result in results:
        for exercise in result["exercises"]:
            if exercise["cause"]:
                who = met[exercise["exercise"]].setdefault(exercise["cause"], [])
                who.append(result["student"])
    return [
        {"exercise": name, "message": message, "students": who}
        for name, causes in met.items()
        for message, who in sorted(causes.items(), key=lambda item: -len(item[1]))
    ]


def mistakes_plot(mistakes: list[Result]) -> bytes:
    """A bar for each usual wrong answer that was given, as PNG."""
    figure = Figure(figsize=(11, 0.8 + 0.3 * len(mistakes)), layout="constrained")
    axes = figure.subplots()
    numbers = [len(mistake["students"]) for mistake in mistakes]
    labels = [_short(f"{mistake['exercise']}: {mistake['message']}") for mistake in mistakes]
    bars = axes.barh(range(len(numbers)), numbers, color="#c1121f", height=0.7)
    axes.bar_label(bars, padding=3, fontsize=8)
    axes.set_yticks(range(len(numbers)), labels, fontsize=8, parse_math=False)
    axes.set(xlabel="students", xlim=(0, max(numbers, default=1) + 0.5))
    axes.invert_yaxis()
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=110)
    return file.getvalue()


def slug(student: str) -> str:
    """A name for files: plain letters, and part of a checksum, so that no two students share one.

    Args:
        student: any name, of a student who may mean no good.

    Returns:
        A name without a path, a dot in front or anything that a shell or a page would notice.
    """
    plain = re.sub(r"[^A-Za-z0-9]+", "-", student).strip("-")[:40] or "student"
    code = hashlib.sha256(student.encode(errors="surrogatepass")).hexdigest()
    return f"{plain}-{code[:8]}"


def _with_causes(result: Result, names: Names) -> Result:
    """A result in which each exercise says the cause of its mistake, and lateness apart from it."""
    exercises = []
    for exercise in result["exercises"]:
        name, words = exercise["exercise"], exercise["words"]
        cause = names.get((name, exercise["behaviour"]), "")
        if cause:
            words += f"\nLikely cause: {cause}"
        for number in exercise["mutants"][:1]:
            cause = find_exercise(name).mutants[number].message
        shown = {"words": words, "cause": cause, "right": _is_right(exercise)}
        exercises.append({**exercise, **shown, "lateness": _lateness(exercise)})
    return {**result, "exercises": exercises}


def _remove_others(out: Path, slugs: set[str]) -> None:
    """Remove the files of students who were in an earlier run's class and not in this one's."""
    for folder in BY_STUDENT:
        for path in (out / folder).glob("*"):
            name = path.name.partition(".")[0]
            if SLUG.fullmatch(name) and name not in slugs:
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink(missing_ok=True)


def _class_page(
    results: list[Result],
    lesson: int,
    seed: int,
    not_taken: list[str],
    mistakes: list[Result],
    unknown: list[Group],
    looks: list[Look],
) -> bytes:
    exercises = []
    for place, name in enumerate(exercises_of(lesson)):
        scores = [result["exercises"][place] for result in results]
        exercises.append(
            {
                "name": name,
                "right": sum(score["right"] for score in scores),
                "part": sum(score["earned"] > 0 and not score["right"] for score in scores),
                "late": sum(bool(score["lateness"]) for score in scores),
                "mean": sum(score["earned"] for score in scores) / len(scores),
                "points": scores[0]["points"],
            }
        )
    rows = [
        {"result": r, "total": _total(r), "page": f"students/{slug(r['student'])}.html"}
        for r in results
    ]
    return render(
        f"Lesson {lesson:02d}: the class",
        CLASS_PAGE,
        STYLE + WIDE,
        FILTERS,
        SORT,
        lesson=lesson,
        seed=seed,
        exercises=exercises,
        rows=rows,
        mistakes=mistakes,
        unknown=unknown,
        looks=looks,
        not_taken=not_taken,
        fences=sorted({result["fence"] for result in results}),
    )


def _is_right(exercise: Result) -> bool:
    """Whether an answer is right, or the instructor gave it all points: late, it is right too."""
    return bool(exercise["passed"] == exercise["cases"] or exercise["earned"] == exercise["points"])


def _lateness(exercise: Result) -> str:
    """What being late has cost an answer; "" where it cost nothing."""
    cost = exercise.get("penalty")
    return f"{cost:g} points less, since it came late." if cost else ""


def _total(result: Result) -> tuple[float, float]:
    """Points earned and points there were."""
    earned, points = (sum(e[name] for e in result["exercises"]) for name in ("earned", "points"))
    return round(earned, 2), round(points, 2)


def _public(result: Result) -> Result:
    earned, points = _total(result)
    shown = {k: v for k, v in result.items() if k not in PRIVATE}
    return {**shown, "earned": earned, "points": points}


def _json(content: Any) -> bytes:
    return (json.dumps(content, indent=1) + "\n").encode()


def _short(message: str) -> str:
    return message if len(message) <= LONGEST_LABEL else message[: LONGEST_LABEL - 1] + "…"
