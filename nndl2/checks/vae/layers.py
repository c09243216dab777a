"""What right encoders, heads and decoders are made of: layers, activations, gradients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nndl2.checks.compare import shape_text
from nndl2.checks.declare import check
from nndl2.checks.draw import Draw
from nndl2.checks.model import CheckError, Mismatch, StudentError
from nndl2.checks.oracle import Ask
from nndl2.checks.submission import Handle, Submission
from nndl2.checks.vae.nets import (
    CVAE,
    HIDDEN,
    IMAGE,
    LATENT,
    PIXELS,
    VAE,
    Net,
    Sizes,
    length,
    weights,
)
from nndl2.laws import chains, gradients, values
from nndl2.laws.networks import Network
from nndl2.laws.planting import CORE, planted
from nndl2.laws.values import rows

ENCODERS = {"encoder": VAE, "cvae_encoder": CVAE}
DECODERS = {"decoder": VAE, "cvae_decoder": CVAE}
BOUND = 2e-4  # a pixel that is kept 1e-4 away from 0 and 1 is let pass


def zeros(*shape: int) -> list[np.ndarray]:
    return [np.zeros(shape, np.float32)]


@check(ENCODERS, about="parameters")
def encoder_has_the_asked_parameters(
    student: Submission, draw: Draw, oracle: Ask, net: Net
) -> None:
    """{} encoder of the notebook's example has the parameters of three linear layers"""
    answer = oracle("parameters", net.example().encoder, net.example().classes)
    sizes, model = net.elsewhere(student, draw, net.example())
    if sizes == net.example():
        fed = zeros(2, sizes.encoder[0])
        target = model.part("encoder")
        chains.expect_count(student, target, fed, answer, "parameters in the encoder")


@check(ENCODERS, about="layers")
def encoder_is_three_linear_layers(student: Submission, draw: Draw, oracle: Ask, net: Net) -> None:
    """{} encoder leads from what it is given through three linear layers of 400"""
    sizes, model = net.elsewhere(student, draw, net.other(draw))
    telling = {"size_hard_coded": sizes.fixed, "label_not_joined": [sizes.pixels]}
    fed = zeros(2, sizes.encoder[0])
    chains.expect_chain(student, model.part("encoder"), fed, sizes.encoder, telling)


@check({"encoder": VAE}, about="flattening")
def encoder_flattens_the_images(student: Submission, draw: Draw, oracle: Ask, net: Net) -> None:
    """the encoder takes images, or forward makes rows of pixels of them"""
    sizes, model = net.built(student, draw)
    student.weights(model.part("encoder"), numbers=False)  # which one that is not written has not
    found = Network(student, model, sizes.latent, np.zeros((2, *IMAGE), np.float32))
    if found.flattens_nothing():
        raise found.unflattened()


@check(ENCODERS, about="activations")
def encoder_has_a_relu_after_every_layer(
    student: Submission, draw: Draw, oracle: Ask, net: Net
) -> None:
    """{} encoder applies a ReLU after each of its layers, and nothing else"""
    sizes = net.sizes(draw)
    layers = weights(draw, sizes, "encoder")
    core = planted(draw, [sizes.encoder[0], CORE, CORE, CORE], 1 / 3)
    found = Network(student, net.built(student, draw)[1], sizes.latent, *inputs(draw, sizes))
    rows = found.fed()[0 if net.label else -1]
    whole, few = oracle("encoder", rows, layers), oracle("encoder", rows, core)
    fed = found.fed()[: 1 if net.label else 2]
    values.expect_planted(
        student, found.model.part("encoder"), fed, layers, whole, core=(core, few)
    )


@check(ENCODERS, after=encoder_has_a_relu_after_every_layer, about="gradients")
def encoder_learns(student: Submission, draw: Draw, oracle: Ask, net: Net) -> None:
    """gradients reach every parameter of {} encoder"""
    sizes = net.sizes(draw)
    found = Network(student, net.of(student, draw, sizes), sizes.latent, *inputs(draw, sizes))
    target = found.model.part("encoder")
    gradients.expect_gradients(student, target, found.fed())
    gradients.expect_different_units(student, target, sizes.encoder[-1])


