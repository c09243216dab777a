"""What of a package can be called, and every way to give it some arguments."""

from __future__ import annotations

import contextlib
import functools
import inspect
import itertools
import re
import sys
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from torch import nn

DEEP, LONG = 3, 64  # how far constants are looked into
UNKNOWN = 2  # further parameters that a function may want; they get None


def functions(modules: Mapping[str, Any], package: str) -> Iterator[tuple[str, Any]]:
    """Every function, method, lambda and constant of the modules, by its qualified name, once."""
    seen: dict[int, Any] = {}  # which keeps ids from being used again
    for name, module in modules.items():
        for attribute, value in list(vars(module).items()):
            if not attribute.startswith("__") or inspect.isfunction(value):
                yield from _within(f"{name}.{attribute}", value, name, package, seen, DEEP)


def _within(
    name: str, value: Any, module: str, package: str, seen: dict[int, Any], deep: int
) -> Iterator[tuple[str, Any]]:
    home = getattr(value, "__module__", "") or ""
    elsewhere = isinstance(value, type) and home != module
    if id(value) in seen or elsewhere or isinstance(value, types.ModuleType):
        return
    seen[id(value)] = value
    own = f"{home}.".startswith(f"{package}.")
    below: Iterable[tuple[str, Any]] = ()
    if isinstance(value, type):
        yield name, value
        below = ((f".{n}", v) for n, v in vars(value).items() if n not in NO_CODE)
    elif isinstance(value, (staticmethod, classmethod)):
        below = [("", value.__func__)]
    elif isinstance(value, (property, functools.cached_property)):
        getter = value.fget if isinstance(value, property) else value.func
        below = [("", getter)]
    elif isinstance(value, functools.partial) or (own and hasattr(value, "__wrapped__")):
        yield name, value
        below = [(".__wrapped__", value.__wrapped__)] if hasattr(value, "__wrapped__") else []
        if isinstance(value, functools.partial):
            below = [(f".{i}", each) for i, each in enumerate((value.func, *value.args))]
    elif isinstance(value, (types.FunctionType, types.MethodType)):
        if own and value.__code__.co_filename != "<string>":  # as what dataclasses make is
            yield name, value
    elif isinstance(value, nn.Module):
        yield name, value
    elif isinstance(value, Mapping):
        below = ((f"[{k!r}]", v) for k, v in itertools.islice(value.items(), LONG))
    elif isinstance(value, (list, tuple)):
        yield name, value
        below = ((f"[{i}]", v) for i, v in enumerate(value[:LONG]))
    elif own and hasattr(value, "__dict__"):
        below = ((f".{n}", v) for n, v in vars(value).items())
    for inner, each in below if deep else ():
        yield from _within(f"{name}{inner}", each, module, package, seen, deep - 1)


NO_CODE = {"__dict__", "__weakref__", "__doc__", "__module__", "__annotations__", "__slots__"}


def placements(
    function: Any, given: Sequence[Any], ordered: bool
) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """Every way to give all of `given` to parameters of `function`, and to no other ones.

    A parameter that has to be given and is left gets None, or an object of its class as `self`.
    """
    places, various = _parameters(function)
    if places is None or (various and len(given) > len(places)):
        orders = [tuple(given)] if ordered else itertools.permutations(given)
        left = [_bare(function)] if places and places[0].name == "self" else []
        yield from (([*left, *order], {}) for order in orders)
    if not places:
        return
    free = [i for i, each in enumerate(places) if _takes_numbers(function, each)]
    required = [i for i, each in enumerate(places) if each.default is each.empty]
    choose = itertools.combinations if ordered else itertools.permutations
    for chosen in choose(free, len(given)):
        argument = dict(zip(chosen, given))
        left = [i for i in required if i not in argument]
        if len([i for i in left if places[i].name != "self"]) > UNKNOWN:
            continue
        argument |= {i: _bare(function) if places[i].name == "self" else None for i in left}
        first = [i for i in argument if places[i].kind is inspect.Parameter.POSITIONAL_ONLY]
        named = {places[i].name: each for i, each in argument.items() if i not in first}
        yield [argument[i] for i in sorted(first)], named


@functools.lru_cache(maxsize=1)
def _parameters(function: Any) -> tuple[list[inspect.Parameter] | None, bool]:
    """The parameters that `function` has, and whether it takes any further ones."""
    try:
        found = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return None, True
    various = any(each.kind is each.VAR_POSITIONAL for each in found)
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [each for each in found if each.kind not in kinds], various


def _takes_numbers(function: Any, place: inspect.Parameter) -> bool:
    """Whether a parameter's annotation, if there is one, leaves room for numbers."""
    if place.annotation is place.empty:
        return True
    words = re.findall(r"[A-Za-z_]\w*", str(place.annotation))
    home = getattr(function, "__module__", "") or ""
    known = vars(sys.modules[home]) if home in sys.modules else {}
    package = home.partition(".")[0]
    return not all(word in NO_NUMBERS or _is_of(package, known.get(word)) for word in words)


NO_NUMBERS = {
    *("str", "bytes", "bool", "None", "Path", "Optional", "Union", "Literal", "pathlib"),
    *("class", "ast", "AST", "BaseException", "Exception", "CodeType"),
    *("list", "tuple", "dict", "set", "frozenset", "List", "Tuple", "Dict"),
    *("Sequence", "Iterable", "Iterator", "Mapping"),
}


def _is_of(package: str, value: Any) -> bool:
    """Whether `value` is a class of the package, and no network."""
    own = isinstance(value, type) and value.__module__.partition(".")[0] == package
    return own and not issubclass(value, nn.Module)


@functools.lru_cache(maxsize=1)
def _bare(function: Any) -> Any:
    """An object of the class whose method `function` is, made without arguments or not at all."""
    owner: Any = sys.modules.get(function.__module__)
    for name in function.__qualname__.split(".")[:-1]:
        owner = getattr(owner, name, None)
    for make in (owner, lambda: owner.__new__(owner)):
        with contextlib.suppress(Exception):
            return make()
    return None
