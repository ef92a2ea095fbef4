"""The processes that run nbval serve all tests of a module, and end with it."""

import pytest

from cifg_edu.grading.nbval_run import end_idle


@pytest.fixture(scope="module", autouse=True)
def _end_idle_processes():
    yield
    end_idle()
