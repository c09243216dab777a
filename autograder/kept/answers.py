"""What a student answered in words, kept beside the result, so that it can be collected later."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from autograder.disk import replace_file
from nndl2.checks.written import Written

FILE = "answers.json"
NOT_KEPT = "its answers are not kept here; run `autograder grade` again, or give the hand-ins"


def keep(folder: Path, found: Written | None) -> None:
    """Keep the answers of one student in `folder`, where anything was asked; OSError."""
    if found is not None:
        text = json.dumps(asdict(found), indent=1) + "\n"
        if not _is(folder / FILE, text):
            replace_file(folder / FILE, text)


def kept(folder: Path) -> Written:
    """The answers kept in `folder`, or why there are none."""
    try:
        found: Any = json.loads((folder / FILE).read_bytes())
        answers = {str(name): str(text) for name, text in found["answers"].items()}
        return Written(answers, str(found["trouble"]), str(found["note"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Written(trouble=NOT_KEPT)


def _is(path: Path, text: str) -> bool:
    try:
        return path.read_text(encoding="utf-8") == text
    except (OSError, UnicodeDecodeError):
        return False
