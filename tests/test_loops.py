"""A training loop, judged by what it makes of the course's miniature: any way to write it is right,
and each mistake is told from the weights and the losses alone."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from autograder.oracles import loops as oracle
from autograder.oracles.catalogue import CATALOGUE
from autograder.oracles.catalogue.loops import LOOPS
from nndl2.checks.draw import Draw
from nndl2.checks.model import Mismatch, NotWritten, StudentError
from nndl2.checks.numbers import Numbers, sketch
from nndl2.checks.oracle import Answer
from nndl2.laws import loops
from nndl2.probing.probe import Probe

EPOCHS, RATE, LABELS = 3, 0.02, 6
NAMES = ("rec_loss", "kl_loss")
HEAD = """
import torch
import torch.nn.functional as F
from torch import nn
"""
PLAIN = f"""{HEAD}
class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(784, 3)
        self.decoder = nn.Sequential(nn.Linear(3, 784), nn.Sigmoid())
        self.extra = 1

    def forward(self, x):
        return self.decoder(self.encoder(x))[:, None]

def fit(model, loader, epochs, rate=1e-3):
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    model.train()
    losses = []
    for epoch in range(epochs):
        for images, labels in loader:
            x = images.flatten(1)
            loss = F.binary_cross_entropy(model(x)[:, 0], x)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses
"""
WEIGHTED = f"""{HEAD}
def fit(model, loader, epochs, rate=1e-3):
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    model.train()
    curves = {{"rec_loss": [], "kl_loss": []}}
    for epoch in range(epochs):
        for images, labels in loader:
            x = images.flatten(1)
            total, parts = model.loss(x, model(x, labels))
            optimizer.zero_grad()
            total.backward()
            optimizer.step()
            for name in curves:
                curves[name].append(parts[name].item())
    return curves
"""
STEP = "            optimizer.step()\n"
ADAM = "optimizer = torch.optim.Adam(model.parameters(), lr=rate)"
BY_HAND = """
class Hand:
    def __init__(self, parameters, lr):
        self.all, self.lr, self.t = list(parameters), lr, 0
        self.m = [torch.zeros_like(p) for p in self.all]
        self.v = [torch.zeros_like(p) for p in self.all]

    def zero_grad(self):
        for p in self.all:
            p.grad = None

    @torch.no_grad()
    def step(self):
        self.t += 1
        for p, m, v in zip(self.all, self.m, self.v):
            m.mul_(0.9).add_(p.grad, alpha=0.1)
            v.mul_(0.999).addcmul_(p.grad, p.grad, value=0.001)
            hat = (v / (1 - 0.999**self.t)).sqrt() + 1e-8
            p -= self.lr * (m / (1 - 0.9**self.t)) / hat
"""
APART = """optimizer = Both(model, rate)"""
BOTH = """
class Both:
    def __init__(self, model, rate):
        halves = model.encoder, model.decoder
        self.each = [torch.optim.Adam(half.parameters(), lr=rate) for half in halves]

    def zero_grad(self):
        [each.zero_grad() for each in self.each]

    def step(self):
        [each.step() for each in self.each]
