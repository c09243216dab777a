"""Misconceptions about a pass that encodes, draws a sample and decodes it."""

from __future__ import annotations

from autograder.oracles.catalogue.phrases import ARGUMENTS, GET

WHICH_FUNCTION = "Which function turns mu and logvar into z?"
FORWARD: dict[str, tuple[str, str]] = {
    "outputs_swapped": (
        "mu and logvar come back in each other's place, or from each other's layer.",
        "Compare the layers you call and the order of the outputs with the docstring.",
    ),
    "one_head_for_both": (
        f"{GET} when one head gives both mu and logvar.",
        "Each of the two has a layer of its own.",
    ),
    "outputs_missing": (
        "forward returns less than the three tensors.",
        "The loss needs mu and logvar as well as x_hat.",
    ),
    "outputs_too_many": (
        "forward returns more than the three tensors.",
        "Compare what you return with the docstring.",
    ),
    "outputs_in_another_order": (
        "The three tensors come back in another order.",
        "Compare what you return with the docstring.",
    ),
    "x_hat_flattened": (
        "The decoder gives images, but forward returns rows of pixels.",
        "What happens to x_hat after the decoder?",
    ),
    "batch_axis_squeezed": (
        "With one image in the batch the axis N is lost.",
        "Look for squeeze.",
    ),
    "sample_returned": (
        f"{GET} when z is returned in place of mu.",
        "The loss takes the mean of q(z|x), not a sample of it.",
    ),
    "sigma_returned": (
        f"{GET} when sigma is returned instead of logvar.",
        "The loss takes the logarithm of the variance.",
    ),
    "variance_returned": (
        f"{GET} when the variance is returned instead of its logarithm.",
        "The loss takes the logarithm of the variance.",
    ),
    "images_scaled": (
        f"{GET} when the pixels are moved to [-1, 1] first.",
        "The images are in [0, 1] already, and go in as they are.",
    ),
    "images_standardized": (
        f"{GET} when the mean is subtracted from the pixels, and they are divided by their spread.",
        "The images are in [0, 1] already, and go in as they are.",
    ),
    "images_in_black_and_white": (
        f"{GET} when the pixels are rounded to 0 and 1 first.",
        "The images go in as they are.",
    ),
    "kept_between_passes": (
        "What one pass gives depends on the pass before.",
        "Look for what forward keeps in self or in a global name.",
    ),
    "first_image_for_all": (
        f"{GET} when the first image stands for the whole batch.",
        "Look for an index 0 or a slice of the batch.",
    ),
    "first_label_for_all": (
        f"{GET} when the first label stands for the whole batch.",
        "Look for an index 0 or a slice of the labels.",
    ),
    "another_label_in_decoder": (
        f"{GET} when the decoder is given another label than the image's.",
        "The label goes in as it is, both times.",
    ),
    "sample_doubled": (f"{GET} when the sample is doubled.", "z goes into the decoder as it is."),
    "sample_of_another_law": (
        "The noise in forward does not follow N(mu, sigma^2).",
        WHICH_FUNCTION,
    ),
    "mean_decoded": (f"{GET} when mu is decoded instead of a sample.", WHICH_FUNCTION),
    "logvar_decoded": (f"{GET} when logvar is decoded instead of a sample.", WHICH_FUNCTION),
    "arguments_of_reparametrize_swapped": (
        f"{GET} when reparametrize is given logvar first.",
        ARGUMENTS,
    ),
    "mu_twice_in_reparametrize": (f"{GET} when reparametrize is given mu twice.", ARGUMENTS),
    "std_given_to_reparametrize": (
        f"{GET} when reparametrize is given sigma instead of logvar.",
        "reparametrize undoes the logarithm itself.",
    ),
    "variance_given_to_reparametrize": (
        f"{GET} when reparametrize is given the variance instead of logvar.",
        "reparametrize undoes the logarithm itself.",
    ),
    "label_lost_in_encoder": (
        f"{GET} when the encoder is given zeros for the label.",
        "The one-hot label itself is joined to the pixels.",
    ),
    "label_lost_in_decoder": (
        f"{GET} when the decoder is given zeros for the label.",
        "The one-hot label itself is joined to z.",
    ),
    "label_before_sample": (
        f"{GET} when the label is joined in front of z instead of behind it.",
        "The notebook joins z and label in this order, and its picture cell relies on it.",
    ),
    "no_sample_in_train_mode": (
        "In train mode no noise reaches the decoder.",
        "z is drawn at every pass.",
    ),
    "no_sample_in_eval_mode": (
        "In eval mode no noise reaches the decoder.",
        "The assignment draws z in both modes; eval mode changes nothing here.",
    ),
    "forward_noise_repeated": (
        "Each pass draws the same noise.",
        "Look for a seed that is set in forward.",
    ),
    "forward_detached": (
        "The graph is cut between the pieces.",
        "Look for detach, no_grad, .data or numpy() in forward.",
    ),
}
