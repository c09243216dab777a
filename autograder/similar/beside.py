"""The pairs that `autograder similar` found, as the page of a class shows them: side by side."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

from autograder.kept import submitted
from autograder.similar.command import FILE, given_out
from autograder.similar.tokens import bare, plain
from autograder.text import clean

MOST, MOST_LINES, WIDEST = 30, 16, 120

Lines = Callable[[bytes], Mapping[int, str]]  # those of a program that are shown, by number


@dataclass(frozen=True)
class Side:
    """One program of a pair: whose it is, and the piece of it that is in both."""

    name: str
    lines: str
    code: str


@dataclass(frozen=True)
class Beside:
    """Two programs that are alike in so much, such as "80%", of what few others have."""

    alike: str
    sides: tuple[Side, Side]


def beside(
    folder: Path | None, assignment: str, names: Mapping[str, str], *, anonymous: bool
) -> list[Beside]:
    """The pairs of the class in `folder` whose files are still those that were compared, the most
    telling first; `names` say what to call whom, by the folder.

    Comments and docstrings that were given out are not shown. An anonymous page shows none at all,
    nor what stands in texts, since names may stand in them.
    """
    found: list[Beside] = []
    kept = _kept(folder) if folder else []
    shown = bare if anonymous or not kept else _less(given_out(assignment))
    for pair in kept:
        with suppress(KeyError, TypeError, ValueError):
            sides = [*_sides(folder or Path(), pair, names, shown)]
            if len(sides) == 2 and len(found) < MOST:
                found.append(Beside(f"{pair['alike']:.0%}", (sides[0], sides[1])))
    return found


def _less(stub: bytes) -> Lines:
    """The lines of a program without the remarks of `stub`."""
    code = bare(stub)
    remarks = {line.strip() for n, line in plain(stub).items() if n not in code}
    return lambda source: {n: t for n, t in plain(source).items() if t.strip() not in remarks}


def _kept(folder: Path) -> list[dict[str, Any]]:
    with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        return list(json.loads((folder / FILE).read_bytes())["pairs"])
    return []


def _sides(
    folder: Path, pair: dict[str, Any], names: Mapping[str, str], shown: Lines
) -> Iterator[Side]:
    """Each program of a pair, as far as it is in the class and the file is the same."""
    for student, digest, (first, last) in zip(pair["students"], pair["sha256"], pair["lines"]):
        one = submitted.kept(folder / student) if student in names else None
        if one and hashlib.sha256(one.source).hexdigest() == digest:
            yield Side(names[student], f"{first}-{last}", _cut(shown(one.source), first, last))


def _cut(lines: Mapping[int, str], first: int, last: int) -> str:
    """A piece of a program, no longer and no wider than a look takes."""
    found = [clean(lines[n].expandtabs(8), WIDEST) for n in range(first, last + 1) if n in lines]
    shown = dedent("\n".join(found[:MOST_LINES]))
    return shown + "\n..." if found[MOST_LINES:] else shown
