"""Source -> release: stubs, the notebook, the package, the audit, and what lies in release/."""

import json
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from autograder import assignments, release, shipped
from autograder.nbgrader import generate
from autograder.release import ROOT, ReleaseError, strip
from nndl2.checks.model import Check
from nndl2.checks.names import checks_of

VENV = Path(sys.executable).parent
NAMES = sorted(path.parent.name for path in ROOT.glob("source/*/*.ipynb"))
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


@pytest.fixture
def course(tmp_path: Path) -> Path:
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


# Stubs


def test_a_stub_is_the_source_without_its_solution_regions():
    assert strip(MODULE) == STUB


@pytest.mark.parametrize(
    ("source", "stub"),
    [
        ("a = 1\n\n### BEGIN SOLUTION\nb = 2\n### END SOLUTION\n\nc = 3\n", "a = 1\n\nc = 3\n"),
        ("a = 1\n### BEGIN SOLUTION\nb = 2\n### END SOLUTION\n\n\nc = 3\n", "a = 1\n\n\nc = 3\n"),
        ("a = 1\n\n\n### BEGIN SOLUTION\nb = 2\n### END SOLUTION\n", "a = 1\n"),
        (
            "a = 1\n### BEGIN SOLUTION\n### END SOLUTION\nb = 2\n\nc = 3\n",
            "a = 1\nb = 2\n\nc = 3\n",
        ),
    ],
)
def test_a_region_leaves_no_superfluous_blank_lines(source: str, stub: str):
    assert strip(source) == stub


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("a = 1\n### BEGIN SOLUTION\nb = 2\n", "line 2: .* has no `### END SOLUTION`"),
        ("a = 1\n### END SOLUTION\n", "line 2: .* has no `### BEGIN SOLUTION`"),
        ("### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION\n", "line 2: .* line 1 began"),
        ("# begin solution\nb = 2\n# end solution\n", "line 1: write a marker alone"),
        ("a = 1  ### BEGIN SOLUTION\n### END SOLUTION\n", "line 1: write a marker alone"),
        ("def f():\n    ### BEGIN SOLUTION\n    return 2\n    ### END SOLUTION\n", "is no Python"),
    ],
)
def test_wrong_markers_are_refused_with_their_line(source: str, sentence: str):
    with pytest.raises(ReleaseError, match=sentence):
        strip(source, "area.py")


# Building


def test_a_release_is_the_stub_the_notebook_and_the_package(course: Path, tmp_path: Path):
    files = files_in(built(course, tmp_path))
    assert set(files) == {
        "area.py",
        "area.ipynb",
        "nndl2/__init__.py",
        "nndl2/helper.py",
        "nndl2/checks/area.py",
    }
    assert files["area.py"].decode() == STUB


def test_the_notebook_is_without_outputs_and_its_check_cells_are_locked(
    course: Path, tmp_path: Path
):
    made = nbformat.read(built(course, tmp_path) / "area.ipynb", as_version=4)
    nbformat.validate(made)
    code, check, written = made.cells
    assert [cell.id for cell in made.cells] == ["cell-0", "cell-1", "cell-2"]
    assert code.outputs == [] and code.execution_count is None
    assert check.metadata["deletable"] is check.metadata["editable"] is False
    assert check.metadata["nbgrader"]["points"] == 2 and check.metadata["nbgrader"]["checksum"]
    assert check.metadata["tags"] == ["raises-exception"]
    assert written.source == "YOUR ANSWER HERE"


def test_two_builds_are_equal(course: Path, tmp_path: Path):
    release.build("area", tmp_path / "one", root=course)
    release.build("area", tmp_path / "two", root=course)
    assert files_in(tmp_path / "one") == files_in(tmp_path / "two")


def test_caches_data_and_trained_weights_are_not_shipped(course: Path, tmp_path: Path):
    before = files_in(built(course, tmp_path))
    write(
        course,
        {
            "nndl2/__pycache__/helper.cpython-311.pyc": "cache",
            "nndl2/MNIST/raw/train-images-idx3-ubyte": "data",
            "source/area/.ipynb_checkpoints/area-checkpoint.py": MODULE,
            "source/area/area.pt": "weights",
            "source/area/area.zip": "a hand-in",
        },
    )
    release.build("area", tmp_path / "again", root=course)
    assert files_in(tmp_path / "again") == before


