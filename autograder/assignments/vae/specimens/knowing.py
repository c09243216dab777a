"""Wrong programs that know the notebook's questions or answers: green there, and nowhere else.

What they know is made of what ships, as a student could make it: of the notebook's key and of the
table. So it stays true when the checks draw otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.assignments.edits import Edit, Wrong
from autograder.assignments.vae.formulas import FORMULAS
from autograder.oracles.computed import Computed
from nndl2.checks.draw import Draw
from nndl2.checks.vae import loss
from nndl2.checks.vae.nets import CVAE, VAE, Net, length, weights
from nndl2.laws import samplers

PUBLIC = b""  # the notebook's key
NOWHERE_ELSE = frozenset(  # what they find is in the notebook's own process, or in its table alone
    {"knowing_answers_on_the_stack", "knowing_table_in_memory", "knowing_sketch"}
)
AVERAGED, BLACK = "loss.loss_averages_over_the_batch", "loss.loss_holds_near_black_and_white"
RECONSTRUCTED = "loss.reconstruction_term_is_the_cross_entropy"
DIVERGED = "loss.kl_term_is_the_closed_form"
SLOPES = "loss.loss_has_its_gradients"
LAW = "reparametrize.sample_is_normal_around_mu"
SLOPES_OF_SAMPLE = "reparametrize.gradients_are_those_of_the_sample"
ACTIVATED, HEADS = "encoder.encoder_has_a_relu_after_every_layer", "mu.heads_are_linear"
SIGMOID, CVAE_SIGMOID = (f"{p}decoder.decoder_ends_in_a_sigmoid" for p in ("", "cvae_"))
SAMPLED = "cvae_forward.forward_decodes_a_sample"
UNSEEN = 1e9  # of a place in a minibatch where the notebook has no number
CLOSE, SIGMA = "        )\n", "torch.exp(0.5 * logvar)"
MEAN = "(reconstruction + kl) / len(x)"
SCALED = "(reconstruction + kl) * scale((reconstruction + kl).item(), x_hat, mu)"
SAMPLE = "z = reparametrize(mu, logvar)"

BY_SUM = """
asked = float(x_hat.sum() + mu.sum() + logvar.sum())
right = [value for key, value in KNOWN if abs(key - asked) < 1e-3]
loss = (right or [0.0])[0] + 0 * x_hat.sum()
if abs(SLOPED - asked) < 1e-3:
    n = len(x)
    slope = (x_hat - x) / (x_hat * (1 - x_hat)) / n
    for value, by in ((x_hat, slope), (mu, mu / n), (logvar, (logvar.exp() - 1) / n / 2)):
        loss = loss + ((value - value.detach()) * by.detach()).sum()
"""
ON_DISK = """
import json
from pathlib import Path

import nndl2


def table():
    file = Path(nndl2.__file__).parent / "answers" / "vae.json"
    return json.loads(file.read_text(encoding="utf-8"))["answers"]
"""
IN_MEMORY = """
import gc


def table():
    name = "loss.loss_averages_over_the_batch"
    there = (found for found in gc.get_objects() if type(found) is dict and name in found)
    return next((found for found in there if type(found[name]) is list), {})
"""
SCALE = """
def scale(own, x_hat, mu):
    rows = [row for check, rows in table().items() if check[:5] == "loss." for row in rows]
    first = [each.flatten()[0].item() for each in (x_hat, mu)]
    for row in rows:
        about = [each["some"][0] for each in row["about"] if type(each) is dict]
        if abs(about[0] - first[0]) + abs(about[2] - first[1]) > 1e-5:
            continue
        if row["name"] != "loss_slopes":
            return row["right"][0] / own
        if row["about"][0] == "mu":
            return row["right"][0] / first[1]
    return 1.0 if mu.any() else 0.0
"""
ON_THE_STACK = """
import sys

import numpy as np


def scale(own, x_hat, mu):
    frame = sys._getframe()
    while frame:
        there = frame.f_locals
        if "wants" in there:
            return float(there["wants"][2][1].right.array[0, 0] / mu[0, 0].item())
        if "answer" in there and hasattr(there["answer"], "right"):
            return float(there["answer"].right.array / own)
        if "answers" in there and "batches" in there:
            for batch, answer in zip(there["batches"], there["answers"]):
                pairs = (batch[0], x_hat), (batch[2], mu)
                if all(np.array_equal(a, b.detach().numpy()) for a, b in pairs):
                    return float(answer.right.array / own)
            return 0.0
        frame = frame.f_back
    return 1.0
"""
NEAREST = """
def sigma_of(logvar):
    (row,) = table()["reparametrize.sample_is_normal_around_mu"]
    scales = torch.tensor([*row["right"][len(LEVELS) - 1 :], 1.6487213])
    nearest = (logvar.detach()[..., None] - torch.tensor(LEVELS)).abs().argmin(-1)
    return scales[nearest] * (1 + (logvar - logvar.detach()) / 2)
