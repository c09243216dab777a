"""Fairness of layers: batch normalisation, a missing Flatten, names beside the stub's, and parts
with two mistakes."""

from __future__ import annotations

from autograder.assignments.edits import Edit, Fair

PAD = "            "
RELU, LINE = "nn.ReLU(),\n", f"\n{PAD}nn.BatchNorm1d(hidden_dim),"
STACKS = ("vae.encoder", "vae.decoder", "cvae.encoder", "cvae.decoder")
HEADS = "nn.Linear(hidden_dim, latent_size)"
NORM, RAISED = (r"normali[sz]ation|batch ?norm",), (r"raised ValueError",)
NORMED = f"nn.Sequential({HEADS}, nn.BatchNorm1d(latent_size))"
AFTER_FLATTEN = f"nn.Flatten(),\n{PAD}nn.BatchNorm1d(input_size),"
BEFORE_FLATTEN = f"nn.BatchNorm2d(1),\n{PAD}nn.Flatten(),"
BATCHNORM: dict[str, tuple[tuple[Edit, ...], tuple[str, ...]]] = {
    "case_batchnorm_costs_forward": (
        tuple(Edit(s, "hidden_dim),", f"hidden_dim),{LINE}", (1,)) for s in STACKS),
        ("encoder", "decoder", "cvae_encoder", "cvae_decoder"),
    ),
    "batchnorm_after_every_relu": (
        (Edit("vae.encoder", "nn.ReLU(),", f"nn.ReLU(),{LINE}"),),
        ("encoder",),
    ),
    "batchnorm_in_the_decoder": (
        (Edit("vae.decoder", "nn.ReLU(),", f"nn.BatchNorm1d(400),\n{PAD}nn.ReLU(),"),),
        ("decoder",),
    ),
    "batchnorm_of_pixels": (
        (Edit("vae.encoder", "nn.Flatten(),", AFTER_FLATTEN),),
        ("encoder",),
    ),
    "batchnorm_of_images": (
        (Edit("vae.encoder", "nn.Flatten(),", BEFORE_FLATTEN),),
        ("encoder",),
    ),
    "batchnorm_without_weights": (
        (
            Edit(
                "cvae.decoder",
                "nn.Sigmoid()",
                f"nn.BatchNorm1d(input_size, affine=False),\n{PAD}nn.Sigmoid()",
            ),
        ),
        ("cvae_decoder",),
    ),
    "batchnorm_on_the_heads": ((Edit("vae.heads", HEADS, NORMED),), ("mu", "logvar")),
    "batchnorm_in_the_cvae_alone": (
        (Edit("cvae.encoder", "nn.ReLU(),", f"nn.LazyBatchNorm1d(),\n{PAD}nn.ReLU(),", (2, 3)),),
        ("cvae_encoder",),
    ),
}

NOT_FLAT = (r"nothing flattens|(not|never|no|without|lacks|missing)\b.*\bflatten",)
FLATTEN = Edit("vae.encoder", f"{PAD}nn.Flatten(),\n", "")
SUPER = "        super().__init__()\n"
MLP = """
def mlp(*sizes):
    layers = []
    for fan_in, fan_out in zip(sizes[:-1], sizes[1:]):
        layers += [nn.Linear(fan_in, fan_out), nn.ReLU()]
    return nn.Sequential(*layers)
"""
CVAE_BY_MLP = "self.encoder = mlp(input_size + num_classes, 400, 400, 400)\n"
CVAE_HEADS = f"self.mu_layer = {HEADS}\nself.logvar_layer = {HEADS}"
NEVER_CALLED = Edit("file", SUPER, f"{SUPER}        self.flatten = nn.Flatten()\n", (1,))
FLAT_PIXELS = "pixels = torch.flatten(x, start_dim=1)  # (N, D)"
UNFLATTENED: dict[str, tuple[tuple[Edit, ...], tuple[str, ...]]] = {
    "flatten_forgotten": ((FLATTEN,), ("encoder",)),
    "flatten_forgotten_by_a_helper": (
        (
            Edit("top", "", MLP),
            Edit("vae.encoder", "", "self.encoder = mlp(input_size, 400, 400, 400)"),
            Edit("cvae.encoder", "", f"{CVAE_BY_MLP}{CVAE_HEADS}"),
        ),
        ("encoder",),
    ),
    "flatten_layer_never_called": ((FLATTEN, NEVER_CALLED), ("encoder",)),
    "flattened_row_dropped": (
        (FLATTEN, Edit("vae.forward", "hidden =", "torch.flatten(x, 1)\n        hidden =")),
        ("encoder",),
    ),
    "channel_squeezed_alone": (
        (FLATTEN, Edit("vae.forward", "self.encoder(x)", "self.encoder(x.squeeze(1))")),
        ("encoder",),
    ),
    "flatten_at_the_end": (
        (FLATTEN, Edit("vae.encoder", "        )\n", f"{PAD}nn.Flatten(),\n        )\n")),
        ("encoder",),
    ),
    "cvae_flatten_forgotten": (
        (Edit("cvae.forward", FLAT_PIXELS, "pixels = x"),),
        ("cvae_forward",),
    ),
    "cvae_row_dropped": (
        (Edit("cvae.forward", FLAT_PIXELS, "x.flatten(start_dim=1)\n        pixels = x"),),
        ("cvae_forward",),
    ),
    "cvae_flattens_in_its_encoder": (
        (
            Edit("cvae.encoder", "nn.Sequential(", f"nn.Sequential(\n{PAD}nn.Flatten(),"),
            Edit("cvae.forward", f"{FLAT_PIXELS}\n        ", ""),
            Edit("cvae.forward", "[pixels, c]", "[x, c]"),
        ),
        ("cvae_forward",),
    ),
}

