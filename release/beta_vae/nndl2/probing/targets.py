"""What the targets of a question name in a student's module, and what is told where nothing is."""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from torch import nn

from nndl2.checks.model import NotWritten, Reason, Unusable
from nndl2.checks.names import MOST, misplaced_method, nearest, prescribed
from nndl2.checks.submission import Handle, Mode, StandIn, Target, target_name
from nndl2.probing.renewing import AsBuilt
from nndl2.probing.student import Student, weighted

COURSE = "nndl2."
MISSING = object()


class Targets(Student):
    """A student's module with the objects that were built in it."""

    def __init__(self, source: bytes, file: str):
        self.objects: dict[int, Any] = {}
        self.firsts: dict[int, AsBuilt | None] = {}  # how each of them was built
        self.keys = itertools.count()
        super().__init__(source, file)

    def close(self) -> None:
        """Forget the module and everything that was built from it."""
        super().close()
        self.objects.clear()
        self.firsts.clear()

    def found(self, name: str) -> Any:
        """The function or class `name` of the student's, or of the course's own ("nndl2.a.f")."""
        return _of_course(name) if name.startswith(COURSE) else self.named(name)

    def ready(self, target: Target, mode: Mode | None) -> tuple[Any, nn.Module | None]:
        """What `target` names, and the module that it is or belongs to, in train or eval mode.

        NotWritten where the stub's None still is.
        """
        if isinstance(target, str):
            found = self.found(target)
            return found, found if isinstance(found, nn.Module) else None
        found, module, name, whole = self._walked(target)
        if _is_none(found) and (near := _renamed(name, whole, target.cls)):
            lacks = "has no {}" if found is MISSING else "has None for its {}"
            text = f"{target.cls} in {self.file} {lacks.format(name)}; it has {near}"
            raise Unusable(text, Reason.MALFORMED, target.name)
        if _is_none(found):
            raise NotWritten(target.name)
        if (mode or target.path) and (wrong := _uncallable(found, target, self)):
            raise Unusable(wrong, Reason.MALFORMED, target.name)
        if mode and module is not None:
            try:
                module.train(mode == "train")
            except Exception:
                at = f"{type(module).__name__} in {self.file}"
                text = f"train of {at} hides the train of nn.Module; give it another name"
                raise Unusable(text, Reason.MALFORMED, target.name) from None
        return found, module

    def value(self, target: Target) -> Any:
        """The constant or attribute that `target` names; Unusable where there is none."""
        if isinstance(target, Handle):
            found, _, name, whole = self._walked(target)
            if found is None and name != target.path.rpartition(".")[2]:
                raise NotWritten(f"{target.cls}.{name}")
            there, at = getattr(whole, "__dict__", {}), f"{target.cls} in {self.file}"
        elif target.startswith(COURSE):
            return _of_course(target)
        else:
            with self.watched(target):
                found = getattr(self.module, target, MISSING)
            name, there, at = target, vars(self.module), self.file
        if found is MISSING:
            near = nearest(name, there)
            hint = f"; it has {near}" if near else ""
            raise Unusable(f"{at} has no {name}{hint}", Reason.MALFORMED, target_name(target))
        return found

    @contextmanager
    def replaced(self, stand_ins: StandIn, target: Target) -> Iterator[None]:
        """Functions of the module, there or not, and methods of the object that `target` is or
        belongs to, replaced by weighted sums of their arguments."""
        whole = self.objects[target.key] if isinstance(target, Handle) else self.module
        kept: list[tuple[dict[str, Any], str, Any]] = []
        try:
            for name, factors in stand_ins.items():
                home, own = (whole, name[1:]) if name.startswith(".") else (self.module, name)
                there = getattr(home, "__dict__", {})
                kept.append((there, own, there.get(own, MISSING)))
                there[own] = weighted(getattr(home, own, None), factors)
            yield
        finally:
            for there, own, function in kept:
                there.pop(own, None)
                if function is not MISSING:
                    there[own] = function

    def _walked(self, target: Handle) -> tuple[Any, nn.Module | None, str, Any]:
        """How far a handle's path leads: what is there, the innermost module on the way, the name
        that was looked up last and in what."""
        found = whole = self.objects[target.key]
        module, name = found if isinstance(found, nn.Module) else None, ""
        with self.watched(target.cls) if target.path else nullcontext():
            for name in target.path.split(".") if target.path else ():
                whole, found = found, getattr(found, name, MISSING)
                if found is None or found is MISSING:
                    break
                module = found if isinstance(found, nn.Module) else module
        return found, module, name, whole


def _is_none(found: Any) -> bool:
    return found is None or found is MISSING or found is ...


def _of_course(name: str) -> Any:
    module, _, last = name.rpartition(".")
    return getattr(importlib.import_module(module), last)


def _uncallable(found: Any, target: Handle, student: Student) -> str:
    """Why an object or a piece of it cannot be called, as a sentence; nothing when it can."""
    if isinstance(found, type):
        return f"{target.name} is the class {found.__name__} and no layer; call it with its sizes"
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
    modules = vars(whole).get("_modules", {}) if isinstance(whole, nn.Module) else {}
    children = [c for c, m in modules.items() if m is not None]
    stubbed = name in getattr(whole, "__dict__", {})  # the stub's None, beside other layers
    if stubbed:
        children = [c for c in children if any(True for _ in modules[c].parameters())]
    asked, first = prescribed(), name.partition("_")[0]
    if stubbed and f"{cls}.{name}" not in asked:
        return ""  # nobody knows which of its layers was asked for by another name
    free = [c for c in children if f"{cls}.{c}" not in asked]
    near = nearest(name, free) or next((c for c in free if _begins(c, first)), "")
    return near or ", ".join(free[:MOST])
