"""The notebook's first code cell finds the assignment's folder, in JupyterLab and on Colab.

IPython runs it as it is, up to the imports; a made-up google.colab mounts a made-up Drive.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nndl2 import NotReady
from nndl2.notebooks import folder

ROOT = Path(__file__).parent.parent
NOTEBOOKS = {path.stem: path for path in sorted(ROOT.glob("source/*/*.ipynb"))}
MODULE = "def hello_vae():\n    print('Hello from vae.py!')\n"
AFTER = "from vae import hello_vae\nhello_vae()\nimport os\nprint('in', os.getcwd())\n"
COLAB = """
import os
from pathlib import Path
from types import SimpleNamespace

def mount(path):
    print("Drive was asked for")
    if "REFUSED" in os.environ:
        raise ValueError("mount failed")
    Path(path).mkdir(exist_ok=True)
    if not Path(path, "MyDrive").exists():
        Path(path, "MyDrive").symlink_to(os.environ["MY_DRIVE"])

drive = SimpleNamespace(mount=mount)
"""


def code_cells(name: str) -> list[dict[str, Any]]:
    """Those of a notebook, in order."""
    cells = json.loads(NOTEBOOKS[name].read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def finding(name: str) -> str:
    """The part of a notebook's first code cell that finds the folder and goes there."""
    found, imports, _ = "".join(code_cells(name)[0]["source"]).partition("\n%matplotlib inline\n")
    assert imports
    return found


def student(place: Path, module: str = "vae.py", library: bool = True) -> Path:
    """A student's folder at `place`."""
    place.mkdir(parents=True, exist_ok=True)
    (place / module).write_text(MODULE, encoding="utf-8")
    if library:
        (place / "nndl2").symlink_to(ROOT / "nndl2")
    return place


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """The folder where the kernel starts; Colab has an empty one."""
    (tmp_path / "here").mkdir()
    return tmp_path / "here"


