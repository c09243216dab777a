"""Fixtures for the whole house."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest
from tqdm import tqdm

from autograder.isolation import WarmParent

# tests run side by side, a process a core: more threads than that wait for each other
os.environ.setdefault("OMP_NUM_THREADS", "1")
LONGEST = ("test_notebook", "test_redteam", "test_training")  # begun last, they would be waited for


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest modules first, so that all processes have work until the end."""
    items.sort(key=lambda item: item.path.stem not in LONGEST)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Give each test a lock of its own for its bars: one that was left locked stops no other."""
    tqdm.set_lock(threading.RLock())


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
