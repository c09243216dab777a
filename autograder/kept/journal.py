"""What has been found and graded under which conditions, so that a run can go on.

The line of a grading names the hash of the files it stands for. They are on the disk before it is
written, and count only while both agree. A line of what was found stands before it: the verdicts of
the checks that were asked, to be worded and scored anew without asking. Lines are only added.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import IO, Any

import nndl2
from autograder.assignments import ROOT, names, of_one
from autograder.disk import sync_names
from autograder.intake import BadInput
from autograder.results.graded import Graded
from autograder.verdicts.versions import installed
from nndl2.checks.model import Status

FILE = "journal.jsonl"
ENGINE = (  # of autograder, beside three of its rooms: what decides a grade
    *("grade", "training", "text", "classes/attempts", "classes/class_run"),
    *("verdicts/asking", "verdicts/found"),
)
FOUND, UNTIL = b'{"found": ', b', "sha256": '  # a line of what was found, and the student's end


@dataclass(frozen=True)
class Key:
    """What a grade depends on; when all of it is equal, the grade need not be found again.

    `sha256` is that of the file, or of all attempts, and of the group.
    """

    student: str
    sha256: str
    assignment: str
    version: str
    train: str


class Journal:
    """An append-only file of finished gradings, held by one grader at a time.

    A line that is torn or makes no sense tells nothing, and costs one grading. A held submission is
    not finished: the next run grades it again.
    """

    def __init__(self, folder: Path):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.file: IO[bytes] = (folder / FILE).open("a+b", buffering=0)
            sync_names(folder)
        except OSError as e:
            raise BadInput(f"{folder} cannot be written to ({e.strerror})") from None
        if not _locked(self.file):
            self.file.close()
            raise BadInput(f"another run is grading into {folder}; wait for it, or stop it")
        self.finished: dict[str, tuple[Key, str]] = {}
        self.last: dict[str, dict[str, Any]] = {}
        self.places: dict[str, list[tuple[int, int]]] = {}  # of what was found: begin, length
        self._read()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def has(self, key: Key, digest: str) -> bool:
        """Whether the last grading finished of this student is under `key` and left `digest`."""
        return self.finished.get(key.student) == (key, digest)

    def add(self, key: Key, graded: Graded, digest: str) -> None:
        """Note a grading whose files have `digest`; on return the line is on the disk, whole.

        Raises OSError, and leaves no part of a line, where that is not possible.
        """
        status, environment = graded.status.value, _environment(graded)
        told = {"status": status, "score": graded.report.score, "files": digest}
        lost = {v.check.id: v.outcome.value for v in graded.report.verdicts if not v.passed}
        when = {"when": now(), "max_score": graded.report.max_score, "lost": lost}
        whose = {"file": graded.sha256, "attempt": graded.attempt, "group": [*graded.group]}
        kept = {name: value for name, value in whose.items() if value}
        self._append({**asdict(key), **told, **when, **kept, "environment": environment})

    def known(self, student: str) -> str:
        """The digest of the files that the last grading of a student left; empty without one."""
        return self.last.get(student, {}).get("files", "")

    def renew(self, student: str, digest: str) -> None:
        """Note that the files of a student's last grading have another `digest` by now, as `add`
        does: points by hand were written into them."""
        self._append({**self.last[student], "files": digest, "again": True})

    def found(self, about: dict[str, str], entry: dict[str, Any]) -> None:
        """Note what was found of a submission, as `add` does; `about` tells which one it is."""
        whose = {"found": about["student"], **{k: v for k, v in about.items() if k != "student"}}
        line = json.dumps({**whose, "when": now(), **entry}).encode()
        self._index(line, self._write(line))

    def found_of(self, about: dict[str, str]) -> list[dict[str, Any]]:
        """What was found of a submission by all runs, oldest first."""
        places = self.places.get(about["student"], [])
        lines = (os.pread(self.file.fileno(), size, begin) for begin, size in places)
        return [entry for line in lines if (entry := _finding(line, about))]

    def _index(self, line: bytes, begin: int) -> None:
        """Note where what was found of whom begins; nothing more is read until it is needed."""
        name, known, _ = line.removeprefix(FOUND).partition(UNTIL)
        with suppress(ValueError, RecursionError):
            if known and isinstance(student := json.loads(name), str):
                self.places.setdefault(student, []).append((begin, len(line)))

    def _append(self, entry: dict[str, Any]) -> None:
        self._write(json.dumps(entry).encode())
        self._note(entry)

    def _write(self, text: bytes) -> int:
        """Add a line and give back where it begins."""
        line = text + b"\n"
        end = self.file.seek(0, os.SEEK_END)
        try:
            while line:
                line = line[self.file.write(line) :]
            os.fsync(self.file.fileno())
        except OSError:
            self.file.truncate(end)
            raise
        return end

    def _note(self, entry: dict[str, Any]) -> None:
        key = Key(*(entry[name] for name in Key.__dataclass_fields__))
        status, digest = entry["status"], entry["files"]
        self.finished.pop(key.student, None)
        self.last[key.student] = entry
        if status != Status.HELD.value:
            self.finished[key.student] = key, digest

    def _read(self) -> None:
        self.file.seek(0)
        text = self.file.read()
        whole = text[: text.rfind(b"\n") + 1]
        if len(whole) < len(text):
            self.file.truncate(len(whole))
        begin = 0
        for line in whole.split(b"\n"):
            if line.startswith(FOUND):
                self._index(line, begin)
            else:
                with suppress(ValueError, KeyError, TypeError, RecursionError):
                    self._note(json.loads(line))  # or it is garbage, or of another edition
            begin += len(line) + 1


def now() -> str:
    """The time, to the second, in UTC."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def entries(folder: Path) -> list[dict[str, Any]]:
    """All gradings that are kept in `folder`, oldest first."""
    return [entry for line in _graded(folder) if (entry := _grading(line))]


