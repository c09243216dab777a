"""The keeper: a small process beside each worker: takes its output, ends it, tells how it ended.

It adopts whatever the worker leaves behind, so that nothing outlives a submission. The grader holds
the other end of `lease`: a KILL ends the worker at once, hanging up ends it after a moment.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import select
import signal
import socket
import stat
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from . import frames
from .limits import KILL, Limits
from .system import (
    adopt_orphans,
    children,
    descendants,
    private_memory,
    remove,
    remove_all_of,
    stranger,
)
from .walls import Deeper
from .worker import work

GRACE_SECONDS = 1.0
END_SECONDS = 10.0
LOOK_SECONDS = 0.1  # how often the worker's folder is measured
GLANCE_SECONDS = 0.01  # and its memory, where it may start processes: they fill 2 GB a second
MOST_FILES = 4096
BLOCK = 512  # bytes in which st_blocks counts
PATIENCE = 1e9  # the grader's ends first
READ = 1 << 16


class TooDeep(Exception):
    """Folders are nested so deep that nobody can look into them."""


class Keeper:
    """Watches the process `worker`: what it prints to `output` and writes into `folder`.

    It ends one that goes `over` a limit which the system does not know: the size of its folder, or
    the memory of all its processes together.
    """

    def __init__(
        self,
        worker: int,
        lease: socket.socket,
        output: int,
        folder: Path,
        limits: Limits,
        wake: int,
        pause: float,
    ) -> None:
        self.worker, self.lease, self.output, self.wake = worker, lease, output, wake
        self.folder, self.limits, self.pause = folder, limits, pause
        self.own_memory = private_memory(os.getpid())
        self.kept = limits.output_bytes
        self.log = bytearray()
        self.code: int | None = None
        self.glanced = self.looked = 0.0
        self.over = ""
        self.peak = 0
        self.alone = False
        self.sources = [lease.fileno(), output, wake]

    def run(self) -> dict[str, Any]:
        """Wait for the end of the worker or of the grader's patience; how it was."""
        order = self.watch(None)
        if order != KILL and not self.over:
            self.watch(GRACE_SECONDS)
        killed = self.code is None and not self.over
        self.end_all()
        while self.output in self.sources and self.drain():
            pass
        return {"code": self.code, "killed": killed, "peak": self.peak, "over": self.over}

    def watch(self, seconds: float | None) -> bytes:
        """Collect output until the worker is dead, the grader speaks or `seconds` are over."""
        end = time.monotonic() + (PATIENCE if seconds is None else seconds)
        while self.code is None and not self.is_over():
            left = max(0.0, end - time.monotonic())
            ready = select.select(self.sources, [], [], min(left, self.pause))[0]
            if self.output in ready:
                self.drain()
            if self.wake in ready:
                os.read(self.wake, READ)
                self.reap()
            if self.lease.fileno() in ready:
                self.sources.remove(self.lease.fileno())
                return self.lease.recv(1)
            if left == 0:
                break
        return b""

    def is_over(self) -> bool:
        """Whether the worker has taken more than it may; looked at each `pause` (s)."""
        now = time.monotonic()
        if not self.over and now >= self.glanced + self.pause:
            self.glanced = now
            family = {self.worker, *children(os.getpid())}
            if len(family) > 1 and self.memory_of(family) > self.limits.memory_bytes:
                self.over = "memory"
            elif now >= self.looked + LOOK_SECONDS:
                self.looked = now
                if not _fits(self.folder, family, self.limits.folder_bytes):
                    self.over = "folder"
        return bool(self.over)

    def memory_of(self, family: Iterable[int]) -> int:
        """Bytes that the processes hold beyond what they were forked with."""
        return sum(max(0, private_memory(p) - self.own_memory) for p in family)

    def drain(self) -> bool:
        """Take what was printed, keep what fits; False when there is no more."""
        try:
            text = os.read(self.output, READ)
        except BlockingIOError:
            return False
        if not text:
            self.sources.remove(self.output)
        self.log += text[: max(0, self.kept - len(self.log))]
        return bool(text)

    def reap(self) -> None:
        """Collect the dead; `alone` when there is neither child nor adopted orphan any more."""
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                self.alone = True
                return
            if pid == 0:
                return
            if pid == self.worker:
                self.code = os.waitstatus_to_exitcode(status)
                self.peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)

    def end_all(self) -> None:
        """Kill the worker's process group, then whatever else is left, until nothing is."""
        end = time.monotonic() + END_SECONDS
        if self.code is None:
            _kill(self.worker)
        with contextlib.suppress(OSError):
            os.killpg(self.worker, signal.SIGKILL)
        self.reap()
        while not self.alone and time.monotonic() < end:
            if select.select([self.wake], [], [], 0.02)[0]:
                os.read(self.wake, READ)
            self.reap()
            for pid in descendants(os.getpid()) if not self.alone else ():
                _kill(pid)


