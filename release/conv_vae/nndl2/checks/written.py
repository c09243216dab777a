"""What a student wrote in a notebook's answer cells, as it is in the file: read, never run.

An answer is the text of its cell less what was given out with it. The release stores the cells as
they were given out in the table that ships.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nndl2.checks.questions import Question

PLACEHOLDER = "YOUR ANSWER HERE"  # nbgrader's, in the place of a model answer
LONGEST = 20_000  # characters of an answer that are read


@dataclass(frozen=True)
class Blank:
    """An answer cell as it was given out: its own id, and its text."""

    id: str = ""
    text: str = PLACEHOLDER


@dataclass(frozen=True)
class Written:
    """The answers of one student, by the question's name; "" where nothing was written.

    A question whose cell is not in the notebook is left out. `trouble` says why there is no answer
    at all, `note` what else is worth knowing.
    """

    answers: Mapping[str, str] = field(default_factory=dict)
    trouble: str = ""
    note: str = ""


def blanks(table: Mapping[str, Any]) -> dict[str, Blank]:
    """The answer cells as the table of an assignment has them, by the question's name."""
    return {name: Blank(*cell) for name, cell in table.get("questions", {}).items()}


def parsed(data: bytes) -> Mapping[str, Any]:
    """The notebook in `data`; ValueError where it is none that can be read."""
    try:
        content = json.loads(data)
    except RecursionError:
        raise ValueError("too deep") from None
    cells = content.get("cells") if isinstance(content, dict) else None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise ValueError("no list of cells")
    return content


def answers(
    content: Mapping[str, Any], questions: Sequence[Question], given: Mapping[str, Blank]
) -> dict[str, str]:
    """The answer to each question whose cell is in the notebook `content`.

    Of a cell that is there twice, the first in which something was written counts.
    """
    found: dict[str, str] = {}
    for question in questions:
        blank = given.get(question.name, Blank())
        texts = [own(text_of(cell), blank) for cell in _cells(content, question, blank)]
        if texts:
            text = next(filter(None, texts), "")[:LONGEST]
            found[question.name] = text.encode("utf-8", "replace").decode()  # half a character
    return found


def own(text: str, blank: Blank) -> str:
    """`text` less the lines of the cell that was given out, and less the placeholder."""
    given = {line.strip() for line in blank.text.splitlines()} - {""}
    kept = (line for line in text.splitlines() if line.strip() not in given)
    return "\n".join(kept).replace(PLACEHOLDER, "").strip()


def text_of(cell: Mapping[str, Any]) -> str:
    """The text of a cell, however the file keeps it."""
    source = cell.get("source") or ""
    lines = source if isinstance(source, list) else [source]
    return "".join(line for line in lines if isinstance(line, str))


def digest(answer: str) -> str:
    """What tells one answer from another."""
    return hashlib.sha256(answer.encode("utf-8", "replace")).hexdigest()[:16]


def grade_id(cell: Mapping[str, Any]) -> str:
    """nbgrader's name for a cell, or nothing."""
    metadata = cell.get("metadata")
    about = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = about.get("grade_id") if isinstance(about, dict) else None
    return name if isinstance(name, str) else ""


def _cells(
    content: Mapping[str, Any], question: Question, blank: Blank
) -> Iterator[Mapping[str, Any]]:
    """The cells of a question: by nbgrader's name; where a platform dropped that, by their id."""
    named = [cell for cell in content["cells"] if grade_id(cell) == question.name]
    by_id = (c for c in content["cells"] if blank.id and c.get("id") == blank.id)
    yield from named or by_id
