"""Questions in a release: the placeholder stays, model answer and rubric never come out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import essays
import nbformat
import pytest
import tiny
from essays import BETA, BLANK, MODEL, RUBRIC, SAMPLES
from nbformat import v4

from autograder import release, verify
from autograder.assignments import ROOT, Private, Specimen
from autograder.grade import grade_one
from autograder.release import ReleaseError, audit
from autograder.release.stub import blanked
from autograder.training import Trainer
from nndl2.checks.questions import Question
from nndl2.checks.written import PLACEHOLDER


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course of the assignment with questions, which the kit knows."""
    root = essays.course(tmp_path / "course")
    essays.know(monkeypatch, root)
    return root


def built(course: Path) -> Path:
    release.build("tiny", course / "built", root=course)
    return course / "built"


def rewrite(course: Path, edit: Callable[[list[Any]], None]) -> None:
    path = course / "source" / "tiny" / "tiny.ipynb"
    book = nbformat.read(path, as_version=4)
    edit(book.cells)
    path.write_text(nbformat.writes(book), "utf-8")


def test_the_placeholder_stays_and_the_model_answer_goes(course: Path) -> None:
    folder = built(course)
    cells = nbformat.read(folder / "tiny.ipynb", as_version=4).cells
    asked = [c for c in cells if c.metadata.get("nbgrader", {}).get("solution")]
    assert [c.source for c in asked] == [BLANK, BLANK]
    assert [c.metadata.nbgrader.points for c in asked] == [2, 1]
    assert not any(c.metadata.get("editable") is False for c in asked)
    texts = [p.read_text("utf-8", "replace") for p in folder.rglob("*.*")]
    for secret in (MODEL.split(". ")[1], "whatever words are used", "all samples become alike"):
        assert texts and not [text for text in texts if secret in text]


def test_the_table_holds_the_cells_as_they_were_given_out_and_all_points(course: Path) -> None:
    table = json.loads((built(course) / "nndl2/answers/tiny.json").read_bytes())
    given = {SAMPLES: ["question-samples", BLANK], BETA: ["question-beta", BLANK]}
    assert table["questions"] == given and table["points"] == essays.POINTS


def test_an_assignment_without_questions_has_a_table_without_them() -> None:
    assert "questions" not in json.loads((ROOT / "nndl2/answers/vae.json").read_bytes())


@pytest.mark.parametrize(
    ("source", "released"),
    [
        ("The answer.", PLACEHOLDER),
        ("Lead.\n### BEGIN SOLUTION\na\nb\n### END SOLUTION\nEnd.", f"Lead.\n{PLACEHOLDER}\nEnd."),
        ("### BEGIN SOLUTION\n### END SOLUTION", PLACEHOLDER),
    ],
)
def test_a_blank_is_what_nbgrader_makes_of_the_cell(
    source: str, released: str, course: Path
) -> None:
    assert blanked(source, "cell") == released

    def put(cells: list[Any]) -> None:
        cells[4].source = source

    rewrite(course, put)
    cells = nbformat.read(built(course) / "tiny.ipynb", as_version=4).cells
    assert cells[4].source == released


# planted leaks


@pytest.mark.parametrize(
    ("place", "text", "what"),
    [
        ("hints.md", 'Think: half of it for\n  "noise" alone', ""),
        ("hints.md", RUBRIC.splitlines()[0], "the sentence `1 point for what is seen"),
        (
            "nndl2/checks/more.py",
            "# the codes fill only a part of the latent space.",
            "the sentence `",
        ),
        (
            "notes.txt",
            "Nothing told the codes where to\nlie in the latent space.",
            "the solution line",
        ),
        ("nndl2/answers/x.json", json.dumps({"a": essays.RUBRICS[BETA]}), "the sentence `"),
    ],
)
def test_a_planted_sentence_of_rubric_or_model_answer_is_found(
    place: str, text: str, what: str, course: Path
) -> None:
    file = course / ("" if place.startswith("nndl2") else "source/tiny") / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    if not what:  # a few words of it are no leak: they stand in any text on the matter
        built(course)
        return
    with pytest.raises(ReleaseError, match=f"not released: tiny/{place} holds {what}"):
        built(course)
    assert not (course / "built").exists()


def test_a_rubric_in_a_cell_of_the_notebook_is_found(course: Path) -> None:
    def leak(cells: list[Any]) -> None:
        cells.append(v4.new_code_cell("# " + essays.RUBRICS[BETA], id="leak"))

    rewrite(course, leak)
    with pytest.raises(ReleaseError, match=r"tiny\.ipynb: cell 8 holds the sentence `1 point for"):
        built(course)


def test_the_last_line_of_a_wrapped_answer_is_no_secret_by_itself() -> None:
    text = "A long sentence that goes on and on and is wrapped\nin the end.\n\n- an item here\n- x"
    assert audit.sentences(text) == [
        "A long sentence that goes on and on and is wrapped in the end."
    ]


def test_each_cell_of_a_rubric_s_table_is_a_secret_of_its_own() -> None:
    rows = "| points | for |\n|---|---|\n| 0.5 | Says what the samples look like. |\n"
    text = f"{rows}| 0.5 | Says why, and speaks of the codes |\n"
    said = ["Says what the samples look like.", "Says why, and speaks of the codes"]
    assert audit.sentences(text) == said


# what is not as declared


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"points": 3}, "'question_samples' has 3 points, its question 2"),
        ({"grade_id": "question_sample"}, "'question_samples' needs one cell of text"),
    ],
)
def test_a_cell_that_is_not_as_its_question_is_refused(
    changes: dict[str, Any], sentence: str, course: Path
) -> None:
    def edit(cells: list[Any]) -> None:
        cells[4].metadata.nbgrader |= changes

    rewrite(course, edit)
    with pytest.raises(ReleaseError, match=sentence):
        built(course)


def test_another_placeholder_is_refused(course: Path) -> None:
    (course / "nbgrader_config.py").write_text(
        "from autograder.nbgrader import configure\nc = get_config()\nconfigure(c)\n"
        "c.ClearSolutions.text_stub = 'Write here'\n"
    )
    with pytest.raises(ReleaseError, match=r"'question_samples' is released without .*text_stub"):
        built(course)


def test_a_question_needs_points_and_a_name_of_its_own() -> None:
    public = essays.ASSIGNMENT
    for asked in (Question("double", "Double"), Question("question_new", "New")):
        with pytest.raises(ValueError, match="needs points, and no part's name"):
            essays.private(public=replace(public, questions=(asked,)), rubrics={})
    with pytest.raises(ValueError, match="the rubric of 'question_x' belongs to no question"):
        essays.private(rubrics={"question_x": "1 point"})


def problems(private: Private) -> list[str]:
    return list(verify.points_problems(private))


def test_verify_tells_points_that_differ_and_a_rubric_that_is_missing(course: Path) -> None:
    home = course / "source" / "tiny"
    assert problems(essays.private(source=home)) == []
    odd = essays.private(source=home, rubrics={BETA: "1 point"}, points=essays.POINTS | {BETA: 2})
    assert problems(odd) == [
        "points: Large beta has 2, the notebook says 1",
        "questions: question_samples has no rubric, so its graders would each have their own",
    ]


def test_verify_asks_no_specimen_to_earn_what_people_grade() -> None:
    private = essays.private()
    specimen = Specimen("no", tiny.SQUARED, ("double.doubles",), ("double",))
    graded = grade_one(private, specimen.source, tiny.Parent(), b"", Trainer("never"))
    assert verify.as_manifest(private, specimen, graded) == []
