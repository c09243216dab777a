"""What a forward pass returns: three tensors side by side, or the words for what it is instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nndl2.checks.compare import FOR_A_RETURN, kind_of
from nndl2.checks.model import Mismatch, NotWritten
from nndl2.checks.submission import Handle, Odd, Submission, Value


def three_outputs(
    student: Submission, model: Handle, inputs: Sequence[np.ndarray], **how: Any
) -> tuple[Value, Value, Value]:
    """(x_hat, mu, logvar) of one pass, or what says why there is none."""
    out = student.call(model, *inputs, **how)
    if out is None:
        raise NotWritten(model.name, returned=True)
    if not isinstance(out, tuple) or len(out) != 3:
        raise Mismatch("three tensors: x_hat, mu, logvar", kind_of(out), **_wrong(out))
    for place, name, value in zip(("first", "second", "third"), ("x_hat", "mu", "logvar"), out):
        if value is None:
            note = f"the {place} thing that {model.name} returns, {name}, is None"
            raise Mismatch("three tensors", "None among them", note)
    return out


def _wrong(out: Value) -> dict[str, str]:
    """What is wrong with an answer of forward that is no three things: a diagnosis or a note."""
    if isinstance(out, (Odd, str, dict)):
        return {"note": FOR_A_RETURN.get(kind_of(out), "return the three tensors as a tuple")}
    if isinstance(out, tuple) and any(isinstance(each, tuple) for each in out):
        return {"note": "return the three tensors side by side, with no tuple inside the tuple"}
    more = isinstance(out, tuple) and len(out) > 3
    return {"diagnosis": "outputs_too_many" if more else "outputs_missing"}
