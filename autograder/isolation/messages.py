"""Questions, answers and errors as JSON beside arrays: written by one side, checked by the other.

What comes from a worker is data: types are checked, texts are cleaned and cut, and what does not
fit is a `ProtocolError`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from nndl2.checks.bounds import (
    LEAF_LIMIT,
    NAME_LIMIT,
    QUESTION_LIMIT,
    TEXT_LIMIT,
    Room,
    TooMuch,
    cleaned,
)
from nndl2.checks.model import CheckError, Frame, NotWritten, Reason, StudentError, Unusable
from nndl2.checks.notes import NOTES
from nndl2.checks.submission import Argument, Handle, Layer, Leaf, Odd, Value, leaf, nothing

from .frames import DTYPES, RANK_LIMIT, ProtocolError, shape

LAYER_LIMIT = 4096
LINE_LIMIT = 10_000_000
FRAME_COUNT = 8
SHAPE_RANK = 16
FLOAT_BYTES = 4
Quote = Callable[[str, str], str]  # a name as it may be shown, or what to show instead
MARKS = {"number", "graph"}
SAYABLE = (Reason.MALFORMED, Reason.CRASHED, Reason.ENVIRONMENT)


def as_it_is(name: str, instead: str) -> str:
    """Quotes every name."""
    return name


def clean(text: Any, limit: int = NAME_LIMIT, keep: str = "") -> str:
    """`text` from a worker without control, format and surrogate characters, cut to `limit`."""
    if not isinstance(text, str):
        raise ProtocolError("a text is no text")
    return cleaned(text, limit, keep)


def pack_argument(value: Argument, arrays: list[np.ndarray], key: Callable[[Handle], int]) -> Any:
    """One argument of a question; `key` gives the number by which the worker knows a handle.

    Raises `TooMuch` beyond the bounds.
    """
    room = Room(QUESTION_LIMIT)

    def packed(value: Argument, depth: int) -> Any:
        if isinstance(value, Mapping):
            room.enter(depth, len(value))
            return {"dict": [[name, packed(v, depth + 1)] for name, v in value.items()]}
        if isinstance(value, (list, tuple)):
            room.enter(depth, len(value))
            kind = "list" if isinstance(value, list) else "tuple"
            return {kind: [packed(v, depth + 1) for v in value]}
        room.hold(value.nbytes if isinstance(value, np.ndarray) else 0)
        if isinstance(value, np.ndarray):
            arrays.append(value)
            return {"array": len(arrays) - 1}
        if isinstance(value, Handle):
            return {"handle": [key(value), value.cls, value.path]}
        if value is None or isinstance(value, (bool, int, float, str)):
            return {"plain": value}
        raise TypeError(f"a submission cannot be given a {type(value).__name__}")

    return packed(value, 0)


def unpack_argument(item: Any, arrays: Sequence[np.ndarray]) -> Any:
    """The worker's side of `pack_argument`."""
    ((kind, held),) = item.items()
    if kind == "array":
        return arrays[held]
    if kind == "handle":
        return Handle(*held)
    if kind == "dict":
        return {name: unpack_argument(i, arrays) for name, i in held}
    if kind in ("list", "tuple"):
        inner = [unpack_argument(i, arrays) for i in held]
        return inner if kind == "list" else tuple(inner)
    return held


def pack_value(value: Value, arrays: list[np.ndarray]) -> Any:
    """An answer, taken within the bounds; an array of a type that does not cross becomes an Odd."""
    if value is None:
        return None
    if isinstance(value, tuple):
        return [pack_value(v, arrays) for v in value]
    if isinstance(value, dict):
        return {"dict": [[name, pack_value(v, arrays)] for name, v in value.items()]}
    if isinstance(value, str):
        return {"text": value}
    if isinstance(value, Odd):
        return {"odd": value.kind}
    if value.dtype.newbyteorder("<").str not in DTYPES:
        return {"odd": f"array of {value.dtype.name}"}
    arrays.append(np.asarray(value))
    marks = {m: True for m in MARKS if isinstance(value, Leaf) and getattr(value, m)}
    return {"array": len(arrays) - 1, **marks}


def unpack_value(item: Any, arrays: Sequence[np.ndarray], quote: Quote = as_it_is) -> Value:
    """The trusted side of `pack_value`."""
    try:
        return _value(item, arrays, quote, Room(), 0)
    except TooMuch as e:
        raise ProtocolError(str(e)) from None


def _value(item: Any, arrays: Sequence[np.ndarray], quote: Quote, room: Room, depth: int) -> Value:
    if isinstance(item, list):
        room.enter(depth, len(item))
        return tuple(_value(i, arrays, quote, room, depth + 1) for i in item)
    if not isinstance(item, dict):
        room.hold()
        if item is None:
            return None
        raise ProtocolError("an answer is no value")
    if "array" in item:
        return _leaf(item, arrays, room)
    if len(item) != 1:
        raise ProtocolError("an answer is no value")
    ((kind, held),) = item.items()
    if kind == "dict":
        return _dict(held, arrays, quote, room, depth)
    room.hold()
    if kind == "text":
        room.say(text := clean(held, TEXT_LIMIT))
        return text
    if kind == "odd":
        return Odd(quote(clean(held), "object of its own type"))
    raise ProtocolError("an answer is no value")


def _dict(
    item: Any, arrays: Sequence[np.ndarray], quote: Quote, room: Room, depth: int
) -> dict[str, Value]:
    if not isinstance(item, list):
        raise ProtocolError("a dict is no list of pairs")
    room.enter(depth, len(item))
    found: dict[str, Value] = {}
    for pair in item:
        if not (isinstance(pair, list) and len(pair) == 2):
            raise ProtocolError("a dict is no list of pairs")
        room.say(name := clean(pair[0]))
        if name in found:
            raise ProtocolError("a key stands twice in a dict")
        found[name] = _value(pair[1], arrays, quote, room, depth + 1)
    return found


