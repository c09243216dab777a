"""The training check: ten epochs, then the bound that the returned weights reach.

The grader computes the bound itself, in NumPy, with noise of its own; no number that a submission
reports is looked at.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from autograder.assignments import TrainingSet
from autograder.oracles.activations import identity, relu, sigmoid
from autograder.oracles.losses import negative_elbo
from autograder.oracles.networks import Array, Layers, mlp
from nndl2.checks.collapse import posterior_collapse
from nndl2.checks.declare import check
from nndl2.checks.draw import Draw
from nndl2.checks.model import Check, Mismatch, NotRun
from nndl2.checks.oracle import Ask
from nndl2.checks.submission import Handle, Submission
from nndl2.checks.vae.forward import forward_returns_the_asked_shapes as returns_shapes
from nndl2.checks.vae.loss import loss_is_a_scalar
from nndl2.checks.vae.nets import CLASSES, CVAE, IMAGE, LATENT, VAE, Net, Sizes
from nndl2.checks.vae.training import EPOCHS, LOSS_LIMIT
from nndl2.laws.chains import shapes_of
from nndl2.laws.planting import arrangements, taken

IMAGES = 2_000
PROBE_IMAGES = 200
Pieces = tuple[Layers, Layers, Layers, Layers]  # encoder, mu, logvar, decoder
Tick = Callable[[str], None]
NETS = (("train_vae", VAE, "forward"), ("train_cvae", CVAE, "cvae_forward"))


def trained_network_reaches_the_bound(
    student: Submission, draw: Draw, oracle: Ask, net: Net
) -> str | None:
    """ten epochs of training bring the network's bound under 120"""
    return None  # `bound_checks` has images to train on


CHECKS: tuple[Check, ...] = tuple(
    check({part: net}, after=(returns_shapes.of(forward), loss_is_a_scalar))(
        trained_network_reaches_the_bound
    )[0]
    for part, net, forward in NETS
)


# a forward pass and two backward ones, each a product and a sum for each weight and image
WORK = 6.0 * 1_288_624 * 60_000 * EPOCHS * len(NETS)


def bound_checks(data: TrainingSet, tick: Tick) -> Sequence[Check]:
    """The training checks, bound to images to train on; `tick` is told of every epoch."""
    return [replace(c, ask=_asking(net, data, tick)) for c, (_, net, _) in zip(CHECKS, NETS)]


def _asking(net: Net, data: TrainingSet, tick: Tick) -> Callable[[Submission, Draw, Ask], str]:
    return lambda student, draw, oracle: trained_bound(student, draw, net, data, tick)


def trained_bound(student: Submission, draw: Draw, net: Net, data: TrainingSet, tick: Tick) -> str:
    """Train `net` and compare its bound on images it was trained on with the limit."""
    model = net.build(student, net.usual())
    for epoch in range(EPOCHS):
        tick(f"{net.cls} epoch {epoch + 1} of {EPOCHS}")
        student.call(
            "nndl2.helper.train_arrays",
            epoch,
            model,
            data.images,
            data.labels,
            net.label,
            seed=draw.seed(),
        )
    noise = draw.normal(IMAGES, LATENT)
    x, c = inputs(net, data.images[:IMAGES], data.labels[:IMAGES])
    few = slice(0, PROBE_IMAGES)
    best = min(
        rebuilt(student, net, model), key=lambda p: bound(p, x[few], _cut(c, few), noise[few])
    )
    reached, kl = bound(best, x, c, noise[: len(x)])
    held = inputs(net, data.held_out_images[:IMAGES], data.held_out_labels[:IMAGES])
    apart, _ = bound(best, *held, noise[: len(held[0])])
    told = f"{reached:.2f} on images trained on, {apart:.2f} on held-out ones"
    if not reached < LOSS_LIMIT:
        collapse = posterior_collapse(reached, kl, cost_of_mean(x))
        note = f"after {EPOCHS} epochs" + (f". {collapse}" if collapse else "")
        raise Mismatch(f"a bound under {LOSS_LIMIT:g}", told, note)
    return f"bound {told}"


def _cut(c: Array | None, part: slice) -> Array | None:
    return None if c is None else c[part]


def inputs(net: Net, images: Array, labels: Array) -> tuple[Array, Array | None]:
    """Pixels (N, 1, 28, 28) in [0, 1] and, for a CVAE, one-hot labels (N, C)."""
    x = (images.astype(np.float32) / 255).reshape(-1, *IMAGE)
    return x, np.eye(CLASSES, dtype=np.float32)[labels] if net.label else None


def rebuilt(student: Submission, net: Net, model: Handle) -> Iterator[Pieces]:
    """The network from its returned weights, in every arrangement that their shapes allow."""
    sizes = Sizes(classes=CLASSES if net.label else 0)
    chains = {
        "encoder": sizes.encoder,
        "mu_layer": sizes.head,
        "logvar_layer": sizes.head,
        "decoder": sizes.decoder,
    }
    found = []
    for piece, chain in chains.items():
        weights = student.weights(model.part(piece))
        laid = [taken(weights, slots) for slots in arrangements(weights, shapes_of(chain))]
        if not laid:
            raise NotRun(f"needs the layers that the assignment asks for in {net.cls}.{piece}")
        found.append(laid)
    encoders, mus, logvars, decoders = found
    yield from itertools.product(encoders, mus, logvars, decoders)


def cost_of_mean(x: Array) -> float:
    """What the mean of images (N, 1, H, W) costs in place of every one, in nats an image."""
    nothing = np.zeros((len(x), 1))
    return negative_elbo(np.broadcast_to(x.mean(axis=0), x.shape), x, nothing, nothing)


def bound(pieces: Pieces, x: Array, c: Array | None, noise: Array) -> tuple[float, float]:
    """The negative ELBO in nats an image and the KL divergence in it, the better of both ways to
    join the label in front."""
    encoder, mu_layer, logvar_layer, decoder = pieces
    rows = x.reshape(len(x), -1)
    ways = [[rows]] if c is None else [[rows, c], [c, rows]]
    best = (np.inf, np.inf)
    for given in ways:
        h = mlp(np.concatenate(given, axis=1), encoder, [relu] * 3)
        mu = mlp(h, mu_layer, [identity])
        logvar = mlp(h, logvar_layer, [identity])
        z = mu + np.exp(logvar / 2) * noise
        joined = z if c is None else np.concatenate([z, c], axis=1)
        x_hat = mlp(joined, decoder, [relu] * 3 + [sigmoid])
        loss = negative_elbo(x_hat.reshape(x.shape), x, mu, logvar)
        nothing = np.zeros_like(mu)
        kl = loss - negative_elbo(x_hat.reshape(x.shape), x, nothing, nothing)
        best = min(best, (loss, kl) if np.isfinite(loss) else best)
    return best
