"""What a student's folder holds instead of the one file, as intake finds it."""

from __future__ import annotations

from pathlib import Path

from autograder.intake import Handed, submissions

from .building import ASSIGNMENT, RIGHT, STUB, last
from .unreadable import Kinds, notebook, packed

WHOLE = RIGHT.encode()
NAMES = ("VAE", "CVAE", "reparametrize", "loss_function")
KIND = "a folder that is not as asked"
FOLDERS: Kinds = {  # a student's folder: the path of each file in it, and its bytes
    "as asked": {"vae.py": WHOLE},
    "with the rest of the release": {
        "vae.py": WHOLE,
        "vae.ipynb": notebook(),
        "nndl2/utils.py": b"",
    },
    "nested": {"project 3/vae/vae.py": WHOLE},
    "downloaded twice": {"vae (1).py": WHOLE},
    "in capitals": {"VAE.PY": WHOLE},
    "a space behind the name": {"vae.py ": WHOLE},
    "as text": {"vae.py.txt": WHOLE},
    "another name": {"homework.py": WHOLE},
    "two that are equal": {"vae.py": WHOLE, "backup/vae.py": WHOLE},
    "two that differ": {"a/vae.py": WHOLE, "b/vae.py": last("x = 1")},
    "the stub beside it": {"vae.py": STUB, "done/vae.py": WHOLE},
    "the notebook alone": {"vae.ipynb": notebook()},
    "a zip": {"vae.zip": packed("vae.py")},
    "the leavings of macOS": {"__MACOSX/._vae.py": b"\0\5\x16\7", "vae/vae.py": WHOLE},
    "bytecode alone": {"__pycache__/vae.cpython-311.pyc": b"\xa7\r\r\n" + bytes(12)},
    "pictures": {"loss.png": b"\x89PNG", "scan.pdf": b"%PDF"},
    "a folder of that name": {"vae.py/readme.txt": b"hello"},
    "too large": {"vae.py": WHOLE + b"#" * (1 << 20)},
    "no bytes": {"vae.py": b""},
    "nothing": {},
}


def handed(where: Path) -> list[tuple[str, Handed]]:
    """Each folder, written below `where` as that of one of the two students of a class."""
    found = []
    for number, (name, files) in enumerate(FOLDERS.items()):
        course = where / str(number)
        (course / "ada").mkdir(parents=True)
        placed = {f"ada/{path}": content for path, content in files.items()}
        for path, content in {**placed, "bob/vae.py": WHOLE}.items():
            (course / path).parent.mkdir(parents=True, exist_ok=True)
            (course / path).write_bytes(content)
        entries = submissions(course, ASSIGNMENT.public.module, NAMES)
        found.append((name, next(one for one in entries if one.student == "ada")))
    return found
