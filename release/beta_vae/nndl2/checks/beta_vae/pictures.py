"""What right functions that draw images do: samples, interpolations, digits; and BEST_BETA."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import numpy as np

from nndl2.checks.beta_vae.pieces import CVAE, HIDDEN, PIXELS
from nndl2.checks.beta_vae.pieces import NZ as NOTEBOOKS
from nndl2.checks.compare import as_array
from nndl2.checks.declare import check
from nndl2.checks.draw import Draw
from nndl2.checks.model import CheckError
from nndl2.checks.oracle import Ask
from nndl2.checks.submission import Handle, Submission
from nndl2.laws import constants, priors
from nndl2.laws.values import expect_images

Array = np.ndarray
MANY, NZ = 300, 20  # samples and numbers of each, for their law
IMAGE = (1, 28, 28)
SERIES = tuple(float(f"{m}e{k}") for k in range(-6, 3) for m in (1, 2, 5))


@dataclass(frozen=True)
class Family:
    """The networks that a function takes."""

    classes: tuple[str, ...] = ("AutoEncoder", "VAE")

    def models(self, student: Submission, nz: int) -> list[Handle]:
        """Those that have layers: the VAE is written after the first function that takes it. Of
        the notebook's size where a decoder does not take nz numbers: that is told of it."""
        built = [with_decoder(student, partial(student.build, cls), nz) for cls in self.classes]
        return [model for model in built if student.weights(model, numbers=False)] or built


def with_decoder(
    student: Submission, build: Callable[[int], Handle], nz: int, *labels: Array
) -> Handle:
    """A network for embeddings of nz numbers, or as many as its decoder takes; it is left with the
    decoder in eval mode."""
    for size in (nz, NOTEBOOKS):
        model = build(size)
        with suppress(CheckError):
            z = np.zeros((1, size), np.float32)
            student.call(model.part("decoder"), z, *labels, mode="eval")
            return model
    return build(nz)


BOTH = Family()


@check("sample_images", about="shape")
def samples_are_images(student: Submission, draw: Draw, oracle: Ask) -> None:
    """sample_images gives n images (n, 1, 28, 28) of an AutoEncoder and of a VAE, no gradient"""
    for n, model in zip((4, 1), 2 * BOTH.models(student, draw.one_of(range(6, 12)))):
        found = student.call("sample_images", model, n)
        got = expect_images(found, (n, *IMAGE), "sample_images", "(n, 1, 28, 28)")
        priors.expect_no_graph(got, "sample_images")


@check("sample_images", after=samples_are_images, about="the prior")
def embeddings_are_drawn_from_the_prior(student: Submission, draw: Draw, oracle: Ask) -> None:
    """the embeddings that are decoded are drawn from the unit Gaussian, each number for itself"""
    for model in BOTH.models(student, NZ):
        sizes = [NZ, *HIDDEN, PIXELS]
        priors.expect_prior(student, "sample_images", model, sizes, draw, MANY)


@check("interpolate", about="shape")
def interpolation_gives_images(student: Submission, draw: Draw, oracle: Ask) -> None:
    """interpolate gives images (steps, 1, 28, 28), for an AutoEncoder and a VAE, no gradient"""
    ends = draw.uniform(2, *IMAGE)
    for steps, model in zip((7, 2), 2 * BOTH.models(student, draw.one_of(range(6, 12)))):
        found = student.call("interpolate", model, *ends, steps)
        got = expect_images(found, (steps, *IMAGE), "interpolate", "(steps, 1, 28, 28)")
        priors.expect_no_graph(got, "interpolate")
    as_array(student.call("interpolate", model, *ends), "interpolate")


@check("interpolate", after=interpolation_gives_images, about="the way")
def the_way_between_is_straight(student: Submission, draw: Draw, oracle: Ask) -> None:
    """the images lie on the straight line between both embeddings, both ends included"""
    steps = draw.one_of((6, 8, 9))
    answer = oracle("between", steps)
    ends = draw.uniform(2, *IMAGE)
    for model in BOTH.models(student, draw.one_of(range(6, 12))):
        priors.expect_way(student, "interpolate", model, ends, answer)


@check("sample_digits", about="shape")
def there_is_an_image_for_each_label(student: Submission, draw: Draw, oracle: Ask) -> None:
    """sample_digits gives an image (1, 28, 28) for each label, no gradient"""
    for n in (7, 1):
        build = partial(CVAE.build, student, labels=10)
        model = with_decoder(student, build, draw.one_of(range(6, 12)), np.zeros(1, np.int64))
        found = student.call("sample_digits", model, draw.whole(n, low=0, high=10))
        got = expect_images(found, (n, *IMAGE), "sample_digits", "(n, 1, 28, 28)")
        priors.expect_no_graph(got, "sample_digits")


@check("sample_digits", after=there_is_an_image_for_each_label, about="prior and label")
def digits_are_drawn_from_the_prior(student: Submission, draw: Draw, oracle: Ask) -> None:
    """each image is decoded from a sample of the unit Gaussian with its own label"""
    labels = draw.one_of((5, 6, 7))
    model = CVAE.build(student, NZ, labels=labels)
    c = draw.whole(MANY, low=0, high=labels)
    sizes = [NZ + labels, *HIDDEN, PIXELS]
    priors.expect_prior(student, "sample_digits", model, sizes, draw, c, labels=labels)


@check("best_beta", about="its size")
def best_beta_suits(student: Submission, draw: Draw, oracle: Ask) -> None:
    """BEST_BETA is a beta at which samples are digits and reconstructions keep theirs"""
    answer = oracle("best_beta", SERIES)
    constants.expect_within(student, "BEST_BETA", SERIES, answer, "beta")
