"""What tests and solution notebooks share: none touches the user's own files, or the network."""

import importlib
import os
import shutil
import tempfile
from collections import Counter
from typing import Any

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
    if "MPLCONFIGDIR" not in os.environ:
        # Matplotlib looks for fonts once, here. Else each kernel would, with words on stderr where
        # that takes longer than five seconds, and nbval would call them an unexpected output.
        os.environ["MPLCONFIGDIR"] = home
        importlib.import_module("matplotlib.font_manager")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say what was skipped, and why: a reason names what would run the tests."""
    skipped = [report.longrepr for report in terminalreporter.stats.get("skipped", [])]
    reasons = Counter(
        str(place[-1] if isinstance(place, tuple) else place).removeprefix("Skipped: ")
        for place in skipped
    )
    for reason, number in reasons.most_common():
        terminalreporter.write_line(f"{number} skipped: {reason}", yellow=True)
