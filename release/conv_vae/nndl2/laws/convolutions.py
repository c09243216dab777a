"""Laws of a piece that is a chain of convolutions, transposed convolutions and linear layers.

The piece may be a module, or a method of an object that has other layers of the same shapes: the
gradients of its output tell which weights are its own, and not what they are called.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np

from nndl2.checks.compare import as_array, cause
from nndl2.checks.model import CheckError, Mismatch, NotRun, NotWritten, StudentError
from nndl2.checks.numbers import ATOL, RTOL, close
from nndl2.checks.oracle import Answer
from nndl2.checks.submission import Handle, Mode, Submission, Value
from nndl2.laws import faults
from nndl2.laws.maps import TRANSPOSED, Chain, Layer
from nndl2.laws.placing import Place, Slopes, arrangements, laid
from nndl2.laws.values import expect_known

Array = np.ndarray
MOST_TRIED = 24  # arrangements of weights that fit in several ways


@dataclass(frozen=True)
class Piece:
    """What a target makes of x, or the element `pick` of a tuple of outputs, as a chain.

    `what` is its name in a sentence.
    """

    student: Submission
    target: Handle
    x: Array
    chain: Chain
    what: str
    pick: int | None = None

    def slopes(self) -> Slopes:
        """The gradients of the output for the parameters that they reach."""
        found = self.student.gradients(self.target, self.x, wrt="parameters", pick=self.pick)
        if found.output is None:
            raise NotWritten(self.target.name, returned=True)
        return {name: slope for name, slope in found.by.items() if slope is not None}

    def output(self, mode: Mode = "eval") -> Array:
        """What it gives, as an array."""
        return self._own(self.student.call(self.target, self.x, mode=mode))

    def _own(self, value: Value) -> Array:
        if self.pick is not None and isinstance(value, tuple) and self.pick < len(value):
            value = value[self.pick]
        return as_array(value, self.what)


def expect_taken(
    student: Submission, asked: tuple[Handle, Array], usual: tuple[Handle, Array]
) -> None:
    """A target takes what it is given; that it takes the usual sizes alone is told as the cause."""
    try:
        student.call(*asked)
    except StudentError:
        with suppress(StudentError):
            student.call(*usual)
            note = f"{asked[0].name} works for the sizes of the notebook's example alone"
            raise Mismatch(note=note, diagnosis="size_hard_coded") from None
        raise


def expect_chain(piece: Piece, fixed: faults.Fixed) -> None:
    """The layers of a piece run through the asked maps; else both chains are shown, and the first
    layer that differs is named.

    `fixed` are the sizes that a kind of layer has where an argument is written as a number.
    """
    slopes = piece.slopes()
    if any(arrangements(slopes, piece.chain)):
        return
    if cut := next(_cut(piece, slopes), ""):
        note = f"no gradient of {piece.what} reaches {cut}"
        raise Mismatch(note=note, diagnosis="no_gradient")
    raise _fault(piece, slopes, fixed)


def _fault(piece: Piece, slopes: Slopes, fixed: faults.Fixed) -> Mismatch:
    """What its layers at work show."""
    shapes = {name: slope.shape for name, slope in slopes.items()}
    seen = piece.student.layers(piece.target, piece.x)
    return faults.difference(piece.chain, seen, shapes, fixed)


def _cut(piece: Piece, slopes: Slopes) -> Iterator[str]:
    """Weights that no gradient reaches though the output depends on them."""
    student, target = piece.student, piece.target
    lacking = {int(np.prod(shape)) for shape in piece.chain.weights}
    lacking -= {slope.size for slope in slopes.values()}
    weights = student.weights(target)
    for name, weight in weights.items():
        if weight.size in lacking and name not in slopes:
            before = piece.output()
            if not close(piece.output(), before):
                return  # it is another each time, whatever the weights
            student.put(target, {name: weight + 1})
            after = piece.output()
            student.put(target, {name: weight})
            if not close(after, before):
                yield name


def expect_branches(pieces: Sequence[Piece]) -> None:
    """Pieces of one target have a last layer each, and all before in common."""
    places = [next(arrangements(piece.slopes(), piece.chain)) for piece in pieces]
    names = " and ".join(piece.what for piece in pieces)
    (*first, head), *others = places
    for *trunk, other in others:
        if other.weight == head.weight and np.array_equal(other.at, head.at):
            raise Mismatch(note=f"{names} come of one layer", diagnosis="one_head_for_both")
        if [place.weight for place in trunk] != [place.weight for place in first]:
            note = f"{names} have convolutions of their own each"
            raise Mismatch(note=note, diagnosis="convolutions_twice")


def expect_learning(pieces: Sequence[Piece], layers: Sequence[Sequence[Layer]]) -> None:
    """Each layer of the pieces can learn from where it starts.

    One that gets no gradient may wait for another that starts at zero; so it is asked again among
    `layers` of known weights, and its own weights as they are.
    """
    for piece, known in zip(pieces, layers):
        slopes = piece.slopes()
        places = next(arrangements(slopes, piece.chain))
        weights = piece.student.weights(piece.target)
        for k, place in enumerate(places):
            if _learns(slopes, place):
                continue
            others = laid(_without(places, k), _without(known, k), weights)
            piece.student.put(piece.target, others)
            among = piece.slopes()
            piece.student.put(piece.target, {name: weights[name] for name in others})
            if not _learns(among, place):
                note = f"the gradient for layer {k + 1}, a {piece.chain.stages[k].kind}, is zero"
                raise Mismatch(note=note, diagnosis="dead_layer")
        _expect_different_units(piece, places, weights)


def _learns(slopes: Slopes, place: Place) -> bool:
    """Whether the gradient for a layer's weight is not zero."""
    return place.weight in slopes and bool(slopes[place.weight].ravel()[place.at].any())


