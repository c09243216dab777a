"""A made-up course of one assignment, `area`, to try a release and its audit on."""

from __future__ import annotations

from pathlib import Path

import nbformat

from autograder import release
from autograder.release import ROOT

NAMES = sorted(path.parent.name for path in ROOT.glob("source/*/*.ipynb"))  # of the kit's own
MODULE = '''"""A made-up module."""


def area(width, height):
    """The area of a rectangle."""
    # TODO multiply
    result = None
    ### BEGIN SOLUTION
    result = width * height  # the answer
    ### END SOLUTION
    return result
'''
STUB = '''"""A made-up module."""


def area(width, height):
    """The area of a rectangle."""
    # TODO multiply
    result = None
    return result
'''
SOLUTION = "result = width * height"
CHECK = {"grade": True, "solution": False, "locked": True, "task": False, "schema_version": 3}
WRITTEN = {**CHECK, "solution": True, "locked": False}


def notebook(*texts: str) -> str:
    """A notebook with a check, a written answer, an output, and a markdown cell for each text."""
    v4 = nbformat.v4
    cells = [
        v4.new_code_cell("1 + 1", outputs=[v4.new_output("stream", text="2")], execution_count=7),
        v4.new_code_cell("check('area')", metadata={"tags": ["raises-exception"]}),
        v4.new_markdown_cell("Areas grow with the square of lengths."),
        *map(v4.new_markdown_cell, texts),
    ]
    cells[1].metadata["nbgrader"] = {**CHECK, "grade_id": "area", "points": 2}
    cells[2].metadata["nbgrader"] = {**WRITTEN, "grade_id": "why", "points": 1}
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
    return nbformat.writes(v4.new_notebook(cells=cells))


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def files_in(folder: Path) -> dict[str, bytes]:
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def made(tmp_path: Path) -> Path:
    """A made-up course with one assignment."""
    root = tmp_path / "course"
    write(
        root,
        {
            "source/area/area.py": MODULE,
            "source/area/area.ipynb": notebook(),
            "nndl2/__init__.py": "",
            "nndl2/helper.py": "def hello_helper():\n    print('Hello')\n",
            "nndl2/checks/area.py": "LIMIT = 120\n",
            "autograder/grade.py": "def grade(path):\n    '''"
            + "Grade one student. " * 10
            + "'''\n",
        },
    )
    return root


def built(course: Path, tmp_path: Path, name: str = "area") -> Path:
    release.build(name, tmp_path / "built", root=course)
    return tmp_path / "built"
