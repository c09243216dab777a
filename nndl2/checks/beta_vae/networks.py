"""What the VAE and the CVAE make of their own pieces: forward, loss, reconstruct, and beta."""

from __future__ import annotations

from contextlib import suppress

import numpy as np

from nndl2.checks.beta_vae.pieces import BARE, CVAE, MOST, PIXELS, VAE, Net
from nndl2.checks.declare import check
from nndl2.checks.draw import Draw
from nndl2.checks.model import Mismatch, StudentError
from nndl2.checks.numbers import close
from nndl2.checks.oracle import Ask
from nndl2.checks.submission import Submission
from nndl2.laws import losses, posteriors
from nndl2.laws.losses import Slopes

Array = np.ndarray
FORWARDS = {"vae_forward": VAE, "cvae_forward": CVAE}
LOSSES = {"vae_loss": VAE, "cvae_loss": CVAE}
RECONSTRUCTIONS = {"vae_reconstruct": VAE, "cvae_reconstruct": CVAE}
REC, KL = "rec_loss", "kl_loss"
BETAS = (2.5, 10.0, 0.0)


def levels(draw: Draw, nz: int) -> tuple[Array, Array]:
    """mu and log sigma (nz,) that an encoder is made to give."""
    return draw.uniform(nz, low=-2.5, high=2.5), draw.uniform(nz, low=-2.0, high=1.6)


@check(FORWARDS, about="shapes")
def forward_gives_q_and_rec(student: Submission, draw: Draw, oracle: Ask, net: Net) -> None:
    """forward gives a dict with q (N, 2 nz) and rec (N, 1, D)"""
    posteriors.expect_outputs(net.drawn(student, draw))


@check(FORWARDS, after=forward_gives_q_and_rec, about="q")
def q_is_the_encoders(student: Submission, draw: Draw, oracle: Ask, net: Net) -> None:
    """q is what your own encoder makes of what comes in, the means first"""
    posteriors.expect_encoded(net.drawn(student, draw))


@check(FORWARDS, after=forward_gives_q_and_rec, about="the sample")
def a_sample_of_q_is_decoded(student: Submission, draw: Draw, oracle: Ask, net: Net) -> None:
    """rec is what your own decoder makes of a sample: the mean plus sigma times standard noise"""
    given = levels(draw, MOST)
    law = oracle("gaussian", *given)
    found = net.posterior(student, draw, MOST, draw.one_of(range(66, 99)))
    posteriors.expect_sampled(found, draw, given, law)


@check(FORWARDS, after=a_sample_of_q_is_decoded, about="each image")
def each_image_has_its_own_sample(student: Submission, draw: Draw, oracle: Ask, net: Net) -> None:
    """the sample of an image is drawn by its own mean and sigma, whatever else is in the batch"""
    posteriors.expect_own_rows(net.drawn(student, draw), draw)


@check(FORWARDS, after=forward_gives_q_and_rec, about="both modes")
def noise_is_drawn_in_both_modes(student: Submission, draw: Draw, oracle: Ask, net: Net) -> None:
    """every pass draws new noise, in train and in eval mode"""
    found = net.drawn(student, draw)
    posteriors.expect_noise(found, levels(draw, found.nz))


@check(FORWARDS, after=forward_gives_q_and_rec, about="gradients")
def forward_passes_gradients(student: Submission, draw: Draw, oracle: Ask, net: Net) -> None:
    """gradients reach the encoder and the decoder through forward"""
    posteriors.expect_gradients(net.drawn(student, draw))


@check({"cvae_forward": CVAE}, after=forward_gives_q_and_rec, about="labels")
def labels_come_back(student: Submission, draw: Draw, oracle: Ask, net: Net) -> None:
    """the dict of a conditional CVAE holds the labels as they came"""
    found = net.drawn(student, draw)
    given, asked = found.outputs().get("c"), found.inputs[-1]
    if not isinstance(given, np.ndarray) or given.dtype.kind not in "iu" or not close(given, asked):
        raise Mismatch("c as it came", "another c", "", "labels_not_returned")


@check(FORWARDS, after=forward_gives_q_and_rec, about="its pieces")
def pieces_are_as_the_network_is_told(
    student: Submission, draw: Draw, oracle: Ask, net: Net
) -> None:
    """encoder and decoder have the sizes that the network is told, and labels where it has some"""
    found = net.drawn(student, draw)
    if net.label:
        apart = net.apart(student, found.nz, found.x.shape[1], found.labels)
        posteriors.expect_labels_heeded(found, apart)
    told = draw.one_of(range(5, 12)), draw.one_of(range(66, 99)), found.labels
    with suppress(StudentError):
        model = net.build(student, told[0], 1.0, *told[1:])
        posteriors.expect_sizes(student, model, net.apart(student, *told))


@check({"cvae_forward": CVAE}, after=forward_gives_q_and_rec, about="without labels")
def forward_works_without_labels(student: Submission, draw: Draw, oracle: Ask, net: Net) -> None:
    """with conditional=False forward takes images alone"""
    found = BARE.posterior(student, draw, 7, 71)
    apart = BARE.apart(student, found.nz, found.x.shape[1], 0)
    if posteriors.work(found, apart):  # else that is told of them
        posteriors.expect_outputs(found)


