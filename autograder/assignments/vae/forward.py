"""Hidden checks of `forward`, judged relative to the network's own pieces and `reparametrize`.

With a stand-in for `reparametrize` that has no noise, x_hat must equal what the own decoder makes
of the stand-in's answer. Where x_hat is noisy all the same, forward draws its sample by itself:
then equal seeds decide, and where these fail too the moments of many draws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from autograder.assignments.vae.architecture import any_net
from autograder.assignments.vae.nets import MODES, answers, decoder_forms, forms
from autograder.assignments.vae.statistics import same_moments
from nndl2.checks.compare import (
    as_array,
    close,
    expect_close,
    expect_shape,
    expect_unchanged,
    shape_text,
)
from nndl2.checks.declare import check
from nndl2.checks.draw import Draw
from nndl2.checks.model import CheckError, Mismatch, NotRun, StudentError
from nndl2.checks.submission import Handle, Mode, StandIn, Submission
from nndl2.checks.vae import (
    STAND_IN,
    Net,
    cvae_forward_returns_the_asked_shapes,
    draws_noise,
    fitting,
    forward_returns_the_asked_shapes,
    heeds_its_input,
    run_forward,
    sampled_image,
    usable_stand_in,
)

Array = np.ndarray
N = 5
REPEATS = 3_000
PIXELS = 12  # how many pixels of x_hat the moments are taken of
BRIGHT = 30.0  # images far beyond [0, 1], so that mu and logvar are far from zero


@dataclass(frozen=True)
class Case:
    """A built network with inputs for it: images (N, 1, 28, 28) and labels (N, C) or None.

    `stand_in` is what takes the place of `reparametrize`, where that is possible; pixels go from 0
    to `brightest`.
    """

    student: Submission
    net: Net
    model: Handle
    x: Array
    c: Array | None
    stand_in: StandIn | None = None
    brightest: float = BRIGHT

    def with_images(self, x: Array) -> Case:
        """The same network and labels with other images."""
        return replace(self, x=x.astype(np.float32))

    @property
    def inputs(self) -> list[Array]:
        return [self.x] if self.c is None else [self.x, self.c]

    def forward(self, **how: object) -> tuple[Array, Array, Array]:
        """(x_hat, mu, logvar) as arrays."""
        out = run_forward(self.student, self.net, self.model, *self.inputs, **how)
        x_hat, mu, logvar = (as_array(v, n) for v, n in zip(out, ("x_hat", "mu", "logvar")))
        return x_hat, mu, logvar

    def sample(self, **how: object) -> tuple[Array, Array, Array]:
        """The same, with mu and logvar (N, Z) of one shape and an x_hat for each image."""
        x_hat, mu, logvar = self.forward(**how)
        for what, got in (("mu", mu), ("logvar", logvar)):
            if got.shape != (len(self.x), *mu.shape[1:2]):
                texts = shape_text((len(self.x), *mu.shape[1:2])), shape_text(got.shape)
                raise Mismatch(*texts, f"{what} has another shape here")
        if x_hat.shape[:1] != (len(self.x),):
            raise Mismatch(f"N = {len(self.x)} images", shape_text(x_hat.shape), "x_hat lost its N")
        return x_hat, mu, logvar

    def features(self, mode: Mode, c: Array | None = None) -> list[Array]:
        """The own encoder's features, one for each way of feeding it that it takes."""
        given = forms(self.net, self.x, self.c if c is None else c)
        return answers(self.student, self.model.part("encoder"), given, mode)

    def heads(self, mode: Mode, c: Array | None = None) -> list[tuple[Array, Array]]:
        """(mu, logvar) by the own pieces, one for each way of feeding the encoder."""
        mu_layer, logvar_layer = self.model.part("mu_layer"), self.model.part("logvar_layer")
        return [
            (
                answers(self.student, mu_layer, [h], mode)[0],
                answers(self.student, logvar_layer, [h], mode)[0],
            )
            for h in self.features(mode, c)
        ]

    def decode(self, z: Array, mode: Mode, c: Array | None = None) -> list[Array]:
        """Images by the own decoder, one for each way of feeding it."""
        given = decoder_forms(z.astype(np.float32), self.c if c is None else c)
        return answers(self.student, self.model.part("decoder"), given, mode)


