"""What right training loops do to a network's weights, and which losses they keep."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from nndl2.checks.beta_vae.pieces import CVAE, VAE
from nndl2.checks.declare import check
from nndl2.checks.draw import Draw
from nndl2.checks.model import CheckError, NotRun, StudentError
from nndl2.checks.oracle import Ask
from nndl2.checks.submission import Handle, Submission, Value
from nndl2.laws import loops

Array = np.ndarray
NZ, EPOCHS = 6, 3  # so many weights that a table keeps a sketch of them
SIZES = ((5, 3, 6, 2), (3, 6, 2, 4), (6, 2, 5, 3))  # of minibatches, unequal on purpose
RATES = (0.02, 0.03, 0.04)
CURVES = ("rec_loss", "kl_loss")
BETA = 2.5  # a beta that is not 1


@dataclass(frozen=True)
class Loop:
    """A function that trains, and the miniature it is given: `labels` where it gives them."""

    target: str
    labels: int = 0
    weighted: bool = True

    def model(self, student: Submission, beta: float = 1.0) -> Handle:
        told = (NZ, beta, self.labels) if self.weighted else (NZ,)
        return student.build(loops.MINIATURES + ("Weighted" if self.weighted else "Plain"), *told)

    def given(self, draw: Draw) -> tuple[dict[str, Array], tuple[Any, int, float]]:
        """Weights to begin with; minibatches, epochs and learning rate. Alike for all checks."""
        shared = draw.shared(self.target)
        batches = loops.minibatches(shared, shared.one_of(SIZES), self.labels)
        start = loops.weights(shared, NZ, 1 + self.weighted, self.labels)
        return start, (batches, EPOCHS, shared.one_of(RATES))

    def own(self, student: Submission) -> Handle:
        """The student's own network, to try a loop on."""
        if not self.weighted:
            return student.build("AutoEncoder", 8)
        return CVAE.build(student, 8, labels=10) if self.labels else VAE.build(student, 8)

    def trained(
        self, student: Submission, start: dict[str, Array], given: tuple[Any, int, float]
    ) -> tuple[Array, Value] | None:
        """The miniature's weights and what is returned; None where only the own network trains."""
        model = self.model(student)
        return loops.expect_trained(
            student, self.target, model, start, given, lambda: self.own(student)
        )

    def own_losses(self, student: Submission, batches: list[Any]) -> Value:
        """What the loop returns for the student's own network after one minibatch."""
        return student.call(self.target, self.own(student), batches[:1], 1, 0.01)

    def asked(self, draw: Draw, beta: float = 1.0) -> tuple[Any, ...]:
        """What the oracle is told."""
        start, given = self.given(draw)
        return start, *given, self.labels, beta if self.weighted else None


LOOPS = {
    "train_autoencoder": Loop("train_autoencoder", weighted=False),
    "train_vae": Loop("train_vae"),
    "train_cvae": Loop("train_cvae", labels=6),
}


@check(LOOPS, about="steps")
def weights_follow_adam(student: Submission, draw: Draw, oracle: Ask, loop: Loop) -> None:
    """every minibatch of every epoch makes one step of Adam with the asked learning rate"""
    answer = oracle("weights_after", *loop.asked(draw))
    start, given = loop.given(draw)
    found = loop.trained(student, start, given)
    if found is not None:
        loops.expect_weights(found[0], start, answer, given[2])


@check(LOOPS, after=weights_follow_adam, about="kept losses")
def losses_are_kept(student: Submission, draw: Draw, oracle: Ask, loop: Loop) -> None:
    """the loss of every minibatch is kept as a plain number, in order, from before its step"""
    answer = oracle("losses_of", *loop.asked(draw))
    start, given = loop.given(draw)
    found = loop.trained(student, start, given)
    if found is not None:
        loops.expect_no_graphs(found[1], lambda: loop.own_losses(student, given[0]))
        kept = loops.curves(found[1], CURVES) if loop.weighted else loops.losses(found[1])
        loops.expect_losses(kept, answer)


@check(
    {name: loop for name, loop in LOOPS.items() if loop.weighted},
    after=losses_are_kept,
    about="bare terms",
)
def terms_are_kept_as_they_are(student: Submission, draw: Draw, oracle: Ask, loop: Loop) -> None:
    """rec_loss and kl_loss are kept as the loss gives them, whatever the model's beta is"""
    (start, (batches, _, rate)), found = loop.given(draw), []
    for beta in (1.0, BETA):
        given = batches[:1], 1, rate
        with suppress(StudentError):  # which is told of the steps
            kept = loops.trained(student, loop.target, loop.model(student, beta), start, given)[1]
            found.append(loops.curves(kept, CURVES))
    if len(found) == 2:
        loops.expect_bare_terms(found, CURVES, BETA)


@check({"beta": LOOPS["train_vae"]}, about="beta in training")
def training_heeds_any_beta(student: Submission, draw: Draw, oracle: Ask, loop: Loop) -> None:
    """train_vae minimizes the total, whatever the model's beta is: at 0 and at 10"""
    usual = oracle("weights_by_beta", *loop.asked(draw))
    answers = {beta: oracle("weights_by_beta", *loop.asked(draw, beta)) for beta in (0.0, 10.0)}
    start, given = loop.given(draw)

    def after(beta: float) -> Array:
        return loops.trained(student, loop.target, loop.model(student, beta), start, given)[0]

    try:
        at_one = after(1.0)
    except CheckError:
        if loops.works_with_own(student, loop.target, lambda: loop.own(student), given[0]):
            return  # it trains what is asked of it; how, is told of the loop
        raise NotRun("needs Train VAE first") from None
    if not usual.right.equal(at_one, 0, loops.NEAR * given[2]):
        return  # a loop that is wrong at beta = 1 already is told in its own part
    for beta, answer in answers.items():
        loops.expect_weights(after(beta), start, answer, given[2])
