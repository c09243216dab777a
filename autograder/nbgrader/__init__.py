"""nbgrader's form of the kit: its configuration, and what the steps of a course's life do.

`nbgrader_config.py` only calls `configure`.
"""

from autograder.nbgrader.configuration import configure
from autograder.nbgrader.converter import convert
from autograder.nbgrader.export import TaskExporter

__all__ = ["TaskExporter", "configure", "convert"]
