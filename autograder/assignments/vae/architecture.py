"""Hidden checks of encoders, heads and decoders: their layers, activations and gradients."""

from __future__ import annotations

import numpy as np

from autograder.assignments.vae import oracle
from autograder.assignments.vae.nets import (
    DECODER_ACTS,
    ENCODER_ACTS,
    HEAD_ACTS,
    HIDDEN,
    LAST_ACTS,
    answers,
    decoder_forms,
    decoder_sizes,
    described,
    encoder_sizes,
    expect_chain,
    expect_different_units,
    expect_gradients,
    expect_mlp,
    forms,
)
from nndl2.checks.declare import check
from nndl2.checks.draw import Draw
from nndl2.checks.model import CheckError, Mismatch
from nndl2.checks.submission import Handle, Submission
from nndl2.checks.vae import Net, run_forward

N = 5


def any_net(draw: Draw, conditional: bool = False, input_size: int = 784) -> Net:
    """A network of drawn sizes, different from each other, from N and from the assignment's own.

    A decoder for 15 numbers and a label of C takes more than Z by itself: Z < 15 + C always.
    """
    z = draw.generator.choice([n for n in range(6, 21) if n != 15])
    c = draw.generator.choice([n for n in range(6, 30) if n not in (10, z)])
    return Net(int(z), int(c) if conditional else 0, input_size)


def any_network(student: Submission, draw: Draw, conditional: bool) -> tuple[Net, Handle]:
    """Such a network, built: one for all checks of a part, as building is what takes the time."""
    if "network" not in draw.known:
        net = any_net(draw, conditional)
        draw.known["network"] = net, net.build(student)
    found: tuple[Net, Handle] = draw.known["network"]
    return found


def images(net: Net, draw: Draw) -> tuple[np.ndarray, np.ndarray | None]:
    """Inputs (N, 1, 28, 28) on both sides of zero and, for a CVAE, one-hot labels (N, C)."""
    x = draw.normal(N, 1, 28, 28, scale=30.0)
    return x, draw.one_hot(N, net.num_classes) if net.num_classes else None


def odd_size(draw: Draw) -> int:
    """A number of pixels that is not 784, 345 or the hidden size."""
    return int(draw.generator.integers(410, 700))


def encoder_layers(student: Submission, draw: Draw, conditional: bool) -> None:
    net = any_net(draw, conditional, odd_size(draw))
    expect_chain(student, net, net.build(student).part("encoder"), encoder_sizes(net))


def encoder_values(student: Submission, draw: Draw, conditional: bool) -> None:
    net, model = any_network(student, draw, conditional)
    target = model.part("encoder")
    given = forms(net, *images(net, draw))[: 1 if conditional else 2]
    shape, last = (N, HIDDEN), {"no_relu_last": oracle.identity}
    expect_mlp(student, target, given, encoder_sizes(net), ENCODER_ACTS, shape, wrong_last=last)


def encoder_gradients(student: Submission, draw: Draw, conditional: bool) -> None:
    net, model = any_network(student, draw, conditional)
    target = model.part("encoder")
    expect_gradients(student, target, forms(net, *images(net, draw)))
    expect_different_units(student, target)


def head(student: Submission, draw: Draw, name: str, conditional: bool = False) -> None:
    net, model = any_network(student, draw, conditional)
    target = model.part(name)
    expect_chain(student, net, target, [HIDDEN, net.latent_size])
    h = draw.normal(N, HIDDEN, scale=2.0)
    sizes, shape, acts = [HIDDEN, net.latent_size], (N, net.latent_size), [oracle.identity]
    expect_mlp(student, target, [h], sizes, acts, shape, wrong_last=HEAD_ACTS)
    expect_gradients(student, target, [h])


def expect_default(student: Submission, target: Handle, size: int) -> None:
    """A piece of a network that was built without some of its sizes has a side of `size`."""
    weights = student.weights(target)
    sides = {side for w in weights.values() if w.ndim == 2 for side in w.shape}
    if size not in sides:
        found = described(oracle.chain(weights))
        raise Mismatch(f"a side of {size}", found, "__init__ has another default")


