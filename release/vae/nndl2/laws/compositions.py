"""Laws of a network that encodes, draws a sample and decodes it, judged by its own pieces.

Which sample it decodes is `decoded_samples`' business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nndl2.checks.compare import close, expect_close, expect_shape, shape_text
from nndl2.checks.draw import Draw
from nndl2.checks.model import CheckError, Mismatch, NotRun, StudentError
from nndl2.checks.oracle import Answer
from nndl2.checks.submission import Mode
from nndl2.laws import gradients, noise
from nndl2.laws.networks import FACTORS, Network
from nndl2.laws.outputs import three_outputs
from nndl2.laws.values import outputs

Array = np.ndarray
MODES: tuple[Mode, ...] = ("train", "eval")
REPEATS = 3_000
MNIST_MEAN, MNIST_SPREAD = 0.1307, 0.3081  # by which tutorials standardize the images


@dataclass(frozen=True)
class Levels:
    """Levels (Z,) that heads can be made to give, and what the oracle knows of them.

    planted: makes the heads of a network give them, if it can; returned: what forward then returns;
    law: the (shift, scale) of the sample; readings: what the stand-in for the sampler is given;
    repeats: of how many samples of one image the moments are taken.
    """

    planted: Callable[[], Network | None]
    returned: Answer | None = None
    law: Answer | None = None
    readings: Answer | None = None
    repeats: int = REPEATS


def expect_images_taken(net: Network) -> None:
    """forward takes images; one that takes rows of pixels alone is told so."""
    try:
        net.forward(stand_in=net.stand_in)
    except StudentError:
        if not _takes_rows(net):
            raise
        raise net.unflattened() from None


def _takes_rows(net: Network) -> bool:
    with suppress(CheckError):
        three_outputs(net.student, net.model, replace(net, flat=True).inputs)
        return True
    return False


def expect_own_shapes(net: Network, whole: bool) -> None:
    """mu and logvar have the shape of the own heads' answers, x_hat is an image for each image.

    `whole`: a minibatch of one image may be what the own pieces cannot take in train mode.
    """
    n = len(net.x)
    mode: Mode = "train"
    try:
        own_mu, own_logvar = net.heads(mode)[0]
        decoded = net.decode(np.zeros((n, net.latent)), mode)[0]
    except StudentError:
        if whole:
            raise
        mode = "eval"  # a normalisation, say, needs more than one image to learn from
        own_mu, own_logvar = net.heads(mode)[0]
        decoded = net.decode(np.zeros((n, net.latent)), mode)[0]
    except Mismatch:
        if whole:
            raise
        return  # the decoder loses the axis N of one image, which is told of it
    x_hat, mu, logvar = net.forward(stand_in=net.stand_in, mode=mode)
    if x_hat.shape == own_mu.shape and decoded.shape in (mu.shape, logvar.shape):
        cause = "outputs_in_another_order"
        raise Mismatch("x_hat, mu, logvar", "another order", diagnosis=cause)
    for what, got, own in (("mu", mu, own_mu), ("logvar", logvar, own_logvar)):
        cause = "batch_axis_squeezed" if n == 1 and got.size == own.size else ""
        if got.shape != own.shape and not (n == 1 and net.squeezes()):
            texts = shape_text(own.shape), shape_text(got.shape)
            raise Mismatch(*texts, f"{what} has another shape", cause)
    if decoded.shape == net.x.shape:
        expect_shape(x_hat, decoded.shape, "x_hat", net.axes)
    elif x_hat.shape[:1] != (n,):
        raise Mismatch(f"N = {n} images", shape_text(x_hat.shape), "x_hat lost its N")


def expect_different_images(net: Network, draw: Draw) -> None:
    """x_hat varies over equal inputs; only asked where the own pieces make that possible."""
    if net.draws_noise(draw) and net.heeds_z():
        x_hat = sampled_image(net)
        if x_hat is not None and not noise.varies(x_hat):
            raise Mismatch(note="x_hat is the same for equal images: no sample reaches the decoder")


def sampled_image(net: Network, **how: Any) -> Array | None:
    """x_hat of a pass with the own sampler; None where that returns no tensor, so that forward
    raises: then its own part is told."""
    try:
        return net.forward(**how)[0]
    except StudentError:
        mu = np.zeros((len(net.x), net.latent), np.float32)
        found = net.student.gradients(net.sampling, mu, mu, wrt=(0, 1))
        if any(slope is not None for slope in found.by.values()):
            raise
    return None


def expect_heads_of_features(net: Network, draw: Draw, known: Levels) -> None:
    """mu and logvar are what the own heads make of the own encoder's features."""
    own = net.heads("eval")
    net.with_images(1 - net.x).forward(mode="eval", stand_in=net.stand_in)  # nothing is kept of it
    seed = draw.seed()
    mu, logvar = returned(net, seed)
    if any(close(mu, m) and close(logvar, v) for m, v in own) or not net.repeats():
        return
    if not all(map(close, (mu, logvar), returned(net, seed))):
        note = "another pass with the same images gives other numbers"
        raise Mismatch(note=note, diagnosis="kept_between_passes")
    m, v = own[0]

    def wrong(at: int) -> Iterator[tuple[str, Array]]:
        both = close(mu, v) and close(logvar, v), close(mu, m) and close(logvar, m)
        yield ("one_head_for_both" if both[at] else "outputs_swapped"), (v, m)[at]
        yield "relu_on_head", np.maximum(own[0][at], 0)
        low, high = (mu, logvar)[at].min(), (mu, logvar)[at].max()
        if low < high:
            yield "range_cut", own[0][at].clip(low, high)
        if net.stand_in and not at:
            yield "sample_returned", FACTORS[0] * m + FACTORS[1] * v
        for name, images in _changed(net.x):
            for heads in net.with_images(images).heads("eval"):
                yield name, heads[at]
        for heads in net.with_images(np.repeat(net.x[:1], len(net.x), 0)).heads("eval"):
            yield "first_image_for_all", heads[at]
        if net.c is not None:
            for heads in net.heads("eval", np.zeros_like(net.c)):
                yield "label_lost_in_encoder", heads[at]
            for heads in net.heads("eval", np.repeat(net.c[:1], len(net.c), 0)):
                yield "first_label_for_all", heads[at]

    try:
        expect_close(mu, m, "mu", mistaken=lambda: wrong(0))
        expect_close(logvar, v, "logvar", mistaken=lambda: wrong(1))
    except Mismatch as e:
        diagnosis = e.diagnosis or _returned(known)
        raise Mismatch(e.expected, e.got, "" if diagnosis else e.note, diagnosis) from None


