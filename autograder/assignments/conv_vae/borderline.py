"""The borderline cases: what is let pass, what is not, and why. Each row is held by a specimen."""

from autograder.assignments.borderline import Borderline

ROWS = (
    ("one linear layer of 2 Z, cut in two", True, "its rows are two heads", "cut_in_two"),
    ("lazy layers", True, "they have the asked sizes once they were called", "lazy_layers"),
    (
        "logvar clamped to [-10, 10] or wider",
        True,
        "no trained network leaves that range",
        "logvar_clamped",
    ),
    (
        "logvar clamped more narrowly",
        False,
        "the posterior cannot be as sharp as the data ask for",
        "logvar_clamped_at_5",
    ),
    (
        "the map flattened with channels last",
        True,
        "the weights behind it are learned in either order",
        "channels_last",
    ),
    ("a named tuple for a tuple", True, "it unpacks like one", "named_tuple"),
    ("1e-8 added to sigma", True, "no sample shows it", "tiny_number_in_sigma"),
    (
        "heads as convolutions of 22 x 22",
        True,
        "they have the same weights and give the same numbers",
        "heads_as_convolutions",
    ),
    (
        "padded convolutions in place of transposed ones",
        False,
        "the assignment asks for transposed ones, whose kernels are turned",
        "convolutions_back",
    ),
    (
        "convolutions for each head",
        False,
        "the assignment's network has them once, and fewer parameters",
        "convolutions_for_each_head",
    ),
    (
        "decode uses the weights of encode",
        False,
        "the assignment's network has layers of its own there",
        "weights_tied",
    ),
    ("heads that start at zero", True, "they learn from their first step", "heads_start_at_zero"),
    (
        "a hidden layer that starts at zero, bias and all",
        False,
        "no gradient ever reaches it through its ReLU",
        "second_convolution_at_zero",
    ),
    (
        "traverse changes the values that it is given",
        False,
        "the next walk starts from other ones",
        "values_moved_in_place",
    ),
    (
        "forward draws its sample itself",
        True,
        "its law is the same; sample is checked on its own",
        "forward_in_line",
    ),
    ("a loss of shape (1,)", True, "it is one number and trains alike", "loss_of_logits"),
    (
        "traverse leaves the network in eval mode",
        True,
        "nothing in this network depends on the mode",
        "loop",
    ),
    (
        "traverse moves the mean in place and moves it back",
        True,
        "the values do not add up",
        "moved_and_moved_back",
    ),
    (
        "traverse takes a tensor of values alone",
        False,
        "the contract names lists as well",
        "tensors_alone",
    ),
)
TABLE = tuple(Borderline(*row) for row in ROWS)
