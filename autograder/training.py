"""The training checks: whether they are run, on which images, and what is said otherwise."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
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
GPU_BYTES = 2 << 30  # of a process that trains: the driver's own share is most of it
OVERHEAD = 1.7  # of training over its matrix products
MEASURED_SECONDS = 0.2


class Trainer:
    """Runs training checks in a lane of their own, on images that are fetched at most once.

    On the CPU it trains one submission a core, each on one thread; on a GPU as many as its memory
    holds. `slots` are those of a class's functional checks: one that trains, or waits for that,
    gives its slot back. `images` gives the training set of a data set by its name; it raises
    `Unusable` when it cannot.
    """

    def __init__(self, policy: Policy, images: Callable[[str], TrainingSet] | None = None):
        self.policy = policy
        self.images = images or training_set
        self.fetched: dict[str, TrainingSet] = {}
        self.slots: threading.Semaphore | None = None
        self.lanes: dict[bool, threading.Semaphore] = {}
        self.fetching = threading.Lock()

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
            with self._aside(cuda):
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
        """Why nothing is trained under this policy on this machine, or nothing; students read
        it, so that it names no option."""
        if self.policy == "never":
            return "this grading trains nothing"
        if self.policy == "auto" and not cuda:
            return "this grading trains nothing, since it has no GPU"
        return ""

    def hint(self, private: Private, cuda: bool) -> str:
        """What staff can do where nothing is trained for want of a GPU, or nothing."""
        if self.policy == "auto" and private.training_checks and self.refusal(cuda):
            return "nothing was trained, for lack of a GPU: --train always trains on the CPU"
        return ""

    def trains(self, private: Private, parent: WarmParent) -> bool:
        """Whether any submission may be trained, on the machine of `parent`."""
        asked = bool(private.training_checks) and self.policy != "never"
        return asked and not self.refusal(parent.cuda)

    def forecast(self, private: Private, count: int, cuda: bool) -> str:
        """How long training `count` submissions takes on the CPU, or nothing."""
        if cuda or not private.training_work or self.refusal(cuda):
            return ""
        minutes = private.training_work * OVERHEAD / speed() * -(-count // places(cuda)) / 60
        who = "one submission" if count == 1 else f"{count:,} submissions"
        told = f"about {minutes:.0f} minutes" if minutes >= 1.5 else "about a minute"
        return f"Training {who} on the CPU takes {told} ({places(cuda)} at a time)."

    @contextmanager
    def _aside(self, cuda: bool) -> Iterator[None]:
        """A place in the lane, while the slot of the functional checks goes to somebody else."""
        with self.fetching:
            lane = self.lanes.setdefault(cuda, threading.Semaphore(places(cuda)))
        if self.slots:
            self.slots.release()
        try:
            with lane:
                yield
        finally:
            if self.slots:
                self.slots.acquire()

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
        module = private.public.module
        where = f"training on the {'GPU' if cuda else 'CPU'}"
        with tqdm(desc=where, unit="epoch", leave=False) as bar:

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


def places(cuda: bool) -> int:
    """How many submissions train at once: one a core, or on a GPU as its free memory allows."""
    cores = os.cpu_count() or 1
    return max(1, min(cores, _free_gpu_bytes() // GPU_BYTES)) if cuda else cores


def _free_gpu_bytes() -> int:
    """Free memory of the first GPU that workers see, as its driver's tool tells it; 0 where it does
    not."""
    asked = ["nvidia-smi", "--query-gpu=memory.free", "--format=csv,noheader,nounits"]
    if first := os.environ.get("CUDA_VISIBLE_DEVICES", "").partition(",")[0].strip():
        asked.append(f"--id={first}")
    try:
        told = subprocess.run(asked, capture_output=True, text=True, timeout=30, check=True).stdout
        return int(told.splitlines()[0]) << 20
    except (OSError, ValueError, IndexError, subprocess.SubprocessError):
        return 0


def speed() -> float:
    """Multiplications and additions of float32 that a core does in a second, as measured now."""
    a = np.ones((512, 512), np.float32)
    began, done = time.process_time(), 0
    while (spent := time.process_time() - began) < MEASURED_SECONDS:
        a @ a
        done += 1
    return 2.0 * 512**3 * done / spent


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
