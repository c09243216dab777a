"""What is told of a class, gathered once: for its page, and the same as CSV and JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder import assignments
from autograder.kept import journal, submitted
from autograder.kept.rows import Row
from autograder.report import statistics
from autograder.report.excerpts import excerpt
from autograder.report.statistics import Question, Scores
from autograder.results import Json
from autograder.results.adjustments import of_overall, of_part
from autograder.similar.beside import Beside, beside
from nndl2.checks.model import Assignment, Misconception, Outcome, Reason, Status
from nndl2.checks.questions import BY_HAND

LOOKED_AT = 12  # of the files with one cause: the shortest excerpt of these is shown
VERSIONS = {"kit": "the kit", "torch": "torch", "numpy": "NumPy", "python": "Python"}


@dataclass(frozen=True)
class Course:
    """What the course knows of an assignment, as far as it still has it."""

    assignment: Assignment | None
    misconceptions: Mapping[str, Misconception]

    @classmethod
    def of(cls, name: str) -> Course:
        if name not in assignments.names():
            return cls(None, {})
        private = assignments.load(name)
        return cls(private.public, private.misconceptions)

    def said(self, diagnosis: str) -> str:
        known = self.misconceptions.get(diagnosis)
        return known.cause if known else diagnosis.replace("_", " ")

    def owns(self, part: str) -> Sequence[str]:
        parts = self.assignment.parts if self.assignment else {}
        return parts[part].owns if part in parts else ()


@dataclass(frozen=True)
class Cause:
    """A misconception: in what words, how many had it, and what one of them wrote."""

    diagnosis: str
    said: str
    part: str
    count: int
    excerpt: str


@dataclass(frozen=True)
class Circumstances:
    """When a class was graded, by which `versions` of what, and behind which walls."""

    days: Sequence[str]
    versions: Mapping[str, Sequence[str]]
    isolation: Sequence[str]

    @property
    def told(self) -> str:
        """The same in a line."""
        days = " to ".join(dict.fromkeys([self.days[0], self.days[-1]])) if self.days else ""
        by = [f"{VERSIONS[name]} {' and '.join(v)}" for name, v in self.versions.items() if v]
        first = [f"graded {days}".strip() + (f" by {', '.join(by)}" if by else "")]
        walls = [f"isolation: {each}" for each in self.isolation]
        return "; ".join([*(first if by or days else []), *walls])


@dataclass(frozen=True)
class Figures:
    """A class: its rows in the order they are shown, what each is called, and what they say.

    `similar` are the pairs that `autograder similar` found. `waiting` has numbers of rows, and why
    a person has to look; `lost` the checks that cost each row points; `told` sentences about each
    row, which an anonymous report does not have, and `remarks` what stands behind its status.
    """

    assignment: str
    rows: Sequence[Row]
    names: Sequence[str]
    counts: Mapping[str, int]
    about: Circumstances
    waiting: Sequence[tuple[int, str]]
    scores: Scores
    causes: Sequence[Cause]
    checks: Sequence[Question]
    similar: Sequence[Beside]
    lost: Sequence[Sequence[Json]]
    told: Sequence[Sequence[str]]
    remarks: Sequence[str]
    anonymous: bool = False


def gathered(
    rows: Sequence[Row], folder: Path | None = None, *, anonymous: bool = False
) -> Figures:
    """What `rows` say, which are of one assignment and not empty.

    `folder` is where they are kept: without it no cause has an excerpt, and no grading a date.
    Anonymous figures have neither names nor words that are about one student alone, and their order
    is not that of names.
    """
    if anonymous:
        rows = sorted(rows, key=lambda row: str(row.result["extra_data"].get("sha256")))
    name = rows[0].result["extra_data"]["assignment"]
    course = Course.of(name)
    waiting = ((n, _waits(row, anonymous)) for n, row in enumerate(rows))
    names = [f"student {n}" if anonymous else row.student for n, row in enumerate(rows, 1)]
    called = {row.folder: name for name, row in zip(names, rows)}
    return Figures(
        assignment=name,
        rows=rows,
        names=names,
        counts=_counts(rows),
        about=_circumstances(rows, folder),
        waiting=[(n, why) for n, why in waiting if why],
        scores=Scores.of(rows),
        causes=[_cause(each, course, folder) for each in statistics.causes(rows)],
        checks=statistics.questions(rows),
        similar=beside(folder, name, called, anonymous=anonymous),
        lost=[[*_that_cost(row)] for row in rows],
        told=[[] if anonymous else [*_told(row)] for row in rows],
        remarks=[row.nameless if anonymous else row.remarks for row in rows],
        anonymous=anonymous,
    )


def _counts(rows: Sequence[Row]) -> dict[str, int]:
    """How many there are of each status that anybody has; and untouched, who are graded too."""
    count = Counter(row.status for row in rows)
    blank = sum(map(statistics.untouched, rows))
    told = {status.value: count[status.value] for status in Status if count[status.value]}
    return {**told, **({"untouched": blank} if blank else {})}


def _circumstances(rows: Sequence[Row], folder: Path | None) -> Circumstances:
    known = {entry["student"]: entry for entry in journal.entries(folder)} if folder else {}
    entries = [known[row.folder] for row in rows if row.folder in known]
    where = [entry.get("environment") or {} for entry in entries]
    about = [row.result["extra_data"] for row in rows]
    of = {name: [*about, *where] if name == "kit" else where for name in VERSIONS}
    return Circumstances(
        sorted({str(entry["when"])[:10] for entry in entries}),
        {name: sorted({str(e[name]) for e in found if e.get(name)}) for name, found in of.items()},
        sorted({str(each["isolation"]) for each in about if each.get("isolation")}),
    )


def _waits(row: Row, anonymous: bool) -> str:
    """Why a person has to look at a submission; nothing where nobody has."""
    open_yet = sum(state.mark is None for state in row.by_hand)
    about = row.result["extra_data"]
    told = []
    if row.status == Status.HELD.value:
        told.append("held" if anonymous else f"held: {about['sentence']}")
    told += ["suspicious"] if row.reason == Reason.SUSPICIOUS.value else []
    noun = "answer" if open_yet == 1 else "answers"
    return "; ".join([*told, *([f"{open_yet} {noun} {BY_HAND}, open"] if open_yet else [])])


def _cause(cause: statistics.Cause, course: Course, folder: Path | None) -> Cause:
    parts = {p["extra_data"]["part"]: p["name"] for p in cause.rows[0].entries("part")}
    shown = _excerpt(cause, course.owns(cause.part), folder)
    said, part = course.said(cause.diagnosis), parts.get(cause.part, "")
    return Cause(cause.diagnosis, said, part, len(cause.rows), shown)


def _excerpt(cause: statistics.Cause, owns: Sequence[str], folder: Path | None) -> str:
    if folder is None or not owns:
        return ""
    kept = (submitted.kept(folder / row.folder) for row in cause.rows[:LOOKED_AT])
    found = [excerpt(one.source, owns) for one in kept if one and one.source]
    return min(filter(None, found), key=len, default="")


def _that_cost(row: Row) -> Iterator[Json]:
    """What is known of the checks that did not pass, in parts that lack points; nothing where one
    sentence says it all."""
    if row.status == Status.MALFORMED.value or statistics.untouched(row):
        return
    lacking = {p["extra_data"]["part"] for p in row.entries("part") if p["score"] < p["max_score"]}
    for about in (test["extra_data"] for test in row.entries("check")):
        if about.get("part") in lacking and about["outcome"] != Outcome.PASS.value:
            yield about


def _told(row: Row) -> Iterator[str]:
    """Why there is no score to speak of, and what people decided of a submission, a line each."""
    about = row.result["extra_data"]
    if row.status != Status.GRADED.value:
        yield f"{row.status}: {about['sentence']}"
    elif statistics.untouched(row):
        yield "nothing is written yet"
    yield from (f"{p['name']}: {told}" for p in row.entries("part") if (told := of_part(p)))
    if told := of_overall(row.result):
        yield f"overall {told}"
    yield from (f"{state.title}: {state.said}" for state in row.by_hand)
