"""After a restart a notebook's cells say what to run first, where their names would be unknown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

MAKES_CHECK = re.compile(r"^from nndl2\.checks import .*\bcheck\b", re.MULTILINE)
TITLE = re.compile(r"# @title [^\n]*\n")  # of a form on Colab, which has to stay in front
SECTION = re.compile(r"^#+ (\d+)[. ]", re.MULTILINE)


class SayWhatToRunFirst(NbGraderPreprocessor):
    """Has each cell below the one that sets the notebook up ask whether that was run."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Write the question into all code cells but the first, if that makes `check` known."""
        code = [cell for cell in nb.cells if cell.cell_type == "code"]
        if code and MAKES_CHECK.search(code[0].source):
            asks = f'assert "check" in dir(), "run {_first(nb.cells)} first"\n'
            for cell in code[1:]:
                title = TITLE.match(cell.source)
                at = title.end() if title else 0
                cell.source = f"{cell.source[:at]}{asks}{cell.source[at:]}"
        return nb, resources


def _first(cells: Sequence[NotebookNode]) -> str:
    """What students have to run: the section that the first code cell is in."""
    above = ""
    for cell in cells:
        if cell.cell_type == "code":
            break
        above += f"{cell.source}\n"
    numbers = SECTION.findall(above)
    return f"section {numbers[-1]}" if numbers else "the Setup cell"