def test_what_lies_beside_the_module_is_released_too(course: Path, tmp_path: Path):
    write(course, {"source/area/figures/sketch.svg": "<svg/>"})
    assert "figures/sketch.svg" in files_in(built(course, tmp_path))


@pytest.mark.filterwarnings("ignore:Non-unique cell id")
@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (json.dumps({"cells": [], "metadata": {}, "nbformat": 4}), "nbgrader cannot convert area"),
        (notebook().replace('"cell-1"', '"cell-0"'), "give every cell an id, no two the same"),
        (notebook().replace('"why"', '"area"'), r"Duplicate grade id: area"),
        (notebook("### BEGIN HIDDEN TESTS\nassert\n### END HIDDEN TESTS"), "BEGIN HIDDEN TESTS"),
    ],
    ids=["not a notebook", "two cells with one id", "two checks with one id", "hidden tests"],
)
def test_a_notebook_that_is_not_right_is_refused_in_a_sentence(
    course: Path, tmp_path: Path, text: str, sentence: str
):
    write(course, {"source/area/area.ipynb": text})
    with pytest.raises(ReleaseError, match=sentence):
        built(course, tmp_path)
    assert not (tmp_path / "built").exists()


def test_a_graded_module_without_a_solution_region_is_refused(tmp_path: Path):
    (tmp_path / "vae.py").write_text(STUB)
    with pytest.raises(ReleaseError, match=r"vae\.py has no solution region, so all of it"):
        shipped.complete("vae", tmp_path, tmp_path)


def test_a_course_without_the_package_ships_the_kits(course: Path, tmp_path: Path):
    shutil.rmtree(course / "nndl2")
    helper = built(course, tmp_path) / "nndl2" / "helper.py"
    assert helper.read_bytes() == (ROOT / "nndl2" / "helper.py").read_bytes()


def test_an_unknown_assignment_is_told_with_the_known_ones(course: Path, tmp_path: Path):
    with pytest.raises(ReleaseError, match="no assignment 'volume'; there is area"):
        built(course, tmp_path, "volume")
    with pytest.raises(ReleaseError, match="no assignment yet"):
        release.release(root=tmp_path)


# The audit


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


# Putting it in place


def test_a_release_is_put_in_place_with_its_stub_at_the_top(course: Path):
    made = release.release(root=course)
    assert made == [course / "release/area", course / "area.py"]
    assert (course / "area.py").read_text("utf-8") == STUB
    assert list((course / "release").iterdir()) == [course / "release/area"]
    assert release.differences(root=course) == []


def test_a_second_assignment_is_a_folder_and_changes_nothing_else(course: Path):
    release.release(root=course)
    before = files_in(course)
    write(course, {"source/aaa/aaa.py": MODULE, "source/aaa/aaa.ipynb": notebook()})
    release.release(root=course)
    after = files_in(course)
    assert before.items() <= after.items()
    assert {name.split("/")[1] for name in after.keys() - before.keys()} == {"aaa"}


def with_checks(*names: str) -> dict[str, str]:
    """Checks as a file and as a folder, and a table of answers, for each of `names`."""
    made = {"nndl2/checks/__init__.py": "", "nndl2/checks/areas.py": "the engine's\n"}
    for name in names:
        made |= {f"nndl2/checks/{name}.py": f"NAME = '{name}'\n"}
        made |= {f"nndl2/checks/{name}/__init__.py": "", f"nndl2/checks/{name}/more.py": ""}
        made |= {f"nndl2/answers/{name}.json": "{}\n", f"nndl2/laws/{name}.py": ""}
    return made


def test_a_release_holds_the_checks_and_the_table_of_its_own_assignment_alone(course: Path):
    write(course, with_checks("area", "aaa"))
    write(course, {"source/aaa/aaa.py": MODULE, "source/aaa/aaa.ipynb": notebook()})
    release.release(root=course)
    everybodys = {"nndl2/__init__.py", "nndl2/helper.py", "nndl2/checks/__init__.py"}
    everybodys |= {"nndl2/checks/areas.py", "nndl2/laws/area.py", "nndl2/laws/aaa.py"}
    for name in ("area", "aaa"):
        own = {f"nndl2/checks/{name}.py", f"nndl2/answers/{name}.json"}
        own |= {f"nndl2/checks/{name}/__init__.py", f"nndl2/checks/{name}/more.py"}
        made = files_in(course / "release" / name)
        assert {label for label in made if label.startswith("nndl2/")} == everybodys | own
    assert release.differences(root=course) == []


