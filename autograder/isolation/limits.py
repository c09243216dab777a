"""What one submission may use, the same words on both sides of the boundary."""

from __future__ import annotations

from dataclasses import asdict, dataclass

MIB = 1 << 20
GIB = 1 << 30
KILL = b"k"  # what the grader tells a keeper to end its worker at once
LAMED = 70  # the exit status of a worker that cannot go on; anybody may end with it, at no gain


@dataclass(frozen=True)
class Limits:
    """Bounds on one submission: wall-clock seconds here, what the system enforces in its worker.

    A file that computes for `load_cpu_seconds` of processor time while it loads is ended with its
    line; `load_seconds` bound one that waits. `budget_seconds` is for all questions together; what
    is asked after it is answered "timed out" at once. `memory_bytes` of address space come on top
    of what torch itself has mapped, and are not limited on a GPU, where the driver reserves more
    than any sensible bound. `processes` counts threads too. `output_bytes` of what the program
    prints are kept, the rest is dropped. A program whose files take more than `folder_bytes`
    together is ended, a file ends at `file_bytes`.
    """

    load_seconds: float = 60
    load_cpu_seconds: float = 10
    question_seconds: float = 30
    budget_seconds: float = 180
    cpu_seconds: int = 240
    memory_bytes: int = 2 * GIB
    file_bytes: int = 64 * MIB
    folder_bytes: int = 256 * MIB
    processes: int = 64
    output_bytes: int = MIB // 16
    gpu: bool = False

    def fields(self) -> dict[str, float]:
        """The limits as they cross the boundary."""
        return asdict(self)
