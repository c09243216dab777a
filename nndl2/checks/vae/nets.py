"""The two networks of the assignment, as data: what a check of both is told apart by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from nndl2.checks.draw import Draw
from nndl2.checks.model import NotRun, StudentError
from nndl2.checks.submission import Handle, Submission
from nndl2.laws.building import as_built
from nndl2.laws.networks import Network, usable_stand_in
from nndl2.laws.planting import Layers, plant, planted, silence

Array = np.ndarray
HIDDEN, PIXELS, LATENT, CLASSES = 400, 784, 15, 10
SQUARES = [side**2 for side in range(21, 27)]  # other numbers of pixels that an image can have
IMAGE = (1, 28, 28)
MOST = 24  # latent dimensions, at most
FEATURES = 8.0  # mean square of the numbers that planted hidden layers give


@dataclass(frozen=True)
class Sizes:
    """D pixels, Z latent dimensions, C classes (0 where there is no label)."""

    pixels: int = PIXELS
    latent: int = LATENT
    classes: int = 0

    @property
    def encoder(self) -> list[int]:
        return [self.pixels + self.classes, HIDDEN, HIDDEN, HIDDEN]

    @property
    def head(self) -> list[int]:
        return [HIDDEN, self.latent]

    @property
    def decoder(self) -> list[int]:
        return [self.latent + self.classes, HIDDEN, HIDDEN, HIDDEN, self.pixels]

    @property
    def fixed(self) -> list[int]:
        """Sizes that come of writing 784, 15 or 10 where an argument belongs."""
        d, z, c = self.pixels, self.latent, self.classes
        joined = (PIXELS + c, LATENT + c, d + CLASSES, z + CLASSES) if c else ()
        return [PIXELS, LATENT, *joined]


@dataclass(frozen=True)
class Net:
    """One of the two classes; `label` where it takes one."""

    cls: str
    label: bool

    def __format__(self, spec: str) -> str:
        return "the CVAE's" if self.label else "the"

    def of(self, student: Submission, draw: Draw, sizes: Sizes) -> Handle:
        """A network of these sizes as it was built, which the next check that asks for it gets."""
        return as_built(student, draw, self.cls, sizes.pixels, **self._named(sizes))

    def build(self, student: Submission, sizes: Sizes) -> Handle:
        """The same, for the caller alone."""
        return student.build(self.cls, sizes.pixels, **self._named(sizes))

    def _named(self, sizes: Sizes) -> dict[str, int]:
        labels = {"num_classes": sizes.classes} if self.label else {}
        return {**labels, "latent_size": sizes.latent}

    def usual(self) -> Sizes:
        """The assignment's own sizes."""
        return Sizes(classes=CLASSES if self.label else 0)

    def example(self) -> Sizes:
        """The sizes of the notebook's example: VAE(345, 17) or CVAE(345, 10, 17)."""
        return Sizes(345, 17, CLASSES if self.label else 0)

    def sizes(self, draw: Draw, pixels: int = PIXELS) -> Sizes:
        """Drawn sizes, alike for all checks of the network: different from each other, from N and
        from the assignment's own. A decoder for 15 numbers and a label takes more than Z by
        itself."""
        shared = draw.common(f"{self.cls} sizes")
        z = shared.one_of([n for n in range(13, 21) if n != LATENT])
        c = shared.one_of([n for n in range(13, 30) if n != z])
        return Sizes(pixels, z, c if self.label else 0)

    def other(self, draw: Draw) -> Sizes:
        """The same with another number of pixels, that of a square image."""
        return self.sizes(draw, draw.common(f"{self.cls} pixels").one_of(SQUARES))

    def built(self, student: Submission, draw: Draw) -> tuple[Sizes, Handle]:
        """A network of drawn sizes."""
        sizes = self.sizes(draw)
        return sizes, self.of(student, draw, sizes)

    def elsewhere(self, student: Submission, draw: Draw, sizes: Sizes) -> tuple[Sizes, Handle]:
        """A network of other sizes; where it cannot be built for so many pixels, one for 784."""
        try:
            return sizes, self.of(student, draw, sizes)
        except StudentError:
            usual = Sizes(PIXELS, sizes.latent, sizes.classes)
            return usual, self.of(student, draw, usual)


VAE, CVAE = Net("VAE", label=False), Net("CVAE", label=True)


def length(draw: Draw) -> int:
    """N of a minibatch, alike for all checks of a part, unlike Z, C and H_d on purpose.

    It is small, since a right submission is asked for some hundred passes.
    """
    return draw.shared("length").one_of([n for n in range(4, 13) if n != CLASSES])


def weights(draw: Draw, sizes: Sizes, piece: str) -> Layers:
    """Weights to plant in a piece of a network of these sizes."""
    chain, square = {
        "encoder": (sizes.encoder, 1 / 3),
        "mu_layer": (sizes.head, FEATURES),
        "logvar_layer": (sizes.head, FEATURES),
        "decoder": (sizes.decoder, 4.0),
    }[piece]
    return planted(draw, chain, square, piece)


def network(student: Submission, net: Net, draw: Draw, n: int = 0) -> Network:
    """A network with n drawn images, as many as drawn when 0, labels and, where its pieces take
    them, planted weights.

    The first check of a part finds out which sizes it takes, and how it is to be asked.
    """
    if "case" not in draw.known:
        draw.known["case"] = _first(student, net, draw)
    first: Network = draw.known["case"]
    if draw.known.pop("levels", False):
        _plant(first, draw, (first.mu, first.logvar))
    n = n or length(draw)
    x, c = draw.uniform(n, *IMAGE), draw.one_hot(n, max(first.classes, 1))
    return replace(first, x=x, c=c if net.label else None)


def _first(student: Submission, net: Net, draw: Draw) -> Network:
    """The network of drawn sizes, or of the assignment's own when its pieces do not take those, or
    of whatever latent size it has: a size that is hard-coded in a piece costs that piece its
    points, and forward none."""
    for sizes in (net.sizes(draw), net.usual()):
        c = np.zeros((2, sizes.classes), np.float32) if net.label else None
        x = np.zeros((2, *IMAGE), np.float32)
        found = Network(student, net.of(student, draw, sizes), sizes.latent, x, c)
        if (own := found.in_its_sizes()) is not None:
            break
    else:
        found = replace(found, latent=found.own_latent())
    if not found.gives_numbers(own):
        raise NotRun("needs pieces that give finite numbers first")
    found = replace(found, flat=found.flattens_nothing())
    found = replace(found, stand_in=usable_stand_in(found))
    _plant(found, draw, (found.encoder, found.mu, found.logvar, found.decoder))
    return found.narrowed(draw.shared("ways"))


def _plant(found: Network, draw: Draw, pieces: Iterable[str]) -> None:
    sizes = Sizes(PIXELS, found.latent, found.classes)
    for piece in pieces:
        plant(found.student, found.model.part(piece), weights(draw, sizes, piece))


def levels(draw: Draw) -> tuple[Array, Array]:
    """mu and logvar (MOST,) that heads can be made to give: as many as there may be dimensions."""
    shared = draw.shared("levels")
    return shared.normal(MOST, scale=1.5), shared.uniform(MOST, low=-2.5, high=1.5)


def with_levels(found: Network, draw: Draw) -> Network | None:
    """The network with heads that give `levels` for every image, if they can be made to."""
    draw.known["levels"] = True
    for piece, each in zip((found.mu, found.logvar), levels(draw)):
        if not silence(found.student, found.model.part(piece), each[: found.latent]):
            return None
    return found
