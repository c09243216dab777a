"""The questions that the checks of `vae` ask, each with the formula that answers it."""

from __future__ import annotations

from autograder.oracles import Formula, losses, networks, samplers
from autograder.oracles.activations import FOR_NOTHING, FOR_SIGMOID, identity, relu, sigmoid

FORMULAS: dict[str, Formula] = {
    "parameters": networks.parameters,
    "encoder": networks.stack([relu] * 3, {"no_relu_last": identity}),
    "head": networks.stack([identity], FOR_NOTHING),
    "decoder": networks.stack([relu] * 3 + [sigmoid], FOR_SIGMOID),
    "gaussian": samplers.gaussian,
    "law": samplers.law,
    "sample_slopes": samplers.sample_slopes,
    "readings": samplers.readings,
    "heads": samplers.heads,
    "loss": losses.loss,
    "example": losses.example,
    "kl_term": losses.kl_term,
    "loss_slopes": losses.loss_slopes,
}
