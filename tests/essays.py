"""The tiny assignment with two questions that people grade: its course, and what is handed in."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import tiny
from nbformat import v4

from autograder.assignments import Private
from nndl2.checks.questions import Question
from nndl2.checks.written import PLACEHOLDER

SAMPLES, BETA = "question_samples", "question_beta"
QUESTIONS = (Question(SAMPLES, "What samples look like", 8), Question(BETA, "Large beta"))
ASSIGNMENT = replace(tiny.ASSIGNMENT, questions=QUESTIONS)
LEAD = "*Your answer, at most 8 words:*"
BLANK = f"{LEAD}\n\n{PLACEHOLDER}"
MODEL = "Samples are blurred digits. Nothing told the codes where to lie in the latent space."
RUBRIC = """\
1 point for what is seen, whatever words are used; half of it for "noise" alone.
1 point for the reason: the codes fill only a part of the latent space.
"""
RUBRICS = {SAMPLES: RUBRIC, BETA: "1 point for saying that all samples become alike."}
POINTS = {"double": 2, "total": 1, SAMPLES: 2, BETA: 1}
CHECK = {"grade": True, "solution": False, "locked": True, "task": False, "schema_version": 3}
WRITTEN = {**CHECK, "solution": True, "locked": False}
MODULE = tiny.RIGHT.replace(
    b"    return 2 * x",
    b"    y = None\n    ### BEGIN SOLUTION\n    y = 2 * x\n    ### END SOLUTION\n    return y",
)
Notebook = dict[str, Any]


def private(**changes: Any) -> Private:
    """The private half; `changes` replace fields of it."""
    fields = {"public": ASSIGNMENT, "points": POINTS, "rubrics": RUBRICS}
    return tiny.private(**{**fields, **changes})


def know(monkeypatch: Any, root: Path) -> Private:
    """Have the kit hold this assignment alone, with the course in `root` and a table of answers."""
    known = private(source=root / "source" / "tiny")
    cells = {q.name: [q.name.replace("_", "-"), BLANK] for q in QUESTIONS}
    (root / "tiny.json").write_text(json.dumps({"questions": cells}))
    for module in ("autograder.intake", "nndl2.checks.show"):
        monkeypatch.setattr(f"{module}.ANSWERS", root, raising=False)
    monkeypatch.setattr("autograder.assignments.names", lambda: ["tiny"])
    monkeypatch.setattr("autograder.assignments.load", lambda name: known)
    for module in ("autograder.release.audit", "autograder.release.shipped"):
        monkeypatch.setattr(f"{module}.checks_of", lambda name: known.checks)
    return known


def solution(text: str) -> str:
    return f"{LEAD}\n\n### BEGIN SOLUTION\n{text}\n### END SOLUTION"


def source(**texts: str) -> Notebook:
    """The instructor's notebook: two tasks, two questions; `texts` stand in the answer cells."""
    cells = [v4.new_markdown_cell("# Tiny", id="title")]
    for task in ("double", "total"):
        cells.append(v4.new_code_cell(f"check('{task}')", id=task))
        cells[-1].metadata["nbgrader"] = CHECK | {"grade_id": task, "points": POINTS[task]}
    for question in QUESTIONS:
        text = texts.get(question.name, solution(MODEL))
        cells.append(v4.new_markdown_cell(f"{question.title}?", id=f"ask-{question.name}"))
        cells.append(v4.new_markdown_cell(text, id=question.name.replace("_", "-")))
        about = {"grade_id": question.name, "points": POINTS[question.name]}
        cells[-1].metadata["nbgrader"] = WRITTEN | about
    return v4.new_notebook(cells=cells)


def course(root: Path, book: Notebook | None = None) -> Path:
    """A course's folder with the source of the assignment."""
    folder = root / "source" / "tiny"
    folder.mkdir(parents=True)
    (folder / "tiny.py").write_bytes(MODULE)
    (folder / "tiny.ipynb").write_text(nbformat.writes(book or source()), "utf-8")
    (root / "nndl2").mkdir()
    (root / "nndl2" / "__init__.py").touch()
    return root


def answered(answers: Mapping[str, str | None], *edits: Callable[[list[Notebook]], None]) -> bytes:
    """A student's notebook: what is None lacks its cell, what is not named is as given out."""
    book = source(**{question.name: BLANK for question in QUESTIONS})
    for cell in list(book.cells):
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in answers and answers[name] is None:
            book.cells.remove(cell)
        elif name in answers:
            cell.source = cell.source.replace(PLACEHOLDER, answers[name])
    cells = json.loads(nbformat.writes(book))
    for edit in edits:
        edit(cells["cells"])
    return json.dumps(cells).encode()


def hand_in(folder: Path, student: str, module: bytes, book: bytes | None) -> Path:
    """What a student handed in, a folder each."""
    (folder / student).mkdir(parents=True, exist_ok=True)
    (folder / student / "tiny.py").write_bytes(module)
    if book is not None:
        (folder / student / "tiny.ipynb").write_bytes(book)
    return folder
