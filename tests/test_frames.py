"""Frames: what is one comes back, and what is none is refused."""

from __future__ import annotations

import json
import socket
import struct
import time

import numpy as np
import pytest

from autograder.isolation import (
    frames,
)


def frame(header: object, body: bytes = b"", size: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    announced = len(body) if size is None else size
    return struct.pack("!4sII", frames.MAGIC, len(text), announced) + text + body


def read(data: bytes, seconds: float = 5) -> tuple[frames.Header, tuple[np.ndarray, ...]]:
    """What a reader makes of `data` followed by the end of the connection."""
    here, there = socket.socketpair()
    with here, there:
        there.sendall(data)
        there.shutdown(socket.SHUT_WR)
        return frames.receive(here, time.monotonic() + seconds)


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n",
        struct.pack("!4sII", frames.MAGIC, 1 << 31, 0),
        struct.pack("!4sII", frames.MAGIC, 2, 1 << 31),
        frame([]),
        frame(b"{"),
        frame(b"[" * 99_999),
        frame(b'{"a": ' + b"9" * 9999 + b"}"),
        frame({}),
        frame({"arrays": [["<f4", [2]]]}, b"1234"),
        frame({"arrays": [["<f4", [-1]]]}, b"1234"),
        frame({"arrays": [["<f4", [1.0]]]}, b"1234"),
        frame({"arrays": [["<f4", [True]]]}, b"1234"),
        frame({"arrays": [["<f4", [1] * 9]]}, b"1234"),
        frame({"arrays": [["<f4", [0, 1 << 60]]]}),
        frame({"arrays": [["|O", [1]]]}, b"12345678"),
        frame({"arrays": [["<f4", [0] + [1 << 28] * 7]]}),
        frame({"arrays": [["|b1", [0]]] * 5000}),
    ],
)
def test_what_is_no_frame_is_refused(data):
    with pytest.raises(frames.ProtocolError):
        read(data)


@pytest.mark.parametrize("keep", [3, 15, -1])
def test_a_frame_that_is_cut_off_is_an_end(keep):
    with pytest.raises(EOFError):
        read(frame({"arrays": [["<f4", [1]]]}, b"1234")[:keep])


def test_a_frame_that_does_not_come_ends_the_wait():
    here, there = socket.socketpair()
    with here, there, pytest.raises(TimeoutError):
        there.sendall(frame({"arrays": []})[:-1])
        frames.receive(here, time.monotonic() + 0.05)


def test_a_header_that_is_right_comes_back():
    assert read(frame({"arrays": [], "a": 1})) == ({"a": 1}, ())
