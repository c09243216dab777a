"""Known weights in a piece, however it is written: both sides make them from a seed.

A piece's weights are matched by shape. Where shapes are equal every order is tried, and every way
to turn a square matrix, for `x @ W` stores it the other way round. One layer may be written as two:
for parts of its input, whose outputs are added (a label has a layer of its own), or for parts of
its output, which stand side by side (a mean and a log sigma have a head each).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nndl2.checks.draw import Draw
from nndl2.checks.model import CheckError
from nndl2.checks.submission import Handle, Submission

Array = np.ndarray
Layers = Sequence[tuple[Array, Array]]  # (weight (out, in), bias (out,)) of each linear layer
SPREAD, BIAS = 4.0, 0.5  # so far from zero that each kind of bend shows
CORE = 4  # units that carry something where the rest of a hidden layer is silent


@dataclass(frozen=True)
class Slot:
    """Where a layer's numbers go: a matrix, turned or not, and a vector unless there is none.

    `rest` is where its last columns go, where a second matrix holds them, whose bias is spare; or
    its last `rows` and the last of its bias.
    """

    weight: str
    turned: bool
    bias: str
    rest: Slot | None = None
    rows: bool = False


def planted(
    draw: Draw, sizes: Sequence[int], square: float, what: str = ""
) -> list[tuple[Array, Array]]:
    """Weights and biases for the linear layers between `sizes`, uniform around zero.

    `square` is the mean square of what goes in. Each layer then gives numbers of about SPREAD.
    Layers of one shape at one place of the chains that are called `what` are alike.
    """
    found = []
    for k, (into, out) in enumerate(itertools.pairwise(sizes)):
        bound, name = SPREAD * math.sqrt(3 / (into * square)), f"layer {k} of {what}"
        weight = draw.kept(f"{name}: weight", out, into, low=-bound, high=bound)
        found.append((weight, draw.kept(f"{name}: bias", out, low=-BIAS, high=BIAS)))
        square = SPREAD**2 / 2  # of a ReLU's output
    return found


def widened(layers: Layers, shapes: Sequence[tuple[int, int]]) -> list[tuple[Array, Array]]:
    """`layers` among zeros, in the first rows and columns of layers of these shapes (out, in)."""
    found = []
    for (weight, bias), (out, into) in zip(layers, shapes):
        wide, tall = np.zeros((out, into), np.float32), np.zeros(out, np.float32)
        wide[: weight.shape[0], : weight.shape[1]] = weight
        tall[: len(bias)] = bias
        found.append((wide, tall))
    return found


def arrangements(
    weights: Mapping[str, Array], shapes: Sequence[tuple[int, int]]
) -> Iterator[list[Slot]]:
    """Every way to lay a piece's weights out as layers of these shapes; the likeliest comes first.

    Nothing is yielded when they do not fit.
    """
    asked = {*shapes, *((into, out) for out, into in shapes)}
    two = [n for n, w in weights.items() if w.ndim == 2]
    matrices = [n for n in two if 1 not in weights[n].shape or weights[n].shape in asked]
    if len(matrices) == len(shapes) + 1:
        yield from _in_two(weights, matrices, shapes)
    if len(matrices) != len(shapes):
        return
    for order in itertools.permutations(matrices):
        fits = [_ways(weights[n].shape, shape) for n, shape in zip(order, shapes)]
        if not all(fits):
            continue
        for biases in _biases(weights, matrices, order, [out for out, _ in shapes]):
            for turns in itertools.product(*fits):
                yield [Slot(*slot) for slot in zip(order, turns, biases)]


def _in_two(
    weights: Mapping[str, Array], matrices: Sequence[str], shapes: Sequence[tuple[int, int]]
) -> Iterator[list[Slot]]:
    """The same, where one layer is written as two: for parts of its input, or of its output."""
    pairs, yes_no = itertools.permutations(matrices, 2), (False, True)
    for (first, second), shape, rows, turned in itertools.product(pairs, shapes, yes_no, yes_no):
        out, into = weights[second].shape[:: -1 if turned else 1]
        lacking = (shape[0] - out, shape[1]) if rows else (shape[0], shape[1] - into)
        fits = (into == shape[1] if rows else out == shape[0]) and min(lacking) > 0
        both = {beside(first), beside(second)} <= {*weights}
        whole = {**weights, first: np.broadcast_to(np.float32(0), shape)}
        whole |= {beside(first): whole[first][:, 0]} if both and rows else {}
        for name in (second, beside(second)) if both else (second,):
            del whole[name]
        for way in _ways(weights[first].shape, lacking) if fits else ():
            rest = Slot(second, turned, beside(second) if both else "")
            for slots in arrangements(whole, shapes):
                yield [
                    Slot(first, way, s.bias, rest, rows) if s.weight == first else s for s in slots
                ]


def free_shapes(weights: Mapping[str, Array], sizes: Sequence[int]) -> list[tuple[int, int]]:
    """The shapes (out, in) of a piece's layers where only its hidden widths are others, else []."""
    shapes = [w.shape for w in weights.values() if w.ndim == 2]
    if len(shapes) != len(sizes) - 1:
        return []
    for order in itertools.permutations(shapes):
        chained = all(a[0] == b[1] for a, b in itertools.pairwise(order))
        ends = order[0][1] == sizes[0] and (order[-1][0] == sizes[-1] or sizes[-1] == sizes[-2])
        if chained and ends and min(out for out, _ in order) >= min(CORE, *sizes):
            return [(int(out), int(into)) for out, into in order]
    return []


