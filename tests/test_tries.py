"""What ends a process from outside costs nothing; what a program does to itself is believed."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import tiny

from autograder.grade import KILLED, grade_one
from autograder.isolation import Limits, WarmParent, steadily, tries
from autograder.isolation.system import LINUX
from autograder.isolation.tries import AGAIN
from autograder.training import Trainer
from nndl2.checks.model import Outcome, Reason, Status, Unusable

SECRET = b"a secret of the tests"
ENDS_ITSELF = tiny.RIGHT.replace(
    b"return 2 * x", b"__import__('os').kill(__import__('os').getpid(), 9)"
)
X = np.arange(3, dtype=np.float32)


class Student:
    """Stands for a submission that loses processes as it is told."""

    def __init__(self, losses: tuple[int, ...]):
        self.losses = losses


def asking(*losses: tuple[int, ...]):
    """`start` of tries that lose these questions, and the tries that were made."""
    made: list[Student] = []

    @contextmanager
    def start():
        made.append(Student(losses[len(made)]))
        yield made[-1]

    return start, made


@pytest.mark.parametrize(
    ("losses", "made"),
    [
        ([()], 1),
        ([(3,), ()], 2),
        ([(3,), (3,), ()], 3),
        ([(3,), (3,), (3,)], 3),
        ([(3, 5), (3,), (3,), (3,)], 4),
        ([(3,), (4,), (3,), (3,), (3,)], 5),
    ],
)
def test_a_loss_is_believed_the_third_time_in_a_row(losses, made):
    start, students = asking(*losses)
    assert steadily(start, lambda student: student.losses) == losses[-1]
    assert len(students) == made


def test_what_never_ends_alike_is_held_and_not_asked_for_ever():
    start, students = asking(*[(number,) for number in range(99)])
    with pytest.raises(Unusable, match="each time at another place") as e:
        steadily(start, lambda student: None)
    assert e.value.reason is Reason.ENVIRONMENT and len(students) == tries.MOST


@pytest.mark.parametrize("losses", [[(3,), (3,)], [(3,), ()]])
def test_where_time_is_up_two_tries_alike_are_believed(losses):
    start, students = asking(*losses)
    assert steadily(start, lambda student: student.losses, patience=0) == losses[-1]
    assert len(students) == 2


def test_where_time_is_up_two_tries_that_differ_are_held():
    start, students = asking((3,), (4,), (5,))
    with pytest.raises(Unusable, match="each time at another place"):
        steadily(start, lambda student: None, patience=0)
    assert len(students) == 2


def test_a_failure_is_the_one_that_is_believed():
    start, students = asking((1,), ())

    def ask(student):
        raise Unusable(f"try {len(students)}", Reason.MALFORMED)

    with pytest.raises(Unusable, match="try 2"):
        steadily(start, ask)


def children(pid):
    files = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for file in files for child in file.read_text().split()]


@pytest.mark.slow
@pytest.mark.skipif(not LINUX, reason="descent is read from Linux's /proc")
@pytest.mark.parametrize("victim", ["worker", "keeper", "parent"])
@pytest.mark.parametrize("mode", ["warm", "weak"])
def test_a_process_killed_from_outside_costs_nothing(mode, victim, request):
    parent, asked = request.getfixturevalue(mode), []

    def ask(student):
        student.load()
        keepers = children(parent.pid)
        if not asked:
            found = {"worker": children(keepers[0]), "keeper": keepers, "parent": [parent.pid]}
            for pid in found[victim]:
                os.kill(pid, signal.SIGKILL)
        asked.append(student.losses)
        return student.call("double", X)

    start = partial(parent.submission, tiny.RIGHT, "tiny.py", limits=Limits())
    assert steadily(start, ask).tolist() == [0, 2, 4]
    assert len(asked) <= 2


@pytest.mark.slow
def test_a_program_that_kills_itself_has_its_sentence_and_costs_no_other_part(warm):
    graded = grade_one(tiny.private(), ENDS_ITSELF, warm, SECRET, Trainer("never", tiny.images))
    first = next(v for v in graded.report.verdicts if v.check is tiny.returns_a_tensor)
    assert (first.outcome, first.reason) == (Outcome.FAIL, Reason.CRASHED)
    assert "was ended by signal SIGKILL" in first.note and "MiB" in first.note
    assert graded.status is Status.GRADED and graded.report.score == 1
    assert graded.notes == (KILLED,)


def test_a_program_that_kills_itself_while_it_loads_has_one_sentence(warm):
    source = b"import os\nos.kill(os.getpid(), 9)\n"
    graded = grade_one(tiny.private(), source, warm, SECRET, Trainer("never", tiny.images))
    assert graded.status is Status.MALFORMED and graded.reason is Reason.CRASHED
    assert "was ended by signal SIGKILL" in graded.sentence and AGAIN in graded.sentence


@pytest.mark.parametrize("end", ["os._exit(3)", "os.kill(os.getpid(), 11)", "os.abort()"])
def test_a_program_that_crashes_by_itself_is_asked_once(warm, end):
    source = f"import os\ndef double(x):\n    {end}\n".encode()
    asked = []

    def ask(student):
        asked.append(student)
        student.call("double", X)

    with pytest.raises(Unusable):
        steadily(partial(warm.submission, source, "tiny.py", limits=Limits()), ask)
    assert len(asked) == 1


@pytest.mark.slow
def test_what_is_still_asked_when_the_grader_stops_ends_at_once(warm):
    with WarmParent(walls=()) as parent, parent.submission(tiny.RIGHT, "tiny.py") as student:
        student.load()
        parent.close()
        with pytest.raises(Unusable):
            student.call("double", X)
        with pytest.raises(Unusable, match="the grader was stopped"):
            student.call("double", X)
        assert parent.pid == 0
