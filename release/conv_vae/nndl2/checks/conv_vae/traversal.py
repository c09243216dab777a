"""What a right `traverse` gives: images along one latent dimension, by the network's own pieces."""

from __future__ import annotations

from nndl2.checks.conv_vae.nets import grey_network, network
from nndl2.checks.declare import check
from nndl2.checks.draw import Draw
from nndl2.checks.oracle import Ask
from nndl2.checks.submission import Submission
from nndl2.laws import traversals

FUNCTION = "traverse"


def asked(draw: Draw) -> tuple[int, list[float]]:
    """A latent dimension, and values on both sides of zero."""
    shared = draw.shared("walk")
    values = shared.normal(6, scale=1.5)
    return shared.one_of((1, 2)), [float(value) for value in values]


@check("traverse", about="shape")
def traverse_gives_an_image_for_each_value(student: Submission, draw: Draw, oracle: Ask) -> None:
    """there is an image for each value, a tensor or a list of them, and no gradient"""
    dim, values = asked(draw)
    traversals.expect_images(network(student, draw), FUNCTION, dim, values)
    if grey := grey_network(student, draw):
        traversals.expect_axes(grey, FUNCTION, dim, values[:2])


@check("traverse", after=traverse_gives_an_image_for_each_value, about="images")
def traverse_decodes_the_moved_mean(student: Submission, draw: Draw, oracle: Ask) -> None:
    """each image is your own decode of the posterior mean, with one value in one dimension"""
    dim, values = asked(draw)
    answer = oracle("moves", dim, values)
    traversals.expect_moved(network(student, draw), FUNCTION, dim, values, answer)
