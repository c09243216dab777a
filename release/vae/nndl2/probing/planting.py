"""A network's weights under their plain names, read and put in place.

A parametrization (weight_norm, say) shows the tensor that the layer computes with, under the name
that the layer had without it: "0.weight".
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.parameter import is_lazy
from torch.nn.utils import parametrize, remove_weight_norm
from torch.nn.utils.weight_norm import WeightNorm

from nndl2.checks.bounds import LEAF_LIMIT

Unsubclassed: Any = torch._C.DisableTorchFunctionSubclass  # a tensor's own class is not asked


@dataclass(frozen=True)
class Slot:
    """Where one weight lives: the attribute `name` of `module`, which `norm` makes if it is old."""

    module: nn.Module
    name: str
    norm: WeightNorm | None = None

    def used(self) -> torch.Tensor:
        """The tensor that the last forward computed with."""
        found = getattr(self.module, self.name)
        if not isinstance(found, torch.Tensor):
            raise TypeError(f"{self.name} is a parameter and no tensor")
        return found

    def tensor(self) -> torch.Tensor:
        """The tensor that the next forward will compute with."""
        if self.norm is None or self.is_plain:
            return self.used()
        return self.norm.compute_weight(self.module)

    @property
    def is_plain(self) -> bool:
        return self.name in self.module._parameters

    def holds(self, new: torch.Tensor) -> bool:
        """Whether it is `new`, but for what rounding does behind a parametrization."""
        with torch.no_grad(), Unsubclassed():
            now = self.tensor()
            return torch.equal(now, new) if self.is_plain else torch.allclose(now, new, rtol=1e-5)

    def put(self, new: torch.Tensor) -> None:
        """Have the next forward compute with `new`, its parametrization taken off if need be."""
        if self.norm:
            self._put_normed(self.norm, new)
        elif not self.is_plain:
            with torch.no_grad(), contextlib.suppress(Exception):
                setattr(self.module, self.name, new.clone())  # by right_inverse, if there is one
        if not self.is_plain and not self.holds(new):
            with torch.enable_grad():
                self._bare()
        if self.is_plain:
            with torch.no_grad(), Unsubclassed(), contextlib.suppress(RuntimeError):
                torch.Tensor.copy_(self.used(), new)  # which fails where elements share a place

    def renew(self, new: torch.Tensor) -> None:
        """Give the parameter, which stays the same object, a storage of its own with `new`."""
        with torch.no_grad(), Unsubclassed():
            type.__getattribute__(torch.Tensor, "data").__set__(self.used(), new.clone())

    def _bare(self) -> None:
        if self.norm:
            remove_weight_norm(self.module, self.name)
        else:
            parametrize.remove_parametrizations(self.module, self.name)

    def _put_normed(self, norm: WeightNorm, new: torch.Tensor) -> None:
        own = self.module._parameters
        with torch.no_grad():
            for end, value in {"v": new, "g": torch.norm_except_dim(new, 2, norm.dim)}.items():
                parameter = own[f"{self.name}_{end}"]
                assert parameter is not None
                parameter.copy_(value)
            setattr(self.module, self.name, norm.compute_weight(self.module))


def slots(root: nn.Module) -> dict[str, Slot]:
    """Every weight by its plain name, in the order of the modules; one that is shared comes once.

    Parameters that are not initialised yet, as those of lazy layers, are left out.
    """
    found: dict[str, Slot] = {}
    seen: set[int] = set()
    inner: list[str] = []
    for count, (path, module) in enumerate(nn.Module.named_modules(root)):
        if count > LEAF_LIMIT or len(found) > LEAF_LIMIT:
            raise ValueError(f"it has more than {LEAF_LIMIT} parameters or modules")
        at = f"{path}." if path else ""
        if path.startswith(tuple(inner)):
            continue
        if parametrize.is_parametrized(module):
            inner.append(f"{at}parametrizations")
        for name, slot in _own(module):
            key = id(module._parameters.get(name, slot))
            if key not in seen:
                seen.add(key)
                found[at + name] = slot
    return found


def _own(module: nn.Module) -> Iterator[tuple[str, Slot]]:
    """The weights of a module itself."""
    if parametrize.is_parametrized(module):
        for name in module.parametrizations:  # type: ignore[union-attr]  # a ModuleDict
            yield name, Slot(module, name)
    hooks = module._forward_pre_hooks.values()
    norms = {hook.name: hook for hook in hooks if isinstance(hook, WeightNorm)}
    for name, norm in norms.items():
        yield name, Slot(module, name, norm)
    made_of = {f"{name}_{end}" for name in norms for end in "gv"}
    for count, (name, parameter) in enumerate(module._parameters.items()):
        if count > LEAF_LIMIT:
            raise ValueError(f"it has more than {LEAF_LIMIT} parameters")
        if parameter is not None and name not in made_of and not is_lazy(parameter):
            yield name, Slot(module, name)


def plant(root: nn.Module, arrays: Mapping[str, np.ndarray]) -> None:
    """Put `arrays` in place of the weights of these names, all of them or none.

    Views of a weight and whoever holds it, an optimizer say, see the new numbers where its storage
    can hold them. Raises ValueError for a name that is not there and a shape that does not fit.
    """
    there = slots(root)
    chosen: list[tuple[Slot, torch.Tensor]] = []
    for name, array in arrays.items():
        if name not in there:
            raise ValueError(f"put: there is no parameter {name}")
        now = there[name].tensor()
        if tuple(now.shape) != array.shape:
            raise ValueError(f"put: {name} has shape {tuple(now.shape)} and not {array.shape}")
        chosen.append((there[name], torch.from_numpy(np.array(array)).to(now.device, now.dtype)))
    for slot, new in chosen:
        slot.put(new)
    for slot, new in chosen:  # those that could not be copied, or that shared a storage
        if not slot.holds(new):
            slot.renew(new)
