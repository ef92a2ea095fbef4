"""A whole folder of submissions: grade, Grading."""

import concurrent.futures
import functools
import hashlib
import inspect
import json
import secrets
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from tqdm import tqdm

import cifg_edu
from cifg_edu.checks.course import EXERCISES, exercises_of
from cifg_edu.cluster import cores
from cifg_edu.errors import UserError
from cifg_edu.files import find_lessons
from cifg_edu.grading import reports
from cifg_edu.grading.answer_runner import prepare
from cifg_edu.grading.blame import blamed_line
from cifg_edu.grading.course_file import Course
from cifg_edu.grading.gradebook import final_result
from cifg_edu.grading.grading_notebook import grading_notebook
from cifg_edu.grading.groups import Names
from cifg_edu.grading.keys import key
from cifg_edu.grading.named_mistakes import names_in, read_mistakes, run_of, write_mistakes
from cifg_edu.grading.nbval_run import Stopped, allow_runs, end_idle, run_nbval, stop_runs
from cifg_edu.grading.sandbox.box import Limits
from cifg_edu.grading.sandbox.fence import Fence, find_fence
from cifg_edu.grading.scores import missing_score, points_of, score
from cifg_edu.grading.stored_results import (
    keep_result,
    keep_run,
    lesson_folder,
    read_class,
    read_result,
    read_run,
)
from cifg_edu.grading.submissions import Submission, choose, common_lesson, find_submissions
from cifg_edu.grading.visible_text import visible

# Beside what the answers may take: starting pytest, a kernel and the boxes on a busy machine.
EXTRA_SECONDS = 300.0
# Both nbval's reply and a box's start can fail where a machine is overloaded: once more, alone.
TRIES = 3
BAR = "Graded: {n_fmt} of {total_fmt} students |{bar}| {elapsed} so far, {remaining} left"


class Interrupted(Exception):
    """Ctrl-C: so many submissions are graded, and their results are kept."""


class Task(NamedTuple):
    """All that is needed to grade one submission, on any machine."""

    submission: Submission
    fingerprint: str
    lesson: int
    seed: int
    points: dict[str, float]
    limits: Limits
    boxed: bool
    watch: bool


class Grades(NamedTuple):
    """The results by student, and the folder in which their lesson's reports are."""

    results: list[dict[str, Any]]
    folder: Path


STANDARD = Limits()


@dataclass(frozen=True)
class Grading:
    """How to grade: the run's seed, its limits, and where the work is done.

    seed: None draws one, or takes that of the folder's earlier run.
    lesson: None takes that of most submissions.
    jobs: submissions at a time, on this machine; None for one more than there are cores, since
        each waits at times.
    executor: in place of `jobs`, any executor, such as Dask's `client.get_executor()`.
    boxed: False accepts that students' code runs without bubblewrap.
    watch: whether to look for derivatives that are made of numbers.
    course: whose roster, points, late rule and overrides hold.
    only: the one student to grade: all others of the last run keep their results.
    bar: whether to show a progress bar.
    """

    seed: int | None = None
    lesson: int | None = None
    jobs: int | None = None
    executor: concurrent.futures.Executor | None = None
    limits: Limits = STANDARD
    boxed: bool = True
    watch: bool = False
    bar: bool = True
    course: Course | None = None
    only: str | None = None


def check_lesson(lesson: int) -> None:
    """Refuse a lesson in which there is nothing to grade.

    Raises:
        UserError: it has no exercises.
    """
    if not exercises_of(lesson):
        last = max(exercise.lesson for exercise in EXERCISES.values())
        raise UserError(f"Lesson {lesson} has no exercises: give one that has, from 1 to {last}.")


