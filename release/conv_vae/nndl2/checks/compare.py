"""Comparing an answer with what was asked for, and explaining a difference.

All arithmetic is NumPy's in float64. An answer that is not finite never passes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from nndl2.checks.model import Mismatch, NotWritten
from nndl2.checks.numbers import ATOL, RTOL, Numbers, close
from nndl2.checks.oracle import Answer
from nndl2.checks.submission import Odd, Value

Wrong: TypeAlias = Iterable[tuple[str, ArrayLike]]
Mistaken: TypeAlias = Mapping[str, ArrayLike] | Callable[[], Wrong]
FOR_A_RETURN = {  # what comes back of a function that is no plain one: what to do
    "None": "return what it computes",
    "generator": "write return instead of yield",
    "coroutine": "delete async in front of def",
    "async_generator": "delete async in front of def, and write return instead of yield",
}


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape in words; the sizes of one that holds nothing cost nothing, and are not repeated."""
    if 0 in shape:
        return f"an empty tensor of {len(shape)} axes"
    return f"shape {tuple(shape)}"


def kind_of(value: Value) -> str:
    """What an answer is, in a word or two."""
    if isinstance(value, tuple):
        return f"a tuple of {len(value)}"
    if isinstance(value, dict):
        return "a dict"
    if isinstance(value, str):
        return "str"
    return value.kind if isinstance(value, Odd) else "one tensor"


def as_array(value: Value, what: str) -> np.ndarray:
    """`value` as an array, else the Mismatch or NotWritten that says what it is instead."""
    if value is None:
        raise NotWritten(what, returned=True)
    if isinstance(value, np.generic):  # what NumPy makes of arrays of no dimension
        value = np.asarray(value)
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiub":
        return value
    kinds = {"tuple": f"a tuple of {len(value)}"} if isinstance(value, tuple) else {}
    kind = value.kind if isinstance(value, Odd) else type(value).__name__
    if isinstance(value, np.ndarray):
        kind = f"an array of dtype {value.dtype}"
    advice = f"; {FOR_A_RETURN[kind]}" if kind in FOR_A_RETURN else ""
    note = f"{what} returned no tensor{advice}"
    raise Mismatch("a tensor of numbers", kinds.get(kind, kind), note)


def expect_shape(value: Value, shape: tuple[int, ...], what: str, axes: str = "") -> np.ndarray:
    """`value` as an array of `shape`; `axes` names them for the sentence: "(N, Z)"."""
    got = as_array(value, what)
    if got.shape != tuple(shape):
        asked = f"{shape_text(shape)} = {axes}" if axes else shape_text(shape)
        raise Mismatch(asked, shape_text(got.shape), f"{what} has another shape")
    return got


def expect_count(got: int, want: int, what: str, mistaken: Mapping[str, int] | None = None) -> None:
    """A number of things, parameters say, to the digit."""
    if got != want:
        diagnosis = next((name for name, n in (mistaken or {}).items() if n == got), "")
        raise Mismatch(f"{want:,}", f"{got:,}", f"the number of {what} differs", diagnosis)


def expect_close(
    value: Value,
    want: ArrayLike,
    what: str = "the result",
    *,
    mistaken: Mistaken | None = None,
    rtol: float = 1e-4,
    atol: float = 1e-6,
) -> None:
    """`value` equals `want` within `rtol` of want's largest magnitude, or a Mismatch says why not.

    `mistaken` maps a misconception's id to the answer it gives, or yields such pairs when called.
    The first that equals the answer is the diagnosis; without one the nearest coarse fact (shape,
    sign, factor, ...) is told.
    """
    target = np.asarray(want, np.float64)
    got = as_array(value, what)
    if close(got, target, rtol, atol):
        return
    diagnosis = diagnose(got, mistaken, rtol, atol)
    if got.shape != target.shape:
        raise Mismatch(
            shape_text(target.shape), shape_text(got.shape), f"{what} has another shape", diagnosis
        )
    raise Mismatch(*summary(got, target), "" if diagnosis else coarse(got, target, what), diagnosis)


def expect_answer(
    value: Value,
    answer: Answer,
    what: str = "the result",
    *,
    rtol: float = RTOL,
    atol: float = ATOL,
) -> None:
    """`value` is the oracle's right answer, within `rtol` of its largest magnitude.

    Else the first of its mistaken answers that `value` equals is the diagnosis; without one the
    nearest coarse fact is told.
    """
    got = as_array(value, what)
    if answer.right.equal(got, rtol, atol):
        return
    raise difference(got, answer.right, what, cause(got, answer, rtol, atol))


def cause(got: np.ndarray, answer: Answer, rtol: float = RTOL, atol: float = ATOL) -> str:
    """The id of the first misconception whose answer equals `got`, else nothing."""
    if not np.isfinite(got).all():
        return ""
    return next((i for i, wrong in answer.mistakes() if wrong.equal(got, rtol, atol)), "")