def batch(draw: Draw, n: int = 5, nz: int = 4, pixels: int = 7) -> tuple[Array, dict[str, Array]]:
    """x (n, pixels) and outputs for it, of unequal sizes."""
    q = np.concatenate([draw.normal(n, nz), draw.uniform(n, nz, low=-1.2, high=0.8)], axis=1)
    rec = draw.uniform(n, 1, pixels, low=0.05, high=0.95)
    return draw.uniform(n, pixels), {"q": q, "rec": rec}


def batches(
    draw: Draw, net: Net, lengths: tuple[int, ...] = ()
) -> list[tuple[Array, dict[str, Array]]]:
    """Minibatches of these lengths, or three different ones; with labels where there are some."""
    lengths = lengths or draw.one_of(((5, 3, 6), (3, 6, 5), (6, 5, 3)))
    found = [batch(draw, n) for n in lengths]
    for x, outputs in found if net.label else ():
        outputs["c"] = np.zeros(len(x), np.int64)
    return found


def target(net: Net, student: Submission, beta: float = 1.0) -> losses.Weighted:
    """The loss of a network of the sizes of `batch`."""
    model = net.build(student, 4, beta, 7, 3 if net.label else 0)
    return losses.Weighted(student, model.part("loss"), (REC, KL))


@check(LOSSES, about="shape")
def loss_gives_a_total_and_its_terms(
    student: Submission, draw: Draw, oracle: Ask, net: Net
) -> None:
    """loss gives one number, and a dict with rec_loss and kl_loss"""
    for each in [*batches(draw, net), *batches(draw, net, (1,))]:
        target(net, student).of(*each)


@check(LOSSES, after=loss_gives_a_total_and_its_terms, about="rec_loss")
def rec_loss_is_the_mean_cross_entropy(
    student: Submission, draw: Draw, oracle: Ask, net: Net
) -> None:
    """rec_loss is the binary cross-entropy, averaged over pixels and images"""
    given = batches(draw, net)
    answers = [oracle(REC, x, outputs["rec"]) for x, outputs in given]
    got = [target(net, student).of(*each)[1] for each in given]
    losses.expect_numbers(got, answers, {}, REC)


@check(LOSSES, after=loss_gives_a_total_and_its_terms, about="kl_loss")
def kl_loss_is_the_closed_form(student: Submission, draw: Draw, oracle: Ask, net: Net) -> None:
    """kl_loss is KL[q || N(0, 1)], summed over nz and averaged over the images"""
    given = batches(draw, net)
    answers = [oracle(KL, outputs["q"]) for _, outputs in given]
    got = [target(net, student).of(*each)[2] for each in given]
    losses.expect_numbers(got, answers, {}, KL)


@check(
    LOSSES, after=(rec_loss_is_the_mean_cross_entropy, kl_loss_is_the_closed_form), about="total"
)
def total_is_the_sum_at_beta_one(student: Submission, draw: Draw, oracle: Ask, net: Net) -> None:
    """at beta = 1 the total is rec_loss plus kl_loss"""
    answer = oracle("coefficients", 1.0)
    given = batches(draw, net)
    losses.expect_coefficients([target(net, student).of(*each) for each in given], answer)


@check(
    LOSSES,
    after=(rec_loss_is_the_mean_cross_entropy, kl_loss_is_the_closed_form),
    about="gradients",
)
def total_passes_gradients(student: Submission, draw: Draw, oracle: Ask, net: Net) -> None:
    """gradients of the total reach q and rec"""
    x, outputs = batch(draw)
    asked = x, outputs["rec"], outputs["q"]
    wants: Slopes = {f"1.{name}": (name, oracle("slopes", name, *asked)) for name in ("rec", "q")}
    losses.expect_slopes(student, target(net, student).target, (x, outputs), wants, pick=0)


@check({"beta": VAE, "cvae_loss": CVAE}, about="beta in the loss")
def loss_heeds_any_beta(student: Submission, draw: Draw, oracle: Ask, net: Net) -> None:
    """the total weights kl_loss with the model's own beta, whatever it is, and nothing else"""
    answers = {beta: oracle("coefficients", beta) for beta in (1.0, *BETAS)}
    given = batches(draw, net)
    terms = [(oracle(REC, x, outputs["rec"]), oracle(KL, outputs["q"])) for x, outputs in given]
    with suppress(losses.NoTerms):  # which is told of the loss itself
        found = {
            b: losses.in_place([target(net, student, b).of(*each) for each in given], terms)
            for b in answers
        }
        losses.expect_coefficients_to_follow(found, answers)


@check(RECONSTRUCTIONS, about="values")
def reconstruct_decodes_the_mean(student: Submission, draw: Draw, oracle: Ask, net: Net) -> None:
    """reconstruct decodes the mean of q, draws nothing, and gives images (N, 28, 28)"""
    found = net.posterior(student, draw, 5, PIXELS, 9)
    target = found.model.part("reconstruct")
    posteriors.expect_reconstruction(found, target, (9, 28, 28))
    posteriors.expect_reconstruction(found.at(np.arange(1)), target, (1, 28, 28))


@check({"cvae_reconstruct": CVAE}, about="without labels")
def reconstruct_works_without_labels(
    student: Submission, draw: Draw, oracle: Ask, net: Net
) -> None:
    """with conditional=False reconstruct takes images alone"""
    found = BARE.posterior(student, draw, 5, PIXELS, 9)
    if found.usable():  # else that is told of them, or of forward
        posteriors.expect_reconstruction(found, found.model.part("reconstruct"), (9, 28, 28))