def inputs(draw: Draw, sizes: Sizes) -> tuple[np.ndarray, np.ndarray | None]:
    """Images (N, 1, 28, 28) and one-hot labels (N, C) or None."""
    n = length(draw)
    return draw.uniform(n, *IMAGE), draw.one_hot(n, sizes.classes) if sizes.classes else None


@dataclass(frozen=True)
class Heads:
    """Heads of one of the networks, judged together."""

    net: Net
    pieces: tuple[str, ...]

    def __format__(self, spec: str) -> str:
        named = " and ".join(self.pieces)
        return f"the CVAE's {named} are" if self.net.label else f"{named} is"


HEADS = {
    "mu": Heads(VAE, ("mu_layer",)),
    "logvar": Heads(VAE, ("logvar_layer",)),
    "cvae_encoder": Heads(CVAE, ("mu_layer", "logvar_layer")),
}


@check(HEADS, about="parameters")
def heads_have_the_asked_parameters(
    student: Submission, draw: Draw, oracle: Ask, heads: Heads
) -> None:
    """in the notebook's example {} as large as one linear layer"""
    answer = oracle("parameters", heads.net.example().head, 0)
    sizes, model = heads.net.elsewhere(student, draw, heads.net.example())
    for piece in heads.pieces if sizes == heads.net.example() else ():
        fed = zeros(2, HIDDEN)
        chains.expect_count(student, model.part(piece), fed, answer, f"parameters in {piece}")


@check(HEADS, about="layers")
def heads_are_linear(student: Submission, draw: Draw, oracle: Ask, heads: Heads) -> None:
    """{} linear from 400 to latent_size, with no activation"""
    sizes, h = heads.net.sizes(draw), draw.normal(length(draw), HIDDEN, scale=2.0)
    layers = {piece: weights(draw, sizes, piece) for piece in heads.pieces}
    answers = {piece: oracle("head", h, layers[piece]) for piece in heads.pieces}
    _, model = heads.net.built(student, draw)
    joined = [sizes.latent + sizes.classes] if sizes.classes else []
    telling = {
        "label_in_heads": joined,
        "label_before_heads": [HIDDEN + sizes.classes] if sizes.classes else [],
        "head_takes_pixels": [sizes.pixels],
        "size_hard_coded": sizes.fixed,
    }
    for piece, answer in answers.items():
        target = model.part(piece)
        chains.expect_chain(student, target, [h], sizes.head, telling)
        values.expect_planted(student, target, [h], layers[piece], answer)


@check(HEADS, after=heads_are_linear, about="gradients")
def heads_learn(student: Submission, draw: Draw, oracle: Ask, heads: Heads) -> None:
    """gradients reach what {} made of"""
    model = heads.net.of(student, draw, heads.net.sizes(draw))
    for piece in heads.pieces:
        h = draw.normal(length(draw), HIDDEN, scale=2.0)
        gradients.expect_gradients(student, model.part(piece), [h])


@check({"logvar": VAE, "cvae_encoder": CVAE}, after=heads_are_linear, about="weights of its own")
def logvar_layer_has_weights_of_its_own(
    student: Submission, draw: Draw, oracle: Ask, net: Net
) -> None:
    """{} logvar_layer does not share its weights with mu_layer"""
    model = net.of(student, draw, net.sizes(draw))
    gradients.expect_own_weights(student, model, "mu_layer", "logvar_layer")


@check({"mu": VAE, "cvae_encoder": CVAE}, about="default sizes")
def sizes_have_their_defaults(student: Submission, draw: Draw, oracle: Ask, net: Net) -> None:
    """{} latent vector has 15 numbers, and a label 10, where __init__ is not told otherwise"""
    usual = net.usual()
    sides = {"encoder": usual.encoder[0], "mu_layer": LATENT}
    bare = student.build(net.cls, PIXELS)
    for piece in ("encoder", "mu_layer") if net.label else ("mu_layer",):
        fed = zeros(2, usual.encoder[0] if piece == "encoder" else HIDDEN)

        def told(piece: str = piece) -> Handle:
            return net.of(student, draw, usual).part(piece)

        chains.expect_default(student, bare.part(piece), told, fed, sides[piece])


