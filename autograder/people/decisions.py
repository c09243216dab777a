"""What people decided for a class, kept beside its results and shown in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from autograder import results
from autograder.intake import writing
from autograder.kept import ledger
from autograder.kept.journal import Journal
from autograder.people import marks
from autograder.people.marks import Marks
from autograder.results import adjustments
from autograder.results.adjustments import Adjustment, Json

FILE = "adjustments.jsonl"


@dataclass(frozen=True)
class Given:
    """An adjustment, and whom and which part it is for."""

    student: str
    part: str
    adjustment: Adjustment


@dataclass(frozen=True)
class Decisions:
    """The points by hand and the adjustments that hold, by the student's folder."""

    marks: Marks
    adjustments: dict[str, dict[str, Adjustment]]

    @classmethod
    def of(cls, folder: Path) -> Decisions:
        """Those that are kept in `folder`; BadInput names a line that cannot be read."""
        return cls(marks.read(folder), _holding(history(folder)))

    def show(self, folder: Path, kept: Journal) -> list[str]:
        """Have each result in `folder` tell what was decided, and nothing else.

        Files that are not as the grader left them are left alone; their students are given back,
        since the next run grades them again. Raises BadInput where nothing can be written.
        """
        edited = []
        with writing(
            folder, "what was decided is kept there, and `grade` shows it when that is mended"
        ):
            for path in sorted(folder.iterdir()):
                result = results.load(path)
                if result is None or (told := self._told(path.name, result)) == result:
                    continue
                if results.digest(path) == kept.known(path.name):
                    results.save_again(path, told)
                    kept.renew(path.name, results.digest(path))
                else:
                    edited.append(path.name)
        return edited

    def _told(self, student: str, result: Json) -> Json:
        own = self.marks.get(student, {}), self.adjustments.get(student, {})
        return results.decided(result, *own)


def history(folder: Path) -> list[Given]:
    """All adjustments that were ever made, oldest first."""
    return list(ledger.read(folder / FILE, _given))


def add(folder: Path, given: Sequence[Given]) -> None:
    """Keep more of them in `folder`, all of them or none."""
    about = ({"student": g.student, "part": g.part} for g in given)
    ledger.add(folder / FILE, [asdict(g.adjustment) | whose for g, whose in zip(given, about)])


def _holding(given: Sequence[Given]) -> dict[str, dict[str, Adjustment]]:
    found: dict[str, dict[str, Adjustment]] = {}
    for each in given:
        own = found.setdefault(each.student, {})
        own.pop(each.part, None)
        if each.adjustment.points is not None:
            own[each.part] = each.adjustment
    return {student: own for student, own in found.items() if own}


def _given(entry: Json) -> Given:
    made = Adjustment(**{name: entry[name] for name in Adjustment.__dataclass_fields__})
    said = [made.why, made.who, made.when, entry["student"], entry["part"]]
    if made.points is not None and not adjustments.is_points(made.points):
        raise TypeError("no points")
    if not all(isinstance(each, str) for each in said):
        raise TypeError("no adjustment")
    return Given(entry["student"], entry["part"], made)
