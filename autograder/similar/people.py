"""Whose each program is: who handed in together, or twice, is one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from autograder.kept.submitted import FILE


def whose(folders: Sequence[Path]) -> list[int]:
    """A number for each student's folder, the same where intake says that they are one person, or
    partners who hand in together."""
    numbers = list(range(len(folders)))
    first: dict[tuple[str, ...], int] = {}
    for n, folder in enumerate(folders):
        for sign in _signs(folder):
            one, other = _root(numbers, first.setdefault(sign, n)), _root(numbers, n)
            numbers[max(one, other)] = min(one, other)
    return [_root(numbers, n) for n in range(len(folders))]


def _root(numbers: Sequence[int], n: int) -> int:
    while numbers[n] != n:
        n = numbers[n]
    return n


def _signs(folder: Path) -> Iterator[tuple[str, ...]]:
    """What only one person, or one group, has of all that intake noted."""
    yield ("folder", folder.name)
    about = _noted(folder)
    who = about.get("who")
    group = about.get("group")  # its name, which may be empty, and the folders of the partners
    if isinstance(group, list):
        yield from (("folder", str(name)) for name in group[1:])
        yield from (("group", str(name)) for name in group[:1] if name)
    if isinstance(who, dict) and who.get("email"):
        yield ("email", str(who["email"]).casefold())


def _noted(folder: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError, RecursionError):
        if isinstance(about := json.loads((folder / FILE).read_bytes()), dict):
            return about
    return {}
