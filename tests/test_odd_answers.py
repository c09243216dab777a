"""No answer, however odd, is the grader's fault: a program cannot have itself held by lying."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from autograder import assignments
from nndl2.checks.model import Outcome
from nndl2.checks.names import checks_of
from nndl2.checks.run import run
from nndl2.checks.show import public_report
from nndl2.checks.submission import Gradients, Layer, Odd, Value
from nndl2.probing.probe import Probe

VAE = assignments.load("vae")


LIES: dict[str, Callable[[np.ndarray], Value]] = {
    "a number": lambda a: np.float32(a.sum()) + np.zeros((), np.float32),
    "one of one": lambda a: a.reshape(-1)[:1],
    "nothing": lambda a: np.atleast_1d(a)[:0],
    "no columns": lambda a: np.atleast_1d(a)[..., :0],
    "flat": lambda a: a.reshape(-1),
    "one more axis": lambda a: a[None],
    "one less": lambda a: a[0] if a.ndim else a,
    "eight axes": lambda a: a.reshape((1,) * (8 - min(a.ndim, 8)) + a.shape),
    "turned": lambda a: a.T,
    "one row more": lambda a: np.concatenate([a, a[:1]]) if a.ndim else a,
    "not numbers": lambda a: np.full(a.shape, np.nan),
    "endless": lambda a: np.full(a.shape, -np.inf, np.float32),
    "huge": lambda a: np.full(a.shape, 1e308),
    "tiny": lambda a: np.full(a.shape, 5e-324),
    "whole": lambda a: np.zeros(a.shape, np.int8),
    "unsigned": lambda a: np.full(a.shape, 2**64 - 1, np.uint64),
    "true": lambda a: np.ones(a.shape, bool),
    "half": lambda a: a.astype(np.float16),
    "None": lambda a: None,
    "odd": lambda a: Odd("Sneaky"),
    "a tuple": lambda a: (a, a),
    "an empty tuple": lambda a: (),
    "nested": lambda a: ((a,), (None, (Odd("x"),))),
}


class Liar:
    """Answers as the reference does, but for those questions that `is_lie` picks by number."""

    def __init__(self, lie: Callable[[np.ndarray], Value], is_lie: Callable[[int], bool]):
        self.honest, self.lie, self.is_lie, self.asked = _honest(), lie, is_lie, 0

    def __getattr__(self, verb: str):
        return getattr(self.honest, verb)

    def lies(self) -> bool:
        self.asked += 1
        return self.is_lie(self.asked)

    def value(self, value: Value) -> Value:
        if isinstance(value, tuple):
            return tuple(map(self.value, value))
        return self.lie(value) if isinstance(value, np.ndarray) else value

    def call(self, *args, keep=False, **kw):
        value = self.honest.call(*args, keep=keep, **kw)
        if not self.lies():
            return value
        return (self.value(value[0]), value[1]) if keep else self.value(value)

    def gradients(self, *args, **kw):
        found = self.honest.gradients(*args, **kw)
        if not self.lies():
            return found
        by = {name: self.array(a) for name, a in found.by.items()}
        return Gradients(self.value(found.output), by)

    def weights(self, handle, numbers=True, most=None):
        found = self.honest.weights(handle, numbers, most)
        told = {name: self.array(a) for name, a in found.items()} if self.lies() else found
        return {name: a for name, a in told.items() if a is not None}

    def layers(self, handle, *arrays):
        found = self.honest.layers(handle, *arrays)
        shape = np.shape(self.array(np.zeros((3, 4))))
        return [Layer("", "Linear", shape, ())] * len(found) if self.lies() else found

    def array(self, a: np.ndarray | None) -> np.ndarray | None:
        """A lie that the protocol lets pass where only arrays and None can come."""
        told = a if a is None else self.lie(a)
        return told if isinstance(told, np.ndarray) else None


def _honest() -> Probe:
    return Probe(VAE.reference, "vae.py")


def faults(liar: Liar) -> list[str]:
    verdicts = run(VAE.public, VAE.checks, liar, b"odd", oracle=VAE.oracle, secret=True)
    assert liar.asked > 20
    return [v.check.id for v in verdicts if v.outcome is Outcome.FAULT]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a number", "nothing", "true", "odd"])
def test_a_program_that_always_lies_fails(name):
    assert faults(Liar(LIES[name], lambda number: True)) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", LIES)
def test_a_program_that_lies_now_and_then_fails(name):
    assert faults(Liar(LIES[name], lambda number: number % 3 == 1)) == []


@pytest.mark.parametrize(
    "answer", ["1", "torch.tensor(1.0)", "torch.empty(0)", "torch.zeros(3, 0)"]
)
def test_a_decoder_without_rows_is_told_so(answer: str, tmp_path: Path) -> None:
    private = assignments.load("beta_vae")
    source, line = private.reference.decode(), "x_hat = self.net(z).unsqueeze(1)"
    path = tmp_path / private.public.module
    path.write_text(source.replace(line, f"x_hat = {answer}"), "utf-8")
    asked = [check for check in checks_of("beta_vae") if check.part == "cvae_decoder"]
    outcomes = {v.outcome for v in public_report(private.public, asked, path).verdicts}
    assert Outcome.FAIL in outcomes and Outcome.FAULT not in outcomes
