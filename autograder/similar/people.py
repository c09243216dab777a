"""Whose each program is: who handed in together, or twice, is one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograder.intake import Handed


def whose(handed: Sequence[Handed]) -> list[int]:
    """A number for each that was `handed` in, the same where intake says that they are of one
    person, or of partners who hand in together."""
    numbers = list(range(len(handed)))
    first: dict[tuple[str, str], int] = {}
    for n, one in enumerate(handed):
        for sign in _signs(one):
            low, high = sorted((_root(numbers, first.setdefault(sign, n)), _root(numbers, n)))
            numbers[high] = low
    return [_root(numbers, n) for n in range(len(handed))]


def _root(numbers: Sequence[int], n: int) -> int:
    while numbers[n] != n:
        n = numbers[n]
    return n


def _signs(one: Handed) -> Iterator[tuple[str, str]]:
    """What only one person, or one group, has of all that intake noted."""
    yield from (("folder", name) for name in (one.student, *one.together))
    if one.group:
        yield ("group", one.group)
    if one.who.email:
        yield ("email", one.who.email.casefold())
