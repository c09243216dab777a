"""nbgrader's configuration, and the preprocessor that keeps solutions out of what it releases.

nbgrader copies the modules of an assignment as they are, solutions included, before it converts
the first notebook. So a last preprocessor turns the copies into stubs; an exception in there,
unlike one in a hook, ends the conversion and removes what was made.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

from nbgrader import preprocessors as step
from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config, PyFileConfigLoader

from autograder import audit, release
from autograder.stub import ReleaseError

CONFIG = "nbgrader_config.py"
IGNORED = [*release.CACHES, "*.pyc", ".DS_Store", "*~", "feedback", "*.pt", "*.pth", "*.zip"]

log = logging.getLogger(__name__)
log.propagate = False  # nbgrader tells each step; what matters is raised as a ReleaseError


class FinishRelease(step.NbGraderPreprocessor):
    """The last step of a conversion: stubs for modules, the package beside them, the audit."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Complete the folder of the release that `nb` belongs to, and look for leaks in both."""
        converter = self.parent.parent  # an exporter's parent is the converter
        about = resources["nbgrader"]
        name, root = about["assignment"], Path(converter.coursedir.root)
        folder = Path(converter._format_dest(name, about["student"]))
        notebook = f"{about['notebook']}.ipynb"
        _cells_have_ids(root / "source" / name / notebook)
        release.complete(name, folder, root)
        secret = audit.secrets(name, root)
        found = audit.notebook_leaks(f"{name}/{notebook}", nb, secret)
        if found := found + audit.leaks(name, folder, secret):
            more = f" (and {len(found) - 1} more like this)" if found[1:] else ""
            raise ReleaseError(f"not released: {found[0].rstrip('.')}{more}.")
        return nb, resources


def configure(c: Any) -> None:
    """Set up nbgrader for this project; `c` is the configuration object it hands out."""
    c.GenerateAssignment.preprocessors = [
        step.IncludeHeaderFooter,
        step.LockCells,
        step.ClearSolutions,
        step.ClearOutput,
        step.CheckCellMetadata,
        step.ComputeChecksums,
        step.SaveCells,
        FinishRelease,
    ]  # no ClearHiddenTests: a hidden-test region would come back in feedback, so it is refused
    c.CourseDirectory.ignore = IGNORED
    _find_alembic()


def convert(name: str, root: Path, into: Path) -> None:
    """Run nbgrader's converter on the assignment `name`; the release is then `into`/`name`.

    No database is written. Raises ReleaseError.
    """
    config = _configuration(root)
    config.GenerateAssignment.no_database = True
    config.SaveCells.enabled = False
    course = {"root": str(root.resolve()), "assignment_id": name, "release_directory": str(into)}
    config.CourseDirectory.update(course)
    converter = _Converter(
        coursedir=CourseDirectory(config=config, log=log), config=config, log=log
    )
    try:
        converter.start()
    except NbGraderException as e:
        failure = converter.failure or e
        if isinstance(failure, ReleaseError):
            raise failure from None
        detail = f" ({failure.__context__})" if failure.__context__ else ""
        raise ReleaseError(f"nbgrader cannot convert {name}: {failure}{detail}") from failure


class _Converter(GenerateAssignment):
    """nbgrader's own, which logs what went wrong and raises something else."""

    failure: Exception | None = None

    def convert_single_notebook(self, notebook_filename: str) -> None:
        try:
            super().convert_single_notebook(notebook_filename)
        except Exception as e:
            self.failure = e
            raise


def _configuration(root: Path) -> Config:
    """The course's own configuration, else this project's."""
    if (root / CONFIG).is_file():
        return PyFileConfigLoader(CONFIG, path=str(root)).load_config()
    config = Config()
    configure(config)
    return config


def _cells_have_ids(path: Path) -> None:
    """Cells without ids of their own get random ones, and no two releases would be equal."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    ids = {cell.get("id") for cell in cells} - {None}
    if len(ids) != len(cells):
        raise ReleaseError(f"{path.name}: give every cell an id, no two the same.")


def _find_alembic() -> None:
    """nbgrader's gradebook runs `alembic` from the PATH, which lacks it in a venv not activated."""
    ours = str(Path(sys.executable).parent)
    paths = os.environ.get("PATH", "").split(os.pathsep)
    if ours not in paths:
        os.environ["PATH"] = os.pathsep.join([ours, *paths])
