"""A course of four students, on paper: the files of a term, and a grader that runs nothing."""

import os
from datetime import datetime

from cifg_edu.grading import run
from cifg_edu.grading.course_file import read_course
from cifg_edu.grading.keys import key
from tests.grading.classroom import hand_in

EVIL = '=HYPERLINK("x")'
COURSE = """
roster = "roster.csv"
overrides = "overrides.csv"

[late]
per_day = 0.1
floor = 0.5

[lessons.01]
points = 30
due = 2026-11-20T23:59:00+01:00

[lessons.02]
"""
CANVAS = '''\
Student,ID,SIS User ID,SIS Login ID,Section,Essay (77),Lesson 01 (501)
,,,,,Manual Posting,
    Points Possible,,,,,10,30
"Lovelace, Ada",1004,s4711004,alovelace,"CIFG, group 1",,
"Müller, Jürgen ""Jo""",1005,s4711005,jmueller,"CIFG, group 1",,
"=HYPERLINK(""x""), Eve",1006,s4711006,eve,"CIFG, group 1",,
"Still, Nell",1007,s4711007,nstill,"CIFG, group 1",,
'''
MOODLE = '''\
First name,Last name,ID number,Email address
Ada,Lovelace,s4711004,ada@uni.example
"Jürgen ""Jo""",Müller,s4711005,jo.mueller@uni.example
Eve,"=HYPERLINK(""x"")",s4711006,eve@uni.example
Nell,Still,s4711007,nell@uni.example
'''
WORKSHEET = """\
Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,\
Last modified (submission),Last modified (grade),Feedback comments
Participant 90011,Ada Lovelace,ada@uni.example,Submitted for grading,,30.00,Yes,\
"Saturday, 21 November 2026, 1:00 AM",-,
Participant 90012,"Jürgen ""Jo"" Müller",jo.mueller@uni.example,Submitted,,30.00,Yes,-,-,
Participant 90013,"Eve =HYPERLINK(""x"")",eve@uni.example,Submitted,3.00,30.00,No,-,-,Talk to me
Participant 90014,Nell Still,nell@uni.example,No submission,,30.00,Yes,-,-,
"""
OVERRIDES = "student,exercise,points,reason,comment\n"
WRONG = "def {}(*arguments):\n    return 'wrong on purpose'\n"


class Term:
    """The folder of a course, and what its instructor does there.

    folder: with course.toml and the files that it names.
    """

    def __init__(self, folder, course=COURSE, roster=CANVAS, overrides=OVERRIDES):
        self.folder = folder
        self.write("course.toml", course)
        self.write("roster.csv", roster)
        self.write("overrides.csv", overrides)

    def write(self, name, text):
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(text, encoding="utf-8")

    def hand_in(self, submissions, name, notebook, time="2026-11-20T12:00:00+01:00"):
        hand_in(self.folder / submissions, name, notebook)
        seconds = datetime.fromisoformat(time).timestamp()
        os.utime(self.folder / submissions / f"{name}.ipynb", (seconds, seconds))

    def course(self):
        return read_course(self.folder / "course.toml")

    def grade(self, submissions="in", lesson=1, **how):
        """Grade without running anything; see `runs_nothing`."""
        course = self.course()
        how = {"seed": 7, "boxed": False, "bar": False, "lesson": lesson, "course": course, **how}
        return run.grade(self.folder / submissions, course.grades, run.Grading(**how))

    def page(self, student, lesson=1):
        """The text of a student's page."""
        pages = self.folder / "grades" / f"lesson_{lesson:02d}" / "students"
        [path] = pages.glob(f"{student}-*.html")
        return path.read_text(encoding="utf-8")


def runs_nothing(monkeypatch):
    """Let an answer of the text WRONG be wrong, and all others right."""

    def judge(task, result):
        answers = task.submission.answers
        verdicts = {
            name: ["wrong on purpose" not in text] * len(key(name, task.seed).cases)
            for name, text in answers.items()
        }
        return verdicts, {name: {} for name in answers}

    monkeypatch.setattr(run, "_judge", judge)
    monkeypatch.setattr(run, "_try_the_reference", lambda task: None)
