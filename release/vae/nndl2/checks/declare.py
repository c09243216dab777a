"""How a check is declared: a decorator that turns a sentence and a few lines into a `Check`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import ModuleType

from nndl2.checks.model import Check

Ask = Callable[..., str | None]


def check(
    part: str,
    *,
    after: Check | tuple[Check, ...] = (),
    hidden: bool = False,
    costs_points: bool = True,
) -> Callable[[Ask], Check]:
    """Declare `ask(student, draw)` a check of `part`.

    The first line of its docstring is the sentence students read; what follows is for maintainers.

    The check runs only when all of `after` passed. With `costs_points=False` its outcome is shown
    and never scored.
    """

    def declared(ask: Ask) -> Check:
        sentence, _, rest = inspect.cleandoc(ask.__doc__ or "").partition("\n")
        if not sentence.strip() or (rest and not rest.startswith("\n")):
            raise ValueError(
                f"the docstring of {ask.__name__} must begin with a sentence of one line"
            )
        before = after if isinstance(after, tuple) else (after,)
        return Check(part, ask.__name__, sentence, ask, before, hidden, costs_points)

    return declared


def checks_in(*modules: ModuleType) -> list[Check]:
    """All checks declared in `modules`, in the order they stand there, without repeats."""
    found = [value for module in modules for value in vars(module).values()]
    return list(dict.fromkeys(value for value in found if isinstance(value, Check)))
