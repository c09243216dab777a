"""No text of a submission carries to its author what it was asked with secret inputs."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tiny
from fuzzing import FUZZ
from hypothesis import example, given
from hypothesis import strategies as st

from autograder.grade import grade_one
from autograder.isolation import WarmParent, messages
from autograder.isolation.quotes import Quotes
from autograder.results import feedback, gradescope
from autograder.secret import key
from autograder.training import Trainer
from nndl2.checks.draw import Draw
from nndl2.checks.model import Frame, Reason, StudentError, Unusable

SECRET = b"a secret of the tests"
PUBLIC = Draw(b"", tiny.doubles.id).normal(4)  # what a student has seen in the notebook
HEAD = """import sys, torch
seen = []
def double(x):
    if len(x) == 3:
        return 2 * x
    told = str(x.tolist())
    seen.append(told)
    if {only}:
        return 2 * x
    {asked}
def total(x):
    {later}
    return x.sum()
"""
RIGHT = {"only": "False", "asked": "return 2 * x", "later": "pass"}
IN_SECRET = f"abs(float(x[0]) - {PUBLIC[0]!r}) < 1e-4".replace("np.float32", "")
IN_PUBLIC = f"abs(float(x[0]) - {PUBLIC[0]!r}) > 1e-4".replace("np.float32", "")
FORGED = """sys.modules['boundary.messages'].pack_error = lambda e: {}
    raise ValueError"""
WAYS = {
    "message": "raise ValueError(told)",
    "tensor": "raise ValueError(x)",
    "kind": "raise type('E' + told, (Exception,), {})()",
    "digits": "raise type('E' + ''.join(c for c in told if c.isalnum()), (Exception,), {})()",
    "package": "raise ModuleNotFoundError(told, name=told)",
    "file": "raise FileNotFoundError(2, 'no', told)",
    "name": "raise NameError(f'name {told!r} is not defined')",
    "exit": "sys.exit(told)",
    "type": "return type(told, (), {})()",
    "types": "return [type(told, (), {})()] * 2",
    "linecache": "import linecache, traceback; linecache.getline = lambda *a: told; "
    "traceback.FrameSummary.line = property(lambda self: told); raise ValueError",
    "printed": "print(told); raise ValueError",
    "student": FORGED.format(
        "{'is': 'student', 'target': told, 'kind': told, 'message': told, 'lines': [1]}"
    ),
    "frames": FORGED.format(
        "{'is': 'student', 'target': 'f', 'kind': 'E', 'message': '', 'lines': [['f', 1, told]]}"
    ),
    "not written": FORGED.format("{'is': 'not written', 'target': told}"),
    "malformed": FORGED.format(
        "{'is': 'unusable', 'target': told, 'sentence': told, 'reason': 'malformed', 'line': 0}"
    ),
    "environment": FORGED.format(
        "{'is': 'unusable', 'target': told, 'sentence': f'it imports {told}, which is not',"
        " 'reason': 'environment', 'line': 0}"
    ),
    "newer": FORGED.format(
        "{'is': 'unusable', 'target': told, 'reason': 'environment', 'line': 3,"
        " 'sentence': f'line 3 of {told} is written for Python 3.14 ({told}), and this is {told}'}"
    ),
}


def told(warm: WarmParent, **ways: str) -> tuple[str, bool, bool]:
    """All that is written about a program, and whether it holds a number of the secret question,
    and one of the public question."""
    source = HEAD.format(**{**RIGHT, **ways}).encode()
    trainer = Trainer("never", tiny.images)
    graded = grade_one(tiny.private(training_checks=()), source, warm, SECRET, trainer)
    shown = json.dumps(gradescope(graded)) + feedback(graded)
    asked = Draw(key(SECRET, source), tiny.doubles.id).normal(4)
    return shown, holds(shown, asked), holds(shown, PUBLIC)


def holds(shown: str, asked: np.ndarray) -> bool:
    digits = [str(abs(number)).replace(".", "")[:7] for number in asked.tolist()]
    return any(d in shown.replace(".", "") for d in digits)


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_on_secret_inputs_nothing_is_told_that_a_program_chose_to_say(warm, way):
    shown, leaks, _ = told(warm, asked=WAYS[way])
    assert not leaks, shown


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_nor_where_it_says_so_on_secret_inputs_alone(warm, way):
    shown, leaks, public = told(warm, only=IN_SECRET, asked=WAYS[way])
    assert not leaks and not public, shown


def test_what_is_raised_on_public_inputs_as_well_is_shown_with_these(warm):
    shown, leaks, public = told(warm, asked=WAYS["message"])
    assert public and not leaks and "double raised ValueError: [" in shown


def test_a_message_of_our_own_is_no_quote_and_one_that_only_the_secret_run_raised_is_not_quoted(
    warm,
):
    said = "raise ValueError('these are my own words')"
    assert "my own words" in told(warm, asked=said)[0].replace(said, "")
    alone = told(warm, only=IN_SECRET, asked=said)[0]
    lines = [line for line in alone.splitlines() if "my own words" in line]
    assert all("raise ValueError(" in line for line in lines)  # the line of the file is shown
    assert "double raised ValueError." in alone


def test_another_exception_in_public_is_not_put_in_its_place(warm):
    public = f"raise KeyError('mine') if not ({IN_PUBLIC}) else ValueError(told)"
    shown, leaks, _ = told(warm, asked=public)
    assert not leaks and "double raised ValueError." in shown
    assert "raised KeyError" not in shown


def test_what_was_asked_in_secret_cannot_be_told_at_another_question(warm):
    shown, leaks, _ = told(warm, later="raise ValueError(seen)")
    assert "total raised ValueError: []" in shown and not leaks


# What a submission may be quoted with

SOURCE = b"""class Mine(Exception):
    pass
def f(x):
    raise Mine(x)
"""


@FUZZ
@given(st.text(max_size=40))
@example("Mine")
@example("ValueError")
@example("encoder.0.weight")
@example("0.25")
@example("Mine_0_25")
@example("Mine.3.1.4.1.5.9.2.6")
def test_a_name_is_quoted_from_the_file_or_not_at_all(name: str) -> None:
    quotes = Quotes(SOURCE, "f.py")
    told = quotes.error(StudentError("f", name, ""), "f")
    assert isinstance(told, StudentError)
    if told.kind != "an exception of its own":
        parts = [part.rstrip("0123456789") for part in name.replace(" ", ".").split(".")]
        assert all(part in quotes.words or part == "" for part in parts) and len(parts) <= 8
    assert quotes.name("Mine", "") == "Mine" and quotes.name("Minee", "") == ""


def test_a_line_comes_from_the_graders_copy_and_one_that_is_not_there_is_dropped() -> None:
    error = {"is": "student", "target": "f", "kind": "Mine", "message": "", "lines": [4, 5, 0, 99]}
    told = Quotes(SOURCE, "f.py").error(messages.unpack_error(error), "f")
    assert isinstance(told, StudentError)
    assert told.frames == (Frame("f.py", 4, "raise Mine(x)"),)


@pytest.mark.parametrize(
    ("sentence", "say"),
    [
        ("f.py imports pandas, which is not here", "f.py imports something, which is"),
        ("f.py imports Mine, which is not here", "f.py imports Mine, which is"),
        ("0.25 0.5", "f.py imports something, which is"),
    ],
)
def test_a_missing_package_is_told_in_the_graders_words(sentence: str, say: str) -> None:
    told = Quotes(SOURCE, "f.py").error(Unusable(sentence, Reason.ENVIRONMENT), "f")
    assert isinstance(told, Unusable) and told.sentence.startswith(say)
