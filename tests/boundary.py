"""Asking a program behind the process boundary, for the tests of its parts."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from autograder.isolation import (
    Limits,
    Remote,
    WarmParent,
)
from nndl2.checks.model import Unusable

ROOT = Path(__file__).resolve().parents[1]
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc and prctl")
HONEST = b"def ok():\n    return 1\n"
PATIENCE = 10.0


@contextmanager
def asked(warm: WarmParent, source: bytes, **limits: float) -> Iterator[Remote]:
    """An honest function beside what `source` does."""
    with warm.submission(HONEST + source, "vae.py", limits=Limits(**limits)) as remote:
        yield remote


def ending(question: Callable[[], object]) -> Unusable:
    """What a question that cannot be answered raises."""
    with pytest.raises(Unusable) as raised:
        question()
    return raised.value


def eventually(holds: Callable[[], bool]) -> bool:
    """Whether `holds` comes true before patience ends."""
    end = time.monotonic() + PATIENCE
    while not holds() and time.monotonic() < end:
        os.sched_yield()
    return holds()


def gone(pid: int) -> bool:
    """Whether no process has the number `pid`, apart from one that is dead and uncollected."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
