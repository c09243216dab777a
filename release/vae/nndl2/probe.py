"""The torch side of a `Submission`: loads a student's file and answers the five verbs.

`Local` calls it in the notebook's process, the grader's worker in a process of its own. Nothing in
here knows what a right answer is.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, TypeVar, cast

import numpy as np
import torch
from torch import nn
from torch.autograd import grad  # by this name, since student code may replace torch's own

from nndl2.checks.model import NotWritten, Reason, Unusable
from nndl2.checks.names import MOST, misplaced_method, nearest, prescribed
from nndl2.checks.submission import (
    Argument,
    Gradients,
    Handle,
    Layer,
    Mode,
    Odd,
    StandIn,
    Target,
    Value,
    target_name,
)
from nndl2.student import Student
from nndl2.utils import reset_seed

BUILD_SEED = 0
KEPT = 8  # objects a check may use at a time; a network takes 5 MB


Verb = TypeVar("Verb", bound=Callable[..., Any])


def attempted(verb: Verb) -> Verb:
    """`verb`, asked another time where the student's code wants Colab."""

    @functools.wraps(verb)
    def ask(self: Probe, *args: Any, **kw: Any) -> Any:
        return self.attempt(lambda: verb(self, *args, **kw))

    return cast(Verb, ask)


class Probe(Student):
    """A student's module that answers the five verbs."""

    ended = 0  # this process itself answers

    def __init__(self, source: bytes, file: str):
        self.objects: dict[int, Any] = {}
        self.keys = itertools.count()
        super().__init__(source, file)

    def close(self) -> None:
        """Forget the module and everything that was built from it."""
        super().close()
        self.objects.clear()

    @attempted
    def build(self, cls: str, *args: Argument, **kw: Argument) -> Handle:
        maker = self.named(cls)
        given = [self.given(a) for a in args]
        named = {k: self.given(v) for k, v in kw.items()}
        seed_all(BUILD_SEED)
        with self.watched(f"{cls}.__init__"):
            if not _takes_by_name(maker, named):
                given, named = [*given, *named.values()], {}
            built = maker(*given, **named)
        handle = Handle(next(self.keys), cls)
        self.objects[handle.key] = built
        while len(self.objects) > KEPT:
            del self.objects[min(self.objects)]
        return handle

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
        inputs = [self.given(a) for a in arrays]
        keywords = {name: self.given(a) for name, a in named.items()}
        function = self.ready(target, mode)
        with self.replaced(stand_in or {}), self.watched(target_name(target)):
            seed_all(seed)
            output = function(*inputs, **keywords)
        if keep:
            return taken(output), tuple(map(taken, inputs))
        return taken(output)

    @attempted
    def gradients(
        self,
        target: Target,
        *arrays: Argument,
        wrt: Sequence[int] | Literal["parameters"],
        seed: int | None = None,
        pick: int | None = None,
        stand_in: StandIn | None = None,
    ) -> Gradients:
        inputs = [self.given(a) for a in arrays]
        function = self.ready(target, "train")
        leaves: dict[str, torch.Tensor]
        if wrt == "parameters":
            leaves = dict(function.named_parameters())
        else:
            leaves = {str(int(i)): inputs[int(i)].requires_grad_(True) for i in wrt}
        with self.replaced(stand_in or {}), self.watched(target_name(target)):
            seed_all(seed)
            output = function(*inputs)
            slopes = _slopes(summed(output if pick is None else output[pick]), leaves)
        return Gradients(taken(output), slopes)

    def weights(self, handle: Handle) -> dict[str, np.ndarray]:
        found = self.ready(handle, None)
        if not isinstance(found, nn.Module):
            return {}
        with self.watched(handle.name):
            return {name: _raw(p) for name, p in found.named_parameters()}

    @attempted
    def layers(self, handle: Handle, *arrays: Argument) -> list[Layer]:
        inputs = [self.given(a) for a in arrays]
        found = self.ready(handle, "train")
        seen: list[Layer] = []
        leaves = [(p, m) for p, m in _modules(found) if not list(m.children())]
        hooks = [m.register_forward_hook(_noting(p, seen)) for p, m in leaves]
        try:
            with self.watched(handle.name):
                found(*inputs)
        finally:
            for hook in hooks:
                hook.remove()
        return seen

    def ready(self, target: Target, mode: Mode | None) -> Any:
        """What `target` names, in train or eval mode; NotWritten where the stub's None still is."""
        if isinstance(target, str):
            if target.startswith("nndl2."):
                module, _, name = target.rpartition(".")
                return getattr(importlib.import_module(module), name)
            return self.named(target)
        found = self.objects[target.key]
        for name in target.path.split(".") if target.path else ():
            with self.watched(target.cls):
                whole, found = found, getattr(found, name, None)
            if found is None and (near := _renamed(name, whole, target.cls)):
                text = f"{target.cls} in {self.file} has no {name}; it has {near}"
                raise Unusable(text, Reason.MALFORMED, target.name)
        if found is None or found is ...:
            raise NotWritten(target.name)
        if (mode or target.path) and (wrong := _uncallable(found, target, self)):
            raise Unusable(wrong, Reason.MALFORMED, target.name)
        if mode and isinstance(found, nn.Module):
            try:
                found.train(mode == "train")
            except Exception:
                at = f"{type(found).__name__} in {self.file}"
                text = f"train of {at} hides the train of nn.Module; give it another name"
                raise Unusable(text, Reason.MALFORMED, target.name) from None
        return found

    def given(self, argument: Argument) -> Any:
        """An argument as the student's code gets it: arrays become fresh tensors."""
        if isinstance(argument, np.ndarray):
            return torch.from_numpy(argument.copy())
        return self.ready(argument, None) if isinstance(argument, Handle) else argument


