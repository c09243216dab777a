"""The torch side of a `Submission`: loads a student's file and answers the five verbs.

`Local` calls it in the notebook's process, the grader's worker in a process of its own. Nothing in
here knows what a right answer is.
"""

from __future__ import annotations

import importlib
import inspect
import io
import itertools
import linecache
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Literal

import numpy as np
import torch
from torch import nn

from nndl2.checks.model import Frame, NotWritten, Reason, StudentError, Unusable
from nndl2.checks.names import nearest
from nndl2.checks.run import plainly
from nndl2.checks.source import readable
from nndl2.checks.submission import (
    Argument,
    Gradients,
    Handle,
    Layer,
    Mode,
    Odd,
    Target,
    Value,
    target_name,
)
from nndl2.utils import reset_seed

BUILD_SEED = 0
KEPT = 8  # objects a check may use at a time; a network takes 5 MB
_private = itertools.count()


class Probe:
    """A student's module, loaded from the bytes of its file under a private name.

    Raises `Unusable` when the file cannot be read or raises while it loads.
    """

    def __init__(self, source: bytes, file: str):
        self.file = file
        self.path = f"<{file} {next(_private)}>"
        self.objects: dict[int, Any] = {}
        self.keys = itertools.count()
        code = readable(source, file, self.path)
        self.module = ModuleType(f"_student_{next(_private)}")
        self.module.__file__ = file
        sys.modules[self.module.__name__] = self.module
        text = list(io.StringIO(source.decode("utf-8-sig", "replace"), newline=None))
        linecache.cache[self.path] = (len(source), None, text, self.path)
        try:
            with self.watched(file):
                exec(code, vars(self.module))
        except StudentError as e:
            self.close()
            raise _unloadable(e) from None

    def close(self) -> None:
        """Forget the module and everything that was built from it."""
        sys.modules.pop(self.module.__name__, None)
        linecache.cache.pop(self.path, None)
        self.objects.clear()

    def build(self, cls: str, *args: Argument, **kw: Argument) -> Handle:
        maker = self.named(cls)
        seed_all(BUILD_SEED)
        with self.watched(f"{cls}.__init__"):
            built = maker(*map(self.given, args), **{k: self.given(v) for k, v in kw.items()})
        handle = Handle(next(self.keys), cls)
        self.objects[handle.key] = built
        while len(self.objects) > KEPT:
            del self.objects[min(self.objects)]
        return handle

    def call(
        self,
        target: Target,
        *arrays: Argument,
        seed: int | None = None,
        mode: Mode = "train",
        stand_in: Mapping[str, Sequence[float]] | None = None,
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

    def gradients(
        self,
        target: Target,
        *arrays: Argument,
        wrt: Sequence[int] | Literal["parameters"],
        seed: int | None = None,
        pick: int | None = None,
        stand_in: Mapping[str, Sequence[float]] | None = None,
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

    def named(self, name: str) -> Any:
        """The student's function or class `name`, else Unusable with the nearest name there is."""
        found = getattr(self.module, name, None)
        if callable(found):
            return found
        if name in vars(self.module):
            raise Unusable(f"{name} in {self.file} is no function or class", Reason.MALFORMED, name)
        own = [k for k, v in vars(self.module).items() if inspect.isroutine(v) or _is_class(v)]
        hint = nearest(name, own)
        text = f"{self.file} has no {name}" + (f"; it has {hint}" if hint else "")
        raise Unusable(text, Reason.MALFORMED, name)

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
                found = getattr(found, name, None)
        if found is None:
            raise NotWritten(target.name)
        if mode and isinstance(found, nn.Module):
            found.train(mode == "train")
        return found

    def given(self, argument: Argument) -> Any:
        """An argument as the student's code gets it: arrays become fresh tensors."""
        if isinstance(argument, np.ndarray):
            return torch.from_numpy(argument.copy())
        return self.ready(argument, None) if isinstance(argument, Handle) else argument

    @contextmanager
    def watched(self, target: str) -> Iterator[None]:
        """Turn what the student's code raises into a StudentError with its own frames only."""
        try:
            yield
        except KeyboardInterrupt:  # the notebook's own; a worker has none
            raise
        except BaseException as e:
            if isinstance(e, ModuleNotFoundError) and e.name:
                raise _missing(e, target, self.file) from None
            raise StudentError(target, type(e).__name__, _message(e), self.frames(e)) from None

    def frames(self, e: BaseException) -> tuple[Frame, ...]:
        own = [f for f in traceback.extract_tb(e.__traceback__) if f.filename == self.path]
        return tuple(
            Frame(self.file, f.lineno or 0, (f.line or "").strip()[:200]) for f in own[-3:]
        )

    @contextmanager
    def replaced(self, stand_ins: Mapping[str, Sequence[float]]) -> Iterator[None]:
        """Module-level functions that exist replaced by weighted sums of their arguments."""
        kept = {n: f for n in stand_ins if callable(f := getattr(self.module, n, None))}
        for name, function in kept.items():
            setattr(self.module, name, _stand_in(function, stand_ins[name]))
        try:
            yield
        finally:
            for name, function in kept.items():
                setattr(self.module, name, function)


def seed_all(seed: int | None) -> None:
    """Seed Python's random, NumPy and torch; None leaves the streams where they are."""
    if seed is not None:
        reset_seed(seed)


def taken(value: Any) -> Value:
    """What student code returned, as NumPy: tensors detached, on the CPU, dense."""
    if value is None:
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
    found = torch.autograd.grad(total, list(open_leaves.values()), allow_unused=True)
    by = {n: None if g is None else _raw(g) for n, g in zip(open_leaves, found)}
    return {n: by.get(n) for n in leaves}


def _stand_in(function: Callable[..., Any], factors: Sequence[float]) -> Callable[..., Any]:
    signature = inspect.signature(function)

    def weighted_sum(*args: Any, **kw: Any) -> Any:
        values = signature.bind(*args, **kw).arguments.values()
        return sum(factor * value for factor, value in zip(factors, values))

    return weighted_sum


def _modules(found: Any) -> Iterator[tuple[str, nn.Module]]:
    return found.named_modules() if isinstance(found, nn.Module) else iter(())


def _noting(path: str, seen: list[Layer]) -> Callable[..., None]:
    def note(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        into = tuple(inputs[0].shape) if inputs and isinstance(inputs[0], torch.Tensor) else ()
        out = tuple(output.shape) if isinstance(output, torch.Tensor) else ()
        seen.append(Layer(path, type(module).__name__, into, out))

    return note


def _message(e: BaseException) -> str:
    try:
        return " ".join(str(e).split())[:400]
    except Exception:
        return ""


def _unloadable(e: StudentError) -> Unusable:
    line = e.frames[-1].line if e.frames else 0
    where = f" at line {line}" if line else ""
    text = f"{e.target} raised {e.kind}{where} while it was loaded"
    meant = plainly(e.kind, e.message)[:200]
    return Unusable(f"{text}: {meant}" if meant else text, Reason.CRASHED, line=line)


def _is_class(value: Any) -> bool:
    return isinstance(value, type)


def _missing(e: ModuleNotFoundError, target: str, file: str) -> Exception:
    known = (e.name or "").split(".")[0]
    if known in ("torch", "numpy", "torchvision", "matplotlib", "nndl2"):
        return StudentError(target, "ModuleNotFoundError", _message(e))
    text = f"{file} imports {known}, which is not installed here; the assignment needs only torch"
    return Unusable(text, Reason.ENVIRONMENT)
