"""The commands grade and gradebook: grade_command, gradebook_command."""

import argparse
import concurrent.futures
import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from cifg_edu.checks.watching import WALL_PER_CPU
from cifg_edu.cluster import dask_pool
from cifg_edu.errors import INTERRUPTED, UserError
from cifg_edu.grading.course_file import find_course, read_course
from cifg_edu.grading.example import make_class
from cifg_edu.grading.exports import write_gradebook
from cifg_edu.grading.gradebook import read_gradebook
from cifg_edu.grading.run import Grading, Interrupted, grade
from cifg_edu.grading.sandbox.box import Limits
from cifg_edu.grading.sandbox.fence import find_fence
from cifg_edu.grading.visible_text import visible


def grade_command(options: argparse.Namespace) -> int:
    """Grade a folder and say what came of it.

    Args:
        options: what `cifg_edu.__main__` has read.

    Returns:
        0 when every submission has a verdict, 1 when not, 130 after Ctrl-C.

    Raises:
        UserError: an option cannot be used, or as `grade`.
    """
    if options.seconds <= 0 or options.memory < 256 or (options.jobs or 1) < 1:
        raise UserError(
            "These limits cannot be used: give --seconds above 0, --memory of 256 or more, and "
            "--jobs of 1 or more."
        )
    if options.example == (options.submissions is not None):
        raise UserError("Give a folder of submissions, or --example, which makes one.")
    path = options.course or (options.submissions and find_course(options.submissions))
    course = read_course(path) if path else None
    out = options.out or (course.grades if course else Path("grades"))
    folder = options.submissions or make_class(out / "example")
    if course:
        print(f"The course is that of {course.path}.")
    refusal = find_fence().refusal
    boxed = not (refusal and options.without_bubblewrap)
    if not boxed:
        print(f"Warning: {refusal}")
    limits = Limits(
        cpu_seconds=options.seconds,
        wall_seconds=WALL_PER_CPU * options.seconds,
        memory=options.memory << 20,
    )
    how = Grading(
        seed=options.seed,
        lesson=options.lesson,
        jobs=options.jobs,
        limits=limits,
        boxed=boxed,
        watch=options.no_numerical_derivative,
        course=course,
        only=options.only,
    )
    try:
        with _cluster(options.scheduler) as executor:
            results, folder = grade(folder, out, replace(how, executor=executor))
    except Interrupted as stopped:
        print(stopped)
        return INTERRUPTED
    missing = [visible(result["student"]) for result in results if not result["complete"]]
    print(f"{len(results)} students are graded: open {folder / 'index.html'}.")
    for fence in sorted({result["fence"] for result in results}):
        print(f"Around the students' code: {fence}.")
    if missing:
        print(f"No verdict for {', '.join(missing)}: give the same command once more.")
    return 1 if missing else 0


def gradebook_command(options: argparse.Namespace) -> int:
    """Write the gradebook of a course, and say what an instructor must know.

    Raises:
        UserError: as `read_course`, `read_gradebook` and `write_gradebook`.
    """
    folder, notes = write_gradebook(read_gradebook(read_course(options.course)))
    print(f"The gradebook is written: open {folder / 'index.html'}.")
    for note in notes:
        print(note)
    return 0


@contextlib.contextmanager
def _cluster(address: str | None) -> Iterator[concurrent.futures.Executor | None]:
    """An executor over the workers of a Dask scheduler, if there is an address of one."""
    if address is None:
        yield None
        return
    with dask_pool(address) as open_pool:
        yield open_pool()
