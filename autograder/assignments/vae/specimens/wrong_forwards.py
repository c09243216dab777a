"""Wrong programs by what `forward` does with its pieces, and the CVAE with its labels."""

from __future__ import annotations

from autograder.assignments.edits import Edit, Wrong

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
    "mean_of_two": (
        SAMPLE,
        "z = (reparametrize(mu, logvar) + reparametrize(mu, logvar)) / 2",
        "decodes",
        "sample_of_another_law",
    ),
    "kept_between_passes": (
        "mu = self.mu_layer(hidden)",
        "self.kept, hidden = hidden.mean(0).detach(), hidden + getattr(self, 'kept', 0)\n"
        "        mu = self.mu_layer(hidden)",
        "heads",
        "kept_between_passes",
    ),
    "returns_sample": (OUTPUTS, "outputs = (x_hat, z, logvar)", "heads", "sample_returned"),
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
    "decodes": ("forward_decodes_a_sample", "forward_decodes_a_sample"),
    "heads": ("forward_uses_encoder_and_heads", "forward_uses_encoder_and_heads"),
    "gradients": ("forward_passes_gradients", "forward_passes_gradients"),
    "modes": ("forward_draws_in_train_and_eval_mode", "forward_draws_in_train_and_eval_mode"),
    "shapes": ("forward_returns_the_asked_shapes", "forward_returns_the_asked_shapes"),
    "other_shapes": ("forward_keeps_the_shapes", "forward_keeps_the_shapes"),
    "inputs": ("forward_leaves_its_inputs", "forward_leaves_its_inputs"),
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
ENCODES = "cvae_forward.forward_uses_encoder_and_heads"
DECODES = "cvae_forward.forward_decodes_a_sample"
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
    "label_before_sample": (
        JOINED_Z,
        "torch.cat([c, z], dim=1)",
        DECODES,
        "label_before_sample",
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
        "cvae_forward.forward_returns_the_asked_shapes",
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
        ("encoder", "input_size", JOINED_X, "pixels", "encoder_is_three_linear_layers"),
        ("decoder", "latent_size", JOINED_Z, "z", "decoder_is_four_linear_layers"),
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


ALL: tuple[Wrong, ...] = (*_forwards(), *_labels())
