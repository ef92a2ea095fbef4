"""Grading with nbval that a hostile notebook cannot fool: `run.grade`.

A student's code runs in a box (`sandbox`), where a course without answers stands. Outside it an
`answer_runner` hands over arguments and looks at what comes back; nbval (`nbval_run`) runs the
`grading_notebook`, in which the runner stands, and compares what it prints with the key (`keys`).
`submissions` reads what students handed in, `scores` and `reports` make of the verdicts what an
instructor needs, and `run` does it for a whole folder. `course_file` and `roster` read what an
instructor writes down, and `gradebook` and `exports` bring all lessons together by it. `groups`
and `named_mistakes` see to wrong answers that the course does not know, `likeness` and `numerical`
to those that deserve a look, and `autograder` grades one student on Gradescope.
"""
