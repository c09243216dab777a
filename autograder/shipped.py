"""What a release holds beside the notebook: stubs of the modules, the package, its tables.

Every function takes the course's folder as `root`.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import shutil
from collections.abc import Iterable
from pathlib import Path

from autograder import assignments
from autograder.stub import BEGIN, END, ReleaseError, split, strip

PACKAGE = "nndl2"
SHIPPED = (".py", ".json")  # of the package; what else lies there is a cache or downloaded data
CACHES = ("__pycache__", ".ipynb_checkpoints", ".pytest_cache", ".ruff_cache", ".mypy_cache")


def complete(name: str, folder: Path, root: Path) -> None:
    """Turn the modules that nbgrader copied into `folder` into stubs, and add the package."""
    shutil.rmtree(folder / PACKAGE, ignore_errors=True)
    for path in sorted(folder.rglob("*.py")):
        text = path.read_text("utf-8")
        if path.name in _graded_modules(name) and not any(split(text, path.name)[1]):
            raise ReleaseError(
                f"{path.name} has no solution region, so all of it would be released: put"
                f" `{BEGIN}` and `{END}` around what students write."
            )
        path.write_text(strip(text, path.name), "utf-8")
    shipped = _package(root) | tables(course_assignments(root))
    for label, content in shipped.items():
        (folder / label).parent.mkdir(parents=True, exist_ok=True)
        (folder / label).write_bytes(content)


def _graded_modules(name: str) -> set[str]:
    """The file that students of an assignment write, where the grader knows the assignment."""
    return {assignments.load(name).public.module} if name in assignments.names() else set()


def course_assignments(root: Path) -> list[str]:
    """The assignments of the course: the folders in source/ that hold a notebook."""
    return sorted({path.parent.name for path in root.glob("source/*/*.ipynb")})


def _package(root: Path) -> dict[str, bytes]:
    """The files of nndl2 that ship, the course's own or else the kit's: label, content."""
    home = root if (root / PACKAGE).is_dir() else assignments.ROOT
    paths = (p for p in sorted((home / PACKAGE).rglob("*")) if p.suffix in SHIPPED and p.is_file())
    return {p.relative_to(home).as_posix(): p.read_bytes() for p in paths}


def tables(names: Iterable[str]) -> dict[str, bytes]:
    """For each assignment that computes one, what wrong number gets what sentence, as JSON."""
    tables = {}
    for name in set(names) & set(assignments.names()):
        module = f"{assignments.__name__}.{name}.table"
        if importlib.util.find_spec(module):
            table = importlib.import_module(module).table()
            text = json.dumps(table, indent=1, sort_keys=True, allow_nan=False) + "\n"
            tables[f"{PACKAGE}/checks/{name}.json"] = text.encode()
    return tables
