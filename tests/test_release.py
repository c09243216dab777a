"""Source -> release: stubs, the notebook, the package, and what lies in release/."""

import json
import re
import shutil
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path

import area
import nbformat
import pytest
from area import MODULE, NAMES, STUB, built, files_in, notebook, write

from autograder import assignments, release
from autograder.nbgrader import generate
from autograder.release import ROOT, ReleaseError, shipped, strip

VENV = Path(sys.executable).parent


@pytest.fixture
def course(tmp_path: Path) -> Path:
    return area.made(tmp_path)


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


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"vae.ipynb": notebook()}, r"source/vae lacks vae\.py; put it there\."),
        (
            {"VAE.ipynb": notebook(), "vae.py": MODULE},
            r"source/vae lacks vae\.ipynb; rename VAE\.ipynb",
        ),
        (
            {"vae.ipynb": notebook(), "vae.py": "a = 1\n# caf\udce9\n"},
            r"line 2 of source/vae/vae\.py is",
        ),
    ],
    ids=["no module", "a notebook of another name", "a letter of another encoding"],
)
def test_a_source_that_lacks_something_is_refused_in_a_sentence(
    files: dict[str, str], sentence: str, tmp_path: Path
):
    for name, text in files.items():
        write(tmp_path, {f"source/vae/{name}": ""})
        (tmp_path / "source/vae" / name).write_text(text, "utf-8", "surrogateescape")
    with pytest.raises(ReleaseError, match=sentence):
        built(tmp_path, tmp_path, "vae")


def test_a_course_without_the_package_ships_the_kits(course: Path, tmp_path: Path):
    shutil.rmtree(course / "nndl2")
    helper = built(course, tmp_path) / "nndl2" / "helper.py"
    assert helper.read_bytes() == (ROOT / "nndl2" / "helper.py").read_bytes()


def test_an_unknown_assignment_is_told_with_the_known_ones(course: Path, tmp_path: Path):
    with pytest.raises(ReleaseError, match="no assignment 'volume'; the only one is area"):
        built(course, tmp_path, "volume")
    with pytest.raises(ReleaseError, match="no assignment yet"):
        release.release(root=tmp_path)


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
    (tmp_path / "two.zip").write_text("an older zip")
    with (tmp_path / "two.zip").open() as older:
        two = release.pack("area", tmp_path / "two.zip", root=course)
        assert older.read() == "an older zip"  # it was replaced, and not written over
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


@pytest.mark.parametrize("name", NAMES)
def test_a_cell_that_is_run_before_the_set_up_says_what_to_run_first(name: str):
    cells = nbformat.read(ROOT / "release" / name / f"{name}.ipynb", as_version=4).cells
    _, *others = [cell for cell in cells if cell.cell_type == "code"]
    for cell in others:
        with pytest.raises(AssertionError, match=r"^run (section 1|the Setup cell) first$"):
            exec(cell.source, {})
        assert cell.source.startswith("# @title") == ("cellView" in cell.metadata)


@pytest.mark.slow
def test_the_committed_release_is_what_the_source_gives():
    assert release.differences() == []


@pytest.mark.parametrize("name", NAMES)
def test_the_committed_release_has_no_trace_of_a_solution(name: str, tmp_path: Path):
    assert release.leaks(name, ROOT / "release" / name) == []
    shutil.copytree(ROOT / "release" / name, tmp_path / "with", dirs_exist_ok=True)
    shutil.copytree(ROOT / "source" / name, tmp_path / "with", dirs_exist_ok=True)
    assert release.leaks(name, tmp_path / "with")


@pytest.mark.parametrize("name", NAMES)
def test_a_released_stub_is_formatted(name: str):
    stubs = sorted((ROOT / "release" / name).glob("*.py"))
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
    asked, table = [], cache(shipped.table)  # another test compares what it makes
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
def test_plain_nbgrader_gives_the_same_release(name: str, copy: Path):
    """The same as the committed one, which is what the source gives."""
    done = nbgrader(copy, name)
    assert done.returncode == 0, done.stderr
    made, committed = (release._files(root / "release" / name, "") for root in (copy, ROOT))
    assert made == committed


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
    write(copy, {"autograder/release/stub.py": "no Python"})
    done = nbgrader(copy, name)
    assert done.returncode != 0 and done.stderr.startswith("nbgrader_config.py cannot be used")
    assert not (copy / "release").exists()
