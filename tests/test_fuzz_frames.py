"""Whatever bytes a worker sends: a frame, or one of three errors, in bounded time and memory."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from autograder.isolation import Remote, frames, messages
from autograder.isolation.quotes import Quotes
from nndl2.checks import bounds
from nndl2.checks.compare import close, expect_close
from nndl2.checks.model import (
    CheckError,
    Frame,
    Mismatch,
    NotWritten,
    Reason,
    StudentError,
    Unusable,
)
from nndl2.checks.submission import Handle, Layer, Leaf, Odd, leaf

FUZZ = settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
SECONDS = 5.0
ENDS = (frames.ProtocolError, EOFError, TimeoutError)
MIB = 1 << 20


def read(data: bytes, limit: int = frames.FRAME_LIMIT) -> Any:
    """What `receive` makes of these bytes, after which the other side is gone."""
    here, there = socket.socketpair()
    with here:
        writer = threading.Thread(target=write, args=(there, data))
        writer.start()
        try:
            return frames.receive(here, time.monotonic() + SECONDS, limit)
        finally:
            here.close()
            writer.join()


def write(there: socket.socket, data: bytes) -> None:
    with there, contextlib.suppress(OSError):
        there.sendall(data)


def sent(header: Any, arrays: frames.Arrays = ()) -> bytes:
    """The bytes of one frame."""
    here, there = socket.socketpair()
    found = bytearray()

    def gather() -> None:
        while chunk := there.recv(1 << 16):
            found.extend(chunk)

    reader = threading.Thread(target=gather)
    with there:
        reader.start()
        with here:
            frames.send(here, header, arrays)
        reader.join()
    return bytes(found)


def framed(header: bytes, body: bytes = b"", size: int | None = None) -> bytes:
    """A frame around any header, with a body of announced `size`."""
    announced = len(body) if size is None else size
    return struct.pack("!4sII", frames.MAGIC, len(header), announced) + header + body


@contextlib.contextmanager
def bounded(bytes_more: int) -> Iterator[None]:
    """The block allocates no more than that at a time, and takes no longer than a deadline."""
    start = time.monotonic()
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < bytes_more
    finally:
        tracemalloc.stop()
    assert time.monotonic() - start < 2 * SECONDS


def attempt(ask: Callable[[], Any], allowed: tuple[type[Exception], ...] = ENDS) -> Any:
    """What `ask` gives, or None where it ends in one of the errors that it may."""
    with contextlib.suppress(*allowed):
        return ask()
    return None


numbers = st.one_of(st.integers(), st.integers(-1, 9), st.floats(), st.just(1 << 40))
json_values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=20) | st.sampled_from([*frames.DTYPES]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=20,
)
dtypes = st.sampled_from([d.newbyteorder("=") for d in frames.DTYPES.values()])
arrays = dtypes.flatmap(
    lambda dtype: npst.arrays(dtype, npst.array_shapes(min_dims=0, max_dims=4, min_side=0))
)


# Frames


@FUZZ
@given(st.binary(max_size=200) | st.binary(max_size=60).map(frames.MAGIC.__add__))
def test_any_bytes_are_a_frame_or_one_of_three_errors(data: bytes) -> None:
    attempt(lambda: read(data))


@FUZZ
@given(st.lists(arrays, max_size=3), st.dictionaries(st.text(max_size=9), st.integers()), st.data())
def test_a_frame_that_was_changed_on_its_way_is_no_worse(
    given_arrays: list[np.ndarray], header: dict[str, int], data: st.DataObject
) -> None:
    whole = bytearray(sent(header, given_arrays))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(whole)))
    with bounded(8 * MIB):
        for bytes_sent in (bytes(whole), bytes(whole[:cut]), bytes(whole) + b"more"):
            attempt(partial(read, bytes_sent))


@FUZZ
@given(json_values, st.binary(max_size=64))
@example({"arrays": [["<f8", [0, 1 << 28, 1 << 28, 1 << 28]]]}, b"")
@example({"arrays": [["<f8", [1 << 28] * 8]]}, b"")
@example({"arrays": [["<f8", [-1]]]}, bytes(8))
@example({"arrays": [["<f8", [True]]]}, bytes(8))
@example({"arrays": [["<f8", [1.0]]]}, bytes(8))
@example({"arrays": [["|O", [1]]]}, bytes(8))
@example({"arrays": [["V8", [1]]]}, bytes(8))
@example({"arrays": [["\ud800", [1]]]}, bytes(8))
@example({"arrays": [["<f8,<f8", [1]]]}, bytes(16))
@example({"arrays": [["<f8", [0]]] * 4097}, b"")
@example({"arrays": [["|u1", [1] * 9]]}, b"1")
def test_any_header_is_a_frame_or_one_of_three_errors(header: Any, body: bytes) -> None:
    with bounded(8 * MIB):
        found = attempt(lambda: read(framed(json.dumps(header).encode(), body)))
    for array in found[1] if found else ():
        assert array.dtype.kind in "fiub" and array.size <= len(body)


@pytest.mark.parametrize(
    "header",
    [
        b'{"arrays": [], "number": NaN}',
        b'{"arrays": [], "number": -Infinity}',
        b'{"arrays": [], "number": ' + b"9" * 100_000 + b"}",
        b'{"arrays": ' + b"[" * 500_000,
        b'{"arrays": [], "a": ' + b'{"a":' * 100_000 + b"0" + b"}" * 100_001,
        b'{"arrays": [["<f8", [' + b"1, " * 200_000 + b"1]]]}",
        b'{"arrays": {"0": ["<f8", [0]]}}',
        b"\xff\xfe{",
        b"",
    ],
    ids=["nan", "infinity", "digits", "lists", "objects", "axes", "object", "utf-16", "nothing"],
)
def test_a_header_that_asks_for_trouble_is_refused(header: bytes) -> None:
    with bounded(32 * MIB), pytest.raises(frames.ProtocolError):
        read(framed(header))


def test_of_a_name_that_stands_twice_the_last_one_counts() -> None:
    header, found = read(framed(b'{"n": 1, "arrays": [["|u1", [9]]], "n": 2, "arrays": []}'))
    assert header == {"n": 2} and found == ()


def test_memory_follows_what_arrives_and_not_what_is_announced() -> None:
    header = b'{"arrays": [["|u1", [268435456]]]}'
    with bounded(8 * MIB), pytest.raises(EOFError):
        read(framed(header, b"few", size=1 << 28))
    with pytest.raises(frames.ProtocolError):
        read(framed(header, b"few", size=1 << 28), frames.ANSWER_LIMIT)


def test_a_frame_that_trickles_in_ends_with_its_deadline() -> None:
    here, there = socket.socketpair()
    stop = threading.Event()

    def trickle() -> None:
        with contextlib.suppress(OSError):
            while not stop.wait(0.01):
                there.sendall(b"n")

    with here, there:
        there.sendall(struct.pack("!4sII", frames.MAGIC, 1 << 20, 0))
        writer = threading.Thread(target=trickle)
        writer.start()
        start = time.monotonic()
        with pytest.raises(TimeoutError):
            frames.receive(here, start + 0.3)
        stop.set()
        writer.join()
    assert time.monotonic() - start < SECONDS


@FUZZ
@given(st.lists(arrays, max_size=4), st.dictionaries(st.text(max_size=9), st.integers()))
def test_what_may_be_sent_arrives_as_it_was(
    given_arrays: list[np.ndarray], header: dict[str, int]
) -> None:
    header.pop("arrays", None)
    found, received = read(sent(header, given_arrays))
    assert found == header and len(received) == len(given_arrays)
    for before, after in zip(given_arrays, received):
        assert (before.dtype, before.shape) == (after.dtype, after.shape)
        assert before.tobytes() == after.tobytes() and after.flags.owndata


def test_a_truth_value_is_one_of_two() -> None:
    (found,) = read(framed(b'{"arrays": [["|b1", [3]]]}', b"\x00\x01\xff"))[1]
    assert found.tobytes() == b"\x00\x01\x01"


# Messages


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


# What a submission may be quoted with

SOURCE = b"""class Mine(Exception):
    pass
