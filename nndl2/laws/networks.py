"""A network that encodes, draws a sample and decodes it, asked by its own pieces.

What can be done with it at all: how its encoder and decoder may be fed, which sizes it takes,
whether a stand-in can take the place of its sampler. What is right of it is `compositions`'.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nndl2.checks.compare import as_array, close, inputs_after, shape_text
from nndl2.checks.draw import Draw
from nndl2.checks.model import CheckError, Mismatch, NotWritten, StudentError
from nndl2.checks.submission import Handle, Mode, StandIn, Submission, Target, target_name
from nndl2.laws import noise
from nndl2.laws.outputs import three_outputs
from nndl2.laws.values import outputs, rows

Array = np.ndarray
FACTORS = (1.0, 0.5)  # of the stand-in's arguments: any mix, to see where they go


@dataclass(frozen=True)
class Network:
    """A built network with inputs for it: images x (N, 1, H, W) and one-hot labels c (N, C).

    encoder, mu, logvar, decoder: what its pieces are called; sampler: the module's function, or
    a method of the network (".draw"). `stand_in` takes the place of the sampler, where that is
    possible.
    """

    student: Submission
    model: Handle
    latent: int
    x: Array
    c: Array | None = None
    encoder: str = "encoder"
    mu: str = "mu_layer"
    logvar: str = "logvar_layer"
    decoder: str = "decoder"
    sampler: str = "reparametrize"
    stand_in: StandIn | None = None
    flat: bool = False  # forward is given rows of pixels, since nothing in it flattens images
    feeding: tuple[int, ...] = ()  # the ways of feeding the encoder that are tried; all, if none
    joining: tuple[int, ...] = ()  # and those of feeding the decoder

    @property
    def classes(self) -> int:
        return 0 if self.c is None else self.c.shape[1]

    @property
    def sampling(self) -> Target:
        """The sampler, to be asked."""
        own = self.sampler.startswith(".")
        return self.model.part(self.sampler[1:]) if own else self.sampler

    @property
    def inputs(self) -> list[Array]:
        x = rows(self.x) if self.flat else self.x
        return [x] if self.c is None else [x, self.c]

    @property
    def axes(self) -> str:
        """The axes of its images: (N, 1, 28, 28)."""
        return f"(N, {', '.join(map(str, self.x.shape[1:]))})"

    def with_images(self, x: Array) -> Network:
        """The same network and labels with other images."""
        return replace(self, x=x.astype(np.float32))

    def fed(self, c: Array | None = None) -> list[Array]:
        """Ways the encoder may be fed: images or rows of pixels; with the label behind or before.

        The last one with labels has none: whoever left no room for it is told so once.
        """
        pixels = rows(self.x)
        if self.c is None:
            return [self.x, pixels]
        c = self._label(c)
        return [*(np.concatenate(pair, axis=1) for pair in ((pixels, c), (c, pixels))), pixels]

    def joined(self, z: Array, c: Array | None = None) -> list[Array]:
        """Ways the decoder may be fed: with the label behind z, or z alone."""
        z = z.astype(np.float32)
        if self.c is None:
            return [z]
        return [np.concatenate([z, self._label(c)], axis=1), z]

    def _label(self, c: Array | None) -> Array:
        """The labels, or `c` in their place, of the number type of the pieces."""
        label = self.c if c is None else c
        assert label is not None
        return label.astype(np.float32)

    def forward(self, **how: Any) -> tuple[Array, Array, Array]:
        """(x_hat, mu, logvar) as arrays; where forward raises, a broken piece is told first."""
        try:
            out = three_outputs(self.student, self.model, self.inputs, **how)
        except StudentError:
            self.ask_pieces()
            raise
        x_hat, mu, logvar = (as_array(v, n) for v, n in zip(out, ("x_hat", "mu", "logvar")))
        return x_hat, mu, logvar

    def sample(self, **how: Any) -> tuple[Array, Array, Array]:
        """The same, with mu and logvar (N, Z) of one shape and an x_hat for each image.

        A head of one number stands for all of them: that is told of the head.
        """
        x_hat, mu, logvar = self.forward(**how)
        sides = max(mu.shape[1:2], logvar.shape[1:2])
        for what, got in (("mu", mu), ("logvar", logvar)):
            if got.shape not in ((len(self.x), *sides), (len(self.x), 1)):
                texts = shape_text((len(self.x), *sides)), shape_text(got.shape)
                raise Mismatch(*texts, f"{what} has another shape here")
        mu, logvar = np.broadcast_arrays(mu, logvar)
        if x_hat.shape[:1] != (len(self.x),):
            raise Mismatch(f"N = {len(self.x)} images", shape_text(x_hat.shape), "x_hat lost its N")
        return x_hat, mu, logvar

    def features(self, mode: Mode, c: Array | None = None) -> list[Array]:
        """The own encoder's features, one for each way of feeding it that it takes."""
        fed = _some(self.fed(c), self.feeding)
        return outputs(self.student, self.model.part(self.encoder), fed, mode)

    def heads(self, mode: Mode, c: Array | None = None) -> list[tuple[Array, Array]]:
        """(mu, logvar) by the own pieces, one for each way of feeding the encoder."""
        mu, logvar = self.model.part(self.mu), self.model.part(self.logvar)
        return [
            (outputs(self.student, mu, [h], mode)[0], outputs(self.student, logvar, [h], mode)[0])
            for h in self.features(mode, c)
        ]

    def decode(self, z: Array, mode: Mode, c: Array | None = None) -> list[Array]:
        """Images by the own decoder, one for each way of feeding it."""
        joined = _some(self.joined(z, c), self.joining)
        return outputs(self.student, self.model.part(self.decoder), joined, mode)

    def narrowed(self, draw: Draw) -> Network:
        """The same, fed only in ways that its pieces take, and in one of those that come to the
        same."""
        x = draw.uniform(*self.x.shape)
        asked = replace(self, x=x, c=None if self.c is None else draw.one_hot(*self.c.shape))
        z = draw.normal(len(x), self.latent)
        encoder, decoder = self.model.part(self.encoder), self.model.part(self.decoder)
        feeding = _different(self.student, encoder, asked.fed())
        return replace(
            self, feeding=feeding, joining=_different(self.student, decoder, asked.joined(z))
        )

    def ask_pieces(self) -> tuple[Array, Array, Array]:
        """(mu, logvar, decoded zeros) by the own pieces; raises what one raises that is not written
        or broken, the first that is not written before all others."""
        try:
            zeros = np.zeros((len(self.x), self.latent))
            return *self.heads("train")[0], self.decode(zeros, "train")[0]
        except CheckError:
            for piece in (self.encoder, self.mu, self.logvar, self.decoder):
                self.student.weights(self.model.part(piece), numbers=False)
            raise

    def in_its_sizes(self) -> Sequence[Array] | None:
        """What `ask_pieces` gives where no piece has a size of its own, else None; nothing where
        one is not written."""
        try:
            *heads, decoded = self.ask_pieces()
        except NotWritten:
            return ()
        except CheckError:
            return None
        fits = all(head.shape[1:] == (self.latent,) for head in heads)
        return (*heads, decoded) if fits else None

    def gives_numbers(self, own: Sequence[Array] | None) -> bool:
        """Whether the pieces give finite numbers as built, of which `own` may be known already;
        broken ones say nothing."""
        try:
            return all(bool(np.isfinite(each).all()) for each in own or self.ask_pieces())
        except CheckError:
            return True

    def own_latent(self) -> int:
        """The latent size that the own heads and the own decoder agree on; else what was asked."""
        with suppress(CheckError):
            mu, logvar = self.heads("train")[0]
            first = self.joined(mu)[0]  # with its label, where there is one
            outputs(self.student, self.model.part(self.decoder), [first], "train")
            if mu.shape == logvar.shape and mu.ndim == 2:
                return mu.shape[1]
        return self.latent

    def flattens_nothing(self) -> bool:
        """Whether neither forward nor the encoder makes rows of images, as rows alone are taken."""
        if self.c is not None:
            return False  # who joins images and labels makes rows of the images
        with suppress(CheckError):
            self.student.call(self.model.part(self.encoder), self.x)
            return False
        return not self._runs() and replace(self, flat=True)._runs()

    def unflattened(self) -> Mismatch:
        """What is said of one that takes rows of pixels alone."""
        note = f"it takes rows of pixels, and nothing flattens the images {self.axes}"
        return Mismatch(note=note, diagnosis="nothing_flattens")

    def _runs(self) -> bool:
        """Whether forward takes its inputs; the own sampler, which may end the program and is told
        elsewhere, is run only where forward does not work with the stand-in."""
        ways: tuple[dict[str, Any], ...] = ({"stand_in": stand_in_of(self.sampler)}, {})
        for how in ways:
            with suppress(CheckError):
                self.student.call(self.model, *self.inputs, **how)
                return True
        return False

    def draws_noise(self, draw: Draw, mode: Mode = "train") -> bool:
        """Whether the sampler works and its samples differ; else its own part is told."""
        mu = draw.normal(3, self.latent)
        logvar = np.full_like(mu, draw.normal())
        call, ask = self.student.call, self.sampling
        try:
            z, again = (
                as_array(call(ask, mu, logvar, mode=mode), target_name(ask)) for _ in range(2)
            )
            self.student.gradients(ask, mu, logvar, wrt=(0, 1))
        except CheckError:
            return False
        fits = z.shape == again.shape == mu.shape and z.dtype == mu.dtype
        return fits and noise.varies(z - mu) and not np.allclose(z, again)

    def repeats(self) -> bool:
        """Whether the own pieces answer alike at each call, apart from the sampler; what draws
        where nothing should be drawn is told of the piece itself."""
        z = np.ones((len(self.x), self.latent))
        first, second = ((*self.heads("eval")[0], self.decode(z, "eval")[0]) for _ in range(2))
        return all(map(close, first, second))

    def squeezes(self) -> bool:
        """Whether the own encoder loses the axis N of one image, which is told of it."""
        with suppress(CheckError):
            value = self.student.call(self.model.part(self.encoder), self.x)
            parts = value if isinstance(value, tuple) else (value,)
            return any(isinstance(p, np.ndarray) and p.shape[:1] != (len(self.x),) for p in parts)
        return False

    def leaves_images(self) -> bool:
        """Whether the own encoder leaves the images as they are; where not, it is to blame."""
        kept = self.student.call(self.model.part(self.encoder), self.x, keep=True)
        return all(np.array_equal(as_array(x, "x"), self.x) for x in inputs_after(kept))

    def heeds_z(self) -> bool:
        """Whether the decoder makes different images of different samples."""
        z = np.linspace(-3, 3, len(self.x) * self.latent).reshape(len(self.x), -1)
        try:
            return noise.varies(self.decode(z, "eval")[0])
        except CheckError:
            return True


