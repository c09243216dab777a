"""Misconceptions about the negative evidence lower bound."""

from __future__ import annotations

from autograder.oracles.catalogue.phrases import GET, LOGARITHM

BRACKET = "Compare the terms in the bracket one by one."
SIGNS = "Compare the signs in the bracket one by one."
WHICH_AXIS = "Which axis counts the images?"
FITTING_LOSS = "Pixels are probabilities here: which loss fits?"
LOSS: dict[str, tuple[str, str]] = {
    "loss_with_more": (
        "The loss comes with something else beside it.",
        "The training loop takes one number: return nothing but the sum of both terms.",
    ),
    "kl_coefficient_of_mu": (f"{GET} when mu in the KL term has another coefficient.", BRACKET),
    "kl_coefficient_of_logvar": (
        f"{GET} when logvar in the KL term has another coefficient.",
        BRACKET,
    ),
    "kl_coefficient_of_variance": (
        f"{GET} when the variance in the KL term has another coefficient.",
        BRACKET,
    ),
    "kl_other_constant": (f"{GET} with another constant than 1 in the KL term.", BRACKET),
    "bce_weighted": (
        f"{GET} when the reconstruction term has a weight of its own.",
        "Both terms count once.",
    ),
    "mse_mean": (
        f"{GET} with the squared error for reconstruction, averaged over the pixels.",
        FITTING_LOSS,
    ),
    "loss_per_image": (
        f"{GET} when each image keeps a loss of its own.",
        "Average over the images at the end.",
    ),
    "term_not_summed": (
        "A term of the loss still has a number for each of its elements.",
        "Which of the two terms is not summed?",
    ),
    "summed_over_the_batch": (
        f"{GET} when the batch is summed instead of averaged.",
        "What remains to be done with a sum over N images?",
    ),
    "averaged_over_pixels_too": (
        f"{GET} when the reconstruction term is averaged over the pixels too.",
        "Look at the argument reduction of the cross-entropy.",
    ),
    "averaged_over_everything": (
        f"{GET} when both terms are averaged over all their elements.",
        "Only the images are averaged; pixels and latent dimensions are summed.",
    ),
    "kl_averaged_over_z": (
        f"{GET} when the KL term is averaged over the latent dimensions.",
        "The formula has a sum over them.",
    ),
    "kl_summed_over_the_batch": (
        f"{GET} when the KL term is not averaged over the images.",
        "Both terms are averaged over N.",
    ),
    "bce_summed_over_the_batch": (
        f"{GET} when the reconstruction term is not averaged over the images.",
        "Both terms are averaged over N.",
    ),
    "loss_not_finite": (
        "A logarithm of a negative number or of zero gives NaN or infinity.",
        "logvar is a logarithm already; x_hat lies between 0 and 1.",
    ),
    "loss_drawn": (
        "The loss of the same numbers is another at each call.",
        "Both terms are formulas: nothing in them is drawn.",
    ),
    "batch_size_hard_coded": (
        f"{GET} when the sum is divided by a fixed number instead of N.",
        "The last minibatch of a data set may be smaller.",
    ),
    "kl_weighted": (
        f"{GET} when the KL term has a weight of its own.",
        "Both terms count once.",
    ),
    "floor_in_log": (
        f"{GET} when a number is added inside the logarithms.",
        "F.binary_cross_entropy needs no such guard.",
    ),
    "divided_by_n_twice": (
        f"{GET} when the sum is divided by N twice.",
        "Look for a mean and a division.",
    ),
    "averaged_over_pixels_and_n_twice": (
        f"{GET} when a mean over everything is divided by N again.",
        "Look at the argument reduction of the cross-entropy.",
    ),
    "divided_by_z": (f"{GET} when the sum is divided by Z instead of N.", WHICH_AXIS),
    "divided_by_pixels": (f"{GET} when the sum is divided by the pixels, not N.", WHICH_AXIS),
    "divided_by_pixels_for_n": (
        f"{GET} when the whole loss is divided by the pixels as well.",
        "Pixels are summed.",
    ),
    "pixels_hard_coded": (
        "The number of pixels is written as 784.",
        "Images may have another size here.",
    ),
    "bce_without_kl": ("This is the reconstruction term alone.", "Where is the KL term?"),
    "kl_without_bce": ("This is the KL term alone.", "Where is the reconstruction term?"),
    "kl_of_one_sign": (
        f"{GET} when the KL term is subtracted.",
        "Both terms of the loss are non-negative, and they add up.",
    ),
    "elbo_not_negated": (
        "This is the bound itself; the loss is its negative.",
        "Training makes the loss small and the bound large.",
    ),
    "bce_of_wrong_sign": (
        f"{GET} when the reconstruction term is subtracted.",
        "A cross-entropy is non-negative already.",
    ),
    "kl_doubled": (
        f"{GET} when the KL term counts twice.",
        "Look at the factor in front of the formula's sum.",
    ),
    "kl_halved": (
        f"{GET} when the KL term is halved.",
        "Look at the factor in front of the formula's sum.",
    ),
    "kl_summed_in_every_pixel": (
        f"{GET} when the KL term is added once in every pixel.",
        "Sum each term by itself before you add them.",
    ),
    "arguments_swapped": (
        f"{GET} when x_hat and x change places in the cross-entropy.",
        "torch's order is input (the probabilities), then target.",
    ),
    "target_binarised": (
        f"{GET} when the pixels of x are rounded to 0 and 1.",
        "x goes into the cross-entropy as it is.",
    ),
    "mse_for_bce": (f"{GET} with the squared error as the reconstruction term.", FITTING_LOSS),
    "half_mse_for_bce": (f"{GET} with half the squared error for reconstruction.", FITTING_LOSS),
    "l1_for_bce": (f"{GET} with the absolute error as the reconstruction term.", FITTING_LOSS),
    "bce_with_logits": (
        f"{GET} with the cross-entropy for logits: a sigmoid is applied once more.",
        "x_hat has been through a sigmoid already.",
    ),
    "bce_only_white_pixels": (
        f"{GET} when only x * log(x_hat) is summed.",
        "Dark pixels count as well.",
    ),
    "bce_only_black_pixels": (
        f"{GET} when only (1 - x) * log(1 - x_hat) is summed.",
        "Bright pixels count as well.",
    ),
    "log_base_2": (f"{GET} with logarithms of base 2.", "The loss is counted in nats."),
    "first_image_only": (
        "This is the loss of the first image alone.",
        "The average runs over all N images.",
    ),
    "last_image_only": (
        "This is the loss of the last image alone.",
        "The average runs over all N images.",
    ),
    "kl_misses_one": (f"{GET} when the 1 of the KL term is left out.", BRACKET),
    "kl_misses_mu": (f"{GET} when mu is left out of the KL term.", BRACKET),
    "kl_mu_not_squared": (f"{GET} when mu is not squared in the KL term.", BRACKET),
    "kl_abs_mu": (f"{GET} with |mu| in the KL term.", BRACKET),
    "kl_misses_logvar": (f"{GET} when logvar is left out of the KL term.", BRACKET),
    "kl_misses_variance": (f"{GET} when the variance is left out of the KL term.", BRACKET),
    "kl_std_for_variance": (
        f"{GET} with sigma in the KL term where sigma squared belongs.",
        "What is exp(logvar)?",
    ),
    "kl_logvar_as_logstd": (
        f"{GET} when logvar is taken for the logarithm of sigma in the KL term.",
        "logvar is the logarithm of sigma squared.",
    ),
    "kl_variance_squared": (
        f"{GET} when the variance is squared in the KL term.",
        "exp(logvar) is sigma squared already.",
    ),
    "kl_logvar_for_variance": (
        f"{GET} with logvar in the KL term where the variance belongs.",
        LOGARITHM,
    ),
    "kl_logvar_squared": (
        f"{GET} with the square of logvar where the variance belongs.",
        LOGARITHM,
    ),
    "kl_mu_added": (f"{GET} with the wrong sign of mu squared in the KL term.", SIGNS),
    "kl_logvar_subtracted": (f"{GET} with the wrong sign of logvar in the KL term.", SIGNS),
    "kl_variance_added": (f"{GET} with the wrong sign of the variance in the KL term.", SIGNS),
    "kl_mu_and_logvar_swapped": (
        f"{GET} when mu and logvar change places in the KL term.",
        "Which one is squared?",
    ),
    "kl_reversed": (
        "This is the KL divergence the other way round, of the prior from the posterior.",
        "Which of the two distributions comes first?",
    ),
    "loss_without_gradient": (
        "The loss is cut off from the graph, so something is never learned.",
        "Look for item, detach, .data, numpy() or a new tensor made from values.",
    ),
    "bare_logarithms": (
        "The logarithm of 0 is infinite, and 0 times infinity is NaN.",
        "F.binary_cross_entropy takes care of this case.",
    ),
}
TOTALS: dict[str, tuple[str, str]] = {  # of a loss that is summed over the batch
    "averaged_over_the_batch": (
        f"{GET} when the sum is divided by the number of images.",
        "Here nothing is averaged.",
    ),
    "bce_averaged_over_the_batch": (
        f"{GET} when the reconstruction term is divided by the number of images.",
        "Both terms are summed over the images.",
    ),
    "kl_averaged_over_the_batch": (
        f"{GET} when the KL term is divided by the number of images.",
        "Both terms are summed over the images.",
    ),
    "averaged_over_everything": (
        f"{GET} when both terms are averaged over all their elements.",
        "Here nothing is averaged.",
    ),
    "bce_averaged_over_everything": (
        f"{GET} when the reconstruction term is averaged over pixels and images.",
        "Look at the argument reduction of the cross-entropy.",
    ),
    "kl_averaged_over_everything": (
        f"{GET} when the KL term is averaged over all its elements.",
        "The formula has a sum over them.",
    ),
    "divided_by_pixels": (
        f"{GET} when a sum is divided by the number of pixels.",
        "Here nothing is averaged.",
    ),
    "loss_per_image": (
        f"{GET} when each image keeps a loss of its own.",
        "Both terms are summed over the images.",
    ),
    "bce_summed_in_every_row": (
        f"{GET} when the sum of the reconstruction term is added more than once.",
        "Sum each term by itself before you add them.",
    ),
    "first_image_only": (
        f"{GET} when only the first image counts.",
        "The sums run over all N images.",
    ),
}
