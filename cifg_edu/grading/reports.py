"""What an instructor reads: write_all, slug.

grades.csv, grades.json, index.html with mutants.png, and for each student a page, nbval's JUnit
XML, Gradescope's results.json, and the notebook that nbval ran.
"""

import csv
import hashlib
import io
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from cifg_edu.checks import find_exercise
from cifg_edu.checks.course import exercises_of
from cifg_edu.files import write_atomically
from cifg_edu.grading.pages import CLASS_PAGE, STUDENT_PAGE, STYLE
from cifg_edu.pages import render

COLUMNS = ("student", "file", "exercise", "earned", "points", "passed", "cases", "feedback")
# What a spreadsheet would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
LONGEST_LABEL = 78

Result = dict[str, Any]


def write_all(out: Path, results: list[Result], lesson: int, seed: int) -> None:
    """Write every report.

    Args:
        out: the folder of the grades.
        results: as `run.grade_task` gives them.
        lesson: the lesson that was graded.
        seed: of the run.

    Raises:
        UserError: the folder cannot be written.
    """
    results = sorted(results, key=lambda result: str(result["student"]))
    write_atomically(out / "grades.csv", grades_csv(results).encode("utf-8-sig"))
    everything = {"lesson": lesson, "seed": seed, "students": [_public(r) for r in results]}
    write_atomically(out / "grades.json", _json(everything))
    for result in results:
        name = slug(result["student"])
        title = f"Lesson {lesson:02d}: {result['student']}"
        page = render(title, STUDENT_PAGE, STYLE, result=result, total=_total(result))
        write_atomically(out / "students" / f"{name}.html", page)
        write_atomically(out / "gradescope" / name / "results.json", _json(gradescope(result)))
        for part, junit in result["junit"].items():
            path = out / "junit" / (f"{name}.{part}.xml" if part else f"{name}.xml")
            write_atomically(path, junit.encode())
        if result["notebook"]:
            write_atomically(out / "notebooks" / f"{name}.ipynb", result["notebook"].encode())
    met = mutants_of_the_class(results, lesson)
    write_atomically(out / "mutants.png", mutants_plot(met))
    write_atomically(out / "index.html", _class_page(results, lesson, seed, met))


def grades_csv(results: list[Result]) -> str:
    """A row for each student and exercise, safe to open in a spreadsheet."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for result in results:
        for exercise in result["exercises"]:
            row = {**exercise, "student": result["student"], "file": result["file"]}
            row["feedback"] = " ".join([*result["problems"], exercise["words"]]).strip()
            writer.writerow([_no_formula(row[column]) for column in COLUMNS])
    return file.getvalue()


def gradescope(result: Result) -> dict[str, Any]:
    """A student's result in the form that Gradescope's autograders give.

    Source: https://gradescope-autograders.readthedocs.io/en/latest/specs/.
    """
    return {
        "score": _total(result)[0],
        "output": "\n".join(result["problems"]),
        "output_format": "text",
        "tests": [
            {
                "name": exercise["exercise"],
                "score": exercise["earned"],
                "max_score": exercise["points"],
                "status": "passed" if exercise["earned"] == exercise["points"] else "failed",
                "output": exercise["words"],
                "output_format": "text",
            }
            for exercise in result["exercises"]
        ],
    }


def mutants_of_the_class(results: list[Result], lesson: int) -> dict[str, Counter[int]]:
    """For each exercise, how many students gave each of its usual wrong answers."""
    met: dict[str, Counter[int]] = {name: Counter() for name in exercises_of(lesson)}
    for result in results:
        for exercise in result["exercises"]:
            met[exercise["exercise"]].update(exercise["mutants"][:1])
    return met


def mutants_plot(met: dict[str, Counter[int]]) -> bytes:
    """A bar for each usual wrong answer, also for those that no student gave, as PNG."""
    rows = [len(find_exercise(name).mutants) for name in met]
    figure = Figure(figsize=(11, 1.2 * len(met) + 0.24 * sum(rows)), layout="constrained")
    several = figure.subplots(len(met), 1, squeeze=False, height_ratios=rows)[:, 0]
    highest = max((n for counts in met.values() for n in counts.values()), default=1)
    for axes, (name, counts) in zip(several, met.items(), strict=True):
        mutants = find_exercise(name).mutants
        numbers = [counts[number] for number in range(len(mutants))]
        labels = [_short(mutant.message) for mutant in mutants]
        axes.barh(range(len(mutants)), numbers, color="#c1121f", height=0.7)
        axes.set_yticks(range(len(mutants)), labels, fontsize=7, parse_math=False)
        axes.set(title=name, xlim=(0, highest + 0.5), xlabel="students")
        axes.invert_yaxis()
        axes.xaxis.get_major_locator().set_params(integer=True)
        for place, number in enumerate(numbers):
            if number:
                axes.text(number, place, f" {number}", va="center", fontsize=7)
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
    return f"{plain}-{hashlib.sha256(student.encode(errors='replace')).hexdigest()[:8]}"


def _class_page(
    results: list[Result], lesson: int, seed: int, met: dict[str, Counter[int]]
) -> bytes:
    names = list(exercises_of(lesson))
    full = dict.fromkeys(names, 0)
    for result in results:
        for exercise in result["exercises"]:
            full[exercise["exercise"]] += exercise["earned"] == exercise["points"]
    rows = [
        {"result": r, "total": _total(r), "page": f"students/{slug(r['student'])}.html"}
        for r in results
    ]
    top = [
        {"exercise": name, "message": find_exercise(name).mutants[number].message, "count": count}
        for name, counts in met.items()
        for number, count in counts.most_common(5)
    ]
    title = f"Lesson {lesson:02d}: the class"
    values: Result = {"names": names, "full": full, "rows": rows, "top": top}
    return render(title, CLASS_PAGE, STYLE, lesson=lesson, seed=seed, **values)


def _total(result: Result) -> tuple[float, float]:
    """Points earned and points there were."""
    earned, points = (sum(e[name] for e in result["exercises"]) for name in ("earned", "points"))
    return round(earned, 2), round(points, 2)


def _public(result: Result) -> Result:
    earned, points = _total(result)
    shown = {k: v for k, v in result.items() if k not in ("junit", "notebook", "fingerprint")}
    return {**shown, "earned": earned, "points": points}


def _json(content: Any) -> bytes:
    return (json.dumps(content, indent=1) + "\n").encode()


def _no_formula(value: Any) -> Any:
    if isinstance(value, str):
        value = value.replace("\0", "")
        return "'" + value if value.startswith(FORMULA) else value
    return value


def _short(message: str) -> str:
    return message if len(message) <= LONGEST_LABEL else message[: LONGEST_LABEL - 1] + "…"
