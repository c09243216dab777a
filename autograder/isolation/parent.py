"""`WarmParent`: starts the process that forks workers, gives it a clean world, restarts it."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO

import nndl2
from nndl2.checks.model import Reason, Unusable

from . import bubblewrap, frames
from .channel import Channel
from .limits import Limits
from .remote import Remote
from .system import LINUX, descendants, hide_memory

HERE = Path(__file__).resolve().parent
FAR_SIDE = [
    "warm",
    "keeper",
    "worker",
    "walls",
    "system",
    "limits",
    "frames",
    "held",
    "messages",
    "landlock",
    "seccomp",
]
ALL_WALLS = ("bubblewrap", "uid", "landlock", "seccomp")
START = (  # collecting garbage while torch is imported takes an eighth of that, and finds nothing
    "import gc, sys, socket, pathlib; gc.disable(); sys.path.insert(0, sys.argv[1]); "
    "from boundary import warm; "
    "warm.main(pathlib.Path(sys.argv[2]), socket.socket(fileno=int(sys.argv[3])), sys.argv[4:])"
)
DRIVER = Path("/dev/nvidiactl")
START_SECONDS = 120.0
FORK_SECONDS = 30.0
CUDA_TRIES = 3
STOP_SECONDS = 15.0
KEPT = ["LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES"]  # where libraries and GPUs are, no secrets


class WarmParent:
    """A process that has imported torch and forks a fresh worker for each submission.

    Use it as a context manager, from any number of threads. `start_seconds` is what its start took.
    Workers get those of `walls` that hold on this machine, beside what every machine has; `walls`
    says afterwards which do. Raises `Unusable` with `Reason.ENVIRONMENT` when it cannot be started.
    """

    def __init__(self, walls: Iterable[str] = ALL_WALLS) -> None:
        self.allowed = frozenset(walls)
        self.walls: frozenset[str] = frozenset()
        self.start_seconds = 0.0
        self.pid = 0
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._base: Path | None = None
        self._cuda: bool | None = None
        self._wanted: list[str] = []
        self._loaded: list[str] = []
        self._far_side: dict[str, bytes] = {}  # read once: the kit may be updated meanwhile
        self._channels: weakref.WeakSet[Channel] = weakref.WeakSet()
        self._closed = False

    def __enter__(self) -> WarmParent:
        with self._lock:
            self._closed = False
            self._start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def isolation(self) -> str:
        """What holds a worker on this machine, in one line."""
        line = [
            "process",
            *(["limits"] if LINUX else []),
            *(w for w in ALL_WALLS if w in self.walls),
        ]
        gpu = " (no landlock on the GPU)" if "landlock" in self.walls and DRIVER.exists() else ""
        return " + ".join(line) + gpu

    @property
    def cuda(self) -> bool:
        """Whether a worker sees a GPU: asked once, of a worker that never meets student code."""
        for _ in range(CUDA_TRIES):
            if self._cuda is None:
                self._cuda = self._sees_a_gpu()
        return self._cuda is True

    def _sees_a_gpu(self) -> bool | None:
        """What a fresh worker says; None when it does not come to that."""
        channel = self.channel(Limits(gpu=True))
        try:
            return channel.hear(time.monotonic() + FORK_SECONDS)[0].get("cuda") is True
        except (EOFError, TimeoutError, frames.ProtocolError):
            return None
        finally:
            channel.end(kill=True)

    def submission(self, source: bytes, file: str, *, limits: Limits | None = None) -> Remote:
        """A `Submission` that answers from `source`, the bytes of the student's `file`."""
        return Remote(self, source, file, limits or Limits())

    def want(self, modules: Iterable[str]) -> None:
        """Have workers begin with these modules of torch's imported, which take a while."""
        with self._lock:
            self._wanted += [name for name in modules if name not in self._wanted]

    def channel(self, limits: Limits) -> Channel:
        """A fresh worker. A warm parent that died is started again, once."""
        with self._lock:
            if self._closed:
                raise _ours("the grader was stopped")
            try:
                return self._fork(limits)
            except (OSError, EOFError, frames.ProtocolError):
                self._stop()
            try:
                return self._fork(limits)
            except (OSError, EOFError, frames.ProtocolError) as e:
                raise _ours(f"no process could be started for it ({type(e).__name__})") from None

    def close(self) -> None:
        """End the process and everything under it; no more workers come of it."""
        with self._lock:
            self._closed = True
            self._stop()

    def _fork(self, limits: Limits) -> Channel:
        if self._process is None or self._process.poll() is not None:
            self._stop()
            self._start()
        assert self._control is not None
        self._load()
        deadline = time.monotonic() + FORK_SECONDS
        talk, far_talk = socket.socketpair()
        lease, far_lease = socket.socketpair()
        try:
            with far_talk, far_lease:
                request = {"fork": limits.fields()}
                frames.send(self._control, request, deadline=deadline)
                socket.send_fds(self._control, [b"+"], [far_talk.fileno(), far_lease.fileno()])
                keeper = frames.receive(self._control, deadline)[0]["keeper"]
        except BaseException:
            talk.close()
            lease.close()
            self._stop()
            raise
        channel = Channel(
            talk, lease, lambda: self._tell("wake", keeper), lambda: self._tell("end", keeper)
        )
        self._channels.add(channel)
        return channel

    def _load(self) -> None:
        """Import what is wanted in the process itself, once."""
        assert self._control is not None
        if lacking := [name for name in self._wanted if name not in self._loaded]:
            deadline = time.monotonic() + START_SECONDS
            frames.send(self._control, {"load": lacking}, deadline=deadline)
            frames.receive(self._control, deadline)
            self._loaded += lacking

    def _tell(self, what: str, keeper: int) -> None:
        """Have a keeper that does not answer woken or ended, by the process that surely knows it"""
        with self._lock, contextlib.suppress(OSError, EOFError):
            if self._control is not None:
                frames.send(self._control, {what: keeper}, deadline=time.monotonic() + 1)

    def _start(self) -> None:
        start = time.monotonic()
        self._loaded = []
        self._base = base = Path(tempfile.mkdtemp(prefix="autograder-"))
        self._far_side = self._far_side or _far_side()
        runtime = _runtime(base, self._far_side)
        self._control, far = socket.socketpair()
        wrapping = bubblewrap.wrapping(base, runtime) if "bubblewrap" in self.allowed else []
        command = [sys.executable, "-I", "-B", "-c", START, str(runtime), str(base)]
        hide_memory()  # the secret, and what is to be asked
        with far, tempfile.TemporaryFile() as log:
            self._process = subprocess.Popen(
                [*wrapping, *command, str(far.fileno()), *sorted(self.allowed)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=clean_environment(base),
                cwd=base,
                pass_fds=(far.fileno(),),
                start_new_session=True,
            )
            far.close()
            try:
                ready = frames.receive(self._control, start + START_SECONDS)[0]
            except (EOFError, TimeoutError, frames.ProtocolError):
                self._stop()
                text = _last_line(log)
                raise _ours(f"torch cannot be imported in a process of its own: {text}") from None
        walls = frozenset([*ready["walls"], *(["bubblewrap"] if wrapping else [])])
        if not walls >= self.walls:
            self._stop()
            raise _ours("walls that held before do not hold any more")
        self.walls = walls
        self.pid = [self._process.pid, *descendants(self._process.pid)][-1]  # the innermost
        self.start_seconds = time.monotonic() - start

    def _stop(self) -> None:
        for channel in self._channels:  # what a worker needs is taken away below
            channel.abandon()
        self._channels.clear()
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._base is not None:
            shutil.rmtree(self._base, ignore_errors=True)
        self._process = self._control = self._base = None
        self.pid = 0


def clean_environment(base: Path) -> dict[str, str]:
    """The few variables that a worker may know; of the grader's own only `KEPT`."""
    # one thread each: even a training of these small networks takes longer with two
    threads = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "MKL", "OPENBLAS")}
    fixed = {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "USER": "student",
        "HOME": str(base),
        "TMPDIR": str(base),
        "MPLBACKEND": "Agg",
        "PYTHONHASHSEED": "0",
        "TORCHDYNAMO_DISABLE": "1",  # a compiler starts programs, which no worker may
        "OMP_WAIT_POLICY": "PASSIVE",  # threads that spin starve each other on a busy machine
        # arrays of a few MB are kept for the next: new pages cost more than most answers
        "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
        "MALLOC_TRIM_THRESHOLD_": str(256 << 20),
    }
    return {name: os.environ[name] for name in KEPT if name in os.environ} | threads | fixed


