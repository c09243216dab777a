"""nbgrader's converter, run by us: from source to release, and into the gradebook."""

from __future__ import annotations

import logging
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import BaseConverter, NbGraderException
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.nbgrader.configuration import configuration
from autograder.release.stub import ReleaseError

log = logging.getLogger(__name__)
log.propagate = False  # nbgrader tells each step; what matters is raised as a ReleaseError
log.addHandler(logging.NullHandler())


def convert(name: str, root: Path, into: Path) -> None:
    """Run nbgrader's converter on the assignment `name`; the release is then `into`/`name`.

    No database is written. Raises ReleaseError.
    """
    config = configuration(root)
    config.GenerateAssignment.no_database = True
    config.SaveCells.enabled = False
    course = {"root": str(root.resolve()), "assignment_id": name, "release_directory": str(into)}
    config.CourseDirectory.update(course)
    converter = _Converter(
        coursedir=CourseDirectory(config=config, log=log), config=config, log=log
    )
    _run(converter, name)


def register(name: str, course: CourseDirectory, config: Config) -> None:
    """Have the gradebook of `course` know the cells of an assignment and their points as they are.

    The release stays as it is. Raises ReleaseError.
    """
    with Gradebook(course.db_url, course.course_id) as gradebook:
        try:
            books = gradebook.find_assignment(name).notebooks
        except MissingEntry:
            books = []
        known = {(b.name, cell.name): cell.max_score for b in books for cell in b.grade_cells}
    if known and known == _points(course, name):
        return
    with TemporaryDirectory() as scratch:
        elsewhere = CourseDirectory(config=config, log=log, release_directory=scratch)
        _run(_Converter(coursedir=elsewhere, config=config, log=log), name)


def _points(course: CourseDirectory, name: str) -> dict[tuple[str, str], float]:
    """The points of each graded cell of an assignment's notebooks, by notebook and cell."""
    source = Path(course.format_path(course.source_directory, ".", name))
    books = {path.stem: nbformat.read(path, as_version=4) for path in source.glob("*.ipynb")}
    about = [(stem, c.metadata.get("nbgrader", {})) for stem, b in books.items() for c in b.cells]
    return {(stem, a["grade_id"]): float(a["points"]) for stem, a in about if a.get("grade")}


def _run(converter: _Converter, name: str) -> None:
    try:
        converter.start()
    except NbGraderException as e:
        failure = converter.failure or e
        if isinstance(failure, ReleaseError):
            raise failure from None
        detail = f" ({failure.__context__})" if failure.__context__ else ""
        raise ReleaseError(f"nbgrader cannot convert {name}: {failure}{detail}") from failure


class KeepsFailure(BaseConverter):
    """A converter of nbgrader's, which logs what went wrong and raises something else."""

    failure: Exception | None = None

    def convert_single_notebook(self, notebook_filename: str) -> None:
        try:
            super().convert_single_notebook(notebook_filename)
        except Exception as e:
            self.failure = e
            raise


class _Converter(KeepsFailure, GenerateAssignment):
    """From source to release."""
