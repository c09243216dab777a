"""What is told before grading begins: who was understood how, and who is missing what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograder.intake.gather import Collected
from autograder.intake.model import Handed
from autograder.text import aligned, clean

SMALL_CLASS, MOST_ROWS, WIDEST = 30, 20, 40
COLUMNS = ("student", "id", "file", "attempt", "late")


def table(found: Collected, whole: bool = False) -> str:
    """A line a student and the counts; of a big class only what is odd, unless `whole`."""
    rows = [h for h in found.handed if whole or len(found.handed) <= SMALL_CLASS or _odd(h)]
    lines = _aligned([_cells(h) for h in rows[: None if whole else MOST_ROWS]])
    if len(rows) > MOST_ROWS and not whole:
        lines.append(f"... and {len(rows) - MOST_ROWS} more; --dry-run shows all of them")
    return "\n".join([*lines, *_counts(found)])


def _odd(handed: Handed) -> bool:
    return bool(handed.wrong or handed.note or handed.who.late)


def _cells(handed: Handed) -> list[str]:
    who = handed.who
    known = "" if who.id == handed.student else who.id
    said = handed.wrong.sentence if handed.wrong else handed.note
    file = "-" if handed.wrong else handed.path or handed.file
    several = f"best of {len(handed.attempts)}" if handed.attempts else handed.attempt
    first = [handed.student, known, _short(file), several or who.attempt, "late" * who.late]
    return [clean(cell, WIDEST) for cell in first] + [clean(said, 200)]


def _short(path: str) -> str:
    """A path whose beginning and end are seen: the end is the file's name."""
    text = clean(path)
    return text if len(text) <= WIDEST else f"{text[:12]}...{text[15 - WIDEST :]}"


def _aligned(rows: Sequence[list[str]]) -> list[str]:
    if not rows:
        return []
    used = [i for i in range(len(COLUMNS)) if i < 3 or any(row[i] for row in rows)]
    used = [i for i in used if i != 1 or any(row[1] for row in rows)]
    table = [
        [*(COLUMNS[i] for i in used), ""],
        *([*(row[i] for i in used), row[-1]] for row in rows),
    ]
    return aligned(table)


def _counts(found: Collected) -> Iterator[str]:
    late = sum(one.who.late for one in found.handed)
    without = [one for one in found.handed if one.wrong]
    total = len(found.handed)
    parts = [f"{total} student{'s' * (total != 1)}", f"{total - len(without)} with a file to grade"]
    parts += [f"{len(without)} without"] * bool(without) + [f"{late} late"] * bool(late)
    yield f"understood as {found.layout}: {', '.join(parts)}"
    if found.hint:
        yield found.hint
    if found.passed_over:
        yield f"nobody's, and passed over: {_named(found.passed_over)}"
    if found.absent_groups:
        yield f"groups that handed in nothing: {_named(found.absent_groups)}"
    if found.absent:
        yield f"on the list, and handed in nothing: {_named([p.title for p in found.absent])}"
    if found.unknown:
        yield f"handed in, and not on the list: {_named([h.student for h in found.unknown])}"


def _named(names: Sequence[str]) -> str:
    more = [f"and {len(names) - MOST_ROWS} more"] if len(names) > MOST_ROWS else []
    return f"{len(names)} ({', '.join([clean(n, WIDEST) for n in names[:MOST_ROWS]] + more)})"
