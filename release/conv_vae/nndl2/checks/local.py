"""`Local`: the saved file, read afresh and asked in the notebook's own process."""

from __future__ import annotations

from pathlib import Path

from nndl2.checks.model import Reason, Unusable
from nndl2.probing.probe import Probe


class Local(Probe):
    """A `Submission` that answers from the file as it is saved now, never from a stale module.

    Raises `Unusable` when the file is missing, cannot be read or raises while it loads.
    """

    def __init__(self, file: str | Path):
        path = Path(file)
        try:
            source = path.read_bytes()
        except OSError as e:
            text = f"{path.name} cannot be read here ({e.strerror}); open its folder first"
            raise Unusable(text, Reason.MALFORMED) from None
        super().__init__(source, path.name)
