"""The private half of each assignment: points, formulas, misconceptions, specimens.

An assignment is a package in here that offers `PRIVATE: Private`; nothing else has to change.
"""

from __future__ import annotations

import importlib
import math
import pkgutil
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real
from pathlib import Path, PurePath

import numpy as np

from autograder.assignments.broken import Broken
from autograder.oracles.catalogue import CATALOGUE
from autograder.oracles.computed import Computed, Formula
from nndl2.checks.model import Assignment, Check, Misconception
from nndl2.checks.names import checks_of, no_such

ROOT = Path(__file__).resolve().parents[2]
VISIBILITIES = ("visible", "after_due_date", "after_published", "hidden")
HINTS = ("none", "cause", "nudge")


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
    parts whose points it loses. A right specimen has neither. A `knowing` one gives the right
    answers to the notebook's questions alone.
    """

    name: str
    source: bytes
    fails: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    misconception: str = ""
    knowing: bool = False

    @property
    def right(self) -> bool:
        return not self.fails


def _no_training(images: TrainingSet, tick: Callable[[str], None]) -> Sequence[Check]:
    return ()


def edited(reference: bytes, edits: Sequence[tuple[str, str, str, str]]) -> list[Specimen]:
    """The reference with one edit each: (name, check that fails, old text, new text).

    The name is that of the misconception that is to be told; without a check the program is right.
    Raises ValueError where the reference lacks the old text.
    """
    text, found = reference.decode(), []
    for name, check, old, new in edits:
        if old not in text:
            raise ValueError(f"{name}: {old!r} is not in the reference")
        source, part = text.replace(old, new).encode(), check.partition(".")[0]
        wrong = Specimen(name, source, (check,), (part,), name)
        found.append(wrong if check else Specimen(name, source))
    return found


@dataclass(frozen=True)
class Private:
    """Everything about an assignment that students do not get.

    `checks` are those that ship (just these, where none are given), and those of the course alone,
    which are asked after them; `shipped` names the former where there are both. What they ask an
    oracle, `formulas` answer. The reference lies in `source`, the folder of the assignment's name.
    `visibility` says of a task or a part which of `VISIBILITIES` its results have on Gradescope; a
    part's own counts before its task's, and what is not named is visible. `withheld` are the files
    of the package, by label ("nndl2/helper.py"), that would give away what a TODO asks for. `loads`
    are modules that torch imports late, at the first optimizer say: workers begin with them.
    `rubrics` say, for each question that a person grades, what is worth how much; no student sees
    them.
    """

    public: Assignment
    points: Mapping[str, float]
    formulas: Mapping[str, Formula] = field(default_factory=dict)
    misconceptions: Mapping[str, Misconception] = field(default_factory=lambda: CATALOGUE)
    specimens: Callable[[], Sequence[Specimen]] = tuple
    checks: Sequence[Check] = ()
    training: Callable[[TrainingSet, Callable[[str], None]], Sequence[Check]] = _no_training
    training_checks: Sequence[Check] = ()
    training_work: float = 0.0  # multiplications and additions that they take of a submission
    dataset: str = "mnist"
    hints: str = "nudge"
    source: Path = ROOT
    visibility: Mapping[str, str] = field(default_factory=dict)
    shipped: Sequence[Check] | None = None
    withheld: Sequence[str] = ()
    loads: Sequence[str] = ()
    rubrics: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.checks:
            object.__setattr__(self, "checks", checks_of(self.public.name))
        if self.source == ROOT:
            object.__setattr__(self, "source", ROOT / "source" / self.public.name)
        asked = {question.name for question in self.public.questions}
        known = {*self.public.parts, *(task.name for task in self.public.tasks)} | asked
        self._expect_questions(asked)
        self._expect_points([*self.public.parts, *sorted(asked)])
        if self.hints not in HINTS:
            raise ValueError(f"the hints are {self.hints!r}; give one of {', '.join(HINTS)}")
        for name, value in self.visibility.items():
            if name not in known or value not in VISIBILITIES:
                raise ValueError(
                    f"the visibility {value!r} of {name!r}: give a task or a part"
                    f" ({', '.join(sorted(known))}) one of {', '.join(VISIBILITIES)}"
                )

    def _expect_questions(self, asked: Collection[str]) -> None:
        """A question has a name of its own, and points; a rubric is that of a question."""
        for name in asked:
            if name in self.public.parts or not self.points.get(name):
                raise ValueError(f"the question {name!r} needs points, and no part's name")
        for name in self.rubrics:
            if name not in asked:
                raise ValueError(f"the rubric of {name!r} belongs to no question")

    def _expect_points(self, known: Collection[str]) -> None:
        """Points are numbers of 0 or more, each those of a part or a question."""
        for name, value in self.points.items():
            if name not in known:
                raise ValueError(no_such("part", f"{name!r} to give points to", known))
            number = isinstance(value, Real) and not isinstance(value, bool)
            if not (number and 0 <= value < math.inf):
                raise ValueError(f"the points of {name!r} are {value!r}; give a number, 0 or more")

    @property
    def by_checks(self) -> float:
        """The points that checks can give; people give the rest."""
        return sum(self.points.get(part, 0) for part in self.public.parts)

    @property
    def oracle(self) -> Computed:
        """The grader's oracle."""
        return Computed(self.formulas)

    @property
    def reference(self) -> bytes:
        """The instructor's module, solutions included."""
        return (self.source / self.public.module).read_bytes()


def names() -> list[str]:
    """All assignments this kit can grade."""
    return sorted(m.name for m in pkgutil.iter_modules(__path__) if m.ispkg)


def of_one(label: PurePath, some: Collection[str]) -> bool:
    """Whether a file of nndl2, by its label below the course, is the checks or the table of answers
    of one of the assignments in `some`."""
    room, _, name = label.as_posix().removeprefix("nndl2/").partition("/")
    return room in ("checks", "answers") and re.split(r"[./]", name)[0] in some


def load(name: str) -> Private:
    """The private half of the assignment `name`; ValueError says which names there are, or, as
    `Broken`, where it cannot be loaded."""
    if name not in names():
        raise ValueError(no_such("assignment", repr(name), names()))
    try:
        return importlib.import_module(f"{__name__}.{name}").PRIVATE
    except Exception as e:
        raise Broken(name, e, ROOT) from e
