"""Reading a student's file: what cannot be compiled is answered with one sentence and a line."""

from __future__ import annotations

import re
import warnings
from types import CodeType

from nndl2.checks.model import Reason, Unusable

SIZE_LIMIT = 1 << 20
CURLY = re.compile("[\u2018\u2019\u201c\u201d]")
MERGE = re.compile(r"^(<{7}|={7}|>{7})( |$)")
MAGIC = re.compile(r"^\s*[%!]")


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
        raise _bad(f"{file} cannot be compiled by Python ({type(e).__name__})") from None


def _bad(sentence: str, line: int = 0) -> Unusable:
    return Unusable(sentence, Reason.MALFORMED, line=line)


def _refuse_by_bytes(source: bytes, file: str) -> None:
    if len(source) > SIZE_LIMIT:
        raise _bad(f"{file} is larger than 1 MiB; hand in the program only")
    if not source.strip():
        raise _bad(f"{file} is empty")
    if source[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise _bad(f"{file} is saved as UTF-16; save it as UTF-8")
    if b"\0" in source:
        raise _bad(f"{file} holds NUL bytes; save it as UTF-8 text")
    if source.lstrip()[:1] == b"{" and b'"cells"' in source:
        raise _bad(f"{file} is a notebook; hand in the Python file {file} itself")


def _syntax(source: bytes, file: str, e: SyntaxError) -> Unusable:
    line = e.lineno or 0
    text = source.decode("utf-8", "replace").splitlines()
    at = text[line - 1] if 0 < line <= len(text) else ""
    if marker := next((i for i, t in enumerate(text, 1) if MERGE.match(t)), 0):
        return _bad(f"{file} has a merge conflict at line {marker}; resolve it", marker)
    if MAGIC.match(at):
        return _bad(f"line {line} of {file} is a notebook command; delete it", line)
    if CURLY.search(at):
        return _bad(f"line {line} of {file} has a curly quote; use a straight one", line)
    if "codec can't decode" in str(e.msg) or "unknown encoding" in str(e.msg):
        return _bad(f"{file} is not saved as UTF-8; save it as UTF-8")
    return _bad(f"line {line} of {file} is no Python: {e.msg}", line)
