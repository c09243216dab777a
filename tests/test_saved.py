"""The student's module in a notebook is what its file holds now, never an earlier state of it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from nbformat import NotebookNode, v4
from notebooks import execute, printed

from nndl2 import NotReady
from nndl2.notebooks.saved import load

STARTED = """
from pathlib import Path
from nndl2.notebooks.saved import follow, runs_with
file = Path("work.py")
file.write_text("def answer():\\n    return 41\\n")
follow(file)
"""
LAYERS = """from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 5)

    def forward(self, x):
        return self.encoded(x)

    def encoded(self, x):
        return self.layer(x)  # (N, 4) -> (N, 5)

    def lost(self):
        assert False
"""
TRAINING = """import signal
import torch

def squares(x):
    h = torch.exp(x)
    h.add_(1)
    count = 0
    count += 1
    with torch.no_grad():
        x[0] = count
    return (h * h).sum()

def cut(x):
    return x.detach().sum()

def train(loss, x):
    loss(x).backward()

def wait():
    signal.raise_signal(signal.SIGINT)
"""
STOPPED = """A = 1
import pathlib, signal
if not pathlib.Path("once").exists():
    pathlib.Path("once").touch()
    signal.raise_signal(signal.SIGINT)
B = 2
"""
CELLS = {
    "start": STARTED,
    "first": "from work import answer as mine\nimport work\nprint(mine(), work.answer())",
    "edit": 'file.write_text("def answer():\\n    return 42\\n")',  # within the second, as long
    "renewed": "print(mine(), work.answer())",
    "import again": "from work import answer\nprint(answer())",
    "break": 'file.write_text("def answer(:\\n")',
    "go on": "print('on')",
    "import broken": "from work import answer",
    "ask broken": "import work\nwork.answer()",
    "raise": 'file.write_text("import os\\n\\nanswer = undefined\\n")',
    "import raising": "import work\nwork.answer",
    "exit": 'file.write_text("exit(3)\\n")',
    "import exiting": "import work\nwork.answer",
    "delete": "file.unlink()",
    "import deleted": "from work import answer",
    "mend": 'file.write_text("def answer():\\n    return 43\\n")',
    "mended": "from work import answer\nprint(answer())",
    "write layers": f"file.write_text({LAYERS!r})",
    "raise within torch": "from work import Net\nimport torch\nNet()(torch.ones(2, 3))",
    "show all": "%tb",
    "call wrongly": "Net()(torch.ones(2, 4), 1)",
    "say nothing": "Net().lost()",
    "raise elsewhere": "torch.ones(2) @ torch.ones(3)",
    "write training": f"file.write_text({TRAINING!r})\nx = torch.ones(3, requires_grad=True)",
    "backward in a cell": "from work import cut, squares, train, wait\nsquares(x).backward()",
    "backward in the file": "train(cut, x)",
    "backward of its own": "(x * 2).backward()",
    "lack a name": "def use():\n    return trained_model\n\nuse()",
    "stop": "wait()",
    "stop elsewhere": "import signal\nsignal.raise_signal(signal.SIGINT)",
    "write what is stopped": f"file.write_text({STOPPED!r})",
    "import what is stopped": "from work import B",
    "import it again": "from work import B\nprint(B)",
    "follow again": "follow(file)\nprint(len({run.digest for run in runs_with(file).values()}))",
}


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> dict[str, NotebookNode]:
    """The cells, run one after the other in one kernel."""
    made = [v4.new_code_cell(text) for text in CELLS.values()]
    for cell in made:
        cell.metadata["tags"] = ["raises-exception"]
    folder = tmp_path_factory.mktemp("saved")
    return dict(zip(CELLS, execute(v4.new_notebook(cells=made), folder).cells))


def raised(cell: NotebookNode) -> str:
    """All that a cell shows of an exception."""
    return "\n".join(line for o in cell.outputs for line in o.get("traceback", []))


def test_an_edit_reaches_the_names_that_were_imported_before(
    cells: dict[str, NotebookNode],
) -> None:
    assert printed(cells["first"]) == "41 41\n"
    assert printed(cells["renewed"]) == "42 42\n"


def test_an_import_takes_the_saved_file(cells: dict[str, NotebookNode]) -> None:
    assert printed(cells["import again"]) == "42\n"
    assert printed(cells["mended"]) == "43\n"


def test_a_file_that_cannot_be_used_is_told_once_and_the_notebook_goes_on(
    cells: dict[str, NotebookNode],
) -> None:
    assert printed(cells["go on"]).endswith("and run the cell again.\non\n")
    assert printed(cells["go on"]).startswith("line 1 of work.py")
    assert printed(cells["ask broken"]) == ""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("import broken", "line 1 of work.py"),
        ("ask broken", "line 1 of work.py"),
        ("import raising", "line 3 of work.py raised NameError"),
        ("import exiting", "line 1 of work.py raised SystemExit"),
        ("import deleted", "work.py cannot be read (No such file or directory)"),
    ],
)
def test_importing_from_it_says_why_in_one_sentence(
    cells: dict[str, NotebookNode], name: str, said: str
) -> None:
    sentence = raised(cells[name])
    assert sentence.startswith(said) and "\n" not in sentence
    assert sentence.endswith("put this right, save work.py, and run the cell again.")


def test_what_its_code_raises_is_a_sentence_and_its_own_lines(
    cells: dict[str, NotebookNode],
) -> None:
    said, *lines, more = raised(cells["raise within torch"]).splitlines()
    assert re.fullmatch(r"(Net\.)?forward raised RuntimeError: .*\(2x3 and 4x5\)", said)
    called, last = "self.encoded(x)", "self.layer(x)  # (N, 4) -> (N, 5)"
    assert lines == [f"work.py, line 9: return {called}", f"work.py, line 12: return {last}"]
    assert "%tb" in more
    assert len(raised(cells["show all"]).splitlines()) > 30


def test_what_is_called_with_other_arguments_is_shown(cells: dict[str, NotebookNode]) -> None:
    said, line, _ = raised(cells["call wrongly"]).splitlines()
    assert "Net.forward() takes 2 positional arguments but 3 were given" in said
    assert line == "work.py, line 8: def forward(self, x):"


def test_an_exception_without_words_is_told_by_its_line(cells: dict[str, NotebookNode]) -> None:
    said, line, _ = raised(cells["say nothing"]).splitlines()
    assert said.endswith("lost raised AssertionError")
    assert line == "work.py, line 15: assert False"


def test_what_the_notebook_itself_raises_is_shown_as_ever(cells: dict[str, NotebookNode]) -> None:
    plain = re.sub(r"\x1b\[[\d;]*m", "", raised(cells["raise elsewhere"]))
    assert "Traceback (most recent call last)" in plain and "torch.ones(2) @ torch" in plain


def test_a_backward_pass_is_told_with_the_lines_that_can_have_spoilt_it(
    cells: dict[str, NotebookNode],
) -> None:
    said, heading, *lines, more = raised(cells["backward in a cell"]).splitlines()
    assert said.startswith("backward() raised RuntimeError: a tensor that the gradients need is")
    assert heading == "What can do that:" and lines == ["work.py, line 6: h.add_(1)"]
    _, running, _, *lines, more = raised(cells["backward in the file"]).splitlines()
    assert running == "work.py, line 17: loss(x).backward()"
    assert "work.py, line 14: return x.detach().sum()" in lines and "%tb" in more
    said, more = raised(cells["backward of its own"]).splitlines()
    assert "the loss holds more than one number" in said


def test_what_is_stopped_by_hand_is_a_sentence(cells: dict[str, NotebookNode]) -> None:
    said, line, _ = raised(cells["stop"]).splitlines()
    assert said.startswith("wait was stopped by hand; what it changed until then stays")
    assert line == "work.py, line 20: signal.raise_signal(signal.SIGINT)"
    said, _ = raised(cells["stop elsewhere"]).splitlines()
    assert said.startswith("The cell was stopped by hand")


def test_a_module_that_is_stopped_as_it_loads_is_loaded_again(
    cells: dict[str, NotebookNode],
) -> None:
    sentence = "work.py was stopped by hand as it was loaded; run the cell again."
    assert raised(cells["import what is stopped"]) == sentence
    assert printed(cells["import it again"]) == "2\n"


def test_a_cell_that_lacks_what_another_makes_says_so(cells: dict[str, NotebookNode]) -> None:
    said, _ = raised(cells["lack a name"]).splitlines()
    assert said.startswith("trained_model is not there yet: run the cells above first")


def test_each_run_is_known_with_the_file_as_it_was(cells: dict[str, NotebookNode]) -> None:
    assert (
        printed(cells["follow again"]) == "10\n"
    )  # 41, 42, three broken, none, 43, layers, training, stopped


def test_a_module_that_cannot_be_loaded_leaves_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / "left_behind.py"
    file.write_text("value = 1\n")
    first = load(file)
    assert sys.modules.pop("left_behind") is first
    file.write_text("value = 1 / 0\n")
    with pytest.raises(NotReady, match="raised ZeroDivisionError"):
        load(file)
    assert "left_behind" not in sys.modules
    file.write_text("open('nowhere.csv')\n")
    with pytest.raises(NotReady, match=r"line 1 of left_behind\.py raised FileNotFoundError"):
        load(file)
    file.write_text("raise KeyboardInterrupt\n")
    with pytest.raises(KeyboardInterrupt):
        load(file)
    assert "left_behind" not in sys.modules
