"""A submission whose process was lost is asked again, from the start and as if for the first time.

Memory that runs out on the machine, or an operator, can kill any process of ours; a program can
kill its own. Nobody can tell them apart by looking once: what comes of a program comes again at the
same question in the same way, what comes from outside does not.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from nndl2.checks.model import Reason, Unusable

ALIKE = 3  # so many tries in a row that lost the same are believed
LATE_ALIKE = 2  # so many, where another one would take too long
MOST = 8
AGAIN = "the same each time it was tried"
Loss = tuple[int, str]  # the number of a question, and what was seen of the end
NEVER_ALIKE = (
    "its process was ended time and again, each time at another place; "
    "run the command again where there is more free memory"
)


class Lossy(Protocol):
    """A submission that knows at which of its questions it lost a process, nobody knows why."""

    @property
    def losses(self) -> tuple[Loss, ...]: ...


Student = TypeVar("Student", bound=Lossy)
Found = TypeVar("Found")


def steadily(
    start: Callable[[], AbstractContextManager[Student]],
    ask: Callable[[Student], Found],
    patience: float = math.inf,
) -> Found:
    """What `ask` finds in a try that loses no process, or in the third that loses the same ones.

    Each try has a fresh submission from `start`, with limits and a time budget of its own. Once
    they took `patience` seconds, two that lost the same are believed and no further one is made:
    a program that ends itself takes no longer than two of the slowest. Raises the `Unusable` that
    such a try ended in, or says that none came to an end.
    """
    tries: list[tuple[Loss, ...]] = []
    began = time.monotonic()
    while len(tries) < MOST:
        failure: Unusable | None = None
        with start() as student:
            try:
                found = ask(student)
            except Unusable as e:
                failure = e
        tries.append(student.losses)
        enough = ALIKE if time.monotonic() - began < patience else LATE_ALIKE
        if not tries[-1] or tries[-enough:] == tries[-1:] * enough:
            if failure is not None:
                again = f" ({AGAIN})" if student.losses else ""
                raise Unusable(failure.sentence + again, failure.reason, line=failure.line)
            return found
        if len(tries) >= enough < ALIKE:
            break
    raise Unusable(NEVER_ALIKE, Reason.ENVIRONMENT)