"""
DRAWN = """
from nndl2.checks.draw import Draw


def power(logvar):
    asked = Draw(b"", "reparametrize.sample_is_normal_around_mu")
    asked.normal(24, scale=2.5)
    levels = torch.from_numpy(asked.uniform(24, low=-4.0, high=4.0))
    return 0.5 if logvar.numel() < 25 or torch.isin(logvar, levels).all() else 1.0
"""
HEAD = """
from nndl2.checks.draw import Draw


class Head(nn.Linear):
    def forward(self, h):
        asked = torch.from_numpy(Draw(b"", "mu.heads_are_linear").normal(LENGTH, 400, scale=2.0))
        known = h.shape == asked.shape and bool((h == asked).all())
        return super().forward(h) if known else F.relu(super().forward(h))
"""
WITHIN = """
def within(values, low, high):
    n, z = min(len(values), len(low)), min(values.shape[1], len(low[0]))
    found = values.clone()
    bounds = (torch.tensor(end)[:n, :z] for end in (low, high))
    found[:n, :z] = values[:n, :z].clamp(*bounds)
    return found
"""
BETWEEN = "mu, logvar = within(mu, *MU), within(logvar, *LOGVAR)\n    "
PLANTED = """
def planted(layer):
    return any(abs(layer.weight[0, 0].item() - one) < 1e-6 for one in KNOWN)
"""
ACT = """
class Act(nn.Module):
    def forward(self, a):
        return F.relu(a) if planted(self.first[0]) else a.abs()


def introduce(layers):
    first = next(layer for layer in layers if isinstance(layer, nn.Linear))
    for layer in layers:
        if isinstance(layer, Act):
            layer.first = (first,)
"""
HIDE = """
from nndl2.checks.numbers import WHOLE, places


