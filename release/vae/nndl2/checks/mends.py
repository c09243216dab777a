"""A line that is no Python but for one thing: what stands there, and what Python writes instead.

Nothing is said on suspicion: the change is made, and Python has to read on beyond the line.
"""

from __future__ import annotations

import ast
import difflib
import itertools
import keyword
import re
import warnings
from collections.abc import Iterator, Sequence

LONGEST, MOST = 5_000, 20  # lines of a file that is read anew for each change; words of a line
WORD = re.compile(r"[^\W\d]\w+")
OPERATOR = r"(\*\*|//|[-+*/%@=!<>]=|[-+*/%@&|^<>=]|\b(?:and|or|in|is|not)\b)"
MENDS: tuple[tuple[str, str, str], ...] = (  # what stands there, what instead, what is said
    (r"^(\s*)(else\s*if|elseif|elsif)\b", r"\1elif", r"has \2, for which Python writes elif"),
    (r"([+-])\1\s*;?\s*$", r" \1= 1", r"has \1\1, which Python does not know; write \1= 1"),
    (r"([=!])==", r"\1=", r"has \1==, for which Python writes \1="),
    (r"=([<>])", r"\1=", r"has =\1, for which Python writes \1="),
    (r"//.*", "", "has a comment behind //; in Python a comment begins with #"),
    (r"/\*.*", "", "has a comment between /* and */; in Python a comment begins with #"),
    (r"\s*\{\s*$", ":", "opens a block with {; write a colon and indent what belongs to it"),
    (OPERATOR + r"(\s*(?:#.*)?)$", r"\1 0\2", r"ends with \1, and something belongs behind it"),
)
OTHER_WORDS = {
    **dict.fromkeys(("function", "func", "fun", "fn", "sub", "define"), "def"),
    "of": "in",
}


def meant(lines: Sequence[str], line: int) -> str:
    """What is said of a line that one change makes Python, nothing where there is no such change.

    The changes are those of MENDS, and a keyword in place of a word that is near it.
    """
    text = lines[line - 1] if 0 < line <= len(lines) <= LONGEST else ""
    if not text or stops(lines) != line:  # it is no matter of grammar
        return ""
    for pattern, better, said in MENDS:
        found = re.search(pattern, text)
        if found and reads_on(lines, line, re.sub(pattern, better, text)):
            return found.expand(said)
    for word in itertools.islice(WORD.finditer(text), MOST):
        for near in _keywords_near(word[0]):
            if reads_on(lines, line, text[: word.start()] + near + text[word.end() :]):
                return f"has {word[0]} where {near} belongs"
    return ""


def reads_on(lines: Sequence[str], line: int, text: str) -> bool:
    """Whether Python gets beyond `line` with `text` in its place."""
    stop = stops([*lines[: line - 1], text, *lines[line:]])
    return not stop or stop > line


def stops(lines: Sequence[str]) -> int:
    """The line at which Python stops reading the file, 0 when it does not."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse("\n".join(lines))
    except SyntaxError as e:
        return e.lineno or 1
    except (ValueError, MemoryError, RecursionError):
        return 1
    return 0


def _keywords_near(word: str) -> Iterator[str]:
    """The keywords that can be meant by a word which is none: Def, function, retrun, adn."""
    small = word.lower()
    if keyword.iskeyword(word):
        return
    if small in OTHER_WORDS:
        yield OTHER_WORDS[small]
    if keyword.iskeyword(small):
        yield small
    yield from (k for k in keyword.kwlist if sorted(k) == sorted(small) and k != small)
    yield from difflib.get_close_matches(small, keyword.kwlist, cutoff=0.7)
