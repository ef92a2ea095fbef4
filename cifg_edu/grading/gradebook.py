"""All lessons of a course together: final_result, read_gradebook, Gradebook."""

from collections.abc import Sequence
from typing import NamedTuple

from cifg_edu.errors import UserError
from cifg_edu.grading.course_file import Course, CourseLesson
from cifg_edu.grading.late import lateness
from cifg_edu.grading.reports import Result
from cifg_edu.grading.roster import Person
from cifg_edu.grading.stored_results import lesson_folder, read_class, read_run
from cifg_edu.grading.visible_text import visible


class Line(NamedTuple):
    """A student in the gradebook.

    student: the label.
    person: from the roster; None for a name that fits no student there.
    results: by the lesson's number; as `final_result` gives them.
    """

    student: str
    person: Person | None
    results: dict[int, Result]

    def exercise(self, lesson: int, name: str) -> float | None:
        """Points for an exercise; None where nothing counts yet."""
        for exercise in self.results.get(lesson, {}).get("exercises", ()):
            if exercise["exercise"] == name and exercise["counts"]:
                return float(exercise["earned"])
        return None

    def earned(self, lessons: Sequence[CourseLesson]) -> float | None:
        """Points for some lessons together; None where nothing counts yet."""
        points = [self.exercise(each.number, name) for each in lessons for name in each.points]
        counted = [each for each in points if each is not None]
        return round(sum(counted), 2) if counted else None


class Gradebook(NamedTuple):
    """The class in all lessons that are graded.

    lessons: those that are graded.
    lines: the students, those of the roster first and in its order.
    notes: what an instructor must know, a sentence each.
    """

    course: Course
    lessons: list[CourseLesson]
    lines: list[Line]
    notes: list[str]


def final_result(course: Course, lesson: CourseLesson, result: Result) -> Result:
    """A result with the course's points, what late work costs, and what the instructor sets.

    Args:
        course: with its rules.
        lesson: the one that was graded.
        result: as `run.grade` stores it; it stays unchanged.

    Returns:
        A result for the reports. `days_late` are the days begun, `penalty` the points that they
        cost, in all and for each exercise, and an exercise `counts` where a notebook was judged or
        the instructor gave points.
    """
    late = lateness(lesson, course.late, result)
    judged = bool(result["file"]) and result["complete"]
    exercises, penalty = [], 0.0
    for each in result["exercises"]:
        name, words = each["exercise"], each["words"]
        points = lesson.points[name]
        full = round(points * each["earned"] / (each["points"] or 1), 2)
        earned = round(late.share * full, 2)
        override = course.overrides.get((result["student"], name))
        if override:
            earned = full = override.points
            said = f"Set to {override.points:g} points by the instructor: {override.reason}"
            words = "\n".join(filter(None, [visible(said), visible(override.comment), words]))
        cost = round(full - earned, 2)
        penalty += cost
        changed = {"earned": earned, "points": points, "words": words, "penalty": cost}
        changed["counts"] = judged or override is not None
        exercises.append({**each, **changed})
    return {
        **result,
        "problems": [*filter(None, [late.words]), *result["problems"]],
        "exercises": exercises,
        "days_late": late.days,
        "penalty": round(penalty, 2),
    }


def read_gradebook(course: Course) -> Gradebook:
    """The results of all lessons of a course that are graded.

    Raises:
        UserError: no lesson is graded, or a result is missing.
    """
    lessons: list[CourseLesson] = []
    results: dict[str, dict[int, Result]] = {one.label: {} for one in course.roster.people}
    notes = []
    for lesson in course.lessons.values():
        folder = lesson_folder(course.grades, lesson.number)
        students = read_run(folder).get("class", [])
        if not students:
            notes.append(f"{lesson.title} is not graded yet, so it is left out.")
            continue
        lessons.append(lesson)
        left_out = [one.label for one in course.roster.people if one.label not in students]
        if left_out:
            notes.append(
                f"{lesson.title} was graded without {visible(', '.join(left_out))}: grade it again "
                "with this course file."
            )
        for result in read_class(folder, students, lesson.points):
            student = result["student"]
            results.setdefault(student, {})[lesson.number] = final_result(course, lesson, result)
            if not result["complete"]:
                notes.append(
                    f"{visible(student)} has no verdict in {lesson.title}, so no points are "
                    "given: grade it again."
                )
    if not lessons:
        raise UserError(
            f"No lesson of {course.path} is graded in {course.grades}: run grade with --course "
            f"{course.path} first."
        )
    people = {person.label: person for person in course.roster.people}
    lines = [Line(student, people.get(student), found) for student, found in results.items()]
    notes += [
        f"{line.student!a} fits no student of the roster, so no platform's file has it."
        for line in lines
        if line.person is None
    ]
    return Gradebook(course, lessons, lines, notes)