def run(here: Path, wanted: str = "", colab: bool = False, then: str = AFTER, **env: str) -> str:
    """What the set-up cell prints, and the folder where it ends."""
    top = here.parent
    first = finding("vae").replace('FOLDER = ""', f'FOLDER = "{wanted}"', 1)
    first = first.replace('"/content/drive"', f'"{top / "content"}"', 1)
    script = "\n\n".join([*(["import google.colab"] if colab else []), first])
    (top / "setup.ipy").write_text(f"{script}\n{then}", encoding="utf-8")
    if colab:
        (top / "site/google/colab").mkdir(parents=True, exist_ok=True)
        (top / "site/google/colab/__init__.py").write_text(COLAB, encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if name != "JPY_SESSION_NAME"}
    paths = {"PYTHONPATH": str(top / "site"), "IPYTHONDIR": str(top / "ipython")}
    done = subprocess.run(
        [sys.executable, "-m", "IPython", "--colors=NoColor", str(top / "setup.ipy")],
        cwd=here,
        env=kept | paths | {"MY_DRIVE": str(top / "my drive")} | env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_notebook_begins_with_one_folded_cell_and_then_shows_data(name: str) -> None:
    setup, data = code_cells(name)[:2]
    folded = {"cellView": "form", "jupyter": {"source_hidden": True}}
    assert setup["metadata"] == folded
    assert setup["source"][0] == "# @title Setup: run this cell first\n"
    assert "figure" in data["metadata"]["tags"] and len(data["source"]) < 20


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_notebook_finds_its_folder_in_the_same_way(name: str) -> None:
    def plain(text: str) -> str:  # without line breaks within the sentence that names the notebook
        return re.sub(r'"\s+"', "", text)

    assert plain(finding(name)).replace(name, "vae") == plain(finding("vae"))


def test_in_jupyter_it_is_the_notebooks_own_folder(here: Path) -> None:
    out = run(student(here))
    assert f"Working in {here}\nHello from vae.py!\nin {here}\n" in out
    assert "Drive" not in out


def test_where_the_kernel_starts_elsewhere_jupyter_tells_where_the_notebook_is(here: Path) -> None:
    place = student(here.parent / "unpacked")
    out = run(here, JPY_SESSION_NAME=str(place / "vae.ipynb"))
    assert f"Working in {place}\nHello from vae.py!" in out


def test_a_folder_that_is_written_down_comes_first(here: Path) -> None:
    place = student(here.parent / "another place")
    assert f"Working in {place}\n" in run(student(here), wanted=str(place))


def test_without_the_library_it_says_what_to_do(here: Path) -> None:
    out = run(here)
    assert "There is no folder nndl2 here: open the vae.ipynb in the folder that you unp" in out
    assert "Hello" not in out


def test_without_the_module_it_says_what_to_do(here: Path) -> None:
    out = run(student(here, module="vae (1).py"))
    assert f"There is an nndl2 but no vae.py in {here}: put vae.py there" in out


def test_on_colab_a_drive_folder_is_found_without_editing(here: Path) -> None:
    student(here.parent / "my drive/Deep Learning/project 1")
    place = here.parent / "content/MyDrive/Deep Learning/project 1"
    out = run(here, colab=True)
    assert f"Working in {place}\nHello from vae.py!" in out
    assert "Warning" not in out


def test_of_several_in_the_drive_the_last_saved_is_taken_and_the_others_are_told(
    here: Path,
) -> None:
    mine, drive = here.parent / "my drive", here.parent / "content/MyDrive"
    for place in ("a copy", "vae", "deeper/vae"):
        student(mine / place)
    os.utime(mine / "a copy/vae.py", (1, 1))
    out = run(here, colab=True)
    assert f"Working in {drive / 'vae'}\n" in out
    assert f"write it into FOLDER: {drive / 'a copy'}\n" in out
    assert f"Working in {drive / 'a copy'}\n" in run(here, wanted="a copy", colab=True)


def test_a_linked_folder_is_one_place(here: Path) -> None:
    """The folder that Python tells is not the one that was asked for; both mean the same file."""
    student(here.parent / "real")
    (here.parent / "linked").symlink_to(here.parent / "real")
    asked = "from pathlib import Path\nfrom nndl2.notebooks.saved import runs_with\n"
    asked += (
        "file = Path('vae.py')\nprint('known' if runs_with(file) is runs_with(file) else 'lost')"
    )
    assert "known" in run(here, wanted=str(here.parent / "linked"), then=asked)


def test_an_empty_drive_is_told(here: Path) -> None:
    (here.parent / "my drive").mkdir()
    out = run(here, colab=True)
    assert "Drive was asked for" in out and "upload that folder to your Google" in out


@pytest.mark.parametrize("colab", [True, False])
def test_a_zip_that_nobody_unpacked_is_told(here: Path, colab: bool) -> None:
    place = here.parent / "my drive/Deep Learning" if colab else here
    place.mkdir(parents=True, exist_ok=True)
    (place / "vae (1).zip").write_bytes(b"PK")
    shown = here.parent / "content/MyDrive/Deep Learning" if colab else here
    out = " ".join(run(here, colab=colab).split())
    assert "vae (1).zip is still packed: unpack it and open the notebook in the folder that" in out
    assert f'!unzip -q "{shown / "vae (1).zip"}" -d "{shown}"' in out


def test_a_drive_that_is_refused_is_told(here: Path) -> None:
    out = run(here, colab=True, REFUSED="1")
    assert "Your Drive is closed: run this cell again and allow access." in out


def test_work_that_colab_would_delete_is_warned_of(here: Path) -> None:
    out = run(student(here), colab=True)
    assert f"Working in {here}\n" in out and "Drive was asked for" not in out
    assert "Warning: this folder is not on your Google Drive" in out


def test_a_missing_package_is_told_with_its_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = student(tmp_path / "vae")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(folder, "NEEDED", ("numpy", "no_such_package"))
    with pytest.raises(NotReady, match="run %pip install no_such_package in a new cell"):
        folder.enter("vae.py", [place / "nndl2"])
    assert Path.cwd() == tmp_path
