"""`Remote`: a `Submission` whose answers come from a worker process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np

from nndl2.checks.bounds import TooMuch, swollen
from nndl2.checks.model import Unusable
from nndl2.checks.submission import (
    Argument,
    Gradients,
    Handle,
    Layer,
    Mode,
    Place,
    StandIn,
    Target,
    Value,
    target_name,
)

from . import frames, messages
from .limits import Limits
from .lives import Lives, Parent, Reply
from .tries import Loss


class Remote:
    """One student's module in a process of its own; use it as a context manager, from one thread.

    The worker is started by the first question. When it dies, hangs or breaks the protocol, that
    question is answered by `Unusable`, and the next `build` or call of a function gets a fresh one.
    A submission that cannot be loaded is loaded once: every question raises the same `Unusable`.
    """

    def __init__(self, parent: Parent, source: bytes, file: str, limits: Limits) -> None:
        self._parent = parent
        self._lives = Lives(parent, source, file, limits)
        self._quote = self._lives.quotes.name
        self._handles: list[tuple[int, int]] = []  # by our number: which worker, and its number
        self._names: dict[
            Handle, dict[str, str]
        ] = {}  # by how it is quoted: what a weight is called

    def __enter__(self) -> Remote:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def load(self) -> None:
        """Load the student's file unless a living worker has; raises `Unusable` as any question."""
        self._lives.load()

    def close(self) -> None:
        """End the worker and everything it started."""
        self._lives.close()

    @property
    def cuda(self) -> bool:
        """Whether a worker sees a GPU, as one said that never met student code."""
        return self._parent.cuda

    @property
    def ended(self) -> int:
        """How many workers have ended."""
        return self._lives.now

    @property
    def losses(self) -> tuple[Loss, ...]:
        """The questions at which a process was lost that nobody here ended."""
        return tuple(self._lives.losses)

    @property
    def peak_memory(self) -> int:
        """The most memory (bytes) that a worker held, torch included; known when it has ended."""
        return self._lives.peak_memory

    @property
    def notes(self) -> tuple[str, ...]:
        """What was noted while the file was loaded: codes of `nndl2.checks.notes`."""
        return self._lives.notes

    @property
    def log(self) -> str:
        """What the program printed, control characters dropped; known when the worker ended."""
        return self._lives.log

    def build(self, cls: str, *args: Argument, **kw: Argument) -> Handle:
        with self._answer("build", cls, args, kw) as (answer, _):
            key = answer.get("key")
            if type(key) is not int or key < 0:
                raise frames.ProtocolError("no key of an object")
        self._handles.append((self._lives.now, key))
        return Handle(len(self._handles) - 1, cls)

    def renew(self, handle: Handle) -> bool:
        if self._handles[handle.key][0] != self._lives.now:
            return False
        with self._answer("renew", handle) as (answer, _):
            if type(done := answer.get("renewed")) is not bool:
                raise frames.ProtocolError("neither renewed nor not")
        return done

    def call(
        self,
        target: Target,
        *arrays: Argument,
        seed: int | None = None,
        mode: Mode = "train",
        stand_in: StandIn | None = None,
        keep: bool = False,
        **named: Argument,
    ) -> Value:
        options = {"seed": seed, "mode": mode, "stand_in": _factors(stand_in), "keep": keep}
        with self._answer("call", target, arrays, named, options) as (answer, found):
            return messages.unpack_value(answer.get("value"), found, self._quote)

    def gradients(
        self,
        target: Target,
        *arrays: Argument,
        wrt: Sequence[Place] | Literal["parameters"],
        seed: int | None = None,
        pick: int | str | None = None,
        stand_in: StandIn | None = None,
        numbers: bool = True,
    ) -> Gradients:
        leaves = (
            wrt if isinstance(wrt, str) else [at if isinstance(at, str) else int(at) for at in wrt]
        )
        options = {"wrt": leaves, "seed": seed, "pick": pick, "stand_in": _factors(stand_in)}
        options |= {"numbers": numbers}
        unpack = messages.unpack_named if numbers else messages.unpack_levelled
        with self._answer("gradients", target, arrays, {}, options) as (answer, found):
            by = unpack(answer.get("by"), found, self._quote)
            if not isinstance(leaves, str) and set(by) != set(map(str, leaves)):
                raise frames.ProtocolError("other gradients than were asked for")
            return Gradients(messages.unpack_value(answer.get("value"), found, self._quote), by)

    def read(self, target: Target) -> Value:
        with self._answer("read", target) as (answer, found):
            return messages.unpack_value(answer.get("value"), found, self._quote)

    def weights(
        self, handle: Handle, numbers: bool = True, most: int | None = None
    ) -> dict[str, np.ndarray]:
        unpacked = messages.unpack_named if numbers else messages.unpack_shapes
        options = {"numbers": numbers, "most": most}
        with self._answer("weights", handle, options=options) as (answer, found):
            by = unpacked(answer.get("by"), found, self._quote)
            weights = {name: array for name, array in by.items() if array is not None}
            names = [*unpacked(answer.get("by"), found)]
            if not len(weights) == len(by) == len(names):
                raise frames.ProtocolError("a parameter without numbers or a name of its own")
            self._names[handle] = dict(zip(weights, names))
            return weights

    def put(self, handle: Handle, arrays: Mapping[str, np.ndarray]) -> None:
        names = self._names.get(handle, {})
        meant = {names.get(name, name): array for name, array in arrays.items()}
        with self._answer("put", handle, [meant]) as (answer, _):
            if answer.get("put") is not True:
                raise frames.ProtocolError("nothing was put")

    def layers(self, handle: Handle, *arrays: Argument) -> list[Layer]:
        with self._answer("layers", handle, arrays) as (answer, _):
            return messages.unpack_layers(answer.get("layers"), self._quote)

    @contextmanager
    def _answer(
        self,
        verb: str,
        target: Target,
        args: Sequence[Argument] = (),
        named: Mapping[str, Argument] | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> Iterator[Reply]:
        """Ask, and let the caller read the answer: one it cannot read ends the worker."""
        name = target_name(target)
        arrays: list[np.ndarray] = []

        def packed(value: Argument) -> Any:
            return messages.pack_argument(value, arrays, self._key)

        try:
            fields = {
                "target": packed(target),
                "args": [packed(a) for a in args],
                "named": {k: packed(a) for k, a in (named or {}).items()},
                "options": options or {},
            }
        except TooMuch:
            raise swollen(name) from None
        reply = self._lives.ask(verb, name, fields, arrays)
        try:
            yield reply
        except frames.ProtocolError:
            raise self._lives.strange(name) from None

    def _key(self, handle: Handle) -> int:
        """The worker's own number of an object, as long as that worker lives."""
        if not 0 <= handle.key < len(self._handles):
            raise ValueError("no handle of this submission")
        life, key = self._handles[handle.key]
        if life != self._lives.now:
            end = self._lives.ends[life]
            raise Unusable(end.sentence, end.reason, end.target)
        return key


def _factors(stand_in: StandIn | None) -> dict[str, dict[str, float]] | None:
    if stand_in is None:
        return None
    return {f: {name: float(x) for name, x in by.items()} for f, by in stand_in.items()}
