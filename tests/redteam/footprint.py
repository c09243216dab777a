"""How much memory the processes under a warm parent take while an attack runs."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

from autograder.isolation import Limits
from autograder.isolation.system import descendants

LOOK_SECONDS = 0.1
OVER = 1.1
OWN = 96 << 20  # what workers and their keepers write to of what they share with the warm parent


class Footprint:
    """A context in which the largest memory use under `pid` is noted, if `on`."""

    def __init__(self, pid: int, on: bool) -> None:
        self.pid, self.on = pid, on
        self.memory = 0
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.watch)

    def __enter__(self) -> Footprint:
        if self.on:
            self.base = sum(map(memory, descendants(self.pid)))
            self.thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop.set()
        if self.on:
            self.thread.join()

    def watch(self) -> None:
        while not self.stop.wait(LOOK_SECONDS):
            pids = descendants(self.pid)
            self.memory = max(self.memory, sum(map(memory, pids)) + unmapped(pids) - self.base)

    def over(self, limits: Limits) -> Iterator[str]:
        """A sentence where the limit was exceeded by more than a tenth."""
        if self.memory > OVER * limits.memory_bytes + OWN:
            yield f"memory: {self.memory >> 20} MiB, allowed are {limits.memory_bytes >> 20}"


def memory(pid: int) -> int:
    """Bytes that are this process's own: anonymous and shared memory, shared ones in part."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            name, _, rest = line.partition(":")
            if name == "Pss":
                return int(rest.split()[0]) * 1024
    return 0


def unmapped(pids: list[int]) -> int:
    """Bytes of memory files that these processes hold open."""
    seen: dict[tuple[int, int], int] = {}
    for pid in pids:
        with contextlib.suppress(OSError):
            for fd in Path(f"/proc/{pid}/fd").iterdir():
                with contextlib.suppress(OSError):
                    if str(fd.readlink()).startswith("/memfd:"):
                        status = fd.stat()
                        seen[status.st_dev, status.st_ino] = status.st_blocks * 512
    return sum(seen.values())
