"""What right `encode` and `decode` are made of: layers, activations, gradients."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nndl2.checks.compare import as_array, expect_shape
from nndl2.checks.conv_vae.nets import FIXED, HEADS, Sizes, built
from nndl2.checks.declare import check
from nndl2.checks.draw import Draw
from nndl2.checks.model import Mismatch
from nndl2.checks.oracle import Ask
from nndl2.checks.submission import Submission, Value
from nndl2.laws import convolutions, gradients
from nndl2.laws.outputs import outputs
from nndl2.laws.values import expect_axis

BOUND = 2e-4  # a pixel that is kept 1e-4 away from 0 and 1 is let pass


def zeros(*shape: int) -> np.ndarray:
    return np.zeros(shape, np.float32)


def expect_row(value: Value, n: int, latent: int, what: str) -> None:
    """A row of Z numbers for each image; as many as the assignment has by default are hard-coded,
    where Z is another."""
    try:
        expect_shape(value, (n, latent), what, "(N, Z)")
    except Mismatch as e:
        usual = as_array(value, what).shape == (n, Sizes().latent)
        raise Mismatch(e.expected, e.got, e.note, "size_hard_coded" if usual else "") from None


@check("encode", about="shapes")
def encode_gives_mu_and_logvar(student: Submission, draw: Draw, oracle: Ask) -> None:
    """encode gives mu and logvar, each of shape (N, Z), for any channels and latent_size"""
    sizes, model = built(student, draw)
    usual, bare = Sizes(), student.build("VAE").part("encode")
    asked = model.part("encode"), zeros(sizes.n, *sizes.image)
    convolutions.expect_taken(student, asked, (bare, zeros(2, *usual.image)))
    for n, these, target in ((sizes.n, sizes, asked[0]), (1, sizes, asked[0]), (2, usual, bare)):
        found = outputs(student, target, [zeros(n, *these.image)], HEADS)
        for value, what in zip(found, HEADS):
            expect_row(value, n, these.latent, what)


@check("encode", after=encode_gives_mu_and_logvar, about="layers")
def encode_has_the_asked_layers(student: Submission, draw: Draw, oracle: Ask) -> None:
    """encode leads through two convolutions to a linear layer for mu and one for logvar"""
    sizes, model = built(student, draw)
    heads = sizes.heads(student, model, sizes.images(draw))
    for head in heads:
        convolutions.expect_chain(head, FIXED)
    convolutions.expect_branches(heads)
    convolutions.expect_learning(heads, sizes.encoder_layers(draw))


@check("encode", after=encode_has_the_asked_layers, about="activations")
def encode_has_its_activations(student: Submission, draw: Draw, oracle: Ask) -> None:
    """a ReLU follows each convolution of encode, and nothing follows mu and logvar"""
    sizes, model = built(student, draw)
    x, layers = sizes.images(draw), sizes.encoder_layers(draw)
    answers = [oracle("head", x, each) for each in layers]
    convolutions.expect_planted(sizes.heads(student, model, x), layers, answers)


@check("decode", about="layers")
def decode_has_the_asked_layers(student: Submission, draw: Draw, oracle: Ask) -> None:
    """decode leads through a linear layer and two transposed convolutions back to images"""
    sizes, model = built(student, draw)
    usual, z = Sizes(), draw.normal(sizes.n, sizes.latent)
    example = usual.build(student).part("decode"), zeros(2, usual.latent)
    convolutions.expect_taken(student, (model.part("decode"), z), example)
    images = sizes.images_of(student, model, z)
    convolutions.expect_chain(images, FIXED)
    convolutions.expect_learning([images], [sizes.decoder_layers(draw)])


@check("decode", after=decode_has_the_asked_layers, about="shapes")
def decode_gives_images(student: Submission, draw: Draw, oracle: Ask) -> None:
    """decode gives images (N, C, 28, 28), with one latent vector or channel as with many"""
    sizes, model = built(student, draw)
    grey = replace(sizes, channels=1)  # an axis of length 1 can get lost
    for n, these, target in ((sizes.n, sizes, model), (1, sizes, model), (2, grey, None)):
        target = target or these.build(student)
        found = student.call(target.part("decode"), zeros(n, sizes.latent))
        expect_axis(as_array(found, "decode"), (n, *these.image), "decode", "(N, C, 28, 28)")


@check("decode", after=decode_gives_images, about="activations")
def decode_ends_in_a_sigmoid(student: Submission, draw: Draw, oracle: Ask) -> None:
    """decode applies a ReLU after each layer but the last, and a sigmoid behind that"""
    sizes, model = built(student, draw)
    z, layers = draw.normal(sizes.n, sizes.latent, scale=2.0), sizes.decoder_layers(draw)
    answer = oracle("decoder", z, layers)
    images = sizes.images_of(student, model, z)
    convolutions.expect_planted([images], [layers], [answer], atol=BOUND)


@check("decode", after=decode_has_the_asked_layers, about="weights of its own")
def decode_has_layers_of_its_own(student: Submission, draw: Draw, oracle: Ask) -> None:
    """decode shares no weights with encode"""
    sizes, model = built(student, draw)
    images = sizes.images_of(student, model, zeros(sizes.n, sizes.latent))
    heads = sizes.heads(student, model, zeros(sizes.n, *sizes.image))
    convolutions.expect_own_weights(heads, images)


@check("decode", after=decode_has_the_asked_layers, about="gradients")
def decode_passes_gradients(student: Submission, draw: Draw, oracle: Ask) -> None:
    """gradients pass through decode to the latent vectors"""
    sizes, model = built(student, draw)
    z = draw.normal(sizes.n, sizes.latent)
    gradients.expect_passed(student, model.part("decode"), z, "z")
