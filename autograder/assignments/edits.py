"""Edits of the reference: an old text becomes a new one inside one solution region."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

REGION = re.compile(r"^[ ]*### BEGIN SOLUTION\n(.*?)^[ ]*### END SOLUTION\n", re.M | re.S)
TITLE = re.compile(r"^[ ]*# TODO ([^:\n]+):", re.M)
FIRST = re.compile(r"^(?=def |class |@)", re.M)  # what stands below the imports


@dataclass(frozen=True)
class Edit:
    """In region `where`, `old` becomes `new`: everywhere, or only at its `at`-th places (from 1).

    Without `old` the whole region becomes `new`. `where` may also be "top" (`new` goes below the
    imports), "end" (below everything) or "file" (the edit is made in the whole file).
    """

    where: str
    old: str
    new: str
    at: tuple[int, ...] = ()


def applied(text: str, edits: Sequence[Edit], names: Sequence[str] = ()) -> str:
    """The reference after `edits`; ValueError when one of them finds nothing to change."""
    for edit in edits:
        text = _apply(text, edit, names)
    return text


def regions(text: str, names: Sequence[str] = ()) -> dict[str, re.Match[str]]:
    """The solution regions of the reference by `names`, else by the title of the TODO before."""
    found = list(REGION.finditer(text))
    names = names or [TITLE.findall(text, 0, region.start())[-1] for region in found]
    if len(found) != len(set(names)):
        raise ValueError(f"the reference has {len(found)} solution regions, not {len(set(names))}")
    return dict(zip(names, found))


def _apply(text: str, edit: Edit, names: Sequence[str]) -> str:
    if edit.where == "end":
        return f"{text}\n\n{textwrap.dedent(edit.new).strip()}\n"
    if edit.where == "top":
        head, rest = FIRST.split(text, maxsplit=1)
        return f"{head}{textwrap.dedent(edit.new).strip()}\n\n\n{rest}"
    if edit.where == "file":
        return _replaced(text, edit)
    region = regions(text, names)[edit.where]
    body = region[1] if not edit.old else _replaced(region[1], edit)
    if not edit.old:
        indent = body[: len(body) - len(body.lstrip(" "))]
        body = textwrap.indent(textwrap.dedent(edit.new).strip("\n") + "\n", indent)
    return text[: region.start(1)] + body + text[region.end(1) :]


def _replaced(text: str, edit: Edit) -> str:
    pieces = text.split(edit.old)
    wanted = set(edit.at or range(1, len(pieces)))
    if len(pieces) == 1 or not wanted <= set(range(1, len(pieces))):
        raise ValueError(f"{edit.old!r} is not in {edit.where} of the reference")
    joined = pieces[0]
    for i, piece in enumerate(pieces[1:], 1):
        joined += (edit.new if i in wanted else edit.old) + piece
    if joined == text:
        raise ValueError(f"{edit.old!r} stays the same in {edit.where}")
    return joined


@dataclass(frozen=True)
class Wrong:
    """A wrong program. Without `lost` it loses the part of the check that it fails.

    A `knowing` one fails it at the grader alone: it knows what the notebook asks.
    """

    name: str
    fails: str
    misconception: str
    edits: tuple[Edit, ...]
    lost: tuple[str, ...] = ()
    knowing: bool = False


@dataclass(frozen=True)
class Fair:
    """A program of a `kind` that is easily graded unfairly, with all that its feedback has to say.

    It loses the points of the parts `lost` and no others. Each of `says` is found in a line about
    one of these, and none of `never` in any line; case does not count. `misconception` is named.
    """

    name: str
    kind: str
    edits: tuple[Edit, ...]
    lost: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    misconception: str = ""
