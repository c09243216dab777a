"""What a worker puts up around itself, after the fork and before it sees student code.

Each wall is a function; `put_up` is their order, and `holding` says in one line what holds here. A
deeper wall (another uid, Landlock, seccomp) gets its function, its line in `put_up` and its word
in `holding`, which has to find out by trying whether the machine gives it.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import socket
import sys
import tempfile
from pathlib import Path
from typing import TextIO

from .limits import Limits
from .system import LINUX, PR_SET_PDEATHSIG, address_space, prctl, tasks_of

TALK = 3
OPEN_FILES = 1024
CPU_MERCY = 5  # seconds between the signal that says "processor time" and the one that kills
MOST_DESCRIPTORS = 1 << 16


def holding() -> str:
    """What a worker is held by on this machine, for the `isolation:` line of a run."""
    return "process + limits" if LINUX else "process"


def put_up(
    talk: socket.socket, output: int, folder: Path, limits: Limits, keeper: int
) -> socket.socket:
    """Put up all walls around this process; the connection comes back as its only descriptor."""
    own_session(keeper)
    limit_resources(limits)
    talk = own_descriptors(talk, output)
    own_environment(folder, limits.gpu)
    return talk


def own_session(keeper: int) -> None:
    """A session and process group of its own, which ends with its keeper and is the first to go."""
    os.setsid()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != keeper:
        os._exit(1)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def own_descriptors(talk: socket.socket, output: int) -> socket.socket:
    """Keep the connection alone: stdin is empty as ever, stdout and stderr go to `output`."""
    os.dup2(output, 1)
    os.dup2(output, 2)
    number = talk.detach()
    if number != TALK:
        os.dup2(number, TALK, inheritable=False)
    os.closerange(TALK + 1, MOST_DESCRIPTORS)
    sys.stdout, sys.stderr = _lines(1), _lines(2)
    return socket.socket(fileno=TALK)


def own_environment(folder: Path, gpu: bool) -> None:
    """Home, temporary and working folder are `folder`; no GPU in sight unless it is granted."""
    os.umask(0o077)
    os.chdir(folder)
    os.environ.update(HOME=str(folder), TMPDIR=str(folder))
    if not gpu:
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
    tempfile.tempdir = None
    sys.argv[:] = [""]


def limit_resources(limits: Limits) -> None:
    """Bound what the system counts: memory, processor time, files, processes, open files."""
    _bound(resource.RLIMIT_CORE, 0)
    _bound(resource.RLIMIT_FSIZE, limits.file_bytes)
    _bound(resource.RLIMIT_CPU, limits.cpu_seconds, CPU_MERCY)
    _bound(resource.RLIMIT_NOFILE, OPEN_FILES)
    if LINUX:
        _bound(resource.RLIMIT_NPROC, tasks_of(os.getuid()) + limits.processes)
    if LINUX and not limits.gpu:
        _bound(resource.RLIMIT_AS, address_space() + limits.memory_bytes)


def _bound(kind: int, most: int, more: int = 0) -> None:
    """Set a limit for good, never above the one that already holds; `more` until it kills."""
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        most, more = min(most, hard), min(more, hard - min(most, hard))
    resource.setrlimit(kind, (most, most + more))


def _lines(number: int) -> TextIO:
    return open(number, "w", 1, "utf-8", "backslashreplace", closefd=False)
