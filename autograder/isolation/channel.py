"""The trusted end of one worker: questions go out, answers come in, and how it ended is told."""

from __future__ import annotations

import contextlib
import select
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nndl2.checks.model import Reason

from . import frames
from .limits import KILL, LAMED, MIB

NUDGE_SECONDS = 2.0
REPORT_SECONDS = 12.0  # a keeper takes at most GRACE and END seconds of its own


OVER = {
    "folder": "filled the folder it may write to",
    "memory": "took more memory than it may, with the processes it started",
}


@dataclass(frozen=True)
class Ending:
    """How a worker ended: its exit code (negative: a signal), peak memory in bytes, its output.

    `killed` by the grader; `silent` when its keeper lives and does not tell; `over` a limit that
    the keeper holds it to.
    """

    code: int | None = None
    killed: bool = False
    peak: int = 0
    log: bytes = b""
    silent: bool = False
    over: str = ""

    @property
    def unexplained(self) -> bool:
        """Whether something outside may have ended it: the system where memory is short, say."""
        lost_keeper = self.code is None and not self.silent
        by_whom = self.killed or self.over
        return lost_keeper or (self.code == -signal.SIGKILL and not by_whom)

    def explained(self) -> tuple[str, Reason]:
        """What happened, to follow "the program", and the reason it stands for."""
        if self.over:
            return OVER[self.over], Reason.CRASHED
        if self.code is None:
            return "ended with the process that watches over it", Reason.SUSPICIOUS
        if self.killed:
            return "closed its connection to the grader", Reason.SUSPICIOUS
        if self.code == LAMED:
            return "left its process unable to answer, as when memory runs out", Reason.CRASHED
        if self.code >= 0:
            return f"ended itself (os._exit or sys.exit, status {self.code})", Reason.CRASHED
        if -self.code == signal.SIGXCPU:
            return "used up its processor time", Reason.TIMED_OUT
        text = f"was ended by signal {_signal_name(-self.code)}"
        if -self.code == signal.SIGKILL:
            text += f", as happens when memory runs out (it held {self.peak // MIB} MiB)"
        return text, Reason.CRASHED


class Channel:
    """One worker's two sockets: `talk` to the worker itself, `lease` to its keeper."""

    def __init__(
        self,
        talk: socket.socket,
        lease: socket.socket,
        nudge: Callable[[], None],
        give_up: Callable[[], None],
    ) -> None:
        self.talk, self.lease, self.nudge, self.give_up = talk, lease, nudge, give_up
        self.abandoned = False

    def ask(
        self, header: frames.Header, arrays: frames.Arrays, deadline: float
    ) -> tuple[frames.Header, tuple[np.ndarray, ...]]:
        """One question and its answer; raises what `frames` raises."""
        frames.send(self.talk, header, arrays, deadline)
        return self.hear(deadline)

    def hear(self, deadline: float) -> tuple[frames.Header, tuple[np.ndarray, ...]]:
        """What the worker says next; raises what `frames` raises."""
        return frames.receive(self.talk, deadline, frames.ANSWER_LIMIT)

    def abandon(self) -> None:
        """Have the worker ended, from any thread, because what it stands on is gone."""
        self.abandoned = True
        with contextlib.suppress(OSError):
            self.lease.sendall(KILL)

    def end(self, kill: bool) -> Ending:
        """End the worker, at once or after it had a moment to end by itself; call it once."""
        with self.talk, self.lease:
            with contextlib.suppress(OSError):
                self.lease.settimeout(1)
                if kill:
                    self.lease.sendall(KILL)
                self.lease.shutdown(socket.SHUT_WR)
            if not select.select([self.lease], [], [], NUDGE_SECONDS)[0]:
                self.nudge()  # a program of the same user can have stopped its keeper
            try:
                header, arrays = frames.receive(self.lease, time.monotonic() + REPORT_SECONDS)
                return _ending(header, arrays)
            except EOFError:
                return Ending()
            except (TimeoutError, frames.ProtocolError):
                self.give_up()
                return Ending(silent=True)


def _ending(header: frames.Header, arrays: tuple[np.ndarray, ...]) -> Ending:
    code, peak, over = header.get("code"), header.get("peak"), header.get("over")
    if not (code is None or type(code) is int) or type(peak) is not int or len(arrays) != 1:
        raise frames.ProtocolError("no report")
    killed, over = header.get("killed") is True, over if over in ("folder", "memory") else ""
    return Ending(code, killed, peak, arrays[0].tobytes(), over=over)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
