"""The training checks: whether they are run, on which images, and what is said otherwise."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, NoReturn, get_args

import numpy as np
from tqdm import tqdm

from autograder.assignments import ROOT, Private, TrainingSet
from autograder.isolation import Limits, WarmParent, steadily
from nndl2.checks.model import Check, NotRun, Reason, Unusable, Verdict
from nndl2.checks.run import NOTHING, run

Policy = Literal["auto", "always", "never"]
POLICIES: tuple[str, ...] = get_args(Policy)
QUESTION_SECONDS = 600
BUDGET_SECONDS = 3600
MEMORY_BYTES = 8 << 30


class Trainer:
    """Runs training checks, one at a time on a GPU, on images that are fetched at most once.

    `images` gives the training set of a data set by its name; it raises `Unusable` when it cannot.
    """

    def __init__(self, policy: Policy, images: Callable[[str], TrainingSet] | None = None):
        self.policy = policy
        self.images = images or training_set
        self.fetched: dict[str, TrainingSet] = {}
        self.turn, self.fetching = threading.Lock(), threading.Lock()

    def verdicts(
        self,
        private: Private,
        source: bytes,
        parent: WarmParent,
        key: bytes,
        cuda: bool,
        before: Sequence[Verdict],
        found: Mapping[str, Verdict] = NOTHING,
    ) -> list[Verdict]:
        """A verdict for each of the assignment's training checks, whether trained or not.

        `before` are the verdicts on all other checks; `cuda` says whether there is a GPU. Those
        that were `found` before, by id, are not trained again.
        """
        if self.wants(private, cuda, before, found):
            return self.trained(private, source, parent, key, cuda, before, found)
        return self.told(private, key, cuda, before, found)

    def wants(
        self,
        private: Private,
        cuda: bool,
        before: Sequence[Verdict],
        found: Mapping[str, Verdict] = NOTHING,
    ) -> bool:
        """Whether there is something to train."""
        passed = {v.check for v in before if v.passed}
        open_yet = [check for check in private.training_checks if check.id not in found]
        return not self.refusal(cuda) and any(set(check.after) <= passed for check in open_yet)

    def told(
        self,
        private: Private,
        key: bytes,
        cuda: bool,
        before: Sequence[Verdict],
        found: Mapping[str, Verdict] = NOTHING,
    ) -> list[Verdict]:
        """The verdicts where nothing is to be trained."""
        checks, why_not = private.training_checks, self.refusal(cuda)
        passed = {v.check for v in before if v.passed}
        if why_not and any(set(check.after) <= passed for check in checks):
            checks = _ending(checks, NotRun(why_not))
        return _run(private, checks, None, key, before, found)

    def refusal(self, cuda: bool) -> str:
        """Why nothing is trained under this policy on this machine, or nothing."""
        if self.policy == "never":
            return "--train never"
        if self.policy == "auto" and not cuda:
            return "no GPU here (use --train always to train on the CPU)"
        return ""

    def trained(
        self,
        private: Private,
        source: bytes,
        parent: WarmParent,
        key: bytes,
        cuda: bool,
        before: Sequence[Verdict],
        found: Mapping[str, Verdict] = NOTHING,
    ) -> list[Verdict]:
        """The verdicts after real training, in a process of its own with generous limits."""
        cores = os.cpu_count() or 1
        limits = Limits(
            question_seconds=QUESTION_SECONDS,
            budget_seconds=BUDGET_SECONDS,
            cpu_seconds=BUDGET_SECONDS * cores,
            memory_bytes=MEMORY_BYTES,
            processes=64 + 4 * cores,
            gpu=cuda,
        )
        module, turn = private.public.module, self.turn if cuda else nullcontext()
        where = f"training on the {'GPU' if cuda else 'CPU'}"
        with turn, tqdm(desc=where, unit="epoch", leave=False) as bar:

            def tick(label: str) -> None:
                bar.set_postfix_str(label, refresh=False)
                bar.update()

            try:
                checks = private.training(self.set_of(private.dataset), tick)
                start = partial(parent.submission, source, module, limits=limits)
                return steadily(
                    start,
                    lambda student: _run(private, checks, student, key, before, found),
                    limits.budget_seconds,
                )
            except Unusable as e:
                return _run(private, _ending(private.training_checks, e), None, key, before, found)

    def set_of(self, dataset: str) -> TrainingSet:
        with self.fetching:
            if dataset not in self.fetched:
                self.fetched[dataset] = self.images(dataset)
            return self.fetched[dataset]


def training_set(dataset: str) -> TrainingSet:
    """The images of `dataset`, found or downloaded by a process of its own.

    Raises `Unusable` (environment) when there are none.
    """
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "images.npz"
        asked = ["--out", file, "--dataset", dataset, "--root", ROOT / "nndl2"]
        command = [sys.executable, "-m", "nndl2.data", *map(str, asked)]
        done = subprocess.run(command, stdout=sys.stderr, env={**os.environ, "PYTHONPATH": path})
        if done.returncode or not file.is_file():
            raise Unusable(f"the images of {dataset} could not be found", Reason.ENVIRONMENT)
        with np.load(file, allow_pickle=False) as found:
            return TrainingSet(
                found["images"],
                found["labels"],
                found["held_out_images"],
                found["held_out_labels"],
                str(found["source"]),
            )


def _run(
    private: Private,
    checks: Sequence[Check],
    student: Any,
    key: bytes,
    before: Sequence[Verdict],
    known: Mapping[str, Verdict],
) -> list[Verdict]:
    """The verdicts on `checks`, each handed back under the check as it was declared."""
    declared = {check.id: check for check in private.training_checks}
    found = run(private.public, checks, student, key, before=before, found=known)
    return [replace(verdict, check=declared[verdict.check.id]) for verdict in found]


def _ending(checks: Sequence[Check], error: NotRun | Unusable) -> list[Check]:
    """`checks` that end in `error` instead of asking anything."""

    def ask(*_: Any) -> NoReturn:
        raise error

    return [replace(check, ask=ask) for check in checks]
