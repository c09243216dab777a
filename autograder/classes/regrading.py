"""A class graded again from the files that are kept with its results: whose score moves."""

from __future__ import annotations

import difflib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder import intake
from autograder.assignments import Private
from autograder.classes.class_run import ClassRun, Progress
from autograder.intake import BadInput, Handed
from autograder.kept import journal, ledger, submitted
from autograder.kept.rows import Row, graded, rows
from autograder.people import decisions, marks, waivers
from autograder.people.waivers import Waiver
from autograder.text import clean
from nndl2.checks.words import number

LEDGERS = (journal.FILE, decisions.FILE, marks.FILE, waivers.FILE)
MOST_CHECKS = 6  # in one line of the table
Run = Callable[[Private, Path], ClassRun]


@dataclass(frozen=True)
class Regraded:
    """What came of it: the rows before and after, and whose submission is not kept."""

    before: Sequence[Row]
    after: Sequence[Row]
    lacking: Sequence[str]
    progress: Progress

    @property
    def moved(self) -> list[tuple[Row, Row]]:
        """Whose score or status changed."""
        was = {row.folder: row for row in self.before}
        pairs = [(was[row.folder], row) for row in self.after if row.folder in was]
        return [(a, b) for a, b in pairs if (a.score, a.status) != (b.score, b.status)]


def regrade(folder: Path, run: Run) -> Regraded:
    """Grade again, in place, whatever the checks of today have not graded yet."""
    before, private = _known(folder)
    handed, lacking = _handed(folder, before)
    progress = run(private, folder).grade(handed)
    return Regraded(before, rows(folder), lacking, progress)


def rehearsed(folder: Path, run: Run, waived: Sequence[Waiver] = ()) -> Regraded:
    """The same in a copy that is thrown away, with more checks `waived`.

    What is found on the way is kept in the journal: grading again asks nobody for it.
    """
    before, private = _known(folder)
    handed, lacking = _handed(folder, before)
    with tempfile.TemporaryDirectory() as made, journal.Journal(folder) as kept:
        copy = Path(made)
        for name in LEDGERS:
            if (folder / name).exists():
                shutil.copy(folder / name, copy)
        for row in before:
            shutil.copytree(folder / row.folder, copy / row.folder)
        waivers.add(copy, waived)
        progress = run(private, copy).grade(handed, kept)
        return Regraded(before, rows(copy), lacking, progress)


def waiver(folder: Path, check: str, why: str | None, by: str) -> Waiver:
    """A decision that `check` counts as passed, or, without a reason, is asked again; BadInput."""
    _, private = _known(folder)
    ids = [c.id for c in private.checks]
    if check not in ids:
        raise BadInput(f"there is no check {clean(check, 60)}; {_meant(check, ids)}")
    if why is not None and not why.strip():
        raise BadInput("say why the check is waived, in words for the students to read, with --why")
    if why is None and check not in waivers.read(folder):
        raise BadInput(f"{check} is not waived here")
    who = clean(by or ledger.login(), 80)
    return Waiver(check, None if why is None else clean(why), who, journal.now())


def _meant(check: str, ids: Sequence[str]) -> str:
    """Which check may be meant by another name, or how one is written."""
    near = difflib.get_close_matches(check, ids, 3)
    return f"is it {' or '.join(near)}?" if near else f"write part and name, such as {ids[0]}"


def waive(folder: Path, decided: Waiver) -> None:
    """Keep a waiver, where no run is grading into `folder`."""
    with journal.Journal(folder):
        waivers.add(folder, [decided])


def table(found: Regraded) -> str:
    """Whose score moves, from what to what, and through which checks."""
    lines = [line for pair in found.moved for line in _line(*pair)]
    same = len(found.after) - len(found.moved)
    more = f"{same} stay{'s' * (same == 1)} as {'it is' if same == 1 else 'they are'}"
    lines.append(more if lines else f"nobody's score moves; {more}")
    if found.progress.stopped:
        lines.append("stopped before the end; run the same command again")
    if found.lacking:
        names = ", ".join(clean(name, 40) for name in found.lacking)
        lines.append(f"not kept as handed in, so run `grade` with the submissions for: {names}")
    return "\n".join(lines)


def _line(a: Row, b: Row) -> Iterator[str]:
    status = f", {a.status} -> {b.status}" if a.status != b.status else ""
    points = f"{number(a.score)} -> {number(b.score)} of {number(b.max_score)}"
    yield f"{b.student}: {points}{status}"
    ids = dict.fromkeys([*a.checks, *b.checks])
    both = [(check, a.checks.get(check), b.checks.get(check)) for check in ids]
    moved = [(check, was, now) for check, was, now in both if was != now]
    for check, was, now in moved[:MOST_CHECKS]:
        yield f"    {check}: {was or 'new'} -> {now or 'gone'}"
    if moved[MOST_CHECKS:]:
        yield f"    and {len(moved) - MOST_CHECKS} more checks"


def _known(folder: Path) -> tuple[list[Row], Private]:
    kept = graded(folder)
    return kept, intake.chosen(kept[0].result["extra_data"]["assignment"])


def _handed(folder: Path, kept: Sequence[Row]) -> tuple[list[Handed], list[str]]:
    """What is kept of each student's submission, and of whom nothing is."""
    found = {row.folder: submitted.kept(folder / row.folder) for row in kept}
    return [one for one in found.values() if one], [name for name, one in found.items() if not one]
