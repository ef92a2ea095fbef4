"""Each test has a cache and a data directory of its own; what many tests run is run once."""

import pytest

from cifg_edu.checks import causes, judging
from cifg_edu.checks.outcomes import run_case
from cifg_edu.exercises import mutate

_WRONG_ANSWERS = {}
_OUTCOMES = {}


@pytest.fixture(autouse=True)
def _own_directories(tmp_path_factory, monkeypatch):
    home = tmp_path_factory.mktemp("home")
    for name in ("CIFG_EDU_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(home / name))


def wrong_answer(reference, edits):
    """What `mutate` gives, made once."""
    key = reference, tuple(edits.items())
    if key not in _WRONG_ANSWERS:
        _WRONG_ANSWERS[key] = mutate(reference, edits)
    return _WRONG_ANSWERS[key]


@pytest.fixture
def nothing_twice(monkeypatch):
    """To judge one answer the right one and all usual wrong ones run: once for all tests is enough.

    The answer itself is run each time, so one that differs from itself is not its own cause.
    """

    def answer_or_reference(exercise, function, case):
        return (once if function is exercise.reference else run_case)(exercise, function, case)

    def once(exercise, function, case):
        key = exercise.name, function, case.title
        if key not in _OUTCOMES:
            _OUTCOMES[key] = run_case(exercise, function, case)
        return _OUTCOMES[key]

    monkeypatch.setattr(causes, "mutate", wrong_answer)
    monkeypatch.setattr(causes, "run_case", once)
    monkeypatch.setattr(judging, "run_case", answer_or_reference)