def case(student: Submission, draw: Draw, conditional: bool, n: int = N) -> Case:
    """A network whose own pieces take its sizes, with drawn inputs.

    The first check of a part finds out which network that is, and how it is to be asked.
    """
    if "case" not in draw.known:
        draw.known["case"] = _first_case(student, draw, conditional)
    first: Case = draw.known["case"]
    c = draw.one_hot(n, first.net.num_classes) if conditional else None
    return replace(first, x=draw.uniform(n, 1, 28, 28, high=first.brightest), c=c)


def _first_case(student: Submission, draw: Draw, conditional: bool) -> Case:
    net, model = fitting(student, any_net(draw, conditional))
    x = draw.uniform(N, 1, 28, 28, high=BRIGHT)
    c = draw.one_hot(N, net.num_classes) if conditional else None
    one = Case(student, net, model, x, c)
    one = one if takes_bright(one) else replace(one.with_images(x / BRIGHT), brightest=1.0)
    return replace(one, stand_in=usable_stand_in(student, model, *one.inputs))


def takes_bright(one: Case) -> bool:
    """Whether forward takes images beyond [0, 1] as they are; it may refuse or clamp them."""
    try:
        _, mu, logvar = one.forward(mode="eval", stand_in=STAND_IN)
        clamped = one.with_images(np.clip(one.x, 0, 1)).heads("eval")
    except (StudentError, Mismatch):
        with suppress(CheckError):  # what they are not the reason for is told of the bright ones
            one.with_images(one.x / BRIGHT).forward(mode="eval", stand_in=STAND_IN)
            return False
        return True
    return not any(close(mu, m) and close(logvar, v) for m, v in clamped)


def shapes(student: Submission, draw: Draw, conditional: bool) -> None:
    for n in (N, 1):
        one = case(student, draw, conditional, n)
        x_hat, mu, logvar = one.forward(stand_in=one.stand_in)
        decoded = one.decode(np.zeros((n, one.net.latent_size)), "eval")[0]
        own_mu, own_logvar = one.heads("eval")[0]
        for what, got, own in (("mu", mu, own_mu), ("logvar", logvar, own_logvar)):
            cause = "batch_axis_squeezed" if n == 1 and got.size == own.size else ""
            if got.shape != own.shape:
                own_shape, got_shape = shape_text(own.shape), shape_text(got.shape)
                raise Mismatch(own_shape, got_shape, f"{what} has another shape", cause)
        if decoded.shape == one.x.shape:
            expect_shape(x_hat, decoded.shape, "x_hat", "(N, 1, 28, 28)")
        elif x_hat.shape[:1] != (n,):
            raise Mismatch(f"N = {n} images", shape_text(x_hat.shape), "x_hat lost its N")


def heads_get_the_features(student: Submission, draw: Draw, conditional: bool) -> None:
    one = case(student, draw, conditional)
    expect_heed(one)
    own = one.heads("eval")
    _, mu, logvar = one.forward(mode="eval", stand_in=one.stand_in)
    if any(close(mu, m) and close(logvar, v) for m, v in own):
        return
    m, v = own[0]

    def wrong(at: int) -> Iterator[tuple[str, Array]]:
        both = close(mu, v) and close(logvar, v), close(mu, m) and close(logvar, m)
        yield ("one_head_for_both" if both[at] else "outputs_swapped"), (v, m)[at]
        own_head = own[0][at]
        yield "relu_on_head", np.maximum(own_head, 0)
        yield "sigma_returned", np.exp(np.minimum(own_head, 50) / 2)
        yield "variance_returned", np.exp(np.minimum(own_head, 50))
        for heads in one.with_images(2 * one.x - 1).heads("eval"):
            yield "images_scaled", heads[at]
        for heads in one.with_images(np.repeat(one.x[:1], N, 0)).heads("eval"):
            yield "first_image_for_all", heads[at]
        if one.c is not None:
            for heads in one.heads("eval", np.zeros_like(one.c)):
                yield "label_lost_in_encoder", heads[at]
            for heads in one.heads("eval", np.repeat(one.c[:1], N, 0)):
                yield "first_label_for_all", heads[at]

    expect_close(mu, m, "mu", mistaken=lambda: wrong(0))
    expect_close(logvar, v, "logvar", mistaken=lambda: wrong(1))


