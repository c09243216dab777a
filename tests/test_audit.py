"""The audit: nothing of a solution, of the grader or of what hints leave out is in a release."""

import json
import re
from dataclasses import replace
from pathlib import Path

import area
import nbformat
import pytest
from area import MODULE, NAMES, SOLUTION, built, notebook, write

from autograder import assignments, release
from autograder.release import ROOT, ReleaseError, shipped
from nndl2.checks.model import Check
from nndl2.checks.names import checks_of


@pytest.fixture
def course(tmp_path: Path) -> Path:
    return area.made(tmp_path)


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("source/area/area.ipynb", notebook(f"Write `{SOLUTION}`.")),
        ("source/area/area.ipynb", notebook("Write result=width*height here.")),
        ("source/area/more.py", f'"""Another module: {SOLUTION}"""\n'),
        ("source/area/notes.txt", MODULE),
        ("nndl2/checks/area.py", f"def oracle(width, height):\n    {SOLUTION}\n"),
        ("nndl2/laws/areas.py", f"def expect_area(width, height):\n    {SOLUTION}\n"),
        ("nndl2/answers/area.json", json.dumps({"expected": SOLUTION})),
        ("nndl2/checks/area.py", "# copied from source: ### begin solution\n"),
    ],
    ids=[
        "cell",
        "spacing",
        "other module",
        "file beside",
        "visible check",
        "law",
        "table",
        "marker",
    ],
)
def test_a_release_with_a_trace_of_the_solution_is_not_built(
    course: Path, tmp_path: Path, place: str, text: str
):
    write(course, {place: text})
    with pytest.raises(ReleaseError, match=r"not released: area/.* holds the"):
        built(course, tmp_path)
    assert not (tmp_path / "built").exists()


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("source/area/area.py", MODULE.replace("TODO multiply", f"TODO {SOLUTION}")),
        ("nndl2/helper.py", f"def square(width, height):\n    {SOLUTION}\n"),
    ],
    ids=["the stub", "a helper"],
)
def test_a_line_that_students_get_on_purpose_is_no_leak(
    course: Path, tmp_path: Path, place: str, text: str
):
    write(course, {place: text})
    built(course, tmp_path)


def test_the_audit_sees_outputs_metadata_and_unreadable_notebooks(course: Path, tmp_path: Path):
    output = nbformat.v4.new_output("stream", text=f"def area():\n    {SOLUTION}\n")
    cell = nbformat.v4.new_code_cell("print(...)", outputs=[output])
    made = nbformat.v4.new_notebook(cells=[cell], metadata={"answer": SOLUTION})
    write(tmp_path, {"a/area.ipynb": nbformat.writes(made), "b/area.ipynb": SOLUTION})
    found = release.leaks("area", tmp_path / "a", root=course)
    assert [line.split(" holds ")[0] for line in found] == [
        "area/area.ipynb: its metadata",
        "area/area.ipynb: an output of cell 1",
    ]
    assert release.leaks("area", tmp_path / "b", root=course)


def test_the_audit_sees_a_solution_that_stood_in_a_notebook(course: Path, tmp_path: Path):
    write(tmp_path, {"a/notes.md": "Areas grow with  the square\nof lengths."})
    assert release.leaks("area", tmp_path / "a", root=course) == [
        "area/notes.md holds the solution line `Areas grow with the square of lengths.`."
    ]


def test_the_audit_sees_files_of_the_grader_under_any_name(course: Path, tmp_path: Path):
    grade = (course / "autograder/grade.py").read_text("utf-8")
    write(tmp_path, {"a/autograder/notes.txt": "", "a/nndl2/speed.py": f"import os\n{grade}"})
    assert release.leaks("area", tmp_path / "a", root=course) == [
        "area/autograder/notes.txt belongs to the grader.",
        "area/nndl2/speed.py holds autograder/grade.py, a file of the grader.",
    ]


def private_checks(name: str) -> set[Check]:
    """Those that the course keeps to itself."""
    private = assignments.load(name)
    return {*private.checks, *private.training_checks} - {*checks_of(name)}


KEEPING = [name for name in NAMES if private_checks(name)]


def test_some_assignment_keeps_a_check_to_itself():
    assert KEEPING


@pytest.mark.parametrize("name", KEEPING)
def test_the_audit_sees_the_name_of_every_private_check(name: str, tmp_path: Path):
    names = {check.name for check in private_checks(name)}
    write(tmp_path, {f"{check}.md": f"see `{check}`" for check in names})
    assert len(release.leaks(name, tmp_path)) == len(names)


@pytest.mark.parametrize("name", KEEPING)
def test_the_audit_sees_the_sentence_of_every_private_check(name: str, tmp_path: Path):
    said = {check.sentence for check in private_checks(name)}
    write(tmp_path, {f"{n}.md": text.replace(" ", "\n  ") for n, text in enumerate(said)})
    found = release.leaks(name, tmp_path)
    assert {line.partition("`")[2] for line in found} == {f"{text}`." for text in said}
    assert all(" holds the sentence `" in line for line in found)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("hints", "kept"), [("none", ("cause", "nudge")), ("cause", ("nudge",)), ("nudge", ())]
)
def test_the_audit_sees_each_sentence_that_hints_leave_out(
    name: str, hints: str, kept: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    private = replace(assignments.load(name), hints=hints)
    monkeypatch.setattr(assignments, "load", lambda name: private)
    known = next(m for m in private.misconceptions.values() if m.cause and m.nudge)
    write(tmp_path, {"cause.md": f"- {known.cause}", "nudge.md": f"- {known.nudge}"})
    found = {line.partition(" holds the sentence ")[0] for line in release.leaks(name, tmp_path)}
    assert found == {f"{name}/{field}.md" for field in kept}


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("hints", "columns"), [("none", {}), ("cause", {0}), ("nudge", {0, 1})])
def test_the_table_tells_what_hints_let_out(
    name: str, hints: str, columns: set[int], monkeypatch: pytest.MonkeyPatch
):
    private = replace(assignments.load(name), hints=hints)
    monkeypatch.setattr(assignments, "load", lambda name: private)
    table = shipped.table(name)
    told = {n for row in table["mistakes"].values() for n in (0, 1) if row[n]}
    assert told == set(columns)
    assert any(row["mistakes"] for rows in table["answers"].values() for row in rows) is bool(told)


def oracles() -> list[str]:
    """The lines of the oracles' functions that return what they computed."""
    texts = [path.read_text("utf-8") for path in sorted(ROOT.glob("autograder/oracles/*.py"))]
    lines = [line.strip() for text in texts for line in text.splitlines()]
    return [line for line in lines if re.match(r"return .{24,}", line) and "np." in line]


@pytest.mark.parametrize("line", oracles())
def test_the_audit_sees_a_line_of_an_oracle(line: str, tmp_path: Path):
    write(tmp_path, {"nndl2/laws/fast.py": f"def answer(x, y):\n        {line}\n"})
    (found,) = release.leaks(NAMES[0], tmp_path)
    assert found.startswith(f"{NAMES[0]}/nndl2/laws/fast.py holds the oracle's line `")


def test_there_are_lines_of_oracles_to_try():
    assert len(oracles()) >= 5
