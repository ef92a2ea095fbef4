"""Answers that stand in tests as text: verdict_on, table."""

import inspect
import linecache

import numpy as np
import pytest

from cifg_edu.checks import find_exercise
from cifg_edu.checks.judging import judge


def verdict_on(name, source, label):
    """Judge a source text, whose lines the check can read as those of a file."""
    file = f"<{name}: {label}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    exercise = find_exercise(name)
    namespace = {**vars(inspect.getmodule(exercise.reference)), "np": np}
    exec(compile(source, file, "exec"), namespace)
    return judge(exercise, namespace[name])


def table(answers):
    return [
        pytest.param(name, label, source, id=f"{name}: {label}")
        for (name, label), source in answers.items()
    ]