def keep(
    talk: socket.socket, lease: socket.socket, limits: Limits, deeper: Deeper, base: Path
) -> None:
    """The whole life of a keeper: fork the worker, watch it, clear up behind it."""
    adopt_orphans()
    wake = wake_on_child()
    folder = Path(tempfile.mkdtemp(prefix="worker-", dir=base))
    output, into = os.pipe()
    keeper = os.getpid()
    worker = os.fork()
    if worker == 0:
        work(talk, into, folder, limits, deeper, keeper)
    talk.close()
    os.close(into)
    os.set_blocking(output, False)
    pause = LOOK_SECONDS if deeper.seccomp else GLANCE_SECONDS
    watcher = Keeper(worker, lease, output, folder, limits, wake, pause)
    report = watcher.run()
    printed = np.frombuffer(bytes(watcher.log), np.uint8)
    with contextlib.suppress(EOFError, TimeoutError):
        frames.send(lease, report, [printed], time.monotonic() + END_SECONDS)
    lease.close()
    remove(folder)  # for which nobody has to wait
    if deeper.uid:
        remove_all_of(stranger(worker))


def wake_on_child() -> int:
    """A descriptor that becomes readable when a child ends."""
    wake, woken = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(woken, False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    return wake


def _fits(folder: Path, family: Iterable[int], most: int) -> bool:
    """Whether the files in `folder`, and those that were removed but are held, take no more."""
    used = 0
    try:
        for count, entry in enumerate(itertools.chain(_below(folder), _removed(family))):
            used += entry.st_blocks * BLOCK
            if used > most or count >= MOST_FILES:
                return False
    except (RecursionError, TooDeep):
        return False
    return True


def _below(folder: Path) -> Iterator[os.stat_result]:
    """What can be seen in `folder`; TooDeep where names grow longer than the system takes."""
    for top, folders, files in os.walk(folder, onerror=_unseen):
        for name in (*folders, *files):
            try:
                yield Path(top, name).lstat()
            except OSError as e:
                _unseen(e)


def _unseen(error: OSError) -> None:
    """Pass over what is gone by now, or shut."""
    if error.errno == errno.ENAMETOOLONG:
        raise TooDeep


def _removed(family: Iterable[int]) -> Iterator[os.stat_result]:
    """Files that have no name any more; none where the system does not show them."""
    seen = set()
    for pid in family:
        with contextlib.suppress(OSError):
            for descriptor in Path(f"/proc/{pid}/fd").iterdir():
                with contextlib.suppress(OSError):
                    found = descriptor.stat()
                    if stat.S_ISREG(found.st_mode) and not found.st_nlink:
                        if (key := (found.st_dev, found.st_ino)) not in seen:
                            yield found
                        seen.add(key)


def _kill(pid: int) -> None:
    with contextlib.suppress(OSError):
        os.kill(pid, signal.SIGKILL)
