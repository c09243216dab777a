"""Grading on a Dask cluster that a course has: one task a submission, on workers with the kit.

Journal and results are written by the one grader. A task carries the student's file and the key of
its inputs, which are of this file alone; whoever holds it, scheduler or worker, keeps both in
memory alone, until it is answered. Scheduler and workers are trusted as this machine is; student
code stays behind the walls of its worker, and reaches neither.
"""

from __future__ import annotations

import io
import logging
import pickle
import threading
import uuid
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import CancelledError, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from distributed import Client, Worker, WorkerPlugin, get_worker

from autograder import assignments
from autograder.assignments import Private
from autograder.intake import BadInput
from autograder.isolation import ALL_WALLS, Limits, WarmParent
from autograder.isolation.promises import NETWORK, broken
from autograder.kept import journal
from autograder.people import waivers
from autograder.people.waivers import Waiver
from autograder.training import Policy, Trainer
from autograder.verdicts.asking import LIMITS, ask
from autograder.verdicts.found import NOTHING, Found
from nndl2.checks.model import Check, Unusable

ANSWER_SECONDS = 30.0  # for a scheduler to say that it is there
LOOK_SECONDS = 1.0  # between two looks whether an answer can still come
NONE: Mapping[str, Waiver] = {}
AT_ONCE = 2  # tasks that a thread of a worker is sent: it works on one while the other travels


@dataclass(frozen=True)
class Task:
    """All that a worker needs to ask one submission; what would show an input stays out of logs."""

    assignment: str
    version: str
    source: bytes = field(repr=False)
    file: str
    key: bytes = field(repr=False)
    limits: Limits
    policy: Policy
    waived: Mapping[str, Waiver]
    before: bytes = field(repr=False)


@dataclass(frozen=True)
class Place:
    """A worker: its address, the walls around a submission there and what its start took."""

    address: str
    isolation: str
    start_seconds: float


class Bench(WorkerPlugin):
    """What a worker grades with in one run: a warm parent and walls of its own, once needed."""

    def __init__(self, walls: Collection[str], strict: bool) -> None:
        self.walls, self.strict = walls, strict

    def setup(self, worker: Worker) -> None:
        self.address = worker.address
        self.opening = threading.Lock()
        self.parent: WarmParent | None = None
        self.trainer = lru_cache(Trainer)  # which fetches its images once
        self.version = lru_cache(journal.version)

    def teardown(self, worker: Worker) -> None:
        with self.opening:
            if self.parent is not None:
                self.parent.close()

    def opened(self) -> WarmParent:
        """The warm parent, for any number of threads; BadInput where it cannot be started."""
        with self.opening:
            if self.parent is None:
                try:
                    self.parent = WarmParent(self.walls).__enter__()
                except Unusable as e:
                    raise BadInput(f"the worker {self.address}: {e.sentence}") from None
            return self.parent

    def place(self) -> Place:
        """Where this is; BadInput where nothing may be graded here."""
        parent = self.opened()
        if refusal := refused(self.address, broken(parent.walls), self.strict):
            raise BadInput(refusal)
        return Place(self.address, parent.isolation, parent.start_seconds)


class Cluster:
    """The workers of one scheduler, in one run; made by `connected`."""

    def __init__(self, client: Client, address: str) -> None:
        self.client, self.address = client, address
        self.run = f"autograder-{uuid.uuid4().hex}"
        self.executor = client.get_executor(pure=False)
        self.version = lru_cache(journal.version)
        self.left = False

    @property
    def gone(self) -> bool:
        """Whether no answer comes any more: nobody waits for it, or the scheduler went away."""
        return self.left or self.client.status in ("closing", "closed")

    @property
    def jobs(self) -> int:
        """How many submissions are under way at a time."""
        return AT_ONCE * max(1, sum(self.client.nthreads().values()))

    @contextmanager
    def opened(self) -> Iterator[Cluster]:
        """What one class is graded on; leaving it gives up what is not answered."""
        self.left = False
        try:
            yield self
        finally:
            self.left = True
            self.executor.shutdown(wait=False)
            self.executor = self.client.get_executor(pure=False)

    def answer(self, task: Task) -> bytes | None:
        """What a worker says to a task; None where no answer comes."""
        with suppress(CancelledError):
            if not self.gone:
                future = self.executor.submit(_found, self.run, task)
                while not self.gone:
                    if wait([future], LOOK_SECONDS).done:
                        return future.result()
        return None

    def places(self) -> list[Place]:
        """The workers that are there, each with a warm parent that has been started.

        BadInput where there is none, or where one would let a submission reach the network.
        """
        asked = [
            self.client.submit(_place, self.run, workers=[name], pure=False)
            for name in self.client.nthreads()
        ]
        if not asked:
            raise BadInput(
                f"the scheduler at {self.address} has no workers; start one on each machine:"
                f" dask worker {self.address}"
            )
        return self.client.gather(asked)


