"""What an instructor reads: write_all, slug.

grades.csv, grades.json, index.html with mutants.png, and for each student a page, nbval's JUnit
XML with a name for each case, Gradescope's results.json, and the notebook that nbval ran.
"""

import csv
import hashlib
import io
import json
import re
import shutil
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cifg_edu.checks import find_exercise
from cifg_edu.checks.course import exercises_of
from cifg_edu.files import write_atomically
from cifg_edu.grading.pages import CLASS_PAGE, SORT, STUDENT_PAGE, STYLE, WIDE
from cifg_edu.grading.visible_text import no_formula, visible
from cifg_edu.pages import render

COLUMNS = ("student", "file", "exercise", "earned", "points", "passed", "cases", "feedback")
# Where each student has a file, and how its name begins: only such files are ever removed.
BY_STUDENT = ("students", "gradescope", "junit", "notebooks")
SLUG = re.compile(r"[A-Za-z0-9-]+-[0-9a-f]{8}")
LONGEST_LABEL = 78
FILTERS = {"visible": visible}

Result = dict[str, Any]


def write_all(
    out: Path, results: list[Result], lesson: int, seed: int, not_taken: list[str]
) -> None:
    """Write every report.

    Args:
        out: the folder of the lesson's grades.
        results: as `run.grade_task` gives them.
        lesson: the lesson that was graded.
        seed: of the run.
        not_taken: files among the submissions that are no student's.

    Raises:
        UserError: the folder cannot be written.
    """
    results = sorted(results, key=lambda r: (r["student"].casefold(), r["student"]))
    write_atomically(out / "grades.csv", grades_csv(results).encode("utf-8-sig"))
    everything = {"lesson": lesson, "seed": seed, "not_taken": not_taken}
    everything["students"] = [_public(result) for result in results]
    write_atomically(out / "grades.json", _json(everything))
    for result in results:
        name = slug(result["student"])
        title = f"Lesson {lesson:02d}: {visible(result['student'])}"
        page = render(title, STUDENT_PAGE, STYLE, FILTERS, result=result, total=_total(result))
        write_atomically(out / "students" / f"{name}.html", page)
        write_atomically(out / "gradescope" / name / "results.json", _json(gradescope(result)))
        for part, junit in result["junit"].items():
            path = out / "junit" / (f"{name}.{part}.xml" if part else f"{name}.xml")
            write_atomically(path, junit.encode())
        if result["notebook"]:
            write_atomically(out / "notebooks" / f"{name}.ipynb", result["notebook"].encode())
    mistakes = [
        {
            "exercise": name,
            "message": find_exercise(name).mutants[number].message,
            "students": [result["student"] for result in who],
        }
        for name, numbers in mistakes_of_the_class(results, lesson).items()
        for number, who in numbers.items()
    ]
    write_atomically(out / "mutants.png", mistakes_plot(mistakes))
    page = _class_page(results, lesson, seed, not_taken, mistakes)
    write_atomically(out / "index.html", page)
    _remove_others(out, {slug(result["student"]) for result in results})


def grades_csv(results: list[Result]) -> str:
    """A row for each student and exercise, safe to open in a spreadsheet."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for result in results:
        for exercise in result["exercises"]:
            row = {**exercise, "student": result["student"], "file": result["file"]}
            row["feedback"] = " ".join([*result["problems"], exercise["words"]]).strip()
            values = [row[column] for column in COLUMNS]
            writer.writerow([no_formula(v) if isinstance(v, str) else v for v in values])
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


def mistakes_of_the_class(results: list[Result], lesson: int) -> dict[str, dict[int, list[Result]]]:
    """For each exercise, who gave each of its usual wrong answers, the most frequent first."""
    met: dict[str, dict[int, list[Result]]] = {name: {} for name in exercises_of(lesson)}
    for result in results:
        for exercise in result["exercises"]:
            for number in exercise["mutants"][:1]:
                met[exercise["exercise"]].setdefault(number, []).append(result)
    return {
        name: dict(sorted(who.items(), key=lambda item: -len(item[1]))) for name, who in met.items()
    }


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
    results: list[Result], lesson: int, seed: int, not_taken: list[str], mistakes: list[Result]
) -> bytes:
    exercises = []
    for place, name in enumerate(exercises_of(lesson)):
        scores = [result["exercises"][place] for result in results]
        exercises.append(
            {
                "name": name,
                "full": sum(score["earned"] == score["points"] for score in scores),
                "part": sum(0 < score["earned"] < score["points"] for score in scores),
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
        not_taken=not_taken,
    )


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


def _short(message: str) -> str:
    return message if len(message) <= LONGEST_LABEL else message[: LONGEST_LABEL - 1] + "…"
