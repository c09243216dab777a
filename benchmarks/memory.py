"""How much memory grading takes: grader, warm parent and one worker, by summed PSS.

`python -m benchmarks.memory FILE` grades FILE without training. PSS, the proportional set size of
/proc/<pid>/smaps_rollup, counts a page that n processes share as 1/n in each, so the sum is what
the machine has to hold. Gradescope's default container has 768 MB.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

from autograder.grade import grade_one
from autograder.intake import chosen
from autograder.isolation import WarmParent
from autograder.isolation.system import descendants
from autograder.training import Trainer

GRADESCOPE_BYTES = 768_000_000
EVERY_SECONDS = 0.02


def pss(pid: int) -> int:
    """Proportional set size of a process, bytes; 0 once it is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def together() -> int | None:
    """The summed PSS (bytes) of this process and all below; None where one came or went."""
    there = [os.getpid(), *descendants(os.getpid())]
    look = sum(map(pss, there))
    return look if there == [os.getpid(), *descendants(os.getpid())] else None  # else counted twice


def most_while_grading(file: Path) -> tuple[int, float, int]:
    """The largest sum of PSS (bytes), the score, and how often was looked."""
    private, sums = chosen(None, file), [0]
    over = threading.Event()

    def watch() -> None:
        while not over.wait(EVERY_SECONDS):
            if (look := together()) is not None:
                sums.append(look)

    with WarmParent() as parent:
        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            graded = grade_one(private, file.read_bytes(), parent, b"memory", Trainer("never"))
        finally:
            over.set()
            watcher.join()
        print(f"isolation: {parent.isolation}")
    return max(sums), graded.report.score, len(sums)


def main() -> None:
    """Print the figure."""
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_file():
        sys.exit("say which file to grade: python -m benchmarks.memory source/vae/vae.py")
    most, score, looks = most_while_grading(Path(sys.argv[1]))
    fits = "fits" if most < GRADESCOPE_BYTES else "does not fit"
    print(f"{most / 1e6:.0f} MB at most ({looks} looks, score {score:g}); {fits} into 768 MB")


if __name__ == "__main__":
    main()