def difference(got: np.ndarray, want: Numbers, what: str, diagnosis: str = "") -> Mismatch:
    """What tells `got` from `want`: their shapes, or the element that differs most."""
    if got.shape != want.shape:
        texts = shape_text(want.shape), shape_text(got.shape)
        return Mismatch(*texts, f"{what} has another shape", diagnosis)
    a, b, at = want.elements(got)
    if got.size == 1:
        return Mismatch(*_apart(float(b[0]), float(a[0]), 6), "", diagnosis)
    k = int(worst(a, b)[0])
    expected, found = _apart(float(b[k]), float(a[k]), 4)
    where = f" at {tuple(int(i) for i in np.unravel_index(int(at[k]), got.shape))}"
    note = "" if diagnosis else coarse(a, b, what)
    return Mismatch(expected + where, found + where, note, diagnosis)


def expect_unchanged(kept: Value, before: Sequence[np.ndarray], names: Sequence[str]) -> None:
    """Of the answer of a call with `keep`, the inputs afterwards equal what they were `before`."""
    after = inputs_after(kept)
    if len(after) != len(before):
        return
    for old, new, name in zip(before, after, names):
        if not isinstance(new, np.ndarray) or not np.array_equal(old, new):
            raise Mismatch(note=f"{name} is another after the call", diagnosis="input_changed")


def inputs_after(kept: Value) -> tuple[Value, ...]:
    """The inputs as they are after a call with `keep`; nothing where they did not come back."""
    after = kept[1] if isinstance(kept, tuple) and len(kept) == 2 else ()
    return after if isinstance(after, tuple) else ()


def diagnose(got: np.ndarray, mistaken: Mistaken | None, rtol: float, atol: float) -> str:
    """The id of the first misconception whose answer equals `got`, else nothing."""
    if not np.isfinite(got).all():
        return ""
    for name, wrong in mistaken() if callable(mistaken) else (mistaken or {}).items():
        if close(got, np.asarray(wrong, np.float64), rtol, atol):
            return name
    return ""


def summary(got: np.ndarray, want: np.ndarray) -> tuple[str, str]:
    """What stands behind "expected" and "got": a number, or the element that differs most."""
    if want.size == 1:
        return _apart(float(want.item()), float(got.item()), 6)
    at = worst(got, want)
    where = f" at {tuple(int(i) for i in at)}"
    expected, found = _apart(float(want[at]), float(got[at]), 4)
    return expected + where, found + where


def _apart(want: float, got: float, digits: int) -> tuple[str, str]:
    """Both numbers with `digits` digits, or as many as it takes to tell one from the other."""
    pairs = ((f"{want:.{n}g}", f"{got:.{n}g}") for n in (digits, 6, 9, 17))
    return next((pair for pair in pairs if pair[0] != pair[1]), (f"{want:g}", f"{got:g}"))


def worst(got: np.ndarray, want: np.ndarray) -> tuple[np.intp, ...]:
    with np.errstate(invalid="ignore"):  # of two infinities
        gap = np.nan_to_num(np.abs(got.astype(np.float64) - want), nan=np.inf)
    return np.unravel_index(int(gap.argmax()), want.shape)


def coarse(got: np.ndarray, want: np.ndarray, what: str) -> str:
    """One fact about a difference that no misconception explains. Shapes are equal."""
    a, b = got.astype(np.float64), want.astype(np.float64)
    if not np.isfinite(a).all():
        return f"{what} holds values that are not finite"
    if close(a, -b):
        return f"{what} has the opposite sign"
    if factor := _factor(a, b):
        return f"{what} is {factor:.4g} times what it should be"
    if a.size > 1 and close(a - b, np.full_like(a, (a - b).mean()), 1e-3):
        return f"{what} is off by a constant {(a - b).mean():.4g}"
    if _rows_equal(a) and not _rows_equal(b):
        return f"every row of {what} is the same"
    return f"the largest difference is {np.abs(a - b).max():.3g}" if a.size > 1 else ""


def _factor(a: np.ndarray, b: np.ndarray) -> float:
    """The k with a = k * b, else 0. Any two numbers have one: there only 2, 3, 1/2, ... count."""
    square = float((b * b).sum())
    if not np.isfinite(square) or not square:
        return 0.0
    k = float((a * b).sum()) / square
    if abs(k) < 1e-9 or abs(k - 1) < 2e-3 or not close(a, k * b, 1e-3):
        return 0.0
    whole = max(abs(k), 1 / abs(k))
    return k if a.size > 1 or abs(whole - round(whole)) < 0.01 else 0.0


def _rows_equal(x: np.ndarray) -> bool:
    return x.ndim > 1 and len(x) > 1 and close(x, np.broadcast_to(x[:1], x.shape))
