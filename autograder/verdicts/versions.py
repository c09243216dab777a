"""The version of each check: while it stays the same, so does the verdict on the same file.

It is made of what the check reaches (`reach`) in its assignment's files, the laws and the oracles,
of the checks it comes after, and of what stands between all checks and a submission: the engine,
the interface, isolation, torch and NumPy. Sentences and points are no part of it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import Any

from autograder.assignments import ROOT, Private, names
from autograder.verdicts.reach import WHOLE, Place, Reach
from nndl2.checks.declare import Family
from nndl2.checks.model import Check

WORDED = ("card", "looks", "show", "words")  # of nndl2.checks: they say what was found
ASKING = ("verdicts/asking.py", "oracles/computed.py")  # of autograder, beside isolation


@dataclass(frozen=True)
class Versions:
    """The version of what is `common` to all checks, and of each check by its id."""

    common: str
    of: Mapping[str, str]


def versions(private: Private, policy: str, root: Path = ROOT) -> Versions:
    """Those of an assignment as `root` has it; training checks depend on the `policy` too."""
    made = _Maker(private, policy, root)
    checks = [*private.checks, *private.training_checks]
    return Versions(made.common, {check.id: made.version(check) for check in checks})


def installed(package: str) -> str:
    """The version of a package; empty where it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


class _Maker:
    """Makes the versions of the checks of one assignment."""

    def __init__(self, private: Private, policy: str, root: Path):
        self.private, self.root, self.trained = private, root, {*private.training_checks}
        self.common = _digest(*map(installed, ("torch", "numpy")), *_told(root, _everybodys(root)))
        self.parts = repr([(p.name, p.title, p.owns) for p in private.public.parts.values()])
        train = _told(root, [root / "autograder" / "training.py"])
        self.training = _digest(policy, private.dataset, *train)
        self.reach = Reach(root, self._folders(), self._tables())
        self.made: dict[Check, str] = {}

    def version(self, check: Check) -> str:
        """The version of one check."""
        if check not in self.made:
            places = {*_places(check.ask, declared=True)}
            more = ""
            if check in self.trained:
                places |= {*_places(self.private.training)}
                more = self.training
            before = [self.version(each) for each in check.after]
            own = self.reach.digest(places)
            self.made[check] = _digest(self.common, self.parts, check.id, own, more, *before)
        return self.made[check]

    def _folders(self) -> list[Path]:
        """Where what belongs to assignments, the laws and the oracles lies."""
        found = [self.root / "nndl2" / "laws", self.root / "autograder" / "oracles"]
        for name in names():
            found += [self.root / "autograder" / "assignments" / name]
            found += [self.root / "nndl2" / "checks" / each for each in (name, f"{name}.py")]
        files = (getattr(sys.modules.get(m), "__file__", None) for m in self._modules())
        elsewhere = [Path(file).parent for file in files if file]
        own = (ROOT / "nndl2", ROOT / "autograder")
        return found + [path for path in elsewhere if not any(map(path.is_relative_to, own))]

    def _tables(self) -> list[str]:
        """The modules that can hold the formulas."""
        own = f"autograder.assignments.{self.private.public.name}"
        return [own, f"{own}.formulas", *sorted(self._modules())]

    def _modules(self) -> set[str]:
        """The modules that declare the checks."""
        checks = [*self.private.checks, *self.private.training_checks]
        return {module for check in checks for module, _ in _places(check.ask)}


def _places(asks: Any, declared: bool = False) -> Iterator[Place]:
    """Where a function stands; one that a check was made of elsewhere than where it is declared, or
    that holds what it was made with, counts as its whole file."""
    if isinstance(asks, partial):
        for each in (asks.func, *asks.args):
            yield from _places(each, declared)
        return
    if (name := getattr(asks, "__qualname__", "")) and callable(asks):
        module = asks.__module__
        stands = getattr(sys.modules.get(module), name, None)
        known = isinstance(stands, (Check, Family)) if declared else stands is not None
        yield module, name if known else WHOLE


def _everybodys(root: Path) -> Iterator[Path]:
    """The files that stand between all checks and all submissions."""
    home = root / "autograder"
    checks, own = root / "nndl2" / "checks", {*names()}
    for path in sorted((root / "nndl2").rglob("*.py")):
        room = path.relative_to(root / "nndl2").parts[0]
        if room in ("laws", "answers"):
            continue
        if path.is_relative_to(checks):
            first = path.relative_to(checks).parts[0].removesuffix(".py")
            if first in own or first in WORDED:
                continue
        yield path
    yield from sorted((home / "isolation").rglob("*.py"))
    yield from (home / name for name in ASKING)


def _told(root: Path, files: Any) -> Iterator[str]:
    for path in files:
        yield path.relative_to(root).as_posix()
        yield sha256(path.read_bytes()).hexdigest()


def _digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()[:16]
