"""What a SyntaxError means, in a student's words: the cause and what to do, with its line.

Rules are tried in order. They look at the text first, for Python's own message changes with its
version; only what no rule knows is passed on in Python's words.
"""

from __future__ import annotations

import io
import re
import sys
import tokenize
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from nndl2.checks.foreign import several, what_it_is
from nndl2.checks.mends import WORD, meant, reads_on
from nndl2.checks.model import Reason, Unusable
from nndl2.checks.pythons import too_new

LINE_END = re.compile(r"\r\n?|\n")  # Python's lines; str.splitlines knows more
MERGE = re.compile(r"\s*(<{7}|>{7})( |$)")
MIDDLE = re.compile(r"(={7}|\|{7})( |$)")  # also a line under a heading in a docstring
HUNK = re.compile(r"@@ -\d+(,\d+)? \+\d+(,\d+)? @@|diff --git |\d+(,\d+)?[acd]\d+(,\d+)?\s*$")
PROMPT = re.compile(r"\s*(>>>(?=\s|$)|\.\.\. |(In|Out) ?\[\d*\]:)")
IN_FRONT = {
    "a line number": re.compile(r"\s*\d+[:.|)]?(\s|$)"),
    "+, as in a list of changes": re.compile(r"\+"),
    "> or |, as in quoted mail": re.compile(r"[>|]"),
}
PYTHON_2 = {
    "print without brackets": re.compile(r"(.*[:;])?\s*print\s+[^\s=(.,\[]"),
    "exec without brackets": re.compile(r"\s*exec\s+[\"'\w]"),
    "except with a comma": re.compile(r"\s*except\s+(\(.*\)|[\w.]+)\s*,\s*[a-z_]\w*\s*:"),
    "raise with a comma": re.compile(r"\s*raise\s+[\w.]+\s*,"),
    "<> for !=": re.compile(r".*[\w)\]]\s*<>\s*[\w(\[]"),
    "a number that begins with 0": re.compile(r"[^'\"#]*(?<![\w.])0\d+\b(?!\.)"),
    "brackets among parameters": re.compile(r"\s*def\s+\w+\((.*,\s*)?\(\w+|.*\blambda\s*\("),
    "ur before a string": re.compile(r".*\b[uU][rR][\"']"),
    "a number that ends in L": re.compile(r"[^'\"#]*(?<![\w.])\d+[lL]\b"),
}
QUOTES = (
    "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2032\u2033\u00ab\u00bb\u2039\u203a\u00b4"
)
DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
PROSE = re.compile(
    r"\s*(?:[-*] )?[^\W\d_]['\u2019\w]*[,!?:]?(?: [\w'\u2019()\".,;:/-]+){3,}[.!?:]?\s*$"
)
KEYWORD = re.compile(
    r"\s*(def|class|if|elif|else|for|while|return|import|from|with|try|except|finally|lambda|assert"
    r"|del|not|raise|async|await|yield|global|nonlocal|print|pass|match|case)\b"
)
NEWER = {
    (3, 12): re.compile(
        r"""\s*(async\s+)?(def|class)\s+\w+\[|\s*type\s+\w+\s*=|.*\b[fF][rR]?(["'])[^"'{]*\{"""
        r"""[^}"']*\3[^"']*\3[^}]*\}"""
    ),
    (3, 14): re.compile(r"\s*except\s+[A-Z]\w*\s*,\s*[A-Z]\w*\s*:|.*\bt[\"']"),
}
SAID: dict[str, str] = {  # what Python says: what is said instead, after "line n of vae.py"
    "inconsistent use of tabs": "mixes tabs and spaces; indent with spaces alone",
    "unexpected indent": "is indented further than what it belongs to",
    "unindent does not match": "is indented unlike any line above it",
    "expected an indented block": "should be indented further than what it belongs to",
    "'return' outside": "has a return outside a function; check its indentation",
    "'yield' outside": "has a yield outside a function; check its indentation",
    "'await' outside": "has an await outside an async function",
    "'break' outside": "has a break outside a loop; check its indentation",
    "'continue' not properly": "has a continue outside a loop; check its indentation",
    "expected ':'": "lacks a colon",
    "too many nested": "is nested too deep for Python; break it up",
    "too many levels of": "is nested too deep for Python; break it up",
    "too many statically": "is nested too deep for Python; break it up",
    "Exceeds the limit": "holds a number with too many digits for Python",
    "unterminated string": "has a string that is not closed",
    "f-string:": "has an f-string whose braces do not fit",
    "expected 'except' or": "should be the except of the try above it",
    "unterminated f-string": "has a string that is not closed",
    "after line continuation": "has a backslash in the middle; delete it",
    "unicodeescape": "has a backslash in a string; write two of them, or a slash",
    "from __future__ imports": "has to stand at the top of the file",
    "Maybe you meant '=='": "has = where == or something else belongs",
    "forgot a comma": "lacks a comma or an operator",
}


