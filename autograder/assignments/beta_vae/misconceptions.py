"""The assignment's own misconceptions, beside the catalogue's: what is equal, where to look."""

from __future__ import annotations

from autograder.oracles.catalogue.images import IMAGES
from autograder.oracles.catalogue.phrases import FORMULA, GET, LOGARITHM

HALVES = "Which half of q is which, and which function of torch cuts a tensor in two?"
AXES = "Over which axes is summed, and over which averaged?"
WHICH = "Which terms has the total, and which of them has a weight?"
ENDS = "At what does the weight of each end begin, and at what does it end?"
MISCONCEPTIONS: dict[str, tuple[str, str]] = {
    **IMAGES,
    "axis_missing": (
        "An axis of length 1 is missing.",
        "A row of pixels has one channel: (N, 1, D).",
    ),
    "label_lost": (f"{GET} when the label is left out.", "What is joined with what comes in?"),
    "label_as_number": (
        f"{GET} when the label is joined as a number instead of a one-hot row.",
        "Which function that is given makes one-hot rows?",
    ),
    "first_label_for_all": (
        f"{GET} when the first label is used for all.",
        "How many rows has the label, and how many the batch?",
    ),
    "label_shifted": (
        f"{GET} when each label is taken for the one beside it.",
        "Labels begin at 0, and so do the places of a one-hot row.",
    ),
    "pixels_in_rows": (
        "The pixels come back in rows, not as images.",
        "Which shape does the docstring promise?",
    ),
    "outputs_as_tuple": ("A tuple comes back where a dict is asked for.", "Look at the docstring."),
    "half_of_q": (
        "q holds one number for each latent dimension; there are two.",
        "The mean and log sigma go into q side by side.",
    ),
    "q_halves_swapped": (f"{GET} when the halves of q have changed places.", HALVES),
    "log_sigma_as_logvar": (
        f"{GET} when log sigma is taken for the logarithm of the variance.",
        "Whose logarithm is it here?",
    ),
    "log_sigma_as_std": (
        f"{GET} when log sigma itself is used as the standard deviation.",
        LOGARITHM,
    ),
    "labels_not_returned": (
        "The labels do not come back as they came in.",
        "What does the docstring say of c?",
    ),
    "terms_not_returned": (
        "The total comes back alone.",
        "Beside the total stands a dict with its two terms.",
    ),
    "summed_over_everything": (f"{GET} when everything is summed.", AXES),
    "summed_over_pixels": (f"{GET} when the pixels are summed instead of averaged.", AXES),
    "mse_summed": (f"{GET} with squared differences, summed over the pixels.", FORMULA),
    "kl_summed_over_n_averaged_over_z": (
        f"{GET} when the KL term is averaged over the numbers and summed over the images.",
        AXES,
    ),
    "kl_prior_of_sigma_e": (
        f"{GET} when log sigma of the prior is 1.",
        "The prior has sigma 1: what is its logarithm?",
    ),
    "kl_prior_of_mean_one": (
        f"{GET} when the mean of the prior is 1.",
        "Which mean has the unit Gaussian?",
    ),
    "kl_of_wrong_sign": (f"{GET} with the KL term's sign turned round.", FORMULA),
    "kl_misses_sigma": (f"{GET} when only the means count in the KL term.", HALVES),
    "rec_left_out": (f"{GET} when the reconstruction term is left out.", WHICH),
    "beta_on_rec": (f"{GET} when beta weights the reconstruction instead of the KL term.", WHICH),
    "beta_on_both": (f"{GET} when beta weights both terms.", WHICH),
    "kl_subtracted": (f"{GET} when the KL term is subtracted.", "Both terms are made small."),
    "beta_squared": (f"{GET} when beta comes in twice.", WHICH),
    "beta_as_a_share": (f"{GET} when the terms are weighted with 1 - beta and beta.", WHICH),
    "total_halved": (f"{GET} when the total is an average of its terms.", WHICH),
    "total_negated": (f"{GET} when the total is negated.", "It is minimized."),
    "term_weighted": (
        "A term comes back weighted with beta.",
        "Which of the numbers in the docstring are weighted, and which are not?",
    ),
    "label_joined_always": (
        "There is room for a label where none comes.",
        "How wide is what comes in, when conditional is False?",
    ),
    "beta_inverted": (f"{GET} when the KL term is divided by beta.", WHICH),
    "beta_of_zero_is_one": (
        "At beta = 0 the KL term is still there.",
        "0 counts as False: look for `or`, or for an `if` with beta.",
    ),
    "numbers_of_another_image": (
        f"{GET} when the sample of an image is drawn by the mean or sigma of another.",
        "Which row of q belongs to which row of the noise?",
    ),
    "reconstruction_draws": (
        "A sample is drawn where the mean is asked for.",
        "Which embedding of an image is the most probable one?",
    ),
    "log_sigma_decoded": (f"{GET} when log sigma is decoded instead of the mean.", HALVES),
    "batch_cut": (
        "The batch is cut instead of the features.",
        "Which axis of q holds the numbers of an image?",
    ),
    "one_label_for_all": (
        "All images are decoded with one and the same label.",
        "Which label goes with which row?",
    ),
    "end_never_reached": (f"{GET} when the way stops one step before its end.", ENDS),
    "start_left_out": (f"{GET} when the way begins one step behind its start.", ENDS),
    "both_ends_left_out": (f"{GET} when both ends are left out.", ENDS),
    "way_reversed": (f"{GET} when the way is gone backwards.", ENDS),
    "start_alone": ("All images are that of the start.", ENDS),
    "end_alone": ("All images are that of the end.", ENDS),
    "start_not_faded": (f"{GET} when the start keeps its full weight all the way.", ENDS),
    "end_added_to_start": (f"{GET} when the end has its full weight all the way.", ENDS),
    "way_bent": (f"{GET} on an arc instead of a straight line.", "The weights add up to 1."),
    "steps_unequal": (
        f"{GET} when the weight of the end is squared.",
        "The points lie at equal distances.",
    ),
    "pixels_mixed": (
        f"{GET} when the pixels are mixed instead of the embeddings.",
        "In which space does the line lie?",
    ),
    "beta_too_small": (
        "So small a beta lets the posteriors drift from the prior: samples are no digits.",
        "Look at the samples of your VAE, then at larger values, in factors of ten.",
    ),
    "beta_too_large": (
        "So large a beta makes all samples alike.",
        "Look at the reconstructions of your VAE, then at smaller values, in factors of ten.",
    ),
}
