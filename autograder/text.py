"""Text from outside made fit for any page or terminal, and columns of it."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Container, Iterator, Sequence

from tqdm.utils import disp_len

BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
LONGEST = 2000


def clean(text: str, limit: int = LONGEST) -> str:
    """`text` fit for any page or terminal: no control characters, no lone surrogates, no more than
    `limit` characters."""
    text = BIDI.sub("", text.encode("utf-8", "replace").decode())
    kept = "".join(" " if c in "\n\t" else c for c in text if c in "\n\t" or _printable(c))
    return kept if len(kept) <= limit else kept[: limit - 3] + "..."


def written(name: str) -> str:
    """A name as people write it: on one line, with no blanks around it, its accents in one way."""
    return unicodedata.normalize("NFC", clean(name)).strip()


def aligned(rows: Sequence[Sequence[str]], right: Container[int] = ()) -> list[str]:
    """Rows of as many cells each, as lines: columns as wide as a terminal shows them, those of the
    numbers in `right` to the right."""
    widths = [max(map(_width, column)) for column in zip(*rows)]
    return ["  ".join(_padded(row, widths, right)).rstrip() for row in rows]


def _padded(row: Sequence[str], widths: Sequence[int], right: Container[int]) -> Iterator[str]:
    for number, (cell, width) in enumerate(zip(row, widths)):
        blanks = " " * (width - _width(cell))
        yield blanks + cell if number in right else cell + blanks


def _width(cell: str) -> int:
    """How wide a cell is printed: a letter that the terminal's encoding lacks, as its number."""
    encoding = sys.stdout.encoding or "utf-8"
    return disp_len(cell.encode(encoding, "backslashreplace").decode(encoding))


def _printable(c: str) -> bool:
    return unicodedata.category(c) not in ("Cc", "Cs", "Co", "Cn")
