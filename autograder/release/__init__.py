"""Source -> release: what students get is made from `source/`, audited, and put in its place.

Every function takes the course's folder as `root`; this project is one.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from autograder import assignments
from autograder.disk import replace_file
from autograder.release import audit
from autograder.release.shipped import CACHES, PACKAGE, SHIPPED, course_assignments
from autograder.release.stub import ReleaseError, strip
from autograder.zipped import zipped
from nndl2.checks.names import no_such

__all__ = ["ReleaseError", "build", "differences", "leaks", "pack", "release", "strip"]

ROOT = assignments.ROOT


def build(name: str, into: Path, *, root: Path = ROOT) -> None:
    """Write the release of the assignment `name` into the folder `into`, which is new or empty.

    nbgrader's converter makes it, as `nbgrader generate_assignment` does, but without a database.
    Raises ReleaseError when the source is not right or when the result would give something away.
    """
    _chosen([name], root)
    from autograder.nbgrader import convert

    with TemporaryDirectory() as scratch:
        convert(name, root, Path(scratch))
        shutil.copytree(Path(scratch, name), into, dirs_exist_ok=True)


def release(names: Sequence[str] = (), *, force: bool = False, root: Path = ROOT) -> list[Path]:
    """Make release/<name>/ of each of `names` (of all, when none is given) and say what was made.

    With it come the tables of stored answers and, for the first assignment, its stub at the
    top level. Nothing is touched unless all of it could be built. Raises ReleaseError, too, when
    the top-level file holds work, that is, no stub; with `force` it is overwritten.
    """
    names = _chosen(names, root)
    (root / "release").mkdir(exist_ok=True)
    with TemporaryDirectory(prefix=".", dir=root / "release") as scratch:
        for name in names:
            build(name, Path(scratch, name), root=root)
        beside = _beside_releases(names, Path(scratch), root)
        if not force:
            _refuse_to_lose_work(beside, root)
        made = [_put(Path(scratch, name), root / "release" / name) for name in names]
        for path, content in beside.items():
            staged = Path(scratch, ".beside")
            staged.write_bytes(content)
            staged.replace(path)
    return made + list(beside)


def differences(names: Sequence[str] = (), *, root: Path = ROOT) -> list[str]:
    """In what the committed releases of `names` (or all) differ from fresh ones, a line a file."""
    names = _chosen(names, root)
    fresh: dict[str, bytes] = {}
    there: dict[str, bytes] = {}
    with TemporaryDirectory() as scratch:
        for name in names:
            build(name, Path(scratch, name), root=root)
            fresh |= _files(Path(scratch, name), f"release/{name}/")
            there |= _files(root / "release" / name, f"release/{name}/")
        for path, content in _beside_releases(names, Path(scratch), root).items():
            label = path.relative_to(root).as_posix()
            fresh[label] = content
            if path.is_file():
                there[label] = path.read_bytes()
    return list(_compare(fresh, there))


def pack(name: str, file: Path, *, root: Path = ROOT) -> Path:
    """Zip a fresh release for the course's page: one folder `name`; equal sources, equal bytes."""
    with TemporaryDirectory() as scratch:
        build(name, Path(scratch, name), root=root)
        packed = zipped(_files(Path(scratch, name), f"{name}/"))
    try:
        replace_file(file, packed)
    except OSError as e:
        raise ReleaseError(f"cannot write {file}: {e.strerror}.") from None
    return file


def leaks(name: str, folder: Path, *, root: Path = ROOT) -> list[str]:
    """What `folder` tells of the solution or of the grader of `name`, one sentence each.

    No solution line of 12 characters or more may stand in a file, a notebook cell or an output,
    white space aside, unless the stub or a helper of nndl2 has it too; no marker, no name or
    sentence of a private check, no line of an oracle and no file of the grader either.
    """
    return audit.leaks(name, folder, audit.secrets(name, root))


def _chosen(names: Sequence[str], root: Path) -> list[str]:
    known = course_assignments(root)
    if not known:
        raise ReleaseError("there is no assignment yet: source/ has no folder with a notebook.")
    if unknown := [name for name in names if name not in known]:
        raise ReleaseError(f"{no_such('assignment', repr(unknown[0]), known)}.")
    chosen = list(dict.fromkeys(names)) or known
    for name in {*chosen} & {*assignments.names()}:
        assignments.load(name)  # or it says what is wrong, before nbgrader does
    return chosen


def _beside_releases(names: Sequence[str], built: Path, root: Path) -> dict[Path, bytes]:
    """What a release writes outside release/: tables, and stubs at the top level."""
    labels = {name: f"{PACKAGE}/answers/{name}.json" for name in names}
    known = {label: built / n / label for n, label in labels.items() if n in assignments.names()}
    files = {root / label: path.read_bytes() for label, path in known.items()}
    if (first := _first(root)) in names:
        files |= {root / p.name: p.read_bytes() for p in sorted((built / first).glob("*.py"))}
    return files


def _first(root: Path) -> str:
    """The assignment whose stub stands at the top level: the one that does, else the first."""
    there = [
        n
        for n in course_assignments(root)
        if any((root / m.name).exists() for m in _modules(n, root))
    ]
    return (there or course_assignments(root))[0]


def _modules(name: str, root: Path) -> list[Path]:
    return sorted((root / "source" / name).glob("*.py"))


def _refuse_to_lose_work(beside: Mapping[Path, bytes], root: Path) -> None:
    """Raise ReleaseError when a top-level file is neither the new stub nor the released one."""
    for path, stub in beside.items():
        if path.suffix != ".py" or not path.exists():
            continue
        known = {stub, *(p.read_bytes() for p in root.glob(f"release/*/{path.name}"))}
        if path.read_bytes() not in known:
            raise ReleaseError(
                f"{path.name} at the top level is no stub, so it may hold somebody's work: move it "
                "away, or overwrite it with --force."
            )


def _put(new: Path, place: Path) -> Path:
    """Move the folder `new` to `place`, and what stood there beside `new`."""
    old = new.with_name(f"{new.name}.old")
    if place.exists():
        place.rename(old)
    try:
        new.rename(place)
    except OSError:
        if old.exists():
            old.rename(place)
        raise
    return place


def _files(folder: Path, prefix: str) -> dict[str, bytes]:
    """Label and content of what was released into `folder`; not what running it left there."""
    files = {}
    for path in (p for p in sorted(folder.rglob("*")) if p.is_file()):
        parts = path.relative_to(folder).parts
        ran = parts[0] == PACKAGE and path.suffix not in SHIPPED
        if not ran and not set(parts) & set(CACHES):
            files[prefix + "/".join(parts)] = path.read_bytes()
    return files


def _compare(fresh: Mapping[str, bytes], there: Mapping[str, bytes]) -> Iterable[str]:
    for label in sorted({*fresh, *there}):
        if label not in there:
            yield f"{label}: missing"
        elif label not in fresh:
            yield f"{label}: not generated"
        elif fresh[label] != there[label]:
            yield f"{label}: line {_first_difference(fresh[label], there[label])} differs"


def _first_difference(a: bytes, b: bytes) -> int:
    """The number of the first line in which two files differ."""
    pairs = zip(a.splitlines(keepends=True), b.splitlines(keepends=True))
    same = 0
    for ours, theirs in pairs:
        if ours != theirs:
            break
        same += 1
    return same + 1
