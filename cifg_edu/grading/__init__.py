"""Grading with nbval that a hostile notebook cannot fool: `run.grade`.

A student's code runs in a box (`box`, `worker`), where a course without answers stands
(`answerless`). Outside it a `desk` hands over arguments and looks at what comes back; nbval
(`nbval_run`) runs the desk's notebook (`pristine`) and compares what it prints with the key
(`keys`). `submissions` reads what students handed in, `scores` and `reports` make of the
verdicts what an instructor needs, `run` does it for a whole folder, and `at_home` is for
students.
"""