def _takes_by_name(maker: Any, named: Iterable[str]) -> bool:
    """Whether what makes an object has parameters of these names, as far as it tells."""
    try:
        parameters = inspect.signature(maker).parameters
    except (TypeError, ValueError):
        return True
    any_name = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    return any_name or {*named} <= {*parameters}


def seed_all(seed: int | None) -> None:
    """Seed Python's random, NumPy and torch; None leaves the streams where they are."""
    if seed is not None:
        reset_seed(seed)


def taken(value: Any) -> Value:
    """What student code returned, as NumPy: tensors detached, on the CPU, dense."""
    if value is None or value is ...:
        return None
    if isinstance(value, torch.Tensor):
        return _raw(value)
    if isinstance(value, (bool, int, float, np.generic)):
        return np.asarray(value)
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, (tuple, list)) and len(value) <= 16:
        return tuple(map(taken, value))
    return Odd(type(value).__name__)


def summed(value: Any) -> torch.Tensor:
    """The sum over all floating tensors of an output, the thing gradients are taken of."""
    parts = value if isinstance(value, (tuple, list)) else (value,)
    sums = [p.sum() for p in parts if isinstance(p, torch.Tensor) and p.is_floating_point()]
    return torch.stack([s.double() for s in sums]).sum() if sums else torch.zeros(())


def _raw(tensor: torch.Tensor) -> np.ndarray:
    plain = tensor.detach().cpu().resolve_conj().resolve_neg()
    plain = plain.to_dense() if plain.layout is not torch.strided else plain
    if plain.dtype is torch.bfloat16:
        plain = plain.float()
    return np.array(plain.contiguous().numpy(), copy=True)


def _slopes(
    total: torch.Tensor, leaves: Mapping[str, torch.Tensor]
) -> dict[str, np.ndarray | None]:
    """The gradient of `total` for each leaf, None where none arrives or the leaf is frozen."""
    open_leaves = {n: leaf for n, leaf in leaves.items() if leaf.requires_grad}
    if not total.requires_grad or not open_leaves:
        return dict.fromkeys(leaves)
    found = grad(total, list(open_leaves.values()), allow_unused=True)
    by = {n: None if g is None else _raw(g) for n, g in zip(open_leaves, found)}
    return {n: by.get(n) for n in leaves}


def _modules(found: Any) -> Iterator[tuple[str, nn.Module]]:
    return found.named_modules() if isinstance(found, nn.Module) else iter(())


def _noting(path: str, seen: list[Layer]) -> Callable[..., None]:
    def note(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        into = tuple(inputs[0].shape) if inputs and isinstance(inputs[0], torch.Tensor) else ()
        out = tuple(output.shape) if isinstance(output, torch.Tensor) else ()
        seen.append(Layer(path, type(module).__name__, into, out))

    return note


def _uncallable(found: Any, target: Handle, student: Student) -> str:
    """Why an object or a piece of it cannot be called, as a sentence; nothing when it can."""
    if target.path:
        return "" if callable(found) else f"{target.name} is a {_kind(found)} and no nn.Module"
    kind = type(found)
    inherits = kind.__call__ is nn.Module.__call__ if isinstance(found, nn.Module) else False
    if inherits and kind.forward is nn.Module.forward:
        near = nearest("forward", (n for n in vars(kind) if not n.startswith("_")))
        hint = f"; it has {near}" if near else ""
        hint = hint or misplaced_method(kind.__name__, "forward", student.tree())
        return f"{target.cls} in {student.file} has no forward{hint}"
    if not callable(found):
        return f"{target.cls} in {student.file} is no nn.Module; let it inherit from nn.Module"
    return ""


def _begins(name: str, word: str) -> bool:
    """Whether `name`, or a word in it, is or begins with `word`: fc_mu, mulayer."""
    return name.startswith(word) or word in name.split("_")


def _kind(found: Any) -> str:
    return {"str": "text"}.get(type(found).__name__, type(found).__name__)


def _renamed(name: str, whole: Any, cls: str) -> str:
    """The piece of `whole` that was probably meant to be called `name`."""
    children = list(vars(whole).get("_modules", {})) if isinstance(whole, nn.Module) else []
    if name in children or name in vars(whole):
        return ""
    asked, first = prescribed(), name.partition("_")[0]
    free = [c for c in children if f"{cls}.{c}" not in asked]
    near = nearest(name, free) or next((c for c in free if _begins(c, first)), "")
    return near or ", ".join(free[:MOST])
