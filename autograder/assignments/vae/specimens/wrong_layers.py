"""Wrong programs by what their encoders, heads and decoders are made of."""

from __future__ import annotations

from autograder.assignments.edits import Edit, Wrong

RELU = "nn.ReLU()"
PAD = "            "
HIDDEN_PAIR = f"{PAD}nn.Linear(hidden_dim, hidden_dim),\n{PAD}nn.ReLU(),\n"
NARROW = (
    f"{PAD}nn.Linear(hidden_dim, 200),\n{PAD}nn.ReLU(),\n"
    f"{PAD}nn.Linear(200, hidden_dim),\n{PAD}nn.ReLU(),\n"
)
ACTIVATIONS = {  # name: (what stands in place of every ReLU, misconception)
    "leaky": ("nn.LeakyReLU()", "leaky_relu"),
    "leaky_0.2": ("nn.LeakyReLU(0.2)", "leaky_relu_0.2"),
    "prelu_like": ("nn.LeakyReLU(0.25)", "prelu"),
    "tanh": ("nn.Tanh()", "tanh_activation"),
    "sigmoid": ("nn.Sigmoid()", "sigmoid_activation"),
    "gelu": ("nn.GELU()", "gelu"),
    "elu": ("nn.ELU()", "elu"),
    "silu": ("nn.SiLU()", "silu"),
    "softplus": ("nn.Softplus()", "softplus"),
    "relu6": ("nn.ReLU6()", "relu6"),
    "identity": ("nn.Identity()", "no_relu"),
}
SIGMOIDS = {  # what stands in place of the sigmoid
    "missing": ("nn.Identity()", "no_sigmoid"),
    "relu": ("nn.ReLU()", "relu_for_sigmoid"),
    "tanh": ("nn.Tanh()", "tanh_for_sigmoid"),
    "softmax": ("nn.Softmax(dim=1)", "softmax_for_sigmoid"),
    "twice": (f"nn.Sigmoid(),\n{PAD}nn.Sigmoid()", "two_sigmoids"),
    "after_relu": (f"nn.ReLU(),\n{PAD}nn.Sigmoid()", "relu_before_sigmoid"),
    "hard": ("nn.Hardsigmoid()", "hard_sigmoid"),
    "clamp": ("nn.Hardtanh(0.0, 1.0)", "clamp_for_sigmoid"),
    "softplus": ("nn.Softplus()", "softplus_for_sigmoid"),
    "log": ("nn.LogSigmoid()", "log_sigmoid"),
}
HEADS = {  # what follows a head that should be followed by nothing
    "relu": ("nn.ReLU()", "relu_on_head"),
    "tanh": ("nn.Tanh()", "tanh_on_head"),
    "sigmoid": ("nn.Sigmoid()", "sigmoid_on_head"),
    "softplus": ("nn.Softplus()", "softplus_on_head"),
    "leaky": ("nn.LeakyReLU()", "leaky_relu_on_head"),
}
FROZEN = "        for p in self.{}.parameters():\n            p.requires_grad_(False)\n"
DIMMED = """
class Dimmed(nn.Module):
    def forward(self, a):
        return torch.sigmoid(a).clamp(0.05, 0.95)
"""
NOTHING = """
class Nothing(nn.Module):
    def forward(self, z):
        return 0 * z
"""
EXP = """
class Exp(nn.Module):
    def forward(self, a):
        return torch.exp(a)
"""
STACKS = {  # part: (region, check of the layers, check of the values, check of the gradients)
    "encoder": (
        "vae.encoder",
        "encoder_is_three_linear_layers",
        "encoder_has_a_relu_after_every_layer",
        "encoder_learns",
    ),
    "cvae_encoder": (
        "cvae.encoder",
        "encoder_is_three_linear_layers",
        "encoder_has_a_relu_after_every_layer",
        "encoder_learns",
    ),
    "decoder": (
        "vae.decoder",
        "decoder_is_four_linear_layers",
        "decoder_ends_in_a_sigmoid",
        "decoder_learns",
    ),
    "cvae_decoder": (
        "cvae.decoder",
        "decoder_is_four_linear_layers",
        "decoder_ends_in_a_sigmoid",
        "decoder_learns",
    ),
}


