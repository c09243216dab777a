"""Questions, answers and errors as JSON beside arrays: written by one side, checked by the other.

What comes from a worker is data: types are checked, texts are cleaned and cut, and what does not
fit is a `ProtocolError`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from nndl2.checks.model import CheckError, Frame, NotWritten, Reason, StudentError, Unusable
from nndl2.checks.notes import NOTES
from nndl2.checks.submission import Argument, Handle, Layer, Odd, Value

from .frames import DTYPES, ProtocolError, shape

NAME_LIMIT = 200
TEXT_LIMIT = 400
DEPTH_LIMIT = 16
LAYER_LIMIT = 4096
LINE_LIMIT = 10_000_000
FRAME_COUNT = 8
SHAPE_RANK = 16
Quote = Callable[[str, str], str]  # a name as it may be shown, or what to show instead
SAYABLE = (Reason.MALFORMED, Reason.CRASHED, Reason.ENVIRONMENT)


def as_it_is(name: str, instead: str) -> str:
    """Quotes every name."""
    return name


def clean(text: Any, limit: int = NAME_LIMIT, keep: str = "") -> str:
    """`text` from a worker without control, format and surrogate characters, cut to `limit`."""
    if not isinstance(text, str):
        raise ProtocolError("a text is no text")
    cut = text[:limit]
    return "".join(c for c in cut if c in keep or not unicodedata.category(c).startswith("C"))


def pack_argument(value: Argument, arrays: list[np.ndarray], key: Callable[[Handle], int]) -> Any:
    """One argument of a question; `key` gives the number by which the worker knows a handle."""
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return {"array": len(arrays) - 1}
    if isinstance(value, Handle):
        return {"handle": [key(value), value.cls, value.path]}
    if value is None or isinstance(value, (bool, int, float, str)):
        return {"plain": value}
    raise TypeError(f"a submission cannot be given a {type(value).__name__}")


def unpack_argument(item: Any, arrays: Sequence[np.ndarray]) -> Argument:
    """The worker's side of `pack_argument`."""
    if "array" in item:
        return arrays[item["array"]]
    return Handle(*item["handle"]) if "handle" in item else item["plain"]


def pack_value(value: Value, arrays: list[np.ndarray], depth: int = 0) -> Any:
    """An answer; an array of a type that does not cross becomes an Odd."""
    if value is None:
        return None
    if isinstance(value, tuple):
        if depth == DEPTH_LIMIT:
            raise ValueError(f"it is nested more than {DEPTH_LIMIT} deep")
        return [pack_value(v, arrays, depth + 1) for v in value]
    if isinstance(value, Odd):
        return {"odd": value.kind}
    if value.dtype.newbyteorder("<").str not in DTYPES:
        return {"odd": f"array of {value.dtype.name}"}
    arrays.append(value)
    return {"array": len(arrays) - 1}


def unpack_value(
    item: Any, arrays: Sequence[np.ndarray], quote: Quote = as_it_is, depth: int = 0
) -> Value:
    """The trusted side of `pack_value`."""
    if item is None:
        return None
    if isinstance(item, list) and depth < DEPTH_LIMIT:
        return tuple(unpack_value(i, arrays, quote, depth + 1) for i in item)
    if isinstance(item, dict) and len(item) == 1:
        if "odd" in item:
            return Odd(quote(clean(item["odd"]), "object of its own type"))
        if type(i := item.get("array")) is int and 0 <= i < len(arrays):
            return arrays[i]
    raise ProtocolError("an answer is no value")


def pack_named(named: Mapping[str, np.ndarray | None], arrays: list[np.ndarray]) -> Any:
    """Arrays by name, in their order: [[name, value], ...]."""
    return [[name, pack_value(array, arrays)] for name, array in named.items()]


def unpack_named(
    item: Any, arrays: Sequence[np.ndarray], quote: Quote = as_it_is
) -> dict[str, np.ndarray | None]:
    """The trusted side of `pack_named`."""
    if not isinstance(item, list):
        raise ProtocolError("no arrays by name")
    found: dict[str, np.ndarray | None] = {}
    for i, pair in enumerate(item):
        if not (isinstance(pair, list) and len(pair) == 2):
            raise ProtocolError("no arrays by name")
        array = unpack_value(pair[1], arrays)
        if isinstance(array, (Odd, tuple)):
            raise ProtocolError("a parameter is no array")
        found[quote(clean(pair[0]), f"parameter {i}")] = array
    return found


def pack_layers(layers: Sequence[Layer]) -> Any:
    """The chain of layers as a list of lists."""
    if len(layers) > LAYER_LIMIT:
        raise ValueError(f"there are more than {LAYER_LIMIT} layers")
    return [[x.path, x.kind, list(x.in_shape), list(x.out_shape)] for x in layers]


def unpack_layers(item: Any, quote: Quote = as_it_is) -> list[Layer]:
    """The trusted side of `pack_layers`."""
    if not isinstance(item, list) or len(item) > LAYER_LIMIT:
        raise ProtocolError("no layers")
    if not all(isinstance(x, list) and len(x) == 4 for x in item):
        raise ProtocolError("no layers")
    return [
        Layer(
            quote(clean(path), "a layer"),
            quote(clean(kind), "another layer"),
            shape(into, SHAPE_RANK),
            shape(out, SHAPE_RANK),
        )
        for path, kind, into, out in item
    ]


def unpack_notes(item: Any) -> tuple[str, ...]:
    """What a worker noted while it loaded the file: codes, whose words are ours."""
    if not isinstance(item, list) or any(not isinstance(n, str) or n not in NOTES for n in item):
        raise ProtocolError("no notes")
    return tuple(dict.fromkeys(item))


def pack_error(error: CheckError) -> dict[str, Any]:
    """What the student's code raised, or could not be asked, as data."""
    if isinstance(error, NotWritten):
        return {"is": "not written", "target": error.target}
    if isinstance(error, Unusable):
        return {
            "is": "unusable",
            "sentence": error.sentence,
            "reason": error.reason.value,
            "target": error.target,
            "line": error.line,
        }
    assert isinstance(error, StudentError)
    return {
        "is": "student",
        "target": error.target,
        "kind": error.kind,
        "message": error.message,
        "lines": [f.line for f in error.frames],
    }


def unpack_error(item: Any) -> CheckError:
    """The trusted side of `pack_error`: the same error again, its fields checked and cut.

    A frame comes with the number of its line alone: the trusted side has a copy of the file.
    """
    if not isinstance(item, dict):
        raise ProtocolError("an error is no object")
    kind, target = item.get("is"), clean(item.get("target"))
    if kind == "not written":
        return NotWritten(target)
    if kind == "student":
        lines = item.get("lines")
        if not isinstance(lines, list) or len(lines) > FRAME_COUNT:
            raise ProtocolError("an error has no lines")
        text = clean(item.get("message"), TEXT_LIMIT)
        frames = tuple(Frame("", _line(line), "") for line in lines)
        return StudentError(target, clean(item.get("kind")), text, frames)
    if kind == "unusable" and item.get("reason") in [r.value for r in SAYABLE]:
        text = clean(item.get("sentence"), TEXT_LIMIT)
        return Unusable(text, Reason(item["reason"]), target, _line(item.get("line")))
    raise ProtocolError("an error of no kind")


def _line(item: Any) -> int:
    if type(item) is not int or not 0 <= item <= LINE_LIMIT:
        raise ProtocolError("no line number")
    return item
