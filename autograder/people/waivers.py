"""Checks that count as passed for a whole class, because a person found them wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from autograder.assignments import Private
from autograder.kept import ledger
from nndl2.checks.model import Check, Outcome, Verdict

FILE = "waivers.jsonl"


@dataclass(frozen=True)
class Waiver:
    """A check by its id ("loss.averages"), and why it counts as passed; None asks it again."""

    check: str
    why: str | None
    who: str = ""
    when: str = ""


def read(folder: Path) -> Mapping[str, Waiver]:
    """Those that hold of all that are kept in `folder`, by check."""
    found = {waiver.check: waiver for waiver in history(folder)}
    return {check: waiver for check, waiver in found.items() if waiver.why is not None}


def history(folder: Path) -> list[Waiver]:
    """All that were ever made, oldest first."""
    return list(ledger.read(folder / FILE, _waiver))


def add(folder: Path, waivers: Sequence[Waiver]) -> None:
    """Keep more of them in `folder`, all of them or none."""
    ledger.add(folder / FILE, map(asdict, waivers))


def without(private: Private, waived: Mapping[str, Waiver]) -> Private:
    """`private` with these checks passed unasked. What comes after one of them is asked all the
    same."""
    made = [_passed(c, waived[c.id]) if c.id in waived else c for c in private.checks]
    return replace(private, checks=made, shipped=private.shipped or private.checks)


def verdicts(private: Private) -> list[Verdict]:
    """Those on the checks that `without` passed."""
    passed = [(c, c.ask) for c in private.checks if isinstance(c.ask, partial)]
    own = [(check, asks.args[0]) for check, asks in passed if asks.func is _ask]
    return [Verdict(check, Outcome.PASS, note=note) for check, note in own]


def mark(waived: Mapping[str, Waiver]) -> str:
    """What tells grades with these waivers from others; empty without any."""
    text = "\n".join(sorted(f"{w.check} {w.why}" for w in waived.values()))
    return f"-{hashlib.sha256(text.encode()).hexdigest()[:8]}" if waived else ""


def _passed(check: Check, waiver: Waiver) -> Check:
    return replace(check, ask=partial(_ask, f"it counts as passed for everybody: {waiver.why}"))


def _ask(note: str, *_: Any) -> str:
    return note


def _waiver(entry: dict[str, Any]) -> Waiver:
    made = Waiver(**{name: entry[name] for name in Waiver.__dataclass_fields__})
    said = [made.check, made.who, made.when, "" if made.why is None else made.why]
    if not all(isinstance(each, str) for each in said):
        raise TypeError("no waiver")
    return made
