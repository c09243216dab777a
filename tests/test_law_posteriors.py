"""Laws of networks that give a posterior and a reconstruction, on a network of other sizes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from autograder.oracles import samplers as formulas
from nndl2.checks.draw import Draw
from nndl2.checks.model import Mismatch, NotWritten
from nndl2.checks.numbers import Numbers
from nndl2.checks.oracle import Answer
from nndl2.laws import constants, losses, posteriors, priors
from nndl2.laws.posteriors import Posterior
from nndl2.laws.straight import let_through, seen, without_label
from nndl2.probing.probe import Probe

NZ, PIXELS, WIDE = 24, 30, 40
SOURCE = f"""
import torch
from torch import nn

CHOSEN = 0.2

class Net(nn.Module):
    def __init__(self, nz={NZ}):
        super().__init__()
        self.nz = nz
        self.encoder = nn.Linear({PIXELS}, 2 * nz)
        self.decoder = nn.Sequential(
            nn.Linear(nz, {WIDE}), nn.ReLU(), nn.Linear({WIDE}, {PIXELS}), nn.Sigmoid()
        )

    def forward(self, x):
        q = self.encoder(x)
        mu, s = q.chunk(2, 1)
        z = mu + s.exp() * torch.randn_like(mu)
        return {{"q": q, "rec": self.decoder(z)}}

    def again(self, x):
        return self.decoder(self.encoder(x)[:, :self.nz]).reshape(len(x), 5, 6)

    def cost(self, x, weight):
        first, second = x.mean(), (x**2).mean()
        return first + weight * second, {{"a": first, "b": second}}

def draw_some(model, n):
    return model.decoder(torch.randn(n, model.nz)).detach()

def walk(model, start, end, steps):
    w = torch.linspace(0, 1, steps)[:, None]
    a, b = model.encoder(torch.stack([start, end]))[:, :model.nz]
    return model.decoder((1 - w) * a + w * b).detach()
