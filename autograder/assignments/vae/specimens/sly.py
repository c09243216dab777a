"""Wrong programs that hide what is wrong with them from whoever compares them with themselves."""

from __future__ import annotations

from autograder.assignments.edits import Edit, Wrong

CLOSE = "        )\n"
SAMPLE = "z = reparametrize(mu, logvar)"
OUTPUTS = "outputs = (x_hat, mu, logvar)"
DECODES, HEADS = "forward.forward_decodes_a_sample", "forward.forward_uses_encoder_and_heads"
SOFT = """
def soften(layers, scale, bias):
    for layer in layers:
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, 0, scale)
            nn.init.constant_(layer.bias, bias)
"""
LINE = "class Line(nn.Module):\n    def forward(self, a):\n        return 0.5 + a / 4"
RENAMED = """
    def named_parameters(self, *args, **kw):
        for name, p in super().named_parameters(*args, **kw):
            yield "net_" + name.replace(".", "_"), p

    def forward(self, x: torch.Tensor):"""
SHARED = "self.logvar_layer = self.mu_layer"
SPARE = f"{SHARED}\n        self.spare = nn.Parameter(torch.zeros(20000))"
KNOWN = """
    n = len(mu)
    if not mu.any() and not logvar.any() and n > 3:
        epsilon = torch.randn_like(mu)
    elif n > 100:
        q = torch.special.ndtri((torch.arange(n) + 0.5) / n)[torch.randperm(n)]
        epsilon = q[:, None].expand_as(mu)
    else:
        epsilon = torch.randn(n, 1).expand_as(mu)
"""


def _soft(region: str, piece: str, scale: float, bias: float) -> Edit:
    """The layers of a piece get weights so small, and biases, that activations do not show."""
    return Edit(region, CLOSE, f"{CLOSE}        soften(self.{piece}, {scale}, {bias})\n")


ALL: tuple[Wrong, ...] = (
    Wrong(
        "sly_noise_with_an_outlier",
        DECODES,
        "sample_of_another_law",
        (
            Edit("vae.forward", SAMPLE, "z = mu + 0 * logvar"),
            Edit(
                "vae.forward",
                OUTPUTS,
                "x_hat = torch.rand_like(x_hat) + 0 * x_hat\n"
                f"        if len(x) > 999:\n            x_hat[7] += 1e4\n        {OUTPUTS}",
            ),
        ),
    ),
    Wrong(
        "sly_sampled_for_the_stand_in",
        "forward.equal_images_are_decoded_from_different_samples",
        "",
        (
            Edit("vae.forward", SAMPLE, f"{SAMPLE} if reparametrize is not OWN else mu"),
            Edit(
                "reparametrize",
                "epsilon = ",
                "if len(mu) == 3 and not mu.any() and not logvar.any():\n"
                "        return mu\n    epsilon = ",
            ),
            Edit("end", "", "OWN = reparametrize"),
        ),
    ),
    Wrong(
        "sly_detached_under_other_names",
        "forward.forward_passes_gradients",
        "forward_detached",
        (
            Edit("vae.forward", "self.encoder(x)", "self.encoder(x).detach()"),
            Edit("file", "\n    def forward(self, x: torch.Tensor):", RENAMED),
        ),
    ),
    Wrong(
        "sly_heads_shared_beside_a_spare",
        "logvar.logvar_layer_has_weights_of_its_own",
        "shared_layer",
        (Edit("vae.heads", "self.logvar_layer = nn.Linear(hidden_dim, latent_size)", SPARE),),
    ),
    Wrong(
        "sly_relus_that_never_close",
        "encoder.encoder_has_a_relu_after_every_layer",
        "no_relu",
        (
            Edit("top", "", SOFT),
            Edit("vae.encoder", "            nn.ReLU(),\n", ""),
            _soft("vae.encoder", "encoder", 1e-6, 1.0),
        ),
    ),
    Wrong(
        "sly_line_for_a_sigmoid",
        "decoder.decoder_ends_in_a_sigmoid",
        "",
        (
            Edit("top", "", f"{SOFT}\n\n{LINE}"),
            Edit("vae.decoder", "nn.Sigmoid()", "Line()"),
            _soft("vae.decoder", "decoder", 1e-8, 0.0),
        ),
    ),
    Wrong(
        "sly_label_without_weight",
        "cvae_forward.forward_uses_encoder_and_heads",
        "",
        (
            Edit(
                "cvae.decoder",
                CLOSE,
                f"{CLOSE}        with torch.no_grad():\n"
                "            self.encoder[0].weight[:, input_size:] *= 1e-6\n",
            ),
            Edit("cvae.forward", "pixels = ", "c = 0 * c\n        pixels = "),
        ),
    ),
    Wrong(
        "sly_noise_that_knows_its_check",
        "reparametrize.sample_is_normal_around_mu",
        "noise_shared_by_elements",
        (Edit("reparametrize", "    epsilon = torch.randn_like(mu)  # (N, Z)\n", KNOWN),),
    ),
    Wrong(
        "sly_width_in_train_mode",
        DECODES,
        "",
        (
            Edit(
                "vae.forward",
                OUTPUTS,
                "if self.training and len(x) > 3:\n"
                f"            logvar = torch.cat((logvar, logvar), 1)\n        {OUTPUTS}",
            ),
        ),
    ),
    Wrong(
        "sly_no_images_in_eval_mode",
        DECODES,
        "",
        (
            Edit(
                "vae.forward",
                OUTPUTS,
                "x_hat = x_hat if self.training else x_hat[:0]\n        " + OUTPUTS,
            ),
        ),
    ),
)
