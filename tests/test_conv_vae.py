"""The assignment `conv_vae`: what its TODOs earn one by one, and what its specimens cover."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from autograder import assignments
from nndl2.checks.model import Outcome, Report
from nndl2.checks.run import run
from nndl2.probing.probe import Probe

PRIVATE = assignments.load("conv_vae")
REGION = re.compile(r"^[ ]*### BEGIN SOLUTION\n(.*?)^[ ]*### END SOLUTION\n", re.M | re.S)
LAYERS = ("encode (layers)", "decode (layers)")
STEPS = (  # the TODO that is filled in next, and the points that there are then
    (LAYERS[0], set()),
    (LAYERS[1], set()),
    ("encode", {"encode"}),
    ("sample", {"encode", "sample"}),
    ("decode", {"encode", "sample", "decode"}),
    ("forward", {"encode", "sample", "decode", "forward"}),
    ("loss_function", {"encode", "sample", "decode", "forward", "loss_function"}),
    ("traverse", {*PRIVATE.public.parts}),
)


def filled_in(names: set[str]) -> bytes:
    """The reference with the solutions of these TODOs alone."""
    text = PRIVATE.reference.decode()
    titles = re.findall(r"# TODO ([^:]+):", text)
    for title, region in reversed(list(zip(titles, REGION.finditer(text), strict=True))):
        text = text[: region.start()] + region[1] * (title in names) + text[region.end() :]
    return text.encode()


@pytest.mark.slow
@pytest.mark.parametrize("step", range(len(STEPS)), ids=[name for name, _ in STEPS])
def test_each_todo_adds_its_points_and_no_others(step: int) -> None:
    student = Probe(filled_in({name for name, _ in STEPS[: step + 1]}), PRIVATE.public.module)
    checks = run(PRIVATE.public, PRIVATE.checks, student, b"key", oracle=PRIVATE.oracle)
    report = Report(PRIVATE.public, tuple(checks), PRIVATE.points)
    earned = {part for part in PRIVATE.public.parts if report.earned(part)}
    assert earned == STEPS[step][1]
    assert {v.outcome for v in checks} <= {Outcome.PASS, Outcome.NOT_WRITTEN, Outcome.NOT_RUN}


def test_each_misconception_in_use_has_specimens_and_at_most_three() -> None:
    specimens = PRIVATE.specimens()
    named = Counter(s.misconception for s in specimens if s.misconception)
    assert {*named} <= {*PRIVATE.misconceptions} and len(named) >= 25
    assert max(named.values()) <= 3
    assert sum(s.right for s in specimens) >= 20 and sum(not s.right for s in specimens) >= 40
    assert len({s.name for s in specimens}) == len(specimens)


def test_the_points_are_those_of_the_contract() -> None:
    assert sum(PRIVATE.points.values()) == 12
