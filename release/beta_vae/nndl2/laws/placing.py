"""Where the weights of a chain lie in the parameters of whoever wrote it.

A layer's weight may be a parameter of torch's own shape, turned or of other axes, or a part of a
longer one that several pieces share; between maps and rows the channels may come last.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nndl2.laws.maps import LINEAR, Chain, Layer, Shape, Stage
from nndl2.laws.planting import beside

Array = np.ndarray
Slopes = Mapping[str, Array]  # the gradients of a piece's output, by the parameters they reach


@dataclass(frozen=True)
class Place:
    """The parameters that hold a layer's weight and bias, and where in them, flattened, each number
    goes. Without a bias its name is empty."""

    weight: str
    at: Array
    bias: str
    bias_at: Array


def arrangements(slopes: Slopes, chain: Chain) -> Iterator[list[Place]]:
    """Every way to lay out the parameters that gradients reach as the layers of a chain; the
    likeliest comes first, and none where they do not fit."""
    asked = chain.weights
    matrices = [n for n, s in slopes.items() if is_matrix(s.shape, chain)]
    if len(matrices) != len(asked):
        return
    for order in itertools.permutations(matrices):
        ways = [
            list(_ways(part(slopes[name], math.prod(shape)), stage, takes))
            for name, shape, stage, takes in zip(order, asked, chain.stages, chain.maps)
        ]
        for biases in _biases(slopes, order, chain.stages) if all(ways) else ():
            for chosen in itertools.product(*ways):
                yield [_place(slopes, *each) for each in zip(order, biases, chosen, chain.stages)]


def _place(slopes: Slopes, weight: str, bias: str, way: tuple[Array, Array], stage: Stage) -> Place:
    at, order = way
    there = part(slopes[bias], stage.out) if bias else None
    return Place(weight, at, bias, order if there is None else there.ravel()[order])


def is_matrix(shape: Shape, chain: Chain) -> bool:
    """Whether a parameter is a layer's weight and no bias, whatever its axes are."""
    if shape in chain.weights:
        return True
    long = tuple(side for side in shape if side > 1)
    return len(long) > 1 and long not in chain.maps  # a bias may have the shape of a map


def part(slope: Array, size: int) -> Array | None:
    """The places of the `size` numbers of a parameter that a gradient reaches: all of it, or what
    is left of it along one axis."""
    places = np.arange(slope.size).reshape(slope.shape)
    if slope.size == size:
        return places
    for axis in range(slope.ndim):
        others = tuple(a for a in range(slope.ndim) if a != axis)
        reached = np.flatnonzero(slope.any(axis=others))
        if len(reached) * (slope.size // slope.shape[axis]) == size:
            return places.take(reached, axis)
    return None


def _ways(places: Array | None, stage: Stage, takes: Shape) -> Iterator[tuple[Array, Array]]:
    """How places can be those of a layer's weight, and in which order its bias then comes."""
    if places is None:
        return
    shape, order = stage.weight(takes), np.arange(stage.out)
    for base in _turned(places, shape):
        yield base.reshape(shape), order
        if stage.kind == LINEAR and len(takes) == 3:
            yield base[:, channels_last(takes)], order
        if stage.kind == LINEAR and len(stage.gives) == 3:
            yield base[channels_last(stage.gives)], channels_last(stage.gives)


def _turned(places: Array, shape: Shape) -> Iterator[Array]:
    """Places as a matrix of as many rows as a weight of this shape, which come first or last."""
    rows, columns = shape[0], math.prod(shape[1:])
    ends = {places.shape[0], places.shape[-1]}
    if rows == places.shape[0] or rows not in ends:
        yield places.reshape(rows, columns)
    turned = rows == places.shape[-1] and places.shape != shape
    if turned or rows == columns or rows not in ends:
        yield places.reshape(columns, rows).T


def channels_last(shape: Shape) -> Array:
    """For each number of a map (C, H, W), in order, its place where the map is (H, W, C)."""
    channels, height, width = shape
    places = np.arange(math.prod(shape)).reshape(height, width, channels)
    return places.transpose(2, 0, 1).ravel()


def _biases(
    slopes: Slopes, order: Sequence[str], stages: Sequence[Stage]
) -> Iterator[tuple[str, ...]]:
    """Which vector is each weight's bias: that of its name, else each that has the length."""
    vectors = [name for name in slopes if name not in order]
    named = [b if (b := beside(name)) in vectors else "" for name in order]
    free = [name for name in vectors if name not in named]
    options = [
        [v for v in ([name] if name else free) if part(slopes[v], stage.out) is not None] or [""]
        for name, stage in zip(named, stages)
    ]
    for chosen in itertools.product(*options):
        given = [name for name in chosen if name]
        if len({*given}) == len(given):
            yield chosen


def laid(
    places: Sequence[Place], layers: Sequence[Layer], weights: Mapping[str, Array]
) -> dict[str, Array]:
    """Parameters with these layers in their places, and all else as `weights` has it."""
    found: dict[str, Array] = {}
    for place, (_, weight, bias, *_) in zip(places, layers):
        put = [(place.weight, place.at, weight)]
        put += [(place.bias, place.bias_at, bias)] if place.bias else []
        for name, at, values in put:
            flat = found.get(name, weights[name]).flatten()
            flat[at.ravel()] = values.ravel()
            found[name] = flat.reshape(weights[name].shape)
    return found
