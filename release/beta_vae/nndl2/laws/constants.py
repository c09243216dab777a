"""Laws of a number that is chosen and written down."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import numpy as np

from nndl2.checks.compare import kind_of
from nndl2.checks.model import Mismatch, NotWritten
from nndl2.checks.oracle import Answer
from nndl2.checks.submission import Leaf, Submission


def expect_within(
    student: Submission, name: str, series: Sequence[float], answer: Answer, what: str
) -> None:
    """The constant `name` is a number that is neither too small nor too large.

    The oracle says how many numbers of `series` are too small and how many are not too large. What
    is told is the direction alone: `what`_too_small or `what`_too_large.
    """
    found = student.read(name)
    if found is None:
        raise NotWritten(name)
    if not isinstance(found, Leaf) or found.size != 1 or found.dtype.kind not in "fiu":
        truth = isinstance(found, Leaf) and found.dtype.kind == "b"
        got = "True or False" if truth else kind_of(found)
        raise Mismatch("a number", got, f"{name} is no number")
    value = float(found.reshape(()))
    if np.isnan(value):
        raise Mismatch("a number", "NaN", f"{name} is no number")
    below, upto = (int(n) for n in answer.right.array)
    if value <= 0 or bisect_right(series, value) <= below:
        raise Mismatch(note=f"{name} is too small", diagnosis=f"{what}_too_small")
    if bisect_left(series, value) >= upto:
        raise Mismatch(note=f"{name} is too large", diagnosis=f"{what}_too_large")