def _ways(shape: tuple[int, ...], asked: tuple[int, int]) -> list[bool]:
    """Turned or not: how a matrix of `shape` can be one of the `asked` shape."""
    return [turned for turned in (False, True) if (shape[::-1] if turned else shape) == asked]


def _biases(
    weights: Mapping[str, Array],
    matrices: Sequence[str],
    order: Sequence[str],
    outs: Sequence[int],
) -> Iterator[list[str]]:
    """Which vector belongs to each matrix: that of its name, else each that has the length."""
    vectors = {n: w.size for n, w in weights.items() if w.size == max(w.shape, default=0)}
    named = {m: b for m in matrices if (b := beside(m)) in vectors}
    free = [n for n in vectors if n not in named.values()]
    lacking = [m for m in order if m not in named]
    length = dict(zip(order, outs))
    seen = False
    for chosen in itertools.permutations(free, min(len(free), len(lacking))):
        pairs = dict(zip(lacking, chosen))
        if all(vectors[b] == length[m] for m, b in {**named, **pairs}.items()):
            seen = True
            yield [named.get(m) or pairs.get(m, "") for m in order]
    if not seen and all(vectors[named[m]] == length[m] for m in named):
        yield [named.get(m, "") for m in order]


def beside(matrix: str) -> str:
    """What a bias is called beside a matrix: "0.bias" beside "0.weight"."""
    prefix, found, rest = matrix.rpartition("weight")
    return f"{prefix}bias{rest}" if found else ""


def put(
    student: Submission,
    target: Handle,
    slots: Sequence[Slot],
    layers: Layers,
    weights: Mapping[str, Array],
) -> None:
    """Plant `layers` in a piece that has these `weights`, as `slots` say."""
    arrays: dict[str, Array] = {}
    for slot, (weight, bias) in zip(slots, layers):
        if slot.rest and slot.rows:
            n = weights[slot.rest.weight].size // weight.shape[1]
            arrays |= _numbers(slot.rest, weight[-n:], bias[-n:], weights)
            weight, bias = weight[:-n], bias[:-n]
        elif slot.rest:
            n = weights[slot.rest.weight].size // len(weight)
            arrays |= _numbers(slot.rest, weight[:, -n:], 0 * bias, weights)
            weight = weight[:, :-n]
        arrays |= _numbers(slot, weight, bias, weights)
    student.put(target, arrays)


def _numbers(
    slot: Slot, weight: Array, bias: Array, weights: Mapping[str, Array]
) -> dict[str, Array]:
    """What the parameters of one slot become, by name."""
    found = {slot.weight: np.ascontiguousarray(weight.T if slot.turned else weight)}
    return found | ({slot.bias: bias.reshape(weights[slot.bias].shape)} if slot.bias else {})


def plant(student: Submission, target: Handle, layers: Layers) -> bool:
    """Plant `layers` in a piece where their shapes fit, in the likeliest order, and say whether."""
    shapes = [(int(w.shape[0]), int(w.shape[1])) for w, _ in layers]
    try:
        weights = student.weights(target, numbers=False)
        slots = next(arrangements(weights, shapes), None)
        if slots is None:
            return False
        put(student, target, slots, layers, weights)
    except CheckError:
        return False
    return True


def silence(student: Submission, target: Handle, levels: Array) -> bool:
    """Have a piece of one linear layer give `levels` (Z,) whatever goes in, and say whether it is
    one; how wide its input is does not matter."""
    try:
        weights = student.weights(target, numbers=False)
    except CheckError:
        return False
    wide = {max(w.shape) for w in weights.values() if w.ndim == 2 and len(levels) in w.shape}
    return any(
        plant(student, target, [(np.zeros((len(levels), n), np.float32), levels)]) for n in wide
    )


def taken(weights: Mapping[str, Array], slots: Sequence[Slot]) -> list[tuple[Array, Array]]:
    """The inverse of `put`: the layers that a piece's weights are, float64, as `slots` say."""
    found = []
    for slot in slots:
        weight, bias = _taken(weights, slot)
        if slot.rest:
            last, spare = _taken(weights, slot.rest)
            weight = np.concatenate([weight, last], 0 if slot.rows else 1)
            bias = np.concatenate([bias, spare]) if slot.rows else bias + spare
        found.append((weight, bias))
    return found


def _taken(weights: Mapping[str, Array], slot: Slot) -> tuple[Array, Array]:
    weight = weights[slot.weight].astype(np.float64)
    weight = weight.T if slot.turned else weight
    bias = weights[slot.bias].astype(np.float64).ravel() if slot.bias else np.zeros(len(weight))
    return weight, bias


def spare(weights: Mapping[str, Array], shapes: Sequence[tuple[int, int]]) -> int:
    """How many of a piece's parameters are second biases of a layer that is written as two."""
    slots = next(arrangements(weights, shapes), [])
    added = (s.rest.bias for s in slots if s.rest and s.rest.bias and not s.rows)
    return sum(weights[bias].size for bias in added)
