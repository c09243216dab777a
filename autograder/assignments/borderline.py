"""The borderline cases of an assignment: what is let pass, what is not, and why.

Each row of an assignment's `TABLE` is held by a specimen. The policy behind the tables: what counts
is behaviour behind the assignment's contract. A deviation passes when no run of the notebook could
tell it from the assignment; it costs the one part that the contract gives it to otherwise; and what
only might go wrong is shown and never scored.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Borderline:
    """One case: whether it gets full marks, the reason, and the specimen that holds it."""

    case: str
    accepted: bool
    reason: str
    specimen: str
