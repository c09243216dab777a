"""Frames over a socket: a JSON header and raw arrays, no length believed before it is checked.

A frame is a magic number, the sizes of header and body, the header, and the bytes of the arrays
that the header describes by dtype and shape. There is no pickle, and nothing that could say "pass".
"""

from __future__ import annotations

import json
import math
import socket
import struct
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nndl2.checks.bounds import BYTE_LIMIT, LEAF_LIMIT, QUESTION_LIMIT

MAGIC = b"nnd2"
PREFIX = struct.Struct("!4sII")
HEADER_LIMIT = 1 << 20
FRAME_LIMIT = QUESTION_LIMIT  # bytes of a question's arrays
ANSWER_LIMIT = BYTE_LIMIT  # bytes of what a worker answers
RANK_LIMIT = 8
COUNT_LIMIT = LEAF_LIMIT
CHUNK = 1 << 18
DTYPES = {
    str(np.dtype(name).newbyteorder("<").str): np.dtype(name).newbyteorder("<")
    for name in (
        *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
        *("float16", "float32", "float64"),
    )
}

Header = dict[str, Any]
Arrays = Sequence[np.ndarray]


class ProtocolError(Exception):
    """The other side sent what this protocol does not know."""


def send(
    sock: socket.socket,
    header: Mapping[str, Any],
    arrays: Arrays = (),
    deadline: float | None = None,
    limit: int = FRAME_LIMIT,
) -> None:
    """Write one frame by `deadline` (time.monotonic, s).

    Raises ValueError when its arrays have more than `limit` bytes or another dtype, TimeoutError,
    and EOFError when nobody is left to read it.
    """
    prefix, bodies = _laid_out(header, arrays, limit)
    if sum(map(len, bodies)) <= CHUNK:  # at once: the other side is woken up once
        prefix, bodies = b"".join([prefix, *bodies]), list[memoryview]()
    try:
        for part in [memoryview(prefix), *bodies]:
            sock.settimeout(_left(deadline))
            sock.sendall(part)
    except ConnectionError:
        raise EOFError("the other side is gone") from None


def receive(
    sock: socket.socket, deadline: float | None = None, limit: int = FRAME_LIMIT
) -> tuple[Header, tuple[np.ndarray, ...]]:
    """Read one frame by `deadline` (time.monotonic, s).

    Raises TimeoutError, EOFError when the other side is gone, ProtocolError for anything else than
    a frame with at most `limit` bytes of arrays.
    """
    prefix = _exactly(sock, PREFIX.size, deadline)
    magic, header_size, body_size = PREFIX.unpack(prefix)
    if magic != MAGIC or header_size > HEADER_LIMIT or body_size > limit:
        raise ProtocolError("no frame")
    header = _header(bytes(_exactly(sock, header_size, deadline)))
    layout = _layout(header.pop("arrays", None), body_size)
    body = _exactly(sock, body_size, deadline)
    return header, _arrays(body, layout)


def _laid_out(
    header: Mapping[str, Any], arrays: Arrays, limit: int
) -> tuple[bytes, list[memoryview]]:
    plain = [np.ascontiguousarray(a, a.dtype.newbyteorder("<")).reshape(a.shape) for a in arrays]
    if len(plain) > COUNT_LIMIT or any(a.ndim > RANK_LIMIT for a in plain):
        raise ValueError(f"more than {COUNT_LIMIT} arrays or {RANK_LIMIT} axes")
    if unknown := {a.dtype.name for a in plain if a.dtype.str not in DTYPES}:
        raise ValueError(f"arrays of type {', '.join(sorted(unknown))} cannot be sent")
    text = json.dumps({**header, "arrays": [[a.dtype.str, a.shape] for a in plain]}).encode()
    size = sum(a.nbytes for a in plain)
    if len(text) > HEADER_LIMIT or size > limit:
        raise ValueError(f"more than {limit >> 20} MiB, or too many words")
    bodies = [a.reshape(-1).view(np.uint8).data for a in plain if a.nbytes]
    return PREFIX.pack(MAGIC, len(text), size) + text, bodies


def _header(text: bytes) -> Header:
    try:
        header = DECODER.decode(text.decode())
    except (ValueError, RecursionError):
        raise ProtocolError("the header is no JSON") from None
    if not isinstance(header, dict):
        raise ProtocolError("the header is no object")
    return header


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


DECODER = json.JSONDecoder(parse_constant=_no_number)


def _layout(described: Any, body_size: int) -> list[tuple[np.dtype, tuple[int, ...]]]:
    if not isinstance(described, list) or len(described) > COUNT_LIMIT:
        raise ProtocolError("the arrays are not described")
    layout = [_described(item) for item in described]
    if sum(dtype.itemsize * math.prod(shape) for dtype, shape in layout) != body_size:
        raise ProtocolError("the arrays do not fill the body")
    return layout


def _described(item: Any) -> tuple[np.dtype, tuple[int, ...]]:
    if not (isinstance(item, list) and len(item) == 2 and isinstance(item[0], str)):
        raise ProtocolError("an array is not described by dtype and shape")
    if item[0] not in DTYPES:
        raise ProtocolError("an array has a dtype that is not allowed")
    return DTYPES[item[0]], shape(item[1], RANK_LIMIT)


def shape(item: Any, rank_limit: int) -> tuple[int, ...]:
    """`item` from a header as the shape of an array, else ProtocolError."""
    if not isinstance(item, list) or len(item) > rank_limit:
        raise ProtocolError("a shape has too many axes")
    if not all(type(size) is int and 0 <= size <= FRAME_LIMIT for size in item):
        raise ProtocolError("a shape holds something else than sizes")
    return tuple(item)


def _arrays(
    body: bytearray, layout: Sequence[tuple[np.dtype, tuple[int, ...]]]
) -> tuple[np.ndarray, ...]:
    found, start = [], 0
    for dtype, sizes in layout:
        count = math.prod(sizes)
        flat = np.frombuffer(body, dtype, count, start) if count else np.empty(0, dtype)
        start += flat.nbytes
        if dtype.kind == "b":  # any byte but 0 and 1 would be a third truth value
            flat = flat.view(np.uint8) != 0
        try:
            found.append(flat.reshape(sizes).astype(dtype.newbyteorder("="), copy=True))
        except ValueError:
            raise ProtocolError("a shape is impossible") from None
    return tuple(found)


def _exactly(sock: socket.socket, size: int, deadline: float | None) -> bytearray:
    """`size` bytes; memory grows with what arrives, never with what was announced."""
    data = bytearray()
    while len(data) < size:
        sock.settimeout(_left(deadline))
        try:
            chunk = sock.recv(min(size - len(data), CHUNK))
        except ConnectionError:
            chunk = b""
        if not chunk:
            raise EOFError("the other side is gone")
        data += chunk
    return data


def _left(deadline: float | None) -> float | None:
    if deadline is None:
        return None
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
