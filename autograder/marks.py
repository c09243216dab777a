"""The points that people gave by hand, kept beside the results of a class, whatever is regraded.

One line a decision: for whom, for which question, how many points, by whom and when. The last line
for an answer counts, the earlier ones tell how it came to that. A line that makes no sense is told,
not passed over: it may be somebody's points.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from autograder import by_hand, results
from autograder.intake import BadInput
from autograder.journal import Journal
from nndl2.checks.questions import Mark

FILE = "by-hand.jsonl"
Marks = Mapping[str, Mapping[str, Mark]]  # by the student's folder, by the question's name


@dataclass(frozen=True)
class Given:
    """A mark, and whose answer to which question it is for."""

    student: str
    question: str
    mark: Mark


def read(folder: Path) -> Marks:
    """All marks kept in `folder`; BadInput names a line that cannot be read."""
    found: dict[str, dict[str, Mark]] = {}
    for number, line in enumerate(_text(folder).splitlines(), 1):
        try:
            entry = json.loads(line)
            mark = Mark(**{name: entry[name] for name in Mark.__dataclass_fields__})
            found.setdefault(entry["student"], {})[entry["question"]] = _sound(mark)
        except (ValueError, KeyError, TypeError, RecursionError):
            raise BadInput(
                f"line {number} of {folder / FILE} holds no points that can be read; mend it, or"
                " delete it if you know what it was"
            ) from None
    return found


def add(folder: Path, given: Sequence[Given]) -> None:
    """Keep more marks in `folder`, all of them or none."""
    lines = (asdict(g.mark) | {"student": g.student, "question": g.question} for g in given)
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    before = _text(folder)
    try:
        results.replace_file(folder / FILE, before + "\n" * (before[-1:] not in ("", "\n")) + text)
        results.sync_names(folder)
    except OSError as e:
        raise BadInput(f"{folder} cannot be written to ({e.strerror})") from None


def show(folder: Path, marks: Marks, kept: Journal) -> list[str]:
    """Have each result in `folder` tell the points that `marks` has, and no others.

    Files that are not as the grader left them are left alone; their students are given back, since
    the next run grades them again. Raises OSError where nothing can be written.
    """
    changed = []
    for path in sorted(folder.iterdir()):
        result = results.load(path)
        if result is None:
            continue
        own, states = marks.get(path.name, {}), by_hand.states(result["tests"])
        if states == by_hand.marked(states, own):
            continue
        if results.digest(path) == kept.known(path.name):
            results.save_again(path, results.remarked(result, own))
            kept.renew(path.name, results.digest(path))
        else:
            changed.append(path.name)
    return changed


def _text(folder: Path) -> str:
    try:
        return (folder / FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as e:
        why = e.strerror if isinstance(e, OSError) else "no text"
        raise BadInput(f"{folder / FILE} cannot be read ({why})") from None


def _sound(mark: Mark) -> Mark:
    said = [mark.comment, mark.who, mark.when, mark.answer]
    if not mark.points >= 0 or not all(isinstance(each, str) for each in said):
        raise TypeError("no mark")
    return mark