def own_weights(student: Submission, model: Handle) -> None:
    """The two heads do not share a layer.

    torch names a shared parameter once. Where the network has the heads under other names, two
    that start alike are there twice.
    """
    if not has(student, model, "mu_layer"):
        return
    heads = [student.weights(model.part(name)) for name in ("mu_layer", "logvar_layer")]
    pairs = list(zip(heads[0].values(), heads[1].values()))
    if not pairs or not all(np.array_equal(a, b) for a, b in pairs):
        return
    whole = student.weights(model)
    named = [any(n.startswith(f"{h}.") for n in whole) for h in ("mu_layer", "logvar_layer")]
    twice = all(sum(np.array_equal(w, a) for w in whole.values()) > 1 for a, _ in pairs)
    if not all(named) and (any(named) or not twice):
        note = "mu_layer and logvar_layer are one and the same layer"
        raise Mismatch(note=note, diagnosis="shared_heads")


def has(student: Submission, model: Handle, piece: str) -> bool:
    try:
        student.weights(model.part(piece))
    except CheckError:
        return False
    return True


def decoder_layers(student: Submission, draw: Draw, conditional: bool) -> None:
    net = any_net(draw, conditional, odd_size(draw))
    expect_chain(student, net, net.build(student).part("decoder"), decoder_sizes(net))


def decoder_values(student: Submission, draw: Draw, conditional: bool, scale: float) -> None:
    net, model = any_network(student, draw, conditional)
    target = model.part("decoder")
    given = [draw.normal(N, net.latent_size + net.num_classes, scale=scale)]
    shape: tuple[int, ...] = (N, 1, 28, 28)
    if answers(student, target, given)[0].shape == (N, 784) and reshaped(student, net, model, draw):
        shape = (N, 784)
    expect_mlp(
        student,
        target,
        given,
        decoder_sizes(net),
        DECODER_ACTS,
        shape,
        wrong_last=LAST_ACTS,
        atol=2e-4 if scale > 100 else 5e-5,  # a bound of 1e-4 away from 0 and 1 is let pass
    )


def reshaped(student: Submission, net: Net, model: Handle, draw: Draw) -> bool:
    """Whether forward gives images though the decoder gives rows: then the shape is kept there."""
    x, c = draw.uniform(N, 1, 28, 28), images(net, draw)[1]
    try:
        x_hat = run_forward(student, net, model, *([x] if c is None else [x, c]))[0]
    except CheckError:
        return False
    return isinstance(x_hat, np.ndarray) and x_hat.shape == x.shape


def decoder_gradients(student: Submission, draw: Draw, conditional: bool) -> None:
    net, model = any_network(student, draw, conditional)
    z = draw.normal(N, net.latent_size)
    c = draw.one_hot(N, net.num_classes) if conditional else None
    target = model.part("decoder")
    expect_gradients(student, target, decoder_forms(z, c))
    expect_different_units(student, target)


@check("encoder", hidden=True)
def encoder_is_three_linear_layers(student: Submission, draw: Draw) -> None:
    """the encoder leads from any input_size through three linear layers of 400"""
    encoder_layers(student, draw, conditional=False)


@check("encoder", hidden=True, after=encoder_is_three_linear_layers)
def encoder_has_a_relu_after_every_layer(student: Submission, draw: Draw) -> None:
    """the encoder applies a ReLU after each of its layers, and nothing else"""
    encoder_values(student, draw, conditional=False)


@check("encoder", hidden=True, after=encoder_has_a_relu_after_every_layer)
def encoder_learns(student: Submission, draw: Draw) -> None:
    """gradients reach every parameter of the encoder"""
    encoder_gradients(student, draw, conditional=False)


@check("mu", hidden=True)
def mu_layer_is_linear(student: Submission, draw: Draw) -> None:
    """mu_layer is one linear layer from 400 to latent_size, with no activation"""
    head(student, draw, "mu_layer")


@check("mu", hidden=True)
def latent_size_is_15_unless_it_is_given(student: Submission, draw: Draw) -> None:
    """VAE(784) has a latent vector of 15 numbers"""
    expect_default(student, student.build("VAE", 784).part("mu_layer"), 15)


@check("logvar", hidden=True)
def logvar_layer_is_linear(student: Submission, draw: Draw) -> None:
    """logvar_layer is one linear layer from 400 to latent_size, with no activation"""
    head(student, draw, "logvar_layer")


