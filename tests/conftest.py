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


@pytest.fixture(scope="session")
def weak() -> Iterator[WarmParent]:
    """One that gives workers only what every machine can: the weakest isolation there is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_SECRET", "canary")
        with WarmParent(walls=()) as parent:
            yield parent
