"""Laws of functions that decode what they draw, or what lies between two images."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from nndl2.checks.compare import as_array, close, expect_close
from nndl2.checks.draw import Draw
from nndl2.checks.model import CheckError, Mismatch
from nndl2.checks.oracle import Answer
from nndl2.checks.submission import Handle, Leaf, Submission
from nndl2.laws import noise, samplers
from nndl2.laws.straight import let_through, seen, without_label
from nndl2.laws.values import decoded, outputs, rows

Array = np.ndarray
BENT = 3.0  # times as large


def expect_no_graph(got: Array, what: str) -> None:
    """Images to look at carry no graph."""
    if isinstance(got, Leaf) and got.graph:
        note = f"what {what} gives carries a graph"
        raise Mismatch("images without a gradient", "with one", note, "images_with_graph")


def expect_prior(
    student: Submission,
    target: str,
    model: Handle,
    sizes: Sequence[int],
    draw: Draw,
    asked: int | Array,
    labels: int = 0,
) -> None:
    """What the target decodes is drawn from the unit Gaussian: `asked` many, or one for each label.

    `sizes` are those of the network's decoder, which is made to let its input through.
    """
    nz, n = sizes[0] - labels, asked if isinstance(asked, int) else len(asked)
    through = let_through(student, model.part("decoder"), sizes, labels)
    images = as_array(student.call(target, model, asked, seed=draw.seed()), target)
    again = as_array(student.call(target, model, asked), target)
    if close(images, again):
        drawn = not through or np.ptp(seen(images, sizes[0])[:, :nz], axis=0).max() > 1e-2
        cause = "noise_repeated" if drawn else "no_noise"
        raise Mismatch(note="two calls draw the same images", diagnosis=cause)
    if not through:
        return _expect_moments(student, model, images, draw.normal(n, nz), asked, draw)
    shown = seen(images, sizes[0])
    if isinstance(asked, int):
        return samplers.expect_standard(shown)
    note = "the images are not decoded with the labels that were asked for"
    return samplers.expect_standard(without_label(shown, np.eye(labels)[asked], note))


def _expect_moments(
    student: Submission, model: Handle, images: Array, z: Array, asked: int | Array, draw: Draw
) -> None:
    """The images have the moments of what the own decoder makes of the unit Gaussian."""
    given = (z,) if isinstance(asked, int) else (z, asked)
    try:
        own = rows(outputs(student, model.part("decoder"), [given])[0])
    except CheckError:
        return  # the decoder is told elsewhere
    got = rows(images)
    alike = noise.same_images(got, own, draw)
    if got.shape == own.shape and not alike:
        raise Mismatch(note="what is decoded is not drawn from the unit Gaussian")


def _bend(student: Submission, piece: Handle) -> None:
    with suppress(CheckError):
        matrices = {n: w for n, w in student.weights(piece).items() if w.ndim == 2}
        student.put(piece, {n: (BENT * w).astype(w.dtype) for n, w in matrices.items()})


def expect_way(
    student: Submission, target: str, model: Handle, ends: Array, answer: Answer
) -> None:
    """Images are decoded from mixes of the embeddings of `ends`, (2, ...).

    The oracle says how much of each is in each image, (steps, 2). Where an encoder gives two
    numbers for each dimension, the first half counts. Larger weights make the pieces bend the way,
    which they hardly do as they were built.
    """
    for piece in ("encoder", "decoder"):
        _bend(student, model.part(piece))
    x, size = rows(ends), np.asarray(student.read(model.part("nz")))
    own = outputs(student, model.part("encoder"), [x])[0].astype(np.float64)[:, : int(size)]
    steps = len(answer.right.array)

    def images(shares: Array) -> Array:
        z = (shares @ own).astype(np.float32)
        return rows(decoded(student, model.part("decoder"), [z]))

    want = images(answer.right.array)  # first: it leaves the pieces in eval mode
    got = rows(as_array(student.call(target, model, *ends, steps, mode="eval"), target))
    wrong = {name: images(numbers.array) for name, numbers in answer.mistakes()}
    wrong["pixels_mixed"] = answer.right.array @ x
    expect_close(got, want, target, mistaken=wrong, atol=1e-5)
