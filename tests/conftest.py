"""Fixtures for the whole house."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from autograder.isolation import WarmParent


@pytest.fixture(scope="session")
def warm() -> Iterator[WarmParent]:
    """One warm parent for all tests: importing torch once is what makes them quick."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_SECRET", "canary")  # which no worker may see
        with WarmParent() as parent:
            yield parent
