"""Packages that not every installation has: a test that needs one is skipped, with the remedy."""

from typing import Any

import pytest


def optional(package: str) -> Any:
    """The package, or a skip whose reason says what would run the test."""
    return pytest.importorskip(package, reason=f"{package} is missing: make test-optional has it")
