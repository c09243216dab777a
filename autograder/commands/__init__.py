"""What each command does, thin; each imports what it needs."""

from __future__ import annotations

from pathlib import Path

COMPLETED, DIFFERS, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130  # what a command ends with


def lies_in(path: Path, folder: Path) -> bool:
    """Whether a path leads into a folder, where results would be taken for hand-ins."""
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # links that lead nowhere, which is told later
        return False
