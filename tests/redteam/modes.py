"""The choices of walls to try: the strongest, the weakest, each wall left out, each alone."""

from __future__ import annotations

import contextlib
import functools
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autograder.isolation import WarmParent
from redteam.attack import WALLS, Attack
from redteam.canaries import planted
from redteam.trial import Finding, Mode


@dataclass
class Column:
    """What came of the attacks of one mode, and of honest work between and after them."""

    walls: tuple[str, ...]
    isolation: str
    findings: list[Finding]
    problems: list[str] = field(default_factory=list)

    def count(self, kind: str) -> int:
        return sum(finding.has(kind) for finding in self.findings)

    @property
    def graded(self) -> list[Finding]:
        return [finding for finding in self.findings if not finding.skipped]


@functools.cache
def strongest() -> tuple[str, ...]:
    """The walls that hold on this machine, all together."""
    with WarmParent() as parent:
        return tuple(wall for wall in WALLS if wall in parent.walls)


def others(walls: Sequence[str]) -> list[tuple[str, ...]]:
    """Each of `walls` left out, then each alone: all but the strongest and the weakest mode."""
    without = [tuple(w for w in walls if w != left_out) for left_out in walls]
    found = dict.fromkeys([*without, *((wall,) for wall in walls)])
    return [choice for choice in found if choice and choice != tuple(walls)]


@contextlib.contextmanager
def opened(walls: Sequence[str]) -> Iterator[Mode]:
    """A mode with canaries around it."""
    with (
        planted() as plant,
        tempfile.TemporaryDirectory(prefix="redteam-") as out,
        Mode(walls, plant, Path(out)).opened() as mode,
    ):
        yield mode


def tried(walls: Sequence[str], attacks: Sequence[Attack], jobs: int = 2) -> Column:
    """`attacks` with those walls, and what is left of the mode when they are over."""
    with opened(walls) as mode:
        if set(walls) - mode.parent.walls:  # one of them holds only together with others
            return Column(tuple(walls), mode.parent.isolation, [])
        column = Column(tuple(walls), mode.parent.isolation, mode.all(attacks, jobs))
        column.problems += mode.aftermath()
    return column


def one_a_family(attacks: Sequence[Attack], most: int = 1) -> list[Attack]:
    """The first `most` attacks of each family."""
    found: dict[str, list[Attack]] = {}
    for attack in attacks:
        found.setdefault(attack.family, []).append(attack)
    return [attack for family in found.values() for attack in family[:most]]
