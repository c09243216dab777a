"""A made-up assignment of two tasks and a parent that answers in this process, to try the engine.

What is graded here is ours, so nothing has to be kept apart.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from autograder.assignments import Private, Specimen, TrainingSet
from nndl2.checks.compare import as_array, expect_answer
from nndl2.checks.declare import check
from nndl2.checks.model import Assignment, Misconception, Part, Task
from nndl2.probing.probe import Probe

RIGHT = b"def double(x):\n    return 2 * x\n\n\ndef total(x):\n    return x.sum()\n"
STUB = b"def double(x):\n    return None\n\n\ndef total(x):\n    return None\n"
SQUARED = RIGHT.replace(b"2 * x", b"x * x")
SYNTAX_ERROR = b"def double(x:\n"
RAISES = RIGHT.replace(b"return 2 * x", b'raise ValueError("<b>no</b>\\x1b[2J")')

ASSIGNMENT = Assignment(
    "tiny",
    "tiny.py",
    (
        Task("double", "Double", (Part("double", "Double", ("double",)),)),
        Task("total", "Total", (Part("total", "Total", ("total",)),)),
        Task("train", "Train", (Part("train", "Train"),)),
    ),
)


@check("double")
def returns_a_tensor(student, draw, oracle):
    """double returns a tensor"""
    as_array(student.call("double", draw.normal(3)), "double")


@check("double", after=returns_a_tensor)
def doubles(student, draw, oracle):
    """every number is doubled"""
    x = draw.normal(4)
    expect_answer(student.call("double", x), oracle("doubled", x))


@check("total")
def adds_up(student, draw, oracle):
    """the numbers are added up"""
    x = draw.normal(5)
    expect_answer(student.call("total", x), oracle("total", x))


@check("train", after=doubles, costs_points=False)
def learns(student, draw, oracle):
    """training works"""


FORMULAS = {
    "doubled": lambda x: (2.0 * x, lambda: [("squared", x.astype(float) ** 2)]),
    "total": lambda x: (x.astype(float).sum(), lambda: []),
}


def training(images: TrainingSet, tick: Callable[[str], None]):
    def ask(student, draw, oracle):
        tick("epoch 1")
        as_array(student.call("double", images.images[:1].astype(np.float32)), "double")

    return [type(learns)(**{**vars(learns), "ask": ask})]


def private(**changes) -> Private:
    """The tiny assignment; `changes` replace fields of it."""
    fields = {
        "public": ASSIGNMENT,
        "checks": (returns_a_tensor, doubles, adds_up),
        "points": {"double": 2, "total": 1},
        "formulas": FORMULAS,
        "misconceptions": {"squared": Misconception("squared", "Squared.", "Look at the 2.")},
        "training": training,
        "training_checks": (learns,),
        "specimens": lambda: [
            Specimen("squares", SQUARED, ("double.doubles",), ("double",), "squared")
        ],
    }
    return Private(**{**fields, **changes})


def images(dataset: str) -> TrainingSet:
    """Two blank images, whatever the data set is called."""
    x, y = np.zeros((2, 28, 28), np.uint8), np.zeros(2, np.int64)
    return TrainingSet(x, y, x, y, dataset)


class Parent:
    """Answers as a warm parent does, without a process; `before` is called with each source."""

    isolation = "none, in a test"
    start_seconds = 0.0
    cuda = False

    def __init__(self, before: Callable[[bytes], None] = lambda source: None):
        self.before, self.asked, self.limits = before, [], []

    def want(self, modules) -> None:
        """This process has what it needs."""

    @contextmanager
    def submission(self, source: bytes, file: str, *, limits) -> Iterator[Probe]:
        self.asked.append(hashlib.sha256(source).hexdigest())
        self.limits.append(limits)
        self.before(source)
        yield _Student(source, file, self.cuda)

    @contextmanager
    def opened(self) -> Iterator[Parent]:
        yield self


class _Student:
    """Loads on `load`, as the real one does, and then answers as a probe."""

    peak_memory = 1 << 20
    losses = ()
    log = ""

    def __init__(self, source: bytes, file: str, cuda: bool):
        self.source, self.file, self.cuda = source, file, cuda

    def load(self) -> None:
        self.probe = Probe(self.source, self.file)

    def __getattr__(self, verb: str):
        if "probe" not in vars(self):
            self.load()
        return getattr(vars(self)["probe"], verb)


def hand_in(folder: Path, **sources: bytes) -> Path:
    """A folder of submissions, one file a student."""
    for student, source in sources.items():
        (folder / student).mkdir(parents=True)
        (folder / student / "tiny.py").write_bytes(source)
    return folder
