"""A CSV file as the bytes it is: cells can be read and single ones filled in, the rest stays."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import cast

from autograder.intake.model import BadInput, refused
from autograder.intake.tree import bytes_of, on_disk
from nndl2.checks.model import Unusable

MOST_BYTES = 64 << 20
DELIMITERS = (b",", b";", b"\t")
LINE_END = re.compile(rb"\r\n?|\n")
NAMED_DELIMITER = re.compile(rb'"?sep=([^"\r\n])"?(?:\r\n?|\n)', re.IGNORECASE)  # a line for Excel


@dataclass(frozen=True)
class Cell:
    """One field: where its bytes start and end, quotes included, and what it says."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Sheet:
    """A CSV file. Line ends, quoting, the delimiter and a byte order mark are kept as they are."""

    raw: bytes
    name: str = "the file"

    @staticmethod
    def of(path: Path, again: str = "export it from the platform again") -> Sheet:
        """The file at `path`, or `BadInput`; what is no CSV is to be had `again`."""
        try:
            node = replace(on_disk(path.resolve()), name=str(path))
            sheet = Sheet(bytes_of(node, MOST_BYTES), str(path))
        except (OSError, RuntimeError):
            raise BadInput(f"there is no file {path}") from None
        except Unusable as e:
            raise refused(e, "give the CSV file that the platform exported") from None
        if sheet.raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in sheet.raw:
            raise BadInput(f"{path} is no CSV file in UTF-8; {again}")
        if not sheet.rows:
            raise BadInput(f"{path} is empty; {again}")
        return sheet

    @cached_property
    def delimiter(self) -> bytes:
        """What stands between cells, as the file says or judged by the first line."""
        if named := self._named_delimiter:
            return named[1]
        line = LINE_END.split(re.sub(rb'"[^"]*"', b"", self.raw), maxsplit=1)[0]
        return max(DELIMITERS, key=line.count)

    @cached_property
    def _named_delimiter(self) -> re.Match[bytes] | None:
        return NAMED_DELIMITER.match(self.raw, self._begin)

    @property
    def _begin(self) -> int:
        return len(codecs.BOM_UTF8) * self.raw.startswith(codecs.BOM_UTF8)

    @cached_property
    def rows(self) -> list[list[Cell]]:
        """All rows that hold anything, the header first; BadInput where a quote is not closed."""
        rest = rb"[^%b\r\n]*" % re.escape(self.delimiter)
        field = re.compile(rb'("[^"]*(?:""[^"]*)*)("?)(%b)|%b' % (rest, rest))
        named, rows, row = self._named_delimiter, list[list[Cell]](), list[Cell]()
        at = named.end() if named else self._begin
        while True:
            found = cast(re.Match[bytes], field.match(self.raw, at))  # it matches nothing too
            self._refuse_open(found)
            end = found.end()
            row.append(Cell(at, end, self._text(self.raw[at:end])))
            if self.raw[end : end + 1] == self.delimiter:
                at = end + 1
                continue
            rows.append(row)
            row = []
            if not (line_end := LINE_END.match(self.raw, end)):
                return [row for row in rows if any(cell.text.strip() for cell in row)]
            at = line_end.end()

    def _refuse_open(self, field: re.Match[bytes]) -> None:
        """BadInput where a field begins with a quote and ends with none, or with that of a later
        field: it would hold the rows between."""
        text, closed, rest = field.groups(b"")
        if text and (not closed or (rest.strip() and LINE_END.search(text))):
            line = 1 + len(LINE_END.findall(self.raw, 0, field.start()))
            raise BadInput(f"line {line} of {self.name} has a quote that is not closed; close it")

    @cached_property
    def header(self) -> list[str]:
        """What the columns are called."""
        return [cell.text.strip() for cell in self.rows[0]]

    def column(self, *names: str) -> int | None:
        """The first column that is called one of `names`, in the order of these."""
        return next(
            (self._titles[n.casefold()] for n in names if n.casefold() in self._titles), None
        )

    @cached_property
    def _titles(self) -> dict[str, int]:
        return {name.casefold(): i for i, name in reversed(list(enumerate(self.header)))}

    def text(self, row: Sequence[Cell], column: int | None) -> str:
        """What `row` says in `column`; nothing where it is too short or there is no column."""
        return row[column].text.strip() if column is not None and column < len(row) else ""

    def line(self, row: int) -> int:
        """The number of the line in the file on which a row begins."""
        return 1 + len(LINE_END.findall(self.raw, 0, self.rows[row][0].start))

    def filled(self, changes: Mapping[tuple[int, int], str]) -> bytes:
        """The file with other texts in some cells, given by the numbers of row and column."""
        made, at, wide = list[bytes](), 0, [len(row) for row in self.rows]
        for (number, column), text in sorted(changes.items()):
            row, missing = self.rows[number], max(0, column - wide[number] + 1)
            start, end = (row[-1].end,) * 2 if missing else (row[column].start, row[column].end)
            new = self.delimiter * missing + self._quoted(text, start, end)
            made += [self.raw[at:start], new]
            at, wide[number] = end, wide[number] + missing
        return b"".join([*made, self.raw[at:]])

    def _quoted(self, text: str, start: int, end: int) -> bytes:
        new = text.encode(self._encoding, "replace")
        if self.raw[start:end].startswith(b'"') or re.search(rb'["\r\n]|' + self.delimiter, new):
            return b'"' + new.replace(b'"', b'""') + b'"'
        return new

    @cached_property
    def _encoding(self) -> str:
        try:
            self.raw.decode("utf-8")
        except UnicodeDecodeError:
            return "cp1252"
        return "utf-8"

    def _text(self, field: bytes) -> str:
        if field.startswith(b'"'):
            field = field[1:].rstrip()
            field = field.removesuffix(b'"').replace(b'""', b'"')
        return field.decode(self._encoding, "replace")
