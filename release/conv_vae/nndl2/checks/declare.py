"""How a check is declared: a decorator that turns a sentence and a few lines into a `Check`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import ModuleType
from typing import Any, overload

from nndl2.checks.model import Check

Question = Callable[..., str | None]


class Family(tuple[Check, ...]):
    """One check, declared for several parts that differ in a datum."""

    def of(self, part: str) -> Check:
        """The check of this part; ValueError where there is none."""
        for each in self:
            if each.part == part:
                return each
        raise ValueError(f"there is no {self[0].name} of {part}")


@overload
def check(
    part: str, *, after: Any = (), costs_points: bool = True, about: str = ""
) -> Callable[[Question], Check]: ...
@overload
def check(
    part: Mapping[str, Any], *, after: Any = (), costs_points: bool = True, about: str = ""
) -> Callable[[Question], Family]: ...
def check(
    part: str | Mapping[str, Any], *, after: Any = (), costs_points: bool = True, about: str = ""
) -> Callable[[Question], Any]:
    """Declare `ask(student, draw, oracle)` a check of `part`, or, where `part` maps parts to what
    differs between them, `ask(student, draw, oracle, datum)` a check of each.

    The first line of its docstring is the sentence students read; {} in it stands for the datum.
    What follows is for maintainers. The check runs only when all of `after` passed, of a family the
    one of its own part. With `costs_points=False` its outcome is shown and never scored. `about`
    says in a word or two what it looks at.
    """

    def declared(ask: Question) -> Check | Family:
        sentence, _, rest = inspect.cleandoc(ask.__doc__ or "").partition("\n")
        if not sentence.strip() or (rest and not rest.startswith("\n")):
            raise ValueError(
                f"the docstring of {ask.__name__} must begin with a sentence of one line"
            )

        def one(name: str, said: str, asks: Question) -> Check:
            return Check(name, ask.__name__, said, asks, _before(after, name), costs_points, about)

        if isinstance(part, str):
            return one(part, sentence, ask)
        each = part.items()
        return Family(one(p, sentence.format(d), partial(_with, ask, d)) for p, d in each)

    return declared


def _with(ask: Question, datum: Any, *given: Any) -> str | None:
    return ask(*given, datum)


def _before(after: Any, part: str) -> tuple[Check, ...]:
    """The checks in `after`; a `Family` stands for its check of `part`."""
    if isinstance(after, Family):
        return (after.of(part),)
    if isinstance(after, tuple):
        return tuple(c for each in after for c in _before(each, part))
    return (after,)


def checks_in(*modules: ModuleType) -> list[Check]:
    """All checks declared in `modules`, in the order they stand there, without repeats."""
    return list(dict.fromkeys(c for module in modules for c in _declared(module)))


def _declared(module: ModuleType) -> Iterator[Check]:
    for value in vars(module).values():
        if isinstance(value, Check):
            yield value
        elif isinstance(value, Family):
            yield from value
