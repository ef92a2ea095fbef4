"""The time to grade a class: python -m benchmarks.grading --students 300."""

import argparse
import copy
import inspect
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from cifg_edu.checks.course import exercises_of
from cifg_edu.cluster import cores
from cifg_edu.files import find_lessons
from cifg_edu.grading.run import Grading, grade

LESSON = 6
# Submissions of lesson 06, in turn: right answers twice, two usual mistakes, no answer.
MISTAKES: tuple[dict[str, tuple[str, str]] | None, ...] = (
    {},
    {},
    {"cifg_step_backward": ("(g - c_prev)", "g")},
    {"phantom_error": ("return dc * c_prev", "return -dc * c_prev")},
    None,
)


def main() -> None:
    """Make a class, grade it, and print the time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--students", type=int, default=300, help="number of submissions (default: %(default)s)"
    )
    parser.add_argument(
        "--jobs",
        type=int,
        help="number of submissions at a time (default: one more than there are cores)",
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        folder, out = Path(home) / "submissions", Path(home) / "grades"
        folder.mkdir()
        for number in range(options.students):
            notebook = _submission(MISTAKES[number % len(MISTAKES)])
            (folder / f"student{number:05d}.ipynb").write_text(json.dumps(notebook))
        start = time.perf_counter()
        results = grade(folder, out, Grading(jobs=options.jobs)).results
        seconds = time.perf_counter() - start
        full = sum(all(e["earned"] == e["points"] for e in r["exercises"]) for r in results)
        assert all(result["complete"] for result in results)
        assert full == sum(MISTAKES[n % len(MISTAKES)] == {} for n in range(options.students))
    each, jobs = seconds / options.students, options.jobs or cores() + 1
    print(f"{options.students} submissions of lesson {LESSON:02d}, {jobs} at a time:")
    print(f"{seconds:.0f} s, {each:.2f} s each.")
    print(f"At this rate 300 take {300 * each / 60:.1f} min, and 10,000 take {each / 0.36:.1f} h.")


def _submission(mistakes: dict[str, tuple[str, str]] | None) -> Any:
    lessons = find_lessons()
    assert lessons is not None
    [path] = lessons.glob(f"{LESSON:02d}_*.ipynb")
    notebook = copy.deepcopy(json.loads(path.read_text(encoding="utf-8")))
    if mistakes is None:
        return notebook
    for name, exercise in exercises_of(LESSON).items():
        source = inspect.getsource(exercise.reference)
        old, new = mistakes.get(name, ("", ""))
        assert old in source
        identity = f"exercise-{name}".replace("_", "-")
        for cell in notebook["cells"]:
            if cell["id"] == identity:
                cell["source"] = source.replace(old, new) if old else source
    return notebook


if __name__ == "__main__":
    main()