def test_what_the_grader_knows_is_left_out_of_a_course_that_has_it_not(
    course: Path, tmp_path: Path
):
    write(course, with_checks("area", *assignments.names()))
    made = set(files_in(built(course, tmp_path)))
    assert "nndl2/checks/area.py" in made
    for name in assignments.names():
        assert not {x for x in made if f"/{name}." in x or f"/{name}/" in x} - {
            f"nndl2/laws/{name}.py"
        }


def test_a_release_of_two_notebooks_is_completed_once(course: Path, monkeypatch):
    done = []
    complete = generate.complete
    monkeypatch.setattr(generate, "complete", lambda *a: done.append(a[0]) or complete(*a))
    write(course, {"source/area/more.ipynb": notebook().replace('"area"', '"more"')})
    release.release(root=course)
    assert done == ["area"]
    assert {"area.ipynb", "more.ipynb"} <= set(files_in(course / "release/area"))


def test_an_old_stub_at_the_top_is_renewed(course: Path):
    release.release(root=course)
    write(course, {"source/area/area.py": MODULE.replace("multiply", "multiply the two")})
    release.release(root=course)
    assert "multiply the two" in (course / "area.py").read_text("utf-8")
    assert release.differences(root=course) == []


def test_work_at_the_top_is_only_overwritten_by_force(course: Path):
    release.release(root=course)
    write(course, {"area.py": STUB.replace("None", "width * height"), "source/area/new.txt": ""})
    before = files_in(course)
    with pytest.raises(ReleaseError, match=r"area\.py at the top level .* --force"):
        release.release(root=course)
    assert files_in(course) == before
    release.release(force=True, root=course)
    assert (course / "area.py").read_text("utf-8") == STUB


def test_a_failed_release_leaves_the_old_one(course: Path):
    release.release(root=course)
    write(course, {"source/area/area.py": MODULE.replace("### END SOLUTION", "")})
    before = files_in(course)
    with pytest.raises(ReleaseError):
        release.release(root=course)
    assert files_in(course) == before


def test_differences_are_told_a_line_a_file(course: Path):
    assert "release/area/area.ipynb: missing" in release.differences(["area"], root=course)
    release.release(root=course)
    write(
        course,
        {
            "area.py": STUB.replace("The area", "An area"),
            "release/area/answers.txt": "",
            "release/area/nndl2/helper.py": "\n",
            "release/area/__pycache__/area.cpython-311.pyc": "left by a run",
            "release/area/nndl2/MNIST/raw/train-images-idx3-ubyte": "left by a run",
        },
    )
    (course / "release/area/nndl2/__init__.py").unlink()
    assert release.differences(root=course) == [
        "area.py: line 5 differs",
        "release/area/answers.txt: not generated",
        "release/area/nndl2/__init__.py: missing",
        "release/area/nndl2/helper.py: line 1 differs",
    ]


def test_equal_sources_are_packed_into_equal_bytes(course: Path, tmp_path: Path):
    one = release.pack("area", tmp_path / "one.zip", root=course)
    two = release.pack("area", tmp_path / "two.zip", root=course)
    assert one.read_bytes() == two.read_bytes()
    with zipfile.ZipFile(one) as archive:
        names = archive.namelist()
        assert names == sorted(names) and {name.split("/")[0] for name in names} == {"area"}
        archive.extractall(tmp_path)
    assert files_in(tmp_path / "area") == files_in(built(course, tmp_path))
    with pytest.raises(ReleaseError, match="cannot write"):
        release.pack("area", tmp_path / "nowhere" / "area.zip", root=course)


def test_what_lies_beside_the_assignments_goes_with_each_and_can_be_left_out(
    course: Path, tmp_path: Path
):
    (course / "source/AGENTS.md").write_text("Explain, and ask.\n", "utf-8")
    (course / "source/.notes").write_text("not for students", "utf-8")
    folder = built(course, tmp_path / "with")
    assert (folder / "AGENTS.md").read_text("utf-8") == "Explain, and ask.\n"
    assert not (folder / ".notes").exists()
    (course / "source/AGENTS.md").unlink()
    assert not (built(course, tmp_path / "without") / "AGENTS.md").exists()


