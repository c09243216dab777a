"""Whatever a worker answers: values, errors and shapes within their bounds, or it is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from fuzzing import FUZZ, MIB, arrays, attempt, bounded, json_values, read, sent
from hypothesis import example, given
from hypothesis import strategies as st

from autograder.isolation import Remote, frames, messages
from autograder.isolation.quotes import Quotes
from nndl2.checks import bounds
from nndl2.checks.model import (
    CheckError,
    Frame,
    NotWritten,
    Reason,
    StudentError,
    Unusable,
)
from nndl2.checks.submission import Handle, Layer, Leaf, Odd, leaf, nothing


@FUZZ
@given(json_values)
@example({"is": "student", "target": "\ud800", "kind": "\u202e", "message": "", "lines": []})
@example({"is": "student", "target": "f", "kind": "E", "message": "", "lines": [1 << 70]})
@example({"is": "unusable", "target": "", "sentence": "", "reason": ["crashed"], "line": 0})
def test_any_answer_is_read_or_refused(item: Any) -> None:
    unpack_all(item)
    unpack_all({"is": "student", "target": item, "kind": item, "message": item, "lines": item})


def unpack_all(item: Any) -> None:
    refused = (frames.ProtocolError,)
    quote = Quotes(b"x = 1\n", "x.py").name
    for held in (
        item,
        {"dict": item},
        {"text": item},
        {"dict": [["a", item]]},
        {"array": 0, "graph": item},
    ):
        value = attempt(lambda held=held: messages.unpack_value(held, [np.ones(1)], quote), refused)
        assert is_value(value)
    attempt(lambda: messages.unpack_named(item, [np.ones(1)], quote), refused)
    attempt(lambda: messages.unpack_layers(item, quote), refused)
    error = attempt(lambda: messages.unpack_error(item), refused)
    assert error is None or isinstance(error, CheckError)


def is_value(value: Any, depth: int = 0) -> bool:
    """Whether `value` is one of the interface, of its own types and no subclass of them."""
    if type(value) is dict:
        return all(type(n) is str and is_value(v, depth + 1) for n, v in value.items())
    if type(value) is tuple:
        return depth < bounds.DEPTH_LIMIT and all(is_value(v, depth + 1) for v in value)
    if type(value) is Leaf:
        return type(value.number) is bool and type(value.graph) is bool
    return value is None or type(value) in (str, Odd)


@pytest.mark.parametrize("around", [lambda i: [i], lambda i: {"dict": [["a", i]]}])
def test_a_value_nested_without_end_is_refused(around: Callable[[Any], Any]) -> None:
    item: Any = None
    for _ in range(bounds.DEPTH_LIMIT):
        item = around(item)
    assert is_value(messages.unpack_value(item, []))
    for _ in range(100_000):
        item = around(item)
    with pytest.raises(frames.ProtocolError):
        messages.unpack_value(item, [])


MANY = [None] * bounds.LEAF_LIMIT


@pytest.mark.parametrize(
    "item",
    [
        MANY,
        [MANY[:2000], MANY[:2000], MANY[:2000]],
        [{"array": 0}] * 5,  # each of them counts, though they are one
        {"dict": [[str(i), None] for i in range(bounds.LEAF_LIMIT)]},
        {"dict": [["a", None], ["a", None]]},
        {"dict": [["a\n", None], ["a", None]]},  # one key, when it is cleaned
        {"dict": {"a": None}},
        {"dict": [["a"]]},
        {"dict": [[1, None]]},
        {"dict": [], "text": ""},
        [{"text": "x" * 999}] * (bounds.TEXTS_LIMIT // bounds.TEXT_LIMIT + 1),
        {"text": ["x"]},
        {"array": 0, "number": True},
        {"array": 1, "number": 1},
        {"array": 1, "number": True, "graph": True},
        {"array": 1, "graph": False},
        {"array": 1, "pass": True},
        {"array": True},
        True,
        "text",
    ],
)
def test_a_value_beyond_the_bounds_or_of_no_kind_is_refused(item: Any) -> None:
    held = [np.zeros(bounds.BYTE_LIMIT // 4, np.uint8), np.zeros(())]
    with bounded(8 * MIB), pytest.raises(frames.ProtocolError):
        messages.unpack_value(item, held)


def test_a_text_is_cleaned_and_cut() -> None:
    found = messages.unpack_value({"text": "\ud800\u202ea\x1b[2J" + "b" * 999}, [])
    assert found == "a[2J" + "b" * (bounds.TEXT_LIMIT - 7)


texts_of_values = st.text("abc {}", max_size=8)
leaves = arrays.flatmap(
    lambda a: st.sampled_from(
        [leaf(a), leaf(a, graph=True), *([leaf(a, number=True)] if not a.ndim else [])]
    )
)
values = st.recursive(
    st.none() | leaves | texts_of_values | st.sampled_from([Odd("dict"), Odd("Normal")]),
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple) | st.dictionaries(texts_of_values, inner, max_size=3)
    ),
    max_leaves=6,
).filter(lambda value: depth_of(value) <= bounds.DEPTH_LIMIT)


def depth_of(value: Any) -> int:
    """How many containers stand inside each other."""
    if not isinstance(value, (tuple, list, dict)):
        return 0
    inner = value.values() if isinstance(value, dict) else value
    return 1 + max(map(depth_of, inner), default=0)


@FUZZ
@given(values)
def test_a_value_that_crosses_is_equal_on_the_other_side(value: Any) -> None:
    bodies: list[np.ndarray] = []
    header, received = read(sent({"value": messages.pack_value(value, bodies)}, bodies))
    same(value, messages.unpack_value(header["value"], received))


def same(a: Any, b: Any) -> None:
    assert type(a) is type(b)
    if isinstance(a, (tuple, list)):
        assert len(a) == len(b)
        for x, y in zip(a, b):
            same(x, y)
    elif isinstance(a, dict):
        assert list(a) == list(b)
        same(tuple(a.values()), tuple(b.values()))
    elif isinstance(a, np.ndarray):
        assert (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
        assert getattr(a, "graph", None) == getattr(b, "graph", None)
        assert getattr(a, "number", None) == getattr(b, "number", None)
    else:
        assert a == b


plain = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
arguments = st.recursive(
    plain | arrays | st.just(Handle(3, "Net", "body")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


@FUZZ
@given(arguments)
def test_an_argument_that_crosses_is_equal_on_the_other_side(argument: Any) -> None:
    bodies: list[np.ndarray] = []
    if depth_of(argument) > bounds.DEPTH_LIMIT:
        with pytest.raises(bounds.TooMuch):
            messages.pack_argument(argument, bodies, lambda handle: handle.key)
        return
    item = messages.pack_argument(argument, bodies, lambda handle: handle.key)
    header, received = read(sent({"argument": item}, bodies))
    same(argument, messages.unpack_argument(header["argument"], received))


def scripted(header: Any, ask: Callable[[Remote], Any]) -> Any:
    """What a submission says to `ask` when its worker answers `header`; None when it is ended."""
    student = Remote.__new__(Remote)
    student._names, student._handles = {}, [(0, 0)]
    student._quote = Quotes(b"x = 1\n", "x.py").name
    ended = Unusable("ended", Reason.SUSPICIOUS)
    student._lives = SimpleNamespace(  # type: ignore[assignment]
        now=0, ask=lambda *asked: (header, (np.ones(1),)), strange=lambda name: ended
    )
    try:
        return ask(student)
    except Unusable as e:
        assert e is ended
        return None


@FUZZ
@given(json_values, st.sampled_from(["put", "by", "value", "renewed"]))
@example(1, "put")
@example(False, "put")
@example([["a", {"array": 0}], ["a", {"array": 0}]], "by")
@example([["a", None]], "by")
@example([["a", {"dict": []}]], "by")
@example([["a", {"text": "t"}]], "by")
@example(True, "renewed")
def test_any_answer_to_the_verbs_is_read_or_ends_the_worker(item: Any, field: str) -> None:
    net, header = Handle(0, "Net"), {field: item}
    assert scripted(header, lambda s: s.put(net, {"a": np.ones(1)}) or "put") == (
        "put" if field == "put" and item is True else None
    )
    renewed = scripted(header, lambda s: s.renew(net))
    assert renewed is (item if field == "renewed" and isinstance(item, bool) else None)
    shapes = scripted(header, lambda s: s.weights(net, numbers=False))
    assert shapes is None  # arrays came along
    weights = scripted(header, lambda s: s.weights(net))
    assert weights is None or all(type(a) is np.ndarray for a in weights.values())
    assert is_value(scripted(header, lambda s: s.read("CONSTANT")))


@FUZZ
@given(json_values)
@example([["a", None, None], ["b", {"array": 0}, [3, 4]]])
@example([["a", {"array": 0}, None]])
@example([["a", {"array": 0}, [1 << 20, 1 << 20]]])
@example([["a", {"array": 1}, [2]]])
@example([["a", {"array": 0}, [2]]] * 2)
@example([["a", {"text": "t"}, [2]]])
def test_any_gradients_without_numbers_are_read_within_the_bounds_or_refused(item: Any) -> None:
    try:
        found = messages.unpack_levelled(item, (np.array(2.5), np.ones(2)))
    except frames.ProtocolError:
        return
    for slope in found.values():
        if slope is not None:
            assert not slope.flags.writeable and slope.strides == (0,) * slope.ndim
            assert slope.size == 0 or slope.flat[0] == 2.5


@FUZZ
@given(json_values)
@example([["a", [3, 4]], ["b", []]])
@example([["a", [1 << 20, 1 << 20]]])
@example([["a", [2]] * 3])
@example([["a", [2]]] * 5000)
@example([["a", [-1]]])
@example([["a", [1] * 9]])
@example([[1, [1]]])
def test_any_shapes_by_name_are_read_within_the_bounds_or_refused(item: Any) -> None:
    try:
        found = messages.unpack_shapes(item, ())
    except frames.ProtocolError:
        return
    assert sum(4 * w.size for w in found.values()) <= bounds.BYTE_LIMIT
    assert {w.shape for w in found.values()} <= {tuple(sizes) for _, sizes in item}


def test_shapes_of_more_numbers_than_an_answer_may_hold_are_an_error_in_our_words() -> None:
    large = {"weight": nothing((1 << 12, 1 << 13))}
    with pytest.raises(ValueError) as raised:
        messages.pack_shapes(large)
    assert type(raised.value) is ValueError  # the student is told its name
    assert str(raised.value) == "the answer is too much: it holds too many numbers"
    fits = {"weight": nothing((1 << 12, 1 << 12))}
    assert messages.unpack_shapes(messages.pack_shapes(fits), ())["weight"].shape == (4096, 4096)


def test_layers_and_errors_that_cross_are_equal_on_the_other_side() -> None:
    layers = [Layer("0", "Linear", (3, 4), (3, 5)), Layer("1", "ReLU", (), (0, 1 << 20))]
    assert messages.unpack_layers(json.loads(json.dumps(messages.pack_layers(layers)))) == layers
    for error in (
        NotWritten("VAE.encoder"),
        Unusable("no such name", Reason.MALFORMED, "f", 3),
        StudentError("f", "ValueError", "no", (Frame("x.py", 1, "x = 1"),)),
    ):
        back = messages.unpack_error(json.loads(json.dumps(messages.pack_error(error))))
        told = Quotes(b"x = 1\n", "x.py").error(back, "f")
        assert type(told) is type(error)
        if not isinstance(error, NotWritten):
            assert vars(told) == vars(error)
