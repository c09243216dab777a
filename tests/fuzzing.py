"""Bytes, JSON and arrays of any kind, and how they are sent, for the tests that fuzz."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from autograder.isolation import frames

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
