"""No text of a submission carries to its author what a hidden check asked it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import tiny

from autograder.grade import grade_one
from autograder.isolation import WarmParent
from autograder.results import feedback, gradescope
from autograder.secret import key
from autograder.training import Trainer
from nndl2.checks.draw import Draw

SECRET = b"a secret of the tests"
HEAD = """import sys, torch
seen = []
def double(x):
    if len(x) == 3:
        {visible}
        return 2 * x
    told = str(x.tolist())
    seen.append(told)
    {hidden}
def total(x):
    {later}
    return x.sum()
"""
RIGHT = {"visible": "pass", "hidden": "return 2 * x", "later": "pass"}
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


def told(warm: WarmParent, *, hide: bool = True, **ways: str) -> tuple[str, bool]:
    """All that is written about a program, and whether it holds a number it was asked."""
    source = HEAD.format(**{**RIGHT, **ways}).encode()
    checks = (tiny.returns_a_tensor, replace(tiny.doubles, hidden=hide), tiny.adds_up)
    private, trainer = (
        tiny.private(checks=checks, training_checks=()),
        Trainer("never", tiny.images),
    )
    graded = grade_one(private, source, warm, SECRET, trainer)
    shown = json.dumps(gradescope(graded)) + feedback(graded)
    asked = Draw(key(SECRET, source), tiny.doubles.id).normal(4)
    digits = [str(abs(number)).replace(".", "")[:7] for number in asked.tolist()]
    return shown, any(d in shown.replace(".", "") for d in digits)


@pytest.mark.parametrize("way", WAYS)
def test_a_hidden_check_tells_nothing_that_a_program_chose_to_say(warm, way):
    shown, leaks = told(warm, hidden=WAYS[way])
    assert not leaks, shown


def test_a_visible_check_shows_the_message(warm):
    shown, leaks = told(warm, hide=False, hidden=WAYS["message"])
    assert leaks and "double raised ValueError: [" in shown


def test_what_a_hidden_check_asked_cannot_be_told_in_a_visible_one(warm):
    shown, leaks = told(warm, later="raise ValueError(seen)")
    assert "total raised ValueError: []" in shown and not leaks
