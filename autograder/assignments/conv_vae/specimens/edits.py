"""Edits of the reference: an old text becomes a new one."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

Edit = tuple[str, str]
Edits = tuple[Edit, ...]


@dataclass(frozen=True)
class Wrong:
    """A wrong program. Without `lost` it loses the part of the check that it fails."""

    name: str
    fails: str
    misconception: str
    edits: Edits
    lost: tuple[str, ...] = ()


def wrong_ones(rows: Sequence[tuple[str, str, str, Edits]]) -> list[Wrong]:
    """Those that a table lists: name, check that fails, misconception, edits."""
    return [Wrong(*row) for row in rows]


def applied(text: str, edits: Edits) -> str:
    """The reference after `edits`; ValueError when one of them finds nothing, or several places.

    An old text that begins with "def " or "# TODO" stands for the next solution behind it.
    """
    for old, new in edits:
        if old.startswith(("def ", "# TODO")):
            text = _body(text, old, new)
            continue
        if text.count(old) != 1 or old == new:
            raise ValueError(f"{old!r} is {text.count(old)} times in the reference")
        text = text.replace(old, new)
    return text


def _body(text: str, head: str, new: str) -> str:
    """The text with `new` for the solution region that comes next behind `head`."""
    before, found, after = text.partition(head)
    between, begin, rest = after.partition("### BEGIN SOLUTION\n")
    _, end, last = rest.partition("### END SOLUTION")
    if not (found and begin and end):
        raise ValueError(f"{head!r} has no solution region behind it")
    indent = between.rpartition("\n")[2]
    body = textwrap.indent(textwrap.dedent(new).strip("\n") + "\n", indent)
    return before + found + between + begin + body + indent + end + last
