"""What a worker puts up around itself, after the fork and before it sees student code.

Each wall is a function, and `put_up` is their order. The deeper ones depend on the machine: the
warm parent finds out at its start, by trying, which of them hold and still let torch work. One more
wall is a function, a field of `Deeper`, and a line in `go_deeper`.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import socket
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Collection
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TextIO

from . import landlock, seccomp
from .limits import Limits
from .system import (
    LINUX,
    address_space,
    become,
    die_with_parent,
    drop_capabilities,
    give_up_privileges,
    show_memory,
    stranger,
    tasks_of,
)

TALK = 3
OPEN_FILES = 256
CPU_MERCY = 5  # seconds between the signal that says "processor time" and the one that kills
TRIALS = 3
MOST_DESCRIPTORS = 1 << 16
SYSTEM_FILES = [
    *("/usr", "/bin", "/lib", "/lib32", "/lib64", "/nix/store"),
    *(
        "/etc/ld.so.cache",
        "/etc/localtime",
        "/etc/fonts",
        "/dev/zero",
        "/dev/random",
        "/dev/urandom",
    ),
    *("/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/sys/devices/system"),
]


@dataclass(frozen=True)
class Deeper:
    """The walls beyond process and limits, by the name they have in the `isolation:` line."""

    uid: bool = False
    landlock: bool = False
    seccomp: bool = False

    def names(self) -> list[str]:
        """Those that hold, in the order in which they are put up."""
        return [wall.name for wall in fields(self) if getattr(self, wall.name)]


def put_up(
    talk: socket.socket, output: int, folder: Path, limits: Limits, deeper: Deeper, keeper: int
) -> socket.socket:
    """Put up all walls around this process; the connection comes back as its only descriptor."""
    own_session()
    talk = own_descriptors(talk, output)
    own_environment(folder, limits.gpu)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")  # the first to go where memory ends
    limit_resources(limits, stranger(os.getpid()) if deeper.uid else os.getuid())
    go_deeper(deeper, folder, limits.gpu)
    if os.getppid() != keeper:
        os._exit(1)
    return talk


def go_deeper(deeper: Deeper, folder: Path, gpu: bool = False) -> None:
    """Put up those walls that only some machines have; OSError where one refuses."""
    give_up_privileges()
    uid = stranger(os.getpid())
    if deeper.uid:
        os.chown(folder, uid, uid)
    if deeper.landlock and not gpu:  # the GPU's driver asks for files that no list knows
        landlock.restrict(readable(), [folder, Path(os.devnull)])
    if deeper.uid:
        become(uid)
    if deeper.uid or deeper.landlock:  # which keep other workers away
        show_memory()
    drop_capabilities()
    die_with_parent()  # a change of user forgets it
    if deeper.seccomp:
        seccomp.restrict(gpu)


def own_session() -> None:
    """A session and a process group of its own."""
    os.setsid()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)


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


def limit_resources(limits: Limits, uid: int) -> None:
    """Bound what the system counts: memory, processor time, files, processes of `uid`."""
    _bound(resource.RLIMIT_CORE, 0)
    _bound(resource.RLIMIT_FSIZE, limits.file_bytes)
    _bound(resource.RLIMIT_CPU, limits.cpu_seconds, CPU_MERCY)
    _bound(resource.RLIMIT_NOFILE, OPEN_FILES)
    if LINUX:
        _bound(resource.RLIMIT_NPROC, tasks_of(uid) + limits.processes)
    if LINUX and not limits.gpu:
        _bound(resource.RLIMIT_AS, address_space() + limits.memory_bytes)


def readable() -> list[Path]:
    """Where Python, its packages, the course's nndl2 and the system's libraries are."""
    ours = [*sys.path, *sysconfig.get_paths().values(), sys.base_prefix]
    return [Path(p) for p in [*ours, *SYSTEM_FILES] if p]


def survey(base: Path, allowed: Collection[str]) -> Deeper:
    """Those of the walls `allowed` that hold here and let a worker work, found by trying each."""
    found = Deeper()
    for wall in (wall.name for wall in fields(Deeper) if wall.name in allowed):
        more = replace(found, **{wall: True})
        if LINUX and _holds(more, wall, base):
            found = more
    return found


def _holds(deeper: Deeper, wall: str, base: Path) -> bool:
    """Whether `wall` is possible here and holds; a trial that was killed from outside is none."""
    canary = base / "canary"
    canary.touch(mode=0o600)
    trials = (_tried(deeper, wall, base, canary) for _ in range(TRIALS))
    return bool(POSSIBLE[wall]()) and next((t for t in trials if t != -signal.SIGKILL), 1) == 0


def _tried(deeper: Deeper, wall: str, base: Path, canary: Path) -> int:
    """0 when a child behind these walls meets `wall` and still reads what it needs."""
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            folder = Path(tempfile.mkdtemp(dir=base))
            go_deeper(deeper, folder)
            (folder / "trial").write_text("x")
            for module in ("os", "torch", f"{__package__}.walls"):
                Path(str(sys.modules[module].__file__)).read_bytes()
            try:
                _climb(wall, canary)
            except PermissionError:
                os._exit(0)
        os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


POSSIBLE: dict[str, Callable[[], object]] = {
    "uid": lambda: os.getuid() == 0,
    "landlock": landlock.version,
    "seccomp": seccomp.available,
}


def _climb(wall: str, canary: Path) -> None:
    """Try what `wall` forbids; PermissionError where it holds."""
    if wall != "seccomp":
        canary.read_bytes()
        return
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()


def _bound(kind: int, most: float, more: int = 0) -> None:
    """Set a limit for good, never above the one that already holds; `more` until it kills."""
    most, hard = int(most), resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        most, more = min(most, hard), min(more, hard - min(most, hard))
    resource.setrlimit(kind, (most, most + more))


def _lines(number: int) -> TextIO:
    return open(number, "w", 1, "utf-8", "backslashreplace", closefd=False)
