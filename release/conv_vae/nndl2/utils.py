"""Repeatable random numbers."""

from __future__ import annotations

import random

import numpy as np
import torch


def reset_seed(number: int) -> None:
    """Seed Python's `random`, NumPy and torch (its GPUs too), so that a cell can be repeated.

    NumPy has a stream of its own, so torch's numbers are those of `torch.manual_seed(number)`.
    """
    random.seed(number)
    np.random.seed(number % 2**32)
    torch.manual_seed(number)


def first_normals(n: int = 15) -> torch.Tensor:
    """The next n numbers of torch's normal stream, (1, n): a canary for stored statistics."""
    return torch.randn(1, n)
