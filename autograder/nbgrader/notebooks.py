"""Reading notebooks that students handed in, and making what they hold safe to show."""

from __future__ import annotations

import base64
import hashlib
import html
import re
import stat
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import unquote

import nbformat
from nbformat import NotebookNode
from nbformat.validator import isvalid, normalize

LARGEST = 64 << 20  # bytes; a notebook with all its figures has one or two million
MOST_CELLS = 2000
PICTURES = ("image/png", "image/jpeg")
MARKUP = re.compile(r"<(?=[a-zA-Z/!?])")
SCRIPT = re.compile(r"((?:java|vb)script(?=\s*\\?:)|data(?=\s*\\?:\s*[\w.+-]+/))", re.I)
ATTACHED = re.compile(r"!?\[([^\]]*)\]\(attachment:([^)\s]*)[^)]*\)")


class UnusableNotebook(Exception):
    """A notebook cannot be used; the message says why, to be read after its name."""


def read(path: Path) -> NotebookNode:
    """The notebook in `path`, of any format that can be brought to the fourth.

    Raises UnusableNotebook.
    """
    try:
        about = path.lstat()
        if not stat.S_ISREG(about.st_mode):
            raise UnusableNotebook("is not a regular file")
        if about.st_size > LARGEST:
            raise UnusableNotebook(f"is larger than {LARGEST >> 20} MiB")
        return parsed(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise UnusableNotebook("is missing") from None
    except OSError as e:
        raise UnusableNotebook(f"cannot be read ({e.strerror})") from None
    except UnicodeDecodeError:
        raise UnusableNotebook("is no text") from None


def parsed(text: str) -> NotebookNode:
    """The notebook that `text` holds; cell ids that are lacking or doubled are mended."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the ids
            found = nbformat.reads(text, as_version=4)
            minor = max(found.nbformat_minor, 5)
            _, mended = normalize(found, version=4, version_minor=minor)
            mended = nbformat.from_dict({**mended, "nbformat_minor": minor})
            nbformat.writes(mended).encode()  # a lone surrogate could not be written any more
            if not isvalid(mended):
                for cell in mended.cells:
                    cell.metadata = NotebookNode()
            nbformat.validate(mended)
    except Exception as e:  # whatever nbformat stumbles over, the notebook is at fault
        raise UnusableNotebook(f"is no notebook that can be read ({type(e).__name__})") from None
    if len(mended.cells) > MOST_CELLS:
        raise UnusableNotebook(f"has more than {MOST_CELLS} cells")
    return mended


def all_in(folder: Path) -> list[Path]:
    """The notebooks anywhere in `folder`, without hidden ones such as Jupyter's checkpoints."""
    found = [path for path in folder.rglob("*.ipynb") if path.is_file()]
    return sorted(p for p in found if not re.search(r"(^|/)\.", p.relative_to(folder).as_posix()))


def fingerprint(folder: Path) -> str:
    """A hash over all notebooks in `folder`, their names included."""
    digest = hashlib.sha256()
    for path in all_in(folder):
        digest.update(path.name.encode("utf-8", "replace") + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def make_safe(cells: Iterable[NotebookNode], known: set[str]) -> None:
    """Keep text and pictures of `cells`, and nothing that a browser would run.

    They are shown to the course's staff, beside the buttons that give points, and no cell is run
    that would make these outputs anew. Texts in `known` are the instructor's own and stay as they
    are.
    """
    for cell in cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if _is_safe(output)]
        elif cell.source not in known:
            cell.source = _harmless(cell.source)
        if "attachments" in cell:
            bundles = {name: _safe(data) for name, data in cell.attachments.items()}
            cell.attachments = {name: data for name, data in bundles.items() if data}
        if cell.cell_type == "markdown":
            cell.source = _without_lost(cell.source, cell.get("attachments", {}))


def _harmless(text: str) -> str:
    """Markdown in which no tag begins and no link runs a program; a formula stays what it is."""
    while (plain := html.unescape(text)) != text:
        text = plain
    return SCRIPT.sub(r"\1 ", MARKUP.sub("< ", text))


def _without_lost(text: str, attachments: Mapping[str, object]) -> str:
    """Markdown without references to attachments that are not there, which nothing can show."""

    def told(found: re.Match[str]) -> str:
        there = {found[2], unquote(found[2])} & attachments.keys()
        return found[0] if there else f"({found[1] or found[2]}: this attachment is missing)"

    return ATTACHED.sub(told, text)


def _is_safe(output: NotebookNode) -> bool:
    """Whether anything is left of an output once it was cleaned."""
    if output.output_type not in ("display_data", "execute_result"):
        return True
    output.data, output.metadata = _safe(output.data), NotebookNode()
    return bool(output.data)


def _safe(data: NotebookNode) -> NotebookNode:
    safe = {k: v for k, v in data.items() if k == "text/plain" or (k in PICTURES and _base64(v))}
    return NotebookNode(safe)


def _base64(data: object) -> bool:
    try:
        return bool(base64.b64decode("".join(str(data).split()), validate=True))
    except ValueError:
        return False
