"""The training check: real training on the CPU, judged by the returned weights."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from autograder.assignments import Private, load
from autograder.assignments.vae import training
from autograder.classes.class_run import ClassRun
from autograder.grade import grade_one
from autograder.intake import Handed
from autograder.isolation import WarmParent
from autograder.oracles.activations import identity, relu, sigmoid
from autograder.oracles.losses import negative_elbo
from autograder.oracles.networks import Layers, mlp
from autograder.training import NOTHING, OVERHEAD, Trainer, places
from nndl2.checks.model import Outcome, Verdict
from nndl2.laws.chains import shapes_of

FULL = load("vae")


def only(number: int) -> Private:
    """The assignment with the training check of one model: 0 VAE, 1 CVAE."""
    return replace(
        FULL,
        training=lambda data, tick: training.bound_checks(data, tick)[number : number + 1],
        training_checks=FULL.training_checks[number : number + 1],
    )


@pytest.fixture(scope="module")
def trainer() -> Trainer:
    """One that fetches its images once for all tests, as for all submissions of a class."""
    return Trainer("always")


def trained(private: Private, source: bytes, warm: WarmParent, trainer: Trainer) -> list[Verdict]:
    graded = grade_one(private, source, warm, b"a secret", trainer)
    return [v for v in graded.report.verdicts if v.check.part.startswith("train")]


@pytest.mark.slow
@pytest.mark.parametrize("model", [0, 1], ids=["VAE", "CVAE"])
def test_training_on_the_cpu_brings_the_reference_under_the_bound(
    model: int, warm: WarmParent, trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "EPOCHS", 4)  # the notebook's tests go all the way
    (verdict,) = trained(only(model), FULL.reference, warm, trainer)
    assert verdict.outcome is Outcome.PASS
    assert "on held-out ones" in verdict.note


@pytest.mark.slow
def test_a_decoder_that_ignores_z_stays_far_from_the_bound(
    warm: WarmParent, trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "EPOCHS", 2)  # more do not help it
    source = next(s.source for s in FULL.specimens() if s.name == "decoder_ignores_z")
    (verdict,) = trained(only(0), source, warm, trainer)
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
    assert training.bound(pieces, x, None, noise)[0] == pytest.approx(want)


@pytest.mark.slow
def test_images_to_train_on_are_found_without_a_network(trainer: Trainer) -> None:
    data = trainer.set_of("mnist")
    assert data.images.shape[1:] == (28, 28) and data.images.dtype == np.uint8
    assert len(data.images) == len(data.labels) >= training.IMAGES
    assert len(data.held_out_images) >= 500


class Meeting(Trainer):
    """Trains nobody, but waits until two are there to be trained."""

    def __init__(self) -> None:
        super().__init__("always")
        self.met = threading.Barrier(2)

    def trained(
        self,
        private: Private,
        source: bytes,
        parent: WarmParent,
        key: bytes,
        cuda: bool,
        before: Sequence[Verdict],
        found: Mapping[str, Verdict] = NOTHING,
    ) -> list[Verdict]:
        self.met.wait(timeout=300)
        return [Verdict(check, Outcome.PASS) for check in private.training_checks]


@pytest.mark.slow
def test_who_trains_leaves_the_slot_of_functional_checks_to_others(
    weak: WarmParent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autograder.training.places", lambda cuda: 2)
    names = ("ada", "grace")
    handed = [Handed(name, "vae.py", FULL.reference + f"\n# {name}\n".encode()) for name in names]
    run = ClassRun(
        FULL, tmp_path, b"a secret", Meeting(), jobs=1, open_parent=lambda: nullcontext(weak)
    )
    assert run.grade(handed).graded == 2  # with one job for both, they could not meet


def test_training_on_the_cpu_is_told_how_long_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograder.training.places", lambda cuda: 2)
    monkeypatch.setattr("autograder.training.speed", lambda: FULL.training_work * OVERHEAD / 300)
    told = Trainer("always").forecast(FULL, 5, cuda=False)
    assert told == "Training 5 submissions on the CPU takes about 15 minutes (2 at a time)."
    assert Trainer("auto").forecast(FULL, 5, cuda=False) == ""
    assert Trainer("always").forecast(FULL, 5, cuda=True) == ""


def test_a_gpu_takes_as_many_as_its_free_memory_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = tmp_path / "nvidia-smi"
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr("os.cpu_count", lambda: 16)
    for free, at_once in (("7000", 3), ("140000", 16), ("900", 1), ("[N/A]", 1)):
        tool.write_text(f"#!/bin/sh\necho '{free}'\n")
        tool.chmod(0o755)
        assert places(cuda=True) == at_once
    assert places(cuda=False) == 16
    tool.write_text('#!/bin/sh\ncase "$*" in *--id=1) echo 7000;; *) echo 140000;; esac\n')
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,0")
    assert places(cuda=True) == 3  # the first of those that workers see
