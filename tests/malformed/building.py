"""Ways to make a submission out of the reference: as text, with something added or replaced."""

from __future__ import annotations

import re
import textwrap

from autograder.assignments import load
from autograder.assignments.edits import Edit
from autograder.assignments.vae.specimens.regions import applied

ASSIGNMENT = load("vae")
MARKER = re.compile(r"^ *### (BEGIN|END) SOLUTION\n", re.M)
REFERENCE = ASSIGNMENT.reference.decode("utf-8")
RIGHT = MARKER.sub("", REFERENCE)
STUB = (ASSIGNMENT.source.parents[1] / ASSIGNMENT.public.module).read_bytes()


def code(text: str) -> bytes:
    """A program as it is written in a test: indented, with a line end before it."""
    return textwrap.dedent(text).lstrip("\n").encode()


def first(text: str) -> bytes:
    """The right program below `text`, which begins with line 1."""
    return code(text) + RIGHT.encode()


def below_imports(text: str) -> bytes:
    """The right program with `text` between its imports and its functions."""
    return MARKER.sub("", applied(REFERENCE, [Edit("top", "", text)])).encode()


def last(text: str) -> bytes:
    """The right program above `text`."""
    return MARKER.sub("", applied(REFERENCE, [Edit("end", "", text)])).encode()


def region(where: str, new: str, old: str = "") -> bytes:
    """The right program with one of its solution regions rewritten."""
    return MARKER.sub("", applied(REFERENCE, [Edit(where, old, new)])).encode()


def put(old: str, new: str, at: int = 1) -> bytes:
    """The right program in which the `at`-th `old` became `new`; all of them when `at` is 0."""
    places = (at,) if at else ()
    return MARKER.sub("", applied(REFERENCE, [Edit("file", old, new, places)])).encode()


def every_line(new: str) -> bytes:
    """The right program with each line written into `new`, as {line} and {n}."""
    lines = enumerate(RIGHT.splitlines(), 1)
    return "".join(new.format(line=line, n=n) + "\n" for n, line in lines).encode()
