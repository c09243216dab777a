"""Which programs share what few others have, by an index of their fingerprints."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from autograder.similar.fingerprints import Fingerprints

TENTH, NEVER_MANY, ALWAYS_MANY = 10, 5, 30
ENOUGH, HALF = 10, 0.5  # so many fingerprints, and so much of what one of the two has
NEAR = 3  # lines between what belongs together
MOST = 500

Span = tuple[int, int]  # first and last line


@dataclass(frozen=True)
class Pair:
    """Two programs, by their numbers, that share `shared` fingerprints of those which few people
    have; each has so many of these (`of`), and the longest piece of both is in these `lines`."""

    programs: tuple[int, int]
    shared: int
    of: tuple[int, int]
    lines: tuple[Span, Span]

    @property
    def alike(self) -> float:
        """How much of what the one with less has, the other has as well."""
        return self.shared / min(self.of)


def pairs(prints: Sequence[Fingerprints], people: Sequence[int]) -> list[Pair]:
    """The pairs that are worth a look, the most telling first, at most MOST of them.

    `people` says whose each program is, by number: partners have the same, and are no pair. Only
    programs are compared that share a fingerprint which few people have.
    """
    hashes = np.concatenate([p.hashes for p in prints] or [np.zeros(0, np.uint64)])
    owners = np.repeat(np.arange(len(prints)), [len(p.hashes) for p in prints])
    _, codes = np.unique(hashes, return_inverse=True)
    counts = _people_with(codes, np.asarray(people, int)[owners])
    few = counts <= _few(len(set(people)))
    own = np.bincount(owners[few[codes]], minlength=len(prints))
    shared = few & (counts > 1)
    found = []
    for a, b, n in _candidates(codes[shared[codes]], owners[shared[codes]], len(prints)):
        if people[a] != people[b] and n >= HALF * min(own[a], own[b]):
            found.append((-n * n / min(own[a], own[b]), a, b, n))
    rare = np.unique(hashes[shared[codes]])
    return [
        Pair((a, b), n, (int(own[a]), int(own[b])), _longest(prints[a], prints[b], rare))
        for _, a, b, n in sorted(found)[:MOST]
    ]


def same(prints: Sequence[Fingerprints], people: Sequence[int]) -> list[list[int]]:
    """Programs, by number, that have all of their fingerprints in common, where more people have
    them than can be told as pairs."""
    found = defaultdict[bytes, list[int]](list)
    for number, each in enumerate(prints):
        if len(each.hashes) >= ENOUGH:
            found[np.sort(each.hashes).tobytes()].append(number)
    few = _few(len(set(people)))
    return [alike for alike in found.values() if len({people[n] for n in alike}) > few]


def _few(people: int) -> int:
    """How many may have what is no idiom: a tenth of a class, within bounds."""
    return min(max(people // TENTH, NEVER_MANY), ALWAYS_MANY)


def _people_with(codes: np.ndarray, people: np.ndarray) -> np.ndarray:
    """How many people have each fingerprint, by its code."""
    most = people.max(initial=0) + 1
    return np.bincount(np.unique(codes * most + people) // most)


def _candidates(
    codes: np.ndarray, owners: np.ndarray, programs: int
) -> Iterator[tuple[int, int, int]]:
    """Two programs and how many fingerprints they share, where these are ENOUGH."""
    order = np.lexsort((owners, codes))
    owners = owners[order]
    _, starts, sizes = np.unique(codes[order], return_index=True, return_counts=True)
    made = [np.zeros(0, int)]
    for size in np.unique(sizes):
        group = owners[starts[sizes == size][:, None] + np.arange(size)]
        first, second = np.triu_indices(size, 1)
        made.append((group[:, first] * programs + group[:, second]).ravel())
    both, shared = np.unique(np.concatenate(made), return_counts=True)
    for pair, n in zip(both[shared >= ENOUGH].tolist(), shared[shared >= ENOUGH].tolist()):
        yield pair // programs, pair % programs, n


def _longest(a: Fingerprints, b: Fingerprints, rare: np.ndarray) -> tuple[Span, Span]:
    """The lines of the longest piece that stands in both without a break."""
    _, in_a, in_b = np.intersect1d(a.hashes, b.hashes, assume_unique=True, return_indices=True)
    kept = np.isin(a.hashes[in_a], rare)
    order = np.argsort(in_a[kept])
    from_a, from_b = a.lines[in_a[kept][order]], b.lines[in_b[kept][order]]
    breaks = [0, *(n for n in range(1, len(order)) if _breaks(from_a, from_b, n)), len(order)]
    start, end = max(pairwise(breaks), key=lambda piece: piece[1] - piece[0])
    return _span(from_a[start:end]), _span(from_b[start:end])


def _breaks(a: np.ndarray, b: np.ndarray, n: int) -> bool:
    """Whether the piece that fingerprint `n` is of begins with it, in one program or the other."""
    return any(not of[n - 1][0] <= of[n][0] <= of[n - 1][1] + NEAR for of in (a, b))


def _span(lines: np.ndarray) -> Span:
    return int(lines[:, 0].min()), int(lines[:, 1].max())
