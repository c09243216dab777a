"""What a report says of causes: each once, with the parts it costs, and nothing that follows."""

from __future__ import annotations

import re

import pytest

from nndl2.checks import words
from nndl2.checks.card import card
from nndl2.checks.model import (
    UNANSWERED,
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
from nndl2.checks.run import with_public
from nndl2.checks.show import unmet

PASS, FAIL, NOT_WRITTEN, NOT_RUN, FAULT = Outcome
NAMES = ("one", "two", "three")
ASSIGNMENT = Assignment(
    "small", "small.py", tuple(Task(n, n, (Part(n, n.capitalize()),)) for n in NAMES)
)
MISTAKES = {
    "summed": Misconception("summed", "The batch was summed.", "Divide.", ("too_large",)),
    "too_large": Misconception("too_large", "It is too large.", "Look at its size."),
    "sign": Misconception("sign", "The sign is turned.", "Look at the sign."),
}


def nobody(student, draw, oracle):
    """It is asked nothing."""


def verdict(part: str, outcome: Outcome = FAIL, name: str = "c", **kw) -> Verdict:
    about, costs = kw.pop("about", ""), kw.pop("costs_points", True)
    check = Check(part, name, f"{part} {name}", nobody, (), costs, about)
    return Verdict(check, outcome, **kw)


def said(*verdicts: Verdict, **kw) -> str:
    return words.text(report(*verdicts, **kw))


def report(*verdicts: Verdict, **kw) -> Report:
    return Report(ASSIGNMENT, verdicts, dict.fromkeys(NAMES, 1), MISTAKES, **kw)


# one cause, told once


def test_one_cause_in_several_parts_is_told_once_with_the_parts_it_costs():
    text = said(*(verdict(n, got=n, diagnosis="summed") for n in NAMES))
    assert text == (
        "x One (0 of 1)    one c\n"
        "    expected    got one\n"
        "    The batch was summed.\n"
        "    The same costs Two and Three.\n"
        "    Hint: Divide.\n"
        "x Two (0 of 1)    the same as One\n"
        "x Three (0 of 1)  the same as One\n"
    )


def test_what_is_raised_alike_in_two_parts_is_told_once():
    frames = (Frame("small.py", 3, "x = y"),)
    raised = {"reason": Reason.CRASHED, "frames": frames}
    both = [verdict(n, note=f"f raised NameError: {n}", **raised) for n in NAMES[:2]]
    text = said(*both)
    assert text.count("line 3") == 1 and "The same costs Two." in text
    assert "x Two (0 of 1)  the same as One" in text
    elsewhere = verdict("two", note="f raised NameError: two", reason=Reason.CRASHED)
    assert "The same costs" not in said(both[0], elsewhere)  # another line raised it


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"diagnosis": "summed"}, {"diagnosis": "sign"}),
        ({"note": "it is 2 times"}, {"note": "it is 2 times"}),  # no cause is known of either
        ({"diagnosis": "summed"}, {"outcome": PASS}),
    ],
)
def test_two_causes_are_told_apart(first, second):
    text = said(verdict("one", **first), verdict("two", **second))
    assert "The same costs" not in text and "the same as" not in text


# what follows from a cause


@pytest.mark.parametrize("turn", [1, -1])
def test_what_follows_from_a_cause_is_not_told_beside_it(turn):
    both = [verdict("one", name=i, got=i, diagnosis=i) for i in ("summed", "too_large")]
    text = said(*both[::turn])
    assert "The batch was summed." in text and "too large" not in text and "its size" not in text


def test_what_would_follow_is_told_where_its_cause_is_not_there():
    text = said(*(verdict("one", name=i, got=i, diagnosis=i) for i in ("too_large", "sign")))
    assert "It is too large." in text and "The sign is turned." in text


def test_a_cause_goes_before_a_wrong_answer_without_one():
    text = said(
        verdict("one", name="a", note="the largest difference is 3"),
        verdict("one", name="b", got="2", diagnosis="sign"),
    )
    assert "The sign is turned." in text and "largest" not in text


# passing parts


def test_a_part_that_passes_says_what_was_looked_at_and_each_word_once():
    looked = [
        verdict("one", PASS, f"{i}", about=a) for i, a in enumerate(("sizes", "sign", "sizes"))
    ]
    assert said(*looked) == "v One (1 of 1)  sizes, sign: as asked\n"
    assert said(verdict("one", PASS)) == "v One (1 of 1)  its check passed\n"


