"""Wrong layers of encoder, heads and decoder."""

from __future__ import annotations

from autograder.assignments.conv_vae.specimens.edits import wrong_ones

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
ENCODERS = wrong_ones(
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
            "second_convolution_at_zero",
            LAYERS,
            "dead_layer",
            (
                (
                    "    def encode(self",
                    "        for p in self.convolutions[2].parameters():\n"
                    "            nn.init.zeros_(p)\n\n    def encode(self",
                ),
            ),
        ),
        (
            "map_times_zero",
            LAYERS,
            "dead_layer",
            (("hidden = self.convolutions(x)", "hidden = 0 * self.convolutions(x)"),),
        ),
        (
            "all_weights_alike",
            LAYERS,
            "units_alike",
            (
                (
                    "    def encode(self",
                    "        for p in [*self.convolutions.parameters(), "
                    "*self.mu_head.parameters()]:\n"
                    "            nn.init.constant_(p, 0.01)\n\n    def encode(self",
                ),
            ),
        ),
        (
            "dropout_in_both_modes",
            VALUES,
            "noise_inside",
            (("hidden = self.convolutions(x)", "hidden = F.dropout(self.convolutions(x), 0.2)"),),
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
BACK, ENDS, PLANTED = (
    "decode.decode_has_the_asked_layers",
    "decode.decode_gives_images",
    "decode.decode_ends_in_a_sigmoid",
)
DECODERS = wrong_ones(
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
            "decode_without_its_channel",
            ENDS,
            "axis_missing",
            (("x_hat = self.decoder(z)", "x_hat = self.decoder(z).squeeze(1)"),),
        ),
        (
            "decode_of_ones",
            PLANTED,
            "input_ignored",
            (("x_hat = self.decoder(z)", "x_hat = self.decoder(torch.ones_like(z))"),),
        ),
        (
            "decode_starts_at_zero",
            BACK,
            "dead_layer",
            (
                (
                    "    def encode(self",
                    "        for p in self.decoder[0].parameters():\n"
                    "            nn.init.zeros_(p)\n\n    def encode(self",
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
