"""What a terminal, a pipe or a file can show of a report."""

from __future__ import annotations

import io
import sys


def print_anywhere() -> None:
    """Have print write to any terminal, pipe or file from here on.

    A letter that its encoding lacks (Windows pipes are cp1252, some servers ascii) is written as
    its number, and ends no report halfway.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
