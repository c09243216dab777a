"""The classes of the assignment, as data: what a check of several is told apart by."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from nndl2.checks.draw import Draw
from nndl2.checks.model import CheckError
from nndl2.checks.submission import Handle, Submission
from nndl2.laws.posteriors import Posterior

Array = np.ndarray
PIXELS, NZ, LABELS = 784, 32, 10  # the sizes that the notebook speaks of
HIDDEN = (64, 256)  # between an embedding and the pixels, in this order
MOST = 24  # numbers of an embedding, where its law is looked at


@dataclass(frozen=True)
class Piece:
    """An encoder or a decoder; `label` where it takes one."""

    cls: str
    label: bool = False

    def __format__(self, spec: str) -> str:
        return "the CVAE's" if self.label else "the"

    def build(self, student: Submission, nz: int, pixels: int, labels: int = 0) -> Handle:
        """One of these sizes; a CVAE's has no labels where `labels` is 0."""
        told = (labels > 0, labels) if self.label else ()
        return student.build(self.cls, nz, pixels, *told)

    def sizes(self, draw: Draw) -> tuple[int, int, int]:
        """Drawn nz, pixels and labels, alike for all checks of a part, unlike the notebook's."""
        shared = draw.shared("sizes")
        nz, pixels = shared.one_of(range(6, 20)), shared.one_of(range(66, 99))
        return nz, pixels, shared.one_of((4, 5, 21, 22, 23)) if self.label else 0

    def fed(self, rows: Array, c: Array | None) -> tuple[Array, ...]:
        return (rows,) if c is None else (rows, c)


def length(draw: Draw) -> int:
    """N of a minibatch, alike for all checks of a part, unlike every other size."""
    return draw.shared("length").one_of((31, 33, 35, 37))


def labels_for(draw: Draw, n: int, labels: int) -> Array | None:
    """Labels (n,) int64, two of them different, or None."""
    return draw.one_hot(n, labels).argmax(1).astype(np.int64) if labels else None


@dataclass(frozen=True)
class Net:
    """One of the two variational networks."""

    cls: str
    label: bool = False

    def __format__(self, spec: str) -> str:
        return "the CVAE's" if self.label else "the"

    def build(
        self, student: Submission, nz: int, beta: float = 1.0, pixels: int = PIXELS, labels: int = 0
    ) -> Handle:
        told = (labels > 0, labels) if self.label else ()
        return student.build(self.cls, nz, beta, *told, input_size=pixels)

    def apart(self, student: Submission, nz: int, pixels: int, labels: int) -> dict[str, Handle]:
        """The encoder and the decoder that such a network is to hold, built by themselves; those
        that cannot be built are left out, which is told of them."""
        prefix = "CVAE" if self.cls == "CVAE" else ""
        told = (labels > 0, labels) if prefix else ()
        found = {}
        for name, out in (("encoder", 2 * nz), ("decoder", nz)):
            with suppress(CheckError):
                cls = f"{prefix}{name.capitalize()}"
                found[name] = student.build(cls, out, pixels, *told)
        return found

    def posterior(
        self, student: Submission, draw: Draw, nz: int, pixels: int, n: int = 0
    ) -> Posterior:
        """A network of these sizes with drawn images, and labels where it takes some; of the
        notebook's sizes, where its own pieces do not take others: that is told of them."""
        labels = draw.shared("labels").one_of((4, 5, 6)) if self.label else 0
        n = n or length(draw)
        for z, d in ((nz, pixels), (nz, PIXELS), (NZ, PIXELS), (NZ // 2, PIXELS)):
            model = self.build(student, z, 1.0, d, labels)
            x, c = draw.uniform(n, d), labels_for(draw, n, labels)
            found = Posterior(student, model, z, x, HIDDEN, c, labels)
            if found.usable():
                break
        return found

    def drawn(self, student: Submission, draw: Draw) -> Posterior:
        """A network of drawn sizes."""
        shared = draw.shared("net")
        nz, pixels = shared.one_of(range(5, 12)), shared.one_of(range(66, 99))
        return self.posterior(student, draw, nz, pixels)


VAE, CVAE = Net("VAE"), Net("CVAE", label=True)
BARE = Net("CVAE")  # without labels
