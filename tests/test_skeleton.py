"""`autograder new`: what it writes is released, graded and tested at once, or it writes nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from console import copy_of_the_kit
from notebooks import ONE_THREAD, execute, printed

from autograder import skeleton
from autograder.assignments import ROOT
from autograder.intake import BadInput

LONGEST = "a_name_of_thirty_letters_in_it"


def files_in(folder: Path) -> dict[str, bytes]:
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """The rooms that a new assignment gets files in, and a bit of the engine."""
    for file in ("nndl2/checks/compare.py", "autograder/grade.py", "docs/index.md"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("ALL = ['one word', 'seldom']\n")
    return tmp_path


# names

BAD = {
    "": "no name for an assignment",
    "two words": "no name for an assignment",
    "2nd": "no name for an assignment",
    "BetaVAE": "no name for an assignment",
    "_hidden": "no name for an assignment",
    "größe": "no name for an assignment",
    "../outside": "no name for an assignment",
    "a_name_that_has_too_many_letters": "no name for an assignment",
    "class": "a word of Python itself",
    "aux": "Windows can unpack no file called aux",
    "com1": "Windows can unpack no file called com1",
    "vae": "there is the assignment vae already",
    "docs": "there is docs already",
    "compare": "there is nndl2/checks/compare.py already",
    "json": "a module that json.py would hide",
    "torch": "a module that torch.py would hide",
    "nndl2": "there is nndl2 already",
    "torchvision": "a module that torchvision.py would hide",
    "grade": "a word that the kit itself uses, in autograder/grade.py",
    "seldom": "a word that the kit itself uses, in autograder/grade.py",
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_name_is_refused_in_a_sentence_and_nothing_is_written(name: str, course: Path):
    before = files_in(course)
    with pytest.raises(BadInput, match=BAD[name]) as told:
        skeleton.write(name, course)
    assert "\n" not in str(told.value) and files_in(course) == before


def test_the_name_of_something_left_over_is_refused(course: Path):
    (course / "release/beta").mkdir(parents=True)
    with pytest.raises(BadInput, match="there is release/beta already"):
        skeleton.write("beta", course)


def test_a_word_of_a_sentence_is_a_good_name(course: Path):
    assert len(skeleton.write("word", course)) == len(skeleton.files("word"))


# all or nothing


def test_every_file_is_one_that_was_not_there(course: Path):
    before = files_in(course)
    made = skeleton.write("word", course)
    assert files_in(course).keys() - before.keys() == skeleton.files("word").keys()
    assert [path.relative_to(course).as_posix() for path in made] == [*skeleton.files("word")]
    assert not [label for label, text in skeleton.files("word").items() if "$name" in text]


def _refuses(path: Path, *_: object) -> None:
    raise OSError(28, "No space left on device", str(path))


def _is_stopped(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("fails", [_refuses, _is_stopped])
@pytest.mark.parametrize("at", range(6))
def test_a_failure_half_way_leaves_nothing_behind(
    fails: Callable[..., None], at: int, course: Path, monkeypatch: pytest.MonkeyPatch
):
    before = {path: path.is_dir() for path in course.rglob("*")}
    last = course / [*skeleton.files("word")][at]
    put = skeleton._put

    def stumbling(path: Path, text: str, undo: object) -> Path:
        return put(path, text, undo) if path != last else fails(path)

    monkeypatch.setattr(skeleton, "_put", stumbling)
    with pytest.raises((BadInput, KeyboardInterrupt)) as told:
        skeleton.write("word", course)
    assert {path: path.is_dir() for path in course.rglob("*")} == before
    if fails is _refuses:
        assert str(told.value) == f"{last} cannot be written (No space left on device)" + (
            "; nothing was made"
        )


def test_a_file_in_the_place_of_a_folder_is_told(course: Path):
    (course / "tests").write_text("a file")
    before = files_in(course)
    with pytest.raises(BadInput, match=r"tests/todos.* cannot be written \(Not a directory\)"):
        skeleton.write("word", course)
    assert files_in(course) == before and not (course / "source").exists()


# what is written


@pytest.mark.slow
@pytest.mark.parametrize("name", ["zz", LONGEST])
def test_what_is_written_is_clean(name: str, tmp_path: Path):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for room in ("nndl2", "autograder", "tests/todos"):  # imports are sorted by what lies beside
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    made = skeleton.write(name, tmp_path)
    for command in (["format", "--check"], ["check"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--no-cache", *map(str, made)]
        done = subprocess.run(ruff, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_notebook_finds_its_folder_as_that_of_vae_does():
    """Its first cell begins as that of vae.ipynb, which tests/test_setup.py runs."""
    theirs, own = (
        next("".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["id"] == "setup")
        for text in (
            (ROOT / "source/vae/vae.ipynb").read_text("utf-8"),
            skeleton.files("vae")["source/vae/vae.ipynb"],
        )
    )
    begins = theirs.partition("\n\n%matplotlib")[0].replace("the vae.ipynb in", "the notebook in")
    assert own.startswith(f"{begins}\n\nfrom nndl2.checks import check\n")


# in a copy of this kit, under a name as long as can be


def run(root: Path, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root), **ONE_THREAD},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = copy_of_the_kit(ROOT, tmp_path_factory.mktemp("new") / "kit")
    for command in ("new", "release"):
        run(root, "autograder", command, LONGEST)
    return root


@pytest.mark.slow
def test_it_is_verified_and_rehearsed_at_once(kit: Path):
    said = run(kit, "autograder", "verify", LONGEST)
    assert "wrong programs caught as they should be 1 of 1" in said
    assert "right programs with full marks          2 of 2" in said and "no problems" in said
    said = run(kit, "autograder.rehearse", LONGEST)
    assert said.count("1 of 1 ") == 3 and "all questions in the table       2 of 2" in said


@pytest.mark.slow
def test_the_lint_and_the_types_of_the_kit_are_clean(kit: Path):
    run(kit, "ruff", "check", "--no-cache", ".")
    run(kit, "ruff", "format", "--no-cache", "--check", ".")
    if (known := ROOT / ".mypy_cache").is_dir():  # of files that are the same, by their hashes
        shutil.copytree(known, kit / ".mypy_cache", dirs_exist_ok=True)
    run(kit, "mypy")


@pytest.mark.slow
def test_the_tests_of_every_assignment_hold_for_it(kit: Path):
    of_all = ["tests/test_architecture.py", "tests/test_grade.py", "-k", "house or says_it_ships"]
    of_each = ["tests/test_release.py", "tests/test_gives_nothing_away.py", "-k", LONGEST]
    assert " passed" in run(kit, "pytest", "-q", *of_all)
    assert " passed" in run(kit, "pytest", "-q", "-m", "", *of_each)
    run(kit, "autograder", "release", "--check")


@pytest.mark.slow
@pytest.mark.parametrize("place", ["source", "release"])
def test_its_notebook_runs_to_the_end(place: str, kit: Path, tmp_path: Path):
    work = shutil.copytree(kit / "release" / LONGEST, tmp_path / "work")
    shutil.copy(kit / place / LONGEST / f"{LONGEST}.py", work)
    book = nbformat.read(work / f"{LONGEST}.ipynb", as_version=4)
    cells = {cell.id: cell for cell in execute(book, work).cells}
    (card,) = (o for o in cells["check-loss"].outputs if o.output_type == "display_data")
    said = "passed" if place == "source" else "not written yet"
    assert said in card.data["text/html"]
    assert f"Packed {LONGEST}.py, {LONGEST}.ipynb" in printed(cells["hand-in-pack"])


@pytest.mark.slow
def test_a_class_that_hands_it_in_beside_another_is_graded_in_one_run(kit: Path, tmp_path: Path):
    for student, names in {"ada": ("vae", LONGEST), "bob": (LONGEST,), "cyd": ("vae",)}.items():
        (tmp_path / "in" / student).mkdir(parents=True)
        for name in names:
            shutil.copy(kit / "source" / name / f"{name}.py", tmp_path / "in" / student)
    command = ["autograder", "grade", str(tmp_path / "in"), "--out", str(tmp_path / "out")]
    said = run(kit, *command, "--train", "never")
    own, other = said.split("\nvae\n")
    assert own.startswith(f"\n{LONGEST}\n") and own.count(" 1 / 1  graded") == 2
    assert other.count(" 12 / 12  graded") == 2
    kept = {p.parent.relative_to(tmp_path / "out") for p in tmp_path.glob("out/*/*/results.json")}
    assert kept == {Path(LONGEST, "ada"), Path(LONGEST, "bob"), Path("vae/ada"), Path("vae/cyd")}
