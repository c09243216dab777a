"""From source to release by nbgrader: the preprocessor that keeps solutions out of it.

nbgrader copies the modules of an assignment as they are, solutions included, before it converts
the first notebook. So a last preprocessor turns the copies into stubs; an exception in there,
unlike one in a hook, ends the conversion and removes what was made.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
from nbgrader import preprocessors as step

from autograder import assignments
from autograder.nbgrader.points import expect_every_task
from autograder.release import audit
from autograder.release.shipped import complete, expect_source
from autograder.release.stub import ReleaseError
from nndl2.checks.written import PLACEHOLDER, grade_id


class FinishRelease(step.NbGraderPreprocessor):
    """The last step of a conversion: stubs for modules, the package beside them, the audit."""

    completed: Path | None = None  # one that holds several notebooks is completed once

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Complete the folder of the release that `nb` belongs to, and look for leaks in both."""
        converter = self.parent.parent  # an exporter's parent is the converter
        about = resources["nbgrader"]
        name, root = about["assignment"], Path(converter.coursedir.root)
        folder = Path(converter._format_dest(name, about["student"]))
        notebook = f"{about['notebook']}.ipynb"
        expect_source(name, root)
        _cells_have_ids(root / "source" / name / notebook)
        _cells_fit_tasks(root / "source" / name, name)
        if folder != self.completed:
            complete(name, folder, root)
            self.completed = folder
        _answers_are_blank(nb, name)
        secret = audit.secrets(name, root)
        found = audit.notebook_leaks(f"{name}/{notebook}", nb, secret)
        if found := found + audit.leaks(name, folder, secret):
            more = f" (and {len(found) - 1} more like this)" if found[1:] else ""
            raise ReleaseError(f"not released: {found[0].rstrip('.')}{more}.")
        return nb, resources


def _cells_fit_tasks(folder: Path, name: str) -> None:
    """Where the grader knows the assignment, its notebooks' graded cells are the tasks."""
    if name in assignments.names():
        books = [nbformat.read(path, as_version=4) for path in sorted(folder.glob("*.ipynb"))]
        expect_every_task([cell for book in books for cell in book.cells], assignments.load(name))


def _answers_are_blank(nb: Any, name: str) -> None:
    """Each question is released with its placeholder: by that it is known what was not touched."""
    asked = assignments.load(name).public.questions if name in assignments.names() else ()
    for cell in nb.cells:
        known = grade_id(cell)
        if known in {question.name for question in asked} and PLACEHOLDER not in cell.source:
            raise ReleaseError(
                f"the answer cell {known!r} is released without {PLACEHOLDER!r}: leave nbgrader's"
                " text_stub as it is."
            )


def _cells_have_ids(path: Path) -> None:
    """Cells without ids of their own get random ones, and no two releases would be equal."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    ids = {cell.get("id") for cell in cells} - {None}
    if len(ids) != len(cells):
        raise ReleaseError(f"{path.name}: give every cell an id, no two the same.")