def test_a_check_that_costs_no_points_is_told_and_turns_nothing_red():
    aside = verdict("one", name="aside", costs_points=False, note="it is not finite")
    found = report(verdict("one", PASS, about="sizes"), aside)
    text = words.text(found)
    assert text.startswith("v One (1 of 1)  sizes: as asked\n")
    assert "one aside" in text and "it is not finite." in text
    assert unmet(found) == [] and "not right yet" not in card(found)


# below the report


def test_below_the_report_it_says_what_the_grader_does():
    assert words.also(report(verdict("one", PASS))) == words.ALSO
    more = words.also(report(verdict("one", PASS), verdict("two", PASS), more=("two", "three")))
    assert more == f"{words.ALSO} {words.MORE.format('Two')}"  # Three is not shown here


@pytest.mark.parametrize(("n", "counted"), [(1, "1 check was"), (3, "3 checks were")])
def test_what_could_not_be_asked_is_counted_and_turns_no_card_green(n, counted):
    lost = {"outcome": NOT_RUN, "reason": Reason.ENVIRONMENT, "note": UNANSWERED}
    found = report(verdict("two", PASS), *(verdict("one", name=f"{i}", **lost) for i in range(n)))
    assert words.unanswered(found).startswith(f"{counted} not run, since the numbers did not come")
    assert words.also(found).endswith("tell the staff.") and len(unmet(found)) == n
    assert "not right yet" not in card(found) and card(found).count("passed</span>") == 1
    gpu = verdict("one", NOT_RUN, reason=Reason.ENVIRONMENT, note="there is no GPU here")
    assert words.unanswered(report(gpu)) == "" and unmet(report(gpu)) == []


# right in public, wrong in secret


def test_a_part_that_is_right_on_public_inputs_is_told_so():
    secret = [verdict("one", got="3"), verdict("two", got="4")]
    public = [verdict("one", PASS), verdict("two")]
    found = with_public(secret, public)
    assert [v.elsewhere for v in found] == [True, False]
    text = said(*found)
    assert text.count(words.ELSEWHERE) == 1
    assert not re.search(r"cheat|dishonest|memor|copied|suspic|plagiar", text, re.IGNORECASE)
    assert [v.outcome for v in found] == [FAIL, FAIL]  # and it costs what it costs


def test_a_part_is_right_in_public_only_if_all_its_checks_that_cost_points_pass():
    secret = [verdict("one", name="a"), verdict("one", name="b")]
    half = [verdict("one", PASS, "a"), verdict("one", name="b")]
    assert not any(v.elsewhere for v in with_public(secret, half))
    aside = [*(verdict("one", PASS, n) for n in "ab"), verdict("one", name="c", costs_points=False)]
    assert all(v.elsewhere for v in with_public(secret, aside))
    assert not any(v.elsewhere for v in with_public([verdict("one", PASS)], []))


def raised(said: str, **kw) -> Verdict:
    return verdict("one", reason=Reason.CRASHED, note=said, **kw)


@pytest.mark.parametrize(
    ("secret", "public", "told"),
    [
        (raised("f raised KeyError"), raised("f raised KeyError: 'x'"), "f raised KeyError: 'x'"),
        (raised("f raised KeyError"), raised("f raised ValueError: 'x'"), "f raised KeyError"),
        (raised("f raised KeyError"), raised("g raised KeyError: 'x'"), "f raised KeyError"),
        (raised("f raised KeyError"), verdict("one", note="it is 2 times"), "f raised KeyError"),
        (verdict("one", note="it is 2 times"), raised("f raised KeyError: 1"), "it is 2 times"),
        (
            raised("needs N(...) to be built first (N.__init__ raised KeyError)", outcome=NOT_RUN),
            raised(
                "needs N(...) to be built first (N.__init__ raised KeyError: 1)", outcome=NOT_RUN
            ),
            "needs N(...) to be built first (N.__init__ raised KeyError: 1)",
        ),
    ],
)
def test_an_exception_is_quoted_only_where_the_public_run_raised_the_same(secret, public, told):
    (found,) = with_public([secret], [public])
    assert found.note == told and found.outcome is secret.outcome
