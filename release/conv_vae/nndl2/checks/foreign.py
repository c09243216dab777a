"""Lines that never were Python: of notebooks, terminals, web pages and other languages."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nndl2.checks.mends import stops

MAGIC = (
    r"\s*(%{1,2}[A-Za-z]|!(?!=))|[^=#'\"]*[^=!<>]=\s*[!%][a-z]"
    r"|\s*\?{1,2}[\w.*]+\s*$|\s*[\w.*\[\]]+\?{1,2}\s*$"
)
OUTPUT = (
    r"Traceback \(most recent|\s*File \".*\", line \d+|\[?\$ |\w+@\w+[:~]"
    r"|\s*(pip3?|conda|apt(-get)?|git|cd|ls|python3?) [\w./-]+( |$)"
)
LANGUAGE = (
    r"\s*(#include\b|import java|package [\w.]+;|using namespace"
    r"|(public|private|protected) [a-z]|(const|let|var|auto|int|float|double|char) \w+\s*="
    r"|(int|void|float|double|char|bool|function) \w+\s*\(.*\)\s*\{)"
)
FENCE = r"\s*(```|~~~)"
MOST = 40  # lines of one kind that are looked for in one file
SEVERAL = {  # lines that often come together: what is said of all of them
    MAGIC: "are notebook commands; delete them",
    FENCE: "are marks of Markdown (```); delete them",
}
BEGINNINGS: tuple[tuple[str, str], ...] = (  # how a line begins: what is said of it
    (MAGIC, "is a notebook command; delete it"),
    (FENCE, "is a mark of Markdown (```); delete it"),
    (OUTPUT, "is a command or output of a terminal; delete it"),
    (r"> ", "begins with >, as in quoted mail; delete that"),
    (r"\s*https?://\S+\s*$", "is an address and no Python; delete it"),
    (LANGUAGE, "is written in another language; write it in Python"),
    (r"\s*(/\*|\*/)", "has a comment between /* and */; put a # in front of it instead"),
    (r"\s*-{5,}BEGIN |\s*</?\w+>", "is no Python; delete it"),
)
BLANK = re.compile(r"\?{2,}|<[^<>]{0,30}\b(your|code|here|todo|fill)\b[^<>]{0,30}>", re.IGNORECASE)
QUOTED = re.compile(r"(['\"]).*?\1|#.*")
ENTITY = re.compile(r"&(lt|gt|amp|quot|nbsp|#\d+);")


def what_it_is(text: str) -> str:
    """What is said of a line that is no Python, after its number; nothing where it may be."""
    if said := next((said for begins, said in BEGINNINGS if re.match(begins, text)), ""):
        return said
    if blank := BLANK.search(QUOTED.sub("", text)):
        return f"has a blank ({blank[0]}) that is not filled in yet"
    if entity := ENTITY.search(text):
        return f"has {entity[0]}, which web pages write for another character"
    if "&&" in text or "||" in text:
        return "has && or ||, for which Python writes and, or"
    return ""


def several(lines: Sequence[str], first: int) -> tuple[list[int], str]:
    """The numbers of all lines of the kind of the `first` that Python refuses, and what is said of
    them; none where that is no kind of which there are several."""
    for pattern, said in SEVERAL.items():
        if found := _of_one_kind(lines, first, pattern):
            return found, said
    return [], ""


def _of_one_kind(lines: Sequence[str], first: int, pattern: str) -> list[int]:
    """Each line is passed over, to see which one Python refuses next."""
    found: list[int] = []
    rest, line = list(lines), first
    while 0 < line <= len(rest) and len(found) < MOST and re.match(pattern, rest[line - 1]):
        found.append(line)
        text = rest[line - 1]
        rest[line - 1] = f"{text[: len(text) - len(text.lstrip())]}pass"
        line = stops(rest)
    return found
