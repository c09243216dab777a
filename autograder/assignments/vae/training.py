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
from autograder.assignments.vae import oracle
from autograder.assignments.vae.nets import (
    DECODER_ACTS,
    ENCODER_ACTS,
    HIDDEN,
    decoder_forms,
    decoder_sizes,
    encoder_sizes,
    forms,
)
from autograder.assignments.vae.oracle import Array, Layers
from nndl2.checks import vae as visible
from nndl2.checks.declare import check
from nndl2.checks.draw import Draw
from nndl2.checks.model import Check, Mismatch, NotRun
from nndl2.checks.submission import Handle, Submission
from nndl2.checks.vae import EPOCHS, LOSS_LIMIT, Net

IMAGES = 2_000
PROBE_IMAGES = 200
LATENT = 15
Pieces = tuple[Layers, Layers, Layers, Layers]  # encoder, mu, logvar, decoder
Tick = Callable[[str], None]


@check("train_vae", after=(visible.forward_returns_the_asked_shapes, visible.loss_is_a_scalar))
def trained_vae_reaches_the_bound(student: Submission, draw: Draw) -> None:
    """ten epochs of training bring the VAE's bound under 120"""


@check(
    "train_cvae", after=(visible.cvae_forward_returns_the_asked_shapes, visible.loss_is_a_scalar)
)
def trained_cvae_reaches_the_bound(student: Submission, draw: Draw) -> None:
    """ten epochs of training bring the CVAE's bound under 120"""


CHECKS: tuple[Check, ...] = (trained_vae_reaches_the_bound, trained_cvae_reaches_the_bound)


def bound_checks(data: TrainingSet, tick: Tick) -> Sequence[Check]:
    """The training checks, bound to images to train on; `tick` is told of every epoch."""
    nets = (Net(LATENT), Net(LATENT, num_classes=10))
    return [replace(c, ask=_asking(net, data, tick)) for c, net in zip(CHECKS, nets)]


def _asking(net: Net, data: TrainingSet, tick: Tick) -> Callable[[Submission, Draw], str]:
    return lambda student, draw: trained_bound(student, draw, net, data, tick)


def trained_bound(student: Submission, draw: Draw, net: Net, data: TrainingSet, tick: Tick) -> str:
    """Train `net` and compare its bound on images it was trained on with the limit."""
    model = net.build(student)
    for epoch in range(EPOCHS):
        tick(f"{net.cls} epoch {epoch + 1} of {EPOCHS}")
        student.call(
            "nndl2.helper.train_arrays",
            epoch,
            model,
            data.images,
            data.labels,
            bool(net.num_classes),
            seed=draw.seed(),
        )
    noise = draw.normal(IMAGES, net.latent_size)
    x, c = inputs(net, data.images[:IMAGES], data.labels[:IMAGES])
    few = slice(0, PROBE_IMAGES)
    best = min(
        rebuilt(student, net, model), key=lambda p: bound(net, p, x[few], _cut(c, few), noise[few])
    )
    reached = bound(net, best, x, c, noise[: len(x)])
    held = inputs(net, data.held_out_images[:IMAGES], data.held_out_labels[:IMAGES])
    apart = bound(net, best, *held, noise[: len(held[0])])
    told = f"{reached:.2f} on images trained on, {apart:.2f} on held-out ones"
    if not reached < LOSS_LIMIT:
        raise Mismatch(f"a bound under {LOSS_LIMIT:g}", told, f"after {EPOCHS} epochs")
    return f"bound {told}"


def _cut(c: Array | None, part: slice) -> Array | None:
    return None if c is None else c[part]


def inputs(net: Net, images: Array, labels: Array) -> tuple[Array, Array | None]:
    """Pixels (N, 1, 28, 28) in [0, 1] and, for a CVAE, one-hot labels (N, C)."""
    x = (images.astype(np.float32) / 255).reshape(-1, 1, 28, 28)
    return x, np.eye(net.num_classes, dtype=np.float32)[labels] if net.num_classes else None


def rebuilt(student: Submission, net: Net, model: Handle) -> Iterator[Pieces]:
    """The network from its returned weights, in every arrangement that their shapes allow."""
    sizes = {
        "encoder": encoder_sizes(net),
        "mu_layer": [HIDDEN, net.latent_size],
        "logvar_layer": [HIDDEN, net.latent_size],
        "decoder": decoder_sizes(net),
    }
    found = []
    for piece, chain in sizes.items():
        laid = list(oracle.arrangements(student.weights(model.part(piece)), chain))
        if not laid:
            raise NotRun(f"needs the layers that the assignment asks for in {net.cls}.{piece}")
        found.append(laid)
    encoders, mus, logvars, decoders = found
    yield from itertools.product(encoders, mus, logvars, decoders)


def bound(net: Net, pieces: Pieces, x: Array, c: Array | None, noise: Array) -> float:
    """The negative ELBO in nats an image, the better of both ways to join the label."""
    encoder, mu_layer, logvar_layer, decoder = pieces
    best = np.inf
    for given in forms(net, x, c)[: 1 if c is None else 2]:
        h = oracle.mlp(given, encoder, ENCODER_ACTS)
        mu = oracle.mlp(h, mu_layer, [oracle.identity])
        logvar = oracle.mlp(h, logvar_layer, [oracle.identity])
        z = mu + np.exp(logvar / 2) * noise
        for joined in decoder_forms(z, c)[: 1 if c is None else 2]:
            x_hat = oracle.mlp(joined, decoder, DECODER_ACTS)
            loss = oracle.negative_elbo(x_hat.reshape(x.shape), x, mu, logvar)
            best = min(best, loss if np.isfinite(loss) else np.inf)
    return best