def grade(folder: Path, out: Path, how: Grading = Grading()) -> Grades:
    """Grade a folder of submissions, or what is not graded yet of it, and write all reports.

    Args:
        folder: with the students' notebooks.
        out: where a folder for the lesson is made, for its reports, and for a file for each result
            as soon as there is one.
        how: the seed, the limits and the rest.

    Returns:
        The results, and where they are.

    Raises:
        UserError: there is nothing to grade, the box does not work, or `out` cannot be written.
        Interrupted: Ctrl-C; what is graded is kept, and the same call goes on from there.
    """
    if how.boxed and find_fence().refusal:
        raise UserError(find_fence().refusal)
    found = find_submissions(folder, how.course.roster if how.course else None)
    lesson = how.lesson or common_lesson(found.students)
    check_lesson(lesson)
    course_lesson = how.course.lesson(lesson) if how.course else None
    names = list(found.students) if how.only is None else [_student(how, list(found.students))]
    out = lesson_folder(out, lesson)
    earlier = read_run(out)
    seed = _seed(earlier, how.seed)
    keep_run(out, {**earlier, "seed": seed})
    chosen = [choose(name, found.students[name], lesson) for name in names]
    tasks = [_task(submission, lesson, seed, how) for submission in chosen]
    others = earlier.get("class", []) if how.only is not None else []
    others = [name for name in others if name not in names]
    done: dict[str, dict[str, Any] | None] = {
        result["student"]: result for result in read_class(out, others, exercises_of(lesson))
    }
    for task in tasks:
        result = _earlier(out, task)
        done[task.submission.student] = result and _keep_time(out, result, task.submission)
    open_tasks = [task for task in tasks if done[task.submission.student] is None]
    if open_tasks:
        _try_the_reference(open_tasks[0])
    allow_runs()
    with tqdm(
        total=len(tasks),
        initial=len(tasks) - len(open_tasks),
        disable=not how.bar,
        bar_format=BAR,
        smoothing=0.1,
    ) as bar:

        def keep(result: dict[str, Any]) -> None:
            keep_result(out, result)
            done[result["student"]] = result
            bar.update()

        try:
            _grade_all(open_tasks, how, keep)
            named = _named(out, lesson, seed, how)
        except KeyboardInterrupt:
            kept = sum(_earlier(out, task) is not None for task in tasks)
            raise Interrupted(
                f"Stopped: {kept} of {len(tasks)} submissions were graded, and are kept. Give the "
                "same command once more to go on."
            ) from None
    results = [result for result in done.values() if result is not None]
    course_file = str(how.course.path.absolute()) if how.course else ""
    graded = [result["student"] for result in results]
    keep_run(out, {"seed": seed, "class": graded, "course_file": course_file})
    if how.course and course_lesson:
        results = [final_result(how.course, course_lesson, result) for result in results]
    reports.write_all(out, results, lesson, seed, found.not_taken, named)
    return Grades(results, out)


def grade_one(submission: Submission, seed: int, how: Grading) -> dict[str, Any]:
    """Grade one submission, after the course's own answers, and write nothing.

    Args:
        submission: see `submissions.choose`.
        seed: of the inputs.
        how: `lesson`, `limits`, `boxed` and `watch` count.

    Returns:
        As `grade_task`.

    Raises:
        UserError: the course's own answers do not pass here.
    """
    assert how.lesson is not None
    task = _task(submission, how.lesson, seed, how)
    try:
        _try_the_reference(task)
        return grade_task(task)
    finally:
        end_idle()


def grade_task(task: Task) -> dict[str, Any]:
    """Grade one submission.

    Args:
        task: the submission, and how.

    Returns:
        What the reports need, as JSON can hold it. Nothing that a submission does raises here.

    Raises:
        Stopped: after Ctrl-C.
    """
    submission = task.submission
    result: dict[str, Any] = {
        "student": submission.student,
        "file": submission.file,
        "time": submission.time,
        "late": submission.late,
        "fingerprint": task.fingerprint,
        "complete": True,
        "problems": [visible(problem) for problem in submission.problems],
        "exercises": [],
        "answers": submission.answers,
        "code": _course_digest(),
        "junit": {},
        "notebook": "",
        "fence": find_fence().words if task.boxed else Fence().words,
        "complaint": "",
    }
    try:
        verdicts, records = _judge(task, result)
    except Stopped:
        raise
    except Exception as error:  # of this program's: the others' grades must not wait for it
        result["complete"] = False
        result["problems"].append(f"The grader failed ({error!r:.200}): grade again.")
        verdicts = {name: [None] * len(key(name, task.seed).cases) for name in submission.answers}
        records = {name: {} for name in submission.answers}
    for name in exercises_of(task.lesson):
        known, points = key(name, task.seed), task.points[name]
        if name not in submission.answers:
            scored = missing_score(known, points)
        else:
            passed = [bool(good) for good in verdicts[name]]
            scored = score(known, points, passed, records[name])
            if task.boxed and scored.behaviour:
                line = blamed_line(name, submission.answers[name])
                scored = replace(scored, words=f"{scored.words}\n{visible(line)}".rstrip())
        result["exercises"].append(scored.as_json())
    return result


