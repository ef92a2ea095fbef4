"""The processes that run nbval serve all tests, and end with them."""

import pytest

from cifg_edu.grading.nbval_run import end_idle


@pytest.fixture(scope="session", autouse=True)
def _end_idle_processes():
    yield
    end_idle()
