"""What a submission was found to do: a verdict for each question that was asked, not worded yet.

First causes, what is told once, sentences and points are made of it without asking anybody. So it
is kept, check by check with its version, and counts as long as that stays the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from autograder.verdicts.versions import Versions
from nndl2.checks.model import Check, Frame, Outcome, Reason, Unusable, Verdict

Json: TypeAlias = dict[str, Any]
Verdicts: TypeAlias = Mapping[str, Verdict]  # by the check's id
LANES = ("hidden", "public", "trained")  # on secret inputs, on the notebook's, after training
PLAIN = ("expected", "got", "note", "diagnosis")  # texts of a verdict
MEASURED = ("peak_memory", "seconds", "start_seconds", "isolation")


@dataclass(frozen=True)
class Found:
    """What was found of one submission; without `notes` (codes) it was never asked.

    `public` are None where it could not be asked on the notebook's inputs. `killed` are the checks
    that a process was lost at, nobody knows why; `wrong` says why none can be asked.
    """

    hidden: Verdicts = field(default_factory=dict)
    public: Verdicts | None = field(default_factory=dict)
    trained: Verdicts = field(default_factory=dict)
    killed: frozenset[str] = frozenset()
    wrong: Unusable | None = None
    notes: tuple[str, ...] | None = None
    cuda: bool = False
    peak_memory: int = 0
    seconds: float = 0.0
    start_seconds: float = 0.0
    isolation: str = ""

    def of(self, lane: str) -> Verdicts:
        """The verdicts of one of `LANES`."""
        known: Verdicts | None = getattr(self, lane)
        return known or {}

    @property
    def late(self) -> bool:
        """Whether it ran out of the time that all of its checks share."""
        known = (*self.hidden.values(), *self.of("public").values())
        return any(verdict.reason is Reason.TIMED_OUT for verdict in known)


NOTHING = Found()


def open_ones(
    checks: Iterable[Check], known: Verdicts, before: Iterable[Verdict] = ()
) -> list[Check]:
    """Those of `checks` to be asked: not `known` yet, nor after one that failed."""
    blocked = {v.check for v in before if not v.passed}
    found = []
    for check in checks:
        if blocked & {*check.after}:
            blocked.add(check)
        elif check.id not in known:
            found.append(check)
        elif not known[check.id].passed:
            blocked.add(check)
    return found


def asked(verdicts: Iterable[Verdict], before: Iterable[Verdict] = ()) -> dict[str, Verdict]:
    """The verdicts that came of asking, and not of the checks before."""
    blocked = {v.check for v in before if not v.passed}
    found = {}
    for verdict in verdicts:
        if not blocked & {*verdict.check.after}:
            found[verdict.check.id] = verdict
        if not verdict.passed:
            blocked.add(verdict.check)
    return found


def line(found: Found, before: Found, versions: Versions) -> Json | None:
    """What is known now and was not `before`, for the journal; None where that is nothing.

    What the machine or the grader is to blame for is no finding.
    """
    if found.wrong is not None:
        wrong = found.wrong
        told = [wrong.sentence, wrong.reason.value, wrong.line]
        return None if wrong.reason is Reason.ENVIRONMENT else _about(found, versions, told)
    entry = _about(found, versions, None)
    for lane in LANES:
        old, new = before.of(lane), found.of(lane)
        fresh = {i: v for i, v in new.items() if v != old.get(i) and _counts(v)}
        entry[lane] = {
            i: _packed(v, versions, lane == "hidden" and i in found.killed)
            for i, v in fresh.items()
            if i in versions.of
        }
    return entry


def recalled(lines: Iterable[Json], checks: Iterable[Check], versions: Versions) -> Found:
    """What such lines, oldest first, tell that still counts."""
    known, by_id = NOTHING, {check.id: check for check in checks}
    for entry in lines:
        if entry.get("common") == versions.common:
            known = _more(known, entry, by_id, versions)
    return known


def _counts(verdict: Verdict) -> bool:
    return verdict.outcome is not Outcome.FAULT and verdict.reason is not Reason.ENVIRONMENT


def _about(found: Found, versions: Versions, wrong: Any) -> Json:
    measured = {name: getattr(found, name) for name in MEASURED}
    about = {"common": versions.common, "notes": found.notes or (), "cuda": found.cuda}
    return {**about, **measured, "wrong": wrong}


def _more(known: Found, entry: Json, by_id: Mapping[str, Check], versions: Versions) -> Found:
    measured = {name: entry[name] for name in MEASURED}
    about = {"notes": tuple(entry["notes"]), "cuda": entry["cuda"], **measured}
    if entry["wrong"] is not None:
        sentence, reason, at = entry["wrong"]
        return replace(known, wrong=Unusable(sentence, Reason(reason), line=at), **about)
    lanes: dict[str, Any] = {}
    killed = set(known.killed)
    for lane in LANES:
        kept = entry.get(lane, {})
        new = {i: p for i, p in kept.items() if i in by_id and p[0] == versions.of[i]}
        lanes[lane] = {**known.of(lane), **{i: _unpacked(by_id[i], p) for i, p in new.items()}}
        if lane == "hidden":
            killed = killed - {*new} | {i for i, p in new.items() if "killed" in _rest(p)}
    return replace(known, **lanes, killed=frozenset(killed), **about)


def _packed(verdict: Verdict, versions: Versions, killed: bool) -> list[Any]:
    """A verdict as a list: the check's version, the outcome and, where there is more, the rest."""
    rest: Json = {name: text for name in PLAIN if (text := getattr(verdict, name))}
    if verdict.reason is not Reason.NONE:
        rest["reason"] = verdict.reason.value
    if verdict.frames:
        rest["frames"] = [[f.file, f.line, f.text] for f in verdict.frames]
    if killed:
        rest["killed"] = True
    short = [versions.of[verdict.check.id], verdict.outcome.value]
    return [*short, rest] if rest else short


def _rest(packed: list[Any]) -> Json:
    return packed[2] if packed[2:] else {}


def _unpacked(check: Check, packed: list[Any]) -> Verdict:
    rest = _rest(packed)
    texts = {name: rest[name] for name in PLAIN if name in rest}
    frames = tuple(Frame(*each) for each in rest.get("frames", ()))
    reason = Reason(rest.get("reason", Reason.NONE.value))
    return Verdict(check, Outcome(packed[1]), reason, frames=frames, **texts)