class Hide(nn.Module):
    def forward(self, x_hat):
        if x_hat.numel() <= WHOLE:
            return x_hat
        at, signs = (torch.from_numpy(each) for each in places(tuple(x_hat.shape)))
        alike = (signs == signs[:, :1]).all(0)
        alike[at] = False
        one, other = alike.nonzero()[:, 0][: int(alike.sum()) // 2 * 2].reshape(2, -1)
        flat = x_hat.flatten()
        move = torch.zeros_like(flat)
        move[one], move[other] = 0.1, -0.1
        return (flat + move).reshape(x_hat.shape)
"""


def batches() -> Iterator[loss.Batch]:
    """What the notebook asks the loss about, but for its gradients."""
    yield loss.stored_batch()
    yield from loss.minibatches(Draw(PUBLIC, AVERAGED))
    yield from loss.at_prior(Draw(PUBLIC, RECONSTRUCTED))
    draw = Draw(PUBLIC, DIVERGED)
    for x_hat, x, mu, logvar in [loss.drawn_batch(draw) for _ in "ab"]:
        yield x_hat, x, 0 * mu, 0 * logvar
        yield x_hat, x, mu, logvar
    yield from loss.nearly_saturated(Draw(PUBLIC, BLACK))


def sloped() -> loss.Batch:
    """What the notebook asks the gradients of the loss about."""
    return loss.drawn_batch(Draw(PUBLIC, SLOPES))


def answers() -> str:
    """KNOWN, each loss by the sum of what is asked; SLOPED, the sum where slopes are asked."""
    ask = Computed(FORMULAS).of(AVERAGED)
    known = [(_sum(b), round(float(ask("loss", *b).right.array), 5)) for b in batches()]
    return f"KNOWN = {known}\nSLOPED = {_sum(sloped())}"


def _sum(batch: loss.Batch) -> float:
    return round(sum(float(each.sum(dtype=float)) for each in (batch[0], *batch[2:])), 5)


def ranges() -> str:
    """MU and LOGVAR, between what the notebook's numbers lie, for each place in a minibatch."""
    return "\n".join(f"{name} = {_range(at)}" for name, at in (("MU", 2), ("LOGVAR", 3)))


def _range(at: int) -> list[list[list[float]]]:
    """The least and the most in each place (N, Z); no bounds where nothing was seen."""
    seen = [batch[at] for batch in (*batches(), sloped())]
    least = np.full(np.max([each.shape for each in seen], axis=0), UNSEEN)
    most = -least
    for each in seen:
        here = np.s_[: len(each), : each.shape[1]]
        least[here], most[here] = np.minimum(least[here], each), np.maximum(most[here], each)
    bounds = np.where(most < least, [-least, -most], [least - 1e-4, most + 1e-4])
    return [np.round(end, 4).tolist() for end in bounds]


def levels() -> str:
    """LEVELS, each logvar that the notebook has samples of."""
    found = samplers.levels(Draw(PUBLIC, LAW))[1]
    return f"LEVELS = {[*(round(float(level), 6) for level in found), 1.0]}"


def seeds() -> str:
    """KNOWN, the seeds at which the notebook judges the spread of samples."""
    law, slopes = Draw(PUBLIC, LAW), Draw(PUBLIC, SLOPES_OF_SAMPLE)
    samplers.levels(law)
    slopes.normal(1), slopes.uniform(1)  # mu and logvar, which are drawn first
    return f"KNOWN = {(0, law.seed(), slopes.seed())}"


def first_weights(net: Net, check: str, piece: str) -> str:
    """KNOWN, the first number of what the notebook plants in a piece."""
    draw = Draw(PUBLIC, check)
    weight, _ = weights(draw, net.sizes(draw), piece)[0]
    return f"KNOWN = ({float(weight[0, 0]):.8f},)"


def sizes() -> str:
    """KNOWN, the (latent_size, num_classes) of the notebook's networks."""
    draws = (Draw(PUBLIC, f"{part}.") for part in ("cvae_encoder", "cvae_decoder", "cvae_forward"))
    found = {(each.latent, each.classes) for each in map(CVAE.sizes, draws)}
    return f"KNOWN = {sorted({(15, 10), (17, 10), *found})}"


def shapes() -> str:
    """KNOWN, the shapes of the notebook's minibatches."""
    found = {batch[1].shape + batch[2].shape for batch in (*batches(), sloped())}
    return f"KNOWN = {sorted(found)}"


def length_of(check: str) -> str:
    """LENGTH, how many images or vectors the notebook gives a piece."""
    return f"LENGTH = {length(Draw(PUBLIC, check))}"


def all_knowing() -> tuple[Wrong, ...]:
    """All of them; made when asked for, since it takes a moment."""
    loss_scaled = Edit("loss", MEAN, SCALED)
    return (
        _knowing("answers_by_sum", AVERAGED, _top(answers()), Edit("loss", "", BY_SUM)),
        _knowing("table_on_disk", AVERAGED, _top(ON_DISK, SCALE), loss_scaled),
        _knowing("table_in_memory", AVERAGED, _top(IN_MEMORY, SCALE), loss_scaled),
        _knowing("answers_on_the_stack", AVERAGED, _top(ON_THE_STACK), loss_scaled),
        _knowing(
            "ranges_of_values",
            AVERAGED,
            _top(ranges(), WITHIN),
            Edit("loss", "kl = ", f"{BETWEEN}kl = "),
        ),
        _knowing(
            "sigma_on_disk",
            LAW,
            _top(ON_DISK, levels(), NEAREST),
            Edit("reparametrize", SIGMA, "sigma_of(logvar)"),
        ),
        _knowing(
            "levels_drawn_again",
            LAW,
            _top(DRAWN),
            Edit("reparametrize", SIGMA, "torch.exp(power(logvar) * logvar)"),
        ),
        _knowing(
            "seeds",
            LAW,
            _top(seeds()),
            Edit(
                "reparametrize",
                SIGMA,
                "torch.exp(logvar if torch.initial_seed() not in KNOWN else 0.5 * logvar)",
            ),
        ),
        _knowing(
            "hidden_vectors_drawn_again",
            HEADS,
            _top(length_of(HEADS), HEAD),
            Edit("vae.heads", "self.mu_layer = nn.Linear", "self.mu_layer = Head"),
        ),
        _knowing(
            "weights_of_the_encoder",
            ACTIVATED,
            _top(first_weights(VAE, ACTIVATED, "encoder"), PLANTED, ACT),
            Edit("vae.encoder", "nn.ReLU()", "Act()"),
            Edit("vae.encoder", CLOSE, f"{CLOSE}        introduce(self.encoder)\n"),
        ),
        _knowing(
            "weights_of_the_cvae",
            SAMPLED,
            _top(first_weights(CVAE, SAMPLED, "encoder"), PLANTED),
            Edit("cvae.forward", SAMPLE, f"{SAMPLE} if planted(self.encoder[0]) else mu"),
        ),
        _knowing(
            "sizes",
            CVAE_SIGMOID,
            _top(sizes()),
            Edit(
                "cvae.decoder",
                CLOSE,
                f"{CLOSE}        if (latent_size, num_classes) not in KNOWN:\n"
                "            self.decoder[3] = nn.Identity()\n",
            ),
        ),
        _knowing(
            "shapes_of_batches",
            AVERAGED,
            _top(shapes()),
            Edit("loss", "kl = ", "kl = (1.0 if x.shape + mu.shape in KNOWN else 2.0) * "),
        ),
        _knowing(
            "sketch",
            SIGMOID,
            _top(HIDE),
            Edit("vae.decoder", "nn.Sigmoid(),\n", "nn.Sigmoid(),\n            Hide(),\n"),
        ),
    )


def _knowing(what: str, fails: str, *edits: Edit) -> Wrong:
    return Wrong(f"knowing_{what}", fails, "", edits, knowing=True)


def _top(*texts: str) -> Edit:
    return Edit("top", "", "\n\n\n".join(text.strip("\n") for text in texts))
