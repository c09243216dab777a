"""The student's notebook: where it is, and what is still missing in it."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from nndl2.checks.written import parsed, text_of
from nndl2.notebooks.saved import Run

FIELD = re.compile(r"^[ \t>*_#|-]*(name|student id)[ *_]*:[ \t*_]*(.*?)[\s*_|]*$", re.I | re.M)
EMPTY = re.compile(r"[\s._…<>\[\]-]*")
HEADING = re.compile(r"^#{1,6}\s+(.+?)(?: \(\d+ points?\))?\s*$", re.M)
FIGURE = "figure"  # the tag of a cell that draws one
OWN = "raises-exception"  # the tag of a cell that runs the student's code
PATIENCE = 10  # seconds that Colab has to send the notebook


@dataclass(frozen=True)
class Cell:
    """A code cell. under: the heading it stands under; number: that of its last run, In [n]."""

    text: str
    under: str
    number: int | None
    outputs: tuple[Mapping[str, Any], ...]
    tags: frozenset[str]

    @property
    def drawn(self) -> bool:
        return any(m.startswith("image/") for o in self.outputs for m in o.get("data", {}))

    @property
    def error(self) -> str:
        """The exception it ended with; a failed check is none."""
        found = (o.get("ename", "") for o in self.outputs if o.get("output_type") == "error")
        return next((name for name in found if name != "CheckFailed"), "")


@dataclass(frozen=True)
class Notebook:
    """A notebook as it is in a file, or with `shown` as the browser has it."""

    name: str
    data: bytes
    content: Mapping[str, Any]
    time: float = 0  # when the file was saved
    shown: bool = False

    @property
    def cells(self) -> Iterator[Cell]:
        under = ""
        for cell in self.content["cells"]:
            text = text_of(cell)
            if cell.get("cell_type") == "code":
                tags = cell.get("metadata", {}).get("tags") or ()
                outputs = tuple(cell.get("outputs") or ())
                yield Cell(text, under, cell.get("execution_count"), outputs, frozenset(tags))
            elif headings := HEADING.findall(text):
                under = headings[-1]

    def missing(self, runs: Mapping[int, Run], digest: str, this: str) -> Iterator[str]:
        """What to do before it is handed in, a sentence each.

        runs: of this session, by number; digest: of the student's file now; this: the text of the
        cell that asks, which is passed over.
        """
        yield from self._name()
        cells = [c for c in self.cells if c.text.strip() and c.text.strip() != this.strip()]
        if not self.shown and _unsaved(cells, runs, this):
            yield "what you ran last: save the notebook (Ctrl+S), then run this cell again"
            return  # nothing else is known of it
        yield from _told("not run", cells, lambda c: c.number is None)
        yield from _told("ended with an error", cells, lambda c: bool(c.error))
        ran = [c for c in cells if c.number is not None and not c.error]
        yield from _told("no figure", ran, lambda c: FIGURE in c.tags and not c.drawn)
        if runs:
            own = [c for c in ran if OWN in c.tags]
            yield from _told("not run since your last change", own, partial(_stale, runs, digest))

    def _name(self) -> Iterator[str]:
        texts = (text_of(c) for c in self.content["cells"] if c.get("cell_type") == "markdown")
        fields = dict(f for text in texts for f in FIELD.findall(text))
        if not fields:
            yield "your name: add a text cell with the lines 'Name: ...' and 'Student ID: ...'"
        if empty := [f for f, value in fields.items() if EMPTY.fullmatch(value)]:
            named = " and ".join(field[0].lower() + field[1:] for field in empty)
            yield f"your {named}: write it after the colon, and save the notebook"


def find(stem: str, names: Mapping[str, Any] | None = None) -> Notebook | str:
    """The notebook that asks, else the one called `stem` in this folder; or why there is none.

    names: those of the notebook, where one asks.
    """
    colab = sys.modules.get("google.colab")
    if names is not None and colab and (shown := _from_colab(colab, stem)):
        return shown
    for path in _places(stem, names):
        if not path.is_file():
            continue
        try:
            data = path.read_bytes()
            return _read(path.name, data, path.stat().st_mtime)
        except OSError as e:
            return f"{path.name} cannot be read ({e.strerror})"
        except ValueError:
            return f"{path.name} is no notebook that can be read: open it and save it again"
    return f"there is no notebook {stem}.ipynb in {Path.cwd()}: save it there"


def _places(stem: str, names: Mapping[str, Any] | None) -> Iterator[Path]:
    if names is not None:
        yield Path(str(names.get("__vsc_ipynb_file__", "")))  # Visual Studio Code tells it there
        yield Path(os.environ.get("JPY_SESSION_NAME", ""))  # Jupyter's server does
    yield Path(f"{stem}.ipynb")
    there = [p for p in Path.cwd().glob("*.ipynb") if stem in p.name]
    yield from sorted(there, key=lambda p: p.stat().st_mtime, reverse=True)


def _from_colab(colab: Any, stem: str) -> Notebook | None:
    """On Colab the browser hands out the notebook as it is shown."""
    try:
        content = colab._message.blocking_request("get_ipynb", timeout_sec=PATIENCE)["ipynb"]
        return _read(f"{stem}.ipynb", json.dumps(content, indent=1).encode(), shown=True)
    except Exception:  # no public interface: whatever fails, the file is taken
        return None


def _read(name: str, data: bytes, time: float = 0, shown: bool = False) -> Notebook:
    return Notebook(name, data, parsed(data), time, shown)


def _told(what: str, cells: Iterable[Cell], which: Callable[[Cell], bool]) -> Iterator[str]:
    """One line that names the sections of the cells in question."""
    found = list(dict.fromkeys(c.under or "the first cells" for c in cells if which(c)))
    if found:
        yield f"{what}: {', '.join(found)}"


def _unsaved(cells: Iterable[Cell], runs: Mapping[int, Run], this: str) -> bool:
    """Whether the file lacks the last run of one of its cells."""
    latest = {run.text.strip(): n for n, run in runs.items() if run.text.strip() != this.strip()}
    there: dict[str, set[int | None]] = {}
    for cell in cells:
        there.setdefault(cell.text.strip(), set()).add(cell.number)
    return any(n not in there[text] for text, n in latest.items() if text in there)


def _stale(runs: Mapping[int, Run], digest: str, cell: Cell) -> bool:
    """Whether it was last run by another kernel, or with another content of the student's file."""
    run = runs.get(cell.number or 0)
    return run is None or run.text.strip() != cell.text.strip() or run.digest != digest
