"""How nbgrader is configured for this project, and for a course like it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbgrader import preprocessors as step
from traitlets.config import Config, PyFileConfigLoader

from autograder.intake import BadInput
from autograder.nbgrader.begin import SayWhatToRunFirst
from autograder.nbgrader.exporter import SubmissionExporter
from autograder.nbgrader.generate import FinishRelease
from autograder.nbgrader.steps import GradeByEngine, HoldForStaff, RestoreCells
from autograder.release.shipped import CACHES

CONFIG, SETTINGS = "nbgrader_config.py", "nbgrader_settings.py"
IGNORED = [*CACHES, "*.pyc", ".DS_Store", "*~", "feedback", "*.pt", "*.pth", "*.zip"]


def configure(c: Any, root: Path | None = None) -> None:
    """Set up nbgrader for this project; `c` is the configuration object it hands out.

    A course's own settings stand in `SETTINGS` in its folder `root`. nbgrader itself goes on
    without any settings, and would release the solution, where its configuration cannot be read.
    """
    c.GenerateAssignment.preprocessors = [
        step.IncludeHeaderFooter,
        step.LockCells,
        step.ClearSolutions,
        step.ClearOutput,
        SayWhatToRunFirst,
        step.CheckCellMetadata,
        step.ComputeChecksums,
        step.SaveCells,
        FinishRelease,
    ]  # no ClearHiddenTests: a hidden-test region would come back in feedback, so it is refused
    c.Autograde.exporter_class = SubmissionExporter
    c.Autograde.sanitize_preprocessors = [
        RestoreCells,
        step.OverwriteKernelspec,
        step.OverwriteCells,
        step.CheckCellMetadata,
    ]  # no ClearOutput: no cell is run that would draw a student's figures again
    c.Autograde.autograde_preprocessors = [
        GradeByEngine,
        step.IgnorePattern,
        ClearMetadataPreprocessor,
        step.LimitOutput,
        step.SaveAutoGrades,
        HoldForStaff,
        step.AssignLatePenalties,
        step.CheckCellMetadata,
    ]
    c.CourseDirectory.ignore = IGNORED
    c.FileNameCollectorPlugin.valid_ext = [".ipynb", ".py", ".zip"]
    if root is not None and (root / SETTINGS).is_file():
        c.merge(PyFileConfigLoader(SETTINGS, path=str(root)).load_config())
    _find_alembic()


def configuration(root: Path) -> Config:
    """The course's own configuration, else this project's; BadInput where it cannot be read."""
    if (root / CONFIG).is_file():
        try:
            return PyFileConfigLoader(CONFIG, path=str(root)).load_config()
        except (Exception, SystemExit) as e:  # whatever a file of Python may raise
            raise BadInput(f"{root / CONFIG} cannot be used: {e}") from None
    config = Config()
    configure(config, root)
    return config


def _find_alembic() -> None:
    """nbgrader's gradebook runs `alembic` from the PATH, which lacks it in a venv not activated."""
    ours = str(Path(sys.executable).parent)
    paths = os.environ.get("PATH", "").split(os.pathsep)
    if ours not in paths:
        os.environ["PATH"] = os.pathsep.join([ours, *paths])
