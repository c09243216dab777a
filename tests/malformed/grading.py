"""The corpus graded by the real thing, and its golden table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from autograder.grade import grade_one
from autograder.isolation import Limits, WarmParent
from autograder.results.graded import Graded, untouched
from autograder.training import Trainer
from nndl2.checks import plain, words
from nndl2.checks.model import Outcome, Status

from . import contract, fine, folders, loading, running, unreadable
from .building import ASSIGNMENT

GOLDEN = Path(__file__).parent / "golden.md"
LIMITS = Limits(load_seconds=60, question_seconds=30, budget_seconds=180)
SHORT = Limits(load_seconds=3, question_seconds=2, budget_seconds=60)
SLOW = ("takes too long to load", "takes too long in a part")
CORPUS = {
    kind: entries
    for module in (fine, unreadable, loading, contract, running)
    for kind, entries in module.KINDS.items()
}
QUOTED = re.compile(r"(is not valid Python: ).*")  # Python's own words change with its version
OURS = "|".join(re.escape(words).replace(r"\{it\}", ".+") for _, _, words in plain.MEANINGS)
KINDS = "RuntimeError|TypeError|ValueError|ImportError|UnboundLocalError"
RAISED = re.compile(
    rf"(raised (?:{KINDS})(?: at line \d+ while it was loaded)?: )(?!{OURS})[^|]*?(?=\)$|$)"
)
SIZE = re.compile(r"\(it held \d+ MiB\)")
VERSION = re.compile(r"(torch|torchvision|NumPy|Python) \d[\w.]* here")
HEAD = """# What is said of broken and odd submissions

One row a submission, made by `python -m tests.malformed`. `said` is the sentence of the file as a
whole, or what is said of the parts that cost points. What Python or torch says in words of its own
is left out ("...").
"""


@dataclass(frozen=True)
class Row:
    """What became of one submission."""

    kind: str
    name: str
    status: str
    reason: str
    points: str
    said: tuple[str, ...]

    def markdown(self) -> str:
        said = "<br>".join(map(settled, self.said))
        cells = (self.name, self.status, self.reason, self.points, said)
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def table(rows: Sequence[Row]) -> str:
    """The golden table as Markdown, a section a kind."""
    text = HEAD
    for kind, group in groupby(rows, key=lambda row: row.kind):
        text += (
            f"\n## {kind}\n\n| name | status | reason | points | said |\n|---|---|---|---|---|\n"
        )
        text += "".join(f"{row.markdown()}\n" for row in group)
    return text


def settled(sentence: str) -> str:
    """A sentence without what another Python or another machine would say otherwise."""
    text = VERSION.sub(r"\1 ... here", QUOTED.sub(r"\1...", sentence))
    return SIZE.sub("(it held ... MiB)", RAISED.sub(r"\1...", text))


def rows(parent: WarmParent, kinds: Sequence[str] = tuple(CORPUS)) -> Iterator[Row]:
    """The corpus, or some kinds of it, graded two at a time; in order."""
    entries = [(k, name, source) for k in kinds for name, source in CORPUS[k].items()]
    with ThreadPoolExecutor(2) as pool:
        yield from pool.map(lambda entry: row(parent, *entry), entries)


def row(parent: WarmParent, kind: str, name: str, source: bytes) -> Row:
    """One submission of the corpus, graded."""
    limits = SHORT if kind in SLOW else LIMITS
    found = grade_one(ASSIGNMENT, source, parent, b"golden", Trainer("never"), limits=limits)
    points = words.number(found.report.score)
    told = (*found.notes, *said(found))
    return Row(kind, name, found.status.value, found.reason.value, points, told)


def found_in_folders(where: Path) -> list[Row]:
    """What intake makes of the folders, which it writes below `where`."""
    rows = []
    for name, one in folders.handed(where):
        status, reason = ("malformed", one.wrong.reason.value) if one.wrong else ("found", "none")
        told = (one.wrong.sentence,) if one.wrong else (one.note,) if one.note else ()
        rows.append(Row(folders.KIND, name, status, reason, "", told))
    return rows


def said(found: Graded) -> list[str]:
    """The sentence of the whole file, else what is said of the parts that cost points."""
    if found.status is not Status.GRADED:
        return [found.sentence]
    by: dict[str, list[str]] = {}
    for part in () if untouched(found.report) else words.told(found.report):
        if part.earned < part.points:
            first = part.told[0]
            failed = part.outcome is Outcome.FAIL
            text = " / ".join(first.lines[:1] if first.lines and failed else [first.headline])
            by.setdefault(text.removesuffix("."), []).append(part.part.title)
    return [f"{', '.join(parts)}: {text}" for text, parts in by.items()]
