"""The catalogue of misconceptions, for any assignment: id, what the answer equals, where to look.

The first sentence says what the numbers show; the second, a hint, is given only on request. Neither
holds the solution.
"""

from __future__ import annotations

from collections.abc import Mapping

from autograder.oracles.catalogue.layers import ACTIVATIONS, LAYERS, LIST
from autograder.oracles.catalogue.losses import LOSS
from autograder.oracles.catalogue.passes import FORWARD
from autograder.oracles.catalogue.phrases import GET
from autograder.oracles.catalogue.samplers import SAMPLER
from nndl2.checks.model import Misconception

__all__ = ["CATALOGUE", "GET", "and_own"]

NO_SAMPLE = ("no_sample_in_train_mode", "no_sample_in_eval_mode")
EXPLAINS: dict[str, tuple[str, ...]] = {  # a misconception: what follows from it
    "no_noise": ("logvar_without_gradient", "noise_repeated"),
    "noise_is_one": ("noise_repeated",),
    "sigma_left_out": ("logvar_without_gradient",),
    "mu_lost": ("mu_without_gradient",),
    "logvar_as_mean": ("mu_without_gradient",),
    "mean_decoded": ("forward_detached", *NO_SAMPLE),
    "logvar_decoded": ("forward_detached", *NO_SAMPLE),
    "mu_twice_in_reparametrize": ("forward_detached",),
    "one_head_for_both": ("forward_detached",),
    "outputs_swapped": ("forward_detached",),
    "sample_returned": ("forward_detached",),
    "input_ignored": ("no_gradient",),
    "bce_without_kl": ("loss_without_gradient",),
    "kl_without_bce": ("loss_without_gradient",),
    "kl_misses_mu": ("loss_without_gradient",),
    "kl_misses_logvar": ("loss_without_gradient",),
    "hidden_layer_missing": ("other_hidden_size",),
    "layer_used_twice": ("hidden_layer_missing",),
    "noise_shared_by_all": ("noise_repeated",),
    "noise_shared_by_rows": ("noise_repeated",),
    "noise_shared_by_elements": ("noise_repeated",),
    "kl_summed_over_the_batch": ("summed_over_the_batch",),
    "bce_summed_over_the_batch": ("summed_over_the_batch",),
    "divided_by_pixels_for_n": ("averaged_over_pixels_too",),
    "averaged_over_everything": ("averaged_over_pixels_too", "kl_averaged_over_z"),
}


def _catalogue() -> dict[str, Misconception]:
    said = {**LAYERS, **SAMPLER, **FORWARD, **LOSS}
    found = {
        i: Misconception(i, cause, nudge, EXPLAINS.get(i, ())) for i, (cause, nudge) in said.items()
    }
    for i, name in ACTIVATIONS.items():
        found[i] = Misconception(i, f"{GET} with {name} instead of a ReLU.", LIST)
        once = f"{GET} with {name} in one place instead of a ReLU."
        found[f"{i}_once"] = Misconception(f"{i}_once", once, LIST)
    return found


CATALOGUE = _catalogue()


def and_own(said: Mapping[str, tuple[str, str]]) -> dict[str, Misconception]:
    """The catalogue and an assignment's own: id, what the answer equals, where to look."""
    return CATALOGUE | {i: Misconception(i, cause, nudge) for i, (cause, nudge) in said.items()}
