"""Each test has its own cache and data directory."""

import pytest
from hypothesis import settings

# No test depends on the clock.
settings.register_profile("course", deadline=None)
settings.load_profile("course")


@pytest.fixture(autouse=True)
def _own_directories(tmp_path_factory, monkeypatch):
    home = tmp_path_factory.mktemp("home")
    for name in ("CIFG_EDU_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(home / name))


@pytest.fixture
def short_search(monkeypatch):
    """For tests of verdicts, where it does not matter which line is to blame."""
    monkeypatch.setattr("cifg_edu.checks.suspects.SECONDS", 0.05)