@check(DECODERS, about="parameters")
def decoder_has_the_asked_parameters(
    student: Submission, draw: Draw, oracle: Ask, net: Net
) -> None:
    """{} decoder of the notebook's example has the parameters of four linear layers"""
    example = net.example()
    answer = oracle("parameters", example.decoder, example.classes)
    sizes, model = net.elsewhere(student, draw, example)
    if sizes == example:
        fed = zeros(2, sizes.decoder[0])
        target = model.part("decoder")
        chains.expect_count(student, target, fed, answer, "parameters in the decoder")
    elif not net.label:
        note = f"{net.cls}({example.pixels}, {example.latent}) cannot be built, {net.cls}(784) can"
        raise Mismatch(note=note, diagnosis="one_size_only")


@check(DECODERS, about="layers")
def decoder_is_four_linear_layers(student: Submission, draw: Draw, oracle: Ask, net: Net) -> None:
    """{} decoder leads from what it is given through three layers of 400 to input_size"""
    sizes, model = net.elsewhere(student, draw, net.other(draw))
    telling = {"size_hard_coded": sizes.fixed, "label_not_joined": [sizes.latent]}
    fed = zeros(2, sizes.decoder[0])
    chains.expect_chain(student, model.part("decoder"), fed, sizes.decoder, telling)


@check(DECODERS, about="activations")
def decoder_ends_in_a_sigmoid(student: Submission, draw: Draw, oracle: Ask, net: Net) -> None:
    """{} decoder applies a ReLU after each hidden layer and a sigmoid at the end"""
    sizes = net.sizes(draw)
    layers = weights(draw, sizes, "decoder")
    core = planted(draw, [sizes.decoder[0], CORE, CORE, CORE, PIXELS], 4.0)
    z = draw.normal(length(draw), sizes.decoder[0], scale=2.0)
    z[-1] *= 10  # far out, where the sigmoid reaches 0 and 1
    whole, few = oracle("decoder", z, layers), oracle("decoder", z, core)
    target = net.built(student, draw)[1].part("decoder")
    values.expect_planted(student, target, [z], layers, whole, core=(core, few), atol=BOUND)


@check(DECODERS, about="shape")
def decoder_gives_images(student: Submission, draw: Draw, oracle: Ask, net: Net) -> None:
    """{} decoder makes images (N, 1, 28, 28) of the rows of pixels, or forward does"""
    sizes, model = net.built(student, draw)
    target, n = model.part("decoder"), length(draw)
    try:
        got = values.outputs(student, target, zeros(n, sizes.decoder[0]))[0]
    except StudentError:
        return  # it takes other sizes, or none: that is told elsewhere
    if rows(got).shape != (n, PIXELS):
        return  # it has other layers: that is told elsewhere
    if got.shape != (n, *IMAGE) and not _reshaped(student, net, draw):
        texts = shape_text((n, *IMAGE)), shape_text(got.shape)
        raise Mismatch(*texts, f"{target.name} has another shape", _shape_cause(got.shape[1:]))


def _shape_cause(image: tuple[int, ...]) -> str:
    """What is wrong with an image that has all its pixels, but not its axes."""
    if image == IMAGE[1:]:
        return "channel_missing"
    return "axes_in_another_order" if sorted(image) == sorted(IMAGE) else "no_unflatten"


def _reshaped(student: Submission, net: Net, draw: Draw) -> bool:
    """Whether forward gives images though the decoder does not: then the shape is kept there."""
    sizes, model = net.built(student, draw)
    found = Network(student, model, sizes.latent, *inputs(draw, sizes))
    try:
        x_hat = found.forward()[0]
    except CheckError:
        return False
    return x_hat.shape == found.x.shape


@check(DECODERS, after=decoder_ends_in_a_sigmoid, about="gradients")
def decoder_learns(student: Submission, draw: Draw, oracle: Ask, net: Net) -> None:
    """gradients reach every parameter of {} decoder"""
    sizes = net.sizes(draw)
    target = net.of(student, draw, sizes).part("decoder")
    z = draw.normal(length(draw), sizes.decoder[0])
    gradients.expect_gradients(student, target, [z, z[:, : sizes.latent]])
    gradients.expect_different_units(student, target, HIDDEN)
