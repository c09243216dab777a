"""Wrong programs, each with the misconception that has to be named."""

from __future__ import annotations

from autograder.assignments.conv_vae.specimens.edits import Edits, Wrong

FIRST = "nn.Conv2d(channels, 16, kernel_size=5),  # (N, 16, 24, 24)"
SECOND = "nn.Conv2d(16, 64, kernel_size=3),  # (N, 64, 22, 22)"
FIRST_RELU = f"{FIRST}\n            nn.ReLU(),"
SECOND_RELU = f"{SECOND}\n            nn.ReLU(),"
LAZY = (
    (
        "self.mu_head = nn.Linear(64 * 22 * 22, latent_size)",
        "self.mu_head = nn.LazyLinear(latent_size)",
    ),
    (
        "self.logvar_head = nn.Linear(64 * 22 * 22, latent_size)",
        "self.logvar_head = nn.LazyLinear(latent_size)",
    ),
)
HEADS = "(self.mu_head(hidden), self.logvar_head(hidden))"
EXPAND = "nn.Linear(latent_size, 64 * 22 * 22),\n            nn.ReLU(),"
THIRD = "nn.ConvTranspose2d(64, 16, kernel_size=3),  # (N, 16, 24, 24)"
THIRD_RELU = f"{THIRD}\n            nn.ReLU(),"
LAST = "nn.ConvTranspose2d(16, channels, kernel_size=5),  # (N, C, 28, 28)"
SIGMOID = "nn.Sigmoid(),"
ENCODE = ("encode.encode_gives_mu_and_logvar", "encode.encode_has_the_asked_layers")
SHAPES, LAYERS, VALUES = (*ENCODE, "encode.encode_has_its_activations")


def _each(rows: list[tuple[str, str, str, Edits]]) -> list[Wrong]:
    return [Wrong(*row) for row in rows]


