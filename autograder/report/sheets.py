"""Lines of CSV for a spreadsheet: whatever a text says, it is shown and never run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def defused(cell: str) -> str:
    """`cell` as a spreadsheet shows it and never runs it."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def text(lines: Iterable[Iterable[str | float]]) -> str:
    """A CSV of these `lines`, the first of which names the columns; numbers stay numbers."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for line in lines:
        writer.writerow([defused(cell) if isinstance(cell, str) else cell for cell in line])
    return out.getvalue()