def _far_side() -> dict[str, bytes]:
    """nndl2 and the far side's modules, all that a worker may import of the kit, by their paths."""
    course = Path(nndl2.__path__[0])
    paths = (p for p in course.rglob("*") if p.suffix in (".py", ".json"))
    files = {f"nndl2/{p.relative_to(course).as_posix()}": p.read_bytes() for p in paths}
    files |= {f"boundary/{name}.py": (HERE / f"{name}.py").read_bytes() for name in FAR_SIDE}
    return {"boundary/__init__.py": b"", **files}


def _runtime(base: Path, files: Mapping[str, bytes]) -> Path:
    """A folder that holds `files`, for every user to read."""
    runtime = base / "runtime"
    for name, content in files.items():
        (runtime / name).parent.mkdir(parents=True, exist_ok=True)
        (runtime / name).write_bytes(content)
    base.chmod(0o711)  # a worker may be another user
    for path in (runtime, *runtime.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return runtime


def _last_line(log: IO[bytes]) -> str:
    log.seek(0)
    lines = log.read().decode("utf-8", "replace").split("\n")
    return next((line for line in reversed(lines) if line.strip()), "it said nothing")[:200]


def _ours(text: str) -> Unusable:
    return Unusable(f"the grader could not run this submission: {text}", Reason.ENVIRONMENT)
