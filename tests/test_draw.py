"""Inputs of checks: the same bits on every machine, of the kind they are called."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from nndl2.checks.draw import Draw

MANY = 40_000
PINNED = {  # SHA-256 of what each kind draws with the public key: numbers were stored for these
    "normal": "8572fd3b3639315ca01a6b6599565322615ed7ffe99191d83f52bfb89ec86b98",
    "uniform": "c958ba7617ea9501386b35b14336da562ac4e68b2dba57330e9c0fe07d377df4",
    "whole": "bd9383abafbeaa91fd5aa2b4dfeb9b970428fd4de11cc5a04d907e6d6e7deeab",
    "one_of_two": "994514412377425dab941fc97e137db6fc18fe6bca794bdea021e892fb1e3738",
    "one_of": "bcc384a11c7c612c6d741227ff089f7aa8b8cb93d353a47c3b362f9c73ebaeb3",
    "some_of": "2c329f9e3eafe62522d212f0c06fbcf16950b48e95b6a80de0d21a8a4fa0252e",
    "one_hot": "3b977668dd7e9aff7d6b7c0a26a7e44a19aed26e800c58d326837696540ff996",
    "seed": "d0653981310becfbf7a5049b58af34ee0237c4c73a0f7cad711b7c7abcdb9167",
    "shared": "e9e67702bce181bbc43eb0b1c60d402afabad0220728a114160b04e4c4b88986",
}


def drawn(kind: str) -> list[np.ndarray]:
    """Some draws of one kind, in different shapes and ranges."""
    draw = Draw(b"", f"pinned.{kind}")
    if kind == "normal":
        return [draw.normal(), draw.normal(3, 5), draw.normal(777, mean=-2.5, scale=0.3)]
    if kind == "uniform":
        return [draw.uniform(), draw.uniform(7, 3), draw.uniform(778, low=-3, high=0.1)]
    if kind == "whole":
        return [draw.whole(low=0, high=2), draw.whole(500, low=-7, high=1000)]
    if kind == "one_of_two":
        return [draw.one_of_two((4, 9), -1.5, 0.25)]
    if kind == "one_of":
        return [np.array([draw.one_of(range(100)) for _ in range(50)], np.int64)]
    if kind == "some_of":
        return [draw.some_of(np.arange(1000, dtype=np.int64), 40)]
    if kind == "one_hot":
        return [draw.one_hot(6, 10), draw.one_hot(2, 2)]
    if kind == "seed":
        return [np.array([draw.seed() for _ in range(5)], np.int64)]
    return [draw.shared().normal(6), draw.shared("nets").whole(6, low=0, high=99)]


@pytest.mark.parametrize("kind", PINNED)
def test_what_is_drawn_is_the_same_to_the_bit_wherever_it_is_drawn(kind):
    """The bytes are little-endian; the constants hold on NumPy 1.26 and 2.4 alike."""
    digest = hashlib.sha256()
    for array in drawn(kind):
        little = array.dtype.newbyteorder("<")
        digest.update(f"{array.shape} {array.dtype.name}".encode())
        digest.update(np.ascontiguousarray(array, little).tobytes())
    assert digest.hexdigest() == PINNED[kind]


@pytest.mark.parametrize(("mean", "scale"), [(0.0, 1.0), (3.0, 0.5)])
def test_normals_have_their_mean_and_variance_and_shape(mean, scale):
    x = (Draw(b"", "many").normal(200, MANY // 200, mean=mean, scale=scale) - mean) / scale
    assert x.shape == (200, MANY // 200) and x.dtype == np.float32
    bound = 4 / np.sqrt(MANY)  # four standard errors
    assert abs(x.mean()) < bound and abs(x.var() - 1) < 1.5 * bound
    assert abs((x**3).mean()) < 4 * bound  # as many below as above
    assert abs((x**4).mean() - (3 - 6 / 60)) < 10 * bound  # a sum of 12 has tails a little thin
    inside = [np.mean(np.abs(x) < k) for k in (1, 2, 3)]
    assert np.allclose(inside, [0.6827, 0.9545, 0.9973], atol=0.01)
    assert np.abs(x).max() <= 6
    rows = np.corrcoef(x[:50])
    assert np.abs(rows - np.eye(50)).max() < 0.35  # no row repeats another


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-3.0, 0.5)])
def test_uniforms_are_spread_evenly_over_their_range(low, high):
    x = Draw(b"", "many").uniform(MANY + 1, low=low, high=high)  # odd: two come of a word
    assert x.shape == (MANY + 1,) and x.dtype == np.float32
    assert x.min() >= low and x.max() < high
    counts = np.histogram(x, 20, (low, high))[0] / (MANY / 20)
    assert np.abs(counts - 1).max() < 0.1
    assert abs(np.corrcoef(x[:-1], x[1:])[0, 1]) < 0.02


def test_whole_numbers_reach_both_ends_and_no_further():
    x = Draw(b"", "many").whole(MANY, low=-2, high=8)
    assert x.dtype == np.int64 and set(x.tolist()) == set(range(-2, 8))
    assert np.abs(np.bincount(x + 2) / (MANY / 10) - 1).max() < 0.1
    two = Draw(b"", "two").one_of_two((MANY,), -1, 4)
    assert set(two.tolist()) == {-1, 4} and abs((two == 4).mean() - 0.5) < 0.02


def test_some_of_are_different_ones_and_each_has_its_turn():
    draw = Draw(b"", "some")
    taken = [draw.some_of(np.arange(10), 4) for _ in range(2000)]
    assert all(len(set(some.tolist())) == 4 for some in taken)
    assert np.abs(np.bincount(np.concatenate(taken)) / 800 - 1).max() < 0.15


def test_nothing_is_drawn_of_an_empty_shape():
    draw = Draw(b"", "none")
    assert draw.normal(0, 3).shape == draw.uniform(0, 3).shape == (0, 3)
    assert draw.whole(0, low=0, high=2).shape == (0,)


def test_a_draw_depends_on_the_key_the_check_and_its_place_and_on_no_other_kind():
    def second(key: bytes, check: str) -> list[float]:
        draw = Draw(key, check)
        draw.normal(3)
        return draw.normal(3).tolist()

    assert second(b"k", "a.b") == second(b"k", "a.b")
    first = Draw(b"k", "a.b").normal(3).tolist()
    assert len({str(x) for x in (second(b"k", "a.b"), second(b"l", "a.b"), first)}) == 3
    assert second(b"k", "a.b") != second(b"k", "a.c")


def test_shared_draws_are_alike_for_all_checks_of_a_part_whichever_ran_before():
    first, second = Draw(b"k", "part.first"), Draw(b"k", "part.second")
    second.normal(100)  # a check may have drawn any number of its own before
    second.shared().normal(9)
    assert first.shared().normal(4).tolist() == second.shared().normal(4).tolist()
    assert first.shared("nets").normal(4).tolist() == second.shared("nets").normal(4).tolist()
    assert first.shared("nets").normal(4).tolist() != first.shared("x").normal(4).tolist()
    other, key = Draw(b"k", "another.first"), Draw(b"l", "part.first")
    for draw in (other, key):
        assert draw.shared().normal(4).tolist() != first.shared().normal(4).tolist()
    assert first.normal(4).tolist() != first.shared().normal(4).tolist()
    first.known["found"] = True
    assert first.shared("nets").known is first.known


def test_common_draws_are_alike_for_all_checks_of_all_parts():
    first, second = Draw(b"k", "part.first"), Draw(b"k", "another.second")
    second.common("nets").normal(9)
    assert first.common("nets").normal(4).tolist() == second.common("nets").normal(4).tolist()
    assert first.common("nets").normal(4).tolist() != first.common("x").normal(4).tolist()
    assert first.common("nets").normal(4).tolist() != first.shared("nets").normal(4).tolist()
    other = Draw(b"l", "part.first").common("nets")
    assert other.normal(4).tolist() != first.common("nets").normal(4).tolist()


def test_kept_draws_are_drawn_once_for_all_parts_and_cannot_be_changed():
    built: dict = {}
    first, second = (Draw(b"k", name, {}, built) for name in ("part.first", "another.second"))
    kept = first.kept("weights", 3, 4, low=-1.0, high=1.0)
    assert second.kept("weights", 3, 4, low=-1.0, high=1.0) is kept
    assert kept.tolist() == first.common("weights").uniform(3, 4, low=-1.0, high=1.0).tolist()
    assert kept.tolist() == Draw(b"k", "a.b").kept("weights", 3, 4, low=-1.0, high=1.0).tolist()
    with pytest.raises(ValueError, match="read-only"):
        kept += 1