@dataclass(frozen=True)
class Trouble:
    """A file that Python does not compile, and where and why it says so."""

    file: str
    lines: list[str]
    line: int
    message: str

    @property
    def at(self) -> str:
        """The text of the line that Python names."""
        return self.lines[self.line - 1] if 0 < self.line <= len(self.lines) else ""

    @property
    def written(self) -> list[str]:
        return [text for text in self.lines if text.strip()]


Rule = Callable[[Trouble], "Unusable | None"]


def explained(t: Trouble) -> Unusable:
    """The first rule's answer."""
    found = next((said for rule in RULES if (said := rule(t))), None)
    return found or _at(t, t.line, f"is not valid Python: {t.message}")


def _bad(sentence: str, line: int = 0) -> Unusable:
    return Unusable(sentence, Reason.MALFORMED, line=line)


def _at(t: Trouble, line: int, what: str) -> Unusable:
    return _bad(f"line {line} of {t.file} {what}", line)


def merged(t: Trouble) -> Unusable | None:
    left = t.line if MIDDLE.match(t.at) else 0
    line = next((i for i, text in enumerate(t.lines, 1) if MERGE.match(text)), left)
    if not line:
        return None
    return _bad(f"{t.file} has a merge conflict at line {line}; resolve it", line)


def a_diff(t: Trouble) -> Unusable | None:
    if not any(map(HUNK.match, t.lines[:20])):
        return None
    return _bad(f"{t.file} is a list of changes (a diff); hand in the whole file")


def decorated(t: Trouble) -> Unusable | None:
    """Something stands in front of nearly every line."""
    if PROMPT.match(t.at):
        return _at(t, t.line, "begins with the prompt of a console; hand in the code alone")
    for what, pattern in IN_FRONT.items():
        if len(t.written) > 2 and sum(1 for x in t.written if pattern.match(x)) > 0.8 * len(
            t.written
        ):
            return _at(t, t.line, f"and the others begin with {what}; delete that")
    return None


def negated(t: Trouble) -> Unusable | None:
    """! in front of a name that stands elsewhere too; else it is a command of a shell."""
    found = re.search(r"(?<![=!<>])!(\w+)", t.at)
    if not found or sum(found[1] in WORD.findall(text) for text in t.lines) < 2:
        return None
    better = t.at.replace("!" + found[1], "not " + found[1])
    fits = reads_on(t.lines, t.line, better)
    return _at(t, t.line, "has !, for which Python writes not") if fits else None


def foreign(t: Trouble) -> Unusable | None:
    """A line that never was Python."""
    said = what_it_is(t.at)
    lines, of_all = several(t.lines, t.line)
    if len(lines) > 1:
        *most, last = map(str, lines)
        return _bad(f"lines {', '.join(most)} and {last} of {t.file} {of_all}", t.line)
    return _at(t, t.line, said) if said else None


def newer(t: Trouble) -> Unusable | None:
    """Grammar of a Python that is newer than this one: nobody's mistake."""
    for version, pattern in NEWER.items():
        if sys.version_info < version and pattern.match(t.at):
            return too_new(version, t.file, t.line)
    return None


def python_2(t: Trouble) -> Unusable | None:
    for what, pattern in PYTHON_2.items():
        if pattern.match(t.at):
            return _at(t, t.line, f"is written for Python 2 ({what}); write it for Python 3")
    if "`" in t.at.partition("#")[0]:
        return _at(t, t.line, "has a backtick (`), which Python 3 does not know")
    return None


def character(t: Trouble) -> Unusable | None:
    """A character that looks like one of Python's, or like none at all."""
    odd = re.search(r"U\+([0-9A-F]{4,6})", t.message)
    if odd:
        return _at(t, t.line, _of_character(chr(int(odd[1], 16))))
    if "unterminated" in t.message and any(q in t.at for q in QUOTES):
        return _at(t, t.line, _of_character(QUOTES[0]))
    return None


