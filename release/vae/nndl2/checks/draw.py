"""Random inputs for checks: repeatable for whoever holds the key, not to be guessed without it."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import numpy as np

Shape = tuple[int, ...]


class Draw:
    """A stream of inputs of one check, derived from a key and the check's id by HMAC-SHA256.

    `known` is for what the checks of one part need not find out again, as long as they pass and
    the process that answers lives.
    """

    def __init__(self, key: bytes, check_id: str, known: dict[str, Any] | None = None):
        self.known = {} if known is None else known
        digest = hmac.new(key, check_id.encode(), hashlib.sha256).digest()
        self.generator = np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))

    def normal(self, *shape: int, mean: float = 0.0, scale: float = 1.0) -> np.ndarray:
        """Standard normal float32 values of `shape`, times `scale`, plus `mean`."""
        return (self.generator.standard_normal(shape) * scale + mean).astype(np.float32)

    def uniform(self, *shape: int, low: float = 0.0, high: float = 1.0) -> np.ndarray:
        """Uniform float32 values of `shape` in [low, high)."""
        return self.generator.uniform(low, high, shape).astype(np.float32)

    def one_hot(self, n: int, classes: int) -> np.ndarray:
        """One-hot float32 labels (n, classes), at least two of them different when n > 1."""
        labels = self.generator.integers(classes, size=n)
        if n > 1 and classes > 1 and (labels == labels[0]).all():
            labels[-1] = (labels[0] + 1) % classes
        return np.eye(classes, dtype=np.float32)[labels]

    def seed(self) -> int:
        """A seed for the student's random streams."""
        return int(self.generator.integers(1, 2**31 - 1))
