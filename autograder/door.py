"""The options of pytest's door: `pytest autograder --submission FILE [--assignment NAME]`.

A plugin that the kit's own settings load early, so that pytest knows FILE for an option's value
before it looks for settings and conftest files beside each path it is given: nothing that lies
beside a student's file is ever read or run.
"""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the grader."""
    group = parser.getgroup("autograder", "grade a submission: pytest autograder --submission FILE")
    group.addoption("--submission", type=Path, metavar="FILE", help="default: the reference")
    group.addoption("--assignment", metavar="NAME", help="default: by the file")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Refuse a file that is not there, and settings that are not the kit's own."""
    file: Path | None = config.getoption("--submission")
    if file is None:
        return
    if not file.is_file():
        raise pytest.UsageError(f"--submission: there is no file {file}")
    if config.inipath != ROOT / "pyproject.toml":
        raise pytest.UsageError(
            f"pytest took its settings from {config.inipath or 'nowhere'}; run it in {ROOT}, as:"
            " pytest autograder --submission FILE"
        )
