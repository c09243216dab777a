"""A row of what `make bench` measures, and the machine that it was measured on."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path


def machine() -> str:
    """The processor and how many cores of it; no name of a host."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores"


@dataclass(frozen=True)
class Row:
    """A figure of ours beside a peer's, and the goal for their ratio; `met` is None, and `why` says
    so, where it cannot be told here or no goal is set."""

    name: str
    ours: float | None = None
    peer: float | None = None
    ratio: float | None = None
    goal: str = ""
    met: bool | None = None
    machine: str = field(default_factory=machine)
    why: str = ""


def compared(
    name: str,
    ours: float,
    peer: float,
    *,
    least: float | None = None,
    most: float | None = None,
    why: str = "no goal is set",
) -> Row:
    """The row of two figures whose ratio has to be at `least` or at `most` so much, if anything."""
    ratio = ours / peer
    if least is not None:
        return Row(name, ours, peer, ratio, f"at least {least:g} times", ratio >= least)
    if most is not None:
        return Row(name, ours, peer, ratio, f"at most {most:g} times", ratio <= most)
    return Row(name, ours, peer, ratio, why=why)


def single(name: str, ours: float, *, least: float | None = None, most: float | None = None) -> Row:
    """The row of a figure that has to be at `least` or at `most` so much by itself."""
    if least is not None:
        return Row(name, ours, goal=f"at least {least:g}", met=ours >= least)
    if most is not None:
        return Row(name, ours, goal=f"at most {most:g}", met=ours <= most)
    return Row(name, ours, why="no goal is set")


def absent(name: str, goal: str, why: str) -> Row:
    """The row of what cannot be measured here."""
    return Row(name, goal=goal, why=why)


def table(rows: Sequence[Row]) -> str:
    """The rows, to be read."""
    width = max(len(row.name) for row in rows)
    return "\n".join(
        f"{row.name:{width}}  {_number(row.ours)} {_number(row.peer)} {_number(row.ratio)}"
        f"  {row.goal or '-':22}  {_told(row)}"
        for row in rows
    )


def _number(value: float | None) -> str:
    return f"{'-' if value is None else format(value, '.3g'):>8}"


def _told(row: Row) -> str:
    return row.why if row.met is None else ("met" if row.met else "NOT met")


def write(rows: Sequence[Row], path: Path) -> None:
    """Write the rows as JSON, one object each."""
    path.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n", "utf-8")