@check("logvar", hidden=True, after=logvar_layer_is_linear)
def logvar_layer_has_weights_of_its_own(student: Submission, draw: Draw) -> None:
    """logvar_layer does not share its weights with mu_layer"""
    own_weights(student, any_network(student, draw, conditional=False)[1])


@check("decoder", hidden=True)
def decoder_is_four_linear_layers(student: Submission, draw: Draw) -> None:
    """the decoder leads from latent_size through three layers of 400 to input_size"""
    decoder_layers(student, draw, conditional=False)


@check("decoder", hidden=True, after=decoder_is_four_linear_layers)
def decoder_ends_in_a_sigmoid(student: Submission, draw: Draw) -> None:
    """the decoder applies a ReLU after each hidden layer and a sigmoid at the end"""
    decoder_values(student, draw, conditional=False, scale=30.0)


@check("decoder", hidden=True, after=decoder_ends_in_a_sigmoid)
def decoder_reaches_from_0_to_1(student: Submission, draw: Draw) -> None:
    """the decoder keeps to the sigmoid for far-out samples too, from 0 to 1"""
    decoder_values(student, draw, conditional=False, scale=3000.0)


@check("decoder", hidden=True, after=decoder_ends_in_a_sigmoid)
def decoder_learns(student: Submission, draw: Draw) -> None:
    """gradients reach every parameter of the decoder"""
    decoder_gradients(student, draw, conditional=False)


@check("cvae_encoder", hidden=True)
def cvae_encoder_is_three_linear_layers(student: Submission, draw: Draw) -> None:
    """the CVAE's encoder leads from input_size + num_classes through three layers of 400"""
    encoder_layers(student, draw, conditional=True)


@check("cvae_encoder", hidden=True, after=cvae_encoder_is_three_linear_layers)
def cvae_encoder_has_a_relu_after_every_layer(student: Submission, draw: Draw) -> None:
    """the CVAE's encoder applies a ReLU after each of its layers, and nothing else"""
    encoder_values(student, draw, conditional=True)


@check("cvae_encoder", hidden=True, after=cvae_encoder_has_a_relu_after_every_layer)
def cvae_encoder_learns(student: Submission, draw: Draw) -> None:
    """gradients reach every parameter of the CVAE's encoder"""
    encoder_gradients(student, draw, conditional=True)


@check("cvae_encoder", hidden=True)
def cvae_heads_are_linear(student: Submission, draw: Draw) -> None:
    """the CVAE's mu_layer and logvar_layer are one linear layer each, with no activation"""
    head(student, draw, "mu_layer", conditional=True)
    head(student, draw, "logvar_layer", conditional=True)
    own_weights(student, any_network(student, draw, conditional=True)[1])


@check("cvae_encoder", hidden=True)
def cvae_sizes_are_the_assignments_unless_they_are_given(student: Submission, draw: Draw) -> None:
    """CVAE(784) has 10 classes and a latent vector of 15 numbers"""
    model = student.build("CVAE", 784)
    expect_default(student, model.part("encoder"), 784 + 10)
    expect_default(student, model.part("mu_layer"), 15)


@check("cvae_decoder", hidden=True)
def cvae_decoder_is_four_linear_layers(student: Submission, draw: Draw) -> None:
    """the CVAE's decoder leads from latent_size + num_classes through three layers of 400"""
    decoder_layers(student, draw, conditional=True)


@check("cvae_decoder", hidden=True, after=cvae_decoder_is_four_linear_layers)
def cvae_decoder_ends_in_a_sigmoid(student: Submission, draw: Draw) -> None:
    """the CVAE's decoder applies a ReLU after each hidden layer and a sigmoid at the end"""
    decoder_values(student, draw, conditional=True, scale=30.0)


@check("cvae_decoder", hidden=True, after=cvae_decoder_ends_in_a_sigmoid)
def cvae_decoder_reaches_from_0_to_1(student: Submission, draw: Draw) -> None:
    """the CVAE's decoder keeps to the sigmoid for far-out samples too, from 0 to 1"""
    decoder_values(student, draw, conditional=True, scale=3000.0)


@check("cvae_decoder", hidden=True, after=cvae_decoder_ends_in_a_sigmoid)
def cvae_decoder_learns(student: Submission, draw: Draw) -> None:
    """gradients reach every parameter of the CVAE's decoder"""
    decoder_gradients(student, draw, conditional=True)
