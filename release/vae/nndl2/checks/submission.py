"""The interface that checks are written against: five verbs, NumPy in and out.

`Local` (this package) answers in the notebook's own process, `Remote` (the grader's) asks a worker.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias, Union

import numpy as np

Mode = Literal["train", "eval"]
StandIn: TypeAlias = Mapping[str, Mapping[str, float]]  # function: its arguments' factors, in order


@dataclass(frozen=True)
class Handle:
    """An object built in the student's process; `path` names a submodule of it ("decoder")."""

    key: int
    cls: str
    path: str = ""

    def part(self, name: str) -> Handle:
        """The submodule `name` of this object, as a target for `call` and the like."""
        return Handle(self.key, self.cls, f"{self.path}.{name}" if self.path else name)

    @property
    def name(self) -> str:
        """How the target reads in a sentence and in `Part.owns`: "VAE.decoder", "VAE.forward"."""
        return f"{self.cls}.{self.path or 'forward'}"


@dataclass(frozen=True)
class Odd:
    """An answer that is no number, array or None: only the name of its type is known."""

    kind: str


Target: TypeAlias = str | Handle
Value: TypeAlias = Union[np.ndarray, Odd, "tuple[Value, ...]", None]
Argument: TypeAlias = np.ndarray | Handle | int | float | bool | str | None


@dataclass(frozen=True)
class Gradients:
    """The output of one pass and the gradients of its sum; None where no gradient arrived."""

    output: Value
    by: Mapping[str, np.ndarray | None]


@dataclass(frozen=True)
class Layer:
    """One leaf module that a forward hook saw, with the shapes that went in and came out."""

    path: str
    kind: str
    in_shape: tuple[int, ...]
    out_shape: tuple[int, ...]


def target_name(target: Target) -> str:
    """The name a student knows a target by: "loss_function", "VAE.encoder"."""
    return target if isinstance(target, str) else target.name


class Submission(Protocol):
    """One student's module, asked questions.

    Every verb raises `StudentError` when the student's code raises, `NotWritten` when a submodule
    is None, and `Unusable` when the file, the name or the process cannot be asked. `seed` seeds
    Python's random, NumPy and torch before the call; without one their streams go on.
    Keyword arrays are passed to the target by keyword. `ended` counts the processes that answered
    and are gone, with all that was built in them.
    """

    @property
    def ended(self) -> int: ...

    def build(self, cls: str, *args: Argument, **kw: Argument) -> Handle:
        """An object of the student's class `cls`, its weights drawn from a fixed seed.

        Keyword arguments that its `__init__` calls otherwise are given by position, in order.
        """

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
        """The target's output. A target "nndl2.helper.f" is the course's own function.

        `stand_in` puts in place of a module-level function one that returns the sum of its
        arguments times the given factors, for this call. Where it has other parameter names than
        asked, its arguments are told apart by their order. With `keep` the answer is (output,
        inputs after the call), to see whether inputs were changed.
        """

    def gradients(
        self,
        target: Target,
        *arrays: Argument,
        wrt: Sequence[int] | Literal["parameters"],
        seed: int | None = None,
        pick: int | None = None,
        stand_in: StandIn | None = None,
    ) -> Gradients:
        """Gradients of the output's sum, by the argument's position ("0") or parameter's name.

        With `pick` only that element of a tuple is summed.
        """

    def weights(self, handle: Handle) -> dict[str, np.ndarray]:
        """All parameters by name, in the order the modules registered them."""

    def layers(self, handle: Handle, *arrays: Argument) -> list[Layer]:
        """The chain of leaf modules that forward hooks saw while `arrays` went through."""
