"""A report as a card of HTML for a notebook: self-contained, its words in the page's own color.

Outcomes are told by a sign and a word; the colored edge only repeats them, so that a card reads
alike in a light and a dark page, without colors, and aloud.
"""

from __future__ import annotations

import html
import re
from dataclasses import replace

from nndl2.checks import words
from nndl2.checks.looks import Look
from nndl2.checks.model import Outcome, Report
from nndl2.checks.questions import ByHand

STATES = {  # the edge's color, which stands out from white and from black; the sign; the word
    Outcome.PASS: ("#2a8a4a", "✓", "passed"),
    Outcome.FAIL: ("#d1473a", "✗", "not right yet"),
    Outcome.NOT_WRITTEN: ("#8a8f98", "○", "not written yet"),
    Outcome.NOT_RUN: ("#8a8f98", "-", "not run"),
    Outcome.FAULT: ("#9a6bd8", "!", "could not be checked"),
}
PERSON = ("#1787ad", "?")  # what a person grades
STEP = re.compile(r"-&gt;(?: \d+(?: x \d+)*)?|\d+(?: x \d+)+")  # of a chain of shapes
SANS, MONO = "system-ui,sans-serif", "ui-monospace,monospace"


def card(report: Report, look: Look | None = None) -> str:
    """The report as a small self-contained piece of HTML; hints open on request."""
    rows = "".join(_row(part) for part in words.told_once(report))
    rows += "".join(map(_question, report.by_hand))
    head = _aside(look.head, look.advice) if look else ""
    foot = _aside(*([look.foot] if look else []), words.also(report))
    return (
        '<div role="group" aria-label="checks" style="max-width:46em;border:1px solid #8a8f98;'
        f'border-radius:6px;font-family:{SANS};font-size:14px;line-height:1.45">'
        f"{head}{rows}{foot}</div>"
    )


def _aside(*sentences: str) -> str:
    said = " ".join(words.ended(each) for each in sentences if each)
    return f'<div style="padding:4px 12px">{html.escape(said)}</div>'


def _row(part: words.ToldPart) -> str:
    color, sign, state = STATES[part.outcome]
    first, *others = part.told or (words.Told(""),)
    if state in first.headline:  # which says more
        state, first = first.headline, replace(first, headline="")
    return _band(color, sign, part.title, state, "".join(map(_said, (first, *others))))


def _question(asked: ByHand) -> str:
    return _band(*PERSON, asked.title, asked.said)


def _band(color: str, sign: str, title: str, state: str, said: str = "") -> str:
    return (
        f'<div style="border-left:5px solid {color};padding:6px 12px;margin:6px">'
        f'<span aria-hidden="true">{sign}</span> <b>{html.escape(title)}</b> '
        f"<span>{html.escape(state)}</span>{said}</div>"
    )


def _said(told: words.Told) -> str:
    lines = "".join(map(_line, told.lines))
    hint = (
        f"<details><summary>Hint</summary>{html.escape(told.hint)}</details>" if told.hint else ""
    )
    return f"<div>{html.escape(told.headline)}{lines}{hint}</div>"


def _line(line: str) -> str:
    kind = f"font-family:{MONO};" if isinstance(line, words.Verbatim) else ""
    return f'<div style="{kind}white-space:pre-wrap">{unbroken(line)}</div>'


def unbroken(text: str) -> str:
    """`text` as HTML in which no line ends within a step such as "-> 16 x 24 x 24"."""
    kept = r'<span style="white-space:nowrap">\g<0></span>'
    return STEP.sub(kept, html.escape(text))
