"""Notebooks as students hand them in: read, made safe, and brought back to the release's cells."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import courses
import nbformat
import pytest
from nbconvert.filters import markdown2html
from nbformat import NotebookNode, v4

from autograder import assignments
from autograder.nbgrader import cells, notebooks
from autograder.nbgrader.notebooks import UnusableNotebook
from autograder.nbgrader.points import expect_every_task
from autograder.release.stub import ReleaseError

PRIVATE = assignments.load(courses.NAME)
RELEASED = notebooks.parsed(courses.changed())
TASKS = [cell.metadata.nbgrader.grade_id for cell in cells.graded(RELEASED.cells)]
MIDDLE = TASKS[len(TASKS) // 2]
Edit = Callable[[list[Any]], None]


def duplicated(them: list[Any]) -> None:
    at = courses.position(them, MIDDLE)
    them.insert(0, deepcopy(them[at]))


def duplicated_and_changed(them: list[Any]) -> None:
    duplicated(them)
    them[0]["source"] = "print('my own tests')"


def deleted(them: list[Any]) -> None:
    for task in (TASKS[0], MIDDLE):
        del them[courses.position(them, task)]


def all_deleted(them: list[Any]) -> None:
    them.clear()


def reordered(them: list[Any]) -> None:
    them.reverse()


def split(them: list[Any]) -> None:
    at = courses.position(them, MIDDLE)
    them.insert(at, deepcopy(them[at]))
    them[at]["source"], them[at + 1]["source"] = "check(", f"'{MIDDLE}')"


def stripped(them: list[Any]) -> None:
    for cell in them:
        cell["metadata"] = {}
        cell.pop("id", None)


def stripped_and_edited(them: list[Any]) -> None:
    stripped(them)
    for cell in them:
        cell["source"] = (
            str(cell["source"]).replace('check("', "# again\ncheck( '").replace('")', "')")
        )


def turned_into_text(them: list[Any]) -> None:
    cell = them[courses.position(them, MIDDLE)]
    cell["cell_type"] = "markdown"
    del cell["outputs"], cell["execution_count"]


def forged(them: list[Any]) -> None:
    about = them[courses.position(them, MIDDLE)]["metadata"]["nbgrader"]
    about |= {"points": 100, "grade_id": "bonus", "schema_version": 1}
    them.append(deepcopy(them[courses.position(them, TASKS[0])]))
    them[-1]["metadata"]["nbgrader"] = "not even a table"


def with_odd_metadata(them: list[Any]) -> None:
    for cell in them:
        cell["metadata"] = {"tags": "no list", "nbgrader": [1]}


EDITS: tuple[Edit, ...] = (
    *(duplicated, duplicated_and_changed, deleted, all_deleted, reordered, split, stripped),
    *(stripped_and_edited, turned_into_text, forged, with_odd_metadata),
)


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_each_graded_cell_is_there_once_whatever_became_of_the_notebook(edit: Edit):
    handed_in = notebooks.parsed(courses.changed(edit))
    found, _ = cells.restored(handed_in, RELEASED)
    nbformat.validate(found)
    abouts = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in found.cells]
    assert sorted(filter(None, abouts)) == sorted(TASKS)
    for cell, original in zip(_by_task(found), _by_task(RELEASED)):
        assert cell.source == original.source and cell.metadata == original.metadata
    expect_every_task(found.cells, PRIVATE)


def _by_task(nb: NotebookNode) -> list[NotebookNode]:
    return sorted(cells.graded(nb.cells), key=lambda cell: cell.metadata.nbgrader.grade_id)


def test_a_notebook_nobody_touched_stays_as_it_is():
    found, missing = cells.restored(deepcopy(RELEASED), RELEASED)
    assert found == RELEASED and missing == []


def test_what_was_deleted_comes_back_after_its_neighbour():
    found, missing = cells.restored(notebooks.parsed(courses.changed(deleted)), RELEASED)
    assert missing == [TASKS[0], MIDDLE]
    assert [cell.source for cell in found.cells] == [cell.source for cell in RELEASED.cells]


def test_a_cell_is_known_by_its_task_where_metadata_and_ids_are_gone():
    _, missing = cells.restored(notebooks.parsed(courses.changed(stripped_and_edited)), RELEASED)
    assert missing == []


def test_what_a_student_added_stays():
    extra = v4.new_markdown_cell("I tried a larger latent space.")
    handed_in = deepcopy(RELEASED)
    handed_in.cells.insert(3, extra)
    found, _ = cells.restored(handed_in, RELEASED)
    assert found.cells[3].source == extra.source and len(found.cells) == len(RELEASED.cells) + 1


def written(text: str = "Write your answer here.") -> NotebookNode:
    about = {"grade": True, "solution": True, "locked": False, "task": False, "points": 2}
    cell = v4.new_markdown_cell(text, id="why")
    cell.metadata.nbgrader = NotebookNode(about | {"grade_id": "why", "schema_version": 3})
    return cell


def test_a_written_answer_is_kept_and_a_missing_one_says_so():
    released = v4.new_notebook(cells=[written()])
    answered = v4.new_notebook(cells=[written("Because it is convex.")])
    found, missing = cells.restored(answered, released)
    assert [c.source for c in found.cells] == ["Because it is convex."] and not missing
    found, missing = cells.restored(v4.new_notebook(), released)
    assert found.cells[0].source.startswith("*This cell was missing") and missing == ["why"]


@pytest.mark.parametrize("first", [True, False])
def test_of_two_cells_for_an_answer_the_one_with_the_answer_counts(first: bool):
    released = v4.new_notebook(cells=[written()])
    pair = [written(), written("Because it is convex.")]
    pair[1].id = "copy"
    found, missing = cells.restored(v4.new_notebook(cells=pair[:: 1 if first else -1]), released)
    (graded,) = [c for c in found.cells if c.metadata.get("nbgrader")]
    assert graded.source == "Because it is convex." and not missing


# points


def test_points_that_differ_from_the_tasks_are_refused():
    for change, sentence in (
        ({"points": 99}, "has 99 points, its task"),
        ({"grade_id": "unheard-of"}, "belongs to no task"),
    ):
        nb = deepcopy(RELEASED)
        cell = cells.graded(nb.cells)[0]
        cell.source = "1 + 1"
        cell.metadata.nbgrader |= change
        with pytest.raises(ReleaseError, match=sentence):
            expect_every_task(nb.cells, PRIVATE)


def test_a_task_has_one_graded_cell():
    with pytest.raises(ReleaseError, match="in two cells"):
        expect_every_task([*RELEASED.cells, cells.graded(RELEASED.cells)[0]], PRIVATE)
    with pytest.raises(ReleaseError, match="no graded cell"):
        expect_every_task(cells.graded(RELEASED.cells)[1:], PRIVATE)


# reading

DEEP = "[" * 100_000


BROKEN = (
    *("", "{broken", "[]", "3", '{"cells": 3}', DEEP, '{"nbformat": 4, "nbformat_minor": 5}'),
    '{"nbformat": 99, "nbformat_minor": 0, "cells": [], "metadata": {}}',
    '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "code"}]}',
)


@pytest.mark.parametrize("text", BROKEN, ids=range(len(BROKEN)))
def test_what_is_no_notebook_is_unusable(text: str):
    with pytest.raises(UnusableNotebook, match="is no notebook"):
        notebooks.parsed(text)


@pytest.mark.slow
def test_a_notebook_of_very_many_cells_is_unusable():
    many = courses.changed(lambda them: them.extend(them * 100))
    with pytest.raises(UnusableNotebook, match="more than 2000 cells"):
        notebooks.parsed(many)


def test_a_link_a_folder_and_bytes_are_unusable(tmp_path: Path):
    (tmp_path / "real.ipynb").write_text(courses.changed(), "utf-8")
    (tmp_path / "link.ipynb").symlink_to("real.ipynb")
    (tmp_path / "folder.ipynb").mkdir()
    (tmp_path / "bytes.ipynb").write_bytes(b"\xff\xfe\x00")
    assert notebooks.read(tmp_path / "real.ipynb").cells
    for name, sentence in (
        ("link", "no regular|not a regular"),
        ("folder", "not a regular"),
        ("bytes", "is no text"),
        ("missing", "is missing"),
    ):
        with pytest.raises(UnusableNotebook, match=sentence):
            notebooks.read(tmp_path / f"{name}.ipynb")


def test_an_old_format_and_a_byte_order_mark_are_read(tmp_path: Path):
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": []}
    cell = {"cell_type": "code", "input": "1 + 1", "language": "python", "outputs": []}
    old["worksheets"] = [{"cells": [{**cell, "collapsed": False, "metadata": {}}], "metadata": {}}]
    (tmp_path / "old.ipynb").write_text("\ufeff" + json.dumps(old), "utf-8")
    nb = notebooks.read(tmp_path / "old.ipynb")
    assert (nb.nbformat, nb.cells[0].source) == (4, "1 + 1")


# safe to show

PNG = base64.b64encode(b"\x89PNG").decode()


def safe(*outputs: NotebookNode) -> list[NotebookNode]:
    cell = v4.new_code_cell("plot()", outputs=list(outputs))
    notebooks.make_safe([cell], set())
    return cell.outputs


def test_figures_and_text_stay():
    stream = v4.new_output("stream", name="stdout", text="120.3")
    figure = v4.new_output("display_data", {"image/png": PNG, "text/plain": "<Figure>"})
    assert safe(stream, figure) == [stream, figure]


@pytest.mark.parametrize(
    "data",
    [
        {"text/html": "<script>alert(1)</script>"},
        {"application/javascript": "alert(1)"},
        {"image/svg+xml": "<svg onload=alert(1)>"},
        {"text/markdown": "<img src=x onerror=alert(1)>"},
        {"image/png": '"><script>alert(1)</script>'},
    ],
    ids=lambda data: next(iter(data)),
)
def test_what_a_browser_would_run_goes(data: dict[str, str]):
    assert safe(v4.new_output("display_data", data)) == []
    (left,) = safe(v4.new_output("display_data", {**data, "text/plain": "x"}, metadata={"a": 1}))
    assert left.data == {"text/plain": "x"} and not left.metadata


def test_markup_in_a_students_text_is_shown_and_not_obeyed():
    mine, given = v4.new_markdown_cell("1 < 2 <img src=x>"), v4.new_markdown_cell("<b>Loss</b>")
    notebooks.make_safe([mine, given], {given.source})
    assert (mine.source, given.source) == ("1 < 2 < img src=x>", "<b>Loss</b>")


@pytest.mark.parametrize(
    "link",
    [
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt&#58;alert(1))",
        "[x](javascript&amp;#58;alert(1))",
        "[x](javascript\\:alert(1))",
        "![x](vbscript:x)",
        "[x](data:text/html,<p>)",
        "[x]\n\n[x]: javascript:alert(1)/2",
        "<javascript:alert(1)>",
    ],
)
def test_no_link_of_a_student_runs_a_program(link: str):
    cell = v4.new_markdown_cell(link)
    notebooks.make_safe([cell], set())
    page = markdown2html(cell.source)
    assert not re.search(r"(href|src)=.\s*(javascript|vbscript|data)", page, re.I), page


def test_formulas_and_prose_stay_what_they_are():
    text = "$0<x<1$, `a<b`, the data: see below"
    cell = v4.new_markdown_cell(text)
    notebooks.make_safe([cell], set())
    assert cell.source == text.replace("<x", "< x").replace("<b", "< b")
    shown = markdown2html(cell.source)
    assert "&amp;lt;" not in shown


def test_what_refers_to_no_attachment_says_so():
    gif = {"a.gif": {"image/gif": "R0lGODlhAQABAAAAACw="}}
    png = {"my b.png": {"image/png": "iVBORw0KGgo="}}
    cell = v4.new_markdown_cell(
        "![one](attachment:a.gif) ![two](attachment:my%20b.png)", attachments=gif | png
    )
    notebooks.make_safe([cell], set())
    assert cell.source.startswith("(one: this attachment is missing) ![two](attachment:")


def test_a_cell_of_empty_lines_is_looked_through_at_once():
    cell = v4.new_code_cell("\n" * 400_000 + "check('loss')")
    assert cells.task_of(cell, PRIVATE.public).name == "loss"


def test_half_a_character_makes_a_notebook_unusable():
    text = nbformat.writes(v4.new_notebook(cells=[v4.new_markdown_cell("x")]))
    with pytest.raises(notebooks.UnusableNotebook):
        notebooks.parsed(text.replace('"x"', '"\\ud83d"'))