def f(x):
    raise Mine(x)
"""


@FUZZ
@given(st.text(max_size=40))
@example("Mine")
@example("ValueError")
@example("encoder.0.weight")
@example("0.25")
@example("Mine_0_25")
@example("Mine.3.1.4.1.5.9.2.6")
def test_a_name_is_quoted_from_the_file_or_not_at_all(name: str) -> None:
    quotes = Quotes(SOURCE, "f.py")
    told = quotes.error(StudentError("f", name, ""), "f")
    assert isinstance(told, StudentError)
    if told.kind != "an exception of its own":
        parts = [part.rstrip("0123456789") for part in name.replace(" ", ".").split(".")]
        assert all(part in quotes.words or part == "" for part in parts) and len(parts) <= 8
    assert quotes.name("Mine", "") == "Mine" and quotes.name("Minee", "") == ""


def test_a_line_comes_from_the_graders_copy_and_one_that_is_not_there_is_dropped() -> None:
    error = {"is": "student", "target": "f", "kind": "Mine", "message": "", "lines": [4, 5, 0, 99]}
    told = Quotes(SOURCE, "f.py").error(messages.unpack_error(error), "f")
    assert isinstance(told, StudentError)
    assert told.frames == (Frame("f.py", 4, "raise Mine(x)"),)


@pytest.mark.parametrize(
    ("sentence", "say"),
    [
        ("f.py imports pandas, which is not here", "f.py imports something, which is"),
        ("f.py imports Mine, which is not here", "f.py imports Mine, which is"),
        ("0.25 0.5", "f.py imports something, which is"),
    ],
)
def test_a_missing_package_is_told_in_the_graders_words(sentence: str, say: str) -> None:
    told = Quotes(SOURCE, "f.py").error(Unusable(sentence, Reason.ENVIRONMENT), "f")
    assert isinstance(told, Unusable) and told.sentence.startswith(say)


# Comparing


@FUZZ
@given(
    npst.arrays(np.float64, st.integers(1, 6), elements=st.floats(-9, 9)),
    st.sampled_from([np.nan, np.inf, -np.inf]),
    st.data(),
)
def test_what_is_not_finite_never_passes(want: np.ndarray, odd: float, data: st.DataObject) -> None:
    got = want.copy()
    got[data.draw(st.integers(0, want.size - 1))] = odd
    assert close(want, want) and not close(got, want) and not close(got, got)
    for target in (want, got):
        with pytest.raises(Mismatch):
            expect_close(got, target, rtol=np.inf, atol=np.inf)
