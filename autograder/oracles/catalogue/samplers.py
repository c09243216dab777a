"""Misconceptions about a function that draws a sample."""

from __future__ import annotations

from autograder.oracles.catalogue.phrases import FORMULA, GET, LOGARITHM

NORMAL = "Which function of torch draws standard normal noise?"
SHAPE = "Look at the shape of the noise: one number for each element of mu."
SAMPLER: dict[str, tuple[str, str]] = {
    "z_not_finite": (
        "A logarithm or a root of a negative number gives NaN.",
        "logvar may be negative; a standard deviation may not.",
    ),
    "transposed": ("The two axes have changed places.", "The shape of z is that of mu."),
    "summed_over_z": (
        "The latent dimensions are summed.",
        "Each of them keeps a sample of its own.",
    ),
    "tuple_returned": (
        "More than one thing is returned.",
        "Only the sample itself is asked for.",
    ),
    "no_noise": (
        f"{GET} when the mean is returned without noise.",
        "What makes two samples of one image differ?",
    ),
    "noise_is_one": (f"{GET} when the noise is always 1.", "The noise is drawn, not set."),
    "noise_shared_by_all": ("All elements share one number of noise.", SHAPE),
    "variance_as_std": (
        f"{GET} when exp(logvar), the variance, is used as the standard deviation.",
        "How do you get from a log-variance to a standard deviation?",
    ),
    "logvar_as_std": (f"{GET} when logvar itself is used as the standard deviation.", LOGARITHM),
    "half_logvar_as_std": (
        f"{GET} when the exponential is left out: the noise is scaled by logvar / 2.",
        LOGARITHM,
    ),
    "sqrt_logvar_as_std": (
        f"{GET} when the root is taken of logvar instead of the variance.",
        LOGARITHM,
    ),
    "std_inverted": (
        f"{GET} when the standard deviation is turned upside down.",
        "Look at the sign in the exponent.",
    ),
    "exp_of_twice": (f"{GET} when the exponent is 2 * logvar.", "A root halves an exponent."),
    "exp_of_quarter": (
        f"{GET} when the root is taken twice.",
        "One root leads from the variance to the standard deviation.",
    ),
    "sigma_left_out": (f"{GET} when the noise is not scaled at all.", "Where is logvar used?"),
    "std_doubled": (f"{GET} when the standard deviation is doubled.", "Look for a factor of 2."),
    "std_halved": (
        f"{GET} when the standard deviation is halved.",
        "Is the half inside the exponent or outside?",
    ),
    "half_variance_as_std": (
        f"{GET} when half the variance is used as the standard deviation.",
        "Is the half inside the exponent or outside?",
    ),
    "sigma_plus_one": (
        f"{GET} when 1 is added to the standard deviation.",
        "Nothing is added to the scale of the noise.",
    ),
    "softplus_std": (f"{GET} when a softplus gives the standard deviation.", LOGARITHM),
    "sigmoid_std": (f"{GET} when a sigmoid gives the standard deviation.", LOGARITHM),
    "one_plus_logvar": (f"{GET} when 1 + logvar is the standard deviation.", LOGARITHM),
    "power_of_two": (
        f"{GET} with a power of 2 instead of e.",
        "logvar is a natural logarithm.",
    ),
    "mu_lost": (f"{GET} when mu is left out.", "Where is the middle of the samples?"),
    "mu_negated": (f"{GET} when mu is subtracted.", FORMULA),
    "mu_doubled": (f"{GET} when mu is added twice.", "mu comes in once."),
    "mu_halved": (f"{GET} when mu is halved.", "Only logvar is halved."),
    "mu_scaled_by_sigma": (
        f"{GET} when mu is multiplied by sigma as well.",
        "Look at the brackets: only the noise is scaled.",
    ),
    "mu_exponentiated": (
        f"{GET} when the exponential is taken of mu.",
        "Only one of the two arguments is a logarithm.",
    ),
    "mu_averaged": (
        f"{GET} when mu is averaged over the batch.",
        "Each image keeps its own mean.",
    ),
    "mu_multiplied": (f"{GET} when mu is multiplied with the noise instead of added.", FORMULA),
    "logvar_as_mean": (f"{GET} when logvar is added instead of mu.", "Which one is the mean?"),
    "sigma_added": (
        f"{GET} when sigma is added as well as the noise.",
        "sigma only scales the noise.",
    ),
    "sigma_added_not_multiplied": (
        f"{GET} when sigma is added to the noise instead of multiplied.",
        FORMULA,
    ),
    "swapped_arguments": (
        f"{GET} when mu and logvar change places.",
        "The order of the arguments is mu, logvar.",
    ),
    "uniform_noise": (
        f"{GET} with uniform noise between 0 and 1 (rand instead of randn).",
        "The letter n in the name of torch's function stands for normal.",
    ),
    "centered_uniform_noise": (
        "The noise is centred, but bounded: it is uniform or cut off, not normal.",
        NORMAL,
    ),
    "half_normal_noise": (
        "The noise is never negative.",
        "A sample lies below mu as often as above it.",
    ),
    "noise_clipped": (
        "The noise is cut off: it has no values far from its middle.",
        "Normal noise has no bounds: about 3 of 1,000 values lie beyond 3 sigma.",
    ),
    "heavy_tailed_noise": ("The noise has far more extreme values than normal noise.", NORMAL),
    "spread_of_another_form": (
        "The noise is normal, but its standard deviation does not follow logvar as asked.",
        "How do you get from a log-variance to a standard deviation?",
    ),
    "mean_of_another_form": (
        "The noise is normal and as wide as asked, but it does not lie around mu.",
        "Where is the middle of the samples?",
    ),
    "noise_not_unit": (
        "The noise is normal, but not of mean 0 and standard deviation 1.",
        "Look for a factor or an offset beside the noise.",
    ),
    "noise_shared_by_rows": ("All images of the batch share their noise.", SHAPE),
    "noise_shared_by_elements": ("All elements of a row share their noise.", SHAPE),
    "noise_repeated": (
        "The noise is drawn once, or from the same seed at each call.",
        "Look for a seed, or for noise that is kept between calls.",
    ),
    "sample_of_another_type": (
        "The decoder takes float32, and z has another number type.",
        "Which number type has the noise, and which has mu?",
    ),
    "mu_without_gradient": (
        "mu is cut off from the graph.",
        "Look for sample() of a distribution, detach, .data, no_grad, or a new tensor from values.",
    ),
    "logvar_without_gradient": (
        "logvar is cut off from the graph, so the variance never learns.",
        "Look for detach, no_grad, .data, or sample() of a distribution.",
    ),
    "gradient_of_variance": (
        "The gradient for logvar is twice what it should be.",
        "The derivative of exp(logvar / 2) has a factor in front.",
    ),
    "input_changed": (
        "The caller's tensors were changed.",
        "Look for functions that end in an underscore, and for += and *=.",
    ),
}
