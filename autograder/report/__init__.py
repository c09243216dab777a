"""Results of a class to a table in the terminal, grades.csv and a page to look at.

All of it is read from the results.json files, so that a report can be made again at any time.
Whatever a student chose, names included, is data: it is cleaned, escaped, and never a formula.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from autograder import results
from autograder.disk import replace_file
from autograder.garbage import uncollected
from autograder.intake import writing
from autograder.kept import files
from autograder.kept.rows import Row, questions, rows
from autograder.report import sheets
from autograder.report.as_data import as_csv, as_json
from autograder.report.figures import gathered
from autograder.report.page import rendered
from autograder.text import aligned, clean
from nndl2.checks.model import Status
from nndl2.checks.questions import HandSum
from nndl2.checks.words import number

GRADES = files.GRADES
MOST_TOLD = 10  # of whom a line below the table says why they have no score
STEM = {False: files.REPORT, True: files.ANONYMOUS}  # by whether names are left out
PAGE, WITHOUT_NAMES = (f"{stem}.html" for stem in STEM.values())


def table(kept: Sequence[Row]) -> str:
    """One line a student: the points of each task, the sums and the status; below, why some have no
    score to speak of."""
    tasks, asked = list(kept[0].tasks), questions(kept)
    sums = ["by checks", "by hand"] if asked else ["score"]
    lines = [["student", *tasks, *sums, "status"]]
    for row in kept:
        points = [number(row.tasks[task][0]) if task in row.tasks else "" for task in tasks]
        points.append(f"{number(row.score)} / {number(row.max_score)}")
        points += [row.hand] if asked else []
        told = row.reason not in ("none", row.status)
        reason = f" ({row.reason.replace('_', ' ')})" if told else ""
        lines.append([row.student, *points, row.status + reason + row.remarks])
    return "\n".join([*aligned(lines, right=range(1, len(lines[0]) - 1)), *_unscored(kept)])


def _unscored(kept: Sequence[Row]) -> list[str]:
    """Who is malformed or held and why, a line each below an empty one; of many the first."""
    why = [f"{row.student}: {row.sentence}" for row in kept if row.status != Status.GRADED.value]
    more = [f"and {len(why) - MOST_TOLD} more, told in {GRADES}"] if why[MOST_TOLD:] else []
    return ["", *why[:MOST_TOLD], *more] if why else []


def summary(kept: Sequence[Row], folder: Path) -> str:
    """How many were graded, held and malformed, their mean, and where the reports are."""
    count = Counter(row.status for row in kept)
    parts = [f"{count[s.value]} {s.value}" for s in Status if count[s.value]]
    mean = sum(row.score for row in kept) / len(kept)
    of = f"{mean:.2f} of {number(kept[0].max_score)}"
    places = f"{folder / PAGE}, {folder / GRADES}, {folder / '<student>' / results.FEEDBACK}"
    noun = "submission" if len(kept) == 1 else "submissions"
    lines = [f"{len(kept)} {noun}: {', '.join(parts)}; mean {of}{_open(kept)}"]
    return "\n".join([*lines, f"reports: {places}"])


def _open(kept: Sequence[Row]) -> str:
    """How much of what people grade waits for them, behind the mean by checks."""
    states = [state for row in kept for state in row.by_hand]
    waiting = sum(state.mark is None for state in states)
    return f" by checks; by hand {waiting} of {len(states)} answers open" if states else ""


def grades(kept: Sequence[Row]) -> str:
    """The class as CSV: a line a student, a column a task.

    Where people grade too, a column a question follows, their sum, and the sum of both, which is
    empty while anything is open. Where anybody has several attempts or a group, a column says
    which; where a person changed points, another one says which. The last is the sentence for what
    is malformed, held or ended early, where anything is.
    """
    tasks, asked = list(kept[0].tasks), questions(kept)
    more = ["by_hand", "max_by_hand", "open_by_hand", "total"] if asked else []
    last = {
        "attempt": [row.attempt for row in kept],
        "group": [row.group for row in kept],
        "adjusted": [row.adjusted for row in kept],
        "sentence": [row.sentence for row in kept],
    }
    told = {name: cells for name, cells in last.items() if any(cells)}
    more += told
    lines = [["student", "score", "max_score", "status", "reason", *tasks, *asked, *more]]
    for n, row in enumerate(kept):
        points = [number(row.tasks[t][0]) if t in row.tasks else "" for t in tasks]
        line = [clean(row.folder), number(row.score), number(row.max_score), row.status, row.reason]
        lines.append([*line, *points, *_by_hand(row, asked), *(told[name][n] for name in told)])
    return sheets.text(lines)


def _by_hand(row: Row, asked: Sequence[str]) -> list[str]:
    """What people gave for each question, and the sums; nothing where nothing is asked."""
    if not asked:
        return []
    of = {state.question.name: state.mark for state in row.by_hand}
    given = [number(mark.points) if (mark := of.get(name)) else "" for name in asked]
    hand = HandSum.of(row.by_hand)
    sums = (hand.given, hand.most, hand.open, row.total)
    return [*given, *("" if points is None else number(points) for points in sums)]


@uncollected()
def write(folder: Path, *, anonymous: bool = False) -> list[Row]:
    """Write grades.csv and the report for the results in `folder`, and give these back; with
    `anonymous` a report without names as well."""
    kept = rows(folder)
    with writing(folder):
        replace_file(folder / GRADES, grades(kept))
        for nameless in (False, True)[: 1 + anonymous]:
            _write(folder, kept, nameless)
    return kept


def _write(folder: Path, kept: Sequence[Row], anonymous: bool) -> None:
    """The page of a class, and the same as CSV and JSON; OSError."""
    found = gathered(kept, folder, anonymous=anonymous)
    made = {"html": rendered(found, folder), "csv": as_csv(found), "json": as_json(found)}
    for end, text in made.items():
        replace_file(folder / f"{STEM[anonymous]}.{end}", text)
