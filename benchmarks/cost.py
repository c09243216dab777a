"""Where the cost of one submission goes: questions, bytes, networks built, processor time.

`python -m benchmarks.cost [ASSIGNMENT] [N]` grades the reference N times (default 10), one after
another with all walls, and says what one of them takes; the warm parent's start is left out.
"""

from __future__ import annotations

import resource
import sys
import time
from collections import Counter

import numpy as np

from autograder import assignments
from autograder.assignments import Private
from autograder.grade import grade_one
from autograder.isolation import Limits, WarmParent, frames
from autograder.isolation.channel import Channel
from autograder.training import Trainer


class Counting(WarmParent):
    """A warm parent that counts what is asked of its workers, by verb, and the bytes of it."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()

    def channel(self, limits: Limits) -> Channel:
        """A fresh worker whose questions are counted."""
        channel, counts = super().channel(limits), self.counts
        counts["worker"] += 1
        ask = channel.ask

        def counted(
            header: frames.Header, arrays: frames.Arrays, deadline: float
        ) -> tuple[frames.Header, tuple[np.ndarray, ...]]:
            counts[header["ask"]] += 1
            counts["bytes sent"] += sum(array.nbytes for array in arrays)
            answer = ask(header, arrays, deadline)
            counts["bytes got"] += sum(array.nbytes for array in answer[1])
            return answer

        channel.ask = counted  # type: ignore[method-assign]  # the one thing of it that is counted
        return channel


def processor(who: int) -> float:
    """Processor time (s), with the system's share, of this process or of its dead children."""
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def spent(private: Private, count: int) -> tuple[Counter[str], float, float, float]:
    """The counts of `count` gradings, then seconds: the grader's processor time, that of all its
    processes, with the warm parent, and the time on the clock."""
    grader, others = processor(resource.RUSAGE_SELF), processor(resource.RUSAGE_CHILDREN)
    with Counting() as parent:
        start = time.monotonic()
        for number in range(count):
            source = private.reference + f"\n# {number}\n".encode()
            graded = grade_one(private, source, parent, b"bench", Trainer("never"))
            assert graded.report.score == graded.report.max_score, "run `autograder verify`"
        clock = time.monotonic() - start
    grader = processor(resource.RUSAGE_SELF) - grader
    return parent.counts, grader, processor(resource.RUSAGE_CHILDREN) - others, clock


def lines(private: Private, count: int) -> list[str]:
    """What one submission takes, a figure a line: the difference of two classes, so that what is
    spent once is left out."""
    few, many = spent(private, 2), spent(private, 2 + count)
    counts = many[0] - few[0]
    verbs = {k: n / count for k, n in counts.items() if not k.startswith(("bytes", "worker"))}
    grader, others, clock = ((b - a) / count for a, b in zip(few[1:], many[1:]))
    told = ", ".join(f"{verb} {n:g}" for verb, n in sorted(verbs.items(), key=lambda v: -v[1]))
    return [
        f"questions            {sum(verbs.values()):g} ({told})",
        f"workers              {counts['worker'] / count:g}",
        f"MB sent, got         {counts['bytes sent'] / count / 1e6:.1f}, "
        f"{counts['bytes got'] / count / 1e6:.1f}",
        f"processor time       {grader + others:.3f} s: grader {grader:.3f}, worker {others:.3f}",
        f"time on the clock    {clock:.3f} s, one after another",
    ]


def main() -> None:
    """Print the figures of one assignment."""
    name = sys.argv[1] if sys.argv[1:] else assignments.names()[0]
    count = int(sys.argv[2]) if sys.argv[2:] else 10
    print("\n".join(lines(assignments.load(name), count)))


if __name__ == "__main__":
    main()
