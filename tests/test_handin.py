"""What the hand-in tells of a notebook, and what it packs."""

from __future__ import annotations

import io
import json
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode, v4
from notebooks import offline, printed

from autograder import release
from autograder.assignments.vae.specimens import REFERENCE
from autograder.intake import submissions
from nndl2 import NotReady, handin
from nndl2.checks import show
from nndl2.checks.model import Outcome, Report
from nndl2.checks.show import assignments
from nndl2.notebooks import notebook, paper
from nndl2.notebooks.saved import Run

ROOT = Path(__file__).parent.parent
RELEASE = ROOT / "release" / "vae"
SUBJECT = assignments()["vae"]
STUB = (RELEASE / "vae.py").read_bytes()
NAMED = "**Name:** Ada L.\n\n**Student ID:** 17"
PNG = {"image/png": "iVBORw0KGgo="}
FAIL = Outcome.FAIL
NOW, EARLIER = "digest", "another digest"


def markdown(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def code(text: str, number: int | None, *tags: str, error: str = "", **data: str) -> dict[str, Any]:
    outputs: list[dict[str, Any]] = []
    if data:
        outputs.append({"output_type": "display_data", "data": data, "metadata": {}})
    if error:
        outputs.append({"output_type": "error", "ename": error, "evalue": "", "traceback": []})
    metadata = {"tags": list(tags)} if tags else {}
    kind = {"cell_type": "code", "metadata": metadata, "source": text.splitlines(keepends=True)}
    return {**kind, "execution_count": number, "outputs": outputs}


WHOLE = (  # a notebook that lacks nothing
    *(markdown("# Title\n\nText."), markdown(NAMED), code("import work", 1)),
    *(markdown("## 2 Look (3 points)"), code("check()", 2, "raises-exception")),
    *(markdown("## 3 Draw"), code("draw()", 3, "figure", "raises-exception", **PNG)),
)


def packed(*cells: dict[str, Any]) -> bytes:
    content = {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    return json.dumps(content).encode()


def book(*cells: dict[str, Any], shown: bool = False) -> notebook.Notebook:
    data = packed(*cells)
    return notebook.Notebook("vae.ipynb", data, json.loads(data), shown=shown)


def without(place: int, *instead: dict[str, Any]) -> notebook.Notebook:
    """The whole notebook with another cell at one place."""
    return book(*WHOLE[:place], *instead, *WHOLE[place + 1 :])


def runs(*texts: str, digest: str = NOW) -> dict[int, Run]:
    return {n: Run(text, digest) for n, text in enumerate(texts, 1)}


RAN = runs("import work", "check()", "draw()")


def missing(of: notebook.Notebook, ran: dict[int, Run] | None = None) -> list[str]:
    return list(of.missing(RAN if ran is None else ran, NOW, "handin()"))


# what is told of the code


def test_what_could_not_be_asked_is_told_and_no_part_is_called_wrong(monkeypatch, tmp_path) -> None:
    table = show.stored(SUBJECT)
    monkeypatch.setattr(show, "stored", lambda subject: table | {"answers": {}})
    (tmp_path / "vae.py").write_bytes(REFERENCE.read_bytes())
    found = handin._checked(SUBJECT, tmp_path / "vae.py")
    said, *others = found
    n = sum(len(rows) > 0 for rows in table["answers"].values())
    assert re.fullmatch(r"(\d+) checks were not run, .*: tell the staff", said)
    assert 0 < int(said.split()[0]) <= n
    assert not [text for text in others if text.startswith(("not right", "not written"))]


def test_a_check_that_costs_no_points_calls_no_part_wrong(monkeypatch, tmp_path) -> None:
    (tmp_path / "vae.py").write_bytes(REFERENCE.read_bytes())

    def failing_aside(*args: Any) -> Report:
        found = show.public_report(*args)
        each = [v if v.check.costs_points else replace(v, outcome=FAIL) for v in found.verdicts]
        assert each != list(found.verdicts)
        return replace(found, verdicts=tuple(each))

    monkeypatch.setattr(handin, "public_report", failing_aside)
    assert list(handin._checked(SUBJECT, tmp_path / "vae.py")) == []


# what is told of a notebook


def test_of_a_whole_notebook_nothing_is_told() -> None:
    assert missing(book(*WHOLE)) == missing(book(*WHOLE), {}) == []
    assert missing(book(*WHOLE, code("handin()", None))) == []


@pytest.mark.parametrize(
    ("text", "lacking"),
    [
        ("**Name:** \n\n**Student ID:** ", "your name and student ID"),
        ("**Name:** Ada\n\n**Student ID:** ", "your student ID"),
        ("Name: ...\nStudent ID: 12", "your name"),
        ("- Name: ____\n- Student ID: 7", "your name"),
        ("Nothing of the kind", "your name"),
        ("| Name: Ada |\n| Student ID: 7 |", None),
        ("NAME : Émilie\n\nstudent id: a-1", None),
    ],
)
def test_a_name_that_is_not_filled_in_is_told(text: str, lacking: str | None) -> None:
    told = missing(without(1, markdown(text)))
    assert [sentence.partition(":")[0] for sentence in told] == ([lacking] if lacking else [])


@pytest.mark.parametrize(
    ("place", "cell", "told"),
    [
        (4, code("check()", None), "not run: 2 Look"),
        (2, code("import work", None), "not run: Title"),
        (4, code("check()", 2, error="ValueError"), "ended with an error: 2 Look"),
        (4, code("check()", 2, error="CheckFailed"), None),  # the checks tell it
        (6, code("draw()", 3, "figure"), "no figure: 3 Draw"),
        (6, code("draw()", 3), None),
        (4, code("", None), None),
    ],
)
def test_a_cell_that_lacks_something_is_told_by_its_section(
    place: int, cell: dict[str, Any], told: str | None
) -> None:
    assert missing(without(place, cell), {}) == ([told] if told else [])


def test_a_notebook_that_is_not_saved_is_told_and_nothing_else_of_it() -> None:
    again = RAN | {4: Run("draw()", NOW), 5: Run("handin()", NOW)}
    (told,) = missing(book(*WHOLE), again)
    assert told.startswith("what you ran last: save the notebook")
    of_colab = book(*WHOLE[:6], code("draw()", 4, **PNG), shown=True)
    assert missing(of_colab, again) == []


def test_what_ran_with_another_content_of_the_file_is_told() -> None:
    old = RAN | {3: Run("draw()", EARLIER)}
    assert missing(book(*WHOLE), old) == ["not run since your last change: 3 Draw"]


def test_what_ran_in_an_earlier_session_is_told() -> None:
    anew = runs("import work", "check()")
    assert missing(book(*WHOLE), anew) == ["not run since your last change: 3 Draw"]


def test_the_released_notebooks_tags_say_what_draws_and_what_runs_the_students_code() -> None:
    data = (RELEASE / "vae.ipynb").read_bytes()
    cells = list(notebook.Notebook("vae.ipynb", data, json.loads(data)).cells)
    drawing = re.compile(r"^(show_(images|training)|draw_network|plt\.show)\(", re.M)
    own = re.compile(r"^check\(|vae_model|cvae\b|^from vae import [A-Z]", re.M)
    for cell in cells:
        assert (notebook.FIGURE in cell.tags) == bool(drawing.search(cell.text)), cell.text
        assert (notebook.OWN in cell.tags) == bool(own.search(cell.text)), cell.text
    assert {cell.under for cell in cells} >= {"1 Setup", "3.1 Encoder", "5.1 Pack and submit"}


# which notebook


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A student's folder with the stub, and no browser to print with."""
    (tmp_path / "vae").mkdir()
    monkeypatch.chdir(tmp_path / "vae")
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(paper, "PLACES", ())
    Path("vae.py").write_bytes(STUB)
    return tmp_path / "vae"


def named(found: notebook.Notebook | str) -> str:
    assert isinstance(found, notebook.Notebook)
    return found.name


def test_the_notebook_of_the_assignments_name_is_taken(here: Path) -> None:
    for name in ("vae.ipynb", "vae (1).ipynb"):
        Path(name).write_bytes(packed(*WHOLE))
    assert named(notebook.find("vae")) == "vae.ipynb"


def test_else_a_copy_of_it(here: Path) -> None:
    Path("notes.ipynb").write_bytes(packed())
    Path("Copy of vae.ipynb").write_bytes(packed(*WHOLE))
    assert named(notebook.find("vae")) == "Copy of vae.ipynb"


def test_a_notebook_that_asks_is_taken_under_any_name(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("vae.ipynb", "mine.ipynb"):
        Path(name).write_bytes(packed(*WHOLE))
    monkeypatch.setenv("JPY_SESSION_NAME", str(here / "mine.ipynb"))
    assert named(notebook.find("vae", {})) == "mine.ipynb"
    assert named(notebook.find("vae")) == "vae.ipynb"


NO_NOTEBOOKS = (b"{", b"[]", b'{"cells": 3}', b'{"cells": ["x"]}', b"\xff", b"[" * 200_000)


@pytest.mark.parametrize("content", NO_NOTEBOOKS, ids=range(len(NO_NOTEBOOKS)))
def test_a_file_that_is_no_notebook_is_told(here: Path, content: bytes) -> None:
    Path("vae.ipynb").write_bytes(content)
    assert notebook.find("vae") == (
        "vae.ipynb is no notebook that can be read: open it and save it again"
    )


@pytest.fixture
def colab(here: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A made-up Colab, which answers with what is put in here."""
    answers: dict[str, Any] = {}
    module = ModuleType("google.colab")
    module._message = SimpleNamespace(blocking_request=lambda what, timeout_sec: answers[what])  # type: ignore[attr-defined]  # as Colab's
    monkeypatch.setitem(sys.modules, "google.colab", module)
    return answers


def test_on_colab_the_browsers_notebook_is_taken(colab: dict[str, Any]) -> None:
    Path("vae.ipynb").write_bytes(packed(*WHOLE[:2]))
    colab["get_ipynb"] = {"ipynb": json.loads(packed(*WHOLE))}
    found = notebook.find("vae", {})
    assert isinstance(found, notebook.Notebook) and found.shown
    assert missing(found) == []


def test_where_the_browser_does_not_answer_the_file_is_taken(colab: dict[str, Any]) -> None:
    Path("vae.ipynb").write_bytes(packed(*WHOLE))
    found = notebook.find("vae", {})
    assert isinstance(found, notebook.Notebook) and not found.shown


# what is packed


def pack(pdf: bool = False) -> tuple[bool, str]:
    return handin.pack(SUBJECT, Path("vae.py"), pdf=pdf)


def contents() -> dict[str, bytes]:
    with zipfile.ZipFile("vae-handin.zip") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_zip_holds_the_file_the_notebook_and_a_page_of_both(here: Path) -> None:
    data = packed(*WHOLE)
    Path("vae.ipynb").write_bytes(data)
    complete, told = pack()
    files = contents()
    assert list(files) == ["vae.py", "vae.ipynb", "vae.html"]
    assert (files["vae.py"], files["vae.ipynb"]) == (STUB, data)
    assert not complete and f"Packed vae.py, vae.ipynb, vae.html into {here}" in told
    assert "- not written yet: Encoder, mu layer, logvar layer, Decoder, " in told
    assert sorted(p.name for p in here.iterdir()) == ["vae-handin.zip", "vae.ipynb", "vae.py"]


def test_the_page_needs_no_other_file_and_shows_code_and_figures(here: Path) -> None:
    Path("vae.py").write_text("x = '<script>alert(1)</script> é'\n", encoding="utf-8")
    Path("vae.ipynb").write_bytes(packed(*WHOLE))
    pack()
    page = contents()["vae.html"].decode()
    assert "The code in vae.py" in page and "alert" in page and "é" in page
    assert "<script>alert" not in page and PNG["image/png"] in page
    sources = re.findall(r"<(?:script|link|img)[^>]*(?:src|href)=\"(?!data:)([^\"]*)", page)
    assert all("mathjax" in source for source in sources)  # formulas; without it they stay TeX


def test_progress_bars_are_not_on_the_page(here: Path) -> None:
    bar = code(
        "train()", 4, **{paper.WIDGET: "", "text/plain": "a bar that only a kernel can draw"}
    )
    page = paper.html(paper.with_code(json.loads(packed(*WHOLE, bar)), "vae.py", STUB), "vae")
    assert "train" in page and "a bar that only" not in page


def test_nothing_of_a_solution_or_of_the_grader_is_in_the_zip(here: Path) -> None:
    shutil.copy(RELEASE / "vae.ipynb", here)
    pack()
    with zipfile.ZipFile("vae-handin.zip") as archive:
        archive.extractall(here / "out")
    assert sorted(p.name for p in (here / "out").iterdir()) == ["vae.html", "vae.ipynb", "vae.py"]
    assert release.leaks("vae", here / "out") == []
    shutil.copy(REFERENCE, here / "out")
    assert release.leaks("vae", here / "out")


def test_the_graders_intake_takes_the_zip(here: Path) -> None:
    Path("vae.ipynb").write_bytes(packed(*WHOLE))
    pack()
    (here / "class/ada").mkdir(parents=True)
    shutil.copy("vae-handin.zip", here / "class/ada")
    (handed,) = submissions(here / "class", "vae.py")
    assert (handed.student, handed.source, handed.wrong) == ("ada", STUB, None)


def test_a_copy_is_packed_under_the_right_name(here: Path) -> None:
    Path("Copy of vae.ipynb").write_bytes(packed(*WHOLE))
    assert "Copy of vae.ipynb is packed as vae.ipynb." in pack()[1]
    assert contents()["vae.ipynb"] == packed(*WHOLE)


def test_without_a_notebook_the_file_is_packed_alone(here: Path) -> None:
    complete, told = pack()
    assert not complete and list(contents()) == ["vae.py"]
    assert f"- the notebook: there is no notebook vae.ipynb in {here}: save it there" in told


def test_a_run_older_than_the_file_is_told(here: Path) -> None:
    Path("vae.ipynb").write_bytes(packed(*WHOLE))
    pack()
    assert "a run of the notebook" not in pack()[1]
    Path("vae.py").write_bytes(STUB)
    assert "- a run of the notebook: vae.py was saved after it" in pack()[1]


def test_what_makes_it_too_large_is_left_out_and_told(here: Path) -> None:
    Path("vae.ipynb").write_bytes(
        packed(*WHOLE, code("draw()", 4, **{"image/png": "A" * 5_000_000}))
    )
    assert "Without vae.html: with it the hand-in has more than 8 MiB." in pack()[1]
    assert list(contents()) == ["vae.py", "vae.ipynb"]
    Path("vae.ipynb").write_bytes(
        packed(*WHOLE, code("draw()", 4, **{"image/png": "A" * 9_000_000}))
    )
    assert "which may be refused: clear the outputs" in pack()[1]
    assert list(contents()) == ["vae.py", "vae.ipynb"]


def test_without_nbconvert_or_a_printer_the_rest_is_packed(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("vae.ipynb").write_bytes(packed(*WHOLE))
    assert "Without a PDF: no browser that prints, and no LaTeX, was found." in pack(pdf=True)[1]
    monkeypatch.setitem(sys.modules, "nbconvert", None)
    assert "Without a page to read: the package nbconvert is missing" in pack()[1]
    assert list(contents()) == ["vae.py", "vae.ipynb"]


def test_a_file_that_cannot_run_is_packed_and_told_once(here: Path) -> None:
    Path("vae.py").write_text("def f(:\n")
    assert "- a vae.py that runs: line 1 of vae.py opens a ( that is never closed\n" in pack()[1]
    assert contents()["vae.py"] == b"def f(:\n"


STOPPED = "import signal\nsignal.raise_signal(signal.SIGINT)\n"


def test_where_a_look_is_stopped_by_hand_the_work_is_packed(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("vae.py").write_text(STOPPED)
    Path("vae.ipynb").write_bytes(packed(*WHOLE))
    monkeypatch.setattr(paper, "pdf", lambda *_: signal.raise_signal(signal.SIGINT))
    told = pack(pdf=True)[1]
    assert "- a look at your code, which was stopped by hand" in told
    assert "Without a PDF: making it was stopped by hand." in told
    assert list(contents()) == ["vae.py", "vae.ipynb", "vae.html"]


def test_what_is_stopped_before_it_is_packed_is_a_sentence(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["handin", "vae.py"])
    monkeypatch.setattr(notebook, "find", lambda *_: signal.raise_signal(signal.SIGINT))
    assert handin.main() == 2
    assert capsys.readouterr().err == "Stopped by hand; nothing was packed.\n"


def test_an_odd_notebook_is_packed_as_it_is(here: Path) -> None:
    odd = packed({"cell_type": "code", "source": 3, "metadata": None, "outputs": ["x"]})
    Path("vae.ipynb").write_bytes(odd)
    told = pack()[1]
    assert "Without a page to read: making it failed" in told
    assert "- a look at the notebook, which failed (AttributeError): tell the course staff" in told
    assert contents() == {"vae.py": STUB, "vae.ipynb": odd}


def test_a_zip_that_cannot_be_written_is_told_and_nothing_is_left_behind(here: Path) -> None:
    (here / "vae-handin.zip").mkdir()
    (here / "vae-handin.zip/kept").touch()
    with pytest.raises(NotReady, match=r"vae-handin.zip cannot be written to .*: make room there"):
        pack()
    assert sorted(p.name for p in here.iterdir()) == ["vae-handin.zip", "vae.py"]


def test_without_the_file_it_says_where_to_go(here: Path) -> None:
    Path("vae.py").unlink()
    with pytest.raises(NotReady, match=r"vae.py cannot be read in .*: go to the folder"):
        handin.handin()


@pytest.mark.slow
@pytest.mark.skipif(not paper._browser(), reason="no browser of Chromium's family is installed")
def test_a_browser_prints_the_page() -> None:
    made = paper.pdf("<!DOCTYPE html><p>to print", json.loads(packed(*WHOLE)))
    assert made.startswith(b"%PDF") and made.rstrip().endswith(b"%%EOF")


@pytest.mark.slow
def test_a_terminal_packs_as_well(here: Path) -> None:
    Path("vae.ipynb").write_bytes(packed(*WHOLE))
    command = [sys.executable, "-m", "nndl2.handin", "--no-pdf", "vae/vae.py"]
    done = subprocess.run(command, cwd=here.parent, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "") and "Still missing:" in done.stdout
    assert list(contents()) == ["vae.py", "vae.ipynb", "vae.html"]
    Path("vae.py").unlink()
    done = subprocess.run(command, cwd=here.parent, capture_output=True, text=True)
    assert done.returncode == 2 and done.stderr.startswith("vae.py cannot be read in")


# the whole loop in one kernel, without training

DRAW = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
KEPT = ("title", "your-name", "setup", "loss", "check-loss")


class Session:
    """The released notebook without its trainings, open in a folder of its own."""

    def __init__(self, folder: Path, module: bytes):
        shutil.copytree(RELEASE, folder, ignore=shutil.ignore_patterns("__pycache__", "MNIST"))
        self.file, self.path = folder / "vae.py", folder / "vae.ipynb"
        self.file.write_bytes(module)
        self.book = nbformat.read(self.path, as_version=4)
        cells = {cell.id: cell for cell in self.book.cells}
        drawing = v4.new_code_cell(DRAW, metadata={"tags": ["figure", "raises-exception"]})
        title = v4.new_markdown_cell("### 3.7 Draw")
        self.pack = cells["hand-in-pack"]
        self.pack.source = self.pack.source.replace("handin()", "handin(pdf=False)")
        self.book.cells = [*(cells[name] for name in KEPT), title, drawing, self.pack]
        self.name = cells["your-name"]
        resources = {"metadata": {"path": str(folder)}}
        self.client = NotebookClient(self.book, timeout=120, resources=resources)

    def run(self, *which: NotebookNode) -> None:
        for cell in which or self.book.cells:
            self.client.execute_cell(cell, self.book.cells.index(cell))

    def hand_in(self) -> str:
        self.run(self.pack)
        return printed(self.pack)


@pytest.mark.slow
def test_from_opening_the_notebook_to_a_hand_in_that_lacks_nothing(tmp_path: Path) -> None:
    session = Session(tmp_path / "vae", REFERENCE.read_bytes())
    with session.client.setup_kernel(env=offline(tmp_path)):
        session.run()
        told = printed(session.pack)
        assert "- your name and student ID" in told and "- what you ran last: save the" in told
        session.name.source = NAMED
        nbformat.write(session.book, session.path)
        assert session.hand_in().endswith("Nothing is missing. Hand in this one file.\n")

        session.file.write_bytes(STUB)
        told = session.hand_in()
        assert "- not written yet: Encoder, " in told
        assert "- not run since your last change: 3.5 Loss, 3.7 Draw" in told
        assert not printed(session.pack, "stderr")
    archive = zipfile.ZipFile(io.BytesIO((tmp_path / "vae/vae-handin.zip").read_bytes()))
    assert archive.read("vae.py") == STUB and b"Ada L." in archive.read("vae.html")
