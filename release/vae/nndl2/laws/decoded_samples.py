"""Laws of the sample that a network decodes: from which law it is drawn, and in which modes.

With a stand-in for the sampler that has no noise, x_hat must equal what the network's own decoder
makes of the stand-in's answer. Where x_hat is noisy all the same, forward draws by itself: then
equal seeds decide, and where these fail too the moments of many draws. What a mistake would have
given the decoder, an oracle knows, for heads that give known levels.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import numpy as np

from nndl2.checks.compare import as_array, close, expect_close
from nndl2.checks.draw import Draw
from nndl2.checks.model import CheckError, Mismatch
from nndl2.checks.submission import Mode
from nndl2.laws import noise
from nndl2.laws.compositions import MODES, Levels, expect_label_decoded, sampled_image
from nndl2.laws.networks import FACTORS, Network
from nndl2.laws.values import outputs, rows

Array = np.ndarray
OTHER_LAW = "sample_of_another_law"


def expect_decoded_sample(net: Network, draw: Draw, known: Levels) -> None:
    """x_hat is what the own decoder makes of a sample of the own mu and logvar."""
    expect_label_decoded(net)
    trained = _steady(net)
    stood_in = [mode for mode in MODES[: int(trained)] if _expect_sample(net, draw, mode, known)]
    try:
        if _expect_sample(net, draw, "eval", known):
            stood_in.append("eval")
    except Mismatch as e:
        where = "in train mode it is right, in eval mode not" if trained else ""
        note = "; ".join(filter(None, (e.note, where)))
        raise Mismatch(e.expected, e.got, note, e.diagnosis) from None
    for mode in stood_in:  # last, since a sampler can end the program, and is told of it
        if not _one_sample(net, draw, mode, known):
            note = "x_hat is drawn from more than one sample, or from a changed one"
            raise Mismatch(note=note, diagnosis=OTHER_LAW)


def _expect_sample(net: Network, draw: Draw, mode: Mode, known: Levels) -> bool:
    """Whether a stand-in took the place of the sampler; Mismatch where x_hat is another image."""
    x_hat, mu, logvar = net.sample(mode=mode, stand_in=net.stand_in)
    a, b = FACTORS
    if net.c is not None and mu.shape[1] == net.latent + net.classes:
        note = "a sample as wide as z and label together is decoded without the label"
        raise Mismatch(note=note, diagnosis="label_lost_in_decoder")
    own = [a * m + b * v for m, v in net.heads(mode)]
    samples = [a * mu + b * logvar, *own]  # what forward returns is another check's business
    stood_in = [y for z in samples for y in net.decode(z, mode)]
    if any(_same_image(x_hat, y) for y in stood_in):
        return net.stand_in is not None
    if not _same_image(x_hat, net.forward(mode=mode, stand_in=net.stand_in)[0]):
        if same_seed(net, draw, mode) or same_law(known, draw, mode):
            return False
        note = "x_hat is drawn, but not from samples of N(mu, sigma^2)"
        raise Mismatch(note=note, diagnosis=OTHER_LAW)
    named = (name for z in samples for name in _wrong_samples(net, x_hat, z, stood_in, mode))
    found = next(named, "")
    diagnosis = found or _read(known, mode)
    try:
        expect_close(rows(x_hat), rows(stood_in[0]), "x_hat")
    except Mismatch as e:
        raise Mismatch(e.expected, e.got, "" if diagnosis else e.note, diagnosis) from None
    return False


def _steady(net: Network) -> bool:
    """Whether the own pieces give the same answer in train mode as in eval mode: no dropout."""
    z = np.ones((len(net.x), net.latent))
    decoded = [net.decode(z, mode)[0] for mode in MODES]
    features = [net.features(mode)[0] for mode in MODES]
    return close(decoded[0], decoded[1]) and close(features[0], features[1])


def same_seed(net: Network, draw: Draw, mode: Mode) -> bool:
    """Whether x_hat is the decoded answer of the own sampler under the same seed."""
    seed = draw.seed()
    x_hat, mu, logvar = net.sample(mode=mode, seed=seed)
    try:
        z = as_array(net.student.call(net.sampling, mu, logvar, seed=seed), net.sampler)
        return z.shape == mu.shape and any(_same_image(x_hat, y) for y in net.decode(z, mode))
    except CheckError:
        return False


def same_law(known: Levels, draw: Draw, mode: Mode) -> bool:
    """Whether x_hat of one image, many times, has the moments of decoded Gaussian samples.

    A right forward is rejected with a probability under 1e-9: about 100 comparisons, each within
    7.5 standard errors. Where the heads do not give the levels there is nothing to compare with.
    """
    many = _many(known)
    if many is None or known.law is None:
        return True
    x_hat, mu, _ = many.sample(mode=mode, seed=draw.seed())
    shift, scale = known.law.right.array[:, : many.latent]
    z = shift + scale * draw.normal(*mu.shape)
    if x_hat.size != many.x.size or not close(mu, np.broadcast_to(shift, mu.shape)):
        return x_hat.size == many.x.size
    decoded = (rows(y) for y in many.decode(z, mode) if y.size == x_hat.size)
    return any(noise.same_images(rows(x_hat), y, draw) for y in decoded)


def _one_sample(net: Network, draw: Draw, mode: Mode, known: Levels) -> bool:
    """Whether x_hat is the decoded answer of a sampler that works; one that does not is told."""
    with suppress(CheckError):
        if net.draws_noise(draw, mode):
            return _own_samples(net, draw, mode) or one_draw(known, draw, mode)
    return True


def _own_samples(net: Network, draw: Draw, mode: Mode) -> bool:
    """Whether x_hat is the decoded answer of the own sampler under one seed, for the own heads or
    for what forward returns in their place."""
    seed = draw.seed()
    x_hat, *returned_ones = net.forward(mode=mode, seed=seed)
    given = (returned_ones, *net.heads(mode))
    drawn = (net.student.call(net.sampling, *each, seed=seed) for each in given)
    decoded = (net.decode(as_array(z, net.sampler), mode) for z in drawn)
    return any(_same_image(x_hat, y) for found in decoded for y in found)


def one_draw(known: Levels, draw: Draw, mode: Mode) -> bool:
    """Whether x_hat of one image, many times, has the moments of what the own sampler draws.

    For a sampler that takes its noise from elsewhere than torch's seed. One that draws otherwise
    at each call says nothing.
    """
    many = _many(known)
    if many is None:
        return True
    x_hat = many.forward(mode=mode, seed=draw.seed())[0]
    call, given = many.student.call, many.heads(mode)[0]
    z, again = (as_array(call(many.sampling, *given), many.sampler) for _ in "ab")
    if not noise.same_moments(z, again):
        return True
    decoded = (rows(y) for y in many.decode(z, mode) if y.size == x_hat.size)
    return any(noise.same_images(rows(x_hat), y, draw) for y in decoded)


def _many(known: Levels) -> Network | None:
    """A network whose heads give known levels, with one image many times."""
    net, n = known.planted(), known.repeats
    if net is None:
        return None
    c = None if net.c is None else np.repeat(net.c[:1], n, axis=0)
    return replace(net, x=np.repeat(net.x[:1], n, axis=0), c=c)


def _same_image(a: Array, b: Array) -> bool:
    """Equal pixels; whether rows were made images in forward or in the decoder is all one."""
    if a.shape[:1] != b.shape[:1] or a.size != b.size:
        return False
    return close(rows(a), rows(b), rtol=1e-4, atol=5e-5)


def _wrong_samples(
    net: Network, x_hat: Array, z: Array, stood_in: list[Array], mode: Mode
) -> Iterator[str]:
    """The misconceptions that the own pieces show by themselves."""
    if any(_squashed(rows(x_hat), rows(y)) for y in stood_in):
        yield "two_sigmoids"
    if net.c is None:
        return
    if any(_same_image(x_hat, y) for y in net.decode(z, mode, np.zeros_like(net.c))):
        yield "label_lost_in_decoder"
    others = [np.roll(net.c, n, axis) for axis in (1, 0) for n in (1, -1)]  # classes, then images
    turned = (net.decode(z, mode, c) for c in (*others, net.c[:, ::-1], net.c[::-1]))
    if any(_same_image(x_hat, y) for found in turned for y in found):
        yield "another_label_in_decoder"
    target = net.model.part(net.decoder)
    with suppress(CheckError):
        before = np.concatenate([net.c, z], axis=1).astype(np.float32)
        if _same_image(x_hat, outputs(net.student, target, [before], mode)[0]):
            yield "label_before_sample"


def _squashed(got: Array, decoded: Array) -> bool:
    """Whether pixels in [0, 1] went once more through a function that keeps their order and leaves
    them between 0.5 and 0.74, as the sigmoid does."""
    if got.shape != decoded.shape or got.min() < 0.49 or got.max() > 0.74:
        return False
    order = np.argsort(decoded.ravel(), kind="stable")
    return bool((np.diff(got.ravel()[order]) >= -1e-5).all())


def _read(known: Levels, mode: Mode) -> str:
    """The misconception that gave the decoder another mix of the levels than the stand-in's."""
    net = known.planted()
    if net is None or known.readings is None:
        return ""
    with suppress(CheckError):
        x_hat = net.forward(mode=mode, stand_in=net.stand_in)[0]
        for name, reading in known.readings.mistakes():
            z = np.broadcast_to(reading.array[: net.latent], (len(net.x), net.latent))
            if any(_same_image(x_hat, y) for y in net.decode(z, mode)):
                return name
    return ""


def expect_noise_in_both_modes(net: Network, draw: Draw) -> None:
    """Only asked where the sampler gives noise and the decoder heeds what it is given."""
    if not net.heeds_z():
        return
    for mode in (mode for mode in MODES if net.draws_noise(draw, mode)):
        first, second = (sampled_image(net, mode=mode) for _ in range(2))
        if first is not None and second is not None and close(first, second):
            note = f"in {mode} mode two passes give the same x_hat"
            mean = net.decode(net.heads(mode)[0][0], mode)
            silent = any(_same_image(first, y) for y in mean)
            cause = f"no_sample_in_{mode}_mode" if silent else _repeated(net, mode)
            raise Mismatch(note=note, diagnosis=cause)


def _repeated(net: Network, mode: Mode) -> str:
    """The cause where two passes are alike: noise that comes again, if there is any at all."""
    alike = sampled_image(net.with_images(np.repeat(net.x[:1], len(net.x), 0)), mode=mode)
    return "forward_noise_repeated" if alike is not None and noise.varies(alike) else ""
