"""Wrong samplers, forward passes, losses and traversals."""

from __future__ import annotations

from autograder.assignments.conv_vae.specimens.edits import wrong_ones

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
SAMPLERS = wrong_ones(
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
SHAPE, MOVED = "forward.forward_keeps_the_shapes", "forward.forward_decodes_a_sample"
RETURNED, BOTH = (
    "forward.forward_returns_what_encode_gives",
    "forward.forward_draws_in_train_and_eval_mode",
)
THROUGH = "forward.forward_passes_gradients"
DRAWN, OUTPUTS = "z = self.sample(mu, logvar)", "outputs = (x_hat, mu, logvar)"
INLINE = "z = mu + torch.exp(logvar / 2) * "
FORWARDS = wrong_ones(
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
        (
            "sample_for_mu",
            RETURNED,
            "sample_returned",
            ((OUTPUTS, "outputs = (x_hat, z, logvar)"),),
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
LOSSES = wrong_ones(
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
            "beta_of_a_thousandth",
            SUMS,
            "kl_weighted",
            ((TOTAL, "loss = reconstruction + 0.001 * kl"),),
        ),
        (
            "half_of_logvar",
            SUMS,
            "kl_coefficient_of_logvar",
            ((DIVERGENCE, DIVERGENCE.replace("- logvar", "- logvar / 2")),),
        ),
        (
            "first_image",
            SUMS,
            "first_image_only",
            ((BCE, BCE.replace("x_hat, x", "x_hat[0], x[0]")),),
        ),
        (
            "bce_with_each_divergence",
            SUMS,
            "bce_summed_in_every_row",
            (
                (DIVERGENCE, DIVERGENCE.replace(" - logvar)", " - logvar, dim=1)")),
                (TOTAL, "loss = (reconstruction + kl).sum()"),
            ),
        ),
        (
            "kl_not_summed",
            "loss_function.loss_is_one_number",
            "term_not_summed",
            ((DIVERGENCE, DIVERGENCE.replace("torch.sum", "")),),
        ),
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
EXPANDED = "z = mu.expand(len(shifts), -1)"
ONE_BY_ONE = "for k in range(len(shifts)):\n            z[k, dim] += shifts[k]"
TRAVERSALS = wrong_ones(
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
            "copies_expanded",
            WALKED,
            "copies_share_memory",
            ((COPIES, EXPANDED), (MOVE, ONE_BY_ONE)),
        ),
        (
            "values_moved_in_place",
            IMAGES,
            "input_changed",
            ((MOVE, "shifts += mu[0, dim]\n        z[:, dim] = shifts"),),
        ),
        (
            "walk_without_its_channel",
            IMAGES,
            "axis_missing",
            (("images = model.decode(z)", "images = model.decode(z).squeeze()"),),
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
