"""Reading a student's file: what cannot be compiled is answered with one sentence and a line."""

from __future__ import annotations

import ast
import codecs
import io
import tokenize
import warnings
from types import CodeType

from nndl2.checks.formats import format_of
from nndl2.checks.model import Reason, Unusable
from nndl2.checks.syntax import LINE_END, Trouble, explained

SIZE_LIMIT = 1 << 20
LITERAL = (ast.Constant, ast.Name, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.expr_context)
LONG_LINE = 5_000  # characters; what is too deep for Python stands in one


def readable(source: bytes, file: str, path: str) -> CodeType:
    """`source` compiled under the name `path`, or `Unusable` with one clear sentence."""
    _refuse_by_bytes(source, file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source, path)
            code = compile(tree, path, "exec", dont_inherit=True)
    except UnicodeDecodeError:
        raise _undecodable(source, file) from None
    except SyntaxError as e:
        raise _syntax(source, file, e) from None
    except (ValueError, MemoryError, RecursionError, OverflowError):
        raise _too_deep(source, file) from None
    if not decodes(source):
        raise _undecodable(source, file)
    if not any(map(_does_something, tree.body)):
        raise _bad(f"{file} holds no code; save your work in it and hand it in again")
    return code


def decodes(source: bytes) -> bool:
    """Whether every byte fits the file's encoding: Python itself passes over those in comments."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
        source.decode(encoding)
    except (SyntaxError, UnicodeDecodeError):
        return False
    return True


def _bad(sentence: str, line: int = 0) -> Unusable:
    return Unusable(sentence, Reason.MALFORMED, line=line)


def _refuse_by_bytes(source: bytes, file: str) -> None:
    text = source.removeprefix(codecs.BOM_UTF8).strip()
    if len(source) > SIZE_LIMIT:
        raise _bad(f"{file} is larger than 1 MiB; hand in the program only")
    if not text:
        raise _bad(f"{file} is empty")
    if found := format_of(text):
        raise _bad(f"{file} is {found}; hand in the Python file {file} itself")
    if wide := _wide(source):
        raise _bad(f"{file} is saved as {wide}; save it as UTF-8")
    if not source.strip(b"\0"):
        raise _bad(f"{file} holds nothing but NUL bytes, as a broken upload does; hand it in again")
    if (at := source.find(b"\0")) >= 0:
        line = _line_of(source, at)
        raise _bad(f"line {line} of {file} holds a NUL byte; save the file as UTF-8 text", line)


def _wide(source: bytes) -> str:
    """UTF-32 or UTF-16 where that is what `source` is, with a byte order mark or without."""
    if source[:4] in (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE):
        return "UTF-32"
    if source[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "UTF-16"
    sample = source[:400]
    nuls = sample.count(b"\0") / len(sample)
    even, odd = sample[::2].count(b"\0"), sample[1::2].count(b"\0")
    if 0.7 < nuls < 0.8:
        return "UTF-32"
    return "UTF-16" if nuls > 0.4 and not (even and odd) else ""


def _line_of(source: bytes, at: int) -> int:
    return len(LINE_END.split(source[:at].decode("latin-1")))


def _syntax(source: bytes, file: str, e: SyntaxError) -> Unusable:
    line, message = e.lineno or 0, str(e.msg)
    if not line or "'utf-8' codec can't decode" in message or not decodes(source):
        return _undecodable(source, file)
    encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    lines = LINE_END.split(source.decode(encoding))
    return explained(Trouble(file, lines, line, message))


def _undecodable(source: bytes, file: str) -> Unusable:
    """What Python says of a file as a whole is about its encoding."""
    try:
        source.decode("utf-8")
    except UnicodeDecodeError as e:
        line = _line_of(source, e.start)
        return _bad(f"line {line} of {file} is not saved as UTF-8; save the file as UTF-8", line)
    text = f"{file} names at its top an encoding that does not fit; delete that line"
    return _bad(f"{text} and save the file as UTF-8")


def _too_deep(source: bytes, file: str) -> Unusable:
    lines = LINE_END.split(source.decode("utf-8", "replace"))
    longest = max(range(len(lines)), key=lambda i: len(lines[i]))
    line = longest + 1 if len(lines[longest]) > LONG_LINE else 0
    where = f"line {line} of {file}" if line else file
    return _bad(f"{where} holds an expression too deep for Python; break it up", line)


def _does_something(statement: ast.stmt) -> bool:
    """A docstring, a number or a word by itself is no program, and neither is JSON."""
    return not isinstance(statement, ast.Expr) or any(
        not isinstance(node, LITERAL) for node in ast.walk(statement.value)
    )