Verdicts = dict[str, list[bool | None]]
Records = dict[str, dict[int, dict[str, Any]]]


def _judge(task: Task, result: dict[str, Any]) -> tuple[Verdicts, Records]:
    """Run nbval on all answers together, and again, alone, on those that got no verdict."""
    answers = task.submission.answers
    # Without a box one answer could end the process that judges the next.
    together = [answers] if task.boxed else [{name: text} for name, text in answers.items()]
    verdicts: Verdicts = {}
    records: Records = {}
    for part in filter(None, together):
        _run(task, part, verdicts, records, result)
    for name in answers:
        for _ in range(TRIES - 1):
            if None in verdicts[name]:
                _run(task, {name: answers[name]}, verdicts, records, result)
        if None in verdicts[name]:
            result["complete"] = False
            result["problems"].append(
                f"{name} got no verdict ({result['complaint']}): grade again."
            )
    return verdicts, records


def _run(
    task: Task, answers: dict[str, str], verdicts: Verdicts, records: Records, result: Any
) -> None:
    """One run of nbval: add what it found."""
    with tempfile.TemporaryDirectory(prefix="cifg_grade_") as folder:
        notebook, record = Path(folder) / "graded.ipynb", Path(folder) / "record.jsonl"
        made = grading_notebook(
            answers,
            task.seed,
            limits=task.limits._asdict(),
            boxed=task.boxed,
            prepared=str(_prepared(tuple(exercises_of(task.lesson)), task.seed)),
            record=str(record),
            watch=task.watch,
        )
        notebook.write_text(made.text, encoding="utf-8")
        seconds = EXTRA_SECONDS + len(answers) * task.limits.wall_seconds
        found = run_nbval(notebook, len(made.places), seconds)
        if None in found.passed:
            result["complaint"] = found.complaint.strip()[-1000:] or "nbval said nothing"
        for name in answers:
            cells = [n for n, place in enumerate(made.places) if place[0] == name]
            taken, *cases = [found.passed[n] for n in cells]
            verdicts[name] = cases if taken else [None] * len(cases)
            records[name] = {}
        if record.exists():
            for line in record.read_text(encoding="utf-8").splitlines():
                entry = json.loads(line)
                records[entry["exercise"]][entry["case"]] = entry
    part = "" if len(answers) == len(task.submission.answers) else "-".join(answers)
    names = [_cell_name(name, case, task.seed) for name, case in made.places]
    result["junit"][part] = reports.named_junit(found.junit, names)
    if not part:
        result["notebook"] = grading_notebook(
            answers, task.seed, limits=task.limits._asdict(), boxed=task.boxed
        ).text


def _cell_name(exercise: str, case: int | None, seed: int) -> str:
    """What a cell of the grading notebook does, for a list of test cases."""
    if not exercise:
        return "setup"
    if case is None:
        return f"{exercise}: the answer is taken"
    return f"{exercise}, case {case + 1}: {key(exercise, seed).cases[case].title}"


def _task(submission: Submission, lesson: int, seed: int, how: Grading) -> Task:
    lessons = find_lessons()
    points = {name: points_of(e, lessons) for name, e in exercises_of(lesson).items()}
    about: list[Any] = [
        submission.student,
        submission.file,
        submission.answers,
        submission.problems,
    ]
    about += [submission.digest, lesson, seed, points]
    about += [how.limits, how.boxed, how.watch, _course_digest()]
    fingerprint = hashlib.sha256(repr(about).encode(errors="replace")).hexdigest()
    return Task(submission, fingerprint, lesson, seed, points, how.limits, how.boxed, how.watch)