def returned(net: Network, seed: int) -> tuple[Array, Array]:
    """mu and logvar of a pass in eval mode, with the stand-in where there is one."""
    return net.forward(mode="eval", stand_in=net.stand_in, seed=seed)[1:]


def _changed(x: Array) -> Iterator[tuple[str, Array]]:
    """Images as programs from elsewhere change them before they encode them."""
    yield "images_scaled", 2 * x - 1
    yield "images_standardized", (x - MNIST_MEAN) / MNIST_SPREAD
    yield "images_in_black_and_white", x > 0.5
    yield "images_in_black_and_white", x.round()


def _returned(known: Levels) -> str:
    """What becomes of the levels that the heads give, on their way out of forward."""
    net = known.planted()
    if net is None or known.returned is None:
        return ""
    with suppress(CheckError):
        _, *both = net.forward(mode="eval", stand_in=net.stand_in)
        for name, wrong in known.returned.mistakes():
            levels = wrong.array[:, : net.latent]
            if all(close(got, np.broadcast_to(w, got.shape)) for got, w in zip(both, levels)):
                return name
    return ""


def expect_heed(net: Network) -> None:
    """The own encoder tells images apart, and labels: else forward may leave them out unseen."""
    features = net.features("eval")
    if all(close(h, np.broadcast_to(h[:1], h.shape)) for h in features):
        raise NotRun("needs an encoder that depends on the image first")
    if net.c is not None and _heeds_no_label(net, net.encoder, net.fed):
        raise NotRun("needs an encoder that depends on the label first")


def expect_label_decoded(net: Network) -> None:
    """Where the own decoder heeds z, it heeds a label that it takes as well."""
    z = np.zeros((len(net.x), net.latent), np.float32)
    asked = net.c is not None and net.heeds_z()
    if asked and _heeds_no_label(net, net.decoder, lambda c: net.joined(z, c)):
        raise NotRun("needs a decoder that depends on the label first")


def _heeds_no_label(net: Network, piece: str, fed: Callable[[Array], list[Array]]) -> bool:
    """Whether a piece takes a label, behind or before, and answers as if there were none."""
    assert net.c is not None
    target = net.model.part(piece)
    for labelled, bare in zip(fed(net.c)[:-1], fed(np.zeros_like(net.c))[:-1]):
        with suppress(StudentError, Mismatch):
            a, b = (outputs(net.student, target, [x])[0] for x in (labelled, bare))
            if close(a, b):
                return True
    return False


def expect_gradients_through(net: Network) -> None:
    """The pieces that pass gradients on by themselves get them through forward as well."""
    ways = {
        "x_hat": (net.encoder, net.mu, net.logvar, net.decoder),
        "mu": (net.encoder, net.mu),
        "logvar": (net.encoder, net.logvar),
    }
    three_outputs(net.student, net.model, net.inputs, stand_in=net.stand_in)
    named = gradients.names_of(net.student, net.model, ways["x_hat"])
    for pick, (what, pieces) in enumerate(ways.items()):
        found = net.student.gradients(
            net.model,
            *net.inputs,
            wrt="parameters",
            pick=pick,
            stand_in=net.stand_in,
            numbers=False,
        )
        for piece in pieces:
            if all(found.by.get(n) is None for n in named[piece]) and _learns(net, piece):
                note = f"no gradient of {what} reaches {piece}"
                raise Mismatch(note=note, diagnosis="forward_detached")


def _learns(net: Network, piece: str) -> bool:
    """Whether a piece passes gradients to its own parameters when it is asked alone."""
    z = np.ones((len(net.x), net.latent), np.float32)
    given = {net.encoder: net.fed(), net.decoder: net.joined(z)}
    for x in given.get(piece) or net.features("train"):
        try:
            asked = net.model.part(piece)
            by = net.student.gradients(asked, x, wrt="parameters", numbers=False).by
        except CheckError:
            continue
        return any(g is not None for g in by.values())
    return False
