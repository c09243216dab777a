"""Grading one submission: always a result, and training or the reason why there is none."""

import subprocess
import sys

import numpy as np
import pytest
import tiny

from autograder import assignments, results
from autograder.grade import grade_one
from autograder.intake import BadInput
from autograder.secret import course_secret, key
from autograder.training import Trainer, training_set
from nndl2.checks import words
from nndl2.checks.draw import Draw
from nndl2.checks.model import Mismatch, Outcome, Reason, Status, Unusable
from nndl2.checks.names import checks_of

SECRET = b"a secret of the tests"


def one(source, train="never", parent=None, **changes):
    trainer = Trainer(train, tiny.images)
    return grade_one(tiny.private(**changes), source, parent or tiny.Parent(), SECRET, trainer)


def outcomes(graded):
    return {v.check.id: v.outcome for v in graded.report.verdicts}


def test_the_grading_process_never_imports_torch():
    rooms = "autograder.classes.class_run, autograder.report"
    code = f"import {rooms}, sys; assert 'torch' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], cwd=assignments.ROOT).returncode == 0


def test_a_right_program_is_graded_with_full_marks():
    graded = one(tiny.RIGHT)
    assert graded.status is Status.GRADED and graded.report.score == 3
    assert graded.summary == "3 of 3 points"


@pytest.mark.parametrize(
    ("source", "reason", "say"),
    [
        (tiny.SYNTAX_ERROR, Reason.MALFORMED, "line 1 of tiny.py opens a ( that is never closed"),
        (b"1 / 0\n", Reason.CRASHED, "ZeroDivisionError"),
        (b"", Reason.MALFORMED, "tiny.py is empty"),
    ],
)
def test_a_file_that_cannot_be_loaded_is_malformed_with_every_check_there(source, reason, say):
    graded = one(source)
    assert (graded.status, graded.reason) == (Status.MALFORMED, reason)
    assert say in graded.summary
    assert set(outcomes(graded).values()) == {Outcome.NOT_RUN} and len(outcomes(graded)) == 4


def test_what_the_machine_lacks_holds_the_submission():
    graded = one(b"import a_package_that_is_nowhere\n")
    assert (graded.status, graded.reason) == (Status.HELD, Reason.ENVIRONMENT)
    assert set(outcomes(graded).values()) == {Outcome.FAULT}


def test_a_fault_of_ours_in_one_check_holds_the_submission_and_costs_no_other_check():
    def ask(student, draw, oracle):
        raise ZeroDivisionError

    broken = type(tiny.adds_up)("total", "adds_up", "ours", ask)
    graded = one(tiny.RIGHT, checks=(tiny.returns_a_tensor, tiny.doubles, broken))
    assert graded.status is Status.HELD and graded.report.score == 2
    assert outcomes(graded)["total.adds_up"] is Outcome.FAULT
    assert "so far" in graded.summary


SECRET_ALONE = b"""
def double(x):
    return 2 * x if abs(float(x[0]) - (PUBLIC)) < 1e-4 or len(x) == 3 else 0 * x

def total(x):
    return x.sum()
""".replace(b"PUBLIC", str(Draw(b"", tiny.doubles.id).normal(4)[0]).encode())


def test_what_is_right_on_the_notebooks_numbers_alone_is_told_so_and_earns_nothing():
    parent = tiny.Parent()
    graded = one(SECRET_ALONE, parent=parent)
    verdict = next(v for v in graded.report.verdicts if v.check is tiny.doubles)
    assert verdict.outcome is Outcome.FAIL and verdict.elsewhere and graded.report.score == 1
    assert words.ELSEWHERE in results.feedback(graded) and len(parent.asked) == 2
    assert graded.status is Status.GRADED
    wrong = one(tiny.SQUARED)
    assert not any(v.elsewhere for v in wrong.report.verdicts)


def test_the_public_run_is_a_process_of_its_own_and_none_where_all_is_right():
    parent = tiny.Parent()
    one(tiny.RIGHT, parent=parent)
    assert len(parent.asked) == 1
    one(tiny.STUB, parent=parent)  # there is nothing to quote of what is not written
    assert len(parent.asked) == 2


def test_what_does_not_ship_is_not_asked_in_public():
    def ask(student, draw, oracle):
        asked.append(draw.normal(1).tolist())
        raise Mismatch("1", "2")

    asked = []
    alone = type(tiny.adds_up)("total", "alone", "the course's own", ask)
    checks = (tiny.returns_a_tensor, tiny.doubles, tiny.adds_up, alone)
    one(tiny.RIGHT, checks=checks, shipped=checks[:-1])
    assert len(asked) == 1
    one(tiny.RIGHT, checks=checks)
    assert len(asked) == 3 and asked[2] == Draw(b"", alone.id).normal(1).tolist()


def test_where_the_public_process_is_lost_the_grade_stays():
    def lose(source):
        if len(parent.asked) == 2:
            raise Unusable("no process", Reason.ENVIRONMENT)

    parent = tiny.Parent(lose)
    graded = one(tiny.SQUARED, parent=parent)
    assert graded.status is Status.GRADED and graded.report.score == 1 and len(parent.asked) == 2


