"""Whatever bytes a worker sends: a frame, or one of three errors, in bounded time and memory."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
import time
from functools import partial
from typing import Any

import numpy as np
import pytest
from fuzzing import FUZZ, MIB, SECONDS, arrays, attempt, bounded, framed, json_values, read, sent
from hypothesis import example, given
from hypothesis import strategies as st

from autograder.isolation import frames


@FUZZ
@given(st.binary(max_size=200) | st.binary(max_size=60).map(frames.MAGIC.__add__))
def test_any_bytes_are_a_frame_or_one_of_three_errors(data: bytes) -> None:
    attempt(lambda: read(data))


@pytest.mark.slow
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
