"""One item a check: the grading of `autograder check`, seen through pytest.

Failed and not written fail, not run skips, a fault of the grader's is an error. A file that cannot
be asked at all fails everywhere.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.assignments import Private
from autograder.grade import grade_one, unusable
from autograder.intake import BadInput, Handed, alone, chosen, wanted
from autograder.isolation import WarmParent
from autograder.results.graded import Graded
from autograder.secret import course_secret
from autograder.training import Trainer
from nndl2.checks import words
from nndl2.checks.model import Outcome, Status, Verdict


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """An item for every declared check, whatever the submission is."""
    private = _private(metafunc.config)
    declared = [*private.checks, *private.training_checks]
    ids = [_id(private.public.task_of(check.part).name, check.id) for check in declared]
    metafunc.parametrize("check_id", [check.id for check in declared], ids=ids)


def test_check(verdict: Verdict, graded: Graded) -> None:
    if graded.status is Status.MALFORMED:
        pytest.fail(graded.sentence, pytrace=False)
    if verdict.outcome is Outcome.NOT_RUN:
        pytest.skip(verdict.note)
    if not verdict.passed:
        pytest.fail(_said(verdict, graded), pytrace=False)


@pytest.fixture(scope="session")
def graded(pytestconfig: pytest.Config) -> Graded:
    """The result of the one submission of this run, the reference where none is given."""
    private = _private(pytestconfig)
    file: Path | None = pytestconfig.getoption("--submission")
    own = Handed("", private.public.module, private.reference)
    one = alone(file.resolve(), wanted(private)) if file else own
    if one.wrong:
        return unusable(private, one.wrong)
    with WarmParent() as parent:
        trainer = Trainer("auto")
        return grade_one(private, one.source, parent, course_secret(), trainer, file=one.file)


@pytest.fixture
def verdict(check_id: str, graded: Graded) -> Verdict:
    """The verdict on one check; an error where the grader is to blame."""
    found = next(v for v in graded.report.verdicts if v.check.id == check_id)
    if found.outcome is Outcome.FAULT:
        pytest.fail(_said(found, graded), pytrace=False)
    return found


def _said(verdict: Verdict, graded: Graded) -> str:
    told = words.explain(verdict, graded.report)
    return "\n    ".join(
        [told.headline, *told.lines, *([f"Hint: {told.hint}"] if told.hint else [])]
    )


def _id(task: str, check: str) -> str:
    return check if check.startswith(f"{task}.") else f"{task}.{check}"


def _private(config: pytest.Config) -> Private:
    file: Path | None = config.getoption("--submission")
    try:
        return chosen(config.getoption("--assignment"), file)
    except BadInput as e:
        raise pytest.UsageError(str(e)) from None
