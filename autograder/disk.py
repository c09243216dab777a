"""Files that a reader, and a machine that stops, sees old or new, whole."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path


def replace_file(path: Path, content: str | bytes, mode: int | None = None) -> None:
    """Write `content` to `path` so that a reader, and a machine that stops, sees old or new,
    whole; with `mode` nobody has more rights to it, not while it is written either."""
    unfinished = path.with_name(f".{path.name}.part")
    try:
        if mode is not None:
            unfinished.touch(mode)
            unfinished.chmod(mode)
        with unfinished.open("wb") as out:
            out.write(content.encode() if isinstance(content, str) else content)
            out.flush()
            os.fsync(out.fileno())
        unfinished.replace(path)
    except OSError:
        with suppress(OSError):
            unfinished.unlink()
        raise


def sync_names(folder: Path) -> None:
    """Have the names in `folder` on the disk, where the system can do that for a folder."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError as e:
        if e.errno not in (errno.EINVAL, errno.ENOTSUP):  # network folders that cannot
            raise
    finally:
        os.close(handle)
