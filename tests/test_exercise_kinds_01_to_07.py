"""Lessons 01 to 07: kinds of wrong answers are rejected, kinds of right answers pass."""

import linecache

import numpy as np
import pytest

from cifg_edu import cifg, gates, lstm
from cifg_edu.checks import find_exercise
from cifg_edu.checks.judging import judge


def verdict_on(name, source, label):
    """Judge a source text, whose lines the check can read as those of a file."""
    file = f"<{name}: {label}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    namespace = {**vars(gates), **vars(cifg), **vars(lstm), "np": np}
    exec(compile(source, file, "exec"), namespace)
    return judge(find_exercise(name), namespace[name])


def table(answers):
    return [
        pytest.param(name, label, source, id=f"{name}: {label}")
        for (name, label), source in answers.items()
    ]


SIGMOID = "def sigmoid(a):\n    "
INTERPOLATE = "def interpolate(old, new, i):\n    "

WRONG = {
    ("sigmoid", "rows one by one"): SIGMOID
    + "return np.array([0.5 + 0.5 * np.tanh(row / 2) for row in a])\n",
    ("sigmoid", "a list"): SIGMOID + "return (0.5 + 0.5 * np.tanh(a / 2)).tolist()\n",
    ("sigmoid", "always float64"): SIGMOID
    + "s = np.zeros(a.shape)\n    s[...] = 0.5 + 0.5 * np.tanh(a / 2)\n    return s\n",
    ("sigmoid", "always float32"): SIGMOID
    + "return (0.5 + 0.5 * np.tanh(a / 2)).astype(np.float32)\n",
    ("sigmoid", "text"): SIGMOID + "return (0.5 + 0.5 * np.tanh(a / 2)).astype(str)\n",
    ("sigmoid", "complex"): SIGMOID + "return 0.5 + 0.5 * np.tanh(a / 2) + 0j\n",
    ("sigmoid", "objects"): SIGMOID + "return (0.5 + 0.5 * np.tanh(a / 2)).astype(object)\n",
    ("sigmoid", "masked"): SIGMOID + "return np.ma.array(0.5 + 0.5 * np.tanh(a / 2))\n",
    ("interpolate", "rows one by one"): INTERPOLATE
    + "return np.array([(1 - k) * a + k * b for a, b, k in zip(old, new, i)])\n",
    ("interpolate", "a list"): INTERPOLATE + "return ((1 - i) * old + i * new).tolist()\n",
    ("interpolate", "three columns"): INTERPOLATE
    + "r = np.zeros((4, 3))\n    r[:] = (1 - i) * old + i * new\n    return r\n",
    ("interpolate", "complex"): INTERPOLATE + "return (1 - i) * old + i * new + 0j\n",
}

RIGHT = {
    ("sigmoid", "a power of e with a clipped argument"): SIGMOID
    + "return 1 / (1 + np.exp(-np.clip(a, -80, 80)))\n",
    ("sigmoid", "logaddexp"): SIGMOID + "return np.exp(-np.logaddexp(0, -a))\n",
    ("interpolate", "from the new value"): INTERPOLATE + "return new - (1 - i) * (new - old)\n",
}


@pytest.mark.parametrize(("name", "label", "source"), table(WRONG))
def test_wrong_answer_of_this_kind_is_rejected(name, label, source):
    assert verdict_on(name, source, label).passed is False


@pytest.mark.parametrize(("name", "label", "source"), table(RIGHT))
def test_right_answer_of_this_kind_passes(name, label, source):
    verdict = verdict_on(name, source, label)
    assert verdict.passed, verdict.message
