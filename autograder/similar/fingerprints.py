"""Winnowing: of all runs of K words a few are kept, in two programs the same ones where they agree.

Schleimer, Wilkerson, Aiken, Winnowing: Local Algorithms for Document Fingerprinting, SIGMOD 2003.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from autograder.similar.tokens import words

K, WINDOW = 12, 4  # every run of K + WINDOW - 1 equal words leaves a fingerprint that is equal
FACTOR, MIXED = np.uint64(0x100000001B3), np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Fingerprints:
    """The F fingerprints of a program in its order, each once: hashes uint64 (F,), and the lines
    from which and to which each reaches, int32 (F, 2)."""

    hashes: np.ndarray
    lines: np.ndarray

    @classmethod
    def of(cls, source: bytes, file: str, known: np.ndarray) -> Fingerprints:
        """Those of a program less those that are `known`; Unusable where it is too long."""
        found = words(source, file)
        hashes = grams([word for word, _ in found])
        own = np.flatnonzero(~np.isin(hashes, known))
        kept = own[_winnowed(hashes[own])]
        _, first = np.unique(hashes[kept], return_index=True)
        kept = kept[np.sort(first)]
        lines = np.array([(found[i][1], found[i + K - 1][1]) for i in kept], np.int32)
        return cls(hashes[kept], lines.reshape(-1, 2))


def grams(of: Sequence[str]) -> np.ndarray:
    """A hash of each run of K words, uint64 (len(of) - K + 1,); the same on every machine."""
    ids = np.array([zlib.crc32(word.encode("utf-8", "replace")) for word in of], np.uint64)
    count = max(len(ids) - K + 1, 0)
    hashes = np.zeros(count, np.uint64)
    for start in range(K):
        hashes = hashes * FACTOR + ids[start : start + count]
    hashes = (hashes ^ (hashes >> np.uint64(31))) * MIXED
    return hashes ^ (hashes >> np.uint64(29))


def _winnowed(hashes: np.ndarray) -> np.ndarray:
    """The places of the least hash in each window, int (F,)."""
    if len(hashes) == 0:
        return np.zeros(0, int)
    window = min(WINDOW, len(hashes))
    windows = np.lib.stride_tricks.sliding_window_view(hashes, window)
    return np.unique(np.arange(len(windows)) + windows.argmin(axis=1))
