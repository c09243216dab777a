"""Folders and files as intake sees them, on the disk or in an archive: looked at, never changed."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from pathlib import Path
from typing import IO

from autograder.intake.model import malformed, unreadable
from nndl2.checks.source import SIZE_LIMIT

MOST_ENTRIES = 500_000  # in one folder; a class that hands in loose files needs many


class TooMany(OSError):
    """A folder holds more than `MOST_ENTRIES`."""


class Kind(Enum):
    """What a name stands for; no link is followed."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"
    FOLDER_LINK = "link to a folder"
    OTHER = "other"


def _nothing() -> Sequence[Node]:
    return ()


def _no_file() -> IO[bytes]:
    raise OSError("not a file")


@dataclass(frozen=True)
class Node:
    """A name in a folder or an archive.

    `list` gives what a folder holds and `open` a file's bytes, both at the time they are asked for
    (OSError). `shown` is how a person finds it; `age` grows with each attempt where the platform
    tells attempts apart.
    """

    name: str
    kind: Kind
    list: Callable[[], Sequence[Node]] = _nothing
    open: Callable[[], IO[bytes]] = _no_file
    shown: str = ""
    age: tuple[int, ...] = ()

    @property
    def title(self) -> str:
        return self.shown or self.name


def on_disk(path: Path) -> Node:
    """What lies at `path`; OSError where nothing does."""
    mode = path.lstat().st_mode
    if stat.S_ISDIR(mode):
        return Node(path.name, Kind.FOLDER, list=lambda: _listed(path))
    if stat.S_ISREG(mode):
        return Node(path.name, Kind.FILE, open=lambda: _opened(path))
    if stat.S_ISLNK(mode):
        return Node(path.name, Kind.FOLDER_LINK if _leads_to_folder(path) else Kind.LINK)
    return Node(path.name, Kind.OTHER)


def folder(name: str, children: Sequence[Node]) -> Node:
    """A folder that exists nowhere else, such as all that a platform has of one student."""
    return Node(name, Kind.FOLDER, list=lambda: children)


def bytes_of(node: Node, limit: int = SIZE_LIMIT) -> bytes:
    """The bytes of a regular file of at most `limit` bytes, else `Unusable` with what it is."""
    if node.kind in (Kind.LINK, Kind.FOLDER_LINK):
        raise malformed(f"{node.name} is a link; hand in the file itself")
    if node.kind is not Kind.FILE:
        raise malformed(f"{node.name} is not a regular file")
    try:
        with node.open() as file:
            found = file.read(limit + 1)
    except OSError as e:
        raise unreadable(node.name, e) from None
    if len(found) > limit:
        raise malformed(f"{node.name} is larger than {limit >> 20} MiB; hand in the program only")
    return found


def _leads_to_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _listed(path: Path) -> Sequence[Node]:
    with os.scandir(path) as entries:
        names = sorted(entry.name for entry in islice(entries, MOST_ENTRIES + 1))
    if len(names) > MOST_ENTRIES:
        raise TooMany(errno.EFBIG, f"it holds more than {MOST_ENTRIES} files and folders")
    return [node for name in names if (node := _there(path / name))]


def _there(path: Path) -> Node | None:
    try:
        return on_disk(path)
    except OSError:  # gone since it was listed
        return None


def _opened(path: Path) -> IO[bytes]:
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(0, "not a regular file")
    return os.fdopen(descriptor, "rb")
