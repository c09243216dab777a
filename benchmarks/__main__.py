"""All benchmarks side by side in one run: `make bench`.

`python -m benchmarks [--minutes 20]` prints a row for each figure with its goal, and writes
benchmarks/results.json. The minutes say how much is measured, never what is said of it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from autograder import assignments
from autograder.assignments import ROOT
from benchmarks import classes, isolation
from benchmarks.figures import Row, compared, table, write

RESULTS = ROOT / "benchmarks" / "results.json"
WALLS = "seconds of a class with all walls, against none"
DASK = "seconds of a class on two Dask workers, against one process with two jobs"


def measured(minutes: float) -> list[Row]:
    """Every row, in about so many minutes on two quiet cores."""
    from benchmarks import spread, training  # Dask and torch, which the grader must not weigh

    ends = time.monotonic() + 60 * minutes
    private, count = assignments.load("vae"), max(8, 4 * int(minutes))
    rate, rows = classes.against_peers(private, count)
    rows.append(compared(WALLS, *isolation.price(private, count)))
    with tempfile.TemporaryDirectory() as folder:
        spare = ends - time.monotonic() - 60 * minutes / 4  # the last quarter is for training
        rows += classes.growth(private, rate, max(spare, 20), Path(folder))
        rows.append(compared(DASK, *spread.overhead(private, count, Path(folder)), most=1.2))
    return [*rows, *training.rows(max(1, int(minutes / 5)))]


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20, help="how long it may take (20)")
    given = parser.parse_args()
    if given.minutes < 1:
        sys.exit("give --minutes at least 1: less than that measures nothing")
    rows = measured(given.minutes)
    print(table(rows))
    write(rows, RESULTS)
    print(f"written to {RESULTS.relative_to(ROOT)}; the figure is in {classes.FIGURE}")


if __name__ == "__main__":
    main()
