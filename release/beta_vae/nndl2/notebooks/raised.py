"""What the student's file raises in a cell, told as a card tells it: a sentence and its own lines.

An exception from within torch comes with sixty lines of torch, and the one that matters is among
them, or, in a backward pass, is not. What is stopped by hand looks no better. IPython's `%tb` still
shows them all.
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
from nndl2.notebooks.backward import complaint, in_backward

MOST = 3  # lines of the student's file
CALLED = re.compile(r"(\w+)(?:\.(\w+))?\(\) (?:takes|missing|got) ")
STOPPED = "stopped by hand; what it changed until then stays, and it returned nothing."
WHERE = "(%tb in a new cell shows where it was called.)"
MORE = f"(The section's check may say more. {WHERE[1:]}"


def tell_shortly(shell: Any, file: Path) -> None:
    """Let IPython's `shell` tell what is raised in `file` as `told` says it, all else as ever."""

    def show(shell: Any, kind: type, e: Any, tb: Any, tb_offset: int | None = None) -> None:
        lines = [] if hasattr(e, "_render_traceback_") else told(e, file)
        if lines:
            e._render_traceback_ = lambda: lines  # IPython's hook
        try:
            shell.showtraceback(running_compiled_code=True)
        finally:
            if lines:
                del e._render_traceback_  # %tb asks for it again

    shell.set_custom_exc((Exception, KeyboardInterrupt), show)


def told(e: BaseException, file: Path) -> list[str]:
    """What `e` says and the lines of `file` that led to it; nothing where it had no part in it.

    Of what was stopped by hand, and of a backward pass, something is told wherever it ran, and so
    it is where a cell of the notebook lacks a name.
    """
    if isinstance(e, SyntaxError):
        return []
    linecache.checkcache(str(file))
    places = list(_places(e, file))
    name = _name(places[0][0]) if places else ""
    lines = [_line(file, number) for _, number in places]
    if isinstance(e, KeyboardInterrupt):
        return [f"{name or 'The cell'} was {STOPPED}", *dict.fromkeys(lines[-MOST:]), WHERE]
    if in_backward(e):
        return _told_of_backward(e, file, lines)
    if not places:
        return _told_of_lacking(e)
    last = linecache.getline(str(file), places[-1][1]).strip()
    return [_said(name, e, last), *dict.fromkeys(lines[-MOST:]), MORE]


def _told_of_lacking(e: BaseException) -> list[str]:
    """That a cell of the notebook needs what another one makes."""
    tb = e.__traceback__
    while tb and tb.tb_next:
        tb = tb.tb_next
    if not (isinstance(e, NameError) and e.name and tb):
        return []
    if tb.tb_frame.f_globals.get("__name__") != "__main__":  # not the notebook's own code
        return []
    first = "run the cells above first, after a restart from the top"
    return [f"{e.name} is not there yet: {first}.", WHERE]


def _told_of_backward(e: BaseException, file: Path, lines: list[str]) -> list[str]:
    """The lines that were running and those that can have brought it about: these ran before."""
    meaning, suspected = complaint(str(e), file)
    said = f"backward() raised {type(e).__name__}: {meaning}" if meaning else _said("backward()", e)
    can = [_line(file, number) for number in suspected if _line(file, number) not in lines]
    heading = ["What can do that:"] if can else []
    return [said, *dict.fromkeys(lines[-MOST:]), *heading, *can[:MOST], MORE]


def _said(name: str, e: BaseException, line: str = "") -> str:
    kind = type(e).__name__
    message = plainly(kind, " ".join(str(e).split()), line)
    return f"{name} raised {kind}" + (f": {message}" if message else "")


def _line(file: Path, number: int) -> str:
    return f"{file.name}, line {number}: {linecache.getline(str(file), number).strip()}"


def _places(e: BaseException, file: Path) -> Iterator[tuple[CodeType, int]]:
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
