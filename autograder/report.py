"""Results of a class to a table in the terminal, grades.csv and a page to look at.

All of it is read from the results.json files, so that a report can be made again at any time.
Whatever a student chose, names included, is data: it is cleaned, escaped, and never a formula.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder import results
from autograder.intake import BadInput
from autograder.results import Json, clean, replace_file
from nndl2.checks.model import Status
from nndl2.checks.words import number

GRADES = "grades.csv"
PAGE = "report.html"
NAME_LIMIT = 64
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Row:
    """One student's line: the result as it was kept, under the name of its folder."""

    folder: str
    result: Json

    @property
    def student(self) -> str:
        return clean(self.folder, NAME_LIMIT)

    @property
    def score(self) -> float:
        return self.result["score"]

    @property
    def max_score(self) -> float:
        return self.result["extra_data"]["max_score"]

    @property
    def status(self) -> str:
        return self.result["extra_data"]["status"]

    @property
    def reason(self) -> str:
        return self.result["extra_data"]["reason"]

    def entries(self, kind: str) -> list[Json]:
        """The entries of one kind, "part" or "check"."""
        return [t for t in self.result["tests"] if t["extra_data"]["kind"] == kind]

    @property
    def tasks(self) -> Mapping[str, tuple[float, float]]:
        """Score and maximum by task, in the assignment's order; tasks without points left out."""
        scores: dict[str, tuple[float, float]] = {}
        for part in self.entries("part"):
            earned, points = scores.get(part["extra_data"]["task"], (0, 0))
            both = (earned + part["score"], points + part["max_score"])
            scores[part["extra_data"]["task"]] = both
        return {task: both for task, both in scores.items() if both[1]}


def rows(folder: Path) -> list[Row]:
    """The results kept in `folder`, sorted by student."""
    if not folder.is_dir():
        raise BadInput(f"{folder} is no folder; give the one that `autograder grade` wrote to")
    found = [(path.name, results.load(path)) for path in sorted(folder.iterdir())]
    kept = [Row(name, result) for name, result in found if result is not None]
    if not kept:
        raise BadInput(f"{folder} holds no results; give the one that `autograder grade` wrote to")
    if len(names := {row.result["extra_data"]["assignment"] for row in kept}) > 1:
        raise BadInput(
            f"{folder} holds results of {', '.join(sorted(names))}; give each a folder of its own"
        )
    return kept


def table(kept: Sequence[Row]) -> str:
    """One line a student: the points of each task, the score and the status."""
    tasks = list(kept[0].tasks)
    lines = [["student", *tasks, "score", "status"]]
    for row in kept:
        points = [number(row.tasks[task][0]) if task in row.tasks else "" for task in tasks]
        score = f"{number(row.score)} / {number(row.max_score)}"
        told = row.reason not in ("none", row.status)
        reason = f" ({row.reason.replace('_', ' ')})" if told else ""
        lines.append([row.student, *points, score, row.status + reason])
    widths = [max(map(len, column)) for column in zip(*lines)]
    return "\n".join(_line(cells, widths) for cells in lines)


def summary(kept: Sequence[Row], folder: Path) -> str:
    """How many were graded, held and malformed, their mean, and where the reports are."""
    count = Counter(row.status for row in kept)
    parts = [f"{count[s.value]} {s.value}" for s in Status if count[s.value]]
    mean = sum(row.score for row in kept) / len(kept)
    of = f"{mean:.2f} of {number(kept[0].max_score)}"
    page = f"{folder / PAGE}, {folder / GRADES}, {folder / '<student>' / results.FEEDBACK}"
    return f"{len(kept)} submissions: {', '.join(parts)}; mean {of}\nreports: {page}"


def grades(kept: Sequence[Row]) -> str:
    """The class as CSV: a line a student, a column a task."""
    tasks = list(kept[0].tasks)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["student", "score", "max_score", "status", "reason", *tasks])
    for row in kept:
        points = [number(row.tasks[t][0]) if t in row.tasks else "" for t in tasks]
        line = [clean(row.folder), number(row.score), number(row.max_score), row.status, row.reason]
        writer.writerow([defused(cell) for cell in (*line, *points)])
    return out.getvalue()


def defused(cell: str) -> str:
    """`cell` as a spreadsheet shows it and never runs it."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def write(folder: Path) -> list[Row]:
    """Write grades.csv and report.html for the results in `folder`, and give them back."""
    from autograder.page import page

    kept = rows(folder)
    try:
        replace_file(folder / GRADES, grades(kept))
        replace_file(folder / PAGE, page(kept))
    except OSError as e:
        raise BadInput(f"{folder} cannot be written to ({e.strerror})") from None
    return kept


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *middle, last = zip(cells, widths)
    return "  ".join(
        [f"{first[0]:<{first[1]}}", *(f"{cell:>{width}}" for cell, width in middle), last[0]]
    )
