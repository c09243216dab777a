"""The catalogue of misconceptions, for any assignment: id, what the answer equals, where to look.

The first sentence says what the numbers show; the second, a hint, is given only on request. Neither
holds the solution.
"""

from __future__ import annotations

from collections.abc import Mapping

from nndl2.checks.model import Misconception

ACTIVATIONS = {
    "leaky_relu": "a LeakyReLU",
    "leaky_relu_0.1": "a LeakyReLU of slope 0.1",
    "leaky_relu_0.2": "a LeakyReLU of slope 0.2",
    "prelu": "a PReLU",
    "tanh_activation": "a tanh",
    "sigmoid_activation": "a sigmoid",
    "gelu": "a GELU",
    "elu": "an ELU",
    "selu": "a SELU",
    "silu": "a SiLU",
    "softplus": "a softplus",
    "relu6": "a ReLU6",
}
LIST = "Go through the notebook's list line by line."
ANY_NUMBER = "mu and logvar may be any real number."
PIXEL = "Which values may a pixel have?"
LOGARITHM = "What undoes the logarithm?"
BRACKET = "Compare the terms in the bracket one by one."
SIGNS = "Compare the signs in the bracket one by one."
WHICH_AXIS = "Which axis counts the images?"
NORMAL = "Which function of torch draws standard normal noise?"
SHAPE = "Look at the shape of the noise: one number for each element of mu."
FITTING_LOSS = "Pixels are probabilities here: which loss fits?"
FORMULA = "Look at the signs of the notebook's formula."
GET = "This is what you get"
LAYERS: dict[str, tuple[str, str]] = {
    "hidden_layer_missing": (
        "A hidden layer is missing.",
        "Count the linear layers in the notebook's list against yours.",
    ),
    "layer_used_twice": (
        "One layer is used in two places: both have the same weights.",
        "Build a layer for each place in the notebook's list.",
    ),
    "layer_too_many": (
        "There is a layer more than the assignment has.",
        "Count the linear layers in the notebook's list against yours.",
    ),
    "other_hidden_size": (
        "A hidden layer has another width.",
        "Look up the value of hidden_dim, and use it for all hidden layers.",
    ),
    "label_not_joined": (
        "The first layer has no room for the label.",
        "What is joined to the input of a CVAE's first layer, and how long is it?",
    ),
    "size_hard_coded": (
        "A size is written as a number where an argument of __init__ belongs.",
        "Build the class with other sizes: which layer does not follow?",
    ),
    "one_size_only": (
        "Other numbers of pixels have to work too: input_size is an argument.",
        "Which line compares input_size with a number, or needs one of its roots?",
    ),
    "label_in_heads": (
        "A head is latent_size + num_classes wide: it has room for the label.",
        "The heads predict z alone; the label is joined to z behind them.",
    ),
    "label_before_heads": (
        "A head has room for the label beside the hidden vector.",
        "The label goes in front of the encoder; the heads read hidden vectors alone.",
    ),
    "head_takes_pixels": (
        "The head takes as many numbers as an image has pixels, not a hidden vector.",
        "What do both heads read?",
    ),
    "head_takes_latent": (
        "The head takes latent_size numbers, not a hidden vector.",
        "Where do the hidden vectors become latent_size wide: in the encoder, or in the head?",
    ),
    "nothing_flattens": (
        "Nothing flattens the images: a linear layer takes rows.",
        "Look at the first line of the encoder's list.",
    ),
    "bias_missing": (
        f"{GET} when a layer has no bias.",
        "Look at the arguments of your linear layers.",
    ),
    "no_unflatten": (
        f"{GET} when the rows of pixels are not made images again.",
        "Look at the last line of the decoder's list.",
    ),
    "channel_missing": (
        f"{GET} when the images lack their axis for the channel.",
        "An image is (1, 28, 28): one channel of 28 x 28 pixels.",
    ),
    "axes_in_another_order": (
        "The axes of the images come in another order.",
        "An image is (1, 28, 28): the channel first.",
    ),
    "no_gradient": (
        "Parameters without a gradient never learn.",
        "Look for detach, no_grad, .data, requires_grad, zeroed weights, or a layer not used.",
    ),
    "units_alike": (
        "All units of a layer get the same gradient and stay alike.",
        "Look at how the weights are initialised: they have to be random.",
    ),
    "shared_layer": (
        "Both names stand for one layer, or for one weight.",
        "Build two layers, one for each head.",
    ),
    "input_ignored": (
        "What comes out does not depend on what goes in.",
        "Follow the input through the layers: where does it get lost?",
    ),
    "range_cut": (
        f"{GET} when values beyond a bound are cut off.",
        "Look for clamp, clip, min or max.",
    ),
    "dropout": ("A dropout layer is in the chain.", "The assignment's list has none."),
    "normalisation": ("A normalisation layer is in the chain.", "The assignment's list has none."),
    "no_relu": (
        f"{GET} when no ReLU follows the hidden layers.",
        "Without them a stack of linear layers is one linear layer.",
    ),
    "no_relu_after_1": (f"{GET} without a ReLU after the first layer.", LIST),
    "no_relu_after_2": (f"{GET} without a ReLU after the second layer.", LIST),
    "no_relu_last": (f"{GET} without a ReLU after the last hidden layer.", LIST),
    "no_sigmoid": (f"{GET} without a sigmoid at the end.", PIXEL),
    "relu_for_sigmoid": (f"{GET} with a ReLU at the end instead of a sigmoid.", PIXEL),
    "tanh_for_sigmoid": (f"{GET} with a tanh at the end instead of a sigmoid.", PIXEL),
    "softmax_for_sigmoid": (
        f"{GET} with a softmax over the pixels instead of a sigmoid.",
        "Pixels do not share one total of 1.",
    ),
    "two_sigmoids": (
        f"{GET} when the sigmoid is applied twice.",
        "Look for a second one, in the decoder and in forward.",
    ),
    "relu_before_sigmoid": (
        f"{GET} with a ReLU before the sigmoid: no pixel is darker than 0.5.",
        "What follows the last linear layer?",
    ),
    "hard_sigmoid": (f"{GET} with a hard sigmoid.", "The assignment asks for the smooth one."),
    "clamp_for_sigmoid": (
        f"{GET} when pixels are cut off at 0 and 1 instead of squashed.",
        "A cut-off pixel gets no gradient.",
    ),
    "softplus_for_sigmoid": (f"{GET} with a softplus at the end instead of a sigmoid.", PIXEL),
    "log_sigmoid": (
        f"{GET} with the logarithm of the sigmoid.",
        "The decoder gives pixels, not their logarithms.",
    ),
    "relu_on_head": (f"{GET} with a ReLU on the head: it is never negative.", ANY_NUMBER),
    "tanh_on_head": (f"{GET} with a tanh on the head.", ANY_NUMBER),
    "sigmoid_on_head": (f"{GET} with a sigmoid on the head.", ANY_NUMBER),
    "softplus_on_head": (f"{GET} with a softplus on the head.", ANY_NUMBER),
    "leaky_relu_on_head": (f"{GET} with a LeakyReLU on the head.", ANY_NUMBER),
    "softmax_on_head": (f"{GET} with a softmax on the head.", ANY_NUMBER),
    "exp_on_head": (
        f"{GET} when the head returns an exponential.",
        "The layer predicts the logarithm of the variance, not the variance.",
    ),
}
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
ARGUMENTS = "Look at the arguments of the call."
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
