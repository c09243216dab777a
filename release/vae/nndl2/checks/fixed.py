"""What is fixed in the course's miniature network, the same for whoever builds it or follows it."""

from __future__ import annotations

from functools import cache

import numpy as np

from nndl2.checks.draw import Draw

Array = np.ndarray
PIXELS, INNER = 784, 5  # of an image, and behind the projection
FAR, WIDE = 500.0, 10.0  # how much the terms of the miniature's loss are enlarged
OFF_DUTY = 0.5  # what comes out of the miniature's encoder is times this in eval mode


@cache
def projection(side: str) -> Array:
    """The fixed weights of one side of the miniature, float32 (PIXELS, INNER)."""
    return Draw(b"miniature", side).normal(PIXELS, INNER, scale=PIXELS**-0.5)
