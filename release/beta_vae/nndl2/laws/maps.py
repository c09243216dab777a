"""Chains of layers through maps (C, H, W) and rows (D,), and known weights for them.

1 x 28 x 28 -> 16 x 24 x 24 -> 10 is a chain of a convolution and a linear layer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from nndl2.checks.draw import Draw
from nndl2.laws.planting import BIAS, SPREAD

Array = np.ndarray
Shape = tuple[int, ...]
CONVOLUTION, TRANSPOSED, LINEAR = "convolution", "transposed convolution", "linear layer"
Layer: TypeAlias = tuple[str, Array, Array, int, int, Shape]
"""kind, weight, bias (out,), stride, padding, and the map or row that it gives."""


@dataclass(frozen=True)
class Stage:
    """A layer of a chain: its kind, and the map or row that it gives."""

    kind: str
    gives: Shape
    kernel: int = 1
    stride: int = 1
    padding: int = 0

    def weight(self, takes: Shape) -> Shape:
        """The shape of its weight, as torch has it, where it takes a map or row of this shape."""
        if self.kind == LINEAR:
            return math.prod(self.gives), math.prod(takes)
        ends = self.gives[0], takes[0]
        return (*(ends[::-1] if self.kind == TRANSPOSED else ends), self.kernel, self.kernel)

    @property
    def out(self) -> int:
        """How long its bias is."""
        return math.prod(self.gives) if self.kind == LINEAR else self.gives[0]


@dataclass(frozen=True)
class Chain:
    """What a piece is asked to be: what it takes, and its layers."""

    takes: Shape
    stages: tuple[Stage, ...]

    @property
    def maps(self) -> list[Shape]:
        """What each layer takes, and what the last one gives."""
        return [self.takes, *(stage.gives for stage in self.stages)]

    @property
    def weights(self) -> list[Shape]:
        """The shape of each layer's weight."""
        return [stage.weight(takes) for stage, takes in zip(self.stages, self.maps)]

    def __str__(self) -> str:
        return told(self.maps)

    def planted(
        self, draw: Draw, square: float, spread: float = SPREAD, reach: float = 0.0
    ) -> list[Layer]:
        """Weights and biases, uniform around zero, with which each layer gives numbers of about
        SPREAD, or of `spread` the last one.

        `square` is the mean square of what goes in. With `reach` the last biases are spread evenly
        between -reach and reach.
        """
        found: list[Layer] = []
        for stage, (takes, gives) in zip(self.stages, pairwise(self.maps)):
            size = SPREAD if stage is not self.stages[-1] else spread
            shape, square = stage.weight(takes), square * _addends(stage, takes)
            bound = size * math.sqrt(3 / square)
            weight = draw.uniform(*shape, low=-bound, high=bound)
            bias = draw.uniform(stage.out, low=-BIAS, high=BIAS)
            found.append((stage.kind, weight, bias, stage.stride, stage.padding, gives))
            square = SPREAD**2 / 2  # of a ReLU's output
        if reach:
            even = np.linspace(-reach, reach, self.stages[-1].out, dtype=np.float32)
            found[-1] = (*found[-1][:2], draw.some_of(even, len(even)), *found[-1][3:])
        return found


def _addends(stage: Stage, takes: Shape) -> float:
    """How many products are added up in a number that a layer gives, away from the edges."""
    if stage.kind == LINEAR:
        return math.prod(takes)
    overlap = stage.stride**2 if stage.kind == TRANSPOSED else 1
    return takes[0] * stage.kernel**2 / overlap


def told(maps: Sequence[Shape]) -> str:
    """1 x 28 x 28 -> 16 x 24 x 24 -> 10"""
    return " -> ".join(by_sizes(shape) for shape in maps)


def by_sizes(shape: Shape) -> str:
    """16 x 24 x 24"""
    return " x ".join(map(str, shape))
