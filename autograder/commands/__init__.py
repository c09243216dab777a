"""What each command does, thin; each imports what it needs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

COMPLETED, DIFFERS, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130  # what a command ends with


MOST_NAMED = 5  # students in one line


def tell_astray(folder: Path) -> Sequence[str]:
    """Name on standard error whose result is not as the grader left it; and give them back."""
    from autograder.kept.rows import astray
    from autograder.text import clean

    found = astray(folder)
    if found:
        more = f" and {len(found) - MOST_NAMED} more" if found[MOST_NAMED:] else ""
        names = ", ".join(clean(name, 40) for name in found[:MOST_NAMED])
        print(
            f"not as they were graded (edited, damaged or deleted), so run `autograder grade` again"
            f" for: {names}{more}",
            file=sys.stderr,
        )
    return found


def lies_in(path: Path, folder: Path) -> bool:
    """Whether a path leads into a folder, where results would be taken for hand-ins."""
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # links that lead nowhere, which is told later
        return False
