"""The words of a report: one source for the terminal, Markdown and the notebook's card.

Short, no blame, no solution: what was expected and got, the misconception it equals, a hint.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from nndl2.checks.model import Outcome, Part, Reason, Report, Verdict
from nndl2.checks.names import listed
from nndl2.checks.questions import ByHand

SYMBOLS = {
    Outcome.PASS: "v",
    Outcome.FAIL: "x",
    Outcome.NOT_WRITTEN: "o",
    Outcome.NOT_RUN: "-",
    Outcome.FAULT: "!",
}
QUESTION = "?"  # beside them: what a person grades
HAND = "## Graded by hand"
FAULT = "the grader could not run this check; nothing is lost, the course staff will look"
ALSO = "The grader asks the same with other numbers."
MORE = "Of {} it looks at more than is checked here."
ELSEWHERE = (
    "Right on the notebook's numbers, wrong on others: look for what is fixed that may vary."
)
SEVERITY = (
    Outcome.FAULT,
    Outcome.FAIL,
    Outcome.NOT_WRITTEN,
    Outcome.NOT_RUN,
    Outcome.PASS,
)
MARKS = re.compile(  # what Markdown takes for a mark: not the _ in num_classes, the * in 2 * x
    r"[\\`\[$]|(?<![^\W_])_|_(?![^\W_])|\*(?=\S)|(?<=\S)\*|~(?=~)|(?<=~)~|^[#|]"
)


class Verbatim(str):
    """A line of numbers or code, which a page shows in letters of one width."""

    __slots__ = ()


@dataclass(frozen=True)
class Told:
    """What is said of one check: a headline, lines under it, and a hint to ask for.

    `cause` is what was found out, alike for all checks and parts that one mistake fails.
    """

    headline: str
    lines: tuple[str, ...] = ()
    hint: str = ""
    cause: tuple[object, ...] = field(default=(), compare=False)


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


def also(report: Report) -> str:
    """What is said below a report: what the grader does, and what could not be asked here."""
    shown = {v.check.part for v in report.verdicts}
    parts = report.assignment.parts
    named = [parts[name].title for name in report.more if name in shown]
    said = [ALSO, MORE.format(listed(named)) if named else "", unanswered(report)]
    return " ".join(filter(None, said))


def unanswered(report: Report) -> str:
    """How many checks nobody here knows the answers to, as a sentence; nothing when it is none."""
    n = sum(v.unanswered for v in report.verdicts)
    if not n:
        return ""
    checks = "1 check was" if n == 1 else f"{n} checks were"
    return f"{checks} not run, since the numbers did not come with the notebook: tell the staff."


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
    lines: list[str] = []
    if verdict.expected or verdict.got:
        lines.append(Verbatim(f"expected {verdict.expected}   got {verdict.got}"))
    if note:
        lines.append(ended(note))
    known = report.misconceptions.get(verdict.diagnosis)
    if known and report.hints != "none":
        lines.append(known.cause)
    hint = known.nudge if known and report.hints == "nudge" else ""
    lines += [ELSEWHERE] if verdict.elsewhere else []
    return Told(check.sentence, (*lines, *_frames(verdict)), hint, _cause(verdict))


def _cause(verdict: Verdict) -> tuple[object, ...]:
    """What one mistake has in common wherever it shows; nothing where no cause is known."""
    if verdict.diagnosis:
        return (verdict.diagnosis, verdict.note)
    return _mistake(verdict)


def told(report: Report) -> list[ToldPart]:
    """Every part that the report has verdicts on, in the assignment's order."""
    parts = []
    for part in report.assignment.parts.values():
        verdicts = report.of(part.name)
        if not verdicts:
            continue
        outcome = outcome_of([v for v in verdicts if v.check.costs_points] or verdicts)
        points = report.points.get(part.name, 0)
        said = _worth_a_word(verdicts, report)
        parts.append(ToldPart(part, outcome, report.earned(part.name), points, said))
    return parts


def told_once(report: Report) -> list[ToldPart]:
    """As `told`, for one page: a cause that several parts share is said at the first of them, with
    the parts that it costs, and what stops the file as a whole in one row for all."""
    if row := _stopped(report):
        return [row]
    rows = _untouched_at_once(told(report), report)
    holders: dict[object, list[ToldPart]] = {}
    for row in rows:
        for each in row.told if row.outcome is not Outcome.PASS else ():
            holders.setdefault(_key(each), []).append(row)
    return [_shortened(row, holders) for row in rows]


def _untouched_at_once(rows: Sequence[ToldPart], report: Report) -> list[ToldPart]:
    """The rows, with one for each task in which nothing is written yet."""
    by_part = {row.part.name: row for row in rows}
    found: list[ToldPart] = []
    for task in report.assignment.tasks:
        own = [by_part[part.name] for part in task.parts if part.name in by_part]
        first = next((row for row in own if row.outcome is Outcome.NOT_WRITTEN), None)
        if len(own) > 1 and first and all(_waits(row) for row in own):
            whole = Part("", task.title)
            own = [replace(first, part=whole, points=sum(row.points for row in own))]
        found += own
    return found


def _waits(row: ToldPart) -> bool:
    return row.outcome in (Outcome.NOT_WRITTEN, Outcome.NOT_RUN)


def _key(each: Told) -> object:
    return each.cause or each


