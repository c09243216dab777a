"""The progress bar of a training, in a notebook and in a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest
from nbformat import v4
from notebooks import execute, printed

from nndl2.notebooks.progress import bar

CELL = """
from nndl2.notebooks import progress
told = []
update = progress._Line.write
progress._Line.write = lambda self, text: told.append(text) or update(self, text)
with progress.bar(3, "Epoch <0>") as shown:
    for _ in range(3):
        shown.update()
        shown.refresh()
print("Train Epoch: 0")
"""


def test_in_a_notebook_it_moves_and_leaves_nothing_behind(tmp_path: Path) -> None:
    cells = [v4.new_code_cell(text) for text in (CELL, "print(max(told, key=len))")]
    first, second = execute(v4.new_notebook(cells=cells), tmp_path).cells
    assert [output.get("data") for output in first.outputs] == [{"text/html": ""}, None]
    assert (printed(first), printed(first, "stderr")) == ("Train Epoch: 0\n", "")
    assert "Epoch <0>:" in printed(second) and "/3 [" in printed(second)


def test_in_a_terminal_it_is_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    with bar(None, "Epoch 0") as shown:
        shown.update()
        shown.refresh()
    said = capsys.readouterr()
    assert said.out == "" and "Epoch 0: 1batch" in said.err and said.err.endswith("\r")
