"""Wrong programs: each names the check that must not pass and the misconception it is given."""

from __future__ import annotations

from dataclasses import dataclass

from autograder.assignments.vae.specimens.edits import Edit


@dataclass(frozen=True)
class Wrong:
    """A wrong program. Without `lost` it loses the part of the check that it fails."""

    name: str
    fails: str
    misconception: str
    edits: tuple[Edit, ...]
    lost: tuple[str, ...] = ()


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
        "cvae_encoder_is_three_linear_layers",
        "cvae_encoder_has_a_relu_after_every_layer",
        "cvae_encoder_learns",
    ),
    "decoder": (
        "vae.decoder",
        "decoder_is_four_linear_layers",
        "decoder_ends_in_a_sigmoid",
        "decoder_learns",
    ),
    "cvae_decoder": (
        "cvae.decoder",
        "cvae_decoder_is_four_linear_layers",
        "cvae_decoder_ends_in_a_sigmoid",
        "cvae_decoder_learns",
    ),
}


def _stack(part: str) -> list[Wrong]:
    """Wrong stacks of layers, the same for each of the encoders and decoders."""
    region, layers, values, learns = STACKS[part]

    def wrong(name: str, check: str, misconception: str, old: str, new: str, *at: int) -> Wrong:
        edits = (Edit(region, old, new, at),)
        return Wrong(f"{part}_{name}", f"{part}.{check}", misconception, edits)

    count, dropout = f"{part}_has_the_asked_parameters", f"nn.ReLU(),\n{PAD}nn.Dropout(0.2)"
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
        wrong("not_unflattened", values, "no_unflatten", no_unflatten),
        wrong("no_channel", values, "channel_missing", Edit(region, "(1, 28, 28)", "(28, 28)")),
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
            "cvae_encoder.cvae_encoder_is_three_linear_layers",
            "size_hard_coded",
            (Edit("cvae.encoder", "input_size + num_classes", "input_size + 10"),),
        ),
        Wrong(
            "encoder_of_equal_units",
            "encoder.encoder_learns",
            "units_alike",
            (Edit("vae.encoder", "        )\n", alike.format("encoder")),),
        ),
        Wrong(
            "cvae_decoder_of_equal_units",
            "cvae_decoder.cvae_decoder_learns",
            "units_alike",
            (Edit("cvae.decoder", "        )\n", alike.format("decoder")),),
        ),
        Wrong(
            "encoder_of_zeros",
            "encoder.encoder_learns",
            "no_gradient",
            (Edit("vae.encoder", "        )\n", zeroed),),
            lost=("encoder", "forward"),  # nothing shows whether forward uses it
        ),
    ]


def _heads() -> list[Wrong]:
    found = []
    for layer, part in (("mu_layer", "mu"), ("logvar_layer", "logvar")):
        check, line = f"{part}.{layer}_is_linear", f"self.{layer} = nn.Linear("
        whole = f"{line}hidden_dim, latent_size)"
        for name, (act, misconception) in HEADS.items():
            new = f"self.{layer} = nn.Sequential(nn.Linear(hidden_dim, latent_size), {act})"
            edit = Edit("vae.heads", whole, new)
            found.append(Wrong(f"{layer}_{name}", check, misconception, (edit,)))
        deep = f"self.{layer} = nn.Sequential(nn.Linear(400, 400), nn.Linear(400, latent_size))"
        bare = f"{line}hidden_dim, latent_size, bias=False)"
        fixed = f"{line}hidden_dim, 15)"
        count = f"{part}.{layer}_has_the_asked_parameters"
        found += [
            Wrong(f"{layer}_deep", check, "layer_too_many", (Edit("vae.heads", whole, deep),)),
            Wrong(f"{layer}_no_bias", count, "bias_missing", (Edit("vae.heads", whole, bare),)),
            Wrong(f"{layer}_of_15", check, "size_hard_coded", (Edit("vae.heads", whole, fixed),)),
        ]
    logvar = "self.logvar_layer = nn.Linear(hidden_dim, latent_size)"
    exp = "self.logvar_layer = nn.Sequential(nn.Linear(hidden_dim, latent_size), Exp())"
    relu = "self.logvar_layer = nn.Sequential(nn.Linear(hidden_dim, latent_size), nn.ReLU())"
    shared, cvae_heads = "self.logvar_layer = self.mu_layer", "cvae_encoder.cvae_heads_are_linear"
    return [
        *found,
        Wrong(
            "logvar_layer_exp",
            "logvar.logvar_layer_is_linear",
            "exp_on_head",
            (Edit("vae.heads", logvar, exp), Edit("top", "", EXP)),
        ),
        Wrong(
            "heads_shared",
            "logvar.logvar_layer_has_weights_of_its_own",
            "shared_heads",
            (Edit("vae.heads", logvar, shared),),
        ),
        Wrong(
            "cvae_heads_shared",
            cvae_heads,
            "shared_heads",
            (Edit("cvae.encoder", logvar, shared),),
        ),
        Wrong(
            "cvae_logvar_relu", cvae_heads, "relu_on_head", (Edit("cvae.encoder", logvar, relu),)
        ),
    ]


