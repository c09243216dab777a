"""The torch side of a `Submission`: loads a student's file and answers the eight verbs.

`Local` calls it in the notebook's process, the grader's worker in a process of its own. Nothing in
here knows what a right answer is.
"""

from __future__ import annotations

import functools
import inspect
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from types import CodeType
from typing import Any, Literal, TypeVar, cast

import numpy as np
import torch
from torch import nn
from torch.autograd import grad  # by this name, since student code may replace torch's own
from torch.nn.utils.parametrize import cached

from nndl2.checks.bounds import TooMuch, swollen
from nndl2.checks.submission import (
    Argument,
    Gradients,
    Handle,
    Layer,
    Mode,
    Odd,
    Place,
    StandIn,
    Target,
    Value,
    nothing,
    target_name,
)
from nndl2.probing.planting import plant, slots
from nndl2.probing.renewing import AsBuilt
from nndl2.probing.taking import given, level, raw, summed, taken
from nndl2.probing.targets import Targets
from nndl2.utils import reset_seed

BUILD_SEED = 0
KEPT = 8  # objects at a time; a network takes 5 MB, and another 5 to be renewed


Verb = TypeVar("Verb", bound=Callable[..., Any])


def attempted(verb: Verb) -> Verb:
    """`verb`, asked another time where the student's code wants Colab."""

    @functools.wraps(verb)
    def ask(self: Probe, *args: Any, **kw: Any) -> Any:
        return self.attempt(lambda: verb(self, *args, **kw))

    return cast(Verb, ask)


class Probe(Targets):
    """A student's module that answers the eight verbs."""

    ended = 0  # this process itself answers

    @attempted
    def build(self, cls: str, *args: Argument, **kw: Argument) -> Handle:
        maker = self.found(cls)
        inputs, named = self.given(cls, args, kw)
        seed_all(BUILD_SEED)
        with self.watched(f"{cls}.__init__"):
            if not _takes_by_name(maker, named):
                inputs, named = [*inputs, *named.values()], {}
            built = maker(*inputs, **named)
        handle = Handle(next(self.keys), cls)
        self.objects[handle.key] = built
        with suppress(Exception):  # what cannot be remembered is built again
            self.firsts[handle.key] = AsBuilt.of(built)
        while len(self.objects) > KEPT:
            oldest = min(self.objects)
            del self.objects[oldest]
            self.firsts.pop(oldest, None)
        return handle

    def renew(self, handle: Handle) -> bool:
        first = self.firsts.get(handle.key)
        seed_all(BUILD_SEED)
        with suppress(Exception):
            return first is not None and first.set_back(self.objects[handle.key])
        return False

    @attempted
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
        inputs, keywords = self.given(target_name(target), arrays, named)
        function, _ = self.ready(target, mode)
        with self.replaced(stand_in or {}, target), self.watched(target_name(target)):
            seed_all(seed)
            output = function(*inputs, **keywords)
        with self.watched(target_name(target)):
            if output is None and not keep and _computes(function):
                return Odd("None")
            return answered((output, tuple(inputs)) if keep else output)

    @attempted
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
        inputs, _ = self.given(target_name(target), arrays)
        function, module = self.ready(target, "train")
        by_place = {str(at): _at(inputs, at).requires_grad_(True) for at in _places(wrt)}
        replaced = self.replaced(stand_in or {}, target)
        with replaced, self.watched(target_name(target)), cached():
            seed_all(seed)
            output = function(*inputs)
            there = slots(module) if module is not None and wrt == "parameters" else {}
            leaves = by_place | {name: slot.used() for name, slot in there.items()}
            total = summed(output if pick is None else output[pick])
            return Gradients(answered(output), _slopes(total, leaves, raw if numbers else level))

    @attempted
    def read(self, target: Target) -> Value:
        found = self.value(target)
        with self.watched(target_name(target)):
            return answered(found)

    def weights(
        self, handle: Handle, numbers: bool = True, most: int | None = None
    ) -> dict[str, np.ndarray]:
        _, module = self.ready(handle, None)
        if module is None:
            return {}
        with self.watched(handle.name):
            tensors = {name: slot.tensor() for name, slot in slots(module).items()}
            if most is not None:
                tensors = {n: t[(slice(most),) * t.ndim] for n, t in tensors.items()}
            if numbers:
                return {name: raw(tensor) for name, tensor in tensors.items()}
            return {name: nothing(tuple(t.shape)) for name, t in tensors.items()}

    def put(self, handle: Handle, arrays: Mapping[str, np.ndarray]) -> None:
        _, module = self.ready(handle, None)
        with self.watched(handle.name):
            plant(nn.Module() if module is None else module, arrays)

    @attempted
    def layers(self, handle: Handle, *arrays: Argument) -> list[Layer]:
        inputs, _ = self.given(handle.name, arrays)
        found, module = self.ready(handle, "train")
        seen: list[Layer] = []
        leaves = [(p, m) for p, m in _modules(module) if not list(m.children())]
        hooks = [m.register_forward_hook(_noting(p, seen)) for p, m in leaves]
        try:
            with self.watched(handle.name):
                found(*inputs)
        finally:
            for hook in hooks:
                hook.remove()
        return seen

    def given(
        self, name: str, arguments: Sequence[Argument], named: Mapping[str, Argument] | None = None
    ) -> tuple[list[Any], dict[str, Any]]:
        """The arguments of the target `name` as the student's code gets them."""

        def ready(handle: Handle) -> Any:
            return self.ready(handle, None)[0]

        try:
            inputs = [given(a, ready) for a in arguments]
            return inputs, {key: given(a, ready) for key, a in (named or {}).items()}
        except TooMuch:
            raise swollen(name) from None


