"""What a class costs: submissions a second, the price of the walls, a second run, and growth."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from autograder.assignments import Private
from autograder.classes.class_run import ClassRun
from autograder.intake import Handed
from autograder.isolation import WarmParent
from autograder.training import Trainer
from benchmarks import isolation, memory, peers
from benchmarks.figures import Row, absent, compared, single

SIZES = (10, 100, 1_000, 3_000)
WHOLE = 1_000  # what a goal is set for
LOOK_SECONDS = 0.2
MEMORY_MB = 768.0
FIGURE = Path("build/growth.png")


@dataclass(frozen=True)
class Grown:
    """A class that was graded: how many, seconds, and megabytes of the grader and its workers."""

    count: int
    seconds: float
    megabytes: float


def handed(private: Private, count: int) -> list[Handed]:
    """`count` right submissions, no two of the same bytes, which would be drawn the same inputs."""
    sources = isolation.right(private, count)
    return [
        Handed(f"s{number:05}", private.public.module, source + f"\n# {number}\n".encode())
        for number, source in enumerate(sources)
    ]


def graded(private: Private, there: Sequence[Handed], out: Path, jobs: int = 2) -> float:
    """Seconds of a run of the class, with all walls."""
    start = time.monotonic()
    run(private, there, out, jobs=jobs)
    return time.monotonic() - start


def run(private: Private, there: Sequence[Handed], out: Path, **hands: Any) -> None:
    """Grade the class into `out`; `hands` are where, as `ClassRun` takes it."""
    if ClassRun(private, out, b"bench", Trainer("never"), **hands).grade(there).stopped:
        raise KeyboardInterrupt


@contextmanager
def watched() -> Iterator[list[int]]:
    """A list that holds, in the end, the largest PSS (bytes) of this process and all below."""
    over, most = threading.Event(), [0]

    def watch() -> None:
        while not over.wait(LOOK_SECONDS):
            most[0] = max(most[0], memory.together() or 0)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield most
    finally:
        over.set()
        watcher.join()


def grown(private: Private, sizes: Sequence[int], folder: Path) -> list[Grown]:
    """A fresh class of each size, graded."""
    found = []
    for count in sizes:
        with watched() as most:
            seconds = graded(private, handed(private, count), folder / str(count))
        found.append(Grown(count, seconds, most[0] / 1e6))
    return found


def affordable(rate: float, seconds: float) -> list[int]:
    """The sizes that can be graded within so many seconds, one after another; at least two."""
    sizes = [size for n, size in enumerate(SIZES) if sum(SIZES[: n + 1]) <= rate * seconds]
    return sizes if sizes[1:] else [SIZES[0], max(2 * SIZES[0], int(rate * seconds) - SIZES[0])]


def slope(found: Sequence[Grown]) -> float:
    """How seconds grow with the class: 1 is in proportion, fitted to the logarithms."""
    counts, seconds = ([getattr(g, name) for g in found] for name in ("count", "seconds"))
    return float(np.polyfit(np.log(counts), np.log(seconds), 1)[0])


def draw(found: Sequence[Grown], path: Path) -> None:
    """Seconds and megabytes over the size of the class, with the fitted slope."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    counts = [each.count for each in found]
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
    left.loglog(counts, [each.seconds for each in found], "o-")
    left.set(xlabel="submissions", ylabel="seconds", title=f"time, slope {slope(found):.2f}")
    right.semilogx(counts, [each.megabytes for each in found], "o-")
    right.axhline(MEMORY_MB, linestyle=":")
    right.set(xlabel="submissions", ylabel="MB at most", ylim=(0, None), title="memory")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def against_peers(private: Private, count: int) -> tuple[float, list[Row]]:
    """Submissions a second of ours, and the rows of it: alone, and beside each peer."""
    # the reference alone: the peers' seeded draw rejects right programs that draw in another order
    sources = [private.reference + f"\n# {number}\n".encode() for number in range(count)]
    with WarmParent() as parent:
        isolation.seconds(private, parent, sources[:2])
        rates = [count / isolation.seconds(private, parent, sources)]
        rows = []
        for name, peer in peers.PEERS.items():
            both = peer(sources[: count // 2], peers.SIDE_BY_SIDE)
            rates.append(count / isolation.seconds(private, parent, sources))
            alone = peer(sources[: count // 4], 1)
            beside = f"submissions a second, against {name}"
            ours = (rates[-2] + rates[-1]) / 2  # before and after the peer's turn
            rows.append(compared(f"{beside}, two side by side", ours, both, least=8))
            rows.append(compared(f"{beside}, one at a time", ours, alone))
    rate = sum(rates) / len(rates)
    return rate, [single("submissions a second, all walls", rate, least=6), *rows]


def growth(private: Private, rate: float, seconds: float, folder: Path) -> list[Row]:
    """The rows of classes that grow, and of a second run over the largest of them."""
    found = grown(private, affordable(rate, seconds), folder)
    last = found[-1]
    draw(found, FIGURE)
    again = graded(private, handed(private, last.count), folder / str(last.count))
    second, name = f"a second run over an unchanged class of {WHOLE:,}, seconds", "peak memory, MB"
    span = f"{found[0].count} to {last.count}"
    if last.count >= WHOLE:
        row = single(second, again, most=1)
    else:
        row = absent(second, "at most 1", f"no time for it: {again:.2f} s over {last.count}")
    return [
        row,
        single(f"slope of seconds from {span} submissions", slope(found)),
        *(single(f"{name}, a class of {g.count:,}", g.megabytes, most=MEMORY_MB) for g in found),
        compared(f"{name}, the largest class", last.megabytes, found[0].megabytes),
    ]
