"""Where text of a submission is more than data in what is written about it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from autograder import report, results
from autograder.feedback import pack
from autograder.feedback.command import give_back
from autograder.pages import TEMPLATES

TAGS = {"script", "img", "iframe", "svg", "object", "embed", "form", "base", "link"}
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
INPUT = re.compile(  # as `cheating` spells inputs
    r"INPUT:[-0-9a-l]\S*|494e5055543a[0-9a-f]*|line 7\d{6}"
)
DATA = r'<script type="application/json" id="lost">[^<]*</script>'
LONGEST = 60_000


class Tags(HTMLParser):
    """Collects what a page holds beyond text: tags that run or load, and handlers of events."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        handlers = [name for name, _ in attrs if name.startswith("on")]
        self.found += [tag] * (tag in TAGS) + handlers


def spelled(tests: Iterable[Mapping[str, Any]]) -> set[str]:
    """The inputs that the outputs of a result's tests hold."""
    return {found for test in tests for found in INPUT.findall(test.get("output", ""))}


def of_a_result(folder: Path, public: Callable[[], set[str]] = set) -> Iterator[str]:
    """What is wrong with the results.json and feedback.md in `folder`.

    `public` finds the inputs that the program spells out when it is asked what the notebook asks.
    """
    page = (folder / results.FEEDBACK).read_text("utf-8")
    kept = json.loads((folder / results.FILE).read_text("utf-8"))
    texts = [page, kept["output"], *(t.get("output", "") + t["name"] for t in kept["tests"])]
    if any(CONTROL.search(text) for text in texts):
        yield "text: control characters"
    if re.search(r"(?<!\\)\[[^\]]*\]\(", page) or re.search(r"<\w", page):
        yield "text: Markdown or HTML that is not escaped"
    if max(map(len, texts)) > LONGEST:
        yield f"text: {max(map(len, texts))} characters"
    for found in (shown := spelled(kept["tests"])) and sorted(shown - public()):
        yield f"leaked: a secret input, {found}"


def of_a_class(folder: Path) -> Iterator[str]:
    """What is wrong with the table, the CSV and the page of the class whose results are there."""
    rows = report.write(folder)
    cells = list(csv.reader(io.StringIO((folder / report.GRADES).read_text("utf-8"))))
    for cell in (c for line in cells for c in line if c and c[0] in "=+-@\t\r"):
        yield f"text: a cell is a formula: {cell!r}"
    if len(cells) != len(rows) + 1:
        yield f"text: {len(cells) - 1} lines of CSV for {len(rows)} students"
    page = without_own(folder)
    yield from (f"text: the page holds {tag}" for tag in Tags(page).found)
    if CONTROL.search(page) or CONTROL.search(report.table(rows)):
        yield "text: control characters in the page or the terminal"
    give_back(folder)
    for row in rows:
        given = (folder / row.folder / pack.PAGE).read_text("utf-8")
        yield from (f"text: the page of feedback holds {tag}" for tag in Tags(given).found)
        if CONTROL.search(given):
            yield "text: control characters in the page of feedback"


def without_own(folder: Path) -> str:
    """The page of a class less the script that is the kit's, and the data that it reads."""
    page, own = (
        (folder / report.PAGE).read_text("utf-8"),
        (TEMPLATES / "class.js").read_text("utf-8"),
    )
    return re.sub(DATA, "", page.replace(f"<script>{own}</script>", "", 1), count=1)