def left(folder: Path) -> dict[str, str]:
    """The digest of the files that the last grading of each student left in `folder`."""
    found: dict[str, str] = {}
    for line in _graded(folder):
        with suppress(ValueError, KeyError, TypeError, RecursionError):
            entry = json.loads(line)
            found[entry["student"]] = entry["files"]
    return found


def _graded(folder: Path) -> list[bytes]:
    """The lines of gradings kept in `folder`, oldest first; none where there is no file."""
    try:
        lines = (folder / FILE).read_bytes().split(b"\n")
    except OSError:
        return []
    return [line for line in lines if not line.startswith(FOUND)]


def _grading(line: bytes) -> dict[str, Any] | None:
    """What a line says, where it is whole and no repetition."""
    try:
        entry = json.loads(line)
        whole = {"student", "score", "status", "when", "lost", "max_score", "version"} <= set(entry)
    except (ValueError, TypeError, RecursionError):
        return None
    return entry if whole and not entry.get("again") else None


def _finding(line: bytes, about: dict[str, str]) -> dict[str, Any] | None:
    """What a line says was found, where it is whole and `about` the same submission."""
    try:
        entry = json.loads(line)
        same = all(entry[k] == v for k, v in about.items() if k != "student")
        return entry if same and isinstance(entry["common"], str) else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def version(assignment: str) -> str:
    """A hash over the versions of the kit, torch and NumPy, and over all code that decides a grade
    of `assignment`."""
    packages = " ".join(map(installed, ("torch", "numpy")))
    digest = hashlib.sha256(f"{nndl2.__version__} {packages}".encode())
    for path in _deciding(assignment):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _environment(graded: Graded) -> dict[str, str]:
    """Where a grading took place, for an appeal."""
    packages = {name: installed(name) for name in ("torch", "numpy")}
    where = {"python": platform.python_version(), "platform": platform.platform()}
    return {"kit": nndl2.__version__, **packages, **where, "isolation": graded.isolation}


def _deciding(assignment: str) -> Iterator[Path]:
    """The files of nndl2 and of the grader that do; not what another assignment alone has."""
    private, home = ROOT / "autograder" / "assignments", ROOT / "autograder"
    rooms = (home / room for room in ("isolation", "oracles", "results"))
    folders = [ROOT / "nndl2", private / assignment, *rooms]
    files = [private / "__init__.py", *(home / f"{name}.py" for name in ENGINE)]
    found = [p for folder in folders for p in folder.rglob("*") if p.suffix in (".py", ".json")]
    others = {*names()} - {assignment}
    own = [p for p in found if not of_one(p.relative_to(ROOT), others)]
    yield from sorted([*own, *files])


def _locked(file: IO[bytes]) -> bool:
    """Whether this process holds `file` alone; where the system has no locks, it always does."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
