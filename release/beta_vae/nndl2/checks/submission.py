"""The interface that checks are written against: eight verbs, NumPy in and out.

`Local` (this package) answers in the notebook's own process, `Remote` (the grader's) asks a worker.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias, Union

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
    """An answer that is no value of this interface: only the name of its type is known."""

    kind: str


class Leaf(np.ndarray):
    """An array of an answer, and what it was: a Python `number`, or a tensor with a `graph`.

    What is derived from it is a plain array.
    """

    number = False
    graph = False

    def __array_wrap__(
        self, array: Any, context: object = None, return_scalar: bool = False
    ) -> Any:
        plain = np.asarray(array)
        return plain[()] if return_scalar else plain


def leaf(array: np.ndarray, number: bool = False, graph: bool = False) -> Leaf:
    """`array` as a `Leaf`."""
    made = array.view(Leaf)
    made.number, made.graph = number, graph
    return made


def nothing(shape: tuple[int, ...]) -> np.ndarray:
    """Zeros of `shape` that take no memory and may not be written to."""
    return np.broadcast_to(np.float32(0), shape)


def levelled(largest: float, shape: tuple[int, ...]) -> np.ndarray:
    """A gradient without its numbers: the largest of their magnitudes, float64, in its shape."""
    return np.broadcast_to(np.float64(largest), shape)


Target: TypeAlias = str | Handle
Place: TypeAlias = int | str  # an argument's position, or "1.q" for what a dict there holds as "q"
Value: TypeAlias = Union[np.ndarray, str, Odd, "tuple[Value, ...]", "dict[str, Value]", None]
Plain: TypeAlias = int | float | bool | str | None
Argument: TypeAlias = Union[
    np.ndarray, Handle, Plain, "Sequence[Argument]", "Mapping[str, Argument]"
]


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
    Keyword arrays are passed to the target by keyword. A target is a function of the student's, a
    handle, a submodule or a method of it; "nndl2.helper.f" is the course's own function, and
    "nndl2.helper.C" a class of it. Among the arguments, a list of tuples of arrays arrives as a
    loader; other lists, tuples and dicts arrive as they are, with tensors for arrays. Lists and
    tuples come back as tuples, dicts with text keys as dicts, text as text without control
    characters, arrays as a `Leaf`; what is more than `nndl2.checks.bounds` say is a StudentError
    where it was answered and `Unusable` where it is asked. `ended` counts the processes that
    answered and are gone, with all that was built in them.
    """

    @property
    def ended(self) -> int: ...

    def build(self, cls: str, *args: Argument, **kw: Argument) -> Handle:
        """An object of the student's class `cls`, its weights drawn from a fixed seed.

        Keyword arguments that its `__init__` calls otherwise are given by position, in order.
        """

    def renew(self, handle: Handle) -> bool:
        """Set an object back to how it was built, and say whether that could be done.

        It cannot where the object now holds others than then, or its process is gone; then the
        object is not to be used any more.
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
        """The target's output, in the mode of the module that the target is or belongs to.

        `stand_in` puts in place of a module-level function, or of a method of the target's object
        (".sample"), one that returns the sum of its arguments times the given factors, for this
        call. Where it has other parameter names than asked, its arguments are told apart by their
        order. With `keep` the answer is (output,
        inputs after the call), to see whether inputs were changed. A None that comes of code which
        uses anything at all is Odd("None"): it is no stub that is not written yet.
        """

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
        """Gradients of the output's sum, by the argument's place ("0", "1.q") or parameter's name.

        With `pick` only that element of a tuple or dict is summed. The parameters are those of the
        module that the target is or belongs to, under the names that `weights` gives them.

        Without their `numbers`, each gradient is an array of its shape that holds the largest of
        their magnitudes everywhere: to see which arrive, are finite and not all zero.
        """

    def read(self, target: Target) -> Value:
        """A constant of the module ("BEST_BETA"), or the attribute that a handle's path names.

        A name that is not there is Unusable; None is None.
        """

    def weights(
        self, handle: Handle, numbers: bool = True, most: int | None = None
    ) -> dict[str, np.ndarray]:
        """All parameters by name, in the order the modules registered them.

        Without their `numbers`, zeros of the same shapes stand for them, which may not be written
        to: names and shapes alone are asked for. With `most`, only the first so many along each
        axis are given.

        Where a parametrization makes one, it is the tensor that the layer computes with, under its
        plain name ("0.weight"). Parameters of lazy layers are left out until the first call.
        """

    def put(self, handle: Handle, arrays: Mapping[str, np.ndarray]) -> None:
        """The inverse of `weights`: puts `arrays` in place of the parameters of these names.

        Parameters stay the same objects; those that are not named stay as they are. A name that is
        not there or a shape that does not fit is a StudentError, and nothing is put.
        """

    def layers(self, handle: Handle, *arrays: Argument) -> list[Layer]:
        """The chain of leaf modules that forward hooks saw while `arrays` went through; those of a
        method are looked for in the module that it belongs to."""
