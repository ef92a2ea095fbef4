"""What tests and solution notebooks share: none touches the user's own files, or the network."""

import os
import shutil
import tempfile

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Give this process, and every kernel that it starts, a home of its own."""
    home = tempfile.mkdtemp(prefix="cifg_edu_tests_")
    config.add_cleanup(lambda: shutil.rmtree(home, ignore_errors=True))
    os.environ |= {
        "CIFG_EDU_HOME": home,
        "XDG_CACHE_HOME": home,
        "XDG_DATA_HOME": home,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": home,
        # As many processes as cores are at work: more threads in each only wait for each other.
        "OPENBLAS_NUM_THREADS": "1",
    }
