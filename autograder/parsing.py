"""Syntax trees, made by one thread at a time."""

from __future__ import annotations

import ast
import threading

_one = threading.RLock()


def tree(source: str | bytes) -> ast.Module:
    """What `ast.parse` makes of `source`; raises what that raises.

    In a Python without the mend of python/cpython#106905, such as 3.11.7, all threads count the
    depth of their trees in one place, and one that finds another's count ends with a SystemError.
    """
    with _one:
        return ast.parse(source)