def expect_heed(one: Case) -> None:
    """The own encoder tells images apart, and labels: else forward may leave them out unseen."""
    dim = one.with_images(one.x / BRIGHT)
    features = dim.features("eval")
    if all(close(h, np.broadcast_to(h[:1], h.shape)) for h in features):
        raise NotRun("needs an encoder that depends on the image first")
    if one.c is not None and heeds_no_label(one, "encoder", forms, one.net, dim.x):
        raise NotRun("needs an encoder that depends on the label first")


def expect_label_decoded(one: Case) -> None:
    """Where the own decoder heeds z, it heeds a label that it takes as well."""
    if one.c is None or not heeds_its_input(one.student, one.net, one.model):
        return
    z = np.zeros((len(one.x), one.net.latent_size), np.float32)
    if heeds_no_label(one, "decoder", decoder_forms, z):
        raise NotRun("needs a decoder that depends on the label first")


def heeds_no_label(one: Case, piece: str, fed: Callable[..., list[Array]], *first: object) -> bool:
    """Whether a piece takes a label, behind or before, and answers as if there were none."""
    assert one.c is not None
    given = (fed(*first, c)[:2] for c in (one.c, np.zeros_like(one.c)))
    for labelled, bare in zip(*given):
        with suppress(StudentError, Mismatch):
            a, b = (answers(one.student, one.model.part(piece), [x])[0] for x in (labelled, bare))
            if close(a, b):
                return True
    return False


def decoder_gets_the_sample(student: Submission, draw: Draw, conditional: bool) -> None:
    one = case(student, draw, conditional)
    expect_label_decoded(one)
    for mode in MODES:
        if mode == "eval" or steady(one):
            _expect_sample(one, draw, mode)


def _expect_sample(one: Case, draw: Draw, mode: Mode) -> None:
    x_hat, mu, logvar = one.sample(mode=mode, stand_in=one.stand_in)
    a, b = STAND_IN["reparametrize"].values()
    stood_in = one.decode(a * mu + b * logvar, mode)
    if any(_same_image(x_hat, y) for y in stood_in):
        return
    by_itself = not _same_image(x_hat, one.forward(mode=mode, stand_in=one.stand_in)[0])
    if by_itself and (same_seed(one, draw, mode) or same_law(one, draw, mode)):
        return
    if by_itself and not same_law(one, draw, mode):
        note = "x_hat is drawn, but not from samples of N(mu, sigma^2)"
        raise Mismatch(note=note, diagnosis="sample_of_another_law")
    expect_close(
        _rows(x_hat),
        _rows(stood_in[0]),
        "x_hat",
        mistaken=lambda: _wrong_samples(one, mu, logvar, mode),
    )


def steady(one: Case) -> bool:
    """Whether the own pieces give the same answer in train mode as in eval mode: no dropout."""
    z = np.ones((len(one.x), one.net.latent_size))
    decoded = [one.decode(z, mode)[0] for mode in ("train", "eval")]
    features = [one.features(mode)[0] for mode in ("train", "eval")]
    return close(decoded[0], decoded[1]) and close(features[0], features[1])


def same_seed(one: Case, draw: Draw, mode: Mode) -> bool:
    """Whether x_hat is the decoded answer of the own `reparametrize` under the same seed."""
    seed = draw.seed()
    x_hat, mu, logvar = one.sample(mode=mode, seed=seed)
    try:
        z = as_array(one.student.call("reparametrize", mu, logvar, seed=seed), "reparametrize")
        return z.shape == mu.shape and any(_same_image(x_hat, y) for y in one.decode(z, mode))
    except CheckError:
        return False


def same_law(one: Case, draw: Draw, mode: Mode) -> bool:
    """Whether x_hat of one image, many times, has the moments of decoded Gaussian samples.

    A right forward is rejected with a probability under 1e-9: about 100 comparisons, each within
    7.5 standard errors.
    """
    x = np.repeat(one.x[:1], REPEATS, axis=0)
    c = None if one.c is None else np.repeat(one.c[:1], REPEATS, axis=0)
    many = Case(one.student, one.net, one.model, x, c)
    x_hat, mu, logvar = many.sample(mode=mode, seed=draw.seed())
    if x_hat.size != REPEATS * 784:
        return False
    z = mu + np.exp(logvar.astype(np.float64) / 2) * draw.normal(*mu.shape)
    return any(
        _alike(_rows(x_hat), _rows(y), draw) for y in many.decode(z, mode) if y.size == x_hat.size
    )


