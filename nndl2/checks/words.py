"""The words of a report: one source for the terminal, Markdown and the notebook's card.

Short, no blame, no solution: what was expected and got, the misconception it equals, a hint.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from nndl2.checks.model import Outcome, Part, Reason, Report, Verdict

SYMBOLS = {
    Outcome.PASS: "v",
    Outcome.FAIL: "x",
    Outcome.NOT_WRITTEN: "o",
    Outcome.NOT_RUN: "-",
    Outcome.FAULT: "!",
}
FAULT = "the grader could not run this check; nothing is lost, the course staff will look"
ALSO = "The grader also tries other inputs."
SEVERITY = (
    Outcome.FAULT,
    Outcome.FAIL,
    Outcome.NOT_WRITTEN,
    Outcome.NOT_RUN,
    Outcome.PASS,
)


@dataclass(frozen=True)
class Told:
    """What is said of one check: a headline, lines under it, and a hint to ask for."""

    headline: str
    lines: tuple[str, ...] = ()
    hint: str = ""


@dataclass(frozen=True)
class ToldPart:
    """What is said of one part: its worst outcome, its points and each check worth a word."""

    part: Part
    outcome: Outcome
    earned: float
    points: float
    told: tuple[Told, ...]

    @property
    def title(self) -> str:
        if not self.points:
            return self.part.title
        return f"{self.part.title} ({number(self.earned)} of {number(self.points)})"


def number(x: float) -> str:
    """Points without a needless decimal fraction: 1, 0.5."""
    return f"{x:g}"


def outcome_of(verdicts: list[Verdict]) -> Outcome:
    """The outcome of a part: the one that most needs a word."""
    found = {v.outcome for v in verdicts}
    return next((o for o in SEVERITY if o in found), Outcome.NOT_RUN)


def explain(verdict: Verdict, report: Report) -> Told:
    """All that is said of one verdict, as much as the report's `hints` allow."""
    check, note = verdict.check, verdict.note
    if verdict.outcome is Outcome.PASS:
        return Told(check.sentence)
    if verdict.outcome is Outcome.FAULT:
        ours = verdict.reason is Reason.ENVIRONMENT and note
        return Told(FAULT, (note,) if ours else ())
    if verdict.outcome is Outcome.NOT_WRITTEN:
        return Told(note or "not written yet")
    if verdict.outcome is Outcome.NOT_RUN:
        return Told(f"not run: {note}", _frames(verdict))
    lines = []
    if verdict.expected or verdict.got:
        lines.append(f"expected {verdict.expected}   got {verdict.got}")
    if note:
        lines.append(_sentence(note))
    known = report.misconceptions.get(verdict.diagnosis)
    if known and report.hints != "none":
        lines.append(known.cause)
    hint = known.nudge if known and report.hints == "nudge" else ""
    return Told(check.sentence, (*lines, *_frames(verdict)), hint)


def told(report: Report) -> list[ToldPart]:
    """Every part that the report has verdicts on, in the assignment's order."""
    parts = []
    for part in report.assignment.parts.values():
        verdicts = report.of(part.name)
        if not verdicts:
            continue
        outcome = outcome_of(verdicts)
        points = report.points.get(part.name, 0)
        said = _worth_a_word(verdicts, report)
        parts.append(ToldPart(part, outcome, report.earned(part.name), points, said))
    return parts


def told_once(report: Report) -> list[ToldPart]:
    """As `told`, for one page: what stops several parts alike is said at the first of them, and
    what stops the file as a whole in one row for all."""
    if row := _stopped(report):
        return [row]
    first: dict[tuple[Told, ...], ToldPart] = {}
    return [_referring(row, first.setdefault(row.told, row)) for row in told(report)]


def _stopped(report: Report) -> ToldPart | None:
    """The only row of a file that cannot be asked anything."""
    said = {(v.outcome, v.reason, v.note) for v in report.verdicts}
    parts = {v.check.part for v in report.verdicts}
    outcome, reason, _ = next(iter(said), (Outcome.PASS, Reason.NONE, ""))
    stops = outcome is Outcome.FAULT or reason not in (Reason.NONE, Reason.ENVIRONMENT)
    if len(said) != 1 or len(parts) < 2 or outcome not in (Outcome.FAULT, Outcome.NOT_RUN):
        return None
    points = sum(report.points.get(part, 0) for part in parts)
    told_of = explain(report.verdicts[0], report)
    return ToldPart(Part("", "All parts"), outcome, 0, points, (told_of,)) if stops else None


