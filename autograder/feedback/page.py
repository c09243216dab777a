"""The page that a student gets back: the cards, the points, the submitted file beside them.

One file of HTML that fetches nothing and runs nothing. A line that a card speaks of is marked, and
each leads to the other.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from autograder.feedback.code import lines
from autograder.intake import BadInput, Handed
from autograder.pages import markup, render
from autograder.results import Json, adjustments, by_hand, cards
from autograder.results.graded import HIDDEN
from autograder.results.page import said
from nndl2.checks.card import PERSON, STATES, unbroken
from nndl2.checks.model import Outcome
from nndl2.checks.words import ended, number

LINE = re.compile(r"\bline (\d+)\b")
HASH = 12  # of a SHA-256's 64 digits, to tell one file from another


@dataclass(frozen=True)
class Card:
    """What is shown of one part, of several or of a question; `kind` is its class in the style."""

    kind: str
    sign: str
    title: str
    points: str
    state: str
    decided: Sequence[str] = ()
    told: Sequence[Any] = ()


@dataclass
class Links:
    """From a card's sentence to the lines of a file of `count` lines, and back."""

    count: int
    of: defaultdict[int, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    made: int = 0

    def within(self, text: str, title: str) -> str:
        """`text` as HTML in which each line's number leads to that line."""
        return markup(LINE.sub(lambda found: self._link(found, title), unbroken(text)))

    def _link(self, found: re.Match[str], title: str) -> str:
        line = int(found[1]) if len(found[1]) < 9 else 0
        if not 1 <= line <= self.count:
            return found[0]
        self.made += 1
        if all(title != other for _, other in self.of[line]):
            self.of[line].append((f"said-{self.made}", title))
        return f'<a href="#line-{line}" id="said-{self.made}">{found[0]}</a>'


def page(student: str, result: Json, one: Handed | None) -> str:
    """The page of one student; `one` is the file that was graded, where it is kept.

    Raises BadInput where `result` holds no cards that fit its parts.
    """
    parts = [t["extra_data"]["part"] for t in _of_kind(result, "part")]
    if not cards.are_sound(result["extra_data"].get("cards"), parts):
        raise BadInput(
            f"the result of {student} is of another edition of the kit, or was changed by hand;"
            " grade the class again"
        )
    about, code = result["extra_data"], lines(one.source) if one and one.source else []
    links = Links(len(code))
    shown = [*_cards(result, links), *_questions(result)]
    return render(
        "feedback.html",
        title=f"{about['assignment']}: feedback for {student}",
        said=[ended(line[:1].upper() + line[1:]) for line in said(result)],
        cards=shown,
        file=one.file if one else "",
        note=one.note if one else "",
        digest=str(about.get("sha256", ""))[:HASH],
        code=[(number_, line, links.of[number_]) for number_, line in enumerate(code, 1)],
    )


def _cards(result: Json, links: Links) -> list[Card]:
    """The cards of all parts that a student may see."""
    entries = {t["extra_data"]["part"]: t for t in _of_kind(result, "part")}
    hidden = {name for name, entry in entries.items() if entry["visibility"] == HIDDEN}
    return [
        _card(card, [entries[name] for name in card["parts"]], links)
        for card in result["extra_data"]["cards"]
        if not hidden & {*card["parts"]}
    ]


def _card(card: Json, parts: Sequence[Json], links: Links) -> Card:
    outcome, title = Outcome(card["outcome"]), card["title"]
    _, sign, state = STATES[outcome]
    score, most = (sum(part[what] for part in parts) for what in ("score", "max_score"))
    points = f"{number(score)} of {number(most)}" if most else ""
    changed = [(part["name"], adjustments.of_part(part)) for part in parts]
    decided = [f"{name}: {told}" if parts[1:] else told for name, told in changed if told]
    told = [
        {
            "headline": links.within(each["headline"], title),
            "lines": [(links.within(text, title), verbatim) for text, verbatim in each["lines"]],
            "hint": each["hint"],
        }
        for each in card["told"]
    ]
    if outcome is not Outcome.PASS and told and state in told[0]["headline"]:  # which says more
        state, told[0]["headline"] = told[0]["headline"], ""
    return Card(outcome.name.lower(), sign, title, points, state, decided, told)


def _questions(result: Json) -> list[Card]:
    entries = [t for t in _of_kind(result, by_hand.KIND) if t["visibility"] != HIDDEN]
    return [
        Card("person", PERSON[1], state.title, "", state.said) for state in by_hand.states(entries)
    ]


def _of_kind(result: Json, kind: str) -> list[Json]:
    return [t for t in result["tests"] if t["extra_data"]["kind"] == kind]
