"""The workers of one submission, one after the other: the living one and how the others ended."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from nndl2.checks.bounds import swollen
from nndl2.checks.model import CheckError, Reason, StudentError, Unusable
from nndl2.checks.patience import too_long
from nndl2.checks.plain import lacks_memory

from . import frames, messages
from .channel import Channel, Ending
from .held import Sent
from .limits import Limits
from .quotes import Quotes
from .tries import Loss

Reply = tuple[frames.Header, tuple[np.ndarray, ...]]
PATIENCE = 2  # a target that was late so often is not asked again, or one loop takes all the time
STRANGE = "sent something that is no answer; a person will look at it"


class Parent(Protocol):
    """Where workers come from."""

    @property
    def cuda(self) -> bool: ...

    def channel(self, limits: Limits) -> Channel: ...


class Lives:
    """Asks the living worker, starting and loading one where there is none.

    `now` numbers the living one, or the one to come; `ends[i]` says how worker i ended. `losses`
    are the questions, by number, at which one ended and nobody knows why, each with what was seen.
    """

    def __init__(self, parent: Parent, source: bytes, file: str, limits: Limits) -> None:
        self.parent, self.source, self.file, self.limits = parent, source, file, limits
        self.channel: Channel | None = None
        self.sent = Sent()  # to the living one
        self.loaded = False
        self.failure: Unusable | None = None
        self.ends: list[Unusable] = []
        self.losses: list[Loss] = []
        self.quotes = Quotes(source, file)
        self.loaded_before = False
        self.late: dict[str, list[Unusable]] = {}
        self.asked = 0
        self.seconds = 0.0
        self.peak_memory = 0
        self.log = ""
        self.notes: tuple[str, ...] = ()

    @property
    def now(self) -> int:
        return len(self.ends)

    def ask(
        self, verb: str, name: str, fields: Mapping[str, Any], arrays: Sequence[np.ndarray]
    ) -> Reply:
        """The answer of a worker that has loaded the submission.

        Raises what the student's code raised, or `Unusable` that says how the worker ended.
        """
        if self.failure is None and self.seconds >= self.limits.budget_seconds:
            raise Unusable(self._spent(), Reason.TIMED_OUT, name)
        if len(late := self.late.get(name, [])) >= PATIENCE:
            raise late[-1]
        self.load()
        return self._exchange(verb, name, fields, arrays, self.limits.question_seconds)

    def load(self) -> None:
        """Have a living worker that loaded the submission, or raise why it cannot be loaded."""
        if self.failure is None and not self.loaded:
            self._start()
            source = np.frombuffer(self.source, np.uint8)
            try:
                fields = {"file": self.file, "cpu_seconds": self.limits.load_cpu_seconds}
                answer, _ = self._exchange("load", "", fields, [source], self.limits.load_seconds)
                if "endless" in answer:
                    line = messages.unpack_line(answer["endless"])
                    raise too_long(self.file, self.limits.load_cpu_seconds, line)
                self.notes = messages.unpack_notes(answer.get("notes"))
                self.loaded = self.loaded_before = True
            except Unusable as e:
                self.failure = Unusable(e.sentence, e.reason, line=e.line)
            except (CheckError, frames.ProtocolError):
                self.failure = self.strange("")
        if self.failure is not None:
            raise self.failure

    def close(self) -> None:
        """End the living worker, if there is one."""
        if self.channel is not None:
            self._end(kill=True)
            self._ended("the submission was closed", Reason.NONE, "")

    def strange(self, name: str) -> Unusable:
        """End a worker whose answer to `name` does not keep to the protocol; what to raise."""
        self._end(kill=True)
        return self._ended(self._sentence(name, STRANGE), Reason.SUSPICIOUS, name)

    def _start(self) -> None:
        if self.channel is not None:
            return
        self.sent = Sent()
        try:
            self.channel = self.parent.channel(self.limits)
        except Unusable:
            self.losses.append((self.asked, "no process"))
            raise
        try:
            self.channel.hear(time.monotonic() + self.limits.load_seconds)
        except (EOFError, TimeoutError, frames.ProtocolError):
            said = self._end(kill=False).log.decode("utf-8", "replace").split("\n")
            why = messages.clean(next((line for line in reversed(said) if line.strip()), ""))
            text = f"the grader could not prepare a process for this submission ({why})"
            raise self._ended(text, Reason.ENVIRONMENT, "") from None

    def _exchange(
        self,
        verb: str,
        name: str,
        fields: Mapping[str, Any],
        arrays: Sequence[np.ndarray],
        seconds: float,
    ) -> Reply:
        """One question to the living worker."""
        assert self.channel is not None
        self.asked += 1
        start = time.monotonic()
        allowed = min(seconds, self.limits.budget_seconds - self.seconds)
        question = {"ask": verb, "name": name, "number": self.asked, **fields}
        fresh: Sequence[np.ndarray] = ()
        if verb == "put":  # which copies what it is given
            question["places"], arrays, fresh = self.sent.laid(arrays)
        try:
            answer, found = self.channel.ask(question, arrays, start + allowed)
            self.sent.kept.extend(fresh)
            if answer.get("number") != self.asked:
                raise frames.ProtocolError("an answer to another question")
            error = messages.unpack_error(answer["error"]) if "error" in answer else None
        except TimeoutError:
            raise self._late(name, seconds, allowed) from None
        except ValueError:  # nothing was sent: only what it answered itself can be so large
            raise swollen(name) from None
        except EOFError:
            happened, reason = self._end(kill=False).explained()
            raise self._ended(self._sentence(name, happened), reason, name) from None
        except frames.ProtocolError:
            raise self.strange(name) from None
        finally:
            self.seconds += time.monotonic() - start
        if error is not None:
            asked_before = name or self.loaded_before
            error = self.quotes.error(error, name) if asked_before else error
            if isinstance(error, StudentError) and lacks_memory(error.kind, error.message):
                self._end(kill=True)  # what it holds would be lacking in the next question
                self._ended(self._sentence(name, "ran out of memory"), Reason.CRASHED, name)
            raise error
        return answer, found

    def _late(self, name: str, seconds: float, allowed: float) -> Unusable:
        self._end(kill=True)
        if allowed < seconds:
            text = self._spent()
        elif name:
            text = f"{name} did not answer within {seconds:g} s"
        else:
            text = too_long(self.file, seconds).sentence
        error = self._ended(text, Reason.TIMED_OUT, name)
        self.late.setdefault(name, []).append(error)
        return error

    def _spent(self) -> str:
        return f"the {self.limits.budget_seconds:g} s for one submission are used up"

    def _sentence(self, name: str, happened: str) -> str:
        return f"the program {happened}, while {name or self.file} {'ran' if name else 'loaded'}"

    def _ended(self, sentence: str, reason: Reason, name: str) -> Unusable:
        self.ends.append(Unusable(sentence, reason, name))
        return self.ends[-1]

    def _end(self, kill: bool) -> Ending:
        """End the living worker and keep what it leaves: its peak memory and what it printed."""
        assert self.channel is not None
        channel, self.channel, self.loaded = self.channel, None, False
        ending = channel.end(kill)
        if channel.abandoned:
            self.losses.append((self.asked, "no warm parent"))
        elif ending.unexplained and not kill:
            self.losses.append((self.asked, "no keeper" if ending.code is None else "SIGKILL"))
        self.peak_memory = max(self.peak_memory, ending.peak)
        room = self.limits.output_bytes - len(self.log)
        text = ending.log.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
        self.log += messages.clean(text, room, keep="\n\t")
        return ending