def _leaf(item: dict[str, Any], arrays: Sequence[np.ndarray], room: Room) -> Leaf:
    """An array with what it was, a Python number or a tensor with a graph."""
    number, marks = item["array"], item.keys() - {"array"}
    if type(number) is not int or not 0 <= number < len(arrays):
        raise ProtocolError("an array is not there")
    if len(marks) > 1 or not marks <= MARKS or any(item[m] is not True for m in marks):
        raise ProtocolError("an array is marked as nothing can be")
    array = arrays[number]
    if "number" in marks and array.ndim:
        raise ProtocolError("a number has axes")
    room.hold(array.nbytes)
    return leaf(array, **dict.fromkeys(marks, True))


def pack_named(named: Mapping[str, np.ndarray | None], arrays: list[np.ndarray]) -> Any:
    """Arrays by name, in their order: [[name, value], ...]."""
    return [[name, pack_value(array, arrays)] for name, array in named.items()]


def unpack_named(
    item: Any, arrays: Sequence[np.ndarray], quote: Quote = as_it_is
) -> dict[str, np.ndarray | None]:
    """The trusted side of `pack_named`."""
    if not isinstance(item, list) or len(item) > LEAF_LIMIT:
        raise ProtocolError("no arrays by name")
    found: dict[str, np.ndarray | None] = {}
    for i, pair in enumerate(item):
        if not (isinstance(pair, list) and len(pair) == 2):
            raise ProtocolError("no arrays by name")
        array = unpack_value(pair[1], arrays)
        if not (array is None or isinstance(array, np.ndarray)):
            raise ProtocolError("a parameter is no array")
        name = quote(clean(pair[0]), f"parameter {i}")
        found[name] = None if array is None else np.asarray(array)
    return found


def pack_levelled(named: Mapping[str, np.ndarray | None], arrays: list[np.ndarray]) -> Any:
    """Arrays that hold one number each, by name: [[name, value of the number, shape or null], ...].

    ValueError where their numbers, given in full, would be more than an answer may hold.
    """
    pack_shapes({name: array for name, array in named.items() if array is not None})
    return [
        [name, None, None]
        if array is None
        else [name, pack_value(_one(array), arrays), list(array.shape)]
        for name, array in named.items()
    ]


def _one(array: np.ndarray) -> np.ndarray:
    return np.asarray(array.flat[0] if array.size else 0.0)


def unpack_levelled(
    item: Any, arrays: Sequence[np.ndarray], quote: Quote = as_it_is
) -> dict[str, np.ndarray | None]:
    """The trusted side of `pack_levelled`."""
    if not isinstance(item, list) or not all(isinstance(e, list) and len(e) == 3 for e in item):
        raise ProtocolError("no numbers by name")
    by = unpack_named([each[:2] for each in item], arrays, quote)
    if len(by) != len(item):
        raise ProtocolError("a name comes twice")
    if any(number is not None and number.shape for number in by.values()):
        raise ProtocolError("a gradient without its numbers is no number")
    sizes = [shape(each[2], RANK_LIMIT) if each[1] is not None else () for each in item]
    _expect_held(sizes)
    return {
        name: None if number is None else np.broadcast_to(number, size)
        for (name, number), size in zip(by.items(), sizes)
    }


def pack_shapes(named: Mapping[str, np.ndarray]) -> Any:
    """The shapes of arrays by name, in their order: [[name, shape], ...]; ValueError where their
    numbers would be more than an answer may hold."""
    try:
        _held(array.shape for array in named.values())
    except TooMuch as e:
        raise ValueError(f"the answer is too much: {e}") from None
    return [[name, list(array.shape)] for name, array in named.items()]


def unpack_shapes(
    item: Any, arrays: Sequence[np.ndarray], quote: Quote = as_it_is
) -> dict[str, np.ndarray | None]:
    """The trusted side of `pack_shapes`: zeros of these shapes, as many as numbers might come."""
    if arrays or not isinstance(item, list):
        raise ProtocolError("no shapes by name")
    if not all(isinstance(pair, list) and len(pair) == 2 for pair in item):
        raise ProtocolError("no shapes by name")
    shapes = [shape(sizes, RANK_LIMIT) for _, sizes in item]
    _expect_held(shapes)
    names = [quote(clean(name), f"parameter {i}") for i, (name, _) in enumerate(item)]
    return {name: nothing(sizes) for name, sizes in zip(names, shapes)}


def _expect_held(shapes: Iterable[tuple[int, ...]]) -> None:
    try:
        _held(shapes)
    except TooMuch as e:
        raise ProtocolError(str(e)) from None


def _held(shapes: Iterable[tuple[int, ...]]) -> None:
    """TooMuch where numbers of these shapes would be beyond the bounds of an answer."""
    room = Room()
    for sizes in shapes:
        room.hold(FLOAT_BYTES * math.prod(sizes))


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
        frames = tuple(Frame("", unpack_line(line), "") for line in lines)
        return StudentError(target, clean(item.get("kind")), text, frames)
    if kind == "unusable" and item.get("reason") in [r.value for r in SAYABLE]:
        text = clean(item.get("sentence"), TEXT_LIMIT)
        return Unusable(text, Reason(item["reason"]), target, unpack_line(item.get("line")))
    raise ProtocolError("an error of no kind")


def unpack_line(item: Any) -> int:
    """The number of a line, 0 where there is none."""
    if type(item) is not int or not 0 <= item <= LINE_LIMIT:
        raise ProtocolError("no line number")
    return item