def _alike(rows: Array, reference: Array, draw: Draw) -> bool:
    """Whether some pixels have the moments of `reference`: of those that vary more than half."""
    spread = reference.var(0)
    at = draw.generator.choice(np.flatnonzero(spread >= np.median(spread)), PIXELS, replace=False)
    return same_moments(rows[:, at], reference[:, at])


def _rows(images: Array) -> Array:
    n = len(images) if images.ndim else 1
    return images.reshape(n, images.size // n if n else 0)


def _same_image(a: Array, b: Array) -> bool:
    """Equal pixels; whether rows were made images in forward or in the decoder is all one."""
    if a.shape[:1] != b.shape[:1] or a.size != b.size:
        return False
    return close(_rows(a), _rows(b), rtol=1e-4, atol=5e-5)


def _wrong_samples(one: Case, mu: Array, logvar: Array, mode: Mode) -> Iterator[tuple[str, Array]]:
    a, b = STAND_IN["reparametrize"].values()
    readings = {
        "mean_decoded": mu,
        "logvar_decoded": logvar,
        "arguments_of_reparametrize_swapped": a * logvar + b * mu,
        "mu_twice_in_reparametrize": a * mu + b * mu,
        "std_given_to_reparametrize": a * mu + b * np.exp(logvar / 2),
        "variance_given_to_reparametrize": a * mu + b * np.exp(logvar),
        "sample_doubled": 2 * (a * mu + b * logvar),
    }
    for name, reading in readings.items():
        for y in one.decode(reading, mode):
            yield name, _rows(y)
    z = a * mu + b * logvar
    for y in one.decode(z, mode):
        yield "two_sigmoids", 1 / (1 + np.exp(-_rows(y)))
    if one.c is not None:
        for y in one.decode(z, mode, np.zeros_like(one.c)):
            yield "label_lost_in_decoder", _rows(y)
        for shift in (1, -1):
            for y in one.decode(z, mode, np.roll(one.c, shift, axis=1)):
                yield "another_label_in_decoder", _rows(y)


def noise_is_drawn_in_both_modes(student: Submission, draw: Draw, conditional: bool) -> None:
    """Only asked where `reparametrize` gives noise and the decoder heeds what it is given."""
    one = case(student, draw, conditional)
    if not draws_noise(student, one.net, draw) or not heeds_its_input(student, one.net, one.model):
        return
    for mode in MODES:
        first, second = (
            sampled_image(student, one.net, one.model, *one.inputs, mode=mode) for _ in range(2)
        )
        if first is not None and second is not None and close(first, second):
            note = f"in {mode} mode two passes give the same x_hat"
            mean = one.decode(one.heads(mode)[0][0], mode)
            silent = any(_same_image(first, y) for y in mean)
            cause = f"no_sample_in_{mode}_mode" if silent else "forward_noise_repeated"
            raise Mismatch(note=note, diagnosis=cause)


def gradients_reach_everything(student: Submission, draw: Draw, conditional: bool) -> None:
    """The pieces that pass gradients on by themselves get them through forward as well."""
    one = case(student, draw, conditional)
    run_forward(student, one.net, one.model, *one.inputs, stand_in=one.stand_in)
    ways = {
        "x_hat": ("encoder", "mu_layer", "logvar_layer", "decoder"),
        "mu": ("encoder", "mu_layer"),
        "logvar": ("encoder", "logvar_layer"),
    }
    named = {piece: names_of(one, piece) for piece in ways["x_hat"]}
    for pick, (what, pieces) in enumerate(ways.items()):
        found = student.gradients(
            one.model, *one.inputs, wrt="parameters", pick=pick, stand_in=one.stand_in
        )
        for piece in pieces:
            if all(found.by.get(n) is None for n in named[piece]) and learns(one, piece):
                note = f"no gradient of {what} reaches {piece}"
                raise Mismatch(note=note, diagnosis="forward_detached")


def names_of(one: Case, piece: str) -> list[str]:
    """What the whole network calls the parameters of a piece, which it may know by other names."""
    own = one.student.weights(one.model.part(piece))
    try:
        whole = one.student.weights(one.model)
    except StudentError:  # more than fits into an answer
        return [f"{piece}.{name}" for name in own]
    told = [name for name in whole if name.startswith(f"{piece}.")]
    by_value = (n for n, w in whole.items() if any(np.array_equal(w, o) for o in own.values()))
    return told or list(by_value)


def learns(one: Case, piece: str) -> bool:
    """Whether a piece passes gradients to its own parameters when it is asked alone."""
    z = np.ones((len(one.x), one.net.latent_size), np.float32)
    given = {"encoder": forms(one.net, one.x, one.c), "decoder": decoder_forms(z, one.c)}
    for x in given.get(piece) or one.features("train"):
        try:
            by = one.student.gradients(one.model.part(piece), x, wrt="parameters").by
        except CheckError:
            continue
        return any(g is not None for g in by.values())
    return False


def inputs_stay(student: Submission, draw: Draw, conditional: bool) -> None:
    one = case(student, draw, conditional)
    run_forward(student, one.net, one.model, *one.inputs, stand_in=one.stand_in)
    kept = student.call(one.model, *one.inputs, keep=True, stand_in=one.stand_in)
    expect_unchanged(kept, one.inputs, ("x", "c"))


@check("forward", hidden=True, after=forward_returns_the_asked_shapes)
def forward_keeps_the_shapes(student: Submission, draw: Draw) -> None:
    """the shapes are right for other sizes too, with one image as with many"""
    shapes(student, draw, conditional=False)


@check("forward", hidden=True, after=forward_returns_the_asked_shapes)
def forward_uses_encoder_and_heads(student: Submission, draw: Draw) -> None:
    """mu and logvar are what the own heads make of the own encoder's features"""
    heads_get_the_features(student, draw, conditional=False)


@check("forward", hidden=True, after=forward_uses_encoder_and_heads)
def forward_decodes_a_sample(student: Submission, draw: Draw) -> None:
    """x_hat is what the own decoder makes of a sample of reparametrize(mu, logvar)"""
    decoder_gets_the_sample(student, draw, conditional=False)


@check("forward", hidden=True, after=forward_returns_the_asked_shapes)
def forward_draws_in_train_and_eval_mode(student: Submission, draw: Draw) -> None:
    """every pass draws a new sample, in train and in eval mode"""
    noise_is_drawn_in_both_modes(student, draw, conditional=False)


@check("forward", hidden=True, after=forward_returns_the_asked_shapes)
def forward_passes_gradients(student: Submission, draw: Draw) -> None:
    """gradients reach encoder, heads and decoder through forward"""
    gradients_reach_everything(student, draw, conditional=False)


@check("forward", hidden=True, after=forward_returns_the_asked_shapes)
def forward_leaves_the_images(student: Submission, draw: Draw) -> None:
    """forward does not change the images in place"""
    inputs_stay(student, draw, conditional=False)


@check("cvae_forward", hidden=True, after=cvae_forward_returns_the_asked_shapes)
def cvae_forward_keeps_the_shapes(student: Submission, draw: Draw) -> None:
    """the CVAE's shapes are right for other sizes too, with one image as with many"""
    shapes(student, draw, conditional=True)


@check("cvae_forward", hidden=True, after=cvae_forward_returns_the_asked_shapes)
def cvae_forward_gives_the_label_to_the_encoder(student: Submission, draw: Draw) -> None:
    """mu and logvar are what the CVAE's own pieces make of the image and its label"""
    heads_get_the_features(student, draw, conditional=True)


@check("cvae_forward", hidden=True, after=cvae_forward_gives_the_label_to_the_encoder)
def cvae_forward_gives_the_label_to_the_decoder(student: Submission, draw: Draw) -> None:
    """x_hat is what the CVAE's own decoder makes of a sample and its label"""
    decoder_gets_the_sample(student, draw, conditional=True)


@check("cvae_forward", hidden=True, after=cvae_forward_returns_the_asked_shapes)
def cvae_forward_draws_in_train_and_eval_mode(student: Submission, draw: Draw) -> None:
    """every pass of the CVAE draws a new sample, in train and in eval mode"""
    noise_is_drawn_in_both_modes(student, draw, conditional=True)


@check("cvae_forward", hidden=True, after=cvae_forward_returns_the_asked_shapes)
def cvae_forward_passes_gradients(student: Submission, draw: Draw) -> None:
    """gradients reach encoder, heads and decoder through the CVAE's forward"""
    gradients_reach_everything(student, draw, conditional=True)


@check("cvae_forward", hidden=True, after=cvae_forward_returns_the_asked_shapes)
def cvae_forward_leaves_its_inputs(student: Submission, draw: Draw) -> None:
    """forward does not change images and labels in place"""
    inputs_stay(student, draw, conditional=True)
