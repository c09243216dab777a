"""What people decided, a line of JSON a decision, in a file beside the results of a class.

The last line counts, the earlier ones tell how it came to that. A line that makes no sense is told,
not passed over: it may be somebody's points.
"""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from autograder.disk import replace_file, sync_names
from autograder.intake import BadInput, writing

Read = TypeVar("Read")


def read(path: Path, made: Callable[[dict[str, Any]], Read]) -> Iterator[Read]:
    """What `made` makes of each line of `path`, oldest first; BadInput names a line that cannot be
    read, where `made` raises ValueError, KeyError or TypeError."""
    for number, line in enumerate(_text(path).splitlines(), 1):
        try:
            yield made(json.loads(line))
        except (ValueError, KeyError, TypeError, RecursionError):
            raise BadInput(
                f"line {number} of {path} holds no decision that can be read; mend it, or delete it"
                " if you know what it was"
            ) from None


def add(path: Path, lines: Iterable[dict[str, Any]]) -> None:
    """Write more decisions to `path`, all of them or none; no file where there is none."""
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    if not text:
        return
    before = _text(path)
    with writing(path.parent):
        replace_file(path, before + "\n" * (before[-1:] not in ("", "\n")) + text)
        sync_names(path.parent)


def login() -> str:
    """The name of whoever runs this, as far as the machine knows it."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a machine without names
        return ""


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as e:
        why = e.strerror if isinstance(e, OSError) else "no text"
        raise BadInput(f"{path} cannot be read ({why})") from None
