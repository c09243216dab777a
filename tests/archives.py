"""Makes what learning platforms give an instructor to download, in the formats they document.

A class is a list of `Upload`s. Each layout is a function from uploads to files (path: bytes), which
`folder`, `zipped` and `tarred` turn into what lies on an instructor's disk.
"""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

Files = dict[str, bytes]


@dataclass(frozen=True)
class Upload:
    """One attempt of one student; a later attempt comes later in the class."""

    first: str
    last: str
    number: int
    files: Mapping[str, bytes] = field(default_factory=dict)
    late: bool = False
    attempt: int = 1

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"

    @property
    def email(self) -> str:
        return f"{self.first.lower()}@example.edu"


def canvas(uploads: Sequence[Upload]) -> Files:
    """Loose files; a further upload under the same name gets -1, -2 before its ending."""
    made: Files = {}
    for i, one in enumerate(uploads):
        who = "".join(filter(str.isalnum, one.last + one.first)).lower()
        for j, (name, content) in enumerate(one.files.items()):
            stem, dot, end = name.rpartition(".")
            again = f"-{one.attempt - 1}" if one.attempt > 1 else ""
            late = "_LATE" if one.late else ""
            upload = 90_000 + 100 * i + j
            made[f"{who}{late}_{one.number}_{upload}_{stem}{again}{dot}{end}"] = content
    return made


def canvas_quiz(uploads: Sequence[Upload]) -> Files:
    """Loose files of a quiz's question: the student's number stands at the end of the name."""
    return {
        f"{(one.last + one.first).lower()}{one.number}_question_77_{500 + 10 * i + j}_{name}": made
        for i, one in enumerate(uploads)
        for j, (name, made) in enumerate(one.files.items())
    }


def sakai(uploads: Sequence[Upload], title: str = "HW3") -> Files:
    """`<title>/Last, First(login)/`, with what was handed in beside what the staff gives back."""
    made: Files = {f"{title}/grades.csv": b"Display ID,ID,Last Name,First Name,grade\n"}
    for one in uploads:
        folder = f"{title}/{one.last}, {one.first}({one.first.lower()})"
        made[f"{folder}/timestamp.txt"] = f"2026101{one.attempt}".encode()
        made[f"{folder}/comments.txt"] = b""
        made[f"{folder}/Feedback Attachment(s)/vae.py"] = b"with remarks of the staff"
        attached = f"{folder}/Submission attachment(s)"
        made |= {f"{attached}/{name}": content for name, content in one.files.items()}
    return made


def brightspace(uploads: Sequence[Upload]) -> Files:
    """A folder a submission, called by its date, beside a page that lists them."""
    made: Files = {"index.html": b"<html>"}
    for one in uploads:
        folder = f"{one.number}-5678 - {one.name} - Nov {8 + one.attempt}, 2025 1042 AM"
        made |= {f"{folder}/{name}": content for name, content in one.files.items()}
    return made


def blackboard(uploads: Sequence[Upload], title: str = "HW 3") -> Files:
    """Loose files, and a text of Blackboard's own for each submission."""
    made: Files = {}
    for one in uploads:
        login = f"{one.first.lower()}_x"
        start = f"{title}_{login}_attempt_2025-11-{8 + one.attempt:02}-10-42-11"
        made[f"{start}.txt"] = f"Name: {one.name} ({login})\nAssignment: {title}\n".encode()
        made |= {f"{start}_{name}": content for name, content in one.files.items()}
    return made


def moodle(uploads: Sequence[Upload]) -> Files:
    """A folder a student; a new attempt takes the place of the one before."""
    return {
        f"{one.name}_{one.number}_assignsubmission_file_/{name}": content
        for one in uploads
        for name, content in one.files.items()
    }


def moodle_loose(uploads: Sequence[Upload]) -> Files:
    """What Moodle gives without "download submissions in folders"."""
    return {path.replace("_file_/", "_file_"): made for path, made in moodle(uploads).items()}


def gradescope(uploads: Sequence[Upload]) -> Files:
    """`submission_<id>` folders and who they belong to."""
    made: Files = {}
    told = ["---"]
    for i, one in enumerate(uploads):
        key = f"submission_{70_000 + i}"
        told += [
            f"{key}:",
            "  :submitters:",
            f"  - :name: {one.name}",
            f"    :sid: '{one.number:08}'",
            f"    :email: {one.email}",
            f"  :created_at: 2026-10-{10 + one.attempt} 12:00:00.000000000 Z",
            "  :score: 0.0",
            "  :status: processed",
            "  :results:",
            "    tests: []",
        ]
        made |= {f"{key}/{name}": content for name, content in one.files.items()}
    return {**made, "submission_metadata.yml": "\n".join(told).encode() + b"\n"}


def nbgrader(uploads: Sequence[Upload], assignment: str = "vae") -> Files:
    """`submitted/<student>/<assignment>/`, the newest attempt with its time."""
    made: Files = {}
    for one in uploads:
        folder = f"submitted/{one.first.lower()}/{assignment}"
        made |= {f"{folder}/{name}": content for name, content in one.files.items()}
        made[f"{folder}/timestamp.txt"] = f"2026-10-{10 + one.attempt} 12:00:00 UTC".encode()
    return made


def plain(uploads: Sequence[Upload]) -> Files:
    """A folder a student."""
    return {f"{u.first.lower()}/{name}": made for u in uploads for name, made in u.files.items()}


def under(prefix: str, files: Files) -> Files:
    """The same below one more folder, as most unpacking programs leave it."""
    return {f"{prefix}/{path}": content for path, content in files.items()}


def folder(at: Path, files: Mapping[str, bytes]) -> Path:
    """The files on the disk."""
    at.mkdir(parents=True, exist_ok=True)
    for path, content in files.items():
        (at / path).parent.mkdir(parents=True, exist_ok=True)
        (at / path).write_bytes(content)
    return at


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    """The files as a zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return out.getvalue()


def tar_bytes(files: Mapping[str, bytes], mode: str = "w:gz") -> bytes:
    """The files as a tar."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for path, content in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def zipped(at: Path, files: Mapping[str, bytes]) -> Path:
    """A zip on the disk."""
    at.parent.mkdir(parents=True, exist_ok=True)
    at.write_bytes(zip_bytes(files))
    return at


def special(members: Iterable[tuple[str, bytes, int]]) -> bytes:
    """A zip whose members have Unix modes of their own, such as 0o120777 for a link."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, content, mode in members:
            info = zipfile.ZipInfo(path)
            info.create_system, info.external_attr = 3, mode << 16
            archive.writestr(info, content)
    return out.getvalue()
