"""What a pass returns: several tensors side by side, or the words for what it is instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nndl2.checks.compare import FOR_A_RETURN, kind_of
from nndl2.checks.model import Mismatch, NotWritten
from nndl2.checks.submission import Handle, Odd, Submission, Value

COUNTS = {2: "two", 3: "three"}
PLACES = ("first", "second", "third")


def three_outputs(
    student: Submission, model: Handle, inputs: Sequence[np.ndarray], **how: Any
) -> tuple[Value, ...]:
    """(x_hat, mu, logvar) of one pass, or what says why there is none."""
    return outputs(student, model, inputs, ("x_hat", "mu", "logvar"), **how)


def outputs(
    student: Submission,
    target: Handle,
    inputs: Sequence[np.ndarray],
    names: Sequence[str],
    **how: Any,
) -> tuple[Value, ...]:
    """As many tensors as there are `names`, or what says why there are not."""
    out = student.call(target, *inputs, **how)
    if out is None:
        raise NotWritten(target.name, returned=True)
    count = COUNTS[len(names)]
    if not isinstance(out, tuple) or len(out) != len(names):
        asked = f"{count} tensors: {', '.join(names)}"
        raise Mismatch(asked, kind_of(out), **_wrong(out, len(names)))
    for place, name, value in zip(PLACES, names, out):
        if value is None:
            note = f"the {place} thing that {target.name} returns, {name}, is None"
            raise Mismatch(f"{count} tensors", "None among them", note)
    return out


def _wrong(out: Value, count: int) -> dict[str, str]:
    """What is wrong with an answer that is not `count` things: a diagnosis or a note."""
    many = COUNTS[count]
    if isinstance(out, (Odd, str, dict)):
        return {"note": FOR_A_RETURN.get(kind_of(out), f"return the {many} tensors as a tuple")}
    if isinstance(out, tuple) and any(isinstance(each, tuple) for each in out):
        return {"note": f"return the {many} tensors side by side, with no tuple inside the tuple"}
    more = isinstance(out, tuple) and len(out) > count
    return {"diagnosis": "outputs_too_many" if more else "outputs_missing"}
