"""The warm parent: imports torch and NumPy once, never sees student code, forks on request.

Started by `parent.py`, inside bubblewrap where that works, as `python -I -B -c ... runtime base
control walls`. `runtime` holds copies of these modules and of nndl2, and nothing else of the kit;
`walls` names those that may be used. It has one thread and touches no GPU.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import select
import shutil
import signal
import socket
import sys
import time
from collections.abc import Collection, Sequence
from importlib.machinery import PathFinder
from pathlib import Path

import torch

from nndl2.checks.names import prescribed

from . import frames, walls
from .keeper import keep, wake_on_child
from .limits import Limits
from .system import adopt_orphans, descendants, hide_memory

LAST_SECONDS = 10.0
LATER = (  # what the first question would import: to seed NumPy, for a gradient, to read a file
    "numpy.random",
    "torch.nested._internal.nested_tensor",
    "encodings.utf_8_sig",
)


def main(base: Path, control: socket.socket, allowed: Collection[str]) -> None:
    """Fork a keeper and its worker for each request until the grader hangs up."""
    hide_the_kit()
    hide_memory()
    torch.set_num_threads(1)
    sys.stdout.flush()
    prescribed()  # here, not in each worker that lacks one of these names
    load(LATER)
    gc.enable()
    adopt_orphans()
    deeper = walls.survey(base, allowed)
    wake = wake_on_child()
    keepers: set[int] = set()
    try:
        frames.send(control, {"walls": deeper.names()})
        while True:
            ready = select.select([control.fileno(), wake], [], [])[0]
            if wake in ready:
                os.read(wake, 1 << 16)
                reap(keepers)
            if control.fileno() in ready:
                obey(control, base, deeper, keepers)
    except EOFError:
        leave(wake, keepers)
        shutil.rmtree(base, ignore_errors=True)
        os._exit(0)  # quicker than taking torch apart


def obey(control: socket.socket, base: Path, deeper: walls.Deeper, keepers: set[int]) -> None:
    """Do what the grader asks: fork for a submission, see to a keeper that does not answer, or
    import more of torch for all that are forked later."""
    request = frames.receive(control)[0]
    for what, number in (("wake", signal.SIGCONT), ("end", signal.SIGKILL)):
        if what in request:
            if request[what] in keepers:
                os.kill(request[what], number)
            return
    if "load" in request:
        load(request["load"])
        frames.send(control, {"loaded": True})
        return
    _, numbers, _, _ = socket.recv_fds(control, 1, 2)
    talk, lease = (socket.socket(fileno=n) for n in numbers)
    pid = os.fork()
    if pid == 0:
        control.close()
        try:
            keep(talk, lease, Limits(**request["fork"]), deeper, base)
        finally:
            os._exit(0)
    keepers.add(pid)
    talk.close()
    lease.close()
    frames.send(control, {"keeper": pid})


def load(modules: Sequence[str]) -> None:
    """Import modules that programs are going to need; what another torch has not is left out."""
    for name in modules:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    gc.collect()
    gc.freeze()


def reap(keepers: set[int]) -> None:
    """Collect dead keepers, and kill what lost its keeper and was adopted."""
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            break
        keepers.discard(pid)
    for orphan in descendants(os.getpid(), frozenset(keepers)):
        with contextlib.suppress(OSError):
            os.kill(orphan, signal.SIGKILL)


def leave(wake: int, keepers: set[int]) -> None:
    """The grader is gone: its keepers see that too and clear up; what does not is killed."""
    end = time.monotonic() + LAST_SECONDS
    while descendants(os.getpid()) and time.monotonic() < end:
        select.select([wake], [], [], 0.05)
        reap(keepers)
    for left in descendants(os.getpid()):
        with contextlib.suppress(OSError):
            os.kill(left, signal.SIGKILL)


def hide_the_kit() -> None:
    """Let no import find the grader's own package, however the kit was installed."""
    sys.path[:] = [p for p in sys.path if not _leads_to_the_kit(Path(p))]
    sys.meta_path[:] = [f for f in sys.meta_path if f is PathFinder or not _finds_the_kit(f)]
    sys.modules["autograder"] = None  # type: ignore[assignment]  # documented: blocks the import
    sys.path_importer_cache.clear()


def _leads_to_the_kit(path: Path) -> bool:
    return (path / "autograder" / "isolation").is_dir() and not (path / "torch").is_dir()


def _finds_the_kit(finder: object) -> bool:
    find = getattr(finder, "find_spec", None)
    try:
        return find is not None and find("autograder", None) is not None
    except Exception:
        return False