def _of_character(c: str) -> str:
    code = f"U+{ord(c):04X}"
    if c in QUOTES:
        return "has a curly quote; use a straight one"
    if c in DASHES:
        return f"has a dash ({code}) that is no minus sign; type - instead"
    if unicodedata.category(c) == "Zs":
        return f"has a space of a word processor ({code}); type an ordinary space instead"
    if unicodedata.category(c)[0] in "CZ":
        return f"has an invisible character ({code}); type the line again"
    if unicodedata.east_asian_width(c) in "FW" and (plain := unicodedata.normalize("NFKC", c)) != c:
        return f"has a wide {plain} ({code}); type {plain} instead"
    return f"has the character {c} ({code}), which is no part of Python; delete or replace it"


def nearly(t: Trouble) -> Unusable | None:
    """One change makes the line Python."""
    said = meant(t.lines, t.line)
    return _at(t, t.line, said) if said else None


def prose(t: Trouble) -> Unusable | None:
    if PROSE.match(t.at) and not KEYWORD.match(t.at):
        return _at(t, t.line, "is a sentence and no Python; delete it or put a # in front of it")
    return None


def alone(t: Trouble) -> Unusable | None:
    """A branch without what it branches from."""
    found = re.match(r"\s*(elif|else|except|finally)\b", t.at)
    if not found or t.message != "invalid syntax":
        return None
    branch = "a finally" if found[1] == "finally" else f"an {found[1]}"
    begins = "if" if found[1].startswith("el") else "try"
    return _at(
        t, t.line, f"has {branch} that belongs to no {begins} above it; check its indentation"
    )


def no_block(t: Trouble) -> Unusable | None:
    after = re.match(r"expected an indented block after .* on line (\d+)", t.message)
    return _at(t, int(after[1]), "needs indented lines below it") if after else None


def brackets(t: Trouble) -> Unusable | None:
    if closing := re.match(
        r"closing parenthesis '(.)' does not match opening parenthesis '(.)'(?: on line (\d+))?",
        t.message,
    ):
        opened = f"what line {closing[3]} opened" if closing[3] else "what was opened"
        return _at(t, t.line, f"closes {opened} with {closing[2]} by a {closing[1]}")
    if unmatched := re.match(r"unmatched '(.)'", t.message):
        return _at(t, t.line, f"has a {unmatched[1]} that closes nothing")
    line, bracket = _open_bracket(t)
    if bracket and line <= t.line:
        return _at(t, line, f"opens a {bracket} that is never closed")
    return None


def _open_bracket(t: Trouble) -> tuple[int, str]:
    """The innermost bracket that is still open at the end, and its line."""
    stack: list[tuple[int, str]] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO("\n".join(t.lines)).readline):
            if token.string in ("(", "[", "{"):
                stack.append((token.start[0], token.string))
            elif token.string in (")", "]", "}") and stack:
                stack.pop()
    except (tokenize.TokenError, SyntaxError) as e:
        if "EOF" not in str(e):  # it ended early, so that more than what is open may look so
            return 0, ""
    return stack[-1] if stack else (0, "")


def triple_quotes(t: Trouble) -> Unusable | None:
    for quotes in ('"""', "'''"):
        before = any(quotes in text for text in t.lines[: t.line])
        if not before or sum(text.count(quotes) for text in t.lines) % 2 == 0:
            continue
        if "unterminated triple-quoted" in t.message and not _closing(t.at, quotes):
            return _at(t, t.line, "opens a string with three quotes that is never closed")
        return _bad(f"three quotes ({quotes}) are missing above line {t.line} of {t.file}", t.line)
    return None


def _closing(text: str, quotes: str) -> bool:
    """Whether the last quotes in a line look as if they were meant to close a string."""
    opens = re.match(rf"\s*\w*{quotes}.|.*=\s*\w*{quotes}", text)
    return text.count(quotes) % 2 == 0 or (text.rstrip().endswith(quotes) and not opens)


def in_other_words(t: Trouble) -> Unusable | None:
    found = next((said for says, said in SAID.items() if says in t.message), "")
    return _at(t, t.line, found) if found else None


RULES: tuple[Rule, ...] = (
    *(merged, a_diff, decorated, negated, foreign, newer, python_2, character),
    *(nearly, prose, triple_quotes, brackets, alone, no_block, in_other_words),
)
