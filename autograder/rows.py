"""The results of a class, a row a student, as they are kept in a folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder import results
from autograder.intake import BadInput
from autograder.results import Json, clean

NAME_LIMIT = 64


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
