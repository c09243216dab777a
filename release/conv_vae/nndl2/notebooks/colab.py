"""A stand-in for `google.colab` where there is none: it can be imported, and does nothing."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

WANTED = re.compile(r"(No module named ')?google(\.colab(\.\w+)*)?('.*)?")


def is_wanted(message: str) -> bool:
    """Whether a failed import, by its message or the module's name, was one of google.colab."""
    return WANTED.fullmatch(message) is not None


@contextmanager
def stand_in() -> Iterator[None]:
    """Let `google.colab` and what is below it be found, unless the real one is there."""
    before, finder = set(sys.modules), Finder()
    sys.meta_path.append(finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in set(sys.modules) - before:
            if isinstance(sys.modules[name], Nothing):
                del sys.modules[name]


class Nothing(ModuleType):
    """A module that has every name; what stands under it has too, and does nothing when called."""

    __path__ = []  # noqa: RUF012 - a package is known by it, and nobody writes to it

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing(f"{self.__name__}.{name}")

    def __call__(self, *args: Any, **kw: Any) -> Empty:
        """drive.mount and the like."""
        return Empty()


class Empty(dict[str, Any]):
    """What a call gives: nothing was uploaded, and whatever is read of it is nothing too."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing(name)


class Finder(MetaPathFinder, Loader):
    """Comes last on sys.meta_path, so that it is asked only for what nobody else has."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name == "google" or f"{name}.".startswith("google.colab."):
            return ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return Nothing(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing to run."""
