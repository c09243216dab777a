"""The price of isolation: the same class with all walls and with none, side by side.

`python -m benchmarks.isolation [N]` grades N right submissions (default 100) in both ways, in turns
of ten, so that whatever else the machine does meets both alike.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tqdm import tqdm

from autograder import assignments
from autograder.assignments import Private
from autograder.grade import grade_one
from autograder.isolation import WarmParent
from autograder.training import Trainer

TURN = 10


def right(private: Private, count: int) -> list[bytes]:
    """`count` sources that deserve full marks; specimens come round again when there are fewer."""
    sources = [s.source for s in private.specimens() if s.right]
    return [sources[i % len(sources)] for i in range(count)]


def seconds(private: Private, parent: WarmParent, sources: Sequence[bytes]) -> float:
    """The time (s) to grade `sources`, one job a core; all of them must get full marks."""
    trainer, start = Trainer("never"), time.monotonic()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        graded = pool.map(lambda s: grade_one(private, s, parent, b"bench", trainer), sources)
        if any(g.report.score != g.report.max_score for g in graded):
            raise SystemExit("a right submission lost points: run `autograder verify`")
    return time.monotonic() - start


def price(private: Private, count: int) -> tuple[float, float]:
    """Seconds to grade `count` right submissions with all walls, and with none."""
    sources = right(private, count)
    with WarmParent() as walls, WarmParent(walls=()) as none:
        spent = {walls: 0.0, none: 0.0}
        for start in tqdm(range(0, count, TURN), unit="turn"):
            turn = (walls, none) if start // TURN % 2 else (none, walls)
            for parent in turn:
                spent[parent] += seconds(private, parent, sources[start : start + TURN])
        return spent[walls], spent[none]


def main() -> None:
    """Print submissions a second with all walls and with none, and their ratio."""
    count = int(sys.argv[1]) if sys.argv[1:] else 100
    walls, none = price(assignments.load(assignments.names()[0]), count)
    print(f"{count / walls:.2f} submissions a second with all walls, {count / none:.2f} with none")
    print(f"with all walls grading takes {walls / none:.3f} of the time")


if __name__ == "__main__":
    main()
