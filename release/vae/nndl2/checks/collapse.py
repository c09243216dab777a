"""Posterior collapse, told by the numbers that a training ended with."""

from __future__ import annotations

NEAR_ZERO = 1.0  # nats an image; a model that learns pays about 25 for its digits
FAR = 0.75  # of the mean image's cost; knowing the class alone saves less than this
NEAR = 0.05  # of the mean image's cost, either way


def posterior_collapse(loss: float, kl: float, mean_image: float) -> str:
    """What the signs of a collapse are and where it comes from; nothing where there is none.

    All in nats an image: the loss, its KL divergence, and what the mean image costs when it stands
    for every image, which is the best that a decoder can do that is told nothing by z.
    """
    signs = []
    if abs(loss / mean_image - 1) < NEAR:
        signs.append(f"the loss ended near {mean_image:.0f}, what the mean image costs for all")
    if abs(kl) < NEAR_ZERO and loss > FAR * mean_image:
        signs.append(f"the KL divergence ended near 0 ({kl:.2g})")
    if not signs:
        return ""
    return (
        f"This is posterior collapse: {' and '.join(signs)}, so z says nothing of the image."
        " Either z does not reach the decoder, or no gradient gets through z to the encoder."
    )
