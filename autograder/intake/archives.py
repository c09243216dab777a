"""Archives as folders: zip and tar, read and never unpacked.

Nothing is written to the disk but a nested archive's own bytes, into a temporary file without a
name. What an archive claims about sizes is not believed: bytes are counted as they stream.
"""

from __future__ import annotations

import bz2
import errno
import gzip
import io
import lzma
import re
import stat
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import IO, cast

from autograder.intake.model import malformed, unreadable
from autograder.intake.tree import MOST_ENTRIES, Kind, Node
from nndl2.checks.model import Unusable
from nndl2.checks.source import SIZE_LIMIT

ZIP, TAR = (".zip",), (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
UNREAD = (".rar", ".7z", ".gz", ".xz", ".bz2")
DEEPEST = 32
KEPT_OF_TAR = (".py", ".pyw", ".py.bak", ".py~", ".txt", ".yml", *ZIP, *TAR)
MiB = 1 << 20


@dataclass(frozen=True)
class Caps:
    """The most that is taken from one archive: its members, and bytes of it and of its list."""

    members: int
    size: int
    directory: int
    unpacked: int


STUDENT = Caps(members=5_000, size=64 * MiB, directory=4 * MiB, unpacked=256 * MiB)
CLASS = Caps(members=MOST_ENTRIES, size=1 << 40, directory=64 * MiB, unpacked=64 << 30)
GLANCE = Caps(members=20_000, size=1 << 40, directory=4 * MiB, unpacked=256 * MiB)


@dataclass
class Budget:
    """What all archives of one student may still have: how many, their files, bytes unpacked."""

    archives: int = 50
    members: int = 20_000
    unpacked: int = STUDENT.unpacked

    def take(self, archives: int = 0, members: int = 0, unpacked: int = 0) -> None:
        """Have that much less; `Unusable` where it was more than there is, then and ever after."""
        self.archives -= archives
        self.members -= members
        self.unpacked -= unpacked
        if min(self.archives, self.members, self.unpacked) < 0:
            raise malformed(
                "the archives handed in are too many or unpack to too much;"
                " hand in the program only"
            )


def is_archive(node: Node) -> bool:
    """Whether `node` is a file that is named as an archive we read."""
    return node.kind is Kind.FILE and node.name.lower().endswith((*ZIP, *TAR))


def was_archive(node: Node) -> bool:
    """Whether the folder `node` is an archive that was opened, by its name."""
    return node.kind is Kind.FOLDER and node.name.lower().endswith((*ZIP, *TAR))


def opened(node: Node, held: ExitStack, caps: Caps = STUDENT, budget: Budget | None = None) -> Node:
    """The archive `node` as a folder that can be read while `held` is; else `Unusable`.

    What it takes goes from `budget`; without one it may take all that `caps` allow.
    """
    budget = budget or Budget(1, caps.members, caps.unpacked)
    try:
        with ExitStack() as own:
            budget.take(archives=1)
            file = _seekable(node, own, caps, budget)
            members = _tar if node.name.lower().endswith(TAR) else _zip
            made = _grown(node.name, members(node.name, file, own, caps, budget))
            held.enter_context(own.pop_all())
            return made
    except Exception as e:  # the readers of the standard library raise nearly anything
        raise _told(node.name, e) from None


def _told(name: str, e: Exception) -> Unusable:
    """Whose fault it is that `name` cannot be read: the disk's, or the archive's own."""
    if isinstance(e, Unusable):
        return e
    if isinstance(e, OSError) and e.errno not in (None, errno.EINVAL):  # a seek before the start
        return unreadable(name, e)
    return malformed(f"{name} is damaged or no archive at all; pack it again and hand it in")


class _Wary(io.RawIOBase):
    """A file that refuses to be read beyond `most` bytes at once, or a `budget` in all."""

    def __init__(self, file: IO[bytes], name: str, most: int, budget: Budget | None = None):
        self.file, self.name, self.most, self.budget = file, name, most, budget

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        return self.file.tell()

    def read(self, size: int = -1) -> bytes:
        if size > self.most:
            raise malformed(f"{self.name} holds too many files; hand in the program only")
        found = self.file.read(self.most if size < 0 else size)
        if self.budget:
            self.budget.take(unpacked=len(found))
        return found


def _seekable(node: Node, held: ExitStack, caps: Caps, budget: Budget) -> IO[bytes]:
    """The archive's bytes, copied when they lie in another archive."""
    file = held.enter_context(node.open())
    if not file.seekable():
        copy = tempfile.TemporaryFile()  # noqa: SIM115  # it is read as long as `held` is
        with file:
            file = _copied(file, held.enter_context(copy), caps.size, budget)
    if file.seek(0, 2) > caps.size:
        raise malformed(f"{node.name} is larger than {caps.size // MiB} MiB; hand in less")
    file.seek(0)
    return file


def _copied(file: IO[bytes], to: IO[bytes], most: int, budget: Budget) -> IO[bytes]:
    while to.tell() <= most and (chunk := file.read(MiB)):
        budget.take(unpacked=len(chunk))
        to.write(chunk)
    return to


Member = tuple[str, Node]


def _zip(
    name: str, file: IO[bytes], held: ExitStack, caps: Caps, budget: Budget
) -> Iterator[Member]:
    wary = cast(IO[bytes], _Wary(file, name, caps.directory))
    archive = held.enter_context(zipfile.ZipFile(wary))
    budget.take(members=len(archive.infolist()))
    if len(archive.infolist()) > caps.members:
        raise malformed(f"{name} holds more than {caps.members} files; hand in the program only")
    for info in archive.infolist():
        yield _decoded(info), _of_zip(archive, info)


def _of_zip(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Node:
    path = _decoded(info)
    kind = _kind(info.external_attr >> 16, Kind.FOLDER if path.endswith("/") else Kind.FILE)

    def read() -> IO[bytes]:
        if info.flag_bits & 1:
            raise malformed(f"{path} is encrypted; pack it again without a password")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise malformed(f"{path} is packed in a way that is not read here; make a plain zip")
        try:
            return cast(IO[bytes], _Guarded(archive.open(info), path))
        except Exception as e:
            raise _told(path, e) from None

    return Node(path.rstrip("/").rpartition("/")[2], kind, open=read)


class _Guarded(io.RawIOBase):
    """A member that is read from its beginning to its end, its damage told in a sentence."""

    def __init__(self, file: IO[bytes], path: str):
        self.file, self.path = file, path

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        try:
            return self.file.read(SIZE_LIMIT + 1 if size < 0 else size)
        except Exception as e:
            raise _told(self.path, e) from None

    def close(self) -> None:
        self.file.close()
        super().close()


def _decoded(info: zipfile.ZipInfo) -> str:
    """A member's path. A name that is not marked as UTF-8 mostly is UTF-8 all the same."""
    path = info.filename.replace("\\", "/")
    if info.flag_bits & 0x800:
        return path
    try:
        return path.encode("cp437").decode("utf-8")
    except UnicodeError:
        return path


def _kind(mode: int, otherwise: Kind) -> Kind:
    kinds = {0: otherwise, stat.S_IFREG: Kind.FILE, stat.S_IFDIR: Kind.FOLDER}
    return {**kinds, stat.S_IFLNK: Kind.LINK}.get(stat.S_IFMT(mode), Kind.OTHER)


def _tar(
    name: str, file: IO[bytes], held: ExitStack, caps: Caps, budget: Budget
) -> Iterator[Member]:
    """A tar can only be read from its beginning to its end, so what may be asked for is kept."""
    plain = cast(IO[bytes], _Wary(_unpressed(file), name, caps.unpacked, budget))
    room = caps.size
    with tarfile.open(fileobj=plain, mode="r|") as archive:
        for count, info in enumerate(archive):
            budget.take(members=1)
            if count >= caps.members:
                raise malformed(f"{name} holds more than {caps.members} files; hand in less")
            kept = b""
            if info.isreg() and _may_be_asked_for(info.name):
                nested = info.name.lower().endswith((*ZIP, *TAR))
                member = cast(IO[bytes], archive.extractfile(info))
                kept = member.read(STUDENT.size if nested else SIZE_LIMIT + 1)
                room -= len(kept)
            if room < 0:
                raise malformed(f"{name} unpacks to too much; hand in the program only")
            yield info.name, _of_tar(info, kept)


def _may_be_asked_for(path: str) -> bool:
    """By its ending; a program that has lost it has none."""
    return path.lower().endswith(KEPT_OF_TAR) or "." not in path.rpartition("/")[2]


def _of_tar(info: tarfile.TarInfo, kept: bytes) -> Node:
    kind = Kind.FILE if info.isreg() else Kind.FOLDER if info.isdir() else Kind.OTHER
    kind = Kind.LINK if info.issym() or info.islnk() else kind
    name = info.name.rstrip("/").rpartition("/")[2]
    return Node(name, kind, open=lambda: io.BytesIO(kept))


def _unpressed(file: IO[bytes]) -> IO[bytes]:
    start = file.read(6)
    file.seek(0)
    if start[:2] == b"\x1f\x8b":
        return cast(IO[bytes], gzip.GzipFile(fileobj=file))
    if start[:3] == b"BZh":
        return cast(IO[bytes], bz2.BZ2File(file))
    return cast(IO[bytes], lzma.LZMAFile(file)) if start == b"\xfd7zXZ\0" else file


@dataclass
class _Branch:
    """A folder of an archive while it grows."""

    folders: dict[str, _Branch] = field(default_factory=dict)
    files: dict[str, Node] = field(default_factory=dict)

    def at(self, parts: Sequence[str]) -> _Branch:
        """The branch that a path leads to, made where it is not there yet."""
        branch = self
        for part in parts:
            branch = branch.folders.setdefault(part, _Branch())
        return branch

    def node(self, name: str) -> Node:
        """This branch as a folder."""
        return Node(name, Kind.FOLDER, list=self.children)

    def children(self) -> list[Node]:
        """What lies in it, by name."""
        folders = [branch.node(name) for name, branch in self.folders.items()]
        return sorted([*folders, *self.files.values()], key=lambda node: node.name)


def _grown(name: str, members: Iterable[Member]) -> Node:
    """The tree that paths span. A path that leads out of the archive is kept as an odd name."""
    root = _Branch()
    for path, node in members:
        parts = [part for part in path.split("/") if part not in ("", ".")]
        if ".." in parts or path.startswith("/") or re.match("[A-Za-z]:", path):
            root.files[path] = Node(path, Kind.OTHER)
        elif parts and len(parts) <= DEEPEST:
            if node.kind is Kind.FOLDER:
                root.at(parts)
            else:
                root.at(parts[:-1]).files[parts[-1]] = node
    return root.node(name)
