"""Finding what a student probably meant by another name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, candidates: Iterable[str]) -> str:
    """The candidate most like `name`, case aside, or nothing when none is near."""
    by_fold = {c.casefold(): c for c in candidates if not c.startswith("__")}
    found = difflib.get_close_matches(name.casefold(), by_fold, n=1, cutoff=0.6)
    return by_fold[found[0]] if found else ""
