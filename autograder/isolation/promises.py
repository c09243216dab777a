"""What isolation promises of a worker, and which walls keep each promise."""

from __future__ import annotations

import stat
from collections.abc import Collection
from pathlib import Path

COURSE = Path(__file__).resolve().parents[2]
NETWORK = "reach the network"
KEPT_BY = {  # what a submission must not do: the walls of which one suffices
    "read the files of this machine": ("bubblewrap", "landlock"),
    NETWORK: ("bubblewrap", "seccomp"),
    "reach other processes": ("bubblewrap", "uid", "landlock", "seccomp"),
}


def broken(walls: Collection[str], course: Path = COURSE) -> list[str]:
    """What nothing keeps a submission from behind `walls`, in the words of `KEPT_BY`.

    Another user is a wall around the course's files where they are closed to other users.
    """
    kept = {*walls, *(("landlock",) if "uid" in walls and _closed(course) else ())}
    return [deed for deed, enough in KEPT_BY.items() if not kept & set(enough)]


def _closed(folder: Path) -> bool:
    """Whether users who do not own `folder` cannot enter it."""
    return any(not path.stat().st_mode & stat.S_IXOTH for path in (folder, *folder.parents))
