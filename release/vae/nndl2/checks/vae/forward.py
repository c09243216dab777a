"""What a right `forward` does with the network's own pieces, and with the label."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nndl2.checks.compare import expect_shape, expect_unchanged, shape_text
from nndl2.checks.declare import check
from nndl2.checks.draw import Draw
from nndl2.checks.model import Mismatch
from nndl2.checks.oracle import Ask
from nndl2.checks.submission import Submission
from nndl2.checks.vae.nets import CVAE, IMAGE, VAE, Net, levels, network, with_levels
from nndl2.laws import compositions, decoded_samples
from nndl2.laws.compositions import Levels
from nndl2.laws.networks import FACTORS, Network
from nndl2.laws.outputs import three_outputs

FORWARDS = {"forward": VAE, "cvae_forward": CVAE}


def equal_inputs(found: Network) -> Network:
    """The network with white images, and labels that are one and the same, int64."""
    c = found.c
    if c is not None:
        c = np.repeat(np.eye(c.shape[1], dtype=np.int64)[-1:], len(found.x), axis=0)
    return replace(found, x=np.ones_like(found.x), c=c)


@check(FORWARDS, about="shapes")
def forward_returns_the_asked_shapes(
    student: Submission, draw: Draw, oracle: Ask, net: Net
) -> None:
    """forward returns x_hat, mu and logvar in the asked shapes"""
    found = equal_inputs(network(student, net, draw, 3))
    n, latent = len(found.x), found.latent
    compositions.expect_images_taken(found)
    out = three_outputs(student, found.model, found.inputs, stand_in=found.stand_in)
    got = [value.shape if isinstance(value, np.ndarray) else () for value in out]
    if (n, *IMAGE) in got[1:] and got[0] == (n, latent):
        cause = "outputs_in_another_order"
        raise Mismatch("x_hat, mu, logvar", "another order", diagnosis=cause)
    decoded = found.decode(np.zeros((n, latent)), "train")[0]
    if decoded.shape == (n, *IMAGE):  # else the decoder is told
        if got[0] == (n, decoded[0].size):
            texts = shape_text((n, *IMAGE)), shape_text(got[0])
            raise Mismatch(*texts, "x_hat has another shape", "x_hat_flattened")
        expect_shape(out[0], (n, *IMAGE), "x_hat", "(N, 1, 28, 28)")
    mu, logvar, _ = found.ask_pieces()
    for value, head, what in zip(out[1:], (mu, logvar), ("mu", "logvar")):
        if head.shape == (n, latent):  # else the head is told
            expect_shape(value, (n, latent), what, "(N, Z)")


@check(FORWARDS, after=forward_returns_the_asked_shapes, about="sampling")
def equal_images_are_decoded_from_different_samples(
    student: Submission, draw: Draw, oracle: Ask, net: Net
) -> None:
    """equal images get different x_hat, because each has a sample of its own"""
    found = equal_inputs(network(student, net, draw, 3))
    compositions.expect_different_images(with_levels(found, draw) or found, draw)


@check(FORWARDS, after=forward_returns_the_asked_shapes, about="shapes")
def forward_keeps_the_shapes(student: Submission, draw: Draw, oracle: Ask, net: Net) -> None:
    """the shapes are right with one image as with many"""
    compositions.expect_own_shapes(network(student, net, draw), whole=True)
    compositions.expect_own_shapes(network(student, net, draw, 1), whole=False)


@check(FORWARDS, after=forward_returns_the_asked_shapes, about="mu and logvar")
def forward_uses_encoder_and_heads(student: Submission, draw: Draw, oracle: Ask, net: Net) -> None:
    """mu and logvar are what your own encoder and heads make of what comes in"""
    found = network(student, net, draw)
    returned = oracle("heads", *levels(draw))
    compositions.expect_heed(found)
    known = Levels(lambda: with_levels(found, draw), returned=returned)
    compositions.expect_heads_of_features(found, draw, known)


@check(FORWARDS, after=forward_returns_the_asked_shapes, about="x_hat")
def forward_decodes_a_sample(student: Submission, draw: Draw, oracle: Ask, net: Net) -> None:
    """x_hat is what your own decoder makes of a sample of mu and logvar"""
    given = levels(draw)
    law, readings = oracle("law", *given), oracle("readings", *given, *FACTORS)
    found = network(student, net, draw)
    known = Levels(lambda: with_levels(found, draw), law=law, readings=readings)
    decoded_samples.expect_decoded_sample(found, draw, known)


@check(FORWARDS, after=forward_returns_the_asked_shapes, about="both modes")
def forward_draws_in_train_and_eval_mode(
    student: Submission, draw: Draw, oracle: Ask, net: Net
) -> None:
    """every pass draws a new sample, in train and in eval mode"""
    found = network(student, net, draw)
    decoded_samples.expect_noise_in_both_modes(with_levels(found, draw) or found, draw)


@check(FORWARDS, after=forward_returns_the_asked_shapes, about="gradients")
def forward_passes_gradients(student: Submission, draw: Draw, oracle: Ask, net: Net) -> None:
    """gradients reach encoder, heads and decoder through forward"""
    compositions.expect_gradients_through(network(student, net, draw))


@check(FORWARDS, after=forward_returns_the_asked_shapes, about="inputs unchanged")
def forward_leaves_its_inputs(student: Submission, draw: Draw, oracle: Ask, net: Net) -> None:
    """forward does not change what it is given in place"""
    found = network(student, net, draw)
    three_outputs(student, found.model, found.inputs, stand_in=found.stand_in)
    kept = student.call(found.model, *found.inputs, keep=True, stand_in=found.stand_in)
    expect_unchanged(kept, found.inputs, ("x", "c"))