SIGMA = "torch.exp(0.5 * logvar)"
EPSILON = "torch.randn_like(mu)"
SUM = "mu + sigma * epsilon"
LAW, SHAPE = "sample_is_normal_around_mu", "sample_keeps_the_shape"
INDEPENDENT, REACHED = "noise_is_independent", "gradients_pass_through_the_sample"
TYPE = "sample_has_the_number_type_of_mu"
REPARAMETRIZE: dict[str, tuple[str, str, str, str]] = {  # name: old, new, check, misconception
    "variance": (SIGMA, "torch.exp(logvar)", LAW, "variance_as_std"),
    "logvar_itself": (SIGMA, "logvar", LAW, "logvar_as_std"),
    "abs_logvar": (SIGMA, "logvar.abs()", LAW, "logvar_as_std"),
    "half_logvar": (SIGMA, "0.5 * logvar", LAW, "half_logvar_as_std"),
    "root_of_logvar": (SIGMA, "torch.sqrt(logvar)", SHAPE, "z_not_finite"),
    "root_of_abs_logvar": (SIGMA, "torch.sqrt(logvar.abs())", LAW, "sqrt_logvar_as_std"),
    "log_of_logvar": (SIGMA, "torch.log(logvar)", SHAPE, "z_not_finite"),
    "inverted": (SIGMA, "torch.exp(-0.5 * logvar)", LAW, "std_inverted"),
    "twice": (SIGMA, "torch.exp(2 * logvar)", LAW, "exp_of_twice"),
    "quarter": (SIGMA, "torch.exp(0.5 * logvar).sqrt()", LAW, "exp_of_quarter"),
    "no_sigma": (SIGMA, "1", LAW, "sigma_left_out"),
    "double_sigma": (SIGMA, "2 * torch.exp(0.5 * logvar)", LAW, "std_doubled"),
    "half_outside": (SIGMA, "0.5 * torch.exp(0.5 * logvar)", LAW, "std_halved"),
    "half_of_variance": (SIGMA, "0.5 * torch.exp(logvar)", LAW, "half_variance_as_std"),
    "sigma_plus_one": (SIGMA, "1 + torch.exp(0.5 * logvar)", LAW, "sigma_plus_one"),
    "softplus": (SIGMA, "F.softplus(logvar)", LAW, "softplus_std"),
    "sigmoid": (SIGMA, "torch.sigmoid(logvar)", LAW, "sigmoid_std"),
    "linearised": (SIGMA, "1 + logvar", LAW, "one_plus_logvar"),
    "power_of_two": (SIGMA, "2 ** (0.5 * logvar)", LAW, "power_of_two"),
    "no_mu": (SUM, "sigma * epsilon", LAW, "mu_lost"),
    "minus_mu": (SUM, "sigma * epsilon - mu", LAW, "mu_negated"),
    "two_mu": (SUM, "2 * mu + sigma * epsilon", LAW, "mu_doubled"),
    "half_mu": (SUM, "mu / 2 + sigma * epsilon", LAW, "mu_halved"),
    "brackets": (SUM, "(mu + epsilon) * sigma", LAW, "mu_scaled_by_sigma"),
    "product": (SUM, "mu * sigma * epsilon", LAW, "mu_multiplied"),
    "sigma_as_well": (SUM, "mu + sigma + epsilon", LAW, "sigma_added_not_multiplied"),
    "one_plus_noise": (SUM, "mu + sigma * (1 + epsilon)", LAW, "sigma_added"),
    "logvar_as_mean": (SUM, "logvar + sigma * epsilon", LAW, "logvar_as_mean"),
    "batch_mean": (SUM, "mu.mean(0) + sigma * epsilon", LAW, "mu_averaged"),
    "mean_only": (SUM, "mu", LAW, "no_noise"),
    "ones": (EPSILON, "torch.ones_like(mu)", LAW, "noise_is_one"),
    "zeros": (EPSILON, "torch.zeros_like(mu)", LAW, "no_noise"),
    "uniform": (EPSILON, "torch.rand_like(mu)", LAW, "uniform_noise"),
    "centred_uniform": (EPSILON, "2 * torch.rand_like(mu) - 1", LAW, "centered_uniform_noise"),
    "unit_uniform": (
        EPSILON,
        "12**0.5 * (torch.rand_like(mu) - 0.5)",
        LAW,
        "centered_uniform_noise",
    ),
    "half_normal": (EPSILON, "torch.randn_like(mu).abs()", LAW, "half_normal_noise"),
    "signs": (EPSILON, "torch.randn_like(mu).sign()", LAW, "centered_uniform_noise"),
    "cauchy": (EPSILON, "torch.empty_like(mu).cauchy_()", LAW, "heavy_tailed_noise"),
    "small_noise": (EPSILON, "0.1 * torch.randn_like(mu)", LAW, "noise_not_unit"),
    "shifted_noise": (EPSILON, "1 + torch.randn_like(mu)", LAW, "sigma_added"),
    "clipped_noise": (EPSILON, "torch.randn_like(mu).clamp(-1, 1)", LAW, "centered_uniform_noise"),
    "one_number": (EPSILON, "torch.randn(1)", LAW, "noise_shared_by_all"),
    "one_a_row": (EPSILON, "torch.randn(len(mu), 1)", INDEPENDENT, "noise_shared_by_elements"),
    "one_a_column": (EPSILON, "torch.randn(mu.shape[1])", INDEPENDENT, "noise_shared_by_rows"),
    "fifteen_numbers": (EPSILON, "torch.randn(15)", SHAPE, ""),
    "seeded": (
        EPSILON,
        "torch.randn(mu.shape, generator=torch.Generator().manual_seed(0))",
        "noise_is_drawn_anew",
        "noise_repeated",
    ),
    "in_double": (EPSILON, "torch.randn(mu.shape).double()", TYPE, "sample_of_another_type"),
    "numpy_array": (SUM, "(mu + sigma * epsilon).detach().numpy()", REACHED, "mu_without_gradient"),
    "numpy_noise": (EPSILON, "__import__('numpy').random.randn(*mu.shape)", REACHED, ""),
    "detached_mu": (SUM, "mu.detach() + sigma * epsilon", REACHED, "mu_without_gradient"),
    "detached_sigma": (
        SIGMA,
        "torch.exp(0.5 * logvar).detach()",
        REACHED,
        "logvar_without_gradient",
    ),
    "all_detached": (SUM, "(mu + sigma * epsilon).detach()", REACHED, "mu_without_gradient"),
    "sampled": (
        SUM,
        "torch.distributions.Normal(mu, sigma).sample()",
        REACHED,
        "mu_without_gradient",
    ),
    "in_place": (
        SUM,
        "mu.add_(sigma * epsilon)",
        "mu_and_logvar_stay_as_they_are",
        "input_changed",
    ),
    "summed": (SUM, "(mu + sigma * epsilon).sum(1)", SHAPE, "summed_over_z"),
    "transposed": (SUM, "(mu + sigma * epsilon).T", SHAPE, "transposed"),
    "tuple": (SUM, "(mu + sigma * epsilon, epsilon)", SHAPE, "tuple_returned"),
}
BCE = 'F.binary_cross_entropy(x_hat, x, reduction="sum")'
KL = "-0.5 * torch.sum(1 + logvar - mu**2 - torch.exp(logvar))"
END = "(reconstruction + kl) / len(x)"
MEAN, SLOPES = "loss_averages_over_the_batch", "loss_has_its_gradients"
TERMS: dict[str, tuple[str, str]] = {  # name: the last line, misconception
    "batch_summed": ("reconstruction + kl", "summed_over_the_batch"),
    "bce_mean": ("F.binary_cross_entropy(x_hat, x) + kl / len(x)", "averaged_over_pixels_too"),
    "both_means": (
        "F.binary_cross_entropy(x_hat, x) + kl / mu.numel()",
        "averaged_over_everything",
    ),
    "kl_mean": ("reconstruction / len(x) + kl / mu.numel()", "kl_averaged_over_z"),
    "kl_summed": ("reconstruction / len(x) + kl", "kl_summed_over_the_batch"),
    "bce_summed": ("reconstruction + kl / len(x)", "bce_summed_over_the_batch"),
    "n_twice": ("(reconstruction + kl) / len(x) ** 2", "divided_by_n_twice"),
    "by_z": ("(reconstruction + kl) / mu.shape[1]", "divided_by_z"),
    "by_pixels": ("(reconstruction + kl) / x[0].numel()", "divided_by_pixels"),
    "by_all_pixels": ("(reconstruction + kl) / x.numel()", "divided_by_pixels_for_n"),
    "for_128": ("(reconstruction + kl) / 128", "batch_size_hard_coded"),
    "for_784": ("F.binary_cross_entropy(x_hat, x) * 784 + kl / len(x)", "pixels_hard_coded"),
    "no_kl": ("reconstruction / len(x)", "bce_without_kl"),
    "no_bce": ("kl / len(x)", "kl_without_bce"),
    "kl_subtracted": ("(reconstruction - kl) / len(x)", "kl_of_one_sign"),
    "bound": ("-(reconstruction + kl) / len(x)", "elbo_not_negated"),
    "bce_subtracted": ("(kl - reconstruction) / len(x)", "bce_of_wrong_sign"),
    "kl_twice": ("(reconstruction + 2 * kl) / len(x)", "kl_doubled"),
    "kl_half": ("(reconstruction + kl / 2) / len(x)", "kl_halved"),
    "beta": ("(reconstruction + 4 * kl) / len(x)", "kl_weighted"),
    "first_image": (
        'F.binary_cross_entropy(x_hat[0], x[0], reduction="sum")'
        " - 0.5 * torch.sum(1 + logvar[0] - mu[0] ** 2 - torch.exp(logvar[0]))",
        "first_image_only",
    ),
    "kl_in_every_pixel": (
        "reconstruction / len(x) + kl / len(x) * x[0].numel()",
        "kl_summed_in_every_pixel",
    ),
    "per_image": (
        'F.binary_cross_entropy(x_hat, x, reduction="none").flatten(1).sum(1)'
        " - 0.5 * torch.sum(1 + logvar - mu**2 - torch.exp(logvar), 1)",
        "loss_per_image",
    ),
}
BRACKETS: dict[str, tuple[str, str]] = {  # name: what stands in the bracket, misconception
    "no_one": ("logvar - mu**2 - torch.exp(logvar)", "kl_misses_one"),
    "no_mu": ("1 + logvar - torch.exp(logvar)", "kl_misses_mu"),
    "mu_plain": ("1 + logvar - mu - torch.exp(logvar)", "kl_mu_not_squared"),
    "mu_abs": ("1 + logvar - mu.abs() - torch.exp(logvar)", "kl_abs_mu"),
    "no_logvar": ("1 - mu**2 - torch.exp(logvar)", "kl_misses_logvar"),
    "no_variance": ("1 + logvar - mu**2", "kl_misses_variance"),
    "std": ("1 + logvar - mu**2 - torch.exp(logvar / 2)", "kl_std_for_variance"),
    "logstd": ("1 + 2 * logvar - mu**2 - torch.exp(2 * logvar)", "kl_logvar_as_logstd"),
    "variance_squared": ("1 + logvar - mu**2 - torch.exp(logvar) ** 2", "kl_variance_squared"),
    "logvar_twice": ("1 + logvar - mu**2 - logvar", "kl_logvar_for_variance"),
    "logvar_squared": ("1 + logvar - mu**2 - logvar**2", "kl_logvar_squared"),
    "log_of_logvar": ("1 + torch.log(logvar) - mu**2 - logvar", "loss_not_finite"),
    "mu_added": ("1 + logvar + mu**2 - torch.exp(logvar)", "kl_mu_added"),
    "logvar_sign": ("1 - logvar - mu**2 - torch.exp(logvar)", "kl_logvar_subtracted"),
    "variance_sign": ("1 + logvar - mu**2 + torch.exp(logvar)", "kl_variance_added"),
    "swapped": ("1 + mu - logvar**2 - torch.exp(mu)", "kl_mu_and_logvar_swapped"),
    "reversed": ("1 - logvar - (1 + mu**2) * torch.exp(-logvar)", "kl_reversed"),
}
RECONSTRUCTIONS: dict[str, tuple[str, str]] = {
    "swapped": ('F.binary_cross_entropy(x, x_hat, reduction="sum")', "arguments_swapped"),
    "mse": ('F.mse_loss(x_hat, x, reduction="sum")', "mse_for_bce"),
    "half_mse": ('0.5 * F.mse_loss(x_hat, x, reduction="sum")', "half_mse_for_bce"),
    "l1": ('F.l1_loss(x_hat, x, reduction="sum")', "l1_for_bce"),
    "logits": (
        'F.binary_cross_entropy_with_logits(x_hat, x, reduction="sum")',
        "bce_with_logits",
    ),
    "white_only": ("-(x * torch.log(x_hat)).sum()", "bce_only_white_pixels"),
    "black_only": ("-((1 - x) * torch.log(1 - x_hat)).sum()", "bce_only_black_pixels"),
    "base_2": (
        "-(x * torch.log2(x_hat) + (1 - x) * torch.log2(1 - x_hat)).sum()",
        "log_base_2",
    ),
    "floor_in_log": (
        "-(x * torch.log(x_hat + 0.01) + (1 - x) * torch.log(1.01 - x_hat)).sum()",
        "floor_in_log",
    ),
    "rounded": ('F.binary_cross_entropy(x_hat, x.round(), reduction="sum")', "target_binarised"),
}
CUT: dict[str, tuple[str, str]] = {
    "item": ("((reconstruction + kl) / len(x)).item()", "loss_without_gradient"),
    "kl_detached": ("(reconstruction + kl.detach()) / len(x)", "loss_without_gradient"),
    "bce_detached": ("(reconstruction.detach() + kl) / len(x)", "loss_without_gradient"),
}


