"""Wrong programs that are listed as rows of a table."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.assignments.edits import Edit, Wrong

Row = tuple[str, str, str, str, str, str, str]


def of_rows(rows: Sequence[Row]) -> tuple[Wrong, ...]:
    """Wrong programs of one edit each: region, part, name, check that fails, misconception, what
    stands there, what instead."""
    return tuple(
        Wrong(f"{part}_{name}", f"{part}.{check}", cause, (Edit(region, old, new),))
        for region, part, name, check, cause, old, new in rows
    )
