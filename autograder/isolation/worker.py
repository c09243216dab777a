"""The worker: a fork of the warm parent that puts up walls, loads one submission and answers.

From the first question on everything in this process may have been changed by student code; it can
harm only itself, because what leaves it is data that the trusted side checks.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import torch

from nndl2.checks.model import CheckError, Frame, NotWritten, StudentError, Unusable
from nndl2.probing.probe import Probe

from . import frames, messages, walls
from .held import Held
from .limits import LAMED, Limits

Answer = dict[str, Any]
Arrays = list[np.ndarray]
KNOWN = (NotWritten, StudentError, Unusable)
ASKING = (
    *(c.__module__ for c in Probe.__mro__ if c is not object),
    *("nndl2.probing.taking", "nndl2.probing.planting", __name__.partition(".")[0]),
)


def work(
    talk: socket.socket,
    output: int,
    folder: Path,
    limits: Limits,
    deeper: walls.Deeper,
    keeper: int,
) -> NoReturn:
    """The whole life of a worker; it ends when the grader hangs up."""
    try:
        talk = walls.put_up(talk, output, folder, limits, deeper, keeper)
        cuda = limits.gpu and torch.cuda.is_available()
        frames.send(talk, {"ready": True, "cuda": cuda})
        unlist(ASKING)
        serve(talk)
    except EOFError:
        os._exit(0)
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
    finally:
        os._exit(LAMED)


def unlist(names: Collection[str]) -> None:
    """Let an import of these modules find copies, and not those that ask the student's code.

    It stops who patches them by name; who looks for them through frames or gc still finds them.
    """
    for name in [n for n in sys.modules if n.startswith(tuple(names))]:
        package, _, last = name.rpartition(".")
        del sys.modules[name]
        if package in sys.modules:
            delattr(sys.modules[package], last)


def serve(talk: socket.socket) -> None:
    """Answer questions, one at a time; a program that forked answers only in its first process."""
    me, probe, held = os.getpid(), None, Held()
    while True:
        question, sent = frames.receive(talk)
        arrays = held.full(question.get("places", [-1] * len(sent)), sent)
        if question["ask"] == "load":
            seconds = question["cpu_seconds"]
            probe, answer, back = _load(question["file"], arrays[0].tobytes(), seconds)
        else:
            assert probe is not None
            answer, back = _asked(probe, question, arrays)
        if os.getpid() != me:
            os._exit(0)
        _flush()
        number = {"number": question["number"]}
        try:
            frames.send(talk, {**number, **answer}, back, limit=frames.ANSWER_LIMIT)
        except (ValueError, TypeError) as e:
            error = StudentError(question["name"], "ValueError", f"the answer is too much: {e}")
            frames.send(talk, {**number, "error": messages.pack_error(error)})


class Endless(KeyboardInterrupt):
    """What ends a file that computes for too long while it loads."""


@contextlib.contextmanager
def _bounded(seconds: float) -> Iterator[None]:
    """Raise `Endless` where the code uses so many seconds of processor time. It is for a loop by
    mistake: a file that catches it meets the grader's own clock."""

    def end(*_: object) -> NoReturn:
        raise Endless

    signal.signal(signal.SIGPROF, end)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _load(file: str, source: bytes, seconds: float) -> tuple[Probe | None, Answer, Arrays]:
    """Load a submission; what stops that, Ctrl-C too, counts for all of it and names no target."""
    with contextlib.suppress(OSError):
        Path(file).write_bytes(source)  # for open(__file__) and inspect
    try:
        with _bounded(seconds):
            probe = Probe(source, file)
        return probe, {"notes": list(probe.notes)}, []
    except Unusable as e:
        return None, {"error": messages.pack_error(e)}, []
    except BaseException as e:
        called = [
            f for f in traceback.extract_tb(e.__traceback__) if f.filename.startswith(f"<{file}")
        ]
        lines = tuple(Frame(file, f.lineno or 0, "") for f in called[-1:])
        if isinstance(e, Endless):
            return None, {"endless": max((frame.line for frame in lines), default=0)}, []
        error = Probe.unloadable(StudentError(file, type(e).__name__, "", lines))
        return None, {"error": messages.pack_error(error)}, []


def _asked(probe: Probe, question: Answer, arrays: Arrays) -> tuple[Answer, Arrays]:
    """The answer to one of the eight verbs, or what the student's code raised instead."""
    verb, target = VERBS[question["ask"]], messages.unpack_argument(question["target"], arrays)
    args = [messages.unpack_argument(a, arrays) for a in question["args"]]
    options = {k: v for k, v in question["options"].items() if v is not None}
    options |= {k: messages.unpack_argument(a, arrays) for k, a in question["named"].items()}
    try:
        back: Arrays = []
        return verb(probe, back, target, *args, **options), back
    except BaseException as e:
        error = e if isinstance(e, KNOWN) else _raised(probe, question["name"], e)
        return {"error": messages.pack_error(error)}, []


def _raised(probe: Probe, name: str, e: BaseException) -> CheckError:
    """What the probe let through: Ctrl-C, or a value that raises when it is looked at."""
    try:
        return StudentError(name, type(e).__name__, " ".join(str(e).split()), probe.frames(e))
    except Exception:
        return StudentError(name, type(e).__name__, "")


def _build(probe: Probe, back: Arrays, cls: str, /, *args: Any, **kw: Any) -> Answer:
    return {"key": probe.build(cls, *args, **kw).key}


def _renew(probe: Probe, back: Arrays, handle: Any, /) -> Answer:
    return {"renewed": probe.renew(handle)}


def _call(probe: Probe, back: Arrays, target: Any, /, *args: Any, **kw: Any) -> Answer:
    return {"value": messages.pack_value(probe.call(target, *args, **kw), back)}


def _gradients(probe: Probe, back: Arrays, target: Any, /, *args: Any, **kw: Any) -> Answer:
    found = probe.gradients(target, *args, **kw)
    output = messages.pack_value(found.output, back)
    pack = messages.pack_named if kw.get("numbers", True) else messages.pack_levelled
    return {"value": output, "by": pack(found.by, back)}


def _read(probe: Probe, back: Arrays, target: Any, /) -> Answer:
    return {"value": messages.pack_value(probe.read(target), back)}


def _weights(
    probe: Probe, back: Arrays, handle: Any, /, numbers: bool, most: int | None = None
) -> Answer:
    found = probe.weights(handle, numbers, most)
    return {"by": messages.pack_named(found, back) if numbers else messages.pack_shapes(found)}


def _put(probe: Probe, back: Arrays, handle: Any, arrays: Any, /) -> Answer:
    probe.put(handle, arrays)
    return {"put": True}


def _layers(probe: Probe, back: Arrays, handle: Any, /, *args: Any) -> Answer:
    return {"layers": messages.pack_layers(probe.layers(handle, *args))}


VERBS: dict[str, Callable[..., Answer]] = {
    "build": _build,
    "renew": _renew,
    "call": _call,
    "gradients": _gradients,
    "read": _read,
    "weights": _weights,
    "put": _put,
    "layers": _layers,
}


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # whatever stands there by now is the student's
            stream.flush()