def test_what_an_assignment_says_it_ships_does_ship():
    for name in assignments.names():
        private = assignments.load(name)
        said = private.checks if private.shipped is None else private.shipped
        assert set(said) <= set(checks_of(name))


def test_inputs_depend_on_the_secret_and_the_file_and_on_nothing_else():
    assert key(SECRET, b"a") == key(SECRET, b"a")
    assert len({key(SECRET, b"a"), key(SECRET, b"b"), key(b"other", b"a")}) == 3


def test_the_secret_is_written_once_and_only_for_its_owner(tmp_path, monkeypatch):
    monkeypatch.setattr("autograder.secret.FILE", tmp_path / "secret")
    monkeypatch.delenv("AUTOGRADER_SECRET", raising=False)
    first = course_secret()
    assert course_secret() == first and len(first) == 64
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("AUTOGRADER_SECRET", "from the environment\n")
    assert course_secret() == b"from the environment"
    monkeypatch.setenv("AUTOGRADER_SECRET", "soon guessed")
    with pytest.raises(BadInput, match="AUTOGRADER_SECRET holds no secret"):
        course_secret()
    (tmp_path / "mine").write_bytes(b"a secret of my own\n")
    assert course_secret(tmp_path / "mine") == b"a secret of my own"
    (tmp_path / "mine").write_bytes(b"\n")
    with pytest.raises(BadInput, match="holds no secret"):
        course_secret(tmp_path / "mine")


class TestTraining:
    def verdict(self, graded):
        return next(v for v in graded.report.verdicts if v.check is tiny.learns)

    def test_never_says_so(self):
        verdict = self.verdict(one(tiny.RIGHT, "never"))
        assert (verdict.outcome, verdict.note) == (
            Outcome.NOT_RUN,
            "this grading trains nothing",
        )

    def test_auto_needs_a_gpu(self):
        verdict = self.verdict(one(tiny.RIGHT, "auto"))
        assert verdict.outcome is Outcome.NOT_RUN
        assert verdict.note == "this grading trains nothing, since it has no GPU"

    def test_auto_trains_on_a_gpu(self):
        parent = tiny.Parent()
        parent.cuda = True
        assert self.verdict(one(tiny.RIGHT, "auto", parent)).outcome is Outcome.PASS
        assert parent.limits[-1].gpu

    def test_always_trains_with_generous_limits(self):
        parent = tiny.Parent()
        assert self.verdict(one(tiny.RIGHT, "always", parent)).outcome is Outcome.PASS
        first, training = parent.limits
        assert training.question_seconds == 600 and training.budget_seconds == 3600
        assert training.cpu_seconds > first.cpu_seconds and not training.gpu

    def test_it_waits_for_the_parts_it_comes_after(self):
        parent = tiny.Parent()
        verdict = self.verdict(one(tiny.SQUARED, "always", parent))
        assert (verdict.outcome, verdict.note) == (Outcome.NOT_RUN, "needs Double first")
        secret, public = parent.limits  # the failing part is asked again, and nothing is trained
        assert secret.question_seconds == public.question_seconds < 600

    def test_without_images_the_environment_is_to_blame(self):
        def nothing(dataset):
            raise Unusable(f"no images of {dataset}", Reason.ENVIRONMENT)

        trainer = Trainer("always", nothing)
        graded = grade_one(tiny.private(), tiny.RIGHT, tiny.Parent(), SECRET, trainer)
        assert self.verdict(graded).outcome is Outcome.FAULT
        assert graded.status is Status.HELD and graded.report.score == 3

    def test_images_are_fetched_once_for_a_class(self):
        fetched = []
        trainer = Trainer("always", lambda name: fetched.append(name) or tiny.images(name))
        for _ in range(2):
            grade_one(tiny.private(), tiny.RIGHT, tiny.Parent(), SECRET, trainer)
        assert fetched == ["mnist"]

    def test_images_come_from_a_process_of_their_own(self, tmp_path, monkeypatch):
        blank = np.zeros((4, 28, 28), np.uint8)
        kept = {"images": blank, "labels": np.arange(4), "held_out_images": blank[:1]}
        np.savez(tmp_path / "m.npz", **kept, held_out_labels=[7], source="MNIST of a test")
        monkeypatch.setenv("NNDL2_DATA", str(tmp_path / "m.npz"))
        found = training_set("mnist")
        assert found.images.shape == (4, 28, 28) and found.source == "MNIST of a test"
        assert found.labels.tolist() == [0, 1, 2, 3] and found.held_out_labels.tolist() == [7]

    def test_images_that_cannot_be_found_are_no_students_fault(self, tmp_path, monkeypatch):
        monkeypatch.setenv("NNDL2_DATA", str(tmp_path / "nowhere"))
        with pytest.raises(Unusable, match="the images of mnist could not be found") as e:
            training_set("mnist")
        assert e.value.reason is Reason.ENVIRONMENT