UNWRITTEN = (r"not written yet",)
NONE = r"\bNone\b"
RENAMED: tuple[Fair, ...] = tuple(
    Fair(name, "renamed", edits, lost, says, UNWRITTEN)
    for name, edits, lost, says in (
        (
            "case_renamed_head_stub_left",
            (
                Edit("vae.heads", "self.logvar_layer", "self.log_variance_layer"),
                Edit("cvae.encoder", "self.logvar_layer", "self.log_variance_layer"),
                *(
                    edit
                    for where in ("vae.forward", "cvae.forward")
                    for edit in (
                        Edit(where, "logvar = ", "logvar = None\n        log_variance = "),
                        Edit(where, "self.logvar_layer", "self.log_variance_layer"),
                        Edit(where, "reparametrize(mu, logvar)", "reparametrize(mu, log_variance)"),
                    )
                ),
            ),
            ("logvar", "forward", "cvae_encoder", "cvae_forward"),
            (r"log_variance_layer", r"third.*None|logvar.*\bNone\b"),
        ),
        (
            "head_renamed_fc_mu",
            (
                Edit("vae.heads", "self.mu_layer", "self.fc_mu"),
                Edit("vae.forward", "self.mu_layer", "self.fc_mu"),
            ),
            ("mu", "forward"),  # names count
            (r"fc_mu",),
        ),
        (
            "heads_renamed_in_the_cvae",
            (
                Edit("cvae.encoder", "self.mu_layer", "self.z_mean"),
                Edit("cvae.encoder", "self.logvar_layer", "self.z_log_var"),
                Edit("cvae.forward", "self.mu_layer", "self.z_mean"),
                Edit("cvae.forward", "self.logvar_layer", "self.z_log_var"),
            ),
            ("cvae_encoder", "cvae_forward"),
            (r"z_mean|z_log_var",),
        ),
        (
            "decoder_renamed_dec",
            (
                Edit("vae.decoder", "self.decoder", "self.dec"),
                Edit("vae.forward", "self.decoder", "self.dec"),
            ),
            ("decoder", "forward"),
            (r"\bdec\b",),
        ),
        (
            "encoder_renamed_encode_layers",
            (
                Edit("vae.encoder", "self.encoder", "self.encoder_layers"),
                Edit("vae.forward", "self.encoder", "self.encoder_layers"),
            ),
            ("encoder", "forward"),
            (r"encoder_layers",),
        ),
        (
            "sample_under_another_name",
            (Edit("reparametrize", "z = mu", "sample = mu"),),
            ("reparametrize",),
            (NONE,),
        ),
        (
            "outputs_under_another_name",
            (Edit("vae.forward", "outputs = (", "result = ("),),
            ("forward",),
            (NONE,),
        ),
        (
            "loss_under_another_name",
            (Edit("loss", "loss = (", "total_loss = ("),),
            ("loss",),
            (NONE,),
        ),
    )
)

WIDTH = "hidden_dim = 400"
THIRD = f"{PAD}nn.Linear(hidden_dim, hidden_dim),\n{PAD}nn.ReLU(),\n"
NO_RELU = r"without a ReLU|no ReLU|ReLU is missing|lacks a ReLU"
SIX = ("encoder", "mu", "logvar", "decoder", "cvae_encoder", "cvae_decoder")
TWICE: tuple[Fair, ...] = tuple(
    Fair(name, "two_mistakes", edits, lost, says)
    for name, edits, lost, says in (
        (
            "case_two_mistakes_one_told",
            (
                Edit("file", WIDTH, "hidden_dim = 128"),
                Edit("vae.encoder", RELU, "\n", (3,)),
                Edit("cvae.encoder", RELU, "\n", (3,)),
            ),
            SIX,
            (r"\b128\b", NO_RELU),
        ),
        (
            "decoder_narrow_and_not_squashed",
            (
                Edit("vae.decoder", "hidden_dim", "256"),
                Edit("vae.decoder", f"{PAD}nn.Sigmoid(),\n", ""),
            ),
            ("decoder",),
            (r"\b256\b", r"without a sigmoid|no sigmoid"),
        ),
        (
            "encoder_short_and_leaky",
            (
                Edit("vae.encoder", THIRD, "", (1,)),
                Edit("vae.encoder", "nn.ReLU()", "nn.LeakyReLU()"),
            ),
            ("encoder",),
            (r"hidden layer is missing", r"leaky"),
        ),
        (
            "head_rectified_and_without_bias",
            (
                Edit(
                    "vae.heads",
                    f"self.mu_layer = {HEADS}",
                    "self.mu_layer = nn.Sequential(\n"
                    f"{PAD}nn.Linear(hidden_dim, latent_size, bias=False), nn.ReLU()\n        )",
                ),
            ),
            ("mu",),
            (r"bias", r"with a ReLU"),
        ),
        (
            "cvae_decoder_rows_and_tanh",
            (
                Edit("cvae.decoder", f"{PAD}nn.Unflatten(1, (1, 28, 28)),\n", ""),
                Edit("cvae.decoder", "nn.Sigmoid()", "nn.Tanh()"),
            ),
            ("cvae_decoder",),
            (r"not made images|unflatten|\(\d+, 784\)", r"tanh"),
        ),
    )
)

ALL: tuple[Fair, ...] = (
    *(
        Fair(name, "batchnorm", edits, lost, NORM, RAISED, "normalisation")
        for name, (edits, lost) in BATCHNORM.items()
    ),
    *(
        Fair(name, "unflattened", edits, lost, NOT_FLAT, (), "nothing_flattens")
        for name, (edits, lost) in UNFLATTENED.items()
    ),
    *RENAMED,
    *TWICE,
)
