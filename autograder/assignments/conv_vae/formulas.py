"""The questions that the checks of `conv_vae` ask, each with the formula that answers it."""

from __future__ import annotations

import numpy as np

from autograder.oracles import Formula, convolutions, losses, samplers, traversals
from autograder.oracles.activations import FOR_NOTHING, FOR_SIGMOID, identity, relu, sigmoid

HEAD = FOR_NOTHING | {"sigma_returned": lambda a: np.exp(np.minimum(a, 50) / 2)}
FORMULAS: dict[str, Formula] = {
    "head": convolutions.chain([relu, relu, identity], HEAD),
    "decoder": convolutions.chain([relu, relu, sigmoid], FOR_SIGMOID),
    "gaussian": samplers.gaussian,
    "law": samplers.law,
    "sample_slopes": samplers.sample_slopes,
    "readings": samplers.readings,
    "heads": samplers.heads,
    "total": losses.total,
    "total_kl_term": losses.total_kl_term,
    "total_bce_term": losses.total_bce_term,
    "total_slopes": losses.total_slopes,
    "moves": traversals.moves,
}
