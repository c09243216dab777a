"""The folder root/<data set>/raw that torchvision fills: read with care, mended, downloaded into.

A packed file counts when its md5 is the published one, an extracted file when its header agrees
with its length. Only NumPy is imported with this module.
"""

from __future__ import annotations

import gzip
import hashlib
import http.client
import math
import queue
import socket
import struct
import threading
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

PATIENCE = 5.0  # seconds that a mirror has to answer
Checksums = Mapping[str, str]  # packed file: md5; empty where there is nothing to compare with


def read(folder: Path, part: str, md5: Checksums) -> tuple[np.ndarray, np.ndarray] | None:
    """Images uint8 (N, 28, 28) and labels int64 (N,) of "train" or "t10k"; None unless whole."""
    images = _read_idx(folder / f"{part}-images-idx3-ubyte", 3, md5)
    labels = _read_idx(folder / f"{part}-labels-idx1-ubyte", 1, md5)
    if images is None or labels is None or len(images) != len(labels):
        return None
    return images, labels.astype(np.int64)


def download(dataset: str, root: Path, md5: Checksums) -> str:
    """Let torchvision download into `root`, checksums verified; why it could not, or nothing.

    `dataset` is the name of torchvision's class and of its folder.
    """
    import torchvision.datasets

    torchvision_class = getattr(torchvision.datasets, dataset)
    if not _answers(torchvision_class.mirrors):
        return "no server that has it answered"
    for name in md5:  # torchvision would take a broken extracted file for a good one
        raw = root / dataset / "raw" / name.removesuffix(".gz")
        if raw.is_file() and _read_idx(raw, 3 if "images" in name else 1, md5) is None:
            raw.unlink()
    try:
        with _impatient():
            torchvision_class(root, download=True)
    except Exception as e:  # what can go wrong on the way has no common class
        return (str(e).strip() or type(e).__name__).splitlines()[-1]
    return ""


def _read_idx(raw: Path, dims: int, md5: Checksums) -> np.ndarray | None:
    """What `raw`.gz holds, else what `raw` holds; None where neither is there and whole.

    An extracted file that differs from its packed one is written again.
    """
    packed = raw.with_name(f"{raw.name}.gz")
    with suppress(OSError, EOFError, zlib.error):  # not there, not readable, truncated
        archive = packed.read_bytes()
        if not md5 or hashlib.md5(archive, usedforsecurity=False).hexdigest() == md5[packed.name]:
            content = gzip.decompress(archive)
            _mend(raw, content)
            return _parse_idx(content, dims)
    with suppress(OSError):
        return _parse_idx(raw.read_bytes(), dims)
    return None


def _mend(raw: Path, content: bytes) -> None:
    with suppress(OSError):  # a folder that may not be written to is none of our business
        if raw.is_file() and raw.read_bytes() != content:
            raw.write_bytes(content)


def _parse_idx(content: bytes, dims: int) -> np.ndarray | None:
    """The uint8 array in an idx file: two zeros, type 8, the number of axes, their big-endian
    lengths, the values. None where the header and the number of bytes disagree."""
    start = 4 + 4 * dims
    if len(content) < start or content[:4] != bytes((0, 0, 8, dims)):
        return None
    shape = struct.unpack(f">{dims}I", content[4:start])
    if shape[1:] != (28, 28)[: dims - 1] or not 0 < math.prod(shape) == len(content) - start:
        return None
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape).copy()


def _answers(mirrors: Sequence[str]) -> bool:
    """Whether a mirror answers in time; in threads, for looking a name up has no time limit."""
    replies: queue.Queue[bool] = queue.Queue()

    def ask(url: str) -> None:
        try:
            request = urllib.request.Request(url, method="HEAD")
            urllib.request.urlopen(request, timeout=PATIENCE).close()
        except urllib.error.HTTPError:  # an answer all the same
            replies.put(True)
        except (OSError, ValueError, http.client.HTTPException):
            replies.put(False)
        else:
            replies.put(True)

    for url in mirrors:
        threading.Thread(target=ask, args=(url,), daemon=True).start()
    with suppress(queue.Empty):
        return any(replies.get(timeout=PATIENCE) for _ in mirrors)
    return False


@contextmanager
def _impatient() -> Iterator[None]:
    """torchvision sets no time limit of its own, so that a silent server would hold a class up."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(2 * PATIENCE)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
