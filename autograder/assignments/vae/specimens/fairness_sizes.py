"""Fairness of sizes: image sizes refused, lazy layers, and rows that forward makes images."""

from __future__ import annotations

from autograder.assignments.edits import Edit, Fair

SUPER = "        super().__init__()\n"
IMAGE = "nn.Unflatten(1, (1, 28, 28))"
DECODERS = ("vae.decoder", "cvae.decoder")
MATH = Edit("top", "", "import math")
DRY_RUN = """        with torch.no_grad():
            x_hat = self.decoder(torch.zeros(1, latent_size))
        assert x_hat.shape == (1, 1, 28, 28)
"""
VIEW = """
class View(nn.Module):
    def __init__(self, *shape):
        super().__init__()
        self.shape = shape

    def forward(self, x):
        return x.view(len(x), *self.shape)
"""
REFUSED = (r"345",)


def guard(*lines: str) -> Edit:
    """The lines at the beginning of both __init__."""
    return Edit("file", SUPER, SUPER + "".join(f"        {line}\n" for line in lines))


def ends(new: str, regions: tuple[str, ...] = DECODERS, before: str = "") -> tuple[Edit, ...]:
    """The decoders with another last layer, and a line before them."""
    made = [Edit(region, IMAGE, new) for region in regions]
    if before:
        opening = "self.decoder = nn.Sequential("
        made += [Edit(region, opening, f"{before}\n        {opening}") for region in regions]
    return tuple(made)


def decoded(vae: str, cvae: str) -> tuple[Edit, ...]:
    """What each forward does with the decoder's answer; "" leaves it as it is."""
    label = "self.decoder(torch.cat([z, c], dim=1))"
    return (
        *((Edit("vae.forward", "self.decoder(z)", vae.format("self.decoder(z)")),) if vae else ()),
        *((Edit("cvae.forward", label, cvae.format(label)),) if cvae else ()),
    )


NEEDS_28 = "expected a 28 x 28 image"
SIZES: dict[str, tuple[tuple[Edit, ...], bool]] = {  # name: edits, whether VAE(345, 17) is refused
    "case_assert_image_size": ((guard("assert input_size == 28 * 28"),), True),
    "raises_value_error": (
        (
            guard(
                "if input_size != 784:",
                f'    raise ValueError(f"{NEEDS_28}, got {{input_size}} pixels")',
            ),
        ),
        True,
    ),
    "square_asserted": (
        (
            guard("side = int(input_size**0.5)", "assert side * side == input_size"),
            *ends("nn.Unflatten(1, (1, side, side))"),
        ),
        True,
    ),
    "square_asserted_in_vae_alone": (
        (
            MATH,
            *ends("nn.Unflatten(1, (1, math.isqrt(input_size), math.isqrt(input_size)))"),
            Edit(
                "file",
                SUPER,
                f"{SUPER}        if math.isqrt(input_size) ** 2 != input_size:\n"
                '            raise ValueError("images are square")\n',
                (1,),
            ),
        ),
        True,
    ),
    "dry_run_of_the_decoder": (
        (Edit("vae.decoder", "        )\n", f"        )\n{DRY_RUN}"),),
        True,
    ),
    "sides_in_a_table": (
        (
            Edit("top", "", "SIDES = {28 * 28: 28, 32 * 32: 32}"),
            *ends("nn.Unflatten(1, (1, side, side))", before="side = SIDES[input_size]"),
        ),
        True,
    ),
    "rows_of_28_asserted": (
        (guard("rows, rest = divmod(input_size, 28)", "assert not rest, rest"),),
        True,
    ),
    "side_by_isqrt": (
        (
            MATH,
            *ends("nn.Unflatten(1, (1, side, side))", before="side = math.isqrt(input_size)"),
        ),
        False,
    ),
    "side_by_rounding": (
        ends("nn.Unflatten(1, (1, hw, hw))", before="hw = round(input_size**0.5)"),
        False,
    ),
    "height_by_division": (ends("nn.Unflatten(1, (1, input_size // 28, 28))"), False),
    "height_inferred": (ends("nn.Unflatten(1, (1, 28, -1))"), False),
    "own_view_module": ((Edit("top", "", VIEW), *ends("View(1, 28, 28)")), False),
    "images_asserted_in_forward": (
        (
            Edit(
                "vae.forward", "hidden = ", "assert x.shape[1:] == (1, 28, 28)\n        hidden = "
            ),
            Edit("cvae.forward", "pixels = ", "assert x.dim() == 4, x.shape\n        pixels = "),
        ),
        False,
    ),
}

