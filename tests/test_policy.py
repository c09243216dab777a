"""The grading policy: borderline cases, one loss for one mistake, and the same score every time."""

from __future__ import annotations

import importlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from autograder.assignments import Private, Specimen, load, names
from autograder.isolation import WarmParent
from nndl2.checks.model import Report
from nndl2.checks.run import run
from nndl2.checks.submission import Argument, Target, Value
from nndl2.checks.vae import sampler
from nndl2.probing.probe import Probe

PRIVATE = load("vae")
SPECIMENS = {s.name: s for s in PRIVATE.specimens()}
COSTS = {  # one mistake with all else right: the score that is left of 12
    "encoder_lacks_a_layer": 10,
    "encoder_leaky": 10,
    "encoder_for_784_pixels": 10,
    "mu_layer_relu": 11,
    "logvar_layer_exp": 11,
    "heads_shared": 11,
    "decoder_sigmoid_missing": 11,
    "decoder_ignores_z": 11,
    "decoder_for_15_numbers": 11,
    "reparametrize_uniform": 10,
    "reparametrize_transposed": 10,
    "reparametrize_detached_sigma": 10,
    "forward_mean": 11,
    "forward_outputs_swapped": 11,
    "loss_batch_summed": 11,
    "loss_item": 11,
    "cvae_encoder_without_label": 11,
    "cvae_decoder_without_label": 11,
    "cvae_decoder_gets_no_label": 11,
    "cvae_forward_eval_mean": 11,
}
NOISY = ("sampler_drawn_by_numpys_generator", "sampled_inline_by_numpy", "reparametrize_uniform")
SECRETS = [f"secret {i}".encode() for i in range(10)]


def report_of(
    warm: WarmParent, specimen: Specimen, key: bytes = b"a fixed key", private: Private = PRIVATE
) -> Report:
    with warm.submission(specimen.source, private.public.module) as student:
        verdicts = run(private.public, private.checks, student, key, oracle=private.oracle)
    return Report(private.public, tuple(verdicts), private.points)


@pytest.mark.parametrize("name", names())
def test_a_borderline_case_is_decided_in_its_manifest_as_the_table_says(name: str) -> None:
    """`autograder verify` grades all of them, and compares with the manifests."""
    right = {s.name: s.right for s in load(name).specimens()}
    table = importlib.import_module(f"autograder.assignments.{name}.borderline").TABLE
    decided = {(row.specimen, row.accepted) for row in table}
    assert decided and decided == {(row.specimen, right[row.specimen]) for row in table}


@pytest.mark.parametrize("name", COSTS)
def test_one_mistake_costs_the_points_of_its_part_alone(name: str) -> None:
    """By its manifest, with which `autograder verify` compares what it loses."""
    lost = sum(PRIVATE.points[part] for part in SPECIMENS[name].lost)
    assert sum(PRIVATE.points.values()) - lost == COSTS[name]


@pytest.mark.slow
def test_the_same_submission_graded_twenty_times_has_one_score(warm: WarmParent) -> None:
    specimens = [SPECIMENS[name] for name in NOISY] * 7
    with ThreadPoolExecutor(3) as pool:
        scores = list(pool.map(lambda s: (s.name, report_of(warm, s).score), specimens))
    assert set(scores) == {(NOISY[0], 12), (NOISY[1], 12), (NOISY[2], 10)}


@pytest.mark.slow
@pytest.mark.parametrize("secret", SECRETS, ids=lambda s: s.decode())
def test_the_secret_changes_inputs_and_never_a_score(secret: bytes, warm: WarmParent) -> None:
    right = ("sampler_rsample", "sampled_inline_by_numpy", "loss_bare_logs", "label_first")
    wrong = ("reparametrize_unit_uniform", "encoder_one_leaky", "loss_bce_rounded", "forward_mean")
    scores = {name: report_of(warm, SPECIMENS[name], secret).score for name in right + wrong}
    assert scores == dict.fromkeys(right, 12) | dict(zip(wrong, (10, 10, 11, 11)))


def test_another_random_stream_is_noticed_and_the_distribution_decides() -> None:
    class OtherStream(Probe):
        """torch as it would be with another stream: each seed is one further on."""

        def call(self, target: Target, *arrays: Argument, **how: Any) -> Value:
            seed = how.pop("seed", None)
            return super().call(target, *arrays, seed=None if seed is None else seed + 1, **how)

    reference = PRIVATE.reference
    check = sampler.sample_has_the_stored_statistics
    usual = run(PRIVATE.public, [check], Probe(reference, "vae.py"))
    other = run(PRIVATE.public, [check], OtherStream(reference, "vae.py"))
    assert [v.passed for v in usual + other] == [True, True]
    assert [v.note for v in usual + other] == ["", sampler.OTHER_STREAM]