ENCODERS = _each(
    [
        ("first_relu_missing", VALUES, "no_relu_after_1", ((FIRST_RELU, FIRST),)),
        ("second_relu_missing", VALUES, "no_relu_last", ((SECOND_RELU, SECOND),)),
        (
            "no_relu_at_all",
            VALUES,
            "no_relu",
            ((FIRST_RELU, FIRST), (SECOND_RELU, SECOND)),
        ),
        (
            "leaky",
            VALUES,
            "leaky_relu",
            (
                (FIRST_RELU, f"{FIRST}\nnn.LeakyReLU(),"),
                (SECOND_RELU, f"{SECOND}\nnn.LeakyReLU(),"),
            ),
        ),
        ("tanh_once", VALUES, "tanh_activation_once", ((FIRST_RELU, f"{FIRST}\nnn.Tanh(),"),)),
        ("gelu_once", VALUES, "gelu_once", ((SECOND_RELU, f"{SECOND}\nnn.GELU(),"),)),
        ("leaky_once", VALUES, "leaky_relu_once", ((SECOND_RELU, f"{SECOND}\nnn.LeakyReLU(),"),)),
        (
            "relu_on_mu",
            VALUES,
            "relu_on_head",
            ((HEADS, "(F.relu(self.mu_head(hidden)), self.logvar_head(hidden))"),),
        ),
        (
            "softplus_on_logvar",
            VALUES,
            "softplus_on_head",
            ((HEADS, "(self.mu_head(hidden), F.softplus(self.logvar_head(hidden)))"),),
        ),
        (
            "tanh_on_heads",
            VALUES,
            "tanh_on_head",
            ((HEADS, "tuple(map(torch.tanh, (self.mu_head(hidden), self.logvar_head(hidden))))"),),
        ),
        (
            "variance_for_logvar",
            VALUES,
            "exp_on_head",
            ((HEADS, "(self.mu_head(hidden), self.logvar_head(hidden).exp())"),),
        ),
        (
            "sigma_for_logvar",
            VALUES,
            "sigma_returned",
            ((HEADS, "(self.mu_head(hidden), (self.logvar_head(hidden) / 2).exp())"),),
        ),
        (
            "logvar_clamped_at_5",
            VALUES,
            "range_cut",
            ((HEADS, "(self.mu_head(hidden), self.logvar_head(hidden).clamp(-5, 5))"),),
        ),
        (
            "first_bias_missing",
            VALUES,
            "bias_missing",
            ((FIRST, "nn.Conv2d(channels, 16, kernel_size=5, bias=False),"),),
        ),
        (
            "mu_bias_missing",
            VALUES,
            "bias_missing",
            (
                (
                    "self.mu_head = nn.Linear(64 * 22 * 22, latent_size)",
                    "self.mu_head = nn.Linear(64 * 22 * 22, latent_size, bias=False)",
                ),
            ),
        ),
        (
            "pixels_moved",
            VALUES,
            "pixels_scaled",
            (("self.convolutions(x)", "self.convolutions(2 * x - 1)"),),
        ),
        (
            "batchnorm",
            VALUES,
            "normalisation",
            ((FIRST, f"{FIRST}\n            nn.BatchNorm2d(16),"),),
        ),
        (
            "dropout",
            VALUES,
            "dropout",
            ((SECOND_RELU, f"{SECOND_RELU}\n            nn.Dropout(0.2),"),),
        ),
        (
            "both_kernels_3",
            LAYERS,
            "other_kernel",
            ((FIRST, "nn.Conv2d(channels, 16, kernel_size=3),"), *LAZY),
        ),
        (
            "both_kernels_5",
            LAYERS,
            "other_kernel",
            ((SECOND, "nn.Conv2d(16, 64, kernel_size=5),"), *LAZY),
        ),
        (
            "thirty_two_channels",
            LAYERS,
            "other_channels",
            (
                (FIRST, "nn.Conv2d(channels, 32, kernel_size=5),"),
                (SECOND, "nn.Conv2d(32, 64, kernel_size=3),"),
            ),
        ),
        (
            "half_the_channels",
            LAYERS,
            "other_channels",
            ((SECOND, "nn.Conv2d(16, 32, kernel_size=3),"), *LAZY),
        ),
        (
            "second_padded",
            LAYERS,
            "padded",
            ((SECOND, "nn.Conv2d(16, 64, kernel_size=3, padding=1),"), *LAZY),
        ),
        (
            "first_padded",
            LAYERS,
            "padded",
            ((FIRST, "nn.Conv2d(channels, 16, kernel_size=5, padding=2),"), *LAZY),
        ),
        (
            "steps_of_two",
            LAYERS,
            "strided",
            ((SECOND, "nn.Conv2d(16, 64, kernel_size=3, stride=2),"), *LAZY),
        ),
        (
            "spread_out",
            LAYERS,
            "dilated",
            ((SECOND, "nn.Conv2d(16, 64, kernel_size=3, dilation=2),"), *LAZY),
        ),
        (
            "in_groups",
            LAYERS,
            "grouped",
            ((SECOND, "nn.Conv2d(16, 64, kernel_size=3, groups=4),"),),
        ),
        (
            "pooled",
            LAYERS,
            "pooled",
            ((SECOND_RELU, f"{SECOND_RELU}\n            nn.MaxPool2d(2),"), *LAZY),
        ),
        (
            "averaged_over_each_map",
            LAYERS,
            "pooled",
            ((SECOND_RELU, f"{SECOND_RELU}\n            nn.AdaptiveAvgPool2d(1),"), *LAZY),
        ),
        (
            "one_convolution",
            LAYERS,
            "chain_too_short",
            ((FIRST_RELU, ""), (SECOND, "nn.Conv2d(channels, 64, kernel_size=7),")),
        ),
        (
            "hidden_layer_too_many",
            LAYERS,
            "chain_too_long",
            (
                (
                    "nn.Flatten(),  # (N, 64 * 22 * 22)",
                    "nn.Flatten(), nn.Linear(64 * 22 * 22, 32), nn.ReLU(),",
                ),
                *LAZY,
            ),
        ),
        (
            "one_head",
            LAYERS,
            "one_head_for_both",
            ((HEADS, "(self.mu_head(hidden), self.mu_head(hidden))"),),
        ),
        (
            "convolutions_for_each_head",
            LAYERS,
            "convolutions_twice",
            (
                (
                    "self.mu_head = nn.Lin",
                    "from copy import deepcopy\n        self.more = deepcopy(self.convolutions)\n"
                    "        self.mu_head = nn.Lin",
                ),
                (HEADS, "(self.mu_head(hidden), self.logvar_head(self.more(x)))"),
            ),
        ),
        (
            "logvar_detached",
            LAYERS,
            "no_gradient",
            ((HEADS, "(self.mu_head(hidden), self.logvar_head(hidden.detach()))"),),
        ),
        (
            "encode_without_graph",
            LAYERS,
            "no_gradient",
            (("hidden = self.convolutions(x)", "hidden = self.convolutions(x).detach()"),),
        ),
        (
            "latent_size_hard_coded",
            SHAPES,
            "size_hard_coded",
            tuple((old, old.replace("latent_size)", "64)")) for old, _ in LAZY),
        ),
        (
            "channels_hard_coded",
            SHAPES,
            "size_hard_coded",
            ((FIRST, "nn.Conv2d(1, 16, kernel_size=5),"),),
        ),
        ("other_default", SHAPES, "", (("latent_size: int = 64", "latent_size: int = 32"),)),
        (
            "one_tensor",
            SHAPES,
            "",
            (
                (HEADS, "torch.cat([self.mu_head(hidden), self.logvar_head(hidden)], dim=1)"),
                ("mu, logvar = self.encode(x)", "mu, logvar = self.encode(x).chunk(2, dim=1)"),
                (
                    "mu, _ = model.encode(x.unsqueeze(0))",
                    "mu, _ = model.encode(x.unsqueeze(0)).chunk(2, dim=1)",
                ),
            ),
        ),
    ]
)
LAW, EVAL, PASSED = (
    "sample.sample_is_normal_around_mu",
    "sample.sample_is_the_same_in_eval_mode",
    "sample.gradients_pass_through_the_sample",
)
NOISE, SIGMA, SAMPLE = (
    "torch.randn_like(sigma)",
    "torch.exp(logvar / 2)",
    "z = mu + sigma * epsilon",
)
SAMPLERS = _each(
    [
        ("uniform_noise", LAW, "uniform_noise", ((NOISE, "torch.rand_like(sigma)"),)),
        ("variance_as_std", LAW, "variance_as_std", ((SIGMA, "torch.exp(logvar)"),)),
        ("logvar_as_std", LAW, "logvar_as_std", ((SIGMA, "logvar"),)),
        ("std_inverted", LAW, "std_inverted", ((SIGMA, "torch.exp(-logvar / 2)"),)),
        ("mean_alone", LAW, "no_noise", ((SAMPLE, "z = mu"),)),
        ("mu_left_out", LAW, "mu_lost", ((SAMPLE, "z = sigma * epsilon"),)),
        (
            "mean_in_eval_mode",
            EVAL,
            "no_noise",
            ((SAMPLE, "z = mu + sigma * epsilon if self.training else mu"),),
        ),
        (
            "noise_for_the_batch",
            "sample.noise_is_independent",
            "noise_shared_by_rows",
            ((NOISE, "torch.randn(1, mu.shape[1])"),),
        ),
        (
            "noise_for_the_row",
            "sample.noise_is_independent",
            "noise_shared_by_elements",
            ((NOISE, "torch.randn(len(mu), 1)"),),
        ),
        (
            "seeded",
            "sample.noise_is_drawn_anew",
            "noise_repeated",
            ((NOISE, "torch.randn(sigma.shape, generator=torch.Generator().manual_seed(0))"),),
        ),
        (
            "drawn_by_torch",
            PASSED,
            "mu_without_gradient",
            ((SAMPLE, "z = torch.normal(mu, sigma)"),),
        ),
        (
            "sigma_detached",
            PASSED,
            "logvar_without_gradient",
            ((SIGMA, "torch.exp(logvar / 2).detach()"),),
        ),
        (
            "clamped_in_place",
            "sample.mu_and_logvar_stay_as_they_are",
            "input_changed",
            ((SAMPLE, f"{SAMPLE}\n        logvar.data.clamp_(-1, 1)"),),
        ),
    ]
)
BACK, ENDS, PLANTED = (
    "decode.decode_has_the_asked_layers",
    "decode.decode_gives_images",
    "decode.decode_ends_in_a_sigmoid",
)
DECODERS = _each(
    [
        (
            "decode_first_relu_missing",
            PLANTED,
            "no_relu_after_1",
            ((EXPAND, "nn.Linear(latent_size, 64 * 22 * 22),"),),
        ),
        ("decode_second_relu_missing", PLANTED, "no_relu_last", ((THIRD_RELU, THIRD),)),
        ("no_sigmoid", PLANTED, "no_sigmoid", ((SIGMOID, ""),)),
        ("tanh_for_sigmoid", PLANTED, "tanh_for_sigmoid", ((SIGMOID, "nn.Tanh(),"),)),
        ("two_sigmoids", PLANTED, "two_sigmoids", ((SIGMOID, "nn.Sigmoid(), nn.Sigmoid(),"),)),
        (
            "relu_before_sigmoid",
            PLANTED,
            "relu_before_sigmoid",
            ((SIGMOID, "nn.ReLU(), nn.Sigmoid(),"),),
        ),
        (
            "dimmed",
            PLANTED,
            "range_cut",
            (("x_hat = self.decoder(z)", "x_hat = self.decoder(z).clamp(0.05, 0.95)"),),
        ),
        (
            "decode_bias_missing",
            PLANTED,
            "bias_missing",
            ((THIRD, "nn.ConvTranspose2d(64, 16, kernel_size=3, bias=False),"),),
        ),
        (
            "convolutions_back",
            PLANTED,
            "other_convolution",
            (
                (THIRD, "nn.Conv2d(64, 16, kernel_size=3, padding=2),"),
                (LAST, "nn.Conv2d(16, channels, kernel_size=5, padding=4),"),
            ),
        ),
        (
            "kernels_the_other_way_round",
            BACK,
            "other_kernel",
            (
                (THIRD, "nn.ConvTranspose2d(64, 16, kernel_size=5),"),
                (LAST, "nn.ConvTranspose2d(16, channels, kernel_size=3),"),
            ),
        ),
        (
            "thirty_two_channels_back",
            BACK,
            "other_channels",
            (
                (THIRD, "nn.ConvTranspose2d(64, 32, kernel_size=3),"),
                (LAST, "nn.ConvTranspose2d(32, channels, kernel_size=5),"),
            ),
        ),
        (
            "steps_back",
            PLANTED,
            "strided",
            (
                (THIRD, "nn.ConvTranspose2d(64, 16, kernel_size=3, stride=2),"),
                (
                    LAST,
                    "nn.ConvTranspose2d(16, channels, kernel_size=5), nn.AdaptiveAvgPool2d(28),",
                ),
            ),
        ),
        (
            "one_transposed_convolution",
            BACK,
            "chain_too_short",
            ((THIRD_RELU, ""), (LAST, "nn.ConvTranspose2d(64, channels, kernel_size=7),")),
        ),
        (
            "decode_hidden_layer",
            BACK,
            "chain_too_long",
            (
                (
                    EXPAND,
                    "nn.Linear(latent_size, 100), nn.ReLU(),"
                    "nn.Linear(100, 64 * 22 * 22), nn.ReLU(),",
                ),
            ),
        ),
        (
            "decoder_frozen",
            BACK,
            "no_gradient",
            (
                (
                    "x_hat = self.decoder(z)",
                    "self.decoder[0].requires_grad_(False); x_hat = self.decoder(z)",
                ),
            ),
        ),
        (
            "decode_detached",
            "decode.decode_passes_gradients",
            "input_cut",
            (("self.decoder(z)", "self.decoder(z.detach())"),),
        ),
        (
            "decode_for_64_numbers",
            BACK,
            "size_hard_coded",
            ((EXPAND, "nn.Linear(64, 64 * 22 * 22),\n            nn.ReLU(),"),),
        ),
        (
            "weights_tied",
            "decode.decode_has_layers_of_its_own",
            "shared_layer",
            (
                (
                    "    def encode(self",
                    "        self.decoder[3].weight = self.convolutions[2].weight\n\n"
                    "    def encode(self",
                ),
            ),
        ),
        (
            "decode_flattened",
            ENDS,
            "",
            (("x_hat = self.decoder(z)", "x_hat = self.decoder(z).flatten(1)"),),
        ),
    ]
)
SHAPE, MOVED = "forward.forward_keeps_the_shapes", "forward.forward_decodes_a_sample"
RETURNED, BOTH = (
    "forward.forward_returns_what_encode_gives",
    "forward.forward_draws_in_train_and_eval_mode",
)
THROUGH = "forward.forward_passes_gradients"
DRAWN, OUTPUTS = "z = self.sample(mu, logvar)", "outputs = (x_hat, mu, logvar)"
INLINE = "z = mu + torch.exp(logvar / 2) * "
FORWARDS = _each(
    [
        ("mean_decoded", MOVED, "mean_decoded", ((DRAWN, "z = mu"),)),
        (
            "logvar_first",
            MOVED,
            "arguments_of_reparametrize_swapped",
            ((DRAWN, "z = self.sample(logvar, mu)"),),
        ),
        (
            "sigma_for_sample",
            MOVED,
            "std_given_to_reparametrize",
            ((DRAWN, "z = self.sample(mu, torch.exp(logvar / 2))"),),
        ),
        (
            "sigmoid_behind_decode",
            MOVED,
            "two_sigmoids",
            (("x_hat = self.decode(z)", "x_hat = torch.sigmoid(self.decode(z))"),),
        ),
        (
            "uniform_in_line",
            MOVED,
            "sample_of_another_law",
            ((DRAWN, f"{INLINE}torch.rand_like(mu)"),),
        ),
        (
            "heads_swapped",
            RETURNED,
            "outputs_swapped",
            ((OUTPUTS, "outputs = (x_hat, logvar, mu)"),),
        ),
        (
            "sigma_comes_back",
            RETURNED,
            "sigma_returned",
            ((OUTPUTS, "outputs = (x_hat, mu, torch.exp(logvar / 2))"),),
        ),
        ("image_alone", SHAPE, "outputs_missing", ((OUTPUTS, "outputs = x_hat, mu"),)),
        (
            "image_last",
            SHAPE,
            "outputs_in_another_order",
            ((OUTPUTS, "outputs = (mu, logvar, x_hat)"),),
        ),
        (
            "mean_in_eval",
            BOTH,
            "no_sample_in_eval_mode",
            ((DRAWN, "z = self.sample(mu, logvar) if self.training else mu"),),
        ),
        (
            "z_detached",
            THROUGH,
            "forward_detached",
            ((DRAWN, "z = self.sample(mu, logvar).detach()"),),
        ),
        (
            "seeded_pass",
            BOTH,
            "forward_noise_repeated",
            ((DRAWN, "torch.manual_seed(0)\n        z = self.sample(mu, logvar)"),),
        ),
    ]
)
SUMS, TERM, KL = (
    "loss_function.loss_is_summed_over_everything",
    "loss_function.reconstruction_term_is_the_cross_entropy",
    "loss_function.kl_term_is_the_closed_form",
)
BCE, DIVERGENCE = (
    'F.binary_cross_entropy(x_hat, x, reduction="sum")',
    "0.5 * torch.sum(mu**2 + torch.exp(logvar) - 1 - logvar)",
)
TOTAL = "loss = reconstruction + kl"
LOSSES = _each(
    [
        (
            "averaged",
            SUMS,
            "averaged_over_the_batch",
            ((TOTAL, "loss = (reconstruction + kl) / len(x)"),),
        ),
        (
            "bce_mean",
            SUMS,
            "bce_averaged_over_everything",
            ((BCE, "F.binary_cross_entropy(x_hat, x)"),),
        ),
        ("bce_over_n", SUMS, "bce_averaged_over_the_batch", ((BCE, f"{BCE} / len(x)"),)),
        (
            "kl_over_n",
            SUMS,
            "kl_averaged_over_the_batch",
            ((DIVERGENCE, f"{DIVERGENCE} / len(x)"),),
        ),
        (
            "kl_mean",
            SUMS,
            "kl_averaged_over_everything",
            ((DIVERGENCE, DIVERGENCE.replace("sum", "mean")),),
        ),
        (
            "everything_mean",
            SUMS,
            "averaged_over_everything",
            (
                (BCE, "F.binary_cross_entropy(x_hat, x)"),
                (DIVERGENCE, DIVERGENCE.replace("sum", "mean")),
            ),
        ),
        ("kl_subtracted", SUMS, "kl_of_one_sign", ((TOTAL, "loss = reconstruction - kl"),)),
        ("negated", SUMS, "elbo_not_negated", ((TOTAL, "loss = -reconstruction - kl"),)),
        ("without_kl", SUMS, "bce_without_kl", ((TOTAL, "loss = reconstruction"),)),
        ("kl_not_halved", SUMS, "kl_doubled", ((DIVERGENCE, DIVERGENCE.removeprefix("0.5 * ")),)),
        ("beta_of_4", SUMS, "kl_weighted", ((TOTAL, "loss = reconstruction + 4 * kl"),)),
        ("squared_error", SUMS, "mse_for_bce", ((BCE, 'F.mse_loss(x_hat, x, reduction="sum")'),)),
        ("x_first", SUMS, "arguments_swapped", ((BCE, BCE.replace("x_hat, x", "x, x_hat")),)),
        (
            "logits",
            SUMS,
            "bce_with_logits",
            ((BCE, BCE.replace("entropy(", "entropy_with_logits(")),),
        ),
        (
            "mu_not_squared",
            SUMS,
            "kl_mu_not_squared",
            ((DIVERGENCE, DIVERGENCE.replace("mu**2", "mu")),),
        ),
        (
            "sigma_in_kl",
            SUMS,
            "kl_std_for_variance",
            ((DIVERGENCE, DIVERGENCE.replace("exp(logvar)", "exp(logvar / 2)")),),
        ),
        (
            "one_added",
            SUMS,
            "kl_other_constant",
            ((DIVERGENCE, DIVERGENCE.replace(" - 1", " + 1")),),
        ),
        ("one_left_out", SUMS, "kl_misses_one", ((DIVERGENCE, DIVERGENCE.replace(" - 1", "")),)),
        (
            "kl_detached",
            "loss_function.loss_has_its_gradients",
            "loss_without_gradient",
            ((TOTAL, "loss = reconstruction + kl.detach()"),),
        ),
        (
            "for_each_image",
            "loss_function.loss_is_one_number",
            "loss_per_image",
            ((BCE, "F.binary_cross_entropy(x_hat, x, reduction='none').flatten(1).sum(1)"),),
        ),
        (
            "terms_beside",
            "loss_function.loss_is_one_number",
            "loss_with_more",
            ((TOTAL, "loss = reconstruction + kl, kl"),),
        ),
    ]
)
IMAGES, WALKED = (
    "traverse.traverse_gives_an_image_for_each_value",
    "traverse.traverse_decodes_the_moved_mean",
)
MOVE, COPIES = "z[:, dim] += shifts", "z = mu.repeat(len(shifts), 1)  # (1, Z) -> (K, Z)"
MEAN = "mu, _ = model.encode(x.unsqueeze(0))"
TRAVERSALS = _each(
    [
        ("values_add_up", WALKED, "values_add_up", ((MOVE, "z[:, dim] += shifts.cumsum(0)"),)),
        ("value_replaces", WALKED, "value_replaces", ((MOVE, "z[:, dim] = shifts"),)),
        ("value_multiplies", WALKED, "value_multiplied", ((MOVE, "z[:, dim] *= shifts"),)),
        ("dim_from_1", WALKED, "another_dimension", ((MOVE, "z[:, dim - 1] += shifts"),)),
        ("all_dimensions", WALKED, "value_in_all_dimensions", ((MOVE, "z += shifts[:, None]"),)),
        ("from_zero", WALKED, "mean_left_out", ((COPIES, "z = 0 * mu.repeat(len(shifts), 1)"),)),
        (
            "sample_moved",
            WALKED,
            "sample_traversed",
            ((COPIES, "z = model.sample(mu, _).repeat(len(shifts), 1)"),),
        ),
        (
            "logvar_moved",
            WALKED,
            "logvar_traversed",
            ((MEAN, "_, mu = model.encode(x.unsqueeze(0))"),),
        ),
        (
            "with_a_graph",
            IMAGES,
            "images_with_graph",
            (("with torch.no_grad():\n        mu, _", "with torch.enable_grad():\n        mu, _"),),
        ),
        (
            "one_axis_more",
            IMAGES,
            "",
            (("images = model.decode(z)", "images = model.decode(z).unsqueeze(1)"),),
        ),
        (
            "tensors_alone",
            IMAGES,
            "",
            (("torch.as_tensor(values, dtype=mu.dtype, device=mu.device)", "values.to(mu)"),),
        ),
    ]
)
ALL = (*ENCODERS, *SAMPLERS, *DECODERS, *FORWARDS, *LOSSES, *TRAVERSALS)
