"""bubblewrap around the warm parent: a read-only system without the course, no network, own PIDs.

What is not named here does not exist in there: the root is an empty file system, in which Python,
its packages and the system's libraries are mounted read-only. Only `base`, where workers have
their folders, can be written to.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from .system import LINUX

KIT = Path(__file__).resolve().parents[1]
SYSTEM = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store"]
SETTINGS = ["/etc/ld.so.cache", "/etc/localtime", "/etc/fonts", "/etc/alternatives"]
PACKAGES = ("torch", "numpy", "torchvision", "matplotlib", "tqdm")
TRY_SECONDS = 20.0
TRIALS = 3
KILLED = (-signal.SIGKILL, 128 + signal.SIGKILL)  # bubblewrap itself, or what it wraps
APART = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]


def wrapping(base: Path, runtime: Path) -> list[str]:
    """The command that wraps one beginning with this Python, empty where none works.

    As root no new user namespace is made first, so that a worker can become another user in there.
    A shell outside removes `base` in the end, which from the inside cannot be done.
    """
    program = shutil.which("bwrap")
    if not LINUX or not program:
        return []
    users: tuple[list[str], ...] = ([], ["--unshare-user"])
    for user in users if os.getuid() == 0 else users[1:]:
        command = [program, *user, *APART, "--as-pid-1", "--new-session"]
        command += [*_mounts(base, runtime), "--chdir", str(base), "--"]
        if _starts(command):
            return ["/bin/sh", "-c", '"$@"; rm -rf -- "$0"', str(base), *command]
    return []


def _starts(command: list[str]) -> bool:
    """Whether the wrapped Python runs; what it needs is there when it finds its own packages.

    A trial that was killed from outside tells nothing.
    """
    trial = [*command, sys.executable, "-I", "-B", "-S", "-c", "import json"]
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        nothing = subprocess.DEVNULL
        for _ in range(TRIALS):
            done = subprocess.run(
                trial, stdin=nothing, stdout=nothing, stderr=nothing, env={}, timeout=TRY_SECONDS
            )
            if done.returncode not in KILLED:
                return done.returncode == 0
    return False


def _mounts(base: Path, runtime: Path) -> list[str]:
    course = KIT.parent
    hidden = KIT if (course / "torch").is_dir() else course  # installed beside torch, or a clone
    steps = dict.fromkeys(_shown(), "--ro-bind-try")
    if any(hidden.is_relative_to(path) for path in steps):
        steps[hidden] = "--tmpfs"
    steps |= {base: "--bind", runtime: "--ro-bind"}
    for path in list(steps):
        for parent in path.parents[:-1]:  # else readable by root alone where `path` is
            steps.setdefault(parent, "--dir")
    mounts = []
    for path in sorted(steps, key=lambda p: len(p.parts)):  # what lies inside another comes later
        mounts += [steps[path], *[str(path)] * (2 if "bind" in steps[path] else 1)]
    gpus = [str(device) for device in sorted(Path("/dev").glob("nvidia*"))]
    return [
        *("--dev", "/dev"),
        *(word for gpu in gpus for word in ("--dev-bind-try", gpu, gpu)),
        *("--remount-ro", "/dev", "--proc", "/proc"),
        *("--ro-bind-try", "/sys/devices/system", "/sys/devices/system"),
        *(*mounts, "--remount-ro", "/"),
    ]


def _shown() -> Iterator[Path]:
    """Python, the folders that hold what a submission may import, and the system's libraries."""
    yield from map(Path, [*SYSTEM, *SETTINGS])
    yield from {Path(sys.prefix), Path(sys.base_prefix), Path(sys.base_exec_prefix)}
    yield from {Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")}
    for package in PACKAGES:
        found = importlib.util.find_spec(package)
        if found is not None and found.origin:
            yield Path(found.origin).parents[1]
    yield from map(Path, filter(None, os.environ.get("LD_LIBRARY_PATH", "").split(":")))
