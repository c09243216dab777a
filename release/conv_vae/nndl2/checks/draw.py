"""Random inputs for checks: repeatable for whoever holds the key, not to be guessed without it.

They are made from SHA-256 with integers, exact divisions and one rounding, so that no version of
NumPy, no libm and no processor changes a bit: numbers that were stored for them stay true.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

Shape = tuple[int, ...]
Item = TypeVar("Item")
MIX = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))  # shift, factor: SplitMix64
ADDENDS = 12  # uniform numbers of which a normal one is the sum: its variance is then 1


class Draw:
    """A stream of inputs of one check, derived from a key and the check's id by HMAC-SHA256.

    `known` is for what the checks of one part need not find out again, `built` for what those of
    all parts need not build again, as long as they pass and the process that answers lives.
    """

    def __init__(
        self,
        key: bytes,
        check_id: str,
        known: dict[str, Any] | None = None,
        built: dict[Any, Any] | None = None,
    ):
        self.known = {} if known is None else known
        self.built = {} if built is None else built
        self._course, self._part = key, check_id.partition(".")[0]
        self._key = hmac.new(key, check_id.encode(), hashlib.sha256).digest()
        self._drawn = 0

    def shared(self, what: str = "") -> Draw:
        """A stream of its own that all checks of the part have alike, whichever of them are run."""
        return Draw(self._course, f"{self._part} {what}", self.known, self.built)

    def common(self, what: str) -> Draw:
        """A stream of its own that all checks of all parts have alike."""
        return Draw(self._course, f" {what}", self.known, self.built)

    def kept(self, what: str, *shape: int, low: float, high: float) -> np.ndarray:
        """`common(what).uniform(...)`, drawn once for all checks: it cannot be changed."""
        asked = (what, shape, low, high)
        if asked not in self.built:
            drawn = self.common(what).uniform(*shape, low=low, high=high).copy()
            drawn.flags.writeable = False
            self.built[asked] = drawn
        return self.built[asked]

    def normal(self, *shape: int, mean: float = 0.0, scale: float = 1.0) -> np.ndarray:
        """Normal float32 values of `shape`, times `scale`, plus `mean`; none beyond 6 sigma."""
        n = int(np.prod(shape, dtype=int))
        parts = self._words(n * ADDENDS // 4).astype("<u8", copy=False).view("<u2")
        sums = parts.reshape(n, ADDENDS).astype(np.float64) @ np.ones(ADDENDS)  # exact: integers
        centred = (2 * sums - ADDENDS * 0xFFFF) / 2.0**17
        return (centred * scale + mean).astype(np.float32).reshape(shape)

    def uniform(self, *shape: int, low: float = 0.0, high: float = 1.0) -> np.ndarray:
        """Uniform float32 values of `shape` in [low, high)."""
        n = int(np.prod(shape, dtype=int))
        halves = self._words((n + 1) // 2).astype("<u8", copy=False).view("<u4")[:n] >> 8
        numbers = halves * ((high - low) / 2.0**24)  # float64; 2^24 divides without rounding
        numbers += low
        return numbers.astype(np.float32).reshape(shape)

    def whole(self, *shape: int, low: int, high: int) -> np.ndarray:
        """Whole numbers int64 of `shape` from `low` to `high` - 1."""
        n = int(np.prod(shape, dtype=int))
        spread = (self._words(n) >> np.uint64(32)) % np.uint64(high - low)
        return spread.astype(np.int64).reshape(shape) + low

    def one_of_two(self, shape: Shape, low: float, high: float) -> np.ndarray:
        """float32 values of `shape`, each `low` or `high`."""
        return np.where(self.whole(*shape, low=0, high=2) == 0, low, high).astype(np.float32)

    def one_of(self, options: Sequence[Item]) -> Item:
        """One of `options`."""
        return options[int(self.whole(low=0, high=len(options)))]

    def some_of(self, options: np.ndarray, n: int) -> np.ndarray:
        """`n` different ones of `options`."""
        return options[np.argsort(self._words(len(options)), kind="stable")[:n]]

    def one_hot(self, n: int, classes: int) -> np.ndarray:
        """One-hot float32 labels (n, classes), at least two of them different when n > 1."""
        labels = self.whole(n, low=0, high=classes)
        if n > 1 and classes > 1 and (labels == labels[0]).all():
            labels[-1] = (labels[0] + 1) % classes
        return np.eye(classes, dtype=np.float32)[labels]

    def seed(self) -> int:
        """A seed for the student's random streams."""
        return int(self.whole(low=1, high=2**31 - 1))

    def _words(self, n: int) -> np.ndarray:
        """The next n words of 64 random bits: SplitMix64, begun and stepped by a digest."""
        self._drawn += 1
        digest = hmac.new(self._key, self._drawn.to_bytes(8, "big"), hashlib.sha256).digest()
        first, step, *_ = np.frombuffer(digest, ">u8").astype(np.uint64)
        words = np.arange(n, dtype=np.uint64)
        words *= step | np.uint64(1)
        words += first
        for shift, factor in MIX:
            words ^= words >> np.uint64(shift)
            words *= np.uint64(factor)
        words ^= words >> np.uint64(31)
        return words