def _referring(row: ToldPart, first: ToldPart) -> ToldPart:
    if row is first or row.outcome is Outcome.PASS:
        return row
    return replace(row, told=(Told(f"the same as {first.part.title}"),))


def text(report: Report, *, color: bool = False) -> str:
    """The report for a terminal."""
    rows = told_once(report)
    width = max((len(row.title) for row in rows), default=0) + 2
    lines: list[str] = []
    for row in rows:
        head = f"{SYMBOLS[row.outcome]} {row.title:{width}}"
        for i, said in enumerate(row.told):
            lead = head if i == 0 else " " * len(head)
            lines.append(_colored(lead, row.outcome, color) + said.headline)
            lines += [f"    {line}" for line in said.lines]
            lines += [f"    Hint: {said.hint}"] if said.hint else []
    return "\n".join(lines) + "\n"


def markdown(report: Report) -> str:
    """The report as Markdown, a section a part; student text is escaped."""
    out: list[str] = []
    for row in told_once(report):
        out += [f"### {SYMBOLS[row.outcome]} {escape_markdown(row.title)}", ""]
        for said in row.told:
            out.append(f"- {escape_markdown(said.headline)}")
            out += [f"  - {escape_markdown(line)}" for line in said.lines]
            out += [f"  - Hint: {escape_markdown(said.hint)}"] if said.hint else []
        out.append("")
    return "\n".join(out)


def escape_markdown(line: str) -> str:
    """A line that Markdown shows as it stands."""
    line = line.replace("&", "&amp;").replace("<", "&lt;")
    return "".join("\\" + c if c in "\\`*_[]|#!~$" else c for c in line)


def _worth_a_word(verdicts: list[Verdict], report: Report) -> tuple[Told, ...]:
    told_of = [explain(v, report) for v in verdicts if not v.passed]
    if not told_of:
        n = len(verdicts)
        notes = tuple(v.note for v in verdicts if v.note)
        counted = {1: "its check", 2: "both checks"}.get(n, f"all {n} checks")
        return (Told(f"{counted} passed", notes),)
    first: dict[object, Told] = {}
    for i, verdict in enumerate(v for v in verdicts if _loud(v)):
        first.setdefault(_mistake(verdict) or i, explain(verdict, report))
    return tuple(_once(list(first.values()) or told_of[:1]))


def _mistake(verdict: Verdict) -> tuple[object, ...]:
    """What stopped a check, alike for all that one mistake stops; nothing for a wrong answer.

    A hidden check says less of it than a visible one: no message, and no nearest name.
    """
    if verdict.reason is Reason.MALFORMED:
        return (verdict.reason,)
    if verdict.reason not in (Reason.CRASHED, Reason.TIMED_OUT):
        return ()
    return (verdict.reason, verdict.note.partition(": ")[0], verdict.frames[-1:])


def _once(told_of: list[Told]) -> Iterator[Told]:
    """Each cause and hint is said at the first check that it explains."""
    hints: set[str] = set()
    for each in dict.fromkeys(told_of):
        if each.hint and each.hint in hints:
            yield Told(each.headline, each.lines[:-1])
        else:
            yield each
        hints.add(each.hint)


def _loud(verdict: Verdict) -> bool:
    return verdict.outcome in (Outcome.FAIL, Outcome.FAULT)


def _frames(verdict: Verdict) -> tuple[str, ...]:
    lines = (f"{f.file}, line {f.line}: {f.text}" for f in verdict.frames)
    return tuple(dict.fromkeys(lines))  # a recursion has one line many times


def _sentence(note: str) -> str:
    return note if note.endswith((".", ")")) else note + "."


def _colored(lead: str, outcome: Outcome, color: bool) -> str:
    codes = {Outcome.PASS: 32, Outcome.FAIL: 31, Outcome.FAULT: 35, Outcome.NOT_WRITTEN: 33}
    return f"\x1b[{codes.get(outcome, 36)}m{lead}\x1b[0m" if color else lead
