"""What it costs to spread a class: two Dask workers here, against one process with two jobs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from distributed import LocalCluster

from autograder.assignments import Private
from autograder.classes.cluster import ask_on, connected
from autograder.intake import Handed
from autograder.isolation import WarmParent
from benchmarks import classes

JOBS = 2


def overhead(private: Private, count: int, folder: Path) -> tuple[float, float]:
    """Seconds to grade `count` right submissions there and here, once PyTorch has started."""
    there = classes.handed(private, count)
    with WarmParent() as parent:
        hands = {"jobs": JOBS, "open_parent": lambda: nullcontext(parent)}
        alone = seconds(private, there, folder / "alone", hands)
    workers = LocalCluster(
        n_workers=JOBS, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
    )
    with workers, connected(workers.scheduler_address) as cluster:
        cluster.places()
        hands = {"jobs": cluster.jobs, "open_parent": cluster.opened, "ask": ask_on}
        return seconds(private, there, folder / "spread", hands), alone


def seconds(private: Private, there: Sequence[Handed], out: Path, hands: dict[str, Any]) -> float:
    """The time (s) of a run of the class."""
    start = time.monotonic()
    classes.run(private, there, out, **hands)
    return time.monotonic() - start
