"""Zip files that equal contents make byte by byte alike, whatever the machine and the hour."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

EPOCH = (1980, 1, 1, 0, 0, 0)  # the first time a zip file can hold
FILE = 0o644


def zipped(members: Mapping[str, bytes], modes: Mapping[str, int] | None = None) -> bytes:
    """A zip of `members`, by their names in it; `modes` are those of a Unix file that differ from
    `FILE`."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(members.items()):
            entry = zipfile.ZipInfo(name, EPOCH)
            mode = (modes or {}).get(name, FILE)
            entry.create_system, entry.external_attr = 3, (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return held.getvalue()