FIRST = ("input_size", "input_size + num_classes", "latent_size", "latent_size + num_classes")
PIECES = ("vae.encoder", "cvae.encoder", "vae.decoder", "cvae.decoder")
LAZY_ALL = {
    "encoder": [
        Edit("vae.encoder", "nn.Linear(input_size, ", "nn.LazyLinear("),
        Edit("vae.encoder", "nn.Linear(hidden_dim, ", "nn.LazyLinear("),
    ],
    "heads": [Edit("vae.heads", "nn.Linear(hidden_dim, ", "nn.LazyLinear(")],
    "decoder": [
        Edit("vae.decoder", "nn.Linear(latent_size, ", "nn.LazyLinear("),
        Edit("vae.decoder", "nn.Linear(hidden_dim, ", "nn.LazyLinear("),
    ],
    "cvae": [
        Edit("cvae.encoder", "nn.Linear(input_size + num_classes, ", "nn.LazyLinear("),
        Edit("cvae.encoder", "nn.Linear(hidden_dim, ", "nn.LazyLinear("),
        Edit("cvae.decoder", "nn.Linear(latent_size + num_classes, ", "nn.LazyLinear("),
        Edit("cvae.decoder", "nn.Linear(hidden_dim, ", "nn.LazyLinear("),
    ],
}
LAZY_FIRST = tuple(
    Edit(piece, f"nn.Linear({size}, hidden_dim)", "nn.LazyLinear(hidden_dim)")
    for piece, size in zip(PIECES, FIRST)
)
LAZY_LOOP = """layers = [nn.Flatten()]
for _ in range(3):
    layers.append(nn.LazyLinear(hidden_dim))
    layers.append(nn.ReLU())
self.encoder = nn.Sequential(*layers)"""
LAZY_TRUNK = """
def trunk(width, depth=3):
    return [part for _ in range(depth) for part in (nn.LazyLinear(width), nn.ReLU())]
"""
LAZY: dict[str, tuple[Edit, ...]] = {
    "case_lazylinear": LAZY_FIRST,
    "lazy_heads": tuple(LAZY_ALL["heads"]),
    "lazy_decoder": tuple(LAZY_ALL["decoder"]),
    "lazy_cvae": tuple(LAZY_ALL["cvae"]),
    "lazy_everywhere": tuple(edit for edits in LAZY_ALL.values() for edit in edits),
    "lazy_by_loop": (Edit("vae.encoder", "", LAZY_LOOP),),
    "lazy_by_a_helper": (
        Edit("top", "", LAZY_TRUNK),
        Edit("vae.encoder", "", "self.encoder = nn.Sequential(nn.Flatten(), *trunk(hidden_dim))"),
        Edit(
            "cvae.decoder",
            "",
            "self.decoder = nn.Sequential(*trunk(hidden_dim), nn.LazyLinear(input_size),\n"
            f"                             nn.Sigmoid(), {IMAGE})",
        ),
    ),
    "lazy_in_the_middle": (
        Edit("vae.encoder", "nn.Linear(hidden_dim, hidden_dim)", "nn.LazyLinear(400)", (1,)),
        Edit("cvae.encoder", "nn.Linear(hidden_dim, hidden_dim)", "nn.LazyLinear(400)", (2,)),
    ),
}

NO_CHANNEL = (r"lack their axis for the channel",)
LAST = f"            {IMAGE},\n"
NO_IMAGE = (Edit("vae.decoder", LAST, ""), Edit("cvae.decoder", LAST, ""))
TO_IMAGE = Edit("file", SUPER, f"{SUPER}        self.to_image = nn.Unflatten(2, (28, 28))\n")
ROWS: dict[str, tuple[Edit, ...]] = {
    "case_decoder_one_row_channel": (
        *ends("nn.Unflatten(1, (1, input_size))"),
        *decoded("{}.reshape(x.shape)", "{}.reshape(x.shape)"),
    ),
    "rows_viewed_in_both": (
        *NO_IMAGE,
        *decoded("{}.view(-1, 1, 28, 28)", "{}.view(x.size(0), 1, 28, 28)"),
    ),
    "rows_viewed_as_x": (*NO_IMAGE, *decoded("{}.view_as(x)", "{}.reshape_as(x)")),
    "one_row_channel_in_the_cvae": (
        *ends("nn.Unflatten(1, (1, -1))", ("cvae.decoder",)),
        *decoded("", "{}.view(x.size())"),
    ),
    "channel_added_in_forward": (
        *ends("nn.Unflatten(1, (28, 28))"),
        *decoded("{}.unsqueeze(1)", "{}[:, None]"),
    ),
    "second_unflatten_in_forward": (
        TO_IMAGE,
        *ends("nn.Unflatten(1, (1, input_size))"),
        *decoded("self.to_image({})", "self.to_image({})"),
    ),
    "rows_unflattened_in_forward": (
        *NO_IMAGE,
        *decoded("nn.Unflatten(1, (1, 28, 28))({})", "{}.unflatten(1, (1, 28, 28))"),
    ),
}

ALL: tuple[Fair, ...] = (
    *(
        Fair(name, "other_sizes", edits, ("decoder",), REFUSED)
        if refused
        else Fair(name, "other_sizes", edits)
        for name, (edits, refused) in SIZES.items()
    ),
    *(Fair(name, "lazy", edits) for name, edits in LAZY.items()),
    Fair(
        "lazy_encoder_lacks_a_relu",
        "lazy",
        (*LAZY_ALL["encoder"], Edit("vae.encoder", "nn.ReLU(),\n", "\n", (3,))),
        ("encoder",),
        (r"without a ReLU|no ReLU",),
        (r"uninitiali|\bdetach\b",),
        "no_relu_last",
    ),
    *(Fair(name, "rows", edits) for name, edits in ROWS.items()),
    Fair(
        "one_row_channel_stays",
        "rows",
        ends("nn.Unflatten(1, (1, input_size))", ("vae.decoder",)),
        ("decoder",),
        (r"\b28\b",),
        NO_CHANNEL,
    ),
)