def _grade_all(tasks: list[Task], how: Grading, keep: Callable[[dict[str, Any]], None]) -> None:
    """Grade, and hand on each result as soon as it is ready."""
    executor = how.executor or concurrent.futures.ThreadPoolExecutor(how.jobs or cores() + 1)
    futures = [executor.submit(grade_task, task) for task in tasks]
    try:
        for future in concurrent.futures.as_completed(futures):
            keep(future.result())
    except KeyboardInterrupt:
        stop_runs()  # before the executor waits for them
        raise
    finally:
        for future in futures:
            future.cancel()
        if how.executor is None:
            executor.shutdown(cancel_futures=True)
        end_idle()


def _named(out: Path, lesson: int, seed: int, how: Grading) -> Names:
    """The mistakes that the instructor has named, by what they do in this run."""
    mistakes, run = read_mistakes(out.parent), run_of(seed, _course_digest())
    # Others' inputs than a specimen's own run had: it is run again, in the box, as an answer is.
    unseen = [m for m in mistakes if m.exercise in exercises_of(lesson) and run not in m.known]
    tasks = [
        _task(Submission(str(n), "", "", lesson, {m.exercise: m.answer}, []), lesson, seed, how)
        for n, m in enumerate(unseen)
    ]

    def keep(result: dict[str, Any]) -> None:
        mistake = unseen[int(result["student"])]
        [does] = [e["behaviour"] for e in result["exercises"] if e["exercise"] == mistake.exercise]
        if result["complete"]:
            mistake.known[run] = does

    if tasks:
        _grade_all(tasks, how, keep)
        write_mistakes(out.parent, mistakes)
    return names_in(mistakes, run)


def _try_the_reference(task: Task) -> None:
    """The package's own answers must get full marks here, or no grade means anything."""
    answers = {
        name: inspect.getsource(exercise.reference)
        for name, exercise in exercises_of(task.lesson).items()
    }
    submission = task.submission._replace(answers=answers, problems=[])
    result = grade_task(task._replace(submission=submission))
    bad = [e for e in result["exercises"] if e["earned"] < e["points"]]
    if bad:
        complaints = " ".join(result["problems"] or [bad[0]["words"]])
        raise UserError(
            f"The course's own answer to {bad[0]['exercise']} does not pass here, so nothing was "
            f"graded: {complaints}"
        )


def _student(how: Grading, names: list[str]) -> str:
    """The name that `how.only` means, among those in the folder."""
    people = how.course.roster.find(how.only or "") if how.course else []
    wanted = people[0].label if len(people) == 1 else how.only
    if wanted not in names:
        raise UserError(
            f"No student is called {wanted!r}: give a name as the reports have it, or an "
            "identifier of the roster."
        )
    return wanted


def _seed(earlier: dict[str, Any], wanted: int | None) -> int:
    """The seed that is asked for, or that of an earlier run into the same folder, or a new one."""
    seed = wanted if wanted is not None else earlier.get("seed", secrets.randbits(32))
    if seed < 0:
        raise UserError(f"A seed of {seed} cannot be used: give 0 or more.")
    return int(seed)


def _earlier(out: Path, task: Task) -> dict[str, Any] | None:
    """The result of an earlier run, if nothing has changed since but perhaps the file's time."""
    result = read_result(out, task.submission.student)
    if not result or result["fingerprint"] != task.fingerprint or not result["complete"]:
        return None
    return result


def _keep_time(out: Path, result: dict[str, Any], submission: Submission) -> dict[str, Any]:
    """An earlier result with the time that the file has now, stored if that is another."""
    now = {**result, "time": submission.time, "late": submission.late}
    if now != result:
        keep_result(out, now)
    return now


@functools.cache
def _course_digest() -> str:
    """Changes with every file of the course: what was graded before it may be graded otherwise."""
    root = Path(cifg_edu.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


_prepared_folders: list[tempfile.TemporaryDirectory[str]] = []


@functools.cache
def _prepared(names: tuple[str, ...], seed: int) -> Path:
    """What is the same for all submissions of a lesson, made once for each process that grades."""
    folder = tempfile.TemporaryDirectory(prefix="cifg_prepared_")
    prepare(Path(folder.name), {name: key(name, seed) for name in names})
    _prepared_folders.append(folder)  # it is there until this process ends
    return Path(folder.name)
