"""The private half of each assignment: points, hidden checks, oracles, misconceptions, specimens.

An assignment is a package in here that offers `PRIVATE: Private`; nothing else has to change.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from nndl2.checks.model import Assignment, Check, Misconception
from nndl2.checks.run import Answers

ROOT = Path(__file__).resolve().parents[2]
VISIBILITIES = ("visible", "after_due_date", "after_published", "hidden")


@dataclass(frozen=True)
class TrainingSet:
    """What a training check trains on: images uint8 (N, 28, 28), labels int64 (N,)."""

    images: np.ndarray
    labels: np.ndarray
    held_out_images: np.ndarray
    held_out_labels: np.ndarray
    source: str


@dataclass(frozen=True)
class Specimen:
    """A program whose grade is known: an edit of the reference, or a whole file.

    `fails` names the checks ("part.name") of which at least the first must not pass, and `lost` the
    parts whose points it loses. A right specimen has neither.
    """

    name: str
    source: bytes
    fails: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    misconception: str = ""

    @property
    def right(self) -> bool:
        return not self.fails


@dataclass(frozen=True)
class Private:
    """Everything about an assignment that students do not get.

    `visibility` says of a task or a part which of `VISIBILITIES` its results have on Gradescope; a
    part's own counts before its task's, and what is not named is visible.
    """

    public: Assignment
    checks: Sequence[Check]
    points: Mapping[str, float]
    misconceptions: Mapping[str, Misconception]
    training: Callable[[TrainingSet, Callable[[str], None]], Sequence[Check]]
    training_checks: Sequence[Check]
    specimens: Callable[[], Sequence[Specimen]]
    dataset: str = "mnist"
    hints: str = "nudge"
    answers: Answers = field(default_factory=dict)
    source: Path = field(default=ROOT)
    visibility: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = {*self.public.parts, *(task.name for task in self.public.tasks)}
        for name, value in self.visibility.items():
            if name not in known or value not in VISIBILITIES:
                raise ValueError(
                    f"the visibility {value!r} of {name!r}: give a task or a part"
                    f" ({', '.join(sorted(known))}) one of {', '.join(VISIBILITIES)}"
                )

    @property
    def reference(self) -> bytes:
        """The instructor's module, solutions included."""
        return (self.source / self.public.module).read_bytes()


def names() -> list[str]:
    """All assignments this kit can grade."""
    return sorted(m.name for m in pkgutil.iter_modules(__path__) if m.ispkg)


def load(name: str) -> Private:
    """The private half of the assignment `name`; ValueError says which names there are."""
    if name not in names():
        raise ValueError(f"there is no assignment {name!r}; there is {', '.join(names())}")
    return importlib.import_module(f"{__name__}.{name}").PRIVATE