# This project


@pytest.mark.parametrize("name", NAMES)
def test_a_release_tells_what_is_whose_what_to_install_and_what_assistants_may_do(name: str):
    home = ROOT / "release" / name
    assert "Nothing in here is yours to change" in (home / "nndl2/README.md").read_text("utf-8")
    assert "write, complete or rewrite" in (home / "AGENTS.md").read_text("utf-8")
    needs = re.findall(r"^[a-z]+", (home / "requirements.txt").read_text("utf-8"), re.M)
    assert {"torch", "torchvision", "numpy", "matplotlib", "jupyterlab", "nbconvert"} <= {*needs}


def test_the_committed_release_is_what_the_source_gives():
    assert release.differences() == []


@pytest.mark.parametrize("name", NAMES)
def test_the_committed_release_has_no_trace_of_a_solution(name: str, tmp_path: Path):
    assert release.leaks(name, ROOT / "release" / name) == []
    shutil.copytree(ROOT / "release" / name, tmp_path / "with", dirs_exist_ok=True)
    shutil.copytree(ROOT / "source" / name, tmp_path / "with", dirs_exist_ok=True)
    assert release.leaks(name, tmp_path / "with")


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_released_stub_is_formatted(name: str, tmp_path: Path):
    stubs = sorted(built(ROOT, tmp_path, name).glob("*.py"))
    ruff = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length=100", "--check"]
    subprocess.run([*ruff, *stubs], check=True, capture_output=True)


def test_importing_the_release_loads_neither_torch_nor_nbgrader():
    code = "import autograder.release, sys; print({'torch', 'nbgrader'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "set()\n"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """This project's tree, as far as nbgrader needs it."""
    root = tmp_path / "copy"
    skip = shutil.ignore_patterns("__pycache__", "MNIST", "FashionMNIST")
    for folder in ("source", "nndl2", "autograder"):
        shutil.copytree(ROOT / folder, root / folder, ignore=skip)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    return root


def nbgrader(root: Path, name: str) -> subprocess.CompletedProcess[str]:
    """`nbgrader generate_assignment` as somebody runs it who did not activate the environment."""
    env = {"PATH": "/usr/bin:/bin", "HOME": str(root.parent)}
    command = [VENV / "nbgrader", "generate_assignment", name, "--force"]
    return subprocess.run(command, cwd=root, env=env, capture_output=True, text=True)


@pytest.mark.slow
def test_the_tables_are_computed_anew_once_a_command(copy: Path, monkeypatch: pytest.MonkeyPatch):
    asked, table = [], shipped.table
    monkeypatch.setattr(shipped, "table", lambda name: asked.append(name) or table(name))
    release.release(root=copy)
    tables = [copy / f"nndl2/answers/{name}.json" for name in NAMES]
    made = [path.read_bytes() for path in tables]
    for path in tables:
        path.write_text("{}", "utf-8")
    assert release.differences(root=copy) == [
        f"nndl2/answers/{name}.json: line 1 differs" for name in NAMES
    ]
    release.release(root=copy)
    assert [path.read_bytes() for path in tables] == made
    for name, answers in zip(NAMES, made):
        assert (copy / f"release/{name}/nndl2/answers/{name}.json").read_bytes() == answers
    assert asked == [*NAMES, *NAMES, *NAMES]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_plain_nbgrader_gives_the_same_release(name: str, copy: Path, tmp_path: Path):
    done = nbgrader(copy, name)
    assert done.returncode == 0, done.stderr
    assert files_in(copy / "release" / name) == files_in(built(ROOT, tmp_path, name))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_plain_nbgrader_releases_nothing_that_leaks(name: str, copy: Path):
    module = next(copy.glob(f"source/{name}/*.py"))
    write(copy, {f"source/{name}/answers.txt": module.read_text("utf-8")})
    done = nbgrader(copy, name)
    assert done.returncode != 0 and "not released" in done.stderr
    assert not (copy / "release" / name).exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_plain_nbgrader_stops_when_its_configuration_cannot_be_read(name: str, copy: Path):
    write(copy, {"autograder/stub.py": "no Python"})
    done = nbgrader(copy, name)
    assert done.returncode != 0 and done.stderr.startswith("nbgrader_config.py cannot be used")
    assert not (copy / "release").exists()
