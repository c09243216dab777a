"""What a right `forward` does with the network's own encode, sample and decode."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nndl2.checks.compare import expect_unchanged
from nndl2.checks.conv_vae.nets import grey_network, levels, network, with_levels
from nndl2.checks.declare import check
from nndl2.checks.draw import Draw
from nndl2.checks.model import Mismatch
from nndl2.checks.oracle import Ask
from nndl2.checks.submission import Submission
from nndl2.laws import compositions, decoded_samples, methods
from nndl2.laws.compositions import Levels
from nndl2.laws.networks import FACTORS
from nndl2.laws.outputs import three_outputs

REPEATS = 600  # samples that decide where forward draws by itself


@check("forward", about="shapes")
def forward_keeps_the_shapes(student: Submission, draw: Draw, oracle: Ask) -> None:
    """forward returns x_hat, mu and logvar in the shapes of decode and encode, also for N = 1"""
    found = network(student, draw)
    found.forward(stand_in=found.stand_in)
    compositions.expect_own_shapes(found, whole=True)
    compositions.expect_own_shapes(network(student, draw, 1), whole=False)
    if grey := grey_network(student, draw):
        compositions.expect_own_shapes(grey, whole=True)


@check("forward", after=forward_keeps_the_shapes, about="sampling")
def equal_images_are_decoded_from_different_samples(
    student: Submission, draw: Draw, oracle: Ask
) -> None:
    """equal images get different x_hat, because each has a sample of its own"""
    found = network(student, draw)
    found = replace(found, x=np.ones_like(found.x))
    compositions.expect_different_images(with_levels(found, draw) or found, draw)


@check("forward", after=forward_keeps_the_shapes, about="mu and logvar")
def forward_returns_what_encode_gives(student: Submission, draw: Draw, oracle: Ask) -> None:
    """mu and logvar are what your own encode makes of the images"""
    found = network(student, draw)
    returned = oracle("heads", *levels(draw))
    known = Levels(lambda: with_levels(found, draw), returned=returned)
    compositions.expect_heads_of_features(found, draw, known)


@check("forward", after=forward_keeps_the_shapes, about="x_hat")
def forward_decodes_a_sample(student: Submission, draw: Draw, oracle: Ask) -> None:
    """x_hat is what your own decode makes of a sample of mu and logvar"""
    given = levels(draw)
    law, readings = oracle("law", *given), oracle("readings", *given, *FACTORS)
    found = network(student, draw)
    known = Levels(lambda: with_levels(found, draw), law=law, readings=readings, repeats=REPEATS)
    decoded_samples.expect_decoded_sample(found, draw, known)


@check("forward", after=forward_keeps_the_shapes, about="both modes")
def forward_draws_in_train_and_eval_mode(student: Submission, draw: Draw, oracle: Ask) -> None:
    """every pass draws a new sample, in train and in eval mode"""
    found = network(student, draw)
    decoded_samples.expect_noise_in_both_modes(with_levels(found, draw) or found, draw)


@check("forward", after=forward_keeps_the_shapes, about="gradients")
def forward_passes_gradients(student: Submission, draw: Draw, oracle: Ask) -> None:
    """gradients reach the weights of encode and decode through forward"""
    methods.expect_gradients_through(network(student, draw))


@check("forward", after=forward_keeps_the_shapes, about="inputs unchanged")
def forward_leaves_its_images(student: Submission, draw: Draw, oracle: Ask) -> None:
    """forward does not change the images in place"""
    found = network(student, draw)
    three_outputs(student, found.model, found.inputs, stand_in=found.stand_in)
    kept = student.call(found.model, *found.inputs, keep=True, stand_in=found.stand_in)
    try:
        expect_unchanged(kept, found.inputs, ("x",))
    except Mismatch:
        if found.leaves_images():
            raise
