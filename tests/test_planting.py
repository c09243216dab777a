"""Known weights find their places, also where a layer is written as two."""

from __future__ import annotations

import numpy as np
import pytest

from nndl2.laws import planting

SHAPES = [(9, 8), (4, 9)]
LAST = {"last.weight": (4, 9), "last.bias": (4,)}
TWO = {
    "as one": {"a.weight": (9, 8), "a.bias": (9,)},
    "a part of the input each": {"a.weight": (9, 5), "a.bias": (9,), "b.weight": (9, 3)},
    "one of them an embedding": {"a.weight": (9, 5), "a.bias": (9,), "b.weight": (3, 9)},
    "a bias each": {"a.weight": (9, 5), "a.bias": (9,), "b.weight": (9, 3), "b.bias": (9,)},
    "a part of the output each": {
        "a.weight": (2, 8),
        "a.bias": (2,),
        "b.weight": (7, 8),
        "b.bias": (7,),
    },
}


class Piece:
    """What is put into a piece."""

    def __init__(self, shapes: dict[str, tuple[int, ...]]):
        self.weights = {n: np.full(s, 7, np.float32) for n, s in shapes.items()}

    def put(self, target, arrays):
        for name, array in arrays.items():
            assert array.shape == self.weights[name].shape
            self.weights[name] = array


@pytest.mark.parametrize("way", TWO)
def test_layers_are_planted_and_taken_however_they_are_written(way: str):
    piece, random = Piece({**TWO[way], **LAST}), np.random.default_rng(0)
    layers = [(random.normal(size=s), random.normal(size=s[0])) for s in SHAPES]
    slots = next(planting.arrangements(piece.weights, SHAPES))
    planting.put(piece, None, slots, layers, piece.weights)
    for (weight, bias), (again, same) in zip(layers, planting.taken(piece.weights, slots)):
        assert np.allclose(weight, again)
        assert np.allclose(bias, same)
    assert planting.spare(piece.weights, SHAPES) == (9 if way == "a bias each" else 0)


def test_a_layer_too_many_is_no_layer_in_two():
    more = {"a.weight": (9, 8), "b.weight": (9, 9), **LAST}
    assert not any(planting.arrangements(Piece(more).weights, SHAPES))
