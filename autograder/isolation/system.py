"""The few system calls that Python does not offer, a look at the process table, a thorough rm.

Where there is no such call (macOS) each says so by its answer and does nothing.
"""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import os
import signal
import struct
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import FrameType

LINUX = sys.platform == "linux"
PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_CAPBSET_DROP = 24
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
CAPABILITY_V3 = 0x20080522
MOST_CAPABILITIES = 64
ALL_USERS = 1 << 31
OPEN_TO_ALL = tuple(map(Path, ("/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run/lock")))
MINE = int.from_bytes(os.urandom(3), "big") << 6  # so that two graders' strangers are not one user


def prctl(option: int, value: int) -> bool:
    """Linux's prctl(2); False where it is missing or refuses."""
    if not LINUX:
        return False
    zero = ctypes.c_ulong(0)
    return ctypes.CDLL(None).prctl(option, ctypes.c_ulong(value), zero, zero, zero) == 0


def adopt_orphans() -> bool:
    """Become the parent of every descendant whose own parent ends."""
    return prctl(PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent() -> bool:
    """Be killed when the parent ends; a change of user forgets it, so call it last."""
    return prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def give_up_privileges() -> bool:
    """Let nothing that this process starts ever gain rights (no_new_privs)."""
    return prctl(PR_SET_NO_NEW_PRIVS, 1)


def hide_memory() -> bool:
    """Close this process's memory and environment to others of the same user."""
    return prctl(PR_SET_DUMPABLE, 0)


def show_memory() -> bool:
    """Undo `hide_memory`, or else a process can neither read its /proc/self nor be looked after."""
    return prctl(PR_SET_DUMPABLE, 1)


def drop_capabilities() -> None:
    """Keep nothing of what root may do beyond its own files; OSError where that is refused."""
    if not LINUX:
        return
    for capability in range(MOST_CAPABILITIES):
        prctl(PR_CAPBSET_DROP, capability)
    header, nothing = struct.pack("Ii", CAPABILITY_V3, 0), bytes(24)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.capset(ctypes.create_string_buffer(header), ctypes.create_string_buffer(nothing)) != 0:
        raise OSError(ctypes.get_errno(), "the capabilities could not be dropped")


def stranger(pid: int) -> int:
    """A user number that nobody else has, made from the number of a process."""
    if _users() >= ALL_USERS:
        return 10**9 + (MINE + pid) % 10**9
    return 20_000 + (MINE + pid) % 40_000


def become(uid: int) -> None:
    """Be the user `uid`, of no group but its own, for good; OSError where that is refused."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def address_space() -> int:
    """Bytes this process has mapped; 0 where the system does not say."""
    return _pages("self")[0] * os.sysconf("SC_PAGE_SIZE")


def interruptible(work: Callable[[], int], interrupted: int) -> int:
    """The exit status of `work`, or `interrupted` where Ctrl-C or a plain `kill` ended it; the
    process ends next.

    From the end of `work` on these do nothing: another one, while Python ends, would become the
    exit status. `heard` is set by a statement that no signal handler can come in after.
    """
    heard = True

    def interrupt(number: int, frame: FrameType | None) -> None:
        if heard:
            raise KeyboardInterrupt

    usual = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
    heeded = [number for number, does in usual.items() if signal.getsignal(number) == does]
    for number in heeded:
        signal.signal(number, interrupt)
    try:
        status = work()
    except KeyboardInterrupt:
        status = interrupted
    heard = False
    for number in (signal.SIGINT, *heeded):
        signal.signal(number, signal.SIG_IGN)
    return status


def private_memory(pid: int) -> int:
    """Bytes in memory that no file stands behind; 0 where the system does not say."""
    _, resident, shared = _pages(pid)
    return (resident - shared) * os.sysconf("SC_PAGE_SIZE")


def _pages(pid: int | str) -> tuple[int, int, int]:
    """Pages that are mapped, in memory, and of these shared with a file."""
    try:
        mapped, resident, shared = Path(f"/proc/{pid}/statm").read_text().split()[:3]
        return int(mapped), int(resident), int(shared)
    except (OSError, ValueError):
        return 0, 0, 0


def children(pid: int) -> list[int]:
    """All processes under `pid` that live, as far as the system tells without a search."""
    found: list[int] = []
    with contextlib.suppress(OSError, ValueError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                found += [child, *children(child)]
    return found


def tasks_of(uid: int) -> int:
    """Processes and threads that belong to `uid`, as RLIMIT_NPROC counts them."""
    return sum(_threads(p) for p in _processes() if _owner(p) == uid)


def descendants(of: int, spared: frozenset[int] = frozenset()) -> list[int]:
    """All processes under `of`, uncollected dead too, except `spared` and what is under them."""
    children: dict[int, list[int]] = {}
    for process in _processes():
        children.setdefault(_parent(process), []).append(int(process.name))
    found: list[int] = []
    todo = [of]
    while todo:
        below = [p for p in children.pop(todo.pop(), []) if p not in spared]
        found += below
        todo += below
    return found


def remove(folder: Path) -> None:
    """Delete a folder, also where the program took its own rights away.

    What lies deeper is lifted up into `folder` first: the time that `rm -r` takes grows with the
    square of the depth, and shutil.rmtree ends at Python's depth of recursion.
    """
    lifted = (folder / f".{os.urandom(8).hex()}-{i}" for i in itertools.count())
    with contextlib.suppress(OSError):
        folder.chmod(0o700)
        while entries := list(os.scandir(folder)):
            for entry in entries:
                if not entry.is_dir(follow_symlinks=False):
                    Path(entry).unlink()
                    continue
                Path(entry).chmod(0o700)
                for inner in list(os.scandir(entry)):
                    if inner.is_dir(follow_symlinks=False):
                        Path(inner).chmod(0o700)
                        Path(inner).rename(next(lifted))
                    else:
                        Path(inner).unlink()
                Path(entry).rmdir()
        folder.rmdir()


def remove_all_of(uid: int, folders: Iterable[Path] = OPEN_TO_ALL) -> None:
    """Delete what the user `uid` has put into folders that everybody may write to."""
    for folder in folders:
        with contextlib.suppress(OSError):
            for entry in list(os.scandir(folder)):
                with contextlib.suppress(OSError):
                    if entry.stat(follow_symlinks=False).st_uid != uid:
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        remove(Path(entry))
                    else:
                        Path(entry).unlink()


def _users() -> int:
    """How many user numbers this process's namespace has."""
    try:
        return sum(int(r.split()[2]) for r in Path("/proc/self/uid_map").read_text().splitlines())
    except (OSError, IndexError, ValueError):
        return 0


def _processes() -> Iterator[Path]:
    try:
        yield from (p for p in Path("/proc").iterdir() if p.name.isdigit())
    except OSError:
        return


def _parent(process: Path) -> int:
    """The process's parent; a name in brackets stands before it and may hold anything."""
    try:
        return int((process / "stat").read_text("latin-1").rpartition(")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return 0


def _threads(process: Path) -> int:
    try:
        return len(list((process / "task").iterdir()))
    except OSError:
        return 0


def _owner(process: Path) -> int:
    """The user it runs as; its folder belongs to root when its memory is hidden."""
    try:
        status = (process / "status").read_text("latin-1")
        return int(status.partition("\nUid:")[2].split()[0])
    except (OSError, IndexError, ValueError):
        return -1
