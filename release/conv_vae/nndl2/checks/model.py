"""What checking and grading share: outcomes, reasons, parts, verdicts and what goes wrong.

Nothing in here knows an assignment, a process or a tensor library.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from nndl2.checks.questions import ByHand, Mark, Question

UNANSWERED = "the numbers for this check did not come with the notebook: tell the course staff"


class Outcome(str, Enum):
    """What became of one check. The five are kept apart everywhere."""

    PASS = "pass"
    FAIL = "fail"
    NOT_WRITTEN = "not written"
    NOT_RUN = "not run"
    FAULT = "grader's fault"


class Reason(str, Enum):
    """Why an outcome is what it is, beyond right and wrong."""

    NONE = "none"
    MALFORMED = "malformed"
    CRASHED = "crashed"
    TIMED_OUT = "timed_out"
    ENVIRONMENT = "environment"
    SUSPICIOUS = "suspicious"


class Status(str, Enum):
    """What became of a whole submission. A held one has a provisional score."""

    GRADED = "graded"
    HELD = "held"
    MALFORMED = "malformed"


@dataclass(frozen=True)
class Part:
    """What earns points as a whole; `owns` names what a student writes for it ("VAE.encoder")."""

    name: str
    title: str
    owns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Task:
    """One exercise of the notebook, checked and graded in one cell; its parts share its points."""

    name: str
    title: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Assignment:
    """An assignment's public shape. Points, oracles and misconceptions belong to the grader.

    `questions` are what a person grades; no check looks at them.
    """

    name: str
    module: str
    tasks: tuple[Task, ...]
    questions: tuple[Question, ...] = ()

    @property
    def parts(self) -> dict[str, Part]:
        return {part.name: part for task in self.tasks for part in task.parts}

    def in_order(self, checks: Iterable[Check]) -> tuple[Check, ...]:
        """`checks` in the order of their parts."""
        order = list(self.parts)
        return tuple(sorted(checks, key=lambda check: order.index(check.part)))

    def task_of(self, part: str) -> Task:
        return next(task for task in self.tasks if any(p.name == part for p in task.parts))

    def owner(self, target: str) -> Part | None:
        """The part a student writes `target` ("VAE.encoder", "loss_function") for, if any."""
        return next((p for p in self.parts.values() if target in p.owns), None)


@dataclass(frozen=True)
class Check:
    """A declared check: a sentence (the docstring of `ask`) and a question to a submission.

    `ask` raises what is wrong; where it returns a text, that is told beside the pass. `about` is
    what it looks at, in a word or two.
    """

    part: str
    name: str
    sentence: str
    ask: Callable[..., str | None]
    after: tuple[Check, ...] = ()
    costs_points: bool = True
    about: str = ""

    @property
    def id(self) -> str:
        return f"{self.part}.{self.name}"


@dataclass(frozen=True)
class Misconception:
    """A named wrong idea: `cause` says what the numbers equal, `nudge` where to look.

    `explains` names others that follow from it, and are not told beside it.
    """

    id: str
    cause: str
    nudge: str = ""
    explains: tuple[str, ...] = ()


@dataclass(frozen=True)
class Frame:
    """One line of the student's own file that was running when an exception was raised."""

    file: str
    line: int
    text: str


@dataclass(frozen=True)
class Verdict:
    """The result of one check on one submission, ready to be worded.

    `note` is one more fact; `elsewhere` says that the part is right on the notebook's numbers.
    """

    check: Check
    outcome: Outcome
    reason: Reason = Reason.NONE
    expected: str = ""
    got: str = ""
    note: str = ""
    diagnosis: str = ""
    frames: tuple[Frame, ...] = ()
    elsewhere: bool = False

    @property
    def passed(self) -> bool:
        return self.outcome is Outcome.PASS

    @property
    def unanswered(self) -> bool:
        """Whether nobody knows what is right: the table that shipped does not fit the checks."""
        return self.outcome is Outcome.NOT_RUN and self.note == UNANSWERED


@dataclass(frozen=True)
class Report:
    """All verdicts on one submission beside the points and the misconceptions that word them.

    `more` names the parts of which the grader looks at more than the notebook. `questions` are told
    beside the parts, with the `marks` that people gave; no point of theirs counts in `score`.
    """

    assignment: Assignment
    verdicts: tuple[Verdict, ...]
    points: Mapping[str, float]
    misconceptions: Mapping[str, Misconception] = field(default_factory=dict)
    hints: str = "nudge"
    more: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    marks: Mapping[str, Mark] = field(default_factory=dict)

    def of(self, part: str) -> list[Verdict]:
        return [v for v in self.verdicts if v.check.part == part]

    def earned(self, part: str) -> float:
        """A part's points, whole when every scoring check of it passed, else 0."""
        scoring = [v for v in self.of(part) if v.check.costs_points]
        return self.points.get(part, 0) if scoring and all(v.passed for v in scoring) else 0

    def task_score(self, task: Task) -> tuple[float, float]:
        names = [part.name for part in task.parts]
        return sum(map(self.earned, names)), sum(self.points.get(n, 0) for n in names)

    @property
    def by_hand(self) -> tuple[ByHand, ...]:
        """The questions with their points, and what people gave for them so far."""
        known, marks = self.points, self.marks
        return tuple(ByHand(q, known.get(q.name, 0), marks.get(q.name)) for q in self.questions)

    @property
    def score(self) -> float:
        return sum(self.earned(part) for part in self.assignment.parts)

    @property
    def max_score(self) -> float:
        return sum(self.points.get(part, 0) for part in self.assignment.parts)

    def only(self, task: str) -> Report:
        parts = {part.name for t in self.assignment.tasks if t.name == task for part in t.parts}
        kept = tuple(v for v in self.verdicts if v.check.part in parts)
        return replace(self, verdicts=kept, questions=())


class CheckError(Exception):
    """Base of everything a check or a submission raises to end a check with something to say."""


class Mismatch(CheckError):
    """An answer differs from what was asked for."""

    def __init__(self, expected: str = "", got: str = "", note: str = "", diagnosis: str = ""):
        super().__init__(note or f"expected {expected}, got {got}")
        self.expected, self.got, self.note, self.diagnosis = expected, got, note, diagnosis


class NotWritten(CheckError):
    """`target` still is what the stub left there (None), or, if a function, `returned` it."""

    def __init__(self, target: str, returned: bool = False):
        super().__init__(f"{target} is not written yet")
        self.target, self.returned = target, returned


class NotRun(CheckError):
    """Something outside this check's part has to come first; the message says what."""

    def __init__(self, sentence: str, reason: Reason = Reason.NONE):
        super().__init__(sentence)
        self.sentence, self.reason = sentence, reason


class Unanswered(NotRun):
    """The oracle has no answer to the question `name`: the table that shipped does not fit."""

    def __init__(self, name: str):
        super().__init__(UNANSWERED, Reason.ENVIRONMENT)
        self.name = name


class StudentError(CheckError):
    """The student's code raised. `frames` holds its own lines only, outermost first."""

    def __init__(self, target: str, kind: str, message: str, frames: tuple[Frame, ...] = ()):
        super().__init__(f"{kind}: {message}")
        self.target, self.kind, self.message, self.frames = target, kind, message, frames


class Unusable(CheckError):
    """The file as a whole, a name in it, or its process cannot be asked anything.

    `target` is empty when the whole submission is meant. `ours` marks what the grader's own machine
    is to blame for.
    """

    def __init__(self, sentence: str, reason: Reason, target: str = "", line: int = 0):
        super().__init__(sentence)
        self.sentence, self.reason, self.target, self.line = sentence, reason, target, line
