"""Misconceptions about convolutions, and about images that a model draws, for assignments that have
some."""

from __future__ import annotations

from autograder.oracles.catalogue.phrases import ARGUMENTS, GET

MAPS = "Compare the sizes of your maps with the notebook's, layer by layer."
CONVOLUTIONS: dict[str, tuple[str, str]] = {
    "chain_too_short": (
        "A layer is missing.",
        "Count the layers in the notebook's list against yours.",
    ),
    "chain_too_long": (
        "There is a layer more than the assignment has.",
        "Count the layers in the notebook's list against yours.",
    ),
    "other_convolution": (
        "A convolution stands where a transposed one belongs, or the other way round.",
        "Which of the two makes a map larger, and which one smaller?",
    ),
    "other_kernel": ("A kernel has another size.", MAPS),
    "other_channels": ("A layer has another number of channels.", MAPS),
    "other_linear_size": ("A linear layer has another size.", MAPS),
    "grouped": ("The channels of a convolution are split into groups.", ARGUMENTS),
    "padded": ("The padding of a layer is another than asked, and so is its map.", ARGUMENTS),
    "strided": (
        "A layer takes steps of another size: its map is far smaller or larger.",
        ARGUMENTS,
    ),
    "dilated": ("A layer's kernel is spread out, or its map cut.", ARGUMENTS),
    "pooled": ("A pooling layer is in the chain.", "The assignment's list has none."),
    "convolutions_twice": (
        "There are convolutions for each head.",
        "Both heads read what the same convolutions give.",
    ),
    "dead_layer": (
        "What a layer gives is cut off at zero, or multiplied by zero, so the layer never learns.",
        "Look at how its weights start, and for a factor of zero.",
    ),
    "noise_inside": (
        "Two calls give different numbers: noise is drawn inside.",
        "Look for a dropout, or for noise that belongs into another method.",
    ),
    "input_cut": (
        "What goes in is cut off from the graph, so nothing in front of it learns.",
        "Look for detach, no_grad, .data, or a new tensor made from values.",
    ),
    "pixels_divided": (
        f"{GET} when what goes in is divided by 255.",
        "The images are in [0, 1] already, and go in as they are.",
    ),
    "heads_mixed": (
        "What should come from one head comes from two.",
        "mu and logvar are what the heads give: nothing is drawn or added up here.",
    ),
    "layer_hidden": (
        "A part of the way leads through no layer that the model knows.",
        "A plain list hides layers, and so does making them in the method itself.",
    ),
    "pixels_scaled": (
        f"{GET} when the pixels are moved to [-1, 1] first.",
        "The images are in [0, 1] already, and go in as they are.",
    ),
}
IMAGES: dict[str, tuple[str, str]] = {
    "images_with_graph": (
        "The images carry the graph of their computation.",
        "How is torch told that nobody will ask for a gradient?",
    ),
}
TRAVERSALS: dict[str, tuple[str, str]] = {
    **IMAGES,
    "values_add_up": (
        f"{GET} when the values add up from image to image.",
        "Is the mean still the same when the second value comes?",
    ),
    "copies_share_memory": (
        f"{GET} when one latent vector stands for all copies: the images are all the same.",
        "What is copied by expand, or when one tensor is put into a list several times?",
    ),
    "value_replaces": (
        f"{GET} when a value is put in place of the mean's own number.",
        "The value moves the mean.",
    ),
    "value_multiplied": (
        f"{GET} when the mean's number is multiplied with the value.",
        "The value moves the mean.",
    ),
    "value_subtracted": (f"{GET} when the values are subtracted.", "Look at the sign."),
    "value_not_added": ("The values change nothing.", "Which latent vectors are decoded?"),
    "values_reversed": ("The images come in the order from last to first.", "Look for flip."),
    "mean_left_out": (
        f"{GET} when the walk begins at zero and not at the mean of the image.",
        "Where is x used?",
    ),
    "value_in_all_dimensions": (
        f"{GET} when a value is added to all dimensions.",
        "Only the dimension dim is moved.",
    ),
    "another_dimension": (f"{GET} when another dimension than dim is moved.", "Count from 0."),
    "sample_traversed": (
        "Two calls give different images: there is noise in them.",
        "Which vector is moved, a sample or the mean?",
    ),
    "logvar_traversed": (
        f"{GET} when logvar is moved instead of mu.",
        "Which of the two that encode gives is the mean?",
    ),
}
