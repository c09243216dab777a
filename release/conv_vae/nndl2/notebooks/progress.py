"""A progress bar that leaves nothing behind.

tqdm's own bar for notebooks is a widget: the saved notebook keeps a reference to each, and shows an
error in its place when it is opened again. This one is a line of text that is emptied in the end.
"""

from __future__ import annotations

import html
import io
from typing import Any

from tqdm import tqdm

from nndl2.notebooks.saved import shell_here

COLUMNS = 80


def bar(total: int | None, title: str) -> tqdm[Any]:
    """A bar for `total` minibatches, or for an unknown number; a context, with `update()`."""
    where: dict[str, Any] = {}
    if hasattr(shell_here(), "kernel"):
        where = {"file": _Line(), "ascii": False}
    return tqdm(total=total, desc=title, leave=False, unit="batch", ncols=COLUMNS, **where)


class _Line(io.StringIO):
    """A stream of which a notebook shows what was written last."""

    def __init__(self) -> None:
        super().__init__()
        from IPython.display import display

        self.shown = display({"text/html": ""}, raw=True, display_id=True)

    def write(self, text: str) -> int:
        line = html.escape(text.strip())
        said = f'<pre style="margin:0 8px;font-size:13px">{line}</pre>' if line else ""
        self.shown.update({"text/html": said}, raw=True)
        return len(text)
