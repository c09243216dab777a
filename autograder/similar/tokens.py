"""A program as the words that a copy keeps, whatever is renamed, moved, commented or set anew.

Blank lines, comments and long lines are left out before Pygments reads the rest: it takes minutes
for a file of white space, and data is no program.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from nndl2.checks.model import Reason, Unusable

MOST_BYTES, LONGEST_LINE, MOST_WORDS = 200_000, 1_000, 20_000
NAME, TEXT = "V", "S"  # what any name and any text are told as
CLOSING = (")", "]", "}")


def words(source: bytes, file: str) -> list[tuple[str, int]]:
    """The words of a program, each with its line; Unusable where there are too many to compare.

    A name is a name, whatever it is called. What follows a dot keeps its name, such as `exp` in
    `torch.exp`, unless the program gives that name itself.
    """
    found: list[tuple[str, int]] = []
    own: set[str] = set()
    if len(source) > MOST_BYTES:
        raise _too_long(file, f"{MOST_BYTES // 1000} kB")
    for line, role, value in _code(source):
        before = found[-1][0] if found else ""
        if role in ("name", "own"):
            found.append((value if before == "." else NAME, line))
            own |= {value} if role == "own" else set()
        elif role == "text":
            found += [(TEXT, line)] if before != TEXT else []
        elif role == "word" and value != ";":
            if value == "=" and found[1:] and found[-2][0] == ".":
                own.add(before)
            if value in CLOSING and before == ",":
                found.pop()
            found.append((value, line))
        if len(found) > MOST_WORDS:
            raise _too_long(file, f"{MOST_WORDS:,} words")
    return [(NAME if word in own else word, line) for word, line in found]


def bare(source: bytes) -> dict[int, str]:
    """The lines of a program that hold code, by their numbers, without comments, docstrings and
    what stands in texts."""
    found: dict[int, str] = {}
    text = False
    for line, role, value in _code(source):
        was, text = text, role == "text"
        if text:
            value = "" if was else "'...'"
        found[line] = found.get(line, "") + value.replace("\n", "")
    return {line: code.rstrip() for line, code in found.items() if code.strip()}


def plain(source: bytes) -> dict[int, str]:
    """The lines of a program that are not blank, by their numbers."""
    return {n: line for n, line in enumerate(_lines(source), 1) if line}


def _code(source: bytes) -> Iterator[tuple[int, str, str]]:
    """Line, role and text of each token but comments and docstrings."""
    from pygments.lexers import PythonLexer

    lines = [(n, line) for n, line in enumerate(_lines(source), 1) if _holds_code(line)]
    at = 0
    lexer = PythonLexer(stripnl=False, ensurenl=False)
    for _, kind, value in lexer.get_tokens_unprocessed("\n".join(line for _, line in lines)):
        line = lines[at][0]
        if "\n" in value:
            at = min(at + value.count("\n"), len(lines) - 1)
        if role := _role(kind):
            yield line, role, value


@cache
def _role(kind: Any) -> str:
    """What a token of this kind is here; nothing where it is left out."""
    from pygments.token import Comment, Error, Literal, Name, Number, Text

    if kind in Comment or kind in Error or kind in Literal.String.Doc:
        return ""
    if kind in Name:
        return "own" if kind in Name.Function or kind in Name.Class else "name"
    if kind in Literal and kind not in Number:
        return "text"
    return "space" if kind in Text else "word"


def _lines(source: bytes) -> list[str]:
    text = source.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    return [line.rstrip() for line in text.split("\n")]


def _holds_code(line: str) -> bool:
    return bool(line) and len(line) <= LONGEST_LINE and not line.lstrip().startswith("#")


def _too_long(file: str, most: str) -> Unusable:
    return Unusable(f"{file} is longer than {most}, so it was not compared", Reason.MALFORMED)