def _places(wrt: Sequence[Place] | Literal["parameters"]) -> Sequence[Place]:
    return () if isinstance(wrt, str) else wrt


def _at(inputs: Sequence[Any], place: Place) -> Any:
    """The argument at a place: "1.q" is what the dict at position 1 holds as "q"."""
    position, *names = str(place).split(".")
    return functools.reduce(lambda found, name: found[name], names, inputs[int(position)])


def _computes(function: Any) -> bool:
    """Whether the code of a function or of a module's forward uses anything but what it is given:
    what an untouched stub does not."""
    forward = getattr(type(function), "forward", function)
    code = getattr(getattr(forward, "__func__", forward), "__code__", None)
    return isinstance(code, CodeType) and bool(code.co_names)


def _takes_by_name(maker: Any, named: Iterable[str]) -> bool:
    """Whether what makes an object has parameters of these names, as far as it tells."""
    try:
        parameters = inspect.signature(maker).parameters
    except (TypeError, ValueError):
        return True
    any_name = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    return any_name or {*named} <= {*parameters}


def answered(value: Any) -> Value:
    """What student code returned, as NumPy; a ValueError where it is beyond the bounds."""
    try:
        return taken(value)
    except TooMuch as e:
        raise ValueError(f"the answer is too much: {e}") from None


def seed_all(seed: int | None) -> None:
    """Seed Python's random, NumPy and torch; None leaves the streams where they are.

    As `reset_seed` does, without what torch prepares for devices that nobody has used: that takes
    ten times as long as all the rest.
    """
    if seed is None:
        return
    if torch.cuda.is_initialized() or torch.backends.mps.is_available():
        reset_seed(seed)
        return
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.default_generator.manual_seed(seed)


def _slopes(
    total: torch.Tensor,
    leaves: Mapping[str, torch.Tensor],
    told: Callable[[torch.Tensor], np.ndarray],
) -> dict[str, np.ndarray | None]:
    """The gradient of `total` for each leaf, as it is `told`; None where none arrives or the leaf
    is frozen."""
    open_leaves = {n: leaf for n, leaf in leaves.items() if leaf.requires_grad}
    if not total.requires_grad or not open_leaves:
        return dict.fromkeys(leaves)
    found = grad(total, list(open_leaves.values()), allow_unused=True)
    by = {n: None if g is None else told(g) for n, g in zip(open_leaves, found)}
    return {n: by.get(n) for n in leaves}


def _modules(module: nn.Module | None) -> Iterator[tuple[str, nn.Module]]:
    return iter(()) if module is None else module.named_modules()


def _noting(path: str, seen: list[Layer]) -> Callable[..., None]:
    def note(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        into = tuple(inputs[0].shape) if inputs and isinstance(inputs[0], torch.Tensor) else ()
        out = tuple(output.shape) if isinstance(output, torch.Tensor) else ()
        seen.append(Layer(path, type(module).__name__, into, out))

    return note
