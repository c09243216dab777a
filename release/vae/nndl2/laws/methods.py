"""A network whose pieces are methods: one gives (mu, logvar) of images, one draws, one decodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nndl2.checks.compare import as_array
from nndl2.checks.model import CheckError, Mismatch, StudentError
from nndl2.checks.submission import Mode
from nndl2.laws import values
from nndl2.laws.networks import Network
from nndl2.laws.outputs import outputs, three_outputs

Array = np.ndarray


@dataclass(frozen=True)
class Methods(Network):
    """A `Network` with an encoder that gives both mu and logvar, and a sampler of its own."""

    encoder: str = "encode"
    decoder: str = "decode"
    sampler: str = ".sample"

    def features(self, mode: Mode, c: Array | None = None) -> list[Array]:
        """What is known of the images behind the encoder: mu and logvar side by side."""
        return [np.concatenate(pair, axis=1) for pair in self.heads(mode)]

    def heads(self, mode: Mode, c: Array | None = None) -> list[tuple[Array, Array]]:
        """(mu, logvar) by the own encoder, which may give them side by side. A dict for a tuple, or
        more than the two, is told of the encoder itself."""
        target, names = self.model.part(self.encoder), ("mu", "logvar")
        out = self.student.call(target, self.x, mode=mode)
        if isinstance(out, np.ndarray) and out.ndim == 2 and not out.shape[1] % 2:
            mu, logvar = np.split(out, 2, axis=1)
            return [(mu, logvar)]
        if isinstance(out, dict):
            out = tuple(out.values())
        if not isinstance(out, tuple) or len(out) < len(names):
            out = outputs(self.student, target, [self.x], names, mode=mode)
        mu, logvar = (
            values.as_rows(as_array(each, what), len(self.x), what)
            for each, what in zip(out, names)
        )
        return [(mu, logvar)]

    def ask_pieces(self) -> tuple[Array, Array, Array]:
        """(mu, logvar, decoded zeros) by the own encoder and decoder; raises what an unwritten or
        broken one raises."""
        zeros = np.zeros((len(self.x), self.latent))
        return *self.heads("train")[0], self.decode(zeros, "train")[0]


def expect_gradients_through(net: Methods) -> None:
    """The weights that gradients of the own pieces reach get them through forward as well."""
    three_outputs(net.student, net.model, net.inputs, stand_in=net.stand_in)
    encode, decode = net.model.part(net.encoder), net.model.part(net.decoder)
    z = np.ones((len(net.x), net.latent), np.float32)
    mu, logvar = (_reached(net, encode, net.x, pick=k) for k in range(2))
    own = {"x_hat": _reached(net, decode, z), "mu": mu, "logvar": logvar}
    if _passes(net, z):
        own["x_hat"] |= mu | logvar
    for pick, (what, names) in enumerate(own.items()):
        found = _reached(net, net.model, net.x, pick=pick, stand_in=net.stand_in)
        if lost := sorted(names - found):
            note = f"no gradient of {what} reaches {', '.join(lost[:3])}"
            raise Mismatch(note=note, diagnosis="forward_detached")


def _reached(net: Methods, target: Any, x: Array, **how: Any) -> set[str]:
    """The parameters that a gradient of an output reaches; none where there is no output."""
    try:
        found = net.student.gradients(target, x, wrt="parameters", numbers=False, **how)
    except StudentError:
        return set()
    return {name for name, slope in found.by.items() if slope is not None}


def _passes(net: Methods, z: Array) -> bool:
    """Whether the own decoder passes gradients on to what it decodes."""
    try:
        return net.student.gradients(net.model.part(net.decoder), z, wrt=(0,)).by["0"] is not None
    except CheckError:
        return False