def _some(ways: list[Array], chosen: Sequence[int]) -> list[Array]:
    return [ways[i] for i in chosen] or ways


def _different(student: Submission, piece: Handle, ways: Sequence[Array]) -> tuple[int, ...]:
    """Those of the inputs that a piece takes and answers in different ways. Equal answers that do
    not depend on what goes in tell nothing."""
    found: dict[int, Array] = {}
    for i, given in enumerate(ways):
        with suppress(CheckError):
            got = outputs(student, piece, [given])[0]
            tells = not close(got, np.broadcast_to(got[:1], got.shape))
            if not tells or not any(close(got, other) for other in found.values()):
                found[i] = got
    return tuple(found)


def stand_in_of(sampler: str, names: tuple[str, str] = ("mu", "logvar")) -> StandIn:
    """A sampler without noise: the sum of its arguments times FACTORS."""
    return {sampler: dict(zip(names, FACTORS))}


def usable_stand_in(net: Network) -> StandIn | None:
    """The stand-in; None where forward works with the own sampler alone, which returns more than
    z, say: then that costs its own part."""
    stand_in = stand_in_of(net.sampler)
    try:
        net.student.call(net.model, *net.inputs, stand_in=stand_in)
    except StudentError:
        with suppress(StudentError):
            net.student.call(net.model, *net.inputs)
            return None
    return stand_in
