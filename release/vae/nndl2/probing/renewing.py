"""An object as it was built: remembered, and set back to that, so that it need not be built again.

A network's weights are drawn anew by every build, which takes longer than most questions do.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from nndl2.checks.bounds import BYTE_LIMIT, LEAF_LIMIT
from nndl2.probing.planting import Unsubclassed

TABLES = ("_parameters", "_buffers", "_modules")  # what torch keeps by name in a module
GROWING = (list, dict, OrderedDict, set)  # Python's own: others may have no end


@dataclass(frozen=True)
class AsBuilt:
    """Every module with what it held, which is kept alive, and what could be told of it; every
    tensor with its storage, a copy of it, and whether it learns."""

    modules: tuple[tuple[nn.Module, dict[str, Any], list[Any]], ...]
    tensors: tuple[tuple[torch.Tensor, int, torch.Tensor, bool], ...]

    @classmethod
    def of(cls, built: Any) -> AsBuilt | None:
        """How `built` is now; None where it is no module of plain tensors, or too large a one."""
        if not isinstance(built, nn.Module):
            return None
        modules = list(_modules(built))
        if any(type(vars(m)[table]) not in GROWING for m in modules for table in TABLES):
            return None
        tensors = list({id(t): t for m in modules for t in _tensors(m)}.values())
        plain = all(type(t) in (torch.Tensor, nn.Parameter) for t in tensors)
        if not plain or sum(t.nbytes for t in tensors) > BYTE_LIMIT:
            return None
        with torch.no_grad(), Unsubclassed():
            kept = tuple((t, t.data_ptr(), t.detach().clone(), t.requires_grad) for t in tensors)
        held = [_attributes(module) for module in modules]
        return cls(tuple((m, h, _told(h)) for m, h in zip(modules, held)), kept)

    def set_back(self, built: nn.Module) -> bool:
        """Whether `built` holds the same objects as then; its numbers are set back to those."""
        if [*map(id, _modules(built))] != [id(module) for module, *_ in self.modules]:
            return False
        if any(_told(_attributes(module)) != told for module, _, told in self.modules):
            return False
        if any(
            (t.data_ptr(), t.requires_grad) != (at, learns) for t, at, _, learns in self.tensors
        ):
            return False
        with torch.no_grad(), Unsubclassed():
            for tensor, _, numbers, _ in self.tensors:
                tensor.copy_(numbers)
                tensor.grad = None
        for module, before, _ in self.modules:
            vars(module)["training"] = before["training"]
        return True


def _modules(root: nn.Module) -> Iterator[nn.Module]:
    for count, (_, module) in enumerate(nn.Module.named_modules(root)):
        if count > LEAF_LIMIT:
            raise ValueError(f"it has more than {LEAF_LIMIT} modules")
        yield module


def _tensors(module: nn.Module) -> Iterator[torch.Tensor]:
    for table in TABLES[:2]:
        yield from (t for t in vars(module)[table].values() if t is not None)


def _attributes(module: nn.Module) -> dict[str, Any]:
    """What a module holds, by name; what torch keeps in tables is told apart."""
    held = dict(vars(module))
    for table in TABLES:
        held |= {f"{table} {name}": each for name, each in held.pop(table).items()}
    return held


def _told(held: dict[str, Any]) -> list[Any]:
    """Attributes in a form that differs where one of them is another object, or has grown."""
    sizes = {n: len(v) for n, v in held.items() if type(v) in GROWING}
    return [(n, id(v), sizes.get(n)) for n, v in held.items() if n != "training"]
