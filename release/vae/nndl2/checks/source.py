"""Reading a student's file: what cannot be compiled is answered with one sentence and a line."""

from __future__ import annotations

import codecs
import re
import warnings
from types import CodeType

from nndl2.checks.model import Reason, Unusable

SIZE_LIMIT = 1 << 20
CURLY = re.compile("[\u2018\u2019\u201c\u201d]")
MERGE = re.compile(r"(<{7}|>{7})( |$)")
MIDDLE = re.compile(r"(={7}|\|{7})( |$)")  # also a line under a heading in a docstring
MAGIC = re.compile(r"\s*(%{1,2}[A-Za-z]|!(?!=))")
LINE_END = re.compile(r"\r\n?|\n")  # Python's lines; str.splitlines knows more


def readable(source: bytes, file: str, path: str) -> CodeType:
    """`source` compiled under the name `path`, or `Unusable` with one clear sentence."""
    _refuse_by_bytes(source, file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return compile(source, path, "exec", dont_inherit=True)
    except SyntaxError as e:
        raise _syntax(source, file, e) from None
    except (ValueError, MemoryError, RecursionError, OverflowError) as e:
        text = f"{file} holds an expression too deep for Python ({type(e).__name__}); break it up"
        raise _bad(text) from None


def _bad(sentence: str, line: int = 0) -> Unusable:
    return Unusable(sentence, Reason.MALFORMED, line=line)


def _refuse_by_bytes(source: bytes, file: str) -> None:
    text = source.removeprefix(codecs.BOM_UTF8).strip()
    if len(source) > SIZE_LIMIT:
        raise _bad(f"{file} is larger than 1 MiB; hand in the program only")
    if not text:
        raise _bad(f"{file} is empty")
    if source[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        raise _bad(f"{file} is saved as UTF-16; save it as UTF-8")
    if (at := source.find(b"\0")) >= 0:
        line = _line_of(source, at)
        raise _bad(f"line {line} of {file} holds a NUL byte; save the file as UTF-8 text", line)
    if text[:1] == b"{" and b'"cells"' in text:
        raise _bad(f"{file} is a notebook; hand in the Python file {file} itself")


def _line_of(source: bytes, at: int) -> int:
    return len(LINE_END.split(source[:at].decode("latin-1")))


def _syntax(source: bytes, file: str, e: SyntaxError) -> Unusable:
    line, message = e.lineno or 0, str(e.msg)
    lines = LINE_END.split(source.decode("utf-8", "replace"))
    at = lines[line - 1] if 0 < line <= len(lines) else ""
    left = line if MIDDLE.match(at) else 0
    if marker := next((i for i, t in enumerate(lines, 1) if MERGE.match(t)), left):
        return _bad(f"{file} has a merge conflict at line {marker}; resolve it", marker)
    if MAGIC.match(at):
        return _bad(f"line {line} of {file} is a notebook command; delete it", line)
    if CURLY.search(at) and ("invalid character" in message or "unterminated" in message):
        return _bad(f"line {line} of {file} has a curly quote; use a straight one", line)
    if "unicodeescape" in message:
        text = f"line {line} of {file} has a backslash in a string; write two of them, or a slash"
        return _bad(text, line)
    if not line or "'utf-8' codec can't decode" in message:
        return _undecodable(source, file)
    return _bad(f"line {line} of {file} is not valid Python: {message}", line)


def _undecodable(source: bytes, file: str) -> Unusable:
    """What Python says of a file as a whole is about its encoding."""
    try:
        source.decode("utf-8")
    except UnicodeDecodeError as e:
        line = _line_of(source, e.start)
        return _bad(f"line {line} of {file} is not saved as UTF-8; save the file as UTF-8", line)
    text = f"{file} names at its top an encoding that does not fit; delete that line"
    return _bad(f"{text} and save the file as UTF-8")
