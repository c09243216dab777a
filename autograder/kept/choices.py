"""What was chosen for a class when it was graded, kept with its results for the next run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from autograder.disk import replace_file
from autograder.intake import BadInput, writing

FILE, GROUPS = "choices.json", "groups.csv"
LATEST, BEST = "latest", "best"
ATTEMPTS = (LATEST, BEST)


def attempt(out: Path | None, given: str | None) -> str:
    """Which of several attempts counts: as `given`, else as the last run into `out` had it."""
    found = given or _kept(out).get("attempt", LATEST)
    return found if found in ATTEMPTS else LATEST


def groups(out: Path | None, given: Path | None) -> Path | None:
    """The file of who is in which group: as `given`, else the one that the last run kept."""
    last = out / GROUPS if out else None
    return given or (last if last and last.is_file() else None)


def keep_groups(out: Path, given: Path) -> None:
    """Keep a file of groups in `out`; BadInput where that cannot be done."""
    try:
        content = given.read_bytes()
        out.mkdir(parents=True, exist_ok=True)
        replace_file(out / GROUPS, content)
    except OSError as e:
        raise BadInput(f"{given} cannot be kept in {out} ({e.strerror})") from None


def keep(out: Path, chosen: Mapping[str, str]) -> None:
    """Keep in `out` what was `chosen`; BadInput where that cannot be written to."""
    before = _kept(out)
    if (now := {**before, **chosen}) == before:
        return
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)
        replace_file(out / FILE, json.dumps(now, indent=1) + "\n")


def _kept(out: Path | None) -> dict[str, str]:
    """What is kept in `out`; nothing where that cannot be read."""
    try:
        found = json.loads((out / FILE).read_bytes()) if out else {}
    except (OSError, ValueError, RecursionError):
        return {}
    return {k: v for k, v in found.items() if isinstance(v, str)} if isinstance(found, dict) else {}
