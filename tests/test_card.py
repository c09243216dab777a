"""One report in three forms, card, text and Markdown: they say the same, in the same words."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbconvert.filters import markdown2html

from nndl2.checks import words
from nndl2.checks.card import STATES, card
from nndl2.checks.looks import Look
from nndl2.checks.model import (
    Assignment,
    Check,
    Frame,
    Misconception,
    Outcome,
    Part,
    Reason,
    Report,
    Task,
    Verdict,
)
from nndl2.checks.show import Card

PASS, FAIL, NOT_WRITTEN, NOT_RUN, FAULT = Outcome
EVIL = '<script>alert(1)</script> `x` *b* [a](http://e.org) | "q" & \\ #'
ASSIGNMENT = Assignment(
    "small",
    "small.py",
    tuple(
        Task(n, n, (Part(n, n.capitalize()),)) for n in ("right", "wrong", "open", "late", "ours")
    ),
)
MISCONCEPTIONS = {"squared": Misconception("squared", "This is x * x.", "What does <2> do?")}


def verdict(part: str, outcome: Outcome, *args, **kw) -> Verdict:
    return Verdict(Check(part, "c", f"{part} is <right>", lambda: None), outcome, *args, **kw)


def all_outcomes(hints: str = "nudge") -> Report:
    """A part of each outcome, with all that can be said of a failure."""
    frames = (Frame("small.py", 3, f"raise ValueError('{EVIL}')"),)
    verdicts = (
        verdict("right", PASS, note="20,000 samples < decided"),
        verdict(
            "wrong",
            FAIL,
            Reason.CRASHED,
            "4 at (0, 1)",
            "16 at (0, 1)",
            f"double raised ValueError: {EVIL}",
            "squared",
            frames,
        ),
        verdict("open", NOT_WRITTEN, note="open is not written yet"),
        verdict("late", NOT_RUN, note="needs Open first"),
        verdict("ours", FAULT, Reason.ENVIRONMENT, note="no <memory> left"),
    )
    points = {"right": 2, "wrong": 0.5}
    return Report(ASSIGNMENT, verdicts, points, MISCONCEPTIONS, hints)


def facts(report: Report) -> list[str]:
    """Everything that is to be said."""
    found: list[str] = []
    for row in words.told(report):
        found.append(row.title)
        for told in row.told:
            found += [told.headline, *told.lines, *([told.hint] if told.hint else [])]
    return found


def plain(page: str) -> str:
    """The text of a page of HTML."""
    return html.unescape(re.sub(r"<[^>]*>", "", page))


def test_card_text_and_markdown_say_the_same():
    report = all_outcomes()
    assert len(facts(report)) == 17
    forms = [plain(card(report)), words.text(report), plain(markdown2html(words.markdown(report)))]
    for form in forms:
        missing = [fact for fact in facts(report) if fact not in form]
        assert not missing
    assert repr(Card(report)) == f"{words.text(report)}\n{words.ALSO}"
    assert Card(report)._repr_html_() == card(report)


def test_the_text_of_a_report():
    assert words.text(all_outcomes()).replace(EVIL, "...") == (
        "v Right (2 of 2)    its check passed\n"
        "    20,000 samples < decided\n"
        "x Wrong (0 of 0.5)  wrong is <right>\n"
        "    expected 4 at (0, 1)   got 16 at (0, 1)\n"
        "    double raised ValueError: ....\n"
        "    This is x * x.\n"
        "    small.py, line 3: raise ValueError('...')\n"
        "    Hint: What does <2> do?\n"
        "o Open              open is not written yet\n"
        "- Late              not run: needs Open first\n"
        "! Ours              the grader could not run this check; nothing is lost, the course "
        "staff will look\n"
        "    no <memory> left\n"
    )


def test_the_card_shows_no_text_of_a_student_as_html():
    page = card(all_outcomes())
    assert "<script" not in page and page.count("&lt;script&gt;") == 2
    assert "&lt;memory&gt;" in page and "What does &lt;2&gt; do?" in page
    opened = re.findall(r"<(\w+)", page)
    assert set(opened) == {"div", "b", "span", "details", "summary"}
    assert sorted(opened) == sorted(re.findall(r"</(\w+)", page))  # all that opens is closed


def test_the_card_needs_nothing_from_elsewhere():
    assert not re.search(r"src=|href=|url\(|@import|<link|<img|on\w+=", card(all_outcomes("cause")))


def test_each_outcome_has_its_own_word_and_sign():
    page = card(all_outcomes())
    for _, sign, state in STATES.values():
        assert len(re.findall(f"<span>[^<]*{state}[^<]*</span>", page)) == 1
        assert f'<span aria-hidden="true">{sign}</span>' in page
    assert {state for *_, state in STATES.values()} == {
        "passed",
        "not right yet",
        "not written yet",
        "not run",
        "could not be checked",
    }
    assert set(STATES) == set(words.SYMBOLS) == set(Outcome)
    assert len(set(words.SYMBOLS.values())) == len({sign for _, sign, _ in STATES.values()}) == 5
    colored = words.text(all_outcomes(), color=True)
    assert len(set(re.findall(r"\x1b\[(\d\d)m", colored))) == 5
    assert re.sub(r"\x1b\[\d+m", "", colored) == words.text(all_outcomes())


def test_words_have_the_page_s_own_color_and_edges_stand_out_from_white_and_black():
    page = card(all_outcomes(), LOOK)
    assert set(re.findall(r"(?:^|[;\"])(color|background)[^;\"]*", page)) == set()
    edges = set(re.findall(r"#[0-9a-f]{6}", page))
    assert edges and all(contrast(c, "#ffffff") >= 3 and contrast(c, "#111111") >= 3 for c in edges)


def contrast(one: str, other: str) -> float:
    """WCAG's contrast of two colors."""
    lights = sorted((luminance(one), luminance(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def luminance(color: str) -> float:
    channels = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(share * c for share, c in zip((0.2126, 0.7152, 0.0722), linear))


def test_numbers_and_code_alone_are_in_letters_of_one_width():
    lines = re.findall(
        r'<div style="([^"]*)white-space:pre-wrap">([^<]*)</div>', card(all_outcomes())
    )
    fixed = {html.unescape(line) for kind, line in lines if "monospace" in kind}
    assert fixed == {
        "expected 4 at (0, 1)   got 16 at (0, 1)",
        f"small.py, line 3: raise ValueError('{EVIL}')",
    }
    assert {"This is x * x.", "20,000 samples < decided"} <= {
        line for kind, line in lines if not kind
    } | {html.unescape(line) for kind, line in lines if not kind}


# which file, of when, and the points


LOOK = Look(
    "small.py",
    datetime(2026, 11, 27, 20, 48),
    datetime(2026, 11, 27, 20, 51, 30),
    "digest",
    "Wrong",
    0,
    0.5,
    (7, 12),
)


def test_a_card_says_which_file_it_speaks_of_and_of_when_and_counts_the_points():
    for form in (plain(card(all_outcomes(), LOOK)), repr(Card(all_outcomes(), LOOK))):
        assert "small.py as saved at 20:48, 3 minutes ago." in form
        assert "Wrong: 0 of 0.5; 7 of 12 points so far." in form
        assert "did you save" not in form
    whole = replace(LOOK, task="", sums=(2, 2.5))
    assert "2 of 2.5 points." in plain(card(all_outcomes(), whole))


@pytest.mark.parametrize(
    ("minutes", "told"),
    [
        (0.5, "20:48, just now"),
        (1, "20:48, a minute ago"),
        (59, "20:48, 59 minutes ago"),
        (60, "20:48, an hour ago"),
        (23 * 60 + 59, "20:48, 23 hours ago"),
        (24 * 60, "20:48 on 2026-11-27"),
        (-5, "20:48, just now"),  # a clock that was set back
    ],
)
def test_how_long_ago_a_file_was_saved_is_told_in_words(minutes, told):
    assert replace(LOOK, at=LOOK.saved + timedelta(minutes=minutes)).head.endswith(told)


def test_a_file_that_has_not_changed_is_asked_after_unless_all_is_right():
    again = replace(LOOK, again=True)
    asked = "small.py has not changed since this cell last ran: did you save it?"
    assert asked in plain(card(all_outcomes(), again)) and asked in repr(
        Card(all_outcomes(), again)
    )
    assert asked not in plain(card(all_outcomes(), replace(again, earned=0.5)))


def test_an_old_card_says_so_instead():
    page = plain(card(all_outcomes(), replace(LOOK, again=True, old=True)))
    assert "small.py has changed since: run this cell again." in page
    assert "as saved" not in page and "did you save" not in page


def test_a_task_in_which_nothing_is_written_is_one_line():
    task = Task("both", "Both", (Part("one", "One"), Part("two", "Two")))
    waiting = [
        verdict("one", NOT_WRITTEN, note="f is not written yet"),
        verdict("two", NOT_RUN, note="needs One first"),
    ]
    report = Report(Assignment("small", "small.py", (task,)), tuple(waiting), {"one": 2, "two": 1})
    assert words.text(report) == "o Both (0 of 3)  f is not written yet\n"
    begun = replace(report, verdicts=(waiting[0], verdict("two", FAIL)))
    assert words.text(begun).count("\n") == 2


def test_a_hint_opens_on_request():
    page = card(all_outcomes())
    assert "<details><summary>Hint</summary>What does &lt;2&gt; do?</details>" in page
    assert "<details open" not in page


@pytest.mark.parametrize(
    ("hints", "cause", "nudge"),
    [("none", False, False), ("cause", True, False), ("nudge", True, True)],
)
def test_the_instructor_chooses_how_much_is_said(hints, cause, nudge):
    report = all_outcomes(hints)
    for form in (card(report), words.text(report), words.markdown(report)):
        assert ("This is x" in form, "What does" in form) == (cause, nudge)


def test_a_cause_that_explains_two_checks_has_one_hint():
    both = [verdict("wrong", FAIL, got=got, diagnosis="squared") for got in ("4", "9")]
    text = words.text(Report(ASSIGNMENT, tuple(both), {}, MISCONCEPTIONS))
    assert text.count("Hint: What does <2> do?") == 1
    assert "got 4" in text and "got 9" not in text  # the first that it explains stands for it


def test_two_causes_with_one_hint_have_it_once():
    cubed = Misconception("cubed", "This is x * x * x.", "What does <2> do?")
    both = [
        verdict("wrong", FAIL, got=g, diagnosis=d) for g, d in (("4", "squared"), ("8", "cubed"))
    ]
    text = words.text(Report(ASSIGNMENT, tuple(both), {}, MISCONCEPTIONS | {"cubed": cubed}))
    assert "got 4" in text and "got 8" in text and "x * x * x" in text
    assert text.count("Hint: What does <2> do?") == 1


def failing(reason: Reason, *notes: str) -> str:
    """What is said of a part whose checks fail for `reason`, each with a note of its own."""
    frames = (Frame("small.py", 3, "x = F.relu(x)"),)
    failed = [
        Verdict(Check("wrong", f"c{i}", f"sentence {i}", lambda: None), FAIL, reason, note=note)
        for i, note in enumerate(notes)
    ]
    crashed = reason is Reason.CRASHED
    shown = [replace(v, frames=frames) if crashed else v for v in failed]
    return words.text(Report(ASSIGNMENT, tuple(shown), {}))


@pytest.mark.parametrize(
    ("reason", "first", "later"),
    [
        (Reason.MALFORMED, "small.py has no f; it has g", "f is missing, or cannot be used as it"),
        (Reason.CRASHED, "f raised NameError: name 'F' is not defined", "f raised NameError"),
        (Reason.TIMED_OUT, "f did not answer within 2 s", "f did not answer within 2 s"),
    ],
)
def test_one_mistake_that_stops_many_checks_is_told_at_the_first(reason, first, later):
    text = failing(reason, first, later, later)
    assert text.startswith("x Wrong  sentence 0\n") and first in text
    assert "sentence 1" not in text and text.count("line 3") == (reason is Reason.CRASHED)


def test_two_mistakes_in_one_part_are_both_told():
    crashed = failing(Reason.CRASHED, "f raised NameError: no F", "f raised ValueError")
    assert "sentence 0" in crashed and "sentence 1" in crashed


def test_of_wrong_answers_that_nothing_explains_the_first_is_told():
    wrong = failing(Reason.NONE, "the sign is the opposite", "the largest difference is 3")
    assert wrong == "x Wrong  sentence 0\n    the sign is the opposite.\n"


def test_only_what_failed_is_told_of_a_part_and_its_worst_outcome_leads():
    report = Report(
        ASSIGNMENT,
        (verdict("wrong", PASS), verdict("wrong", NOT_RUN, note="later"), verdict("wrong", FAIL)),
        {},
    )
    assert words.text(report) == "x Wrong  wrong is <right>\n"


def test_what_stops_two_parts_alike_is_told_at_the_first():
    stopped = [verdict(n, NOT_RUN, note="small.py is empty") for n in ("right", "wrong", "open")]
    report = Report(ASSIGNMENT, (*stopped, verdict("late", NOT_RUN, note="no GPU here")), {})
    assert words.text(report) == (
        "- Right  not run: small.py is empty\n"
        "- Wrong  the same as Right\n"
        "- Open   the same as Right\n"
        "- Late   not run: no GPU here\n"
    )
    passed = Report(ASSIGNMENT, (verdict("right", PASS), verdict("wrong", PASS)), {})
    assert words.text(passed).count("its check passed") == 2


def test_a_line_that_calls_itself_is_shown_once():
    frames = (Frame("small.py", 9, "return f(x)"),) * 3
    report = Report(ASSIGNMENT, (verdict("wrong", FAIL, frames=frames),), {})
    assert words.text(report).count("line 9: return f(x)") == 1


def test_markdown_has_no_needless_backslashes():
    for line in ("num_classes is 2 * x, z[:, 0]!", "a|b ~ (c) #1", "exp(0.5 * logvar)"):
        assert words.escape_markdown(line).count("\\") == line.count("[")
    assert words.escape_markdown("VAE.__init__ *is* ~~it~~") == (
        r"VAE.\_\_init\_\_ \*is\* \~\~it\~\~"
    )


@pytest.mark.slow
@settings(deadline=None, max_examples=400, derandomize=True, database=None)
@given(
    st.text("ab1 <>&`*_~[]()|#!$\\-+.\"'{}:/@^=", max_size=30).map(lambda s: f"line 3: {s.strip()}")
)
def test_markdown_shows_a_line_as_it_stands(line):
    page = markdown2html(f"- {words.escape_markdown(line)}\n")
    (item,) = re.findall(r"<li>(.*?)</li>", page, re.S)
    assert html.unescape(item).split() == line.split()
