"""What each student handed in, kept beside the result, to be graded again and read by people."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path, PurePath
from typing import Any

from autograder import answers
from autograder.intake import Handed, Identity
from autograder.results import replace_file
from nndl2.checks.model import Reason, Unusable

FILE = "submitted.json"


def keep(folder: Path, one: Handed) -> None:
    """Keep the file of one student in `folder`, and what intake knew of it; OSError."""
    name, wrong = PurePath(one.file).name, one.wrong
    about = {
        "file": name,
        "note": one.note,
        "path": one.path,
        "who": asdict(one.who),
        "wrong": [wrong.sentence, wrong.reason.value, wrong.line] if wrong else None,
    }
    text = json.dumps(about, indent=1) + "\n"
    if _bytes(folder / FILE) != text.encode():
        replace_file(folder / FILE, text)
    if not wrong and _bytes(folder / name) != one.source:
        replace_file(folder / name, one.source)


def kept(folder: Path) -> Handed | None:
    """What is kept in `folder`, as it was handed in; None where that cannot be read."""
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        about: dict[str, Any] = json.loads((folder / FILE).read_bytes())
        file, note, path = (str(about[name]) for name in ("file", "note", "path"))
        who = Identity(**about["who"])
        made = Handed(folder.name, PurePath(file).name, note=note, path=path, who=who)
        if (folder / answers.FILE).is_file():
            made = replace(made, answers=answers.kept(folder))
        if about["wrong"] is None:
            return replace(made, source=(folder / made.file).read_bytes())
        sentence, reason, line = about["wrong"]
        return replace(made, wrong=Unusable(str(sentence), Reason(reason), line=int(line)))
    return None


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