def _stack(part: str) -> list[Wrong]:
    """Wrong stacks of layers, the same for each of the encoders and decoders."""
    region, layers, values, learns = STACKS[part]

    def wrong(name: str, check: str, misconception: str, old: str, new: str, *at: int) -> Wrong:
        edits = (Edit(region, old, new, at),)
        return Wrong(f"{part}_{name}", f"{part}.{check}", misconception, edits)

    count, dropout = (
        f"{part.removeprefix('cvae_')}_has_the_asked_parameters",
        f"nn.ReLU(),\n{PAD}nn.Dropout(0.2)",
    )
    frozen = f"        )\n{FROZEN.format(part.removeprefix('cvae_'))}"
    found = [
        wrong("lacks_a_layer", layers, "hidden_layer_missing", HIDDEN_PAIR, "", 1),
        wrong("has_a_layer_more", layers, "layer_too_many", HIDDEN_PAIR, HIDDEN_PAIR * 2, 1),
        wrong("narrow", layers, "other_hidden_size", HIDDEN_PAIR * 2, NARROW),
        wrong("first_relu_missing", values, "no_relu_after_1", f"{RELU},\n", "\n", 1),
        wrong("second_relu_missing", values, "no_relu_after_2", f"{RELU},\n", "\n", 2),
        wrong("last_relu_missing", values, "no_relu_last", f"{RELU},\n", "\n", 3),
        wrong("one_leaky", values, "leaky_relu_once", RELU, "nn.LeakyReLU()", 2),
        wrong("one_tanh", values, "tanh_activation_once", RELU, "nn.Tanh()", 1),
        wrong("dropout", values, "dropout", RELU, dropout, 3),
        wrong("norm", values, "normalisation", RELU, "nn.LayerNorm(400), nn.ReLU()", 2),
        wrong("no_bias", count, "bias_missing", "hidden_dim)", "hidden_dim, bias=False)", 1),
        wrong("frozen", learns, "no_gradient", "        )\n", frozen),
    ]
    for name, (new, misconception) in ACTIVATIONS.items():
        found.append(wrong(name, values, misconception, RELU, new))
    return found


def _decoder(part: str) -> list[Wrong]:
    """What only a decoder can get wrong: its end and what it is given."""
    region, layers, values, _ = STACKS[part]

    def wrong(name: str, check: str, misconception: str, *edits: Edit) -> Wrong:
        return Wrong(f"{part}_{name}", f"{part}.{check}", misconception, edits)

    ends = [
        wrong(f"sigmoid_{name}", values, misconception, Edit(region, "nn.Sigmoid()", new))
        for name, (new, misconception) in SIGMOIDS.items()
    ]
    no_unflatten = Edit(region, f"{PAD}nn.Unflatten(1, (1, 28, 28)),\n", "")
    nothing = Edit(region, "nn.Sequential(", "nn.Sequential(Nothing(),")
    return [
        *ends,
        wrong("not_unflattened", "decoder_gives_images", "no_unflatten", no_unflatten),
        wrong(
            "no_channel",
            "decoder_gives_images",
            "channel_missing",
            Edit(region, "(1, 28, 28)", "(28, 28)"),
        ),
        wrong(
            "channel_last",
            "decoder_gives_images",
            "axes_in_another_order",
            Edit(region, "(1, 28, 28)", "(28, 28, 1)"),
        ),
        wrong("for_784_pixels", layers, "size_hard_coded", Edit(region, "input_size", "784")),
        wrong("for_15_numbers", layers, "size_hard_coded", Edit(region, "latent_size", "15")),
        wrong(
            "dimmed",
            values,
            "range_cut",
            Edit(region, "nn.Sigmoid()", "Dimmed()"),
            Edit("top", "", DIMMED),
        ),
        wrong("ignores_z", values, "input_ignored", nothing, Edit("top", "", NOTHING)),
    ]


def _encoders() -> list[Wrong]:
    head = "        )\n        for p in self.{}.parameters():\n"
    alike = head + "            nn.init.constant_(p, 0.01)\n"
    zeroed = head.format("encoder") + "            nn.init.zeros_(p)\n"
    return [
        Wrong(
            "encoder_for_784_pixels",
            "encoder.encoder_is_three_linear_layers",
            "size_hard_coded",
            (Edit("vae.encoder", "input_size", "28 * 28"),),
        ),
        Wrong(
            "cvae_encoder_for_10_classes",
            "cvae_encoder.encoder_is_three_linear_layers",
            "size_hard_coded",
            (Edit("cvae.encoder", "input_size + num_classes", "input_size + 10"),),
        ),
        Wrong(
            "encoder_uses_a_layer_twice",
            "encoder.encoder_is_three_linear_layers",
            "layer_used_twice",
            (
                Edit(
                    "vae.encoder",
                    "self.encoder",
                    "again = nn.Linear(400, 400)\n        self.encoder",
                ),
                Edit("vae.encoder", "nn.Linear(hidden_dim, hidden_dim)", "again"),
            ),
        ),
        Wrong(
            "encoder_of_equal_units",
            "encoder.encoder_learns",
            "units_alike",
            (Edit("vae.encoder", "        )\n", alike.format("encoder")),),
        ),
        Wrong(
            "cvae_decoder_of_equal_units",
            "cvae_decoder.decoder_learns",
            "units_alike",
            (Edit("cvae.decoder", "        )\n", alike.format("decoder")),),
        ),
        Wrong(
            "encoder_of_zeros",
            "encoder.encoder_learns",
            "no_gradient",
            (Edit("vae.encoder", "        )\n", zeroed),),
        ),
    ]