"""


def judged(edit: tuple[str, str] = ("", "")) -> Posterior:
    assert edit[0] in SOURCE
    student = Probe(SOURCE.replace(*edit).encode() if edit[0] else SOURCE.encode(), "net.py")
    x = Draw(b"x", "posterior.x").uniform(33, PIXELS)
    return Posterior(student, student.build("Net"), NZ, x, (WIDE,))


def answered(right, wrong=None) -> Answer:
    found = wrong() if callable(wrong) else (wrong or {}).items()
    return Answer(Numbers.of(right), lambda: [(n, Numbers.of(w)) for n, w in found])


def told(law: Callable[[], object]) -> str:
    with pytest.raises(Mismatch) as e:
        law()
    return e.value.diagnosis


def sampled(net: Posterior) -> None:
    draw = Draw(b"key", "posterior.law")
    levels = draw.normal(NZ, scale=2.5), draw.uniform(NZ, low=-2.0, high=1.6)
    law = answered(*formulas.gaussian_of_log_sigma(*levels))
    posteriors.expect_sampled(net, draw, levels, law)


def all_laws(net: Posterior) -> None:
    posteriors.expect_outputs(net)
    posteriors.expect_encoded(net)
    posteriors.expect_gradients(net)
    posteriors.expect_reconstruction(net, net.model.part("again"), (33, 5, 6))
    sampled(net)
    levels = np.zeros(NZ, np.float32), np.zeros(NZ, np.float32)
    posteriors.expect_noise(net, levels)


def test_a_right_network_passes_all_laws():
    all_laws(judged())


@pytest.mark.parametrize(
    ("cause", "old", "new"),
    [
        ("outputs_as_tuple", '{"q": q, "rec": self.decoder(z)}', "(q, self.decoder(z))"),
        ("half_of_q", '"q": q', '"q": mu'),
        ("q_halves_swapped", '"q": q', '"q": q.roll(self.nz, 1)'),
        ("log_sigma_as_logvar", "s.exp()", "(s / 2).exp()"),
        ("uniform_noise", "randn_like", "rand_like"),
        ("noise_shared_by_rows", "torch.randn_like(mu)", "torch.randn(mu.shape[1])"),
        ("noise_shared_by_elements", "torch.randn_like(mu)", "torch.randn(len(mu), 1)"),
        ("no_sample_in_eval_mode", "* torch.randn", "* self.training * torch.randn"),
        ("forward_detached", "self.decoder(z)}", "self.decoder(z.detach())}"),
        ("forward_detached", "z = mu", "z = mu.detach()"),
        ("forward_detached", "s.exp()", "s.detach().exp()"),
        ("reconstruction_draws", "self.encoder(x)[:", "(self.encoder(x) + torch.randn(1))[:"),
        ("log_sigma_decoded", "[:, :self.nz])", "[:, self.nz:])"),
        (
            "batch_cut",
            "self.encoder(x)[:, :self.nz]).reshape(len(x), 5, 6)",
            "self.encoder(x)[:24, :self.nz])",
        ),
        ("pixels_in_rows", ".reshape(len(x), 5, 6)", ".reshape(len(x), 30)"),
        ("", "self.decoder(self.encoder(x)[:, :self.nz]).reshape(len(x), 5, 6)", "-1"),
    ],
)
def test_a_mistake_in_a_network_is_told(cause: str, old: str, new: str):
    assert told(lambda: all_laws(judged((old, new)))) == cause


@pytest.mark.parametrize(
    ("old", "new", "right"),
    [
        ("", "", True),
        ("s.exp()", "s[:1].exp()", False),
        ("s.exp()", "s.exp().roll(1, 0)", False),
        ("s.exp()", "s.mean(0).exp()", False),
        ("z = mu", "z = mu[:1]", False),
    ],
)
def test_each_image_is_drawn_by_its_own_mean_and_sigma(old: str, new: str, right: bool):
    for key in (b"a", b"b", b"c") if right else (b"a",):
        net, draw = judged((old, new)), Draw(key, "posterior.rows")
        with contextlib.nullcontext() if right else pytest.raises(Mismatch, match="the others"):
            posteriors.expect_own_rows(net, draw)


def test_a_decoder_that_lets_nothing_through_is_judged_by_moments():
    wide = f"nn.Linear({WIDE}, {PIXELS}), nn.Sigmoid()"
    other = (wide, f"nn.Linear({WIDE}, {WIDE}), nn.Tanh(), {wide}")
    sampled(judged(other))
    net = judged(other)
    assert not let_through(net.student, net.model.part("decoder"), net.decoder_sizes)


def test_a_straight_decoder_shows_what_it_was_given():
    net = judged()
    z = Draw(b"z", "posterior.z").normal(6, NZ, scale=9.0)
    assert let_through(net.student, net.model.part("decoder"), net.decoder_sizes)
    assert np.abs(seen(net.decoded(z), NZ) - z).max() < 1e-2


def test_the_label_stands_beside_the_sample_or_is_told():
    z, labels = Draw(b"key", "posterior.z").normal(6, NZ), np.eye(3)
    own, other = labels[[0, 1, 2, 0, 1, 2]], labels[[1, 2, 0, 0, 0, 0]]

    def sample(*given):
        return without_label(np.concatenate(given, 1), own, "")

    assert (sample(z, own) == z).all() and (sample(own, z) == z).all()
    assert told(partial(sample, z, 0 * own)) == "label_lost_in_decoder"
    assert told(partial(sample, z, own[[0] * 6])) == "one_label_for_all"
    assert told(partial(sample, z, other)) == ""


def test_samples_of_the_prior_pass_and_others_are_told():
    sizes = [NZ, WIDE, PIXELS]

    def law(edit: tuple[str, str] = ("", "")) -> None:
        net = judged(edit)
        draw = Draw(b"key", "posterior.prior")
        priors.expect_prior(net.student, "draw_some", net.model, sizes, draw, 300)

    law()
    assert told(lambda: law(("torch.randn(n,", "torch.rand(n,"))) == "uniform_noise"
    assert told(lambda: law(("torch.randn(n,", "2 * torch.randn(n,"))) == "noise_not_unit"
    seeded = (
        "    return model.decoder(torch.randn(n",
        "    torch.manual_seed(1)\n    return model.decoder(torch.randn(n",
    )
    assert told(lambda: law(seeded)) == "noise_repeated"


def test_a_straight_way_passes_and_others_are_told():
    shares = np.linspace(0, 1, 5)[:, None] * [-1, 1] + [1, 0]
    late = answered(shares, {"end_never_reached": np.arange(5)[:, None] / 5 * [-1, 1] + [1, 0]})

    def law(edit: tuple[str, str] = ("", "")) -> None:
        net = judged(edit)
        priors.expect_way(net.student, "walk", net.model, net.x[:2], late)

    law()
    slow = ("torch.linspace(0, 1, steps)[:, None]", "(torch.arange(steps) / steps)[:, None]")
    assert told(lambda: law(slow)) == "end_never_reached"
    mixed = (
        "    return model.decoder((1 - w) * a + w * b).detach()",
        "    return (1 - w) * start + w * end",
    )
    assert told(lambda: law(mixed)) == "pixels_mixed"


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("0.2", None),
        ("0.1", None),
        ("1", None),
        ("0.09", "size_too_small"),
        ("1.01", "size_too_large"),
        ("float('inf')", "size_too_large"),
        ("float('nan')", ""),
    ],
)
def test_a_chosen_number_is_told_by_its_direction_alone(text: str, cause: str | None):
    student = Probe(SOURCE.replace("CHOSEN = 0.2", f"CHOSEN = {text}").encode(), "net.py")
    answer = answered(np.array([1, 4]))  # of the series: one is too small, four are not too large

    def law() -> None:
        constants.expect_within(student, "CHOSEN", (0.05, 0.1, 0.5, 1.0, 2.0), answer, "size")

    if cause is None:
        law()
    else:
        assert told(law) == cause


def test_a_number_that_is_not_chosen_is_not_written():
    student = Probe(SOURCE.replace("CHOSEN = 0.2", "CHOSEN = None").encode(), "net.py")
    with pytest.raises(NotWritten):
        constants.expect_within(student, "CHOSEN", (1.0,), answered(np.array([0, 1])), "size")


def test_terms_are_weighted_as_asked_relative_to_what_they_are():
    net = judged()
    cost = losses.Weighted(net.student, net.model.part("cost"), ("a", "b"))
    batches = [Draw(b"b", f"cost.{n}").uniform(n, 4) for n in (3, 5, 4)]
    answer = answered(np.array([1.0, 2.5]), {"ignored": np.array([1.0, 1.0])})
    losses.expect_coefficients([cost.of(x, 2.5) for x in batches], answer)
    fixed = [cost.of(x, 1.0) for x in batches]
    assert told(lambda: losses.expect_coefficients(fixed, answer)) == "ignored"
