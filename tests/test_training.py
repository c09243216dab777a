"""The training check: real training on the CPU, judged by the returned weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from autograder.assignments import Private, load
from autograder.assignments.vae import training
from autograder.grade import grade_one
from autograder.isolation import WarmParent
from autograder.oracles.activations import identity, relu, sigmoid
from autograder.oracles.losses import negative_elbo
from autograder.oracles.networks import Layers, mlp
from autograder.training import Trainer, training_set
from nndl2.checks.model import Outcome, Verdict
from nndl2.checks.vae.nets import VAE
from nndl2.laws.chains import shapes_of

FULL = load("vae")


def only(number: int) -> Private:
    """The assignment with the training check of one model: 0 VAE, 1 CVAE."""
    return replace(
        FULL,
        training=lambda data, tick: training.bound_checks(data, tick)[number : number + 1],
        training_checks=FULL.training_checks[number : number + 1],
    )


def trained(private: Private, source: bytes, warm: WarmParent) -> list[Verdict]:
    graded = grade_one(private, source, warm, b"a secret", Trainer("always"))
    return [v for v in graded.report.verdicts if v.check.part.startswith("train")]


@pytest.mark.slow
@pytest.mark.parametrize("model", [0, 1], ids=["VAE", "CVAE"])
def test_training_on_the_cpu_brings_the_reference_under_the_bound(
    model: int, warm: WarmParent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "EPOCHS", 4)  # the notebook's tests go all the way
    (verdict,) = trained(only(model), FULL.reference, warm)
    assert verdict.outcome is Outcome.PASS
    assert "on held-out ones" in verdict.note


@pytest.mark.slow
def test_a_decoder_that_ignores_z_stays_far_from_the_bound(
    warm: WarmParent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "EPOCHS", 2)  # more do not help it
    source = next(s.source for s in FULL.specimens() if s.name == "decoder_ignores_z")
    (verdict,) = trained(only(0), source, warm)
    assert verdict.outcome is Outcome.FAIL
    assert verdict.expected == "a bound under 120"
    assert float(verdict.got.split()[0]) > 200
    assert "posterior collapse" in verdict.note and "z does not reach the decoder" in verdict.note


def test_the_bound_is_the_oracles_loss_of_the_rebuilt_network() -> None:
    generator = np.random.default_rng(0)

    def layers(*sizes: int) -> Layers:
        return [
            (generator.normal(size=(out, into)) / into**0.5, generator.normal(size=out))
            for out, into in shapes_of(sizes)
        ]

    pieces = (layers(784, 9, 9, 9), layers(9, 4), layers(9, 4), layers(4, 9, 9, 9, 784))
    x = generator.uniform(size=(6, 1, 28, 28)).astype(np.float32)
    noise = generator.normal(size=(6, 4))
    h = mlp(x, pieces[0], [relu] * 3)
    mu, logvar = (mlp(h, head, [identity]) for head in pieces[1:3])
    x_hat = mlp(mu + np.exp(logvar / 2) * noise, pieces[3], [relu] * 3 + [sigmoid])
    want = negative_elbo(x_hat.reshape(x.shape), x, mu, logvar)
    assert training.bound(VAE, pieces, x, None, noise)[0] == pytest.approx(want)


@pytest.mark.slow
def test_images_to_train_on_are_found_without_a_network() -> None:
    data = training_set("mnist")
    assert data.images.shape[1:] == (28, 28) and data.images.dtype == np.uint8
    assert len(data.images) == len(data.labels) >= training.IMAGES
    assert len(data.held_out_images) >= 500
