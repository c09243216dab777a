"""Importing and calling functions of a package without letting them do anything."""

from __future__ import annotations

import contextlib
import functools
import importlib
import io
import os
import random
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch


@contextlib.contextmanager
def imported(package: Path) -> Iterator[dict[str, Any]]:
    """The modules of the package in a folder, in place of those that have its name."""
    before = f"{package.name}."
    kept = {n: sys.modules.pop(n) for n in list(sys.modules) if f"{n}.".startswith(before)}
    no_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    sys.path.insert(0, str(package.parent))
    importlib.invalidate_caches()
    try:
        files = (path.relative_to(package.parent) for path in sorted(package.rglob("*.py")))
        names = [".".join(file.with_suffix("").parts).removesuffix(".__init__") for file in files]
        yield {name: importlib.import_module(name) for name in names}
    finally:
        sys.path.remove(str(package.parent))
        sys.dont_write_bytecode = no_bytecode
        for name in [n for n in sys.modules if f"{n}.".startswith(before)]:
            del sys.modules[name]
        sys.modules.update(kept)


class Refused(PermissionError):
    """What is called may look and compute, and do nothing else."""


class TooLong(BaseException):
    """Called functions catch exceptions; not this one."""


EFFECTS = (
    *("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate"),
    *("os.chmod", "os.chown", "os.utime", "os.chdir", "os.putenv", "os.unsetenv", "os.kill"),
    *("os.fork", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "os.startfile"),
    *("shutil.", "subprocess.", "socket.", "tempfile.", "urllib.", "webbrowser."),
    *("_thread.start_", "builtins.input", "time.sleep"),
)
LOADED = {"torch", "numpy", "nndl2"}  # packages that may load more of themselves meanwhile
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_guarding = False


def _refuse(event: str, details: tuple[Any, ...]) -> None:
    if not _guarding:
        return
    if event == "open":
        _, mode, flags = details
        if (isinstance(flags, int) and flags & WRITING) or set(mode or "") & set("wax+"):
            raise Refused(f"{details[0]} may not be written")
    elif event == "import":
        top = details[0].partition(".")[0]
        if top not in sys.stdlib_module_names and top not in LOADED:
            raise Refused(f"{details[0]} is not loaded for functions that are only looked at")
    elif event.startswith(EFFECTS):
        raise Refused(f"{event} is not for functions that are only looked at")


def _no_thread(thread: threading.Thread) -> None:
    """In place of a thread's `start`, of which Pythons before 3.12 tell no audit hook."""
    _refuse("_thread.start_new_thread", (thread,))


@functools.cache
def _hook() -> None:
    sys.addaudithook(_refuse)  # which stays until the process ends, and does nothing by then


@contextlib.contextmanager
def harmless() -> Iterator[None]:
    """Refuse effects, keep what is printed to itself, and put random streams back."""
    global _guarding
    _hook()
    streams = random.getstate(), np.random.get_state()
    dtype, finders, path = torch.get_default_dtype(), list(sys.meta_path), list(sys.path)
    with contextlib.ExitStack() as stack:
        stack.enter_context(torch.random.fork_rng(devices=[]))
        stack.enter_context(torch.enable_grad())
        stack.enter_context(warnings.catch_warnings())
        stack.enter_context(mock.patch.object(threading.Thread, "start", _no_thread))
        stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
        warnings.simplefilter("ignore")
        _guarding = True
        try:
            yield
        finally:
            _guarding = False
            random.setstate(streams[0])
            np.random.set_state(streams[1])
            torch.set_default_dtype(dtype)
            sys.meta_path[:], sys.path[:] = finders, path


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise TooLong in what computes for longer than `seconds`, however busy the machine is."""

    def stop(*_: Any) -> None:
        raise TooLong

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