"""


class Judged:
    """What the laws say of a loop, and what they are asked about."""

    def __init__(self, source: str, kind: str, key: bytes = b"key"):
        self.student = Probe(source.encode(), "loop.py")
        draw, labels = Draw(key, kind), LABELS if kind == "Weighted" else 0
        heads = 2 if labels else 1
        sizes = (3, 2.0, labels) if labels else (3,)
        beta = 2.0 if labels else None
        self.start = loops.weights(draw, 3, heads, labels)
        self.given = loops.minibatches(draw, (5, 3, 6, 2), labels), EPOCHS, RATE
        self.model = self.student.build(loops.MINIATURES + kind, *sizes)
        asked = (self.start, *self.given, labels, beta)
        self.weights = answered(*oracle.weights_after(*asked))
        self.losses = answered(*oracle.losses_of(*asked))
        self.curves = bool(labels)

    def judge(self) -> None:
        got, found = loops.trained(self.student, "fit", self.model, self.start, self.given)
        loops.expect_weights(got, self.start, self.weights, RATE)
        loops.expect_no_graphs(found, lambda: found)
        kept = loops.curves(found, NAMES) if self.curves else loops.losses(found)
        loops.expect_losses(kept, self.losses)


def answered(right, wrong) -> Answer:
    return Answer(
        Numbers.of(right), lambda: [(n, Numbers.of(w)) for n, w in wrong() if np.isfinite(w).all()]
    )


def told(source: str, kind: str, key: bytes = b"key") -> str:
    with pytest.raises(Mismatch) as e:
        Judged(source, kind, key).judge()
    return e.value.diagnosis


def edited(source: str, old: str, new: str) -> str:
    assert old in source
    return source.replace(old, new)


RIGHT = {
    "as it stands": lambda s: s,
    "foreach": lambda s: edited(s, "lr=rate)", "lr=rate, foreach=True)"),
    "fused": lambda s: edited(s, "lr=rate)", "lr=rate, fused=True)"),
    "by hand": lambda s: edited(
        edited(s, "torch.optim.Adam(", "Hand("), "def fit", BY_HAND + "\ndef fit"
    ),
    "two optimizers": lambda s: edited(edited(s, ADAM, APART), "def fit", BOTH + "\ndef fit"),
    "zeroed behind the step": lambda s: edited(
        edited(s, "            optimizer.zero_grad()\n", ""),
        STEP,
        STEP + "            optimizer.zero_grad()\n",
    ),
    "reshaped": lambda s: edited(s, "images.flatten(1)", "images.reshape(-1, 784)"),
    "detached tensors": lambda s: edited(s, ".item()", ".detach()"),
    "by index": lambda s: edited(
        s, "for images, labels in loader", "for i, (images, labels) in enumerate(loader)"
    ),
}


@pytest.mark.parametrize("source", [PLAIN, WEIGHTED], ids=["plain", "weighted"])
@pytest.mark.parametrize("way", RIGHT)
def test_a_right_loop_passes_however_it_is_written(way: str, source: str):
    Judged(RIGHT[way](source), "Plain" if source is PLAIN else "Weighted").judge()


def test_an_array_for_the_list_is_let_pass():
    Judged(edited(PLAIN, "return losses", "return torch.tensor(losses)"), "Plain").judge()


WRONG = {
    "gradients_not_zeroed": ("            optimizer.zero_grad()\n", ""),
    "optimizer_renewed": (
        "            optimizer.zero_grad()",
        f"            {ADAM}\n            optimizer.zero_grad()",
    ),
    "another_optimizer": ("optim.Adam(", "optim.SGD("),
    "learning_rate_ignored": ("lr=rate", "lr=1e-3"),
    "weight_decay": ("optim.Adam(", "optim.AdamW("),
    "loss_maximized": ("lr=rate", "lr=rate, maximize=True"),
    "adam_of_other_settings": ("lr=rate", "lr=rate, betas=(0.5, 0.999)"),
    "learning_rate_falls": (STEP, f'{STEP}            optimizer.param_groups[0]["lr"] *= 0.9\n'),
    "step_made_twice": (STEP, 2 * STEP),
    "minibatch_left_out": ("in loader", "in list(loader)[:-1]"),
    "last_minibatch_alone": ("in loader", "in list(loader)[-1:]"),
    "one_epoch_alone": ("range(epochs)", "range(1)"),
    "epoch_left_out": ("range(epochs)", "range(1, epochs)"),
    "epoch_too_many": ("range(epochs)", "range(epochs + 1)"),
    "eval_mode": ("model.train()", "model.eval()"),
    "encoder_not_trained": ("model.parameters()", "model.decoder.parameters()"),
    "nothing_trained": (STEP, ""),
    "graph_kept": (".item()", ""),
}


@pytest.mark.parametrize("source", [PLAIN, WEIGHTED], ids=["plain", "weighted"])
@pytest.mark.parametrize("cause", WRONG)
def test_a_mistake_is_told_from_weights_and_losses(cause: str, source: str):
    wrong = edited(source, *WRONG[cause])
    assert told(wrong, "Plain" if source is PLAIN else "Weighted") == cause


@pytest.mark.parametrize(
    ("cause", "old", "new"),
    [
        ("summed_over_the_batch", "(model(x)[:, 0], x)", "(model(x)[:, 0], x, reduction='sum')"),
        ("mse_for_bce", "binary_cross_entropy", "mse_loss"),
        ("bce_with_logits", "binary_cross_entropy", "binary_cross_entropy_with_logits"),
        ("loss_after_step", "loss.item()", "F.binary_cross_entropy(model(x)[:, 0], x).item()"),
        ("summed_over_pixels", "loss.item()", "784 * loss.item()"),
        (
            "one_loss_an_epoch",
            "    return losses",
            "    return [sum(losses[i::3]) for i in range(3)]",
        ),
        ("last_loss_alone", "return losses", "return losses[-1:]"),
        ("losses_not_listed", "return losses", "return losses[-1]"),
    ],
)
def test_a_mistake_in_the_plain_loss_is_told(cause: str, old: str, new: str):
    wrong = edited(PLAIN, old, new)
    if cause == "one_loss_an_epoch":
        wrong = edited(
            PLAIN, "return losses", "return [sum(losses[4 * i:4 * i + 4]) / 4 for i in range(3)]"
        )
    assert told(wrong, "Plain") == cause


@pytest.mark.parametrize(
    ("cause", "old", "new"),
    [
        ("labels_lost", "model(x, labels)", "model(x)"),
        ("beta_ignored", "total.backward()", "sum(parts.values()).backward()"),
        ("kl_left_out", "total.backward()", "parts['rec_loss'].backward()"),
        (
            "curves_swapped",
            "return curves",
            "return dict(zip(['kl_loss', 'rec_loss'], curves.values()))",
        ),
        (
            "total_for_a_term",
            "parts[name].item()",
            "(total if name == 'rec_loss' else parts[name]).item()",
        ),
        (
            "kl_weighted_in_curve",
            "parts[name].item()",
            "(parts[name] * {'rec_loss': 1, 'kl_loss': model.beta}[name]).item()",
        ),
        ("curves_as_tuple", "return curves", "return tuple(curves.values())"),
    ],
)
def test_a_mistake_with_two_terms_is_told(cause: str, old: str, new: str):
    assert told(edited(WEIGHTED, old, new), "Weighted") == cause


def test_each_way_leads_to_other_weights_than_the_right_one():
    for kind in ("Plain", "Weighted"):
        asked = Judged(PLAIN if kind == "Plain" else WEIGHTED, kind)
        unseen = {
            name
            for name, wrong in asked.weights.mistakes()
            if asked.weights.right.equal(wrong.values, 0, 0)
        }
        assert unseen <= {"gradients_clipped"}  # those of a plain loss are short


@pytest.mark.parametrize("place", range(5))
def test_gradients_cut_to_a_norm_of_1_always_show(place: int):
    clipped = edited(
        WEIGHTED, STEP, f"            nn.utils.clip_grad_norm_(model.parameters(), 1.0)\n{STEP}"
    )
    assert told(clipped, "Weighted", b"key %d" % place) == "gradients_clipped"


def test_terms_are_the_same_whatever_their_weight_is():
    bare = np.array([[2.0], [3.0]])
    loops.expect_bare_terms([bare, bare.copy()], NAMES, 2.5)
    for factors, cause in (([[1], [2.5]], "kl_weighted_in_curve"), ([[3], [1]], "")):
        with pytest.raises(Mismatch) as e:
            loops.expect_bare_terms([bare, bare * factors], NAMES, 2.5)
        assert e.value.diagnosis == cause


def test_a_table_that_keeps_a_sketch_of_the_weights_tells_as_much():
    def stored(array: np.ndarray) -> Numbers:
        return Numbers.stored(array.shape, sketch(array))

    def law(shift: float) -> None:
        answer = Answer(stored(want), lambda: [("another_optimizer", stored(want + 1))])
        loops.expect_weights(want + shift, {"weight": 0 * want}, answer, RATE)

    want = Draw(b"key", "loops.sketch").normal(900)
    law(0.0)
    for shift, cause in ((1.0, "another_optimizer"), (2.0, "")):
        with pytest.raises(Mismatch) as e:
            law(shift)
        assert e.value.diagnosis == cause


def test_each_cause_has_its_sentence():
    known = {*CATALOGUE, *LOOPS}
    for kind, source in (("Plain", PLAIN), ("Weighted", WEIGHTED)):
        asked = Judged(source, kind)
        answers = asked.weights, asked.losses
        assert {name for answer in answers for name, _ in answer.mistakes()} <= known
    assert {*WRONG} <= known


def test_a_loop_that_is_not_written_is_told_so():
    stub = "def fit(model, loader, epochs, rate=1e-3):\n    losses = None\n    return losses\n"
    with pytest.raises(NotWritten):
        Judged(stub, "Plain").judge()
    with pytest.raises(Mismatch, match="return what it computes"):
        Judged(edited(PLAIN, "    return losses", "    return None"), "Plain").judge()


@pytest.fixture
def own_alone() -> Iterator[Judged]:
    yield Judged(edited(PLAIN, "    losses = []", "    losses = [] if model.extra else 0"), "Plain")


def test_a_loop_that_works_with_the_own_network_alone_is_judged_with_that(own_alone: Judged):
    def own():
        return own_alone.student.build("Own")

    given = own_alone.given
    assert (
        loops.expect_trained(own_alone.student, "fit", own_alone.model, own_alone.start, given, own)
        is None
    )
    slow = Judged(
        edited(
            edited(PLAIN, "    losses = []", "    losses = [] if model.extra else 0"),
            "lr=rate",
            "lr=1e-4",
        ),
        "Plain",
    )
    with pytest.raises(StudentError):
        loops.expect_trained(
            slow.student, "fit", slow.model, slow.start, given, lambda: slow.student.build("Own")
        )


def test_a_graph_is_told_unless_the_own_network_gives_numbers():
    source = edited(PLAIN, "loss.item()", "loss.item() if hasattr(model, 'extra') else loss")
    judged = Judged(source, "Plain")
    _, found = loops.trained(judged.student, "fit", judged.model, judged.start, judged.given)

    def of_own():
        return judged.student.call("fit", judged.student.build("Own"), judged.given[0][:1], 1, 0.01)

    def raises():
        raise StudentError("fit", "TypeError", "")

    loops.expect_no_graphs(found, of_own)
    for worse in (lambda: found, lambda: None, raises):
        with pytest.raises(Mismatch) as e:
            loops.expect_no_graphs(found, worse)
        assert e.value.diagnosis == "graph_kept"
