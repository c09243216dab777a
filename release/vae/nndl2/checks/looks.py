"""What was looked at in this session: which file, as saved when, and the points so far."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from nndl2.checks.model import Report
from nndl2.checks.words import number

Redraw = Callable[["Look"], None]


@dataclass(frozen=True)
class Look:
    """One look at a file: its name, when it was saved and looked at, the digest of its bytes then.

    `task` is the title of the task, with what it `earned` of `points`; `sums` are those of all
    tasks that this session looked at, and the most there is. `again`: the same file was looked at
    before, for the same; `old`: it has changed since.
    """

    file: str
    saved: datetime
    at: datetime
    digest: str
    task: str
    earned: float
    points: float
    sums: tuple[float, float]
    again: bool = False
    old: bool = False

    @property
    def head(self) -> str:
        """Which file is meant, and of when."""
        if self.old:
            return f"{self.file} has changed since: run this cell again"
        return f"{self.file} as saved at {_time(self.saved, self.at)}"

    @property
    def advice(self) -> str:
        """What to do first where nothing has changed; else nothing."""
        if not self.again or self.old or self.earned == self.points:
            return ""
        return f"{self.file} has not changed since this cell last ran: did you save it?"

    @property
    def foot(self) -> str:
        """The points of the task, where several parts add up to them, and those so far."""
        earned, most = map(number, self.sums)
        so_far = f"{earned} of {most} points so far"
        if not self.task:
            return f"{earned} of {most} points"
        return f"{self.task}: {number(self.earned)} of {number(self.points)}; {so_far}"


def _time(saved: datetime, now: datetime) -> str:
    """20:48, 3 minutes ago"""
    minutes = max(int((now - saved).total_seconds() // 60), 0)
    if minutes >= 24 * 60:
        return f"{saved:%H:%M on %Y-%m-%d}"
    ago = {0: "just now", 1: "a minute ago"}.get(minutes, f"{minutes} minutes ago")
    if minutes >= 60:
        hours = minutes // 60
        ago = "an hour ago" if hours == 1 else f"{hours} hours ago"
    return f"{saved:%H:%M}, {ago}"


_earned: dict[tuple[str, str], float] = {}  # by assignment and part
_digests: dict[tuple[str, str | None], str] = {}  # by assignment and task: of the last look
_shown: dict[tuple[str, str | None], tuple[Path, Look, Redraw]] = {}


def looked(report: Report, task: str | None, file: Path) -> Look | None:
    """The look that `report` on `file` is, remembered; None where the file is gone."""
    try:
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        saved = datetime.fromtimestamp(file.stat().st_mtime)
    except OSError:
        return None
    name, here = report.assignment.name, {v.check.part for v in report.verdicts}
    _earned.update({(name, part): report.earned(part) for part in here})
    titles = [t.title for t in report.assignment.tasks if t.name == task]
    so_far = sum(points for (of, _), points in _earned.items() if of == name)
    again = _digests.get((name, task)) == digest
    _digests[name, task] = digest
    return Look(
        file.name,
        saved,
        datetime.now(),
        digest,
        titles[0] if titles else "",
        sum(map(report.earned, here)),
        sum(report.points.get(part, 0) for part in here),
        (so_far, report.max_score),
        again,
    )


def shown(assignment: str, task: str | None, file: Path, look: Look, redraw: Redraw) -> None:
    """Remember a card that is on the page, so that it can be told to be old."""
    _shown[assignment, task] = (file.resolve(), look, redraw)


def changed(file: Path, digest: str) -> None:
    """Tell the cards on the page that speak of another content of `file` that they are old."""
    for key, (path, look, redraw) in list(_shown.items()):
        if path == file.resolve() and look.old != (look.digest != digest):
            look = replace(look, old=look.digest != digest)
            _shown[key] = (path, look, redraw)
            redraw(look)
