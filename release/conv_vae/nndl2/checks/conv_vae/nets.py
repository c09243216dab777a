"""The network of the assignment: its sizes, its layers as chains, and known weights for them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from nndl2.checks.draw import Draw
from nndl2.checks.model import NotRun, StudentError
from nndl2.checks.submission import Handle, Submission
from nndl2.laws.convolutions import Piece, plant, silence
from nndl2.laws.maps import CONVOLUTION, LINEAR, TRANSPOSED, Chain, Layer, Stage
from nndl2.laws.methods import Methods
from nndl2.laws.networks import usable_stand_in

Array = np.ndarray
SIDE = 28
FIXED = {LINEAR: 64, CONVOLUTION: 1, TRANSPOSED: 1}  # what a size is that is no argument's
SQUARE = 8.0  # mean square of the numbers that planted hidden layers give
HEADS = ("mu", "logvar")
MOST = 5  # latent dimensions that are drawn, at most


@dataclass(frozen=True)
class Sizes:
    """C channels and Z latent dimensions, the assignment's own unless drawn; N images."""

    channels: int = 1
    latent: int = 64
    n: int = 2

    @classmethod
    def of(cls, draw: Draw) -> Sizes:
        """Drawn sizes, alike for all checks of a part: different from each other and from the
        assignment's own. Z is small, for the weights travel."""
        shared = draw.shared("sizes")
        c, z = shared.one_of((2, 3)), shared.one_of((4, MOST))
        return cls(c, z, 5 - c)

    @property
    def image(self) -> tuple[int, int, int]:
        return self.channels, SIDE, SIDE

    @property
    def trunk(self) -> Chain:
        first, second = (16, 24, 24), (64, 22, 22)
        return Chain(self.image, (Stage(CONVOLUTION, first, 5), Stage(CONVOLUTION, second, 3)))

    @property
    def head(self) -> Chain:
        return Chain(self.trunk.maps[-1], (Stage(LINEAR, (self.latent,)),))

    @property
    def encoder(self) -> Chain:
        return Chain(self.image, self.trunk.stages + self.head.stages)

    @property
    def decoder(self) -> Chain:
        first, second = self.trunk.maps[:0:-1]
        back = Stage(TRANSPOSED, second, 3), Stage(TRANSPOSED, self.image, 5)
        return Chain((self.latent,), (Stage(LINEAR, first), *back))

    def images(self, draw: Draw) -> Array:
        return draw.uniform(self.n, *self.image)

    def build(self, student: Submission) -> Handle:
        return student.build("VAE", channels=self.channels, latent_size=self.latent)

    def heads(self, student: Submission, model: Handle, x: Array) -> list[Piece]:
        """What encode makes of x: mu and logvar."""
        target = model.part("encode")
        return [Piece(student, target, x, self.encoder, what, k) for k, what in enumerate(HEADS)]

    def images_of(self, student: Submission, model: Handle, z: Array) -> Piece:
        """What decode makes of z."""
        return Piece(student, model.part("decode"), z, self.decoder, "decode")

    def encoder_layers(self, draw: Draw) -> list[list[Layer]]:
        """Layers to plant for mu and for logvar. No logvar gets beyond 10, where one may be cut
        off, and some get beyond 5."""
        trunk = self.trunk.planted(draw.shared("trunk"), 1 / 3)
        heads = (self.head.planted(draw.shared(what), SQUARE, 0.4, 7.0) for what in HEADS)
        return [trunk + head for head in heads]

    def decoder_layers(self, draw: Draw) -> list[Layer]:
        return self.decoder.planted(draw.shared("decode"), 4.0)


def built(student: Submission, draw: Draw) -> tuple[Sizes, Handle]:
    """A network of drawn sizes, built once for all checks of a part."""
    sizes = Sizes.of(draw)
    if "network" not in draw.known:
        draw.known["network"] = sizes.build(student)
    return sizes, draw.known["network"]


def network(student: Submission, draw: Draw, n: int = 0) -> Methods:
    """A network with n drawn images, as many as drawn when 0, and, where its pieces take them,
    planted weights."""
    if "case" not in draw.known:
        draw.known["case"] = _first(student, draw)
    found: Methods = draw.known["case"]
    if draw.known.pop("levels", False):
        _plant(found, draw)
    channels = found.x.shape[1]
    return replace(found, x=draw.uniform(n or Sizes.of(draw).n, channels, SIDE, SIDE))


def grey_network(student: Submission, draw: Draw) -> Methods | None:
    """A network for two grey images, whose axis C is the one to get lost, as it was built; None
    where its pieces do not take those."""
    if "grey" not in draw.known:
        stand_in, sizes = network(student, draw).stand_in, Sizes(1, Sizes.of(draw).latent)
        x = draw.uniform(sizes.n, *sizes.image)
        found = Methods(student, sizes.build(student), sizes.latent, x, stand_in=stand_in)
        draw.known["grey"] = found if found.in_its_sizes() else None
    grey: Methods | None = draw.known["grey"]
    return grey


def _first(student: Submission, draw: Draw) -> Methods:
    """The network of drawn sizes, or of the assignment's own when its pieces do not take those, or
    of whatever latent size it has: a size that is hard-coded in a piece costs that piece its
    points, and forward none."""
    for sizes in (Sizes.of(draw), Sizes()):
        try:
            model = sizes.build(student)
        except StudentError:
            if sizes == Sizes():
                raise
            continue
        found = Methods(student, model, sizes.latent, _ramps(sizes))
        if (own := found.in_its_sizes()) is not None:
            break
    else:
        found = replace(found, latent=found.own_latent())
    if not found.gives_numbers(own):
        raise NotRun("needs pieces that give finite numbers first")
    found = replace(found, stand_in=usable_stand_in(found))
    _plant(found, draw)
    return found


def _ramps(sizes: Sizes) -> Array:
    """Images for a first try, all pixels of which differ; not two or three, for which a tensor
    could be unpacked as if it were a tuple."""
    shape = (MOST, *sizes.image)
    return np.linspace(0, 1, math.prod(shape), dtype=np.float32).reshape(shape)


def _pieces(found: Methods) -> tuple[Sizes, list[Piece], Piece]:
    sizes = Sizes(found.x.shape[1], found.latent)
    z = np.ones((2, found.latent), np.float32)
    student, model = found.student, found.model
    return sizes, sizes.heads(student, model, found.x[:2]), sizes.images_of(student, model, z)


def _plant(found: Methods, draw: Draw) -> None:
    sizes, heads, images = _pieces(found)
    plant(heads, sizes.encoder_layers(draw))
    plant([images], [sizes.decoder_layers(draw)])


def levels(draw: Draw) -> tuple[Array, Array]:
    """mu and logvar (MOST,) that heads can be made to give."""
    shared = draw.shared("levels")
    return shared.normal(MOST, scale=1.5), shared.uniform(MOST, low=-2.5, high=1.5)


def with_levels(found: Methods, draw: Draw) -> Methods | None:
    """The network with heads that give `levels` for every image, if they can be made to."""
    if found.latent > MOST:
        return None
    draw.known["levels"] = True
    heads = _pieces(found)[1]
    wanted = [each[: found.latent] for each in levels(draw)]
    return found if silence(heads, wanted) else None