def _functions() -> list[Wrong]:
    def wrong(name: str, check: str, misconception: str, where: str, old: str, new: str) -> Wrong:
        part = name.partition("_")[0]
        return Wrong(name, f"{part}.{check}", misconception, (Edit(where, old, new),))

    found = [
        wrong(f"reparametrize_{name}", check, misconception, "reparametrize", old, new)
        for name, (old, new, check, misconception) in REPARAMETRIZE.items()
    ]
    for name, (new, misconception) in TERMS.items():
        found.append(wrong(f"loss_{name}", MEAN, misconception, "loss", END, new))
    for name, (bracket, misconception) in BRACKETS.items():
        new = f"-0.5 * torch.sum({bracket})"
        found.append(wrong(f"loss_kl_{name}", MEAN, misconception, "loss", KL, new))
    for name, (new, misconception) in RECONSTRUCTIONS.items():
        found.append(wrong(f"loss_bce_{name}", MEAN, misconception, "loss", BCE, new))
    for name, (new, misconception) in CUT.items():
        found.append(wrong(f"loss_{name}", SLOPES, misconception, "loss", END, new))
    clamp = "logvar.clamp_(-0.5, 0.5)\n    reconstruction ="
    found.append(wrong("loss_in_place", MEAN, "", "loss", "reconstruction =", clamp))
    return found


