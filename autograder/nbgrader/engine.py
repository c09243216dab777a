"""The engine behind nbgrader's autograde step: one for a process, with one warm parent."""

from __future__ import annotations

import atexit
import hashlib
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import cast

from tqdm import tqdm

from autograder import intake
from autograder.assignments import Private
from autograder.classes.class_run import ClassRun
from autograder.intake import BadInput, Handed, Identity
from autograder.isolation import ALL_WALLS, WarmParent
from autograder.isolation.promises import broken
from autograder.nbgrader import notebooks
from autograder.results.graded import Graded
from autograder.secret import course_secret
from autograder.training import Policy, Trainer
from nndl2.checks.model import Status

RECORD = "autograder"  # the key in an autograded notebook's metadata


class Engine:
    """Grades what `autograder grade` grades, in the same way.

    The warm parent starts with the first question and ends with the process. A result is kept for
    as long as the process lives, a held one until it was asked for.
    """

    def __init__(self, train: str = "auto", isolation: str = "auto", secret_file: str = ""):
        self.trainer = Trainer(cast(Policy, train))
        self.secret = course_secret(Path(secret_file) if secret_file else None)
        self.strict = isolation == "strict"
        self.parent = WarmParent(() if isolation == "process" else ALL_WALLS)
        self.warning = ""
        self.started = False
        self.starting = threading.Lock()
        self.runs: dict[str, ClassRun] = {}
        self.kept: dict[tuple[str, ...], Graded] = {}

    def grade(self, private: Private, one: Handed) -> Graded:
        """The result of one submission, whatever it does."""
        key = self._kept_under(private, one)
        if key not in self.kept:
            self.keep(private, one)
        graded = self.kept[key]
        if graded.status is Status.HELD:
            del self.kept[key]
        return graded

    def keep(self, private: Private, one: Handed) -> None:
        """Have the result of one submission at hand."""
        key = self._kept_under(private, one)
        if key not in self.kept:
            self._start()
            self.kept[key] = self._run(private).result(self.parent, one)

    def grade_all(self, private: Private, handed: Sequence[Handed], jobs: int) -> None:
        """Grade a class side by side, so that asking for each of its results takes no time."""
        with (
            ThreadPoolExecutor(jobs) as pool,
            tqdm(total=len(handed), desc="grading", unit="file", disable=not handed) as bar,
        ):
            try:
                for _ in pool.map(lambda one: self.keep(private, one), handed):
                    bar.update()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def key(self, private: Private, one: Handed) -> dict[str, str]:
        """What the grade of `one` depends on."""
        return asdict(self._run(private).key(one))

    def record(self, private: Private, one: Handed, folder: Path) -> dict[str, str]:
        """What has to be equal for an autograded notebook to need no new grade."""
        return {**self.key(private, one), "notebooks": notebooks.fingerprint(folder)}

    def close(self) -> None:
        """End the warm parent."""
        self.parent.close()

    def _kept_under(self, private: Private, one: Handed) -> tuple[str, ...]:
        return tuple(self.key(private, replace(one, student="")).values())

    def _run(self, private: Private) -> ClassRun:
        """How a class of this assignment is graded; nothing is written."""
        name = private.public.name
        if name not in self.runs:
            self.runs[name] = ClassRun(private, Path(), self.secret, self.trainer)
        return self.runs[name]

    def _start(self) -> None:
        with self.starting:
            if not self.started:
                self.parent.__enter__()
                if missing := broken(self.parent.walls):
                    self.warning = (
                        f"nothing here keeps a submission from these: {', '.join(missing)}"
                    )
                if self.strict and missing:
                    self.parent.close()
                    raise BadInput(f"{self.warning}; leave out strict, or grade elsewhere")
                self.started = True


@cache
def engine(train: str = "auto", isolation: str = "auto", secret_file: str = "") -> Engine:
    """The engine of this process."""
    made = Engine(train, isolation, secret_file)
    atexit.register(made.close)
    return made


def submitted(folder: Path, student: str, private: Private) -> Handed:
    """What the folder of one submission holds for the grader, or why there is nothing in it."""
    found = intake.handed(folder, intake.wanted(private))  # the folder has the assignment's name
    return replace(found, student=student, who=Identity(id=student), attempt="")


def is_what_was_graded(graded: Graded, one: Handed, copy: Path) -> bool:
    """Whether `graded` is about the bytes handed in, and `copy`, if there is one, holds them."""
    sha256 = hashlib.sha256(one.source).hexdigest()
    if one.wrong is not None:
        return True
    if copy.is_file() and hashlib.sha256(copy.read_bytes()).hexdigest() != sha256:
        return False
    return graded.sha256 == sha256
