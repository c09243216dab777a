"""Misconceptions about linear layers and their activations."""

from __future__ import annotations

from autograder.oracles.catalogue.phrases import GET

LIST = "Go through the notebook's list line by line."
ANY_NUMBER = "mu and logvar may be any real number."
PIXEL = "Which values may a pixel have?"
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
