"""What students see of every specimen: the notebook's checks, out of an unpacked release.

Run as a script in the folder of a release, with nothing but that folder's nndl2: it reads paths of
modules, a line each, and writes for each a line of JSON. Each is asked in a fork of a process that
has imported torch, by the function that `python -m nndl2.checks` calls.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from pathlib import Path


def asked(path: str) -> dict[str, object]:
    """What becomes of one file: whether all is green, and each failing check's diagnosis."""
    from nndl2.checks.names import assignments, checks_of
    from nndl2.checks.show import public_report, unmet

    (subject,) = assignments().values()
    report = public_report(subject, checks_of(subject.name), Path(path))
    failing = [v for v in report.verdicts if v.outcome.value == "fail"]
    return {
        "path": path,
        "green": not unmet(report),
        "failing": [[v.check.id, v.diagnosis] for v in failing],
        "unanswered": [v.check.id for v in report.verdicts if v.unanswered],
    }


def all_asked(paths: list[str], jobs: int) -> Iterator[dict[str, object]]:
    """The answers for `paths`, `jobs` side by side, in any order.

    There is none for a file whose process ends before it has one.
    """
    fork, waiting = get_context("fork"), list(paths)
    running: dict[Connection, ForkProcess] = {}
    while waiting or running:
        while waiting and len(running) < jobs:
            near, far = fork.Pipe(duplex=False)
            running[near] = fork.Process(target=_ask, args=(waiting.pop(0), far), daemon=True)
            running[near].start()
            far.close()
        ready = wait(list(running))
        for near in [each for each in running if each in ready]:
            with contextlib.suppress(EOFError):
                yield near.recv()
            running.pop(near).join()


def _ask(path: str, answer: Connection) -> None:
    sys.stdout = sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115  # to the end
    answer.send(asked(path))


def main() -> None:
    """Answer for the paths on standard input."""
    import torch  # noqa: F401  # once for all forks

    for found in all_asked(sys.stdin.read().splitlines(), os.cpu_count() or 1):
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