@contextmanager
def connected(
    address: str, walls: Collection[str] = ALL_WALLS, strict: bool = False
) -> Iterator[Cluster]:
    """The cluster whose scheduler listens at `address` ("tcp://scheduler:8786").

    Its workers put up those of `walls` that hold there; a `strict` one grades only behind enough.
    Raises BadInput where no scheduler answers, or a worker has not the kit. Certificates for
    "tls://..." are those of Dask's own configuration.
    """
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what goes wrong is told here
    try:
        client = Client(address, timeout=ANSWER_SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError) as e:
        raise BadInput(
            f"no Dask scheduler answers at {address} ({type(e).__name__}); start one with `dask"
            " scheduler`, and give the address that it prints"
        ) from None
    with client:
        cluster = Cluster(client, address)
        try:
            client.register_plugin(Bench(walls, strict), name=cluster.run)
        except Exception as e:  # whatever its unpickling there raises
            raise BadInput(
                f"a worker of {address} cannot load the kit ({type(e).__name__}: {e}); every worker"
                " needs the same kit, Python and torch as this machine"
            ) from None
        try:
            yield cluster
        finally:
            with suppress(Exception):  # whatever Dask raises where the scheduler is gone
                client.unregister_worker_plugin(cluster.run)


def ask_on(
    private: Private,
    source: bytes,
    cluster: Cluster,
    key: bytes,
    trainer: Trainer,
    *,
    file: str = "",
    limits: Limits = LIMITS,
    before: Found = NOTHING,
    waived: Mapping[str, Waiver] = NONE,
) -> Found:
    """What `asking.ask` finds, on a worker of `cluster`; `waived` are the class's waivers.

    A worker that is lost costs time alone: the scheduler gives its task to another one. Raises
    BadInput where the scheduler is gone or a worker must not grade.
    """
    name = private.public.name
    version, known = cluster.version(name), packed(before)
    task = Task(name, version, source, file, key, limits, trainer.policy, waived, known)
    if (answer := cluster.answer(task)) is not None:
        return unpacked(private, answer)
    raise BadInput(  # or the run was stopped, and nobody reads this
        f"the scheduler at {cluster.address} is gone; what was graded is kept, and the same command"
        " goes on"
    )


def refused(address: str, deeds: Collection[str], strict: bool) -> str:
    """Why a worker grades nothing where nothing keeps a submission from these `deeds`, or nothing.

    Who connects to a scheduler commands all of its workers.
    """
    deeds = [deed for deed in deeds if deed == NETWORK or strict]
    if not deeds:
        return ""
    return (
        f"nothing keeps a submission from these on the worker {address}: {', '.join(deeds)};"
        " docs/threat-model.md says what would, or grade on this machine, without --dask"
    )


def packed(found: Found) -> bytes:
    """`found` as bytes, with checks by their ids: they hold functions, and both sides have them."""
    file = io.BytesIO()
    _Pickler(file).dump(found)
    return file.getvalue()


def unpacked(private: Private, packed: bytes) -> Found:
    """The inverse of `packed`, where the same assignment is at hand."""
    return _Unpickler(io.BytesIO(packed), private).load()


class _Pickler(pickle.Pickler):
    def persistent_id(self, obj: Any) -> str | None:
        return obj.id if isinstance(obj, Check) else None

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, Unusable):
            return Unusable, (obj.sentence, obj.reason, obj.target, obj.line)
        return NotImplemented


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, private: Private) -> None:
        super().__init__(file)
        self.checks = {c.id: c for c in [*private.checks, *private.training_checks]}

    def persistent_load(self, name: str) -> Check:
        return self.checks[name]


# what runs on a worker


def _place(run: str) -> Place:
    return _bench(run).place()


def _found(run: str, task: Task) -> bytes:
    """The answer to a task, on whatever worker: one that came late is looked at here first."""
    bench = _bench(run)
    place = bench.place()
    if bench.version(task.assignment) != task.version:
        raise BadInput(
            f"the worker {place.address} has other checks, another kit or another torch than this"
            " machine; install the same there"
        )
    private = waivers.without(assignments.load(task.assignment), task.waived)
    known, trainer = unpacked(private, task.before), bench.trainer(task.policy)
    given = (private, task.source, bench.opened(), task.key, trainer)
    return packed(ask(*given, file=task.file, limits=task.limits, before=known))


def _bench(run: str) -> Bench:
    bench = get_worker().plugins[run]
    assert isinstance(bench, Bench)
    return bench
