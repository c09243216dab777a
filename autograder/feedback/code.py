"""A student's file as lines of HTML, colored, with nothing in them that a browser would run."""

from __future__ import annotations

from html import escape

from autograder.text import BIDI

MOST_LINES = 4000


def lines(source: bytes) -> list[str]:
    """The first `MOST_LINES` lines of a file, numbered as Python numbers them."""
    text = source.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    plain = [_plain(line) for line in text.rstrip("\n").split("\n")[:MOST_LINES]]
    colored = _colored("\n".join(plain))
    return colored if len(colored) == len(plain) else [escape(line) for line in plain]


def _plain(line: str) -> str:
    """A line that shows what stands in it, in that order."""
    kept = BIDI.sub("\N{REPLACEMENT CHARACTER}", line.expandtabs(8))
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in kept)


def _colored(text: str) -> list[str]:
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    lexer = PythonLexer(stripnl=False, ensurenl=False)
    told: str = highlight(text, lexer, HtmlFormatter(nowrap=True))
    return told.removesuffix("\n").split("\n")
