"""Syntax trees, made by one thread at a time."""

from __future__ import annotations

import ast
import threading

_one = threading.RLock()


def tree(source: str | bytes) -> ast.Module:
    """What `ast.parse` makes of `source`; raises what that raises.

    Before Python 3.13 all threads that make a tree count its depth in one place, and one that
    finds another's count ends with a SystemError (python/cpython#106905).
    """
    with _one:
        return ast.parse(source)
