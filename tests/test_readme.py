"""The README's sample feedback is what the grader says, and its commands exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from autograder.assignments import ROOT, load
from autograder.commands.examples import EXAMPLES
from autograder.isolation import WarmParent
from nndl2.checks import words
from nndl2.checks.model import Outcome, Report
from nndl2.checks.run import run

README = ROOT / "README.md"
BLOCK = re.compile(r"(<!-- feedback: begin -->\n).*?(<!-- feedback: end -->)", re.S)
KEY = b"the sample feedback of the README"
TYPICAL = (
    "encoder_leaky",
    "decoder_lacks_a_layer",
    "reparametrize_variance",
    "loss_batch_summed",
    "cvae_decoder_gets_no_label",
)


def sample_feedback(warm: WarmParent) -> str:
    """What is said of the five mistakes, each by the checks of its part alone."""
    private = load("vae")
    specimens = {s.name: s for s in private.specimens()}
    said = []
    for name in TYPICAL:
        part = specimens[name].lost[0]
        task = private.public.task_of(part).name
        with warm.submission(specimens[name].source, private.public.module) as student:
            oracle = private.oracle
            verdicts = run(private.public, private.checks, student, KEY, oracle=oracle, secret=True)
        report = Report(
            private.public, tuple(verdicts), private.points, private.misconceptions, "cause"
        ).only(task)
        failed = tuple(v for v in report.verdicts if v.outcome is Outcome.FAIL and v.diagnosis)[-1:]
        said.append(
            words.text(
                Report(report.assignment, failed, report.points, report.misconceptions, "cause")
            )
        )
    return "```\n" + "\n".join(said) + "```\n"


@pytest.mark.slow
def test_the_sample_feedback_is_what_the_grader_says(warm: WarmParent) -> None:
    shown = BLOCK.search(README.read_text(encoding="utf-8"))
    assert shown is not None
    assert shown[0] == shown[1] + sample_feedback(warm) + shown[2]


def test_every_command_of_the_readme_is_one_that_exists() -> None:
    text = README.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", Path(ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"(?:^|`)make ([a-z]+)", text, re.M)) <= targets
    commands = set(re.findall(r"\.venv/bin/autograder ([a-z]+)", text))
    assert commands == {*EXAMPLES}


def write_sample_feedback() -> None:
    """`python -m tests.test_readme` writes the block anew."""
    with WarmParent() as warm:
        block = sample_feedback(warm)
    text = README.read_text(encoding="utf-8")
    README.write_text(BLOCK.sub(lambda m: m[1] + block + m[2], text), encoding="utf-8")


if __name__ == "__main__":
    write_sample_feedback()
