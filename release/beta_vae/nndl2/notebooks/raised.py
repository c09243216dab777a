"""What the student's file raises in a cell, told as a card tells it: a sentence and its own lines.

An exception from within torch comes with sixty lines of torch, and the one that matters is among
them. IPython's `%tb` still shows them all.
"""

from __future__ import annotations

import linecache
import re
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import Any

from nndl2.checks.plain import plainly

MOST = 3  # lines of the student's file
CALLED = re.compile(r"(\w+)(?:\.(\w+))?\(\) (?:takes|missing|got) ")
MORE = "(The section's check may say more. %tb in a new cell shows where it was called.)"


def tell_shortly(shell: Any, file: Path) -> None:
    """Let IPython's `shell` tell what is raised in `file` as `told` says it, all else as ever."""

    def show(shell: Any, kind: type, e: Exception, tb: Any, tb_offset: int | None = None) -> None:
        lines = [] if hasattr(e, "_render_traceback_") else told(e, file)
        if lines:
            e._render_traceback_ = lambda: lines  # type: ignore[attr-defined]  # IPython's hook
        try:
            shell.showtraceback(running_compiled_code=True)
        finally:
            if lines:
                del e._render_traceback_  # type: ignore[attr-defined]  # %tb asks for it again

    shell.set_custom_exc((Exception,), show)


def told(e: Exception, file: Path) -> list[str]:
    """What `e` says and the lines of `file` that led to it; nothing where it had no part in it."""
    places = list(_places(e, file))
    if not places or isinstance(e, SyntaxError):
        return []
    linecache.checkcache(str(file))
    texts = [linecache.getline(str(file), number).strip() for _, number in places]
    kind, name = type(e).__name__, _name(places[0][0])
    message = plainly(kind, " ".join(str(e).split()), texts[-1])
    said = f"{name} raised {kind}" + (f": {message}" if message else "")
    lines = [f"{file.name}, line {at}: {text}" for (_, at), text in zip(places, texts)]
    return [said, *dict.fromkeys(lines[-MOST:]), MORE]


def _places(e: Exception, file: Path) -> Iterator[tuple[CodeType, int]]:
    """The code of `file` that was running and its lines, else what was called in a wrong way."""
    own = False
    for frame, number in traceback.walk_tb(e.__traceback__):
        if frame.f_code.co_filename == str(file):
            own = True
            yield frame.f_code, number
    called = CALLED.match(str(e)) if isinstance(e, TypeError) and not own else None
    if called:
        found: Any = sys.modules.get(file.stem)
        for name in filter(None, called.groups()):
            found = getattr(found, name, None)
        code = getattr(found, "__code__", None)
        if isinstance(code, CodeType) and code.co_filename == str(file):
            yield code, code.co_firstlineno


def _name(code: CodeType) -> str:
    """ "Net.forward"; before Python 3.11 "forward"."""
    return getattr(code, "co_qualname", code.co_name)