T = TypeVar("T")


def _without(some: Sequence[T], at: int) -> list[T]:
    return [each for k, each in enumerate(some) if k != at]


def _expect_different_units(
    piece: Piece, places: Sequence[Place], weights: Mapping[str, Array]
) -> None:
    """No layer starts with units that are all alike and serve alike: they would stay alike."""
    for k, (place, after) in enumerate(pairwise(places)):
        own, following = (weights[each.weight].ravel()[each.at] for each in (place, after))
        kind = piece.chain.stages[k].kind
        units = own.swapaxes(0, 1) if kind == TRANSPOSED else own
        bias = weights[place.bias].ravel()[place.bias_at] if place.bias else np.zeros(1)
        if not (np.ptp(units, axis=0).any() or np.ptp(bias) or np.ptp(following)):
            note = f"all units of layer {k + 1}, a {kind}, start with the same weights"
            raise Mismatch(note=note, diagnosis="units_alike")


def expect_own_weights(pieces: Sequence[Piece], other: Piece) -> None:
    """No weight of `pieces`, where these work, is one of the `other` piece as well."""
    mine: set[str] = set()
    with suppress(StudentError):
        mine = {name for piece in pieces for name in piece.slopes()}
    if shared := [name for name in other.slopes() if name in mine]:
        note = f"{', '.join(shared[:4])} serves {pieces[0].target.name} and {other.target.name}"
        raise Mismatch(note=note, diagnosis="shared_layer")


def expect_planted(
    pieces: Sequence[Piece],
    layers: Sequence[Sequence[Layer]],
    answers: Sequence[Answer],
    rtol: float = RTOL,
    atol: float = ATOL,
) -> None:
    """With known layers in them, the pieces of a target give the oracle's answers, in both modes.

    The weights may lie in the parameters in several ways: one of them has to fit.
    """
    tried: list[tuple[Piece, Array, Answer]] = []
    for _ in planted(pieces, layers):
        outputs = [piece.output() for piece in pieces]
        asked = list(zip(pieces, outputs, answers))
        wrong = [each for each in asked if not each[2].right.equal(each[1], rtol, atol)]
        if not wrong:
            tried = [(piece, piece.output("train"), answer) for piece, _, answer in asked]
            break
        tried.append(wrong[0])
    else:
        explained = (each for each in tried if cause(each[1], each[2], rtol, atol))
        tried = [next(explained, tried[0])] if tried else tried
    if not tried:
        raise NotRun("it needs layers of the asked sizes")
    for piece, got, answer in tried:
        try:
            expect_known(piece.student, piece.target, got, answer, piece.x, rtol, atol, piece.what)
        except Mismatch as e:
            raise (e if e.diagnosis else _seen(piece, e)) from None


def _seen(piece: Piece, told: Mismatch) -> Mismatch:
    """What the piece at work shows of a difference that no known mistake explains."""
    if not close(piece.output("train"), piece.output("train")):
        return Mismatch(told.expected, told.got, told.note, "noise_inside")
    fault = _fault(piece, piece.slopes(), {})
    return fault if fault.diagnosis else told


def planted(
    pieces: Sequence[Piece], layers: Sequence[Sequence[Layer]]
) -> Iterator[list[list[Place]]]:
    """Plant layers in the pieces of a target, in each way in which they fit; each is a step."""
    ways = [
        list(itertools.islice(arrangements(piece.slopes(), piece.chain), MOST_TRIED))
        for piece in pieces
    ]
    weights = pieces[0].student.weights(pieces[0].target)  # those of lazy layers are there by now
    for places in itertools.islice(itertools.product(*ways), MOST_TRIED):
        numbers = dict(weights)
        for own, those in zip(places, layers):
            numbers |= laid(own, those, numbers)
        changed = {name: w for name, w in numbers.items() if w is not weights[name]}
        pieces[0].student.put(pieces[0].target, changed)
        yield list(places)


def plant(pieces: Sequence[Piece], layers: Sequence[Sequence[Layer]]) -> bool:
    """Plant layers in the pieces of a target where they fit, in the likeliest way, and say
    whether."""
    with suppress(CheckError):
        return any(planted(pieces, layers))
    return False


def silence(pieces: Sequence[Piece], levels: Sequence[Array]) -> bool:
    """Have the last layer of each piece give `levels` whatever goes in, and say whether that can
    be had."""
    numbers: dict[str, Array] = {}
    try:
        ways = [next(arrangements(piece.slopes(), piece.chain), [None]) for piece in pieces]
        weights = pieces[0].student.weights(pieces[0].target)
        for (*_, last), level in zip(ways, levels):
            if last is None or not last.bias:
                return False
            quiet = np.zeros(last.at.shape, np.float32)
            numbers |= laid([last], [("", quiet, level, 1, 0, ())], weights | numbers)
        pieces[0].student.put(pieces[0].target, numbers)
        return all(
            close(piece.output(), np.broadcast_to(level, (len(piece.x), len(level))), atol=1e-5)
            for piece, level in zip(pieces, levels)
        )
    except CheckError:
        return False