def _shortened(row: ToldPart, holders: Mapping[object, list[ToldPart]]) -> ToldPart:
    """The row without what an earlier one said, and with the later ones that it holds for."""
    if row.outcome is Outcome.PASS:
        return row
    said: list[Told] = []
    for each in row.told:
        first, *others = holders[_key(each)]
        if first is not row:
            said.append(Told(f"the same as {first.part.title}"))
        elif others and each.cause:
            named = listed(dict.fromkeys(other.part.title for other in others))
            said.append(replace(each, lines=(*each.lines, f"The same costs {named}.")))
        else:
            said.append(each)
    return replace(row, told=tuple(dict.fromkeys(said)))


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


def text(report: Report, *, color: bool = False) -> str:
    """The report for a terminal."""
    rows = told_once(report)
    titles = [row.title for row in rows] + [each.title for each in report.by_hand]
    width = max(map(len, titles), default=0) + 2
    lines: list[str] = []
    for row in rows:
        head = f"{SYMBOLS[row.outcome]} {row.title:{width}}"
        for i, said in enumerate(row.told):
            lead = head if i == 0 else " " * len(head)
            lines.append(_colored(lead, row.outcome, color) + said.headline)
            lines += [f"    {line}" for line in said.lines]
            lines += [f"    Hint: {said.hint}"] if said.hint else []
    lines += [f"{QUESTION} {each.title:{width}}{each.said}" for each in report.by_hand]
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


def hand_markdown(states: Sequence[ByHand]) -> str:
    """The questions as Markdown, in a section of their own; nothing where there are none."""
    lines = (f"{each.title}: {each.said}" for each in states)
    return "\n".join([HAND, "", *(f"- {escape_markdown(x)}" for x in lines), ""]) if states else ""


def escape_markdown(line: str) -> str:
    """A line that Markdown shows as it stands, with no more backslashes than that takes."""
    line = line.replace("&", "&amp;").replace("<", "&lt;")
    return MARKS.sub(r"\\\g<0>", line)


def _worth_a_word(verdicts: list[Verdict], report: Report) -> tuple[Told, ...]:
    failing = [v for v in verdicts if not v.passed and v.check.costs_points]
    if not failing:
        passed = [v for v in verdicts if v.passed]
        aside = [explain(v, report) for v in verdicts if _loud(v)]  # shown, and never scored
        if not passed:
            return tuple(aside or [explain(verdicts[0], report)])
        return (Told(_looked_at(passed), tuple(v.note for v in passed if v.note)), *aside)
    loud = [v for v in failing if _loud(v)] or failing[:1]
    found = [v for v in loud if _cause(v)] or [_most_telling(loud)]
    if any(v.reason is Reason.NONE for v in found):  # what was found out goes before what was not
        found.sort(key=lambda v: not v.diagnosis)
    first: dict[object, Verdict] = {}
    for verdict in sorted(found, key=lambda v: not (v.diagnosis and v.note)):
        first.setdefault(verdict.diagnosis or _cause(verdict), verdict)
    following = {i for v in first.values() for i in _explained(v, report)}
    chosen = [v for v in first.values() if v.diagnosis not in following]
    return tuple(_once([explain(v, report) for v in chosen]))


def _most_telling(verdicts: list[Verdict]) -> Verdict:
    """Of checks that fail for no known cause, the first that knows a fact; where none does, the
    last, since they go from coarse to fine."""
    if not _loud(verdicts[0]):
        return verdicts[0]
    return next((v for v in verdicts if v.note), verdicts[-1])


def _explained(verdict: Verdict, report: Report) -> tuple[str, ...]:
    """The misconceptions that are no more than what follows from this one."""
    known = report.misconceptions.get(verdict.diagnosis)
    return known.explains if known else ()


def _looked_at(verdicts: list[Verdict]) -> str:
    """layers, activations, gradients: as asked"""
    about = dict.fromkeys(v.check.about for v in verdicts if v.check.about)
    if about:
        return f"{', '.join(about)}: as asked"
    n = len(verdicts)
    counted = {1: "its check", 2: "both checks"}.get(n, f"all {n} checks")
    return f"{counted} passed"


def _mistake(verdict: Verdict) -> tuple[object, ...]:
    """What stopped a check, alike for all that one mistake stops; nothing for a wrong answer.

    On secret inputs less is said of it than on public ones: no message, and no nearest name.
    """
    if verdict.reason is Reason.MALFORMED:
        return (verdict.reason,)
    if verdict.reason not in (Reason.CRASHED, Reason.TIMED_OUT):
        return ()
    return (verdict.reason, verdict.note.partition(": ")[0], verdict.frames[-1:])


def _once(told_of: list[Told]) -> Iterator[Told]:
    """Each hint is said at the first check that it helps with."""
    hints: set[str] = set()
    for each in dict.fromkeys(told_of):
        if each.hint and each.hint in hints:
            yield replace(each, hint="")
        else:
            yield each
        hints.add(each.hint)


def _loud(verdict: Verdict) -> bool:
    return verdict.outcome in (Outcome.FAIL, Outcome.FAULT)


def _frames(verdict: Verdict) -> tuple[str, ...]:
    lines = (Verbatim(f"{f.file}, line {f.line}: {f.text}") for f in verdict.frames)
    return tuple(dict.fromkeys(lines))  # a recursion has one line many times


def ended(said: str) -> str:
    """A sentence with a stop at its end."""
    return said if said.endswith((".", "?", ")")) else f"{said}."


def _colored(lead: str, outcome: Outcome, color: bool) -> str:
    codes = {Outcome.PASS: 32, Outcome.FAIL: 31, Outcome.FAULT: 35, Outcome.NOT_WRITTEN: 33}
    return f"\x1b[{codes.get(outcome, 36)}m{lead}\x1b[0m" if color else lead
