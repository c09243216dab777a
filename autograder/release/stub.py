"""Solution regions: which lines of a source file students get, and which they must not get."""

from __future__ import annotations

import re

from autograder import parsing
from nndl2.checks.written import PLACEHOLDER

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
ALMOST = re.compile(r"\b(begin|end)[\s_-]*solution", re.IGNORECASE)


class ReleaseError(Exception):
    """Why there is no release, in one sentence."""


def strip(text: str, name: str = "the module") -> str:
    """The stub of a Python source `text`: the same without its solution regions.

    The lines around a region stay as they are, with no more blank lines than stood on one side of
    it. `name` is what a ReleaseError calls the file; it is raised for markers that do not pair and
    for a stub that is no Python.
    """
    stub = "\n".join(split(text, name)[0]).rstrip() + "\n"
    try:
        parsing.tree(stub)
    except SyntaxError as e:
        raise ReleaseError(
            f"{name} without its solutions is no Python ({e.msg}, line {e.lineno} of the stub): "
            "leave a statement such as `z = None` before the region."
        ) from None
    return stub


def blanked(text: str, name: str) -> str:
    """An answer cell as nbgrader releases it: its placeholder for each region, else for all."""
    kept: list[str] = []
    begun = 0
    for number, line in enumerate(text.split("\n"), start=1):
        if marker := _marker(line, f"{name}, line {number}", begun):
            begun = number if marker == BEGIN else 0
            kept += [PLACEHOLDER] if begun else []
        elif not begun:
            kept.append(line)
    return "\n".join(kept) if PLACEHOLDER in kept else PLACEHOLDER


def split(text: str, name: str) -> tuple[list[str], list[str]]:
    """The lines of `text` outside its solution regions, and those inside, markers left out."""
    kept: list[str] = []
    solution: list[str] = []
    begun = spare = 0  # the line of an open BEGIN; blank lines that stood before the last region
    for number, line in enumerate(text.split("\n"), start=1):
        if marker := _marker(line, f"{name}, line {number}", begun):
            begun = number if marker == BEGIN else 0
            spare = _trailing_blanks(kept)
        elif begun:
            solution.append(line)
        elif spare and not line.strip():
            spare -= 1
        else:
            spare = 0
            kept.append(line)
    if begun:
        raise ReleaseError(f"{name}, line {begun}: `{BEGIN}` has no `{END}` after it.")
    return kept, solution


def _marker(line: str, where: str, begun: int) -> str:
    """BEGIN or END when `line` is that marker and stands in its place, else nothing."""
    if not ALMOST.search(line):
        return ""
    marker = line.strip()
    if marker not in (BEGIN, END):
        raise ReleaseError(f"{where}: write a marker alone on its line, as `{BEGIN}` or `{END}`.")
    if marker == BEGIN and begun:
        raise ReleaseError(f"{where}: `{BEGIN}` stands inside the region that line {begun} began.")
    if marker == END and not begun:
        raise ReleaseError(f"{where}: `{END}` has no `{BEGIN}` before it.")
    return marker


def _trailing_blanks(lines: list[str]) -> int:
    count = 0
    while count < len(lines) and not lines[-1 - count].strip():
        count += 1
    return count
