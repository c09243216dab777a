"""Questions that a student answers in words and a person grades: no score until somebody gives one.

"Graded by hand" is a state of its own, beside the five outcomes of a check. It is never a 0, and
its points are never added to those of the checks: two sums stand side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

BY_HAND = "graded by hand"
OPEN = "open"


@dataclass(frozen=True)
class Question:
    """What is answered in the notebook's cell that nbgrader calls `name`.

    `words` is the most that an answer should have; 0 is no limit.
    """

    name: str
    title: str
    words: int = 0


@dataclass(frozen=True)
class Mark:
    """What a person gave for an answer: who it was, and when; `answer` tells which one, by hash."""

    points: float
    comment: str = ""
    who: str = ""
    when: str = ""
    answer: str = ""


@dataclass(frozen=True)
class ByHand:
    """A question in a report: the `most` it is worth, and its `mark` once there is one."""

    question: Question
    most: float
    mark: Mark | None = None

    @property
    def said(self) -> str:
        """Its state in a few words."""
        if self.mark is None:
            return f"{BY_HAND}, {OPEN}"
        return f"{BY_HAND}: {self.mark.comment}" if self.mark.comment else BY_HAND

    @property
    def title(self) -> str:
        """What it is called, with its points; only those that somebody gave are "of" them."""
        points = f"{self.most:g} points" if self.most != 1 else "1 point"
        given = f"{self.mark.points:g} of {self.most:g}" if self.mark else points
        return f"{self.question.title} ({given})"


@dataclass(frozen=True)
class HandSum:
    """The sum by hand: `score` is what people gave, of `most`, of which `open` points wait."""

    score: float = 0
    most: float = 0
    open: float = 0

    @classmethod
    def of(cls, states: Iterable[ByHand]) -> HandSum:
        """The sum of some questions."""
        them = list(states)
        given = sum(s.mark.points for s in them if s.mark)
        return cls(given, sum(s.most for s in them), sum(s.most for s in them if not s.mark))

    @property
    def given(self) -> float | None:
        """What people gave; nothing, and no 0, while all of it is open."""
        return self.score if self.open < self.most else None

    @property
    def said(self) -> str:
        """9 by hand open; 3.5 of 5 by hand, 4 open; 7.5 of 9 by hand."""
        decided = self.most - self.open
        if not self.open:
            return f"{self.score:g} of {self.most:g} by hand"
        if not decided:
            return f"{self.open:g} by hand {OPEN}"
        return f"{self.score:g} of {decided:g} by hand, {self.open:g} {OPEN}"

    @property
    def cell(self) -> str:
        """The same for a column that is called "by hand"."""
        return self.said.replace(" by hand", "").replace(" of ", " / ")


def sums(score: float, most: float, states: Sequence[ByHand] = ()) -> str:
    """12 of 12 points; where there are questions, 43 of 43 by checks, 9 by hand open."""
    points = f"{score:g} of {most:g}"
    return f"{points} by checks, {HandSum.of(states).said}" if states else f"{points} points"


def count(text: str) -> int:
    """How many words a text has: what stands between blanks and holds a letter or a digit."""
    return sum(any(c.isalnum() for c in piece) for piece in text.split())