def _inputs() -> list[Wrong]:
    """What does not take the images, or the sizes, that it is given."""
    guard = "        hidden_dim = 400  # H_d\n"
    refuses = "        assert input_size == 28 * 28\n" + guard
    return [
        Wrong(
            "nothing_flattens",
            "encoder.encoder_flattens_the_images",
            "nothing_flattens",
            (Edit("vae.encoder", f"{PAD}nn.Flatten(),\n", ""),),
        ),
        Wrong(
            "square_images_only",
            "decoder.decoder_has_the_asked_parameters",
            "one_size_only",
            (Edit("file", guard, refuses, (1,)),),
        ),
    ]


def _heads() -> list[Wrong]:
    found = []
    for layer, part in (("mu_layer", "mu"), ("logvar_layer", "logvar")):
        check, line = f"{part}.heads_are_linear", f"self.{layer} = nn.Linear("
        whole = f"{line}hidden_dim, latent_size)"
        for name, (act, misconception) in HEADS.items():
            new = f"self.{layer} = nn.Sequential(nn.Linear(hidden_dim, latent_size), {act})"
            edit = Edit("vae.heads", whole, new)
            found.append(Wrong(f"{layer}_{name}", check, misconception, (edit,)))
        deep = f"self.{layer} = nn.Sequential(nn.Linear(400, 400), nn.Linear(400, latent_size))"
        bare = f"{line}hidden_dim, latent_size, bias=False)"
        fixed = f"{line}hidden_dim, 15)"
        count = f"{part}.heads_have_the_asked_parameters"
        found += [
            Wrong(f"{layer}_deep", check, "layer_too_many", (Edit("vae.heads", whole, deep),)),
            Wrong(f"{layer}_no_bias", count, "bias_missing", (Edit("vae.heads", whole, bare),)),
            Wrong(f"{layer}_of_15", check, "size_hard_coded", (Edit("vae.heads", whole, fixed),)),
        ]
    logvar = "self.logvar_layer = nn.Linear(hidden_dim, latent_size)"
    exp = "self.logvar_layer = nn.Sequential(nn.Linear(hidden_dim, latent_size), Exp())"
    relu = "self.logvar_layer = nn.Sequential(nn.Linear(hidden_dim, latent_size), nn.ReLU())"
    tied = "self.logvar_layer.weight = self.mu_layer.weight"
    shared, cvae_heads = "self.logvar_layer = self.mu_layer", "cvae_encoder.heads_are_linear"
    return [
        *found,
        Wrong(
            "logvar_layer_exp",
            "logvar.heads_are_linear",
            "exp_on_head",
            (Edit("vae.heads", logvar, exp), Edit("top", "", EXP)),
        ),
        Wrong(
            "heads_shared",
            "logvar.logvar_layer_has_weights_of_its_own",
            "shared_layer",
            (Edit("vae.heads", logvar, shared),),
        ),
        Wrong(
            "heads_share_a_weight",
            "logvar.logvar_layer_has_weights_of_its_own",
            "shared_layer",
            (Edit("vae.heads", logvar, f"{logvar}\n        {tied}"),),
        ),
        Wrong(
            "cvae_heads_shared",
            "cvae_encoder.logvar_layer_has_weights_of_its_own",
            "shared_layer",
            (Edit("cvae.encoder", logvar, shared),),
        ),
        Wrong(
            "cvae_logvar_relu", cvae_heads, "relu_on_head", (Edit("cvae.encoder", logvar, relu),)
        ),
    ]


ALL: tuple[Wrong, ...] = (
    *(wrong for part in STACKS for wrong in _stack(part)),
    *_encoders(),
    *_inputs(),
    *_decoder("decoder"),
    *_decoder("cvae_decoder"),
    *_heads(),
)
