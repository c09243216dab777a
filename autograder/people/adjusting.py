"""Points that a person gives or takes: from the command line, or from a CSV, all of it or none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from autograder.disk import replace_file
from autograder.intake import BadInput, writing
from autograder.kept import files, journal, ledger
from autograder.kept.journal import Journal
from autograder.kept.rows import Row, find, graded
from autograder.people import decisions
from autograder.people.decisions import Decisions, Given
from autograder.people.filled import LONGEST, Filled
from autograder.report import sheets
from autograder.results.adjustments import OVERALL, Adjustment
from autograder.text import clean
from nndl2.checks.names import no_such
from nndl2.checks.words import number

SHEET = files.ADJUSTMENTS
COLUMNS = ("student", "part", "points", "why", "by checks", "who", "when")
CHECKS = "checks"  # in place of points: as the checks say, again
POINTS = re.compile(r"(?P<sign>[+-]?)(?P<value>\d{1,6}([.,]\d{1,2}0*)?)")
MINUS = "\N{MINUS SIGN}"  # as word processors write it


def adjust(folder: Path, student: str, part: str, points: str, why: str, by: str) -> str:
    """Give a part of one student `points`, or change the whole score by them; what came of it."""
    kept = graded(folder)
    row = find(kept, student, folder)
    most, part = _most(row), row.part(part)
    if part not in most:
        raise BadInput(_no_part(row, part, most))
    if not why.strip():
        raise BadInput(
            'say why, for the student to read: --why "your loss is right, and our check was not"'
        )
    made = Adjustment(_points(points, part, most[part]), clean(why, LONGEST))
    if _holds(Decisions.of(folder).adjustments.get(row.folder, {}).get(part), made):
        return f"{row.student}: nothing to do, for that holds already"
    return "\n".join(_decide(folder, kept, [(row.folder, part, made)], by))


def read_back(folder: Path, file: Path, by: str) -> str:
    """Read the adjustments in `file`, and say what came of it; BadInput names the first row that
    cannot be."""
    kept = graded(folder)
    new = _filled(folder, file, kept)
    return "\n".join([f"{len(new)} read from {file}", *_decide(folder, kept, new, by)])


def listed(folder: Path) -> str:
    """Write the CSV of what holds, to be edited, and say what is in it."""
    kept = graded(folder)
    path = folder / SHEET
    if _unread(folder, kept):
        raise BadInput(
            f"{path} has changes that were not read yet; read it with --csv {path}, or move it away"
        )
    lines = _write(folder, kept)
    told = [f"{who}, {part}: {points} ({why})" for who, part, points, why, *_ in lines]
    return "\n".join([*(told or ["nothing was adjusted"]), f"to edit: {path}; then: --csv {path}"])


def _decide(
    folder: Path, kept: Sequence[Row], new: Sequence[tuple[str, str, Adjustment]], by: str
) -> Iterator[str]:
    """Keep what was decided, show it in the results, and tell each student's points before and
    after."""
    before, edited_by_hand = {row.folder: row for row in kept}, _unread(folder, kept)
    with Journal(folder) as held:
        who, when = clean(by or ledger.login(), 80), journal.now()
        signed = [Adjustment(made.points, made.why, who, when) for *_, made in new]
        decisions.add(folder, [Given(s, p, made) for (s, p, _), made in zip(new, signed)])
        edited = Decisions.of(folder).show(folder, held)
    after = {row.folder: row for row in graded(folder)}
    if (folder / SHEET).exists() and not edited_by_hand:
        _write(folder, [*after.values()])  # else it would take back what was decided now
    for student in dict.fromkeys(student for student, *_ in new):
        if student not in edited:
            points = f"{number(before[student].score)} -> {number(after[student].score)}"
            yield f"{after[student].student}: {points} of {number(after[student].max_score)}"
    if edited:
        yield f"results were edited, so grade again to see the points there: {', '.join(edited)}"


def _most(row: Row) -> dict[str, float]:
    """What each part is worth, and all of it."""
    parts = {p["extra_data"]["part"]: p["max_score"] for p in row.entries("part") if p["max_score"]}
    return {**parts, OVERALL: row.max_score}


def _no_part(row: Row, part: str, most: Mapping[str, float]) -> str:
    if part in {state.question.name for state in row.by_hand}:
        return f"{part} is graded by hand: give its points with `autograder questions`"
    return no_such("part", clean(part, 60), most)


def _points(text: str, part: str, most: float) -> float | None:
    """The points in a text: 0 to the most for a part, a change with a sign for all of it."""
    if text == CHECKS:
        return None
    found = POINTS.fullmatch(text.replace(MINUS, "-"))
    value = float(found["value"].replace(",", ".")) if found else -1.0
    if part == OVERALL:
        if found is None or not found["sign"] or value > most:
            raise BadInput(
                f"{clean(text, 20)!r} is no change of the score; give a sign and at most"
                f" {number(most)} points with two decimals, such as -2 or +0.5, or {CHECKS} to take"
                " it back"
            )
        return -value if found["sign"] == "-" else value
    if found is None or found["sign"] or value > most:
        raise BadInput(
            f"{clean(text, 20)!r} cannot be given for {part}; give 0 to {number(most)} points with"
            f" two decimals at most, or {CHECKS} for what the checks say"
        )
    return value


def _filled(folder: Path, file: Path, kept: Sequence[Row]) -> list[tuple[str, str, Adjustment]]:
    """What a file gives that does not hold yet."""
    most = {name: points for row in kept for name, points in _most(row).items()}
    sheet = Filled(file, [row.folder for row in kept], "part", [*most])
    holds = Decisions.of(folder).adjustments
    found = []
    for row in sheet.rows:
        student, part = sheet.whose(row)
        text, why = sheet.cell(row, "points"), sheet.said(row, "why")
        if not text:
            continue
        try:
            made = Adjustment(_points(text, part, most[part]), why)
        except BadInput as e:
            raise sheet.wrong(row, f"says: {e}") from None
        if _holds(holds.get(student, {}).get(part), made):
            continue
        if not why:
            raise sheet.wrong(row, "says not why; the student reads that")
        found.append((student, part, made))
    return found


def _holds(before: Adjustment | None, made: Adjustment) -> bool:
    """Whether a decision says what one before it says."""
    if before is None:
        return made.points is None
    return (before.points, before.why) == (made.points, made.why)


def _unread(folder: Path, kept: Sequence[Row]) -> bool:
    """Whether somebody wrote into the CSV what does not hold yet."""
    path = folder / SHEET
    try:
        return path.exists() and bool(_filled(folder, path, kept))
    except BadInput:
        return True


def _write(folder: Path, kept: Sequence[Row]) -> list[list[str]]:
    """Write the CSV of what holds, and give back its lines."""
    lines = list(_sheet(folder, kept))
    with writing(folder):
        replace_file(folder / SHEET, sheets.text([COLUMNS, *lines]))
    return lines


def _sheet(folder: Path, kept: Sequence[Row]) -> Iterator[list[str]]:
    holds = Decisions.of(folder).adjustments
    for row in kept:
        parts = {p["extra_data"]["part"]: p for p in row.entries("part")}
        for part, made in holds.get(row.folder, {}).items():
            points = f"{made.points:+g}" if part == OVERALL else number(made.points or 0)
            was = parts.get(part, row.result)["extra_data"].get("adjusted") or {}
            checks = number(was["by_checks"]) if was else ""
            yield [clean(row.folder), part, points, made.why, checks, made.who, made.when]
