"""Looking at what an attack does beside its answers: its time, its output, its processes."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from autograder.isolation import Limits, Remote, WarmParent

OVER = 1.1
GRACE_SECONDS = 1.5  # what a worker that hung up has for its own end, and a little
SLACK_SECONDS = 8.0  # starting, ending and clearing up; a tenth of the usual budget is 18
PATIENCE = 3.0


class Watch:
    """A warm parent that keeps the submissions it opened, to look at their time and output."""

    def __init__(self, parent: WarmParent) -> None:
        self.parent = parent
        self.opened: list[Remote] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self.parent, name)

    def submission(self, source: bytes, file: str, *, limits: Limits) -> Remote:
        self.opened.append(self.parent.submission(source, file, limits=limits))
        return self.opened[-1]

    @property
    def log(self) -> str:
        """What the programs printed."""
        return "\n".join(remote.log for remote in self.opened)

    def late(self, limits: Limits, seconds: float) -> Iterator[str]:
        """Where a budget is exceeded by more than a tenth, or the whole takes longer than that."""
        for remote in self.opened:
            if remote._lives.seconds > OVER * limits.budget_seconds + GRACE_SECONDS:
                yield f"time: {remote._lives.seconds:.1f} s of {limits.budget_seconds:g} s"
        lives = sum(remote._lives.now for remote in self.opened)
        most = OVER * limits.budget_seconds * max(1, len(self.opened)) + SLACK_SECONDS + lives
        if seconds > most:
            yield f"time: {seconds:.1f} s in all, {lives} processes"


def left_running(mark: str) -> Iterator[str]:
    """Processes that bear an attack's mark, still after a moment."""
    yield from (f"process: {pid} was left" for pid in persisting(lambda: marked(mark)))


def persisting(look: Callable[[], Sequence[int]]) -> Sequence[int]:
    """What `look` finds, as soon as that is nothing or patience ends."""
    end = time.monotonic() + PATIENCE
    while (left := look()) and time.monotonic() < end:
        os.sched_yield()
    return left


def marked(mark: str) -> list[int]:
    """Processes whose name or arguments hold `mark`, apart from the dead."""
    found = []
    for path in Path("/proc").iterdir():
        if not path.name.isdigit() or int(path.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            text = (path / "comm").read_bytes() + (path / "cmdline").read_bytes()
            if mark.encode()[:15] in text and not is_dead(path):
                found.append(int(path.name))
    return found


def is_dead(process: Path) -> bool:
    """Whether a process has ended and only waits to be collected."""
    return (process / "stat").read_text("latin-1").rpartition(")")[2].split()[0] == "Z"
