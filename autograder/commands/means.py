"""What a command grades with: a warm parent here, or the workers of a cluster."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from autograder.intake import BadInput

if TYPE_CHECKING:
    from autograder.classes.cluster import Cluster
    from autograder.isolation import WarmParent


@contextmanager
def started_parent(isolation: str = "auto") -> Iterator[WarmParent]:
    """A warm parent that says how long it took to start, apart from any grading, and what holds.

    With "strict" nothing is graded where a promise is broken, with "process" none is made.
    """
    from autograder.isolation import WarmParent
    from autograder.isolation.promises import broken

    with WarmParent(_walls(isolation)) as parent:
        _say(f"PyTorch started in {parent.start_seconds:.1f} s")
        _say(f"isolation: {parent.isolation}")
        if found := broken(parent.walls):
            text = f"on this machine nothing keeps a submission from these: {', '.join(found)}"
            if isolation == "strict":
                raise BadInput(f"{text}; docs/threat-model.md says what would, or leave out strict")
            _say(f"warning: {text}; do not grade unknown people's code here")
        yield parent


def _say(line: str) -> None:
    """Print a line, above the bar where one is shown."""
    tqdm.write(line, file=sys.stderr)


def _walls(isolation: str) -> Sequence[str]:
    """The walls to put up, where this machine has them."""
    from autograder.isolation import ALL_WALLS

    return () if isolation == "process" else ALL_WALLS


@contextmanager
def cluster_of(given: argparse.Namespace) -> Iterator[Cluster | None]:
    """The cluster that --dask names, after telling what holds on its workers; else None."""
    if not given.dask:
        yield None
        return
    try:
        from autograder.classes.cluster import connected
    except ModuleNotFoundError as e:
        raise BadInput(
            f"--dask needs a package that is not installed here ({e.name}); get it with"
            " pip install distributed"
        ) from None
    strict = given.isolation == "strict"
    with connected(given.dask, _walls(given.isolation), strict) as cluster:
        for place in cluster.places():
            print(
                f"{place.address}: PyTorch started in {place.start_seconds:.1f} s", file=sys.stderr
            )
            print(f"{place.address}: isolation: {place.isolation}", file=sys.stderr)
        yield cluster


def hands(given: argparse.Namespace, out: Path, cluster: Cluster | None) -> dict[str, Any]:
    """Where a class is graded: what `ClassRun` has to know of it."""
    if cluster is None:
        return {"jobs": given.jobs, "open_parent": lambda: started_parent(given.isolation)}
    from autograder.classes.cluster import ask_on
    from autograder.people import waivers

    ask = partial(ask_on, waived=waivers.read(out))
    return {"jobs": cluster.jobs, "open_parent": cluster.opened, "ask": ask}
