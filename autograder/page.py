"""A class on one self-contained HTML page: students by parts, checks by how many they stopped.

No script and nothing fetched; a click shows a student's feedback through the CSS `:target`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape
from string import Template

from autograder.adjustments import of_part
from autograder.by_hand import KIND
from autograder.results import Json
from autograder.rows import Row, questions
from nndl2.checks.model import Outcome, Status
from nndl2.checks.questions import BY_HAND
from nndl2.checks.words import QUESTION, SYMBOLS, number

COLORS = {
    Outcome.PASS: "#bfe3c0",
    Outcome.FAIL: "#f2b8b5",
    Outcome.NOT_WRITTEN: "#f6dfa4",
    Outcome.NOT_RUN: "#dfe3e8",
    Outcome.FAULT: "#d9c2ef",
}
PAGE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>$title</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body { font: 15px/1.4 system-ui, sans-serif; margin: 2em auto; max-width: 72em; padding: 0 1em }
table { border-collapse: collapse; margin: 1em 0 }
th, td { border: 1px solid #fff; padding: .2em .5em; text-align: center; font-weight: normal }
th:first-child, td:first-child { text-align: left }
td a { color: inherit; display: block; text-decoration: none }
.held, .malformed { font-weight: bold }
.open { background: #cfe6f0 } /* a person has still to look */
.bar { background: #eef0f2; display: flex; height: 1em; width: 24em }
pre { background: #f5f6f7; padding: 1em; white-space: pre-wrap }
section { display: none } section:target { display: block }
$colors
</style></head><body>
<h1>$title</h1>
<p>$legend</p>
<table><tr><th>student</th>$heads$sums<th>status</th></tr>
$lines
</table>
$sections
<h2>Checks, and how many submissions did not pass them</h2>
<table>
$bars
</table>
</body></html>
""")


def page(rows: Sequence[Row]) -> str:
    """The HTML page of a class; `rows` are of one assignment and not empty."""
    parts = rows[0].entries("part")
    return PAGE.substitute(
        title=escape(f"{rows[0].result['extra_data']['assignment']}: {len(rows)} submissions"),
        colors="\n".join(f".{_css(o.value)} {{ background: {c} }}" for o, c in COLORS.items()),
        legend=" ".join(_legend(_css(o.value), f"{SYMBOLS[o]} {o.value}") for o in Outcome)
        + (" " + _legend("open", f"{QUESTION} {BY_HAND}, open") if questions(rows) else ""),
        sums="<th>by checks</th><th>by hand</th>" if questions(rows) else "<th>score</th>",
        heads="".join(f"<th>{escape(part['name'])}</th>" for part in parts),
        lines="\n".join(_line(i, row, questions(rows)) for i, row in enumerate(rows)),
        sections="\n".join(_section(i, row) for i, row in enumerate(rows)),
        bars="\n".join(_bars(rows)),
    )


def _legend(kind: str, said: str) -> str:
    return f'<span class="{kind}">&nbsp;{escape(said)}&nbsp;</span>'


def _line(i: int, row: Row, asked: Sequence[str]) -> str:
    cells = "".join(_cell(i, entry["extra_data"]["outcome"]) for entry in row.entries("part"))
    status = row.status if row.status in {s.value for s in Status} else ""
    told = row.status + (f", adjusted: {row.adjusted}" if row.adjusted else "")
    return (
        f'<tr><td><a href="#s{i}">{escape(row.student)}</a></td>{cells}'
        f"<td>{number(row.score)} / {number(row.max_score)}</td>{_by_hand(row) if asked else ''}"
        f'<td class="{status}">{escape(told)}</td></tr>'
    )


def _by_hand(row: Row) -> str:
    kind = "given" if row.total is not None else "open"
    return f'<td class="{kind}">{escape(row.hand)}</td>'


def _cell(i: int, outcome: str) -> str:
    kind = Outcome(outcome)
    title = escape(outcome)
    return f'<td class="{_css(outcome)}"><a href="#s{i}" title="{title}">{SYMBOLS[kind]}</a></td>'


def _section(i: int, row: Row) -> str:
    said = "\n\n".join(map(_part, row.entries("part")))
    said += "".join(f"\n\n{asked['output']}" for asked in row.entries(KIND))
    text = f"<pre>{escape(row.result['output'])}\n\n{escape(said)}</pre>"
    return f'<section id="s{i}"><h2>{escape(row.student)}</h2>{text}</section>'


def _part(part: Json) -> str:
    """What the checks say of a part, below what a person decided of it."""
    points = f"{number(part['score'])} of {number(part['max_score'])}"
    told = [f"{part['name']} ({points})", of_part(part), part["output"]]
    return "\n".join(filter(None, told))


def _bars(rows: Sequence[Row]) -> list[str]:
    """A line a check, a stripe an outcome other than a pass, as wide as its share of the class."""
    checks = [c for row in rows for c in row.entries("check")]
    names = {c["extra_data"]["check"]: c["name"] for c in checks}
    count = Counter((c["extra_data"]["check"], c["extra_data"]["outcome"]) for c in checks)
    lines = []
    for check, name in names.items():
        missed = {o: count[check, o.value] for o in Outcome if o is not Outcome.PASS}
        stripes = "".join(
            f'<span class="{_css(o.value)}" title="{n} {escape(o.value)}"'
            f' style="width: {100 * n / len(rows):.1f}%"></span>'
            for o, n in missed.items()
            if n
        )
        lines.append(
            f'<tr><td title="{escape(check)}">{escape(name)}</td><td>{sum(missed.values())}</td>'
            f'<td><div class="bar">{stripes}</div></td></tr>'
        )
    return lines


def _css(outcome: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in outcome)