SAMPLE, OUTPUTS = "z = reparametrize(mu, logvar)", "outputs = (x_hat, mu, logvar)"
HEADS_CALLED = "mu = self.mu_layer(hidden)  # (N, Z)\n        logvar = self.logvar_layer(hidden)"
HEADS_CROSSED = "mu = self.logvar_layer(hidden)  # (N, Z)\n        logvar = self.mu_layer(hidden)"
FORWARDS: dict[str, tuple[str, str, str, str]] = {
    "mean": (SAMPLE, "z = mu", "decodes", "mean_decoded"),
    "logvar": (SAMPLE, "z = logvar", "decodes", "logvar_decoded"),
    "args_swapped": (
        SAMPLE,
        "z = reparametrize(logvar, mu)",
        "decodes",
        "arguments_of_reparametrize_swapped",
    ),
    "mu_twice": (SAMPLE, "z = reparametrize(mu, mu)", "decodes", "mu_twice_in_reparametrize"),
    "std": (
        SAMPLE,
        "z = reparametrize(mu, torch.exp(logvar / 2))",
        "decodes",
        "std_given_to_reparametrize",
    ),
    "variance": (
        SAMPLE,
        "z = reparametrize(mu, torch.exp(logvar))",
        "decodes",
        "variance_given_to_reparametrize",
    ),
    "eval_mean": (
        SAMPLE,
        "z = reparametrize(mu, logvar) if self.training else mu",
        "decodes",
        "mean_decoded",
    ),
    "detached": (SAMPLE, "z = reparametrize(mu, logvar).detach()", "gradients", "forward_detached"),
    "uniform_inline": (
        SAMPLE,
        "z = mu + torch.exp(logvar / 2) * torch.rand_like(mu)",
        "decodes",
        "sample_of_another_law",
    ),
    "variance_inline": (
        SAMPLE,
        "z = mu + torch.exp(logvar) * torch.randn_like(mu)",
        "decodes",
        "sample_of_another_law",
    ),
    "seeded": (
        SAMPLE,
        "torch.manual_seed(0)\n        z = reparametrize(mu, logvar)",
        "modes",
        "forward_noise_repeated",
    ),
    "doubled": (SAMPLE, "z = 2 * reparametrize(mu, logvar)", "decodes", "sample_doubled"),
    "outputs_swapped": (OUTPUTS, "outputs = (x_hat, logvar, mu)", "heads", "outputs_swapped"),
    "mu_first": (OUTPUTS, "outputs = (mu, logvar, x_hat)", "shapes", "outputs_in_another_order"),
    "x_hat_only": (OUTPUTS, "outputs = x_hat", "shapes", "outputs_missing"),
    "four_outputs": (OUTPUTS, "outputs = (x_hat, mu, logvar, z)", "shapes", "outputs_too_many"),
    "relu_on_mu": (
        "= self.mu_layer(hidden)",
        "= F.relu(self.mu_layer(hidden))",
        "heads",
        "relu_on_head",
    ),
    "heads_crossed": (HEADS_CALLED, HEADS_CROSSED, "heads", "outputs_swapped"),
    "one_head": (
        "self.logvar_layer(hidden)",
        "self.mu_layer(hidden)",
        "heads",
        "one_head_for_both",
    ),
    "returns_sigma": (
        OUTPUTS,
        "outputs = (x_hat, mu, torch.exp(logvar / 2))",
        "heads",
        "sigma_returned",
    ),
    "sigmoid_again": (
        OUTPUTS,
        "outputs = (torch.sigmoid(x_hat), mu, logvar)",
        "decodes",
        "two_sigmoids",
    ),
    "flat_images": (
        OUTPUTS,
        "outputs = (x_hat.flatten(1), mu, logvar)",
        "shapes",
        "x_hat_flattened",
    ),
    "squeezed": (
        OUTPUTS,
        "outputs = (x_hat, mu.squeeze(), logvar.squeeze())",
        "other_shapes",
        "batch_axis_squeezed",
    ),
    "images_changed": (
        "BEGIN = ",
        "x.mul_(2).sub_(1)\n        BEGIN = ",
        "inputs",
        "input_changed",
    ),
    "images_scaled": ("BEGIN = ", "x = 2 * x - 1\n        BEGIN = ", "heads", "images_scaled"),
    "batch_of_one": (
        "BEGIN = ",
        "x = x[:1].expand_as(x)\n        BEGIN = ",
        "heads",
        "first_image_for_all",
    ),
}
FORWARD_CHECKS = {
    "decodes": ("forward_decodes_a_sample", "cvae_forward_gives_the_label_to_the_decoder"),
    "heads": ("forward_uses_encoder_and_heads", "cvae_forward_gives_the_label_to_the_encoder"),
    "gradients": ("forward_passes_gradients", "cvae_forward_passes_gradients"),
    "modes": ("forward_draws_in_train_and_eval_mode", "cvae_forward_draws_in_train_and_eval_mode"),
    "shapes": ("forward_returns_the_asked_shapes", "cvae_forward_returns_the_asked_shapes"),
    "other_shapes": ("forward_keeps_the_shapes", "cvae_forward_keeps_the_shapes"),
    "inputs": ("forward_leaves_the_images", "cvae_forward_leaves_its_inputs"),
}


