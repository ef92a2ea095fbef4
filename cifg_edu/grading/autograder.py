"""A Gradescope autograder: write_zip, autograder_command; and the program that runs in it.

The zip file holds the course itself. In Gradescope's container `setup.sh` installs what it needs,
and `run_autograder` runs this file: `python -m cifg_edu.grading.autograder`.

Source: https://gradescope-autograders.readthedocs.io/en/latest/specs/.
"""

import argparse
import io
import json
import secrets
import sys
import time
import zipfile
from pathlib import Path

import cifg_edu
from cifg_edu.doctor import CORE, pins
from cifg_edu.errors import UserError
from cifg_edu.files import find_lessons, write_atomically
from cifg_edu.grading.reports import gradescope
from cifg_edu.grading.run import Grading, check_lesson, grade_one
from cifg_edu.grading.sandbox.fence import find_fence
from cifg_edu.grading.submissions import choose, read_student

UNBOXED = (
    "This container does not allow bubblewrap, so the answers ran without the course's sandbox, "
    "with limits alone."
)
SETUP = """\
#!/usr/bin/env bash
# Gradescope runs this as root, once, when it builds the container.
set -euo pipefail
home=${1:-/autograder}

apt-get update
apt-get install -y bubblewrap python3 python3-venv
if python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    python3 -m venv "$home/venv"
else
    # An older system: a newer Python beside its own.
    python3 -m venv "$home/uv"
    "$home/uv/bin/python" -m pip install uv
    export UV_PYTHON_INSTALL_DIR="$home/python"
    "$home/uv/bin/uv" venv --seed --python 3.12 "$home/venv"
fi
"$home/venv/bin/python" -m pip install -r "$home/source/requirements.txt"
"""
RUN = """\
#!/usr/bin/env bash
# Gradescope runs this for each submission.
set -euo pipefail
home=${{1:-/autograder}}

# Where bubblewrap is not allowed, answers run as another user, who must not look in here.
chmod go-rwx "$home/source" "$home/submission" "$home/results"
cd "$home/source"
export PYTHONPATH=$PWD
exec "$home/venv/bin/python" -m cifg_edu.grading.autograder "$home" {lesson} {cases}
"""


def write_zip(path: Path, lesson: int, cases: str) -> None:
    """Write the file to upload.

    Args:
        path: of the zip file.
        lesson: to grade.
        cases: who sees the single cases, one of `reports.VISIBILITY`.

    Raises:
        UserError: the lesson has no exercises, the course is not installed or has no lessons here,
            or the file cannot be written.
    """
    check_lesson(lesson)
    lessons = find_lessons()
    if lessons is None:
        raise UserError("There is no folder lessons here: run autograder in the course's folder.")
    package, home = Path(cifg_edu.__file__).parent, lessons.parent
    texts = {
        "setup.sh": SETUP,
        "run_autograder": RUN.format(lesson=lesson, cases=cases),
        "requirements.txt": "".join(f"{pin}\n" for pin in pins(CORE, "grade")),
    }
    files = {f"cifg_edu/{file.relative_to(package).as_posix()}": file for file in _course(package)}
    # What the lesson imports, its points, and the notebooks that are not a student's work.
    stem = f"{lesson:02d}_*"
    for found in (
        *lessons.glob(f"{stem}.ipynb"),
        *lessons.glob(f"source/{stem}.md"),
        *home.glob(f"solutions/{stem}.ipynb"),
    ):
        files[found.relative_to(home).as_posix()] = found
    contents = {name: text.encode() for name, text in texts.items()}
    contents |= {name: file.read_bytes() for name, file in sorted(files.items())}
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in contents.items():
            member = zipfile.ZipInfo(name)  # without a date: the same course, the same bytes
            member.compress_type = zipfile.ZIP_DEFLATED
            mode = 0o755 if name in ("setup.sh", "run_autograder") else 0o644
            member.external_attr = (0o100000 | mode) << 16  # a plain file
            archive.writestr(member, data)
    write_atomically(path, content.getvalue())


def autograder_command(options: argparse.Namespace) -> int:
    """Write the zip file and say what to do with it.

    Args:
        options: what `cifg_edu.__main__` has read.

    Returns:
        0.

    Raises:
        UserError: see `write_zip`.
    """
    path = options.out or Path(f"autograder_{options.lesson:02d}.zip")
    write_zip(path, options.lesson, options.cases)
    points = "the points of the assignment are those of the lesson's exercises"
    print(f"{path} is written: upload it to Gradescope as the autograder; {points}.")
    return 0


def grade_submission(home: Path, lesson: int, cases: str) -> None:
    """Grade what Gradescope put into `submission`, into `results/results.json`.

    Args:
        home: Gradescope's folder, /autograder.
        lesson, cases: see `write_zip`.

    Raises:
        UserError: there is no verdict, or the course's own answers are not right here. Then there
            are no results either, which Gradescope shows as a failure of the autograder's.
    """
    start = time.monotonic()
    boxed = not find_fence().refusal
    submission = choose("this student", read_student(home / "submission"), lesson)
    # Another seed for each submission: what one says of its inputs is of no use in the next.
    seed = secrets.randbits(32)
    result = grade_one(submission, seed, Grading(lesson=lesson, boxed=boxed))
    if not result["complete"]:
        raise UserError(" ".join(result["problems"]))
    if not boxed:
        result["problems"].append(UNBOXED)
    made = {**gradescope(result, seed, cases), "execution_time": round(time.monotonic() - start, 1)}
    write_atomically(home / "results" / "results.json", json.dumps(made, indent=1).encode())


def _course(package: Path) -> list[Path]:
    """The files of the package, without what Python makes of them."""
    files = (path for path in package.rglob("*") if path.is_file())
    return [path for path in files if "__pycache__" not in path.parts]


def _main(arguments: list[str]) -> int:
    home, lesson, cases = arguments
    try:
        grade_submission(Path(home), int(lesson), cases)
    except UserError as error:
        print(f"cifg_edu: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
