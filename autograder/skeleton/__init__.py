"""`autograder new`: a walking skeleton of an assignment, which is released and graded at once.

Its files lie in `files/` as they will lie in the course: NAME in a path and $name in a text stand
for the name of the assignment, and `.txt` at the end keeps them from being taken for code.
"""

from __future__ import annotations

import ast
import importlib.util
import keyword
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from string import Template

from autograder import assignments, parsing
from autograder.intake import BadInput

FILES = Path(__file__).parent / "files"
SHAPE = re.compile(r"[a-z][a-z0-9_]{0,29}")  # what files, modules and columns may all be called
WINDOWS = re.compile(r"aux|con|nul|prn|(com|lpt)[1-9]")  # its names for devices
MADE_OF = ("release/NAME", "nndl2/answers/NAME.json", "nndl2/checks/NAME", "NAME", "NAME.py")


def write(name: str, root: Path = assignments.ROOT) -> list[Path]:
    """Write the files of a new assignment into the course `root`, all or none, and name them.

    BadInput says in one sentence why the assignment cannot be called `name`, or what failed.
    """
    refuse(name, root)
    made: list[Path] = []
    try:
        with ExitStack() as undo:
            for label, text in files(name).items():
                made.append(_put(root / label, text, undo))
            undo.pop_all()  # all are there, so nothing is taken back
    except OSError as e:
        raise BadInput(f"{e.filename} cannot be written ({e.strerror}); nothing was made") from None
    return made


def files(name: str) -> dict[str, str]:
    """Label and text of each file of a new assignment."""
    found = {}
    for path in sorted(FILES.rglob("*.txt")):
        label = path.relative_to(FILES).as_posix().removesuffix(".txt").replace("NAME", name)
        found[label] = Template(path.read_text("utf-8")).substitute(name=name)
    return found


def _put(path: Path, text: str, undo: ExitStack) -> Path:
    """Write a file that is not there yet, and the folders above it; `undo` takes them away."""
    for folder in reversed([above for above in path.parents if not above.exists()]):
        folder.mkdir()
        undo.callback(folder.rmdir)
    with path.open("x", encoding="utf-8", newline="\n") as file:
        undo.callback(path.unlink)
        file.write(text)
    return path


# names


def refuse(name: str, root: Path) -> None:
    """BadInput where a course in `root` can have no assignment called `name`."""
    if not SHAPE.fullmatch(name):
        raise BadInput(
            f"{name!r} is no name for an assignment: take a letter, then letters, digits or _, all"
            " of them small and 30 at most, such as diffusion"
        )
    if keyword.iskeyword(name):
        raise BadInput(f"{name} is a word of Python itself; choose another name")
    if WINDOWS.fullmatch(name):
        raise BadInput(f"Windows can unpack no file called {name}; choose another name")
    if there := next(_there(name, root), ""):
        raise BadInput(f"there is {there} already; choose another name")
    if name in sys.stdlib_module_names or importlib.util.find_spec(name):
        raise BadInput(f"{name} is a module that {name}.py would hide; choose another name")
    if file := next(_said(name, root), ""):
        raise BadInput(f"{name} is a word that the kit itself uses, in {file}; choose another name")


def _there(name: str, root: Path) -> Iterator[str]:
    """What an assignment called `name` has already, or would have."""
    if name in assignments.names():
        yield f"the assignment {name}"
    labels = [*files(name), *(label.replace("NAME", name) for label in MADE_OF), f"source/{name}"]
    yield from (label for label in labels if (root / label).exists())


def _said(name: str, root: Path) -> Iterator[str]:
    """The files of the engine, which names no assignment, that have a module or a text `name`."""
    word, known = re.compile(rf"\b{name}\b", re.IGNORECASE), assignments.names()
    for path in sorted([*root.glob("nndl2/**/*.py"), *root.glob("autograder/**/*.py")]):
        label = path.relative_to(root)
        private = label.parts[:2] == ("autograder", "assignments") and len(label.parts) > 3
        if private or assignments.of_one(label, known):
            continue
        words = [*label.with_suffix("").parts, *_words(parsing.tree(path.read_bytes()))]
        if any(word.search(each) for each in words):
            yield label.as_posix()


def _words(code: ast.Module) -> Iterator[str]:
    """The modules that a file imports from, and its texts of one word."""
    for node in ast.walk(code):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module or ''}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value if not re.search(r"\s", node.value) else ""
