"""Runs inside bubblewrap: grades a folder as plain pytest or as nbgrader's cell would.

A process is forked (or, for what must be there before torch, started) for each folder; how it
ended, and what a cell put out, is judged out here. Jobs and answers are lines of JSON.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

SECONDS = 15.0
CPU_SECONDS = 10
POINTS = 12.0


def main() -> None:
    import nbformat  # noqa: F401 - what is imported here need not be imported for each folder
    import pytest  # noqa: F401
    import torch
    from IPython.core.interactiveshell import InteractiveShell  # noqa: F401
    from nbgrader.utils import determine_grade  # noqa: F401

    torch.set_num_threads(1)
    answers = os.fdopen(os.dup(1), "w", 1)
    for line in sys.stdin:
        job = json.loads(line)
        print(json.dumps(judged(job)), file=answers, flush=True)


def judged(job: dict[str, str]) -> dict[str, object]:
    """The exit code of pytest, or the grade of the cell."""
    folder = Path(job["folder"])
    code = ended(started(job["kind"], folder, bool(job["cold"])))
    for _ in range(3):
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)  # all that is left in this PID namespace
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
    if job["kind"] == "pytest":
        return {"code": code}
    return {"code": code, "grade": grade(folder / "outputs.json"), "points": POINTS}


def started(kind: str, folder: Path, cold: bool) -> int:
    """The process that tests what is in `folder`."""
    if cold:
        command = [sys.executable, "-B", __file__, kind, str(folder)]
        nothing = subprocess.DEVNULL
        return subprocess.Popen(
            command, stdin=nothing, stdout=nothing, stderr=nothing, cwd=folder
        ).pid
    pid = os.fork()
    if pid == 0:
        null = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(null, number)
        os.closerange(3, 256)
        os.setsid()
        child(kind, folder)
    return pid


def child(kind: str, folder: Path) -> None:
    """Test `folder` in this process, and end as such a process ends."""
    resource.setrlimit(resource.RLIMIT_AS, (16 << 30, 16 << 30))
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 << 20, 64 << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    sys.argv[:] = ["pytest", "--junitxml=results.xml"]
    sys.exit(with_pytest() if kind == "pytest" else with_a_cell(folder))


def with_pytest() -> int:
    import pytest

    return int(
        pytest.main(["-q", "-p", "no:cacheprovider", "--junitxml=results.xml", "test_vae.py"])
    )


def with_a_cell(folder: Path) -> int:
    """Run the cells as a kernel does, and write down what the last one puts out."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    shell = InteractiveShell.instance()
    for cell in json.loads((folder / "cells.json").read_text()):
        with capture_output() as seen:
            done = shell.run_cell(cell, store_history=True)
    outputs: list[dict[str, object]] = []
    if seen.stderr:
        outputs.append({"output_type": "stream", "name": "stderr", "text": seen.stderr})
    error = done.error_in_exec or done.error_before_exec
    if error is not None:
        name = type(error).__name__
        outputs.append({"output_type": "error", "ename": name, "evalue": "", "traceback": []})
    Path("outputs.json").write_text(json.dumps(outputs))
    return 0


def grade(file: Path) -> float:
    """What nbgrader makes of the outputs; a kernel that died has none, and no points."""
    import nbformat
    from nbgrader.utils import determine_grade

    try:
        outputs = json.loads(file.read_text())
    except (OSError, ValueError):
        return 0.0
    cell = nbformat.v4.new_code_cell("", outputs=list(map(nbformat.from_dict, outputs)))
    cell.metadata["nbgrader"] = {"grade": True, "solution": False, "points": POINTS, "locked": True}
    try:
        found = determine_grade(cell, logging.getLogger())[0]
    except (ValueError, KeyError):
        return 0.0
    return 0.0 if found is None else float(found)


def ended(pid: int) -> int | None:
    """The exit code of `pid`, None where it had to be killed."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    return None


if __name__ == "__main__":
    if len(sys.argv) == 3:
        child(sys.argv[1], Path(sys.argv[2]))
    else:
        main()