def _forwards() -> list[Wrong]:
    found = []
    for i, (part, first) in enumerate((("forward", "hidden"), ("cvae_forward", "pixels"))):
        region = ("vae.forward", "cvae.forward")[i]
        for name, (old, new, check, misconception) in FORWARDS.items():
            edit = Edit(region, old.replace("BEGIN", first), new.replace("BEGIN", first))
            fails = f"{part}.{FORWARD_CHECKS[check][i]}"
            found.append(Wrong(f"{part}_{name}", fails, misconception, (edit,)))
    return found


JOINED_X, JOINED_Z = "torch.cat([pixels, c], dim=1)", "torch.cat([z, c], dim=1)"
ENCODES = "cvae_forward.cvae_forward_gives_the_label_to_the_encoder"
DECODES = "cvae_forward.cvae_forward_gives_the_label_to_the_decoder"
LABELS: dict[str, tuple[str, str, str, str]] = {  # name: old, new, check, misconception
    "encoder_gets_no_label": (
        JOINED_X,
        "torch.cat([pixels, torch.zeros_like(c)], dim=1)",
        ENCODES,
        "label_lost_in_encoder",
    ),
    "decoder_gets_no_label": (
        JOINED_Z,
        "torch.cat([z, torch.zeros_like(c)], dim=1)",
        DECODES,
        "label_lost_in_decoder",
    ),
    "decoder_gets_another_label": (
        JOINED_Z,
        "torch.cat([z, c.roll(1, dims=1)], dim=1)",
        DECODES,
        "another_label_in_decoder",
    ),
    "labels_of_the_first_image": (
        JOINED_X,
        "torch.cat([pixels, c[:1].expand_as(c)], dim=1)",
        ENCODES,
        "first_label_for_all",
    ),
    "joined_along_the_batch": (
        JOINED_X,
        "torch.cat([pixels, c], dim=0)",
        "cvae_forward.cvae_forward_returns_the_asked_shapes",
        "",
    ),
    "labels_weighted": (
        JOINED_X,
        "torch.cat([pixels, c * (1 + c.argmax(1, keepdim=True))], dim=1)",
        ENCODES,
        "",
    ),
}


def _labels() -> list[Wrong]:
    """What can go wrong with the labels of the CVAE."""
    in_forward = [
        Wrong(f"cvae_{name}", fails, misconception, (Edit("cvae.forward", old, new),))
        for name, (old, new, fails, misconception) in LABELS.items()
    ]
    no_room = (
        ("encoder", "input_size", JOINED_X, "pixels", "cvae_encoder_is_three_linear_layers"),
        ("decoder", "latent_size", JOINED_Z, "z", "cvae_decoder_is_four_linear_layers"),
    )
    return in_forward + [
        Wrong(
            f"cvae_{piece}_without_label",
            f"cvae_{piece}.{check}",
            "label_not_joined",
            (
                Edit(f"cvae.{piece}", f"{size} + num_classes", size),
                Edit("cvae.forward", joined, alone),
            ),
        )
        for piece, size, joined, alone, check in no_room
    ]


ALL: tuple[Wrong, ...] = (
    *(wrong for part in STACKS for wrong in _stack(part)),
    *_encoders(),
    *_decoder("decoder"),
    *_decoder("cvae_decoder"),
    *_heads(),
    *_functions(),
    *_forwards(),
    *_labels(),
)
