"""What the answers of wrong programs equal, and where to look, beside the catalogue's."""

from autograder.oracles.catalogue.images import CONVOLUTIONS, TRAVERSALS
from autograder.oracles.catalogue.losses import TOTALS
from autograder.oracles.catalogue.phrases import GET

UNDONE = "sample undoes the logarithm itself."
MISCONCEPTIONS: dict[str, tuple[str, str]] = {
    **CONVOLUTIONS,
    **TOTALS,
    **TRAVERSALS,
    "outputs_missing": ("Fewer tensors come back than are asked for.", "Look at the docstring."),
    "outputs_too_many": ("More tensors come back than are asked for.", "Look at the docstring."),
    "bias_missing": (f"{GET} when a layer has no bias.", "Look at the arguments of your layers."),
    "axis_missing": (
        "An axis of length 1 is missing: a single channel has its axis, too.",
        "Look for squeeze.",
    ),
    "shared_layer": (
        f"{GET} when encode and decode use the same weights.",
        "Each of them has layers of its own.",
    ),
    "softmax_for_sigmoid": (
        f"{GET} with a softmax over the channels instead of a sigmoid.",
        "Each pixel is a probability by itself.",
    ),
    "arguments_of_reparametrize_swapped": (
        f"{GET} when sample is given logvar first.",
        "Look at the arguments of the call.",
    ),
    "mu_twice_in_reparametrize": (
        f"{GET} when sample is given mu twice.",
        "Look at the arguments of the call.",
    ),
    "std_given_to_reparametrize": (f"{GET} when sample is given sigma instead of logvar.", UNDONE),
    "variance_given_to_reparametrize": (
        f"{GET} when sample is given the variance instead of logvar.",
        UNDONE,
    ),
}
