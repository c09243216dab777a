"""Questions under nbgrader: manually graded cells, which wait until a person gives points."""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import courses
import essays
import nbformat
import pytest
import tiny
from essays import BETA, SAMPLES
from nbgrader.api import Gradebook

from autograder import release
from autograder.assignments import ROOT
from autograder.nbgrader import TaskExporter, course, exporter
from autograder.nbgrader.course import Course, Line
from nndl2.checks.written import PLACEHOLDER

pytestmark = pytest.mark.slow


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Course]:
    """A course of the assignment with questions, of two students: ada answers one, bob none."""
    monkeypatch.setenv("AUTOGRADER_SECRET", courses.SECRET)
    monkeypatch.setenv("PATH", os.environ["PATH"])
    root = essays.course(tmp_path / "course")
    private = essays.know(monkeypatch, root)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    release.build("tiny", root / "release" / "tiny", root=root)
    book = json.loads((root / "release/tiny/tiny.ipynb").read_bytes())
    for student, answer in (("ada", "Blurred digits."), ("bob", PLACEHOLDER)):
        folder = root / "submitted" / student / "tiny"
        folder.mkdir(parents=True)
        (folder / "tiny.py").write_bytes(tiny.RIGHT)
        for cell in book["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("grade_id") == SAMPLES:
                cell["source"] = essays.BLANK.replace(PLACEHOLDER, answer)
        (folder / "tiny.ipynb").write_text(json.dumps(book), "utf-8")
    made = Course(root, private)
    yield made
    exporter.engine_for(made.config).kept.clear()


def autograde(here: Course, **how: Any) -> dict[str, Line]:
    lines = here.autograde(None, **{"force": False, "jobs": 1} | how)
    assert not any(line.failed for line in lines), lines
    return {line.student: line for line in lines}


def gradebook(here: Course) -> Gradebook:
    return Gradebook(f"sqlite:///{here.root / 'gradebook.db'}")


def grade(book: Gradebook, question: str, student: str) -> Any:
    return book.find_grade(question, "tiny", "tiny", student)


def test_every_question_waits_for_a_person_and_none_is_scored_by_the_grader(here: Course):
    autograde(here)
    with gradebook(here) as book:
        for student in ("ada", "bob"):
            for question in (SAMPLES, BETA):
                found = grade(book, question, student)
                assert found.needs_manual_grade and found.auto_score is None
            assert grade(book, "double", student).auto_score == 2
            assert not grade(book, "double", student).needs_manual_grade
        assert book.find_assignment("tiny").max_score == 6
    path = here.root / "autograded/ada/tiny/tiny.ipynb"
    cells = nbformat.read(path, as_version=4).cells
    asked = {c.metadata.nbgrader.grade_id: c for c in cells if c.metadata.get("nbgrader")}
    assert "Blurred digits." in asked[SAMPLES].source and "outputs" not in asked[SAMPLES]


def test_the_table_has_two_sums_and_no_zero_for_what_is_open(here: Course):
    lines = autograde(here)
    assert {(line.score, line.max_score, line.hand) for line in lines.values()} == {
        (3, 3, "3 open")
    }
    head, ada, _ = course.table(list(lines.values())).splitlines()
    assert "by checks" in head and "by hand" in head
    assert ada.split() == ["ada", "2", "1", "3", "/", "3", "3", "open", "graded"]


def test_points_given_in_formgrader_stay_when_the_class_is_graded_again(here: Course):
    autograde(here)
    with gradebook(here) as book:
        grade(book, SAMPLES, "ada").manual_score = 1.5
        grade(book, BETA, "ada").manual_score = 0
        book.db.commit()
    lines = autograde(here, force=True)
    assert (lines["ada"].hand, lines["bob"].hand) == ("1.5 / 3", "3 open")
    assert lines["ada"].scores == {"double": 2, "total": 1, SAMPLES: 1.5, BETA: 0}
    assert lines["bob"].scores == {"double": 2, "total": 1, SAMPLES: None, BETA: None}


def test_the_export_has_both_sums_and_leaves_open_cells_empty(here: Course, tmp_path: Path):
    autograde(here)
    with gradebook(here) as book:
        grade(book, SAMPLES, "ada").manual_score = 1.5
        book.db.commit()
        plugin = TaskExporter()
        plugin.to = str(tmp_path / "grades.csv")
        plugin.export(book)
    with (tmp_path / "grades.csv").open(encoding="utf-8") as file:
        ada, bob = csv.DictReader(file)
    sums = ("by_checks", "max_by_checks", "by_hand", "max_by_hand", "open_by_hand")
    assert [ada[name] for name in sums] == ["3.0", "3.0", "1.5", "3.0", "1.0"]
    assert [bob[name] for name in sums] == ["3.0", "3.0", "", "3.0", "3.0"]
    assert (ada[SAMPLES], ada[BETA], bob[SAMPLES]) == ("1.5", "", "")
